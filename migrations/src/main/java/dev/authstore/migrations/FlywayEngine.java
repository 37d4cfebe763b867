package dev.authstore.migrations;

import dev.authstore.database.ConnectFailedException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.flywaydb.database.postgresql.PostgreSQLConfigurationExtension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Flyway, told what to do and what not, and its failures in our words. */
final class FlywayEngine {

  private static final Logger LOG = LoggerFactory.getLogger("authstore.database");

  private static final String LOCK_TIMEOUT = "55P03";
  private static final int ATTEMPTS = 10;
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final DataSource dataSource;
  private final MigrationSettings settings;
  private final String location;

  FlywayEngine(DataSource dataSource, MigrationSettings settings, String location) {
    this.dataSource = dataSource;
    this.settings = settings;
    this.location = location;
  }

  /** All scripts, those of the program and those of the history. */
  Scripts scripts() {
    try {
      return new Scripts(configuration().load().info().all());
    } catch (FlywayException e) {
      throw failure(e);
    }
  }

  /**
   * Applies what is pending, in order. A script that did not get its locks in time is undone and
   * tried again, so that it does not hold up everybody who queues behind it.
   *
   * @return the scripts applied
   */
  List<MigrationScript> migrate(Optional<String> target, MigrationListener listener) {
    MigrationSession session = new MigrationSession(settings, listener);
    FluentConfiguration configuration = configuration().callbacks(session);
    target.ifPresent(version -> configuration.target(MigrationVersion.fromVersion(version)));
    Flyway flyway = configuration.load();
    for (int attempt = 1; ; attempt++) {
      try {
        flyway.migrate();
        return session.applied();
      } catch (FlywayException e) {
        SQLException cause = MigrationFailedException.sqlException(e);
        boolean locked = cause != null && LOCK_TIMEOUT.equals(cause.getSQLState());
        if (!locked || attempt == ATTEMPTS || !MigrationFailedException.isUndone(e)) {
          throw failure(e);
        }
        LOG.warn("A script waits for locks of others, trying again [attempt={}]", attempt);
        pauseOrThrow(e);
      }
    }
  }

  /** A lost connection is what it was before Flyway wrapped it; all else is a failed migration. */
  private static RuntimeException failure(FlywayException failure) {
    SQLException cause = MigrationFailedException.sqlException(failure);
    if (cause != null && cause.getSQLState() != null && cause.getSQLState().startsWith("08")) {
      return ConnectFailedException.of(cause);
    }
    return MigrationFailedException.ofFlyway(failure);
  }

  private static void pauseOrThrow(FlywayException failure) {
    try {
      TimeUnit.MILLISECONDS.sleep(PAUSE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failure(failure);
    }
  }

  private FluentConfiguration configuration() {
    FluentConfiguration configuration =
        Flyway.configure(Migrations.class.getClassLoader())
            .dataSource(dataSource)
            .locations(location)
            .failOnMissingLocations(true)
            .validateMigrationNaming(true)
            .schemas(settings.schemaOfHistory())
            .createSchemas(false)
            .defaultSchema(settings.schemaOfHistory())
            .table(settings.historyTable())
            .callbacks(new MigrationSession(settings, MigrationListener.NONE))
            .loggers("slf4j")
            .placeholderReplacement(false) // names may look like placeholders
            .cleanDisabled(true)
            .baselineOnMigrate(settings.historySchema().isPresent()) // beside tables of others
            .baselineVersion("0")
            .outOfOrder(false)
            .group(false)
            .mixed(false);
    // the map of settings would do as well, but needs a JSON library
    configuration
        .getConfigurationExtension(PostgreSQLConfigurationExtension.class)
        .setTransactionalLock(false);
    return configuration;
  }
}
