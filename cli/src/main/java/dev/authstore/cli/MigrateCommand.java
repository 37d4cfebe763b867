package dev.authstore.cli;

import dev.authstore.database.Connections;
import dev.authstore.database.DatabaseConfig;
import dev.authstore.migrations.ApplyOptions;
import dev.authstore.migrations.MigrationReport;
import dev.authstore.migrations.MigrationScript;
import dev.authstore.migrations.Migrations;
import dev.authstore.migrations.RunRights;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Applies scripts with the credentials that migrating has. */
@Command(
    name = "migrate",
    description = {
      "Applies the migrations that are missing.",
      "Uses the credentials of migrations.* if there are any, and waits for another process that"
          + " migrates."
    },
    mixinStandardHelpOptions = true,
    versionProvider = AuthstoreCommand.Version.class)
final class MigrateCommand implements Callable<Integer> {

  @Mixin private final ConfigOptions options = new ConfigOptions();

  @Option(names = "--dry-run", description = "Only tell what would be applied.")
  private boolean dryRun;

  @Option(
      names = "--target",
      paramLabel = "<version>",
      description = "The last migration to apply, instead of the newest.")
  private @Nullable String target;

  @Parameters(
      arity = "0..1",
      paramLabel = "up",
      defaultValue = "up",
      description = "The only direction there is.")
  private String direction = "up";

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Override
  public Integer call() {
    if (!direction.equals("up")) {
      throw new ParameterException(
          spec.commandLine(),
          "there is no way down: restore a backup, or run an older program on this schema");
    }
    DatabaseConfig config = options.read();
    Connections.awaitServerOfMigrator(config);
    Migrations migrations = Migrations.of(config);
    if (dryRun) {
      tellPending(migrations, config);
    } else {
      migrate(migrations, config);
    }
    return 0;
  }

  private void tellPending(Migrations migrations, DatabaseConfig config) {
    List<MigrationScript> pending = migrations.pending(upTo(target));
    PrintWriter out = spec.commandLine().getOut();
    for (MigrationScript script : pending) {
      options.print(
          out,
          "would apply %s  %s".formatted(script.version(), script.description()),
          facts("pending", script));
    }
    options.print(
        out,
        "%d to apply to schema %s".formatted(pending.size(), config.schema()),
        Map.of("event", "done", "pending", String.valueOf(pending.size())));
  }

  private void migrate(Migrations migrations, DatabaseConfig config) {
    PrintWriter out = spec.commandLine().getOut();
    MigrationReport report;
    try (Progression progression = new Progression(options, out)) {
      report = migrations.apply(upTo(target).listener(progression));
    }
    String version = migrations.status().version().orElse("-");
    String seconds = Progression.seconds(report.duration());
    String text =
        report.applied().isEmpty()
            ? "Nothing to apply: schema %s is at %s".formatted(config.schema(), version)
            : "%d applied in %s: schema %s is at %s"
                .formatted(report.applied().size(), seconds, config.schema(), version);
    options.print(
        out,
        text,
        Map.of(
            "event",
            "done",
            "applied",
            String.valueOf(report.applied().size()),
            "version",
            version,
            "seconds",
            seconds));
    warnOfRights(config);
  }

  private static ApplyOptions upTo(@Nullable String target) {
    return target == null ? ApplyOptions.all() : ApplyOptions.all().target(target);
  }

  /** With two credentials at hand, whether the service's role can work with what is there now. */
  private void warnOfRights(DatabaseConfig config) {
    if (config.hasOwnMigrator()) {
      List<String> problems = new ArrayList<>();
      RunRights rights = RunRights.of(config);
      rights.missing().forEach(missing -> problems.add("it " + missing));
      rights.excessive().forEach(excess -> problems.add("it may " + excess));
      for (String problem : problems) {
        spec.commandLine()
            .getErr()
            .println("authstore: role %s: %s".formatted(rights.role(), problem));
      }
      spec.commandLine().getErr().flush();
    }
  }

  private static Map<String, String> facts(String event, MigrationScript script) {
    return Map.of("event", event, "version", script.version(), "description", script.description());
  }
}
