package dev.authstore.benchmarks.flows;

import static java.util.Locale.ROOT;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.authstore.benchmarks.RoundTrips;
import dev.authstore.benchmarks.Turn;
import dev.authstore.database.DatabaseConfig;
import dev.authstore.migrations.MigrationSettings;
import dev.authstore.migrations.Migrations;
import dev.authstore.storage.StorageLimits;
import dev.authstore.storage.StorageSettings;
import dev.authstore.storage.pg.Authstore;
import dev.authstore.testing.PostgresServer;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import javax.sql.DataSource;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Measures each flow with each peer, in turns, and prints one table for each flow. Arguments:
 * {@code quick} for 200,000 authorizations, which is the default, or {@code full} for 1,000,000.
 */
public final class FlowReport {
  private static final String DATABASE = "flows";
  private static final int PEERS = 4;
  private static final int CONNECTIONS = 4;

  /** How much there is, and how long to measure. */
  private record Effort(
      int authorizations, int codesPerPeer, TimeValue warmUp, int rounds, TimeValue turn) {}

  private static final Effort QUICK =
      new Effort(200_000, 40_000, TimeValue.seconds(2), 5, TimeValue.milliseconds(700));
  private static final Effort FULL =
      new Effort(1_000_000, 100_000, TimeValue.seconds(5), 9, TimeValue.seconds(1));

  private FlowReport() {}

  public static void main(String[] arguments) throws SQLException, IOException, RunnerException {
    Effort effort = effort(arguments);
    try (PostgresServer server = PostgresServer.start()) {
      try (Connection connection = server.dataSource("postgres").getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute("CREATE DATABASE " + DATABASE);
      }
      run(
          DatabaseConfig.of(
              "postgresql://postgres@localhost:%d/%s".formatted(server.port(), DATABASE)),
          effort);
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

  private static void run(DatabaseConfig config, Effort effort)
      throws SQLException, IOException, RunnerException {
    progress("making %,d authorizations".formatted(effort.authorizations()));
    Population population = new Population(effort.authorizations(), PEERS, effort.codesPerPeer());
    population.create(config.dataSource());
    new Migrations(config.dataSource(), MigrationSettings.defaults().schema(config.schema()))
        .apply();
    AuthstorePeer.fill(config.dataSource(), population);
    try (HikariDataSource ours = pool(config, config.schema());
        HikariDataSource shipped = pool(config, "spring_shipped");
        HikariDataSource indexed = pool(config, "spring_indexed")) {
      SpringPeer.fill(shipped, "spring_shipped", population, false);
      SpringPeer.fill(indexed, "spring_indexed", population, true);
      List<Contender> contenders = contenders(config.schema(), population, ours, shipped, indexed);
      for (Flow flow : Flow.values()) {
        print(flow, contenders, measure(flow, contenders, effort));
      }
      System.out.println(machine(ours, effort));
    }
  }

  /**
   * A peer, and what each flow sends.
   *
   * @param roundTrips counted by what is between the peer and its pool
   */
  private record Contender(Peer peer, Map<Flow, Integer> roundTrips) {}

  private static List<Contender> contenders(
      String schema, Population population, DataSource ours, DataSource shipped, DataSource indexed)
      throws SQLException {
    List<UUID> clientIds = clientIds(ours);
    List<Share> shares = new ArrayList<>();
    for (int i = 0; i < PEERS; i++) {
      shares.add(new Share(population, i));
    }
    return List.of(
        contender(ours, source -> authstore(source, schema, shares.get(0), clientIds)),
        contender(ours, source -> new SequencePeer(source, shares.get(1), clientIds)),
        contender(
            shipped,
            source ->
                new SpringPeer("Spring Authorization Server, as shipped", source, shares.get(2))),
        contender(
            indexed,
            source ->
                new SpringPeer(
                    "Spring Authorization Server, indexes added", source, shares.get(3))));
  }

  private static Contender contender(DataSource pool, Function<DataSource, Peer> maker) {
    RoundTrips trips = new RoundTrips(pool);
    Peer watched = maker.apply(trips.dataSource());
    Map<Flow, Integer> counts = new EnumMap<>(Flow.class);
    for (Flow flow : Flow.values()) {
      watched.run(flow); // what is asked once only does not count
      counts.put(flow, trips.of(() -> watched.run(flow)).size());
    }
    return new Contender(maker.apply(pool), counts);
  }

  @SuppressWarnings("resource") // closing it would do nothing: the pool is ours
  private static Peer authstore(
      DataSource dataSource, String schema, Share share, List<UUID> clientIds) {
    StorageSettings settings =
        StorageSettings.defaults()
            .limits(StorageLimits.defaults().authorizationCodeLifetime(Duration.ofDays(1)));
    return new AuthstorePeer(
        Authstore.using(dataSource, schema, settings).repositories(),
        share,
        clientIds.stream().map(UUID::toString).toList());
  }

  /** By their numbers. */
  private static List<UUID> clientIds(DataSource dataSource) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT id FROM population.clients ORDER BY n")) {
      List<UUID> ids = new ArrayList<>();
      while (rows.next()) {
        ids.add(rows.getObject(1, UUID.class));
      }
      return ids;
    }
  }

