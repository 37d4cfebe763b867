package dev.authstore.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Executes what {@code docs/operations.md} tells operators to do. */
class OperationsGuideTest {

  private static final Path GUIDE = Path.of("../docs/operations.md");
  private static final Pattern BLOCK = Pattern.compile("(?s)```(\\w+)\\n(.*?)```");

  @RegisterExtension final TestDatabase database = TestDatabase.fresh();

  @Test
  void everyStatementWorks() throws Exception {
    List<String> blocks = blocks("sql");

    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      for (String block : blocks) {
        statement.execute(block);
      }
    }

    assertThat(blocks).hasSizeGreaterThan(4);
  }

  @Test
  void everyCommandWorks() throws IOException {
    List<String> commands =
        blocks("sh").stream().flatMap(String::lines).filter(line -> !line.isBlank()).toList();

    assertThat(commands).hasSizeGreaterThan(6);
    assertThat(commands)
        .allSatisfy(
            command -> {
              Invocation run = Invocation.of(arguments(command));
              assertThat(run.exitCode()).as(command + run.err()).isZero();
            });
  }

  /** Without the redirection, and on the database of the test unless the command names one. */
  private String[] arguments(String command) {
    List<String> words = new ArrayList<>(List.of(command.replaceAll(" > .*", "").split(" ")));
    assertThat(words.remove(0)).isEqualTo("authstore");
    if (!words.contains("--database")) {
      words.addAll(List.of("--database", database.url()));
    }
    return words.toArray(String[]::new);
  }

  private static List<String> blocks(String language) throws IOException {
    Matcher matcher = BLOCK.matcher(Files.readString(GUIDE));
    List<String> blocks = new ArrayList<>();
    while (matcher.find()) {
      if (matcher.group(1).equals(language)) {
        blocks.add(matcher.group(2));
      }
    }
    return blocks;
  }
}
