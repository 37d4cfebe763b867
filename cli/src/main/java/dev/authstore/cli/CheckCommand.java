package dev.authstore.cli;

import dev.authstore.database.DatabaseConfig;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Looks at everything that operators get wrong. */
@Command(
    name = "check",
    description = {
      "Looks at settings, connection, server, schema and rights, and tells what is wrong with them.",
      "Changes nothing. Exits with 0 unless something fails."
    },
    mixinStandardHelpOptions = true,
    versionProvider = AuthstoreCommand.Version.class)
final class CheckCommand implements Callable<Integer> {

  @Mixin private final ConfigOptions options = new ConfigOptions();

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Override
  public Integer call() {
    DatabaseConfig config = options.read();
    List<Finding> findings = new Doctor(config).examine();
    print(findings);
    return findings.stream()
        .mapToInt(Finding::exitCode)
        .filter(code -> code > 0)
        .findFirst()
        .orElse(0);
  }

  private void print(List<Finding> findings) {
    PrintWriter out = spec.commandLine().getOut();
    for (Finding finding : findings) {
      String level = finding.level().name().toLowerCase(Locale.ROOT);
      options.print(
          out,
          String.format(Locale.ROOT, "%-4s  %-12s  %s", level, finding.topic(), finding.text()),
          Map.of("level", level, "topic", finding.topic(), "text", finding.text()));
    }
  }
}
