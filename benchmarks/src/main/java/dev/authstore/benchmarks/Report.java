package dev.authstore.benchmarks;

import static java.util.Locale.ROOT;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.authstore.database.DatabaseConfig;
import dev.authstore.migrations.MigrationSettings;
import dev.authstore.migrations.Migrations;
import dev.authstore.testing.PostgresServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Measures and prints one table. Arguments: {@code quick}, which is the default, or {@code full}.
 */
public final class Report {
  private static final String DATABASE = "benchmarks";

  /**
   * How long to measure.
   *
   * @param warmUp before the first turn, each side of each operation
   * @param rounds of turns of a second or so, two for each operation
   */
  private record Effort(TimeValue warmUp, int rounds, TimeValue turn) {}

  private static final Effort QUICK =
      new Effort(TimeValue.seconds(3), 9, TimeValue.milliseconds(700));
  private static final Effort FULL = new Effort(TimeValue.seconds(10), 31, TimeValue.seconds(1));

  /** Authstore's cost as a multiple of that of JDBC, in two neighbouring turns. */
  private record Ratio(double median, double allocated) {
    private static Ratio of(Turn.Cost authstore, Turn.Cost jdbc) {
      return new Ratio(
          authstore.median() / jdbc.median(), authstore.allocated() / jdbc.allocated());
    }
  }

  private Report() {}

  public static void main(String[] arguments) throws SQLException, RunnerException {
    Effort effort = effort(arguments);
    try (PostgresServer server = PostgresServer.start()) {
      createDatabase(server);
      DatabaseConfig config =
          DatabaseConfig.of(
              "postgresql://postgres@localhost:%d/%s".formatted(server.port(), DATABASE));
      String schema = config.schema();
      new Migrations(config.dataSource(), MigrationSettings.defaults().schema(schema)).apply();
      Accounts accounts = Accounts.seed(config.dataSource());
      HikariConfig pool = new HikariConfig();
      pool.setDataSource(config.dataSource());
      pool.setMaximumPoolSize(config.poolSize());
      pool.setMinimumIdle(2);
      try (HikariDataSource connections = new HikariDataSource(pool)) {
        Comparison comparison = new Comparison(connections, schema, accounts);
        print(comparison, measure(comparison, effort));
        System.out.println(machine(connections));
      }
    }
  }

  private static Effort effort(String[] arguments) {
    String name = arguments.length == 0 ? "quick" : arguments[0];
    return switch (name) {
      case "quick" -> QUICK;
      case "full" -> FULL;
      default -> throw new IllegalArgumentException("quick or full, not " + name);
    };
  }

  private static void createDatabase(PostgresServer server) throws SQLException {
    try (Connection connection = server.dataSource("postgres").getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + DATABASE);
    }
  }

  private static Map<Operation, List<Ratio>> measure(Comparison comparison, Effort effort)
      throws RunnerException {
    Map<Operation, List<Ratio>> ratios = new EnumMap<>(Operation.class);
    for (Operation operation : Operation.values()) {
      progress("warming up: " + operation.title());
      Turn.take(() -> comparison.run(operation, Side.JDBC), effort.warmUp());
      Turn.take(() -> comparison.run(operation, Side.AUTHSTORE), effort.warmUp());
      ratios.put(operation, new ArrayList<>());
    }
    for (int round = 0; round < effort.rounds(); round++) {
      progress("round %d of %d".formatted(round + 1, effort.rounds()));
      boolean authstoreFirst = round % 2 == 0;
      for (Map.Entry<Operation, List<Ratio>> entry : ratios.entrySet()) {
        Operation operation = entry.getKey();
        Side first = authstoreFirst ? Side.AUTHSTORE : Side.JDBC;
        Side second = authstoreFirst ? Side.JDBC : Side.AUTHSTORE;
        Turn.Cost one = Turn.take(() -> comparison.run(operation, first), effort.turn());
        Turn.Cost other = Turn.take(() -> comparison.run(operation, second), effort.turn());
        entry.getValue().add(authstoreFirst ? Ratio.of(one, other) : Ratio.of(other, one));
      }
    }
    return ratios;
  }

  private static void print(Comparison comparison, Map<Operation, List<Ratio>> ratios) {
    System.out.println("| Operation | Median time | Allocation | Round trips | JDBC's |");
    System.out.println("|---|---|---|---|---|");
    ratios.forEach(
        (operation, measured) ->
            System.out.println(
                String.format(
                    ROOT,
                    "| %s | %.2f | %.2f | %d | %d |",
                    operation.title(),
                    median(measured.stream().mapToDouble(Ratio::median).toArray()),
                    median(measured.stream().mapToDouble(Ratio::allocated).toArray()),
                    comparison.roundTrips(operation, Side.AUTHSTORE),
                    comparison.roundTrips(operation, Side.JDBC))));
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2]; // the number of rounds is odd
  }

  private static String machine(HikariDataSource pool) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      return "%nAuthstore as a multiple of JDBC. %d cores, %s %s, PostgreSQL %s"
          .formatted(
              Runtime.getRuntime().availableProcessors(),
              System.getProperty("java.vm.name"),
              Runtime.version(),
              connection.getMetaData().getDatabaseProductVersion());
    }
  }

  private static void progress(String text) {
    System.err.println(text);
  }
}
