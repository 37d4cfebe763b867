package dev.authstore.storage.pg;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.authstore.database.ConfigurationException;
import dev.authstore.database.ConnectFailedException;
import dev.authstore.database.DatabaseConfig;
import dev.authstore.migrations.MigrationSettings;
import dev.authstore.migrations.Migrations;
import dev.authstore.migrations.SchemaPendingException;
import dev.authstore.migrations.SchemaStateException;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StorageSettings;
import dev.authstore.storage.StorageUnavailableException;
import dev.authstore.storage.pg.internal.Connections;
import dev.authstore.storage.pg.worker.WorkerSetup;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A database with the Authstore schema, ready for use. One serves the whole program and all its
 * threads.
 */
public final class Authstore implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger("authstore.database");

  private static final Duration ACQUIRE_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration IDLE_TIMEOUT = Duration.ofMinutes(5);
  private static final Duration MAX_LIFETIME = Duration.ofMinutes(30);
  private static final Duration KEEP_ALIVE = Duration.ofMinutes(2);
  private static final int MIN_IDLE = 2;

  private final RepositoryFactory repositories;
  private final WorkerSetup workers;
  private final Runnable closing;

  private Authstore(Connections connections, String schema, Wiring wiring, Runnable closing) {
    this.repositories = new PgRepositoryFactory(connections, schema, wiring.settings());
    this.workers = WorkerSetup.of(repositories, wiring.settings(), wiring.direct());
    this.closing = closing;
  }

  /** The settings, and where connections that no pool may have come from. */
  private record Wiring(StorageSettings settings, DataSource direct) {}

  /**
   * Opens a database with {@link StorageSettings#defaults()}.
   *
   * @see #open(DatabaseConfig, StorageSettings)
   */
  public static Authstore open(DatabaseConfig config) {
    return open(config, StorageSettings.defaults());
  }

  /**
   * Connects, brings the schema up to date, or only compares it if the configuration says so, and
   * opens a pool.
   *
   * @throws ConfigurationException if the configuration cannot work
   * @throws ConnectFailedException if the server cannot be reached or does not let us in
   * @throws SchemaPendingException if migrations are missing and may not be applied
   * @throws SchemaStateException if the schema is not one that this program can work with
   */
  public static Authstore open(DatabaseConfig config, StorageSettings settings) {
    DataSource direct = config.dataSource();
    Migrations migrations =
        new Migrations(direct, MigrationSettings.defaults().schema(config.schema()));
    if (config.autoMigrate()) {
      migrations.apply();
    } else {
      migrations.verify();
    }
    HikariDataSource pool = pool(direct, config.poolSize());
    LOG.info(
        "Connection pool ready [size={}, minimum={}]",
        pool.getMaximumPoolSize(),
        pool.getMinimumIdle());
    return new Authstore(
        () -> take(pool),
        config.schema(),
        new Wiring(settings, direct),
        () -> {
          pool.close();
          LOG.info("Database pool closed");
        });
  }

  /**
   * Uses connections of the application's own. The schema must have been migrated ({@link
   * Migrations}). Closing leaves the data source alone.
   *
   * @param schema the schema that holds the tables, {@code authstore} by default
   */
  public static Authstore using(DataSource dataSource, String schema, StorageSettings settings) {
    return new Authstore(
        dataSource::getConnection, schema, new Wiring(settings, dataSource), () -> {});
  }

  public RepositoryFactory repositories() {
    return repositories;
  }

  /**
   * What a worker for background jobs begins with: {@code
   * JobWorker.start(authstore.workers().handlers(...))}. It keeps a connection for itself; one
   * taken from the application's own data source must not be a pooler's.
   */
  public WorkerSetup workers() {
    return workers;
  }

  /** Closes the pool that {@code open} made; units of work that are still open fail. */
  @Override
  public void close() {
    closing.run();
  }

  private static HikariDataSource pool(DataSource direct, int size) {
    HikariConfig pool = new HikariConfig();
    pool.setPoolName("authstore");
    pool.setDataSource(direct);
    pool.setMaximumPoolSize(size);
    pool.setMinimumIdle(Math.min(MIN_IDLE, size));
    pool.setConnectionTimeout(ACQUIRE_TIMEOUT.toMillis());
    pool.setIdleTimeout(IDLE_TIMEOUT.toMillis());
    pool.setMaxLifetime(MAX_LIFETIME.toMillis());
    pool.setKeepaliveTime(KEEP_ALIVE.toMillis());
    return new HikariDataSource(pool);
  }

  private static Connection take(HikariDataSource pool) throws SQLException {
    try {
      return pool.getConnection();
    } catch (SQLException e) {
      if (pool.isClosed()) {
        throw new StorageUnavailableException(StorageUnavailableException.Reason.POOL_CLOSED, e);
      }
      throw e;
    }
  }
}
