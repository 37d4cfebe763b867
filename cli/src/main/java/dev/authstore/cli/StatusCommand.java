package dev.authstore.cli;

import dev.authstore.database.Connections;
import dev.authstore.database.DatabaseConfig;
import dev.authstore.migrations.Migrations;
import dev.authstore.migrations.SchemaState;
import dev.authstore.migrations.SchemaStatus;
import dev.authstore.migrations.ScriptStatus;
import java.io.PrintWriter;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Compares the schema with the scripts of this program. */
@Command(
    name = "status",
    aliases = "info",
    description = "Lists the migrations with what became of them. Changes nothing.",
    mixinStandardHelpOptions = true,
    versionProvider = AuthstoreCommand.Version.class)
final class StatusCommand implements Callable<Integer> {

  @Mixin private final ConfigOptions options = new ConfigOptions();

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Override
  public Integer call() {
    DatabaseConfig config = options.read();
    Connections.awaitServerOfMigrator(config);
    Migrations migrations = Migrations.of(config);
    SchemaStatus status = migrations.status();
    PrintWriter out = spec.commandLine().getOut();
    if (!(status.state() instanceof SchemaState.Unsuitable)) {
      list(migrations.scripts(), out);
    }
    options.print(
        out,
        "Schema %s %s".formatted(config.schema(), status.state().describe()),
        Map.of(
            "schema", config.schema(),
            "state", status.state().getClass().getSimpleName(),
            "version", status.version().orElse(""),
            "text", status.state().describe()));
    return exitCode(status.state(), config);
  }

  private void list(List<ScriptStatus> scripts, PrintWriter out) {
    if (options.json()) {
      scripts.forEach(script -> options.print(out, "", facts(script)));
      return;
    }
    Table table = new Table("Version", "Description", "State", "Applied at (UTC)", "By");
    for (ScriptStatus script : scripts) {
      table.add(
          script.script().version(),
          script.script().description(),
          state(script),
          script.appliedAt().map(at -> at.truncatedTo(ChronoUnit.SECONDS).toString()).orElse("-"),
          script.appliedBy().orElse("-"));
    }
    table.print(out);
  }

  private static Map<String, String> facts(ScriptStatus script) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("version", script.script().version());
    facts.put("description", script.script().description());
    facts.put("state", state(script));
    script.appliedAt().ifPresent(at -> facts.put("appliedAt", at.toString()));
    script.appliedBy().ifPresent(by -> facts.put("appliedBy", by));
    return facts;
  }

  private static String state(ScriptStatus script) {
    return script.progress().name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  static int exitCode(SchemaState state, DatabaseConfig config) {
    if (state instanceof SchemaState.UpToDate) {
      return 0;
    }
    if (state instanceof SchemaState.Pending) {
      return Failures.PENDING;
    }
    boolean accepted =
        state instanceof SchemaState.Newer newer
            && newer.compatible()
            && config.migration().allowNewer();
    return accepted ? 0 : Failures.MISMATCH;
  }
}
