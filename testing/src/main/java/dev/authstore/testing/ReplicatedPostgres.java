package dev.authstore.testing;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import javax.sql.DataSource;

/**
 * Two servers for tests: a primary, and a standby that repeats what is written there and can be
 * read only. Safe for use by any thread; belongs to whoever started it.
 *
 * <p>A standby lags: what was written is there after {@link #awaitReplayed()}. Either may be closed
 * before the other, which is how a primary is lost; {@link #promote()} then makes the standby one.
 */
public final class ReplicatedPostgres implements AutoCloseable {

  private static final Map<String, String> FOLLOWED =
      Map.of(
          "wal_level", "replica",
          "max_wal_senders", "4",
          "wal_keep_size", "256MB",
          "synchronous_commit",
              "local"); // what is committed has been written, so it can be awaited

  private final EmbeddedServer primary;
  private final EmbeddedServer standby;

  private ReplicatedPostgres(EmbeddedServer primary, EmbeddedServer standby) {
    this.primary = primary;
    this.standby = standby;
  }

  public static ReplicatedPostgres start() {
    EmbeddedServer primary = EmbeddedServer.launched(FOLLOWED);
    try {
      return new ReplicatedPostgres(primary, primary.startStandby());
    } catch (RuntimeException e) {
      primary.close();
      throw e;
    }
  }

  public PostgresServer primary() {
    return primary;
  }

  public PostgresServer standby() {
    return standby;
  }

  /** A connection target that names both, the primary first. */
  public String url(String database) {
    return "postgresql://postgres@localhost:%d,localhost:%d/%s"
        .formatted(primary.port(), standby.port(), database);
  }

  /**
   * Returns when the standby shows all that has been committed on the primary so far.
   *
   * @throws AssertionError if it has not come that far after ten seconds
   */
  public void awaitReplayed() {
    String position = text(primary.dataSource("postgres"), "SELECT pg_current_wal_lsn()");
    String behind =
        "SELECT coalesce('%s' - pg_last_wal_replay_lsn(), 1)"
            .formatted(position); // null: nothing yet
    Backends.await(standby.dataSource("postgres"), behind, bytes -> bytes <= 0, "all repeated");
  }

  /** Makes the standby a primary, and returns when it is. */
  public void promote() {
    if (!text(standby.dataSource("postgres"), "SELECT pg_promote()").equals("t")) {
      throw new AssertionError("the standby was not promoted in time");
    }
  }

  @Override
  public void close() {
    standby.close();
    primary.close();
  }

  private static String text(DataSource dataSource, String query) {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getString(1);
    } catch (SQLException e) {
      throw new IllegalStateException("failed: " + query, e);
    }
  }
}
