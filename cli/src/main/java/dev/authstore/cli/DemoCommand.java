package dev.authstore.cli;

import dev.authstore.database.Connections;
import dev.authstore.database.DatabaseConfig;
import dev.authstore.testing.PostgresServer;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.CountDownLatch;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The library at work, on a server of its own or on one that the user names. */
@Command(
    name = "demo",
    description = {
      "Walks an account from signing up to signing out, and tells what each step costs.",
      "It needs no database: it brings a PostgreSQL server (in the folder `servers` beside the jar)"
          + " and removes it afterwards."
    },
    mixinStandardHelpOptions = true,
    versionProvider = AuthstoreCommand.Version.class)
final class DemoCommand implements Runnable {

  @Option(
      names = "--database",
      paramLabel = "<uri>",
      description =
          "Use this database instead, as in postgresql://user:password@host/database: in a schema"
              + " "
              + DemoSchema.NAME
              + " of its own, which is dropped afterwards.")
  private @Nullable String database;

  @Option(
      names = "--as-service",
      description =
          "Use the database that the variables of the environment name, as a service does whose"
              + " role may not migrate: the schema "
              + DemoSchema.NAME
              + " must be there and empty, and the rows stay in it.")
  private boolean asService;

  @Option(
      names = "--keep",
      description =
          "Keep the result: the server runs until Ctrl-C, or the schema stays in the database.")
  private boolean keep;

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Override
  public void run() {
    PrintWriter out = spec.commandLine().getOut();
    if (asService) {
      DatabaseConfig config = DatabaseConfig.fromEnvironment(System.getenv());
      asService(config.schema(DemoSchema.NAME).autoMigrate(false), out);
    } else if (database == null) {
      onEmbeddedServer(out);
    } else {
      onNamedServer(DatabaseConfig.of(database).schema(DemoSchema.NAME), out);
    }
    out.flush();
  }

  static void asService(DatabaseConfig config, PrintWriter out) {
    out.println("Authstore demo, as a service that may not migrate.");
    introduce(config.dataSource(), config.target(), out);
    Demo.run(config, out);
  }

  private void onEmbeddedServer(PrintWriter out) {
    out.println("Authstore demo, on a PostgreSQL server of its own. Starting it ...");
    out.flush();
    try (PostgresServer server = start()) {
      String target = "postgresql://postgres@localhost:%d/postgres".formatted(server.port());
      DatabaseConfig config = DatabaseConfig.of(target);
      introduce(config.dataSource(), "localhost:" + server.port(), out);
      Demo.run(config, out);
      if (keep) {
        out.printf("The server runs until Ctrl-C. To look around:%n%n  psql %s%n", target);
        out.printf("  SET search_path TO %s;%n", config.schema());
        out.flush();
        awaitInterrupt();
      }
    }
    out.println("The server is stopped and its files are deleted.");
  }

  private static PostgresServer start() {
    try {
      return PostgresServer.start();
    } catch (IllegalStateException e) {
      throw new DemoException(
          "no server can be started here; put the folder `servers` of the build beside the jar, or"
              + " name a database with --database",
          e);
    }
  }

  private void onNamedServer(DatabaseConfig config, PrintWriter out) {
    out.println("Authstore demo, on the database that was named.");
    try (DemoSchema schema = DemoSchema.claim(config.dataSource())) {
      introduce(config.dataSource(), "schema " + DemoSchema.NAME, out);
      if (keep) {
        schema.keep();
      }
      Demo.run(config, out);
    }
    if (keep) {
      out.printf("The schema stays. To look around in psql:%n%n");
      out.printf("  SET search_path TO %s;%n%n", DemoSchema.NAME);
      out.printf("To remove it:%n%n  DROP SCHEMA %s CASCADE;%n", DemoSchema.NAME);
    } else {
      out.printf("The schema %s is dropped.%n", DemoSchema.NAME);
    }
  }

  private static void introduce(DataSource dataSource, String place, PrintWriter out) {
    try (Connection connection = Connections.open(dataSource)) {
      out.printf(
          "PostgreSQL %s, %s%n%n", connection.getMetaData().getDatabaseProductVersion(), place);
    } catch (SQLException e) {
      throw new DemoException("the server does not tell its version", e);
    }
  }

  /** Ctrl-C ends the JVM, and that stops the server; an interrupt is for tests. */
  private static void awaitInterrupt() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
