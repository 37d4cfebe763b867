package dev.authstore.benchmarks.flows;

import com.zaxxer.hikari.HikariDataSource;
import dev.authstore.benchmarks.Bench;
import dev.authstore.benchmarks.Database;
import dev.authstore.benchmarks.RoundTrips;
import dev.authstore.benchmarks.data.AuthstoreTables;
import dev.authstore.benchmarks.data.Ids;
import dev.authstore.benchmarks.data.Population;
import dev.authstore.benchmarks.data.Share;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;

/** Makes the data and the peers. */
final class Contenders {
  private static final int CONNECTIONS = 2;
  private static final int SPENDERS = 6;

  private final Bench bench;
  private final Database database;
  private final Population population;
  private final Amounts amounts;
  private final List<HikariDataSource> pools;

  /**
   * Of an empty database.
   *
   * @param pools to which those that are made are added
   */
  Contenders(Bench bench, Database database, Amounts amounts, List<HikariDataSource> pools) {
    this.bench = bench;
    this.database = database;
    this.amounts = amounts;
    this.pools = pools;
    this.population =
        new Population(amounts.sizes().authorizations(), SPENDERS, amounts.sizes().codesPerPeer());
  }

  /** Authstore first. */
  List<Contender> all() throws SQLException {
    bench.progress("making %,d authorizations".formatted(population.authorizations()));
    HikariDataSource ours = pool(database.schema());
    HikariDataSource shipped = pool("spring_shipped");
    HikariDataSource indexed = pool("spring_indexed");
    HikariDataSource sessions = pool(FlowsSection.SPRING_SESSION);
    try {
      population.create(database);
      AuthstoreTables.fill(database, population);
      SpringPeer.fill(shipped, "spring_shipped", population, false);
      SpringPeer.fill(indexed, "spring_indexed", population, true);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    SpringSessionPeer.fill(database, sessions, FlowsSection.SPRING_SESSION, population);
    Ids ids = Ids.of(database, amounts.active());
    Expired expired = new Expired(database, amounts.expired());
    return List.of(
        contender(ours, (source, share) -> authstore(source, share, ids, expired), 0),
        contender(
            ours,
            (source, share) ->
                new SequencePeer(
                    "MAS's statements, JDBC",
                    JdbcStatements.transactions(source),
                    share,
                    ids,
                    expired),
            1),
        contender(
            ours,
            (source, share) ->
                new SequencePeer(
                    "MAS's statements, Jdbi",
                    JdbiStatements.transactions(source),
                    share,
                    ids,
                    expired),
            2),
        contender(ours, (source, share) -> new HibernatePeer(source, share, ids, expired), 3),
        contender(shipped, (source, share) -> spring("as shipped", source, share), 4),
        contender(indexed, (source, share) -> spring("indexes added", source, share), 5),
        contender(
            sessions,
            (source, share) -> new SpringSessionPeer(database, source, share, ids, expired),
            0)); // it spends nothing
  }

  @FunctionalInterface
  private interface Maker {
    Peer make(DataSource source, Share share);
  }

  private Contender contender(DataSource pool, Maker maker, int number) {
    Share share = new Share(population, number);
    Map<Flow, Long> counts = new EnumMap<>(Flow.class);
    RoundTrips trips = new RoundTrips(pool);
    try (Peer watched = maker.make(trips.dataSource(), share)) {
      for (Flow flow : watched.flows()) {
        if (!flow.isBulk()) {
          watched.run(flow); // what is asked once only does not count
          counts.put(flow, (long) trips.of(() -> watched.run(flow)).size());
        }
      }
    }
    return new Contender(maker.make(pool, share), database, counts);
  }

  private Peer authstore(DataSource source, Share share, Ids ids, Expired expired) {
    return new AuthstorePeer(database.repositories(source), share, ids, expired);
  }

  private static Peer spring(String tables, DataSource source, Share share) {
    return new SpringPeer("Spring Authorization Server, " + tables, source, share);
  }

  private HikariDataSource pool(String searchPath) {
    HikariDataSource pool = database.pool(CONNECTIONS, searchPath);
    pools.add(pool);
    return pool;
  }
}