  private static HikariDataSource pool(DatabaseConfig config, String searchPath) {
    HikariConfig pool = new HikariConfig();
    pool.setDataSource(config.dataSource());
    pool.setSchema(searchPath);
    pool.setMaximumPoolSize(CONNECTIONS);
    pool.setMinimumIdle(1);
    return new HikariDataSource(pool);
  }

  /** The costs of each contender, by round. */
  private static List<List<Turn.Cost>> measure(Flow flow, List<Contender> contenders, Effort effort)
      throws RunnerException {
    List<List<Turn.Cost>> costs = new ArrayList<>();
    for (Contender contender : contenders) {
      progress("warming up: %s, %s".formatted(flow.title(), contender.peer().title()));
      Turn.take(() -> contender.peer().run(flow), effort.warmUp());
      costs.add(new ArrayList<>());
    }
    for (int round = 0; round < effort.rounds(); round++) {
      progress("%s, round %d of %d".formatted(flow.title(), round + 1, effort.rounds()));
      for (int i = 0; i < contenders.size(); i++) {
        int next = (i + round) % contenders.size(); // nobody always follows the same one
        Peer peer = contenders.get(next).peer();
        costs.get(next).add(Turn.take(() -> peer.run(flow), effort.turn()));
      }
    }
    return costs;
  }

  private static void print(Flow flow, List<Contender> contenders, List<List<Turn.Cost>> costs) {
    System.out.printf(ROOT, "%n### %s%n%n", flow.title());
    System.out.println("| Peer | Median time | 99th percentile | Allocation | CPU | Round trips |");
    System.out.println("|---|---|---|---|---|---|");
    for (int i = 0; i < contenders.size(); i++) {
      List<Turn.Cost> theirs = costs.get(i);
      System.out.printf(
          ROOT,
          "| %s | %.2f | %.2f | %.2f | %.2f | %d |%n",
          contenders.get(i).peer().title(),
          ratio(theirs, costs.get(0), Turn.Cost::median),
          ratio(theirs, costs.get(0), Turn.Cost::p99),
          ratio(theirs, costs.get(0), Turn.Cost::allocated),
          ratio(theirs, costs.get(0), Turn.Cost::cpu),
          contenders.get(i).roundTrips().get(flow));
    }
  }

  /** The median of the ratios in each round. */
  private static double ratio(
      List<Turn.Cost> theirs, List<Turn.Cost> ours, ToDoubleFunction<Turn.Cost> cost) {
    double[] ratios = new double[theirs.size()];
    for (int round = 0; round < ratios.length; round++) {
      ratios[round] = cost.applyAsDouble(theirs.get(round)) / cost.applyAsDouble(ours.get(round));
    }
    Arrays.sort(ratios);
    return ratios[ratios.length / 2]; // the number of rounds is odd
  }

  private static String machine(DataSource dataSource, Effort effort) throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      return "%nMultiples of Authstore, at %,d authorizations. %d cores, %s %s, PostgreSQL %s"
          .formatted(
              effort.authorizations(),
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
