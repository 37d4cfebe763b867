package dev.authstore.database;

import dev.authstore.testing.PostgresServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** A server whose settings and access rules tests change. The role {@code tester} is for them. */
final class ConfigurableServer implements AutoCloseable {

  static final String PASSWORD = "p+%@:/?#&='\\\" äß";

  private static final Duration DEADLINE = Duration.ofSeconds(10);

  private final PostgresServer server = PostgresServer.start();
  private final Path data;

  ConfigurableServer() {
    data = Path.of(text("SHOW data_directory"));
    String literal = "'" + PASSWORD.replace("'", "''") + "'";
    // the default of PostgreSQL 13 is md5
    execute(
        "SET password_encryption = 'scram-sha-256'; CREATE ROLE tester LOGIN PASSWORD " + literal);
  }

  /** Its major version. */
  int version() {
    return Integer.parseInt(text("SHOW server_version_num")) / 10_000;
  }

  int port() {
    return server.port();
  }

  /** Replaces the rules for {@code tester}, and applies them. */
  void rules(String... rules) {
    write("pg_hba.conf", "host all postgres all trust\n" + String.join("\n", rules) + "\n");
    reload();
  }

  void serveTls(Authority.Identity identity, Authority clients) {
    write("server.crt", identity.certificatePem());
    write("server.key", identity.keyPem());
    write("root.crt", clients.pem());
    execute("ALTER SYSTEM SET ssl_ca_file = 'root.crt'");
    execute("ALTER SYSTEM SET ssl = on");
    reload();
  }

  void set(String setting, String value) {
    execute("ALTER SYSTEM SET %s = '%s'".formatted(setting, value));
    reload();
  }

  void execute(String sql) {
    try (Connection connection = server.dataSource("postgres").getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  String text(String query) {
    try (Connection connection = server.dataSource("postgres").getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getString(1);
    } catch (SQLException e) {
      throw new IllegalStateException(query, e);
    }
  }

  @Override
  public void close() {
    server.close();
  }

  /** New sessions know when the settings were read that they were started with. */
  private void reload() {
    String before = text("SELECT pg_conf_load_time()::text");
    execute("SELECT pg_reload_conf()");
    long deadline = System.nanoTime() + DEADLINE.toNanos();
    while (text("SELECT pg_conf_load_time()::text").equals(before)) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("the server has not read its settings again");
      }
      LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
    }
  }

  private void write(String name, String text) {
    try {
      Path file = Files.writeString(data.resolve(name), text);
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** How one connection of that configuration ends: its TLS, or the reason why there is none. */
  static String outcome(DatabaseConfig config) {
    try (Connection connection = Connections.open(config.dataSource());
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(ServerFacts.QUERY)) {
      return ServerFacts.read(row).encrypted() ? "TLS" : "plain";
    } catch (ConnectFailedException e) {
      return e.reason().name();
    } catch (SQLException e) {
      return List.of("failed", String.valueOf(e.getSQLState())).toString();
    }
  }
}
