package dev.authstore.migrations;

import dev.authstore.database.ConnectFailedException;
import dev.authstore.database.Connections;
import dev.authstore.database.Identifiers;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.flywaydb.database.postgresql.PostgreSQLConfigurationExtension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares one schema with the scripts of this program and applies those that are missing. Safe for
 * use by any number of threads and processes at once: each script is applied once, the others wait.
 *
 * <p>Every operation throws {@link ConnectFailedException} when the database cannot be reached.
 */
public final class Migrations {

  private static final Logger LOG = LoggerFactory.getLogger("authstore.database");

  private static final String UNIQUE_VIOLATION = "23505";

  private final DataSource dataSource;
  private final MigrationSettings settings;
  private final Flyway flyway;

  /**
   * A migrator of one schema. Nothing is connected yet.
   *
   * @param dataSource a plain one, see the package text
   */
  public Migrations(DataSource dataSource, MigrationSettings settings) {
    this(dataSource, settings, "classpath:dev/authstore/migrations");
  }

  Migrations(DataSource dataSource, MigrationSettings settings, String location) {
    this.dataSource = dataSource;
    this.settings = settings;
    this.flyway = flyway(dataSource, settings, location);
  }

  /** Reads how the schema is; takes no lock and changes nothing. */
  public SchemaStatus status() {
    return status(contents());
  }

  /**
   * Makes sure that this program can work with the schema as it is.
   *
   * @throws SchemaPendingException if scripts are missing
   * @throws SchemaStateException if database and program do not fit together
   */
  public void verify() {
    SchemaStatus status = status();
    if (status.state() instanceof SchemaState.Pending pending) {
      throw new SchemaPendingException(settings.schema(), pending);
    }
    requireUpToDate(status);
  }

  /**
   * Applies the missing scripts in order. When none is missing, this needs no right to define
   * anything.
   *
   * @throws SchemaStateException if database and program do not fit together; nothing was changed
   * @throws MigrationFailedException if a script failed
   */
  public MigrationReport apply() {
    long start = System.nanoTime();
    SchemaContents contents = contents();
    SchemaStatus status = status(contents);
    if (!(status.state() instanceof SchemaState.Pending pending)) {
      requireUpToDate(status);
      return new MigrationReport(List.of(), Duration.ofNanos(System.nanoTime() - start));
    }
    logRunning(pending.scripts(), contents);
    if (!contents.hasSchema()) {
      createSchema();
    }
    List<MigrationScript> applied = migrate();
    if (applied.isEmpty()) { // another migrator was faster
      requireUpToDate(status());
    }
    MigrationReport report =
        new MigrationReport(applied, Duration.ofNanos(System.nanoTime() - start));
    logApplied(report);
    return report;
  }

  private SchemaContents contents() {
    try (Connection connection = Connections.open(dataSource)) {
      return SchemaContents.read(connection, settings);
    } catch (SQLException e) {
      throw ConnectFailedException.of(e);
    }
  }

  private SchemaStatus status(SchemaContents contents) {
    if (contents.isForeign()) {
      return new SchemaStatus(Optional.empty(), new SchemaState.Foreign(contents.objects()));
    }
    try {
      Scripts scripts = new Scripts(flyway.info().all());
      return new SchemaStatus(scripts.version(), scripts.state());
    } catch (FlywayException e) {
      throw failure(e);
    }
  }

  private void requireUpToDate(SchemaStatus status) {
    if (!(status.state() instanceof SchemaState.UpToDate)) {
      throw new SchemaStateException(settings.schema(), status.state());
    }
    LOG.info("Schema is up to date [version={}]", status.version().orElse(""));
  }

  /** Flyway could do it, but tries for ten seconds where it is not allowed to. */
  private void createSchema() {
    try (Connection connection = Connections.open(dataSource);
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE SCHEMA IF NOT EXISTS " + Identifiers.quoted(settings.schema()));
    } catch (SQLException e) {
      if (!UNIQUE_VIOLATION.equals(e.getSQLState())) { // another migrator was faster
        throw failed(MigrationFailedException.ofSchema(settings.schema(), e));
      }
    }
  }

  private List<MigrationScript> migrate() {
    try {
      return flyway.migrate().migrations.stream()
          .map(script -> new MigrationScript(script.version, script.description))
          .toList();
    } catch (FlywayException e) {
      throw failure(e);
    }
  }

  /** A lost connection is what it was before Flyway wrapped it; all else is a failed migration. */
  private static RuntimeException failure(FlywayException failure) {
    SQLException cause = MigrationFailedException.sqlException(failure);
    if (cause != null && cause.getSQLState() != null && cause.getSQLState().startsWith("08")) {
      return ConnectFailedException.of(cause);
    }
    return failed(MigrationFailedException.ofFlyway(failure));
  }

  private static MigrationFailedException failed(MigrationFailedException failure) {
    LOG.error("Migration failed: {}", failure.getMessage());
    return failure;
  }

  private static void logRunning(List<MigrationScript> pending, SchemaContents contents) {
    LOG.info(
        "Running pending database migrations [count={}, from={}, to={}, session_user={}, role={}]",
        pending.size(),
        pending.get(0).version(),
        pending.get(pending.size() - 1).version(),
        contents.sessionUser(),
        contents.currentUser());
  }

  private static void logApplied(MigrationReport report) {
    report.applied().stream()
        .reduce((earlier, later) -> later)
        .ifPresent(
            newest ->
                LOG.info(
                    "Migrations applied [count={}, version={}, duration={}]",
                    report.applied().size(),
                    newest.version(),
                    report.duration()));
  }

  private static Flyway flyway(DataSource dataSource, MigrationSettings settings, String location) {
    FluentConfiguration configuration =
        Flyway.configure(Migrations.class.getClassLoader())
            .dataSource(dataSource)
            .locations(location)
            .failOnMissingLocations(true)
            .validateMigrationNaming(true)
            .schemas(settings.schema())
            .createSchemas(false)
            .defaultSchema(settings.schema())
            .table(settings.historyTable())
            .lockRetryCount(
                (int) settings.lockTimeout().toSeconds()) // it waits a second after each
            .callbacks(new MigrationSession(LOG))
            .loggers("slf4j")
            .placeholderReplacement(false) // names may look like placeholders
            .cleanDisabled(true)
            .baselineOnMigrate(false)
            .outOfOrder(false)
            .group(false)
            .mixed(false);
    // the map of settings would do as well, but needs a JSON library
    configuration
        .getConfigurationExtension(PostgreSQLConfigurationExtension.class)
        .setTransactionalLock(false);
    return configuration.load();
  }
}
