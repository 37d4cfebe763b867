package dev.authstore.storage.pg;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import com.zaxxer.hikari.pool.HikariPool;
import dev.authstore.database.ConnectFailedException;
import dev.authstore.database.PoolSettings;
import dev.authstore.database.ReplicaConfig;
import dev.authstore.storage.StorageUnavailableException;
import dev.authstore.storage.pg.internal.Connections;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections of one program. Safe for use by any thread.
 *
 * <p>With detection of leaks it knows who has them, and looks at each that comes back for what was
 * left in its session.
 */
final class ConnectionPool implements Connections, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger("authstore.database");

  private static final Duration LONGEST_VALIDATION = Duration.ofSeconds(1);
  private static final Duration LONGEST_WAIT_FOR_REPLICA = Duration.ofSeconds(1);
  private static final Duration PATIENCE_AT_CLOSE = Duration.ofSeconds(10);
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(10);
  private static final int NAMED_BORROWERS = 3;

  private final PoolSettings settings;
  private final HikariDataSource pool;
  private final Borrowers borrowers = new Borrowers();
  private volatile boolean closed;

  private ConnectionPool(PoolSettings settings, HikariDataSource pool) {
    this.settings = settings;
    this.pool = pool;
  }

  /**
   * Opens the least number of connections; the server must be there.
   *
   * @throws ConnectFailedException if it refuses the first
   */
  static ConnectionPool open(DataSource plain, PoolSettings settings) {
    ConnectionPool opened = new ConnectionPool(settings, connected(configuration(plain, settings)));
    LOG.info(
        "Connection pool ready [size={}, minimum={}, acquire_timeout={}, idle_timeout={}]",
        settings.size(),
        settings.minIdle(),
        settings.acquireTimeout(),
        settings.idleTimeout());
    return opened;
  }

  private static HikariDataSource connected(HikariConfig config) {
    try {
      return new HikariDataSource(config);
    } catch (HikariPool.PoolInitializationException e) {
      throw e.getCause() instanceof SQLException refusal ? ConnectFailedException.of(refusal) : e;
    }
  }

  /** For a replica, which need not be there, and is not waited for, as the primary can answer. */
  static ConnectionPool ofReplica(ReplicaConfig replica) {
    PoolSettings settings = replica.pool().waitingAtMost(LONGEST_WAIT_FOR_REPLICA);
    HikariConfig config = configuration(replica.dataSource(), settings);
    config.setPoolName("authstore-replica");
    config.setInitializationFailTimeout(-1);
    LOG.info("Replica configured [target={}, size={}]", replica.target(), settings.size());
    return new ConnectionPool(settings, new HikariDataSource(config));
  }

  static HikariConfig configuration(DataSource plain, PoolSettings settings) {
    HikariConfig config = new HikariConfig();
    config.setPoolName("authstore");
    config.setDataSource(plain);
    config.setMaximumPoolSize(settings.size());
    config.setMinimumIdle(settings.minIdle()); // else it is the size, and nothing ever shrinks
    config.setConnectionTimeout(settings.acquireTimeout().toMillis());
    config.setValidationTimeout(
        Math.min(LONGEST_VALIDATION.toMillis(), settings.acquireTimeout().toMillis()));
    config.setIdleTimeout(settings.idleTimeout().toMillis());
    config.setMaxLifetime(settings.maxLifetime().toMillis());
    config.setKeepaliveTime(settings.keepAlive().toMillis());
    config.setLeakDetectionThreshold(settings.leakDetection().toMillis());
    return config;
  }

  /**
   * Takes a connection.
   *
   * @throws SQLException as the server refused one
   * @throws StorageUnavailableException if none became free in time, or the pool is closed
   */
  @Override
  public Connection take(String operation) throws SQLException {
    if (closed) {
      throw new StorageUnavailableException(
          StorageUnavailableException.Reason.POOL_CLOSED, new SQLException("pool closed"));
    }
    long start = System.nanoTime();
    try {
      Connection connection = pool.getConnection();
      warnIfSlow(Duration.ofNanos(System.nanoTime() - start));
      if (detectsLeaks()) {
        borrowers.took(connection, operation);
      }
      return connection;
    } catch (SQLException e) {
      if (closed) {
        throw new StorageUnavailableException(StorageUnavailableException.Reason.POOL_CLOSED, e);
      }
      if (refusedByServer(e)) {
        throw e;
      }
      throw new StorageUnavailableException(
          StorageUnavailableException.Reason.POOL_TIMEOUT,
          "none became free within %s [%s]%s"
              .formatted(settings.acquireTimeout(), numbers(), whoHasThem()),
          e);
    }
  }

  /** Does not hand out again what was left with a role or a lock. */
  @Override
  public void giveBack(Connection connection) throws SQLException {
    try (connection) {
      if (detectsLeaks()) {
        String borrower = borrowers.gaveBack(connection);
        List<String> left = LeftBehind.in(connection);
        if (!left.isEmpty()) {
          LOG.warn("Connection given back with {}, closed [operation={}]", left, borrower);
          pool.evictConnection(connection);
        }
      }
    }
  }

  DatabaseHealth.Pool numbers() {
    HikariPoolMXBean now = pool.getHikariPoolMXBean();
    return new DatabaseHealth.Pool(
        settings.size(),
        now.getTotalConnections(),
        now.getActiveConnections(),
        now.getIdleConnections(),
        now.getThreadsAwaitingConnection());
  }

  /** Hands out nothing more, lets units of work end for ten seconds, and cuts off the others. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    awaitBorrowers();
    pool.close();
    LOG.info("Database pool closed");
  }

  private void awaitBorrowers() {
    long start = System.nanoTime();
    while (pool.getHikariPoolMXBean().getActiveConnections() > 0
        && System.nanoTime() - start < PATIENCE_AT_CLOSE.toNanos()) {
      try {
        TimeUnit.NANOSECONDS.sleep(BETWEEN_LOOKS.toNanos());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private boolean detectsLeaks() {
    return !settings.leakDetection().isZero();
  }

  private String whoHasThem() {
    List<String> oldest = borrowers.oldest(NAMED_BORROWERS);
    return oldest.isEmpty() ? "" : ", taken first by " + oldest;
  }

  private void warnIfSlow(Duration waited) {
    if (!settings.slowAcquire().isZero() && waited.compareTo(settings.slowAcquire()) >= 0) {
      LOG.warn("Waiting for a connection took long [waited={}, {}]", waited, numbers());
    }
  }

  /** The pool's own exception has no state; that of a refused connection is its cause. */
  private static boolean refusedByServer(SQLException failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException refusal && refusal.getSQLState() != null) {
        return true;
      }
    }
    return false;
  }
}
