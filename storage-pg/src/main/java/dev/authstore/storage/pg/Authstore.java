package dev.authstore.storage.pg;

import static dev.authstore.database.Connections.awaitServer;

import com.zaxxer.hikari.HikariDataSource;
import dev.authstore.database.ConfigurationException;
import dev.authstore.database.ConnectFailedException;
import dev.authstore.database.DatabaseConfig;
import dev.authstore.database.ServerFacts;
import dev.authstore.migrations.MigrationFailedException;
import dev.authstore.migrations.MigrationLockTimeoutException;
import dev.authstore.migrations.MigrationMode;
import dev.authstore.migrations.Migrations;
import dev.authstore.migrations.RunRights;
import dev.authstore.migrations.SchemaAccessDeniedException;
import dev.authstore.migrations.SchemaPendingException;
import dev.authstore.migrations.SchemaStateException;
import dev.authstore.storage.KeyRing;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StorageObserver;
import dev.authstore.storage.StorageSettings;
import dev.authstore.storage.pg.internal.Connections;
import dev.authstore.storage.pg.worker.WorkerSetup;
import java.util.Optional;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A database with the Authstore schema, ready for use. One serves the whole program and all its
 * threads.
 */
public final class Authstore implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger("authstore.database");

  /** What is opened beside the pool: the migrator's connection and one for a person. */
  private static final int OTHER_CONNECTIONS = 2;

  private final RepositoryFactory repositories;
  private final WorkerSetup workers;
  private final Supplier<DatabaseHealth> health;
  private final Runnable closing;

  private Authstore(Connections connections, String schema, Wiring wiring, Runnable closing) {
    if (wiring.settings().keys().find(KeyRing.Purpose.CODE).isEmpty()) {
      LOG.warn("No key for codes: whoever reads their digests can find them out");
    }
    this.repositories =
        new PgRepositoryFactory(connections, wiring.replica(), schema, wiring.settings());
    WorkerSetup worker = WorkerSetup.of(repositories, wiring.settings(), wiring.direct());
    this.workers = wiring.poolSize().map(worker::poolSize).orElse(worker);
    this.health = wiring.health();
    this.closing = closing;
  }

  /** The settings, and where connections that no pool may have come from. */
  private record Wiring(
      StorageSettings settings,
      DataSource direct,
      Optional<Replica> replica,
      Optional<Integer> poolSize,
      Supplier<DatabaseHealth> health) {}

  /**
   * Opens a database with {@link StorageSettings#defaults()}.
   *
   * @see #open(DatabaseConfig, StorageSettings)
   */
  public static Authstore open(DatabaseConfig config) {
    return open(config, StorageSettings.defaults());
  }

  /**
   * Connects, waiting for a server that is still starting, brings the schema up to date, or only
   * compares it if the configuration says so, and opens a pool.
   *
   * @throws ConfigurationException if the configuration cannot work
   * @throws ConnectFailedException if the server cannot be reached or does not let us in
   * @throws SchemaPendingException if migrations are missing and may not be applied
   * @throws SchemaStateException if the schema is not one that this program can work with
   * @throws SchemaAccessDeniedException if the role lacks rights to migrate, or to work
   * @throws MigrationLockTimeoutException if another process migrates for too long
   * @throws MigrationFailedException if a script failed
   */
  public static Authstore open(DatabaseConfig config, StorageSettings settings) {
    return open(
        config, settings, config.autoMigrate() ? MigrationMode.APPLY : MigrationMode.VERIFY);
  }

  /**
   * The same, whatever the configuration says about pending migrations.
   *
   * @see #open(DatabaseConfig, StorageSettings)
   */
  public static Authstore open(
      DatabaseConfig config, StorageSettings settings, MigrationMode mode) {
    ServerFacts server = awaitServer(config);
    Migrations migrations = Migrations.of(config);
    switch (mode) {
      case APPLY -> migrations.apply();
      case VERIFY -> migrations.verify();
      case SKIP -> {}
    }
    if (mode != MigrationMode.SKIP) {
      RunRights.require(config);
    }
    Optional<String> schemaVersion = migrations.status().version();
    ConnectionPool pool = ConnectionPool.open(config.dataSource(), config.pool());
    warnOfLimit(config.poolSize(), server);
    Optional<ConnectionPool> replica = config.replica().map(ConnectionPool::ofReplica);
    HealthProbe probe =
        new HealthProbe(
            pool,
            config.dataSource(),
            config.healthTimeout(),
            new HealthProbe.Origin(schemaVersion, settings.clock(), System::nanoTime));
    StorageObserver observer = StatementLog.before(settings.observer(), config.log());
    return new Authstore(
        pool,
        config.schema(),
        new Wiring(
            settings.observer(observer),
            config.dataSource(),
            replica.map(connections -> new Replica(connections, System::nanoTime)),
            Optional.of(config.poolSize()),
            probe::health),
        () -> {
          probe.close();
          replica.ifPresent(ConnectionPool::close);
          pool.close();
        });
  }

  /**
   * Uses connections of the application's own. The schema must have been migrated ({@link
   * Migrations}). Closing leaves the data source alone.
   *
   * @param schema the schema that holds the tables, {@code authstore} by default
   */
  public static Authstore using(DataSource dataSource, String schema, StorageSettings settings) {
    return using(dataSource, Optional.empty(), schema, settings);
  }

  /**
   * The same with a replica for {@link RepositoryFactory#readReplica}, which should not wait long
   * for a connection: the primary answers where it fails.
   *
   * @see #using(DataSource, String, StorageSettings)
   */
  public static Authstore using(
      DataSource dataSource, DataSource replica, String schema, StorageSettings settings) {
    Connections connections = operation -> replica.getConnection();
    return using(
        dataSource, Optional.of(new Replica(connections, System::nanoTime)), schema, settings);
  }

  private static Authstore using(
      DataSource dataSource, Optional<Replica> replica, String schema, StorageSettings settings) {
    return new Authstore(
        operation -> dataSource.getConnection(),
        schema,
        new Wiring(
            settings,
            dataSource,
            replica,
            dataSource instanceof HikariDataSource pool
                ? Optional.of(pool.getMaximumPoolSize())
                : Optional.empty(),
            () -> {
              throw new IllegalStateException("the application knows how its own connections are");
            }),
        () -> {});
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

  /**
   * Looks at the database: never throws, ends within the configured time, and may be called every
   * second by any number of threads.
   *
   * @throws IllegalStateException if the connections are the application's own
   */
  public DatabaseHealth health() {
    return health.get();
  }

  /**
   * Closes what {@code open} made: hands out no more connections, lets units of work end for ten
   * seconds, and cuts off the others. Closing again does nothing.
   */
  @Override
  public void close() {
    closing.run();
  }

  private static void warnOfLimit(int poolSize, ServerFacts server) {
    if (poolSize + OTHER_CONNECTIONS > server.freeConnections()) {
      LOG.warn(
          "Pool may exceed the server's connection limit [pool={}, free={}]",
          poolSize,
          server.freeConnections());
    }
  }
}
