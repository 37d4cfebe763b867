package dev.authstore.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.testing.TestDatabase;
import java.io.IOException;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Executes what {@code docs/operations.md} tells operators to do, as far as it needs no more than a
 * database. {@link OperationsWalkIT} executes everything.
 */
class OperationsGuideTest {

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
    return Guide.read().stream()
        .filter(block -> block.language().equals(language))
        .map(Guide.Block::text)
        .toList();
  }
}
