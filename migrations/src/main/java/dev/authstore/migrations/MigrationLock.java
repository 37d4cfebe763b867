package dev.authstore.migrations;

import dev.authstore.database.ConnectFailedException;
import dev.authstore.database.Connections;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.zip.CRC32;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The right to migrate one schema, held by a session of its own until it is closed or dies. Flyway
 * has a lock too, and keeps it; but it cannot tell who is in the way.
 *
 * <p>It asks again and again instead of queueing: a waiting request is an open statement, and
 * building an index concurrently waits for every one of those.
 */
final class MigrationLock implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger("authstore.database");

  /** First half of the key: migrations of Authstore. The other half is the schema's. */
  private static final int PRODUCT = 0x41_75_74_68;

  private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  private static final String TRY = "SELECT pg_try_advisory_lock(?, ?)";
  private static final String RELEASE = "SELECT pg_advisory_unlock(?, ?)";

  /** What belongs to other users is shown to few. */
  private static final String HOLDER =
      """
      SELECT pid, nullif(application_name, ''), backend_start
      FROM pg_locks JOIN pg_stat_activity USING (pid)
      WHERE locktype = 'advisory' AND granted AND objsubid = 2
        AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND classid::bigint = ? AND objid::bigint = ?
      """;

  private final Connection connection;
  private final int object;

  private MigrationLock(Connection connection, int object) {
    this.connection = connection;
    this.object = object;
  }

  /**
   * Waits for the lock as long as the settings say, and as it is worth the while.
   *
   * @param needed asked after each time that somebody else had it
   * @return empty if it is not needed any more
   * @throws MigrationLockTimeoutException if somebody else kept it
   */
  static Optional<MigrationLock> take(
      DataSource dataSource,
      MigrationSettings settings,
      MigrationListener listener,
      BooleanSupplier needed) {
    Connection connection = Connections.open(dataSource);
    MigrationLock lock = new MigrationLock(connection, object(settings));
    try {
      if (lock.await(settings, listener, needed)) {
        return Optional.of(lock);
      }
      lock.abandon();
      return Optional.empty();
    } catch (SQLException e) {
      lock.abandon();
      throw ConnectFailedException.of(e);
    } catch (RuntimeException e) {
      lock.abandon();
      throw e;
    }
  }

  private boolean await(
      MigrationSettings settings, MigrationListener listener, BooleanSupplier needed)
      throws SQLException {
    long start = System.nanoTime();
    Duration pause = FIRST_PAUSE;
    while (!isTrue(TRY)) {
      LockHolder holder = holder();
      Duration waited = Duration.ofNanos(System.nanoTime() - start);
      Duration left = settings.lockTimeout().minus(waited);
      if (left.isNegative() || left.isZero()) {
        throw new MigrationLockTimeoutException(settings, holder);
      }
      Duration delay = pause.compareTo(left) < 0 ? pause : left;
      LOG.warn(
          "Another process is already migrating, waiting [pid={}, application={}, since={}, delay={}]",
          holder.pid(),
          holder.application().orElse("unknown"),
          holder.since().map(Object::toString).orElse("unknown"),
          delay);
      listener.waiting(holder, waited);
      sleep(delay, settings, holder);
      if (!needed.getAsBoolean()) {
        return false;
      }
      Duration doubled = pause.multipliedBy(2);
      pause = doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
    }
    return true;
  }

  private boolean isTrue(String query) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(query)) {
      statement.setInt(1, PRODUCT);
      statement.setInt(2, object);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getBoolean(1);
      }
    }
  }

  private LockHolder holder() throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(HOLDER)) {
      statement.setLong(1, Integer.toUnsignedLong(PRODUCT));
      statement.setLong(2, Integer.toUnsignedLong(object));
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          return new LockHolder(0, Optional.empty(), Optional.empty());
        }
        return new LockHolder(
            row.getInt(1),
            Optional.ofNullable(row.getString(2)),
            Optional.ofNullable(row.getTimestamp(3)).map(Timestamp::toInstant));
      }
    }
  }

  private static void sleep(Duration pause, MigrationSettings settings, LockHolder holder) {
    try {
      TimeUnit.MILLISECONDS.sleep(Math.max(1, pause.toMillis()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MigrationLockTimeoutException(settings, holder);
    }
  }

  /** Never fails: a session that is gone has left its lock behind. */
  @Override
  public void close() {
    try (connection) {
      isTrue(RELEASE);
    } catch (SQLException e) {
      LOG.debug("The lock was lost before it was released", e);
    }
  }

  private void abandon() {
    try {
      connection.close();
    } catch (SQLException e) {
      LOG.debug("A connection could not be closed", e);
    }
  }

  private static int object(MigrationSettings settings) {
    CRC32 checksum = new CRC32();
    String name = settings.schema() + "." + settings.historyTable();
    checksum.update(name.getBytes(StandardCharsets.UTF_8));
    return (int) checksum.getValue();
  }
}
