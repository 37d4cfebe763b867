package dev.authstore.testing;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongPredicate;
import javax.sql.DataSource;

/** What the server tells about the sessions of one database. */
public final class Backends {

  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(5);

  private static final String BLOCKED =
      """
      SELECT count(*) FROM pg_stat_activity
      WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0
      """;

  private static final String OTHERS =
      """
      FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
      """;

  private Backends() {}

  /**
   * Returns as soon as that many sessions, or more, wait for locks that others hold.
   *
   * @throws AssertionError if that has not happened after ten seconds
   */
  public static void awaitBlocked(DataSource dataSource, int sessions) {
    await(dataSource, BLOCKED, blocked -> blocked >= sessions, sessions + " blocked sessions");
  }

  /**
   * Cuts the connections that wait for locks, while those who hold the locks keep them.
   *
   * @throws AssertionError if some still wait after ten seconds
   */
  public static void terminateBlocked(DataSource dataSource) {
    String terminate =
        """
        SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0
        """;
    await(dataSource, terminate, blocked -> blocked == 0, "no blocked session");
  }

  /**
   * Cuts all connections to the database and returns when they are gone.
   *
   * @throws AssertionError if some are still there after ten seconds
   */
  public static void terminateOthers(DataSource dataSource) {
    String terminate = "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) " + OTHERS;
    await(dataSource, terminate, others -> others == 0, "no other session");
  }

  /** Returns as soon as the number that the query gives will do. */
  static void await(
      DataSource dataSource, String query, LongPredicate reached, String expectation) {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      long deadline = System.nanoTime() + DEADLINE.toNanos();
      long found = count(statement, query);
      while (!reached.test(found)) {
        if (System.nanoTime() - deadline > 0) {
          throw new AssertionError(
              "expected %s within %s, found %d".formatted(expectation, DEADLINE, found));
        }
        LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
        found = count(statement, query);
      }
    } catch (SQLException e) {
      throw new IllegalStateException("the server does not tell about its sessions", e);
    }
  }

  private static long count(Statement statement, String query) throws SQLException {
    try (ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getLong(1);
    }
  }
}
