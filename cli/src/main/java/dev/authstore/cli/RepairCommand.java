package dev.authstore.cli;

import dev.authstore.database.Connections;
import dev.authstore.database.DatabaseConfig;
import dev.authstore.migrations.MigrationScript;
import dev.authstore.migrations.Migrations;
import dev.authstore.migrations.RepairReport;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Clears away what a script has left that failed outside a transaction. */
@Command(
    name = "repair",
    description = {
      "Tells what has to be cleared away after a migration failed outside a transaction: invalid"
          + " indexes, and the note of the failure.",
      "With --yes it does so; then `migrate` runs the migration again."
    },
    mixinStandardHelpOptions = true,
    versionProvider = AuthstoreCommand.Version.class)
final class RepairCommand implements Callable<Integer> {

  @Mixin private final ConfigOptions options = new ConfigOptions();

  @Option(names = "--yes", description = "Do it.")
  private boolean yes;

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Override
  public Integer call() {
    DatabaseConfig config = options.read();
    Connections.awaitServerOfMigrator(config);
    Migrations migrations = Migrations.of(config);
    RepairReport report = migrations.repairs();
    PrintWriter out = spec.commandLine().getOut();
    if (report.isEmpty()) {
      options.print(
          out,
          "Nothing to repair in schema %s".formatted(config.schema()),
          Map.of("event", "done", "repaired", "0"));
      return 0;
    }
    print(report, out);
    if (!yes) {
      options.print(
          out, "Nothing was changed; --yes does it", Map.of("event", "done", "repaired", "0"));
      return Failures.USAGE;
    }
    RepairReport done = migrations.repair();
    int count = done.invalidIndexes().size() + done.scripts().size();
    options.print(
        out,
        "Repaired; `authstore database migrate` goes on from here",
        Map.of("event", "done", "repaired", String.valueOf(count)));
    return 0;
  }

  private void print(RepairReport report, PrintWriter out) {
    for (String index : report.invalidIndexes()) {
      options.print(
          out,
          "drop invalid index %s".formatted(index),
          Map.of("event", "invalid index", "name", index));
    }
    for (MigrationScript script : report.scripts()) {
      options.print(
          out,
          "forget the failure of %s".formatted(script),
          Map.of("event", "failed migration", "version", script.version()));
    }
  }
}
