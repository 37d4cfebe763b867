package dev.authstore.benchmarks;

import dev.authstore.database.DatabaseConfig;
import dev.authstore.database.Setting;
import dev.authstore.testing.PostgresServer;
import java.lang.management.ManagementFactory;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/** What a run gives its sections: the server, and how much to measure. */
public record Bench(PostgresServer server, Form form) {

  /** A new database with nothing in it but the statistics of statements. */
  public Database create(String name) throws SQLException {
    administer("CREATE DATABASE " + name);
    Database database =
        new Database(
            DatabaseConfig.of("postgresql://postgres@localhost:%d/%s".formatted(port(), name))
                .with(Setting.STATEMENT_TIMEOUT, "0")); // ten million rows are not made at once
    database.execute("CREATE EXTENSION pg_stat_statements SCHEMA public");
    return database;
  }

  /** Gives the space of a database back. */
  public void drop(String name) throws SQLException {
    administer("DROP DATABASE %s WITH (FORCE)".formatted(name));
  }

  public int port() {
    return server.port();
  }

  /** Tells the person at the terminal what is being done. */
  public void progress(String text) {
    System.err.printf(
        "%5d s  %s%n", ManagementFactory.getRuntimeMXBean().getUptime() / 1_000, text);
  }

  private void administer(String sql) throws SQLException {
    try (Connection connection = server.dataSource("postgres").getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
