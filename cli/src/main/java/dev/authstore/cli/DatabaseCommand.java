package dev.authstore.cli;

import dev.authstore.database.Connections;
import dev.authstore.database.DatabaseConfig;
import dev.authstore.database.ServerFacts;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The database itself. */
@Command(
    name = "database",
    description = "Migrates the database and looks after it.",
    mixinStandardHelpOptions = true,
    versionProvider = AuthstoreCommand.Version.class,
    subcommands = {
      MigrateCommand.class,
      StatusCommand.class,
      CheckCommand.class,
      GrantsCommand.class,
      RepairCommand.class
    })
final class DatabaseCommand implements Runnable {

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "no command given");
  }

  @Command(
      name = "ping",
      description = "Connects once, asks one question, and tells who answered and how fast.",
      mixinStandardHelpOptions = true,
      versionProvider = AuthstoreCommand.Version.class)
  int ping(@Mixin ConfigOptions options) {
    answer(options, options.read(), Duration.ZERO);
    return 0;
  }

  @Command(
      name = "wait",
      description = "Returns as soon as the database answers; for start scripts.",
      mixinStandardHelpOptions = true,
      versionProvider = AuthstoreCommand.Version.class)
  int await(
      @Mixin ConfigOptions options,
      @Option(
              names = "--timeout",
              paramLabel = "<seconds>",
              description = "How long to wait, instead of startup_timeout.")
          @Nullable Integer seconds) {
    DatabaseConfig config = options.read();
    Duration limit = seconds == null ? config.startupTimeout() : Duration.ofSeconds(seconds);
    answer(options, config, limit);
    return 0;
  }

  private void answer(ConfigOptions options, DatabaseConfig config, Duration limit) {
    long start = System.nanoTime();
    ServerFacts server = Connections.awaitServer(config, limit);
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("target", config.target());
    facts.put("server", server.version());
    facts.put("tls", server.tls());
    facts.put("standby", String.valueOf(server.inRecovery()));
    facts.put("duration", Duration.ofNanos(System.nanoTime() - start).toString());
    options.print(
        spec.commandLine().getOut(), "Database connected " + ConfigOptions.listed(facts), facts);
  }
}
