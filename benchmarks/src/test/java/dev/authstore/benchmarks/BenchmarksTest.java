package dev.authstore.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.benchmarks.report.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The whole report in its smallest form, so that what nobody runs for a month still works. */
@Tag("benchmarks")
class BenchmarksTest {
  private static final Pattern PICTURE = Pattern.compile("!\\[.*]\\((.*)\\)");

  private final Path folder = Path.of("target", "smoke"); // stays, to be looked at

  @Test
  void everySectionIsMeasuredAndWritten() throws Exception {
    Report report = Benchmarks.report(Form.SMOKE, List.of());

    report.write(folder);

    String text = Files.readString(folder.resolve("benchmarks.md"));
    assertThat(text.lines().filter(line -> line.startsWith("## ")))
        .containsExactly(
            "## Operations against hand-written JDBC",
            "## Where the time goes",
            "## Flows, side by side",
            "## Introspection against the limit",
            "## Growth",
            "## Start-up",
            "## The job queue beside db-scheduler");
    assertThat(pictures(text))
        .isNotEmpty()
        .allSatisfy(picture -> assertThat(picture).isNotEmptyFile());
    assertThat(folder.resolve("benchmarks").resolve("raw.json")).isNotEmptyFile();
  }

  private List<Path> pictures(String text) throws IOException {
    return PICTURE.matcher(text).results().map(this::picture).toList();
  }

  private Path picture(MatchResult link) {
    return folder.resolve(link.group(1));
  }
}
