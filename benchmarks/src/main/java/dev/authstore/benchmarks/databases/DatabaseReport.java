package dev.authstore.benchmarks.databases;

import static java.util.stream.Collectors.joining;

import dev.authstore.migrations.MigrationSettings;
import dev.authstore.migrations.Migrations;
import dev.authstore.testing.PostgresServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.sql.DataSource;

/**
 * What it takes to make a used database of a test empty again, or to replace it: milliseconds until
 * the first statement has run in it. The ways take turns, on the server that tests use.
 */
public final class DatabaseReport {
  private static final int ROUNDS = 25;

  private static final String TEMPLATE = "database_report_template";
  private static final String USED = "database_report_used";

  private static final String FILL =
      """
      INSERT INTO authstore.users (id, username, username_folded, created_at)
      SELECT gen_random_uuid(), n, n, now() FROM generate_series(1, 20) n
      """;

  private final PostgresServer server = PostgresServer.shared();
  private final DataSource maintenance = server.dataSource("postgres");

  /** What is done to a database that has been used. */
  private interface Renewal {
    void run() throws SQLException;
  }

  private record Way(String name, Renewal renewal, List<Double> milliseconds) {
    Way(String name, Renewal renewal) {
      this(name, renewal, new ArrayList<>());
    }
  }

  private DatabaseReport() {}

  public static void main(String[] arguments) throws SQLException {
    new DatabaseReport().run();
  }

  private void run() throws SQLException {
    try {
      execute(maintenance, "CREATE DATABASE " + TEMPLATE + " TEMPLATE template0");
      DataSource template = server.dataSource(TEMPLATE);
      new Migrations(template, MigrationSettings.defaults()).apply();
      List<Way> ways = ways(tables(template));
      clone("FILE_COPY");
      measure(ways);
      ways.forEach(DatabaseReport::print);
    } finally {
      drop(USED);
      drop(TEMPLATE);
    }
  }

  private List<Way> ways(List<String> tables) {
    DataSource used = server.dataSource(USED);
    String truncation = "TRUNCATE " + String.join(",", tables);
    String deletions = tables.stream().map(table -> "DELETE FROM " + table).collect(joining(";"));
    return List.of(
        new Way("copy of a template, FILE_COPY", () -> clone("FILE_COPY")),
        new Way("copy of a template, WAL_LOG", () -> clone("WAL_LOG")),
        new Way("TRUNCATE of all tables", () -> execute(used, truncation)),
        new Way(
            "DELETE from all tables",
            () -> execute(used, "SET session_replication_role = replica;" + deletions)));
  }

  private void measure(List<Way> ways) throws SQLException {
    DataSource used = server.dataSource(USED);
    for (int round = 0; round < ROUNDS; round++) {
      for (Way way : ways) {
        execute(used, FILL);
        long start = System.nanoTime();
        way.renewal().run();
        execute(used, "SELECT FROM authstore.users");
        way.milliseconds().add((System.nanoTime() - start) / 1e6);
      }
    }
    System.out.println("| Way | Median, ms | Slowest, ms |\n|---|---|---|");
  }

  private static void print(Way way) {
    List<Double> sorted = way.milliseconds().stream().sorted().toList();
    System.out.printf(
        Locale.ROOT,
        "| %s | %.1f | %.1f |%n",
        way.name(),
        sorted.get(ROUNDS / 2),
        sorted.get(ROUNDS - 1));
  }

  private void clone(String strategy) throws SQLException {
    drop(USED);
    execute(
        maintenance,
        "CREATE DATABASE %s TEMPLATE %s STRATEGY %s".formatted(USED, TEMPLATE, strategy));
  }

  private void drop(String database) throws SQLException {
    execute(maintenance, "DROP DATABASE IF EXISTS %s WITH (FORCE)".formatted(database));
  }

  private static List<String> tables(DataSource template) throws SQLException {
    List<String> tables = new ArrayList<>();
    try (Connection connection = template.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT oid::regclass FROM pg_class WHERE relkind = 'r' AND relnamespace ="
                    + " 'authstore'::regnamespace AND relname NOT IN ('authstore_schema_history',"
                    + " 'schema_compatibility')")) {
      while (rows.next()) {
        tables.add(rows.getString(1));
      }
    }
    return tables;
  }

  private static void execute(DataSource dataSource, String sql) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
