package dev.authstore.cli;

import dev.authstore.database.DatabaseConfig;
import dev.authstore.migrations.MigrationSettings;
import dev.authstore.migrations.RoleScript;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Prints SQL; connects to nothing. */
@Command(
    name = "grants",
    description = {
      "Prints the SQL that divides the rights among three roles: an owner who cannot log in, one"
          + " that migrates, one that runs the service.",
      "Executes nothing; for `psql`, as a superuser."
    },
    mixinStandardHelpOptions = true,
    versionProvider = AuthstoreCommand.Version.class)
final class GrantsCommand implements Callable<Integer> {

  @Mixin private final ConfigOptions options = new ConfigOptions();

  @Option(
      names = "--owner",
      defaultValue = "authstore_owner",
      paramLabel = "<role>",
      description = "Who owns the tables (default: ${DEFAULT-VALUE}).")
  private String owner = "";

  @Option(
      names = "--migrator",
      defaultValue = "authstore_migrator",
      paramLabel = "<role>",
      description = "Who migrates (default: ${DEFAULT-VALUE}).")
  private String migrator = "";

  @Option(
      names = "--app",
      defaultValue = "authstore_app",
      paramLabel = "<role>",
      description = "Who the service is (default: ${DEFAULT-VALUE}).")
  private String app = "";

  @Option(
      names = "--schema",
      paramLabel = "<name>",
      description = "The schema, instead of the one in the settings.")
  private @Nullable String schema;

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Override
  public Integer call() {
    DatabaseConfig config = options.read();
    MigrationSettings settings = MigrationSettings.of(config);
    String script =
        new RoleScript(owner, migrator, app)
            .text(config.databaseName(), schema == null ? settings : settings.schema(schema));
    options.print(spec.commandLine().getOut(), script.stripTrailing(), Map.of("sql", script));
    return 0;
  }
}
