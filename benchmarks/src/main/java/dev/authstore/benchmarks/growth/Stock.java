package dev.authstore.benchmarks.growth;

import com.zaxxer.hikari.HikariDataSource;
import dev.authstore.benchmarks.Bench;
import dev.authstore.benchmarks.Database;
import dev.authstore.benchmarks.data.AuthstoreTables;
import dev.authstore.benchmarks.data.Ids;
import dev.authstore.benchmarks.data.Population;
import dev.authstore.benchmarks.data.Share;
import dev.authstore.benchmarks.flows.AuthstorePeer;
import dev.authstore.benchmarks.flows.Expired;
import dev.authstore.benchmarks.flows.Flow;
import dev.authstore.storage.RepositoryFactory;
import java.io.IOException;
import java.sql.SQLException;

/**
 * A database with so many authorizations.
 *
 * @param expired what a cleanup finds
 */
record Stock(
    int size,
    Database database,
    HikariDataSource pool,
    RepositoryFactory repositories,
    AuthstorePeer peer,
    Share share,
    Expired expired) {
  private static final int CONNECTIONS = 4;
  private static final int COUNTED = 1_000;
  private static final int NANOS_PER_MILLI = 1_000_000;

  /**
   * What a run costs the server.
   *
   * @param buffers how many it touches
   * @param read how many of them are not in the server's own cache
   * @param nanos how long its statements run
   */
  record Served(double buffers, double read, double nanos) {}

  static Stock make(Bench bench, int size, int codes, int expiredTokens)
      throws SQLException, IOException {
    Database database = bench.create(name(size));
    Population population = new Population(size, 1, codes);
    population.create(database);
    AuthstoreTables.fill(database, population);
    warmUp(database);
    HikariDataSource pool = database.pool(CONNECTIONS);
    RepositoryFactory repositories = database.repositories(pool);
    Share share = new Share(population, 0);
    Expired expired = new Expired(database, expiredTokens);
    AuthstorePeer peer = new AuthstorePeer(repositories, share, Ids.of(database, 0), expired);
    return new Stock(size, database, pool, repositories, peer, share, expired);
  }

  /** Fills the server's cache, tables first and indexes last, as much as fits. */
  private static void warmUp(Database database) throws SQLException {
    database.execute(
        "CREATE EXTENSION pg_prewarm SCHEMA public",
        """
        SELECT sum(public.pg_prewarm(oid)) FROM (
          SELECT oid FROM pg_class
          WHERE relnamespace = '%s'::regnamespace AND relkind IN ('r', 'i') ORDER BY relkind DESC) relations
        """
            .formatted(database.schema()));
  }

  String name() {
    return name(size);
  }

  Object run(Flow flow) {
    return peer.run(flow);
  }

  /** What one run costs the server. */
  Served served(Flow flow) throws SQLException {
    database.execute("SELECT public.pg_stat_statements_reset()");
    for (int i = 0; i < COUNTED; i++) {
      peer.run(flow);
    }
    return new Served(
        sum("shared_blks_hit + shared_blks_read"),
        sum("shared_blks_read"),
        sum("total_exec_time") * NANOS_PER_MILLI);
  }

  private double sum(String figure) throws SQLException {
    String total =
        database.text(
            """
            SELECT coalesce(sum(%s), 0) FROM public.pg_stat_statements
            WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND query NOT LIKE '%%pg_stat_statements%%'
            """
                .formatted(figure));
    return Double.parseDouble(total) / COUNTED;
  }

  void close() {
    pool.close();
  }

  private static String name(int size) {
    return "growth_" + size;
  }
}
