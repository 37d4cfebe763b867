package dev.authstore.migrations;

import dev.authstore.database.ConfigProblem;
import dev.authstore.database.ConfigurationException;
import dev.authstore.database.ConnectFailedException;
import dev.authstore.database.Connections;
import dev.authstore.database.DatabaseConfig;
import dev.authstore.database.Identifiers;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.flywaydb.core.api.MigrationVersion;
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
  private final FlywayEngine engine;

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
    this.engine = new FlywayEngine(dataSource, settings, location);
  }

  /** The migrator that a configuration describes, with the credentials that it has for that. */
  public static Migrations of(DatabaseConfig config) {
    return new Migrations(config.migrationDataSource(), MigrationSettings.of(config));
  }

  /** Reads how the schema is; takes no lock and changes nothing. */
  public SchemaStatus status() {
    return status(contents());
  }

  /** Every script that program or history know, in order; takes no lock and changes nothing. */
  public List<ScriptStatus> scripts() {
    return engine.scripts().list();
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
    requireUsable(status);
  }

  /** Applies all scripts that are missing. */
  public MigrationReport apply() {
    return apply(ApplyOptions.all());
  }

  /**
   * Applies the missing scripts in order. When none is missing, this needs no right to define
   * anything.
   *
   * @throws ConfigurationException if there is no script of the target's version
   * @throws SchemaStateException if database and program do not fit together; nothing was changed
   * @throws SchemaAccessDeniedException if the role lacks rights; nothing was changed
   * @throws MigrationLockTimeoutException if somebody else migrates for too long
   * @throws MigrationFailedException if a script failed
   */
  public MigrationReport apply(ApplyOptions options) {
    long start = System.nanoTime();
    List<MigrationScript> applied = pending(options).isEmpty() ? List.of() : applyLocked(options);
    MigrationReport report =
        new MigrationReport(applied, Duration.ofNanos(System.nanoTime() - start));
    logApplied(report);
    return report;
  }

  /**
   * What {@link #repair()} would do; changes nothing.
   *
   * @throws SchemaStateException if the schema is not one that a repair could help
   */
  public RepairReport repairs() {
    SchemaState state = status().state();
    List<MigrationScript> failed = List.of();
    if (state instanceof SchemaState.Failed failure) {
      failed = failure.scripts();
    } else if (!(state instanceof SchemaState.UpToDate || state instanceof SchemaState.Pending)) {
      throw new SchemaStateException(settings.schema(), state);
    }
    return new RepairReport(failed, invalidIndexes());
  }

  /**
   * Clears away what scripts have left that failed outside a transaction: the indexes that are not
   * valid, and the notes that they failed. Whoever then applies scripts runs them again.
   *
   * @return what was done
   * @throws SchemaStateException if the schema is not one that a repair could help
   * @throws MigrationLockTimeoutException if somebody else migrates for too long
   */
  public RepairReport repair() {
    MigrationLock lock =
        MigrationLock.take(dataSource, settings, MigrationListener.NONE, () -> true).orElseThrow();
    try (Connection connection = Connections.open(dataSource);
        Statement statement = connection.createStatement()) {
      RepairReport report = repairs();
      InvalidIndexes.drop(connection, settings.schema(), report.invalidIndexes());
      if (!report.scripts().isEmpty()) {
        statement.execute("DELETE FROM %s WHERE NOT success".formatted(settings.history()));
      }
      return report;
    } catch (SQLException e) {
      throw MigrationFailedException.ofRepair(settings.schema(), e);
    } finally {
      lock.close();
    }
  }

  /**
   * What {@link #apply(ApplyOptions)} would apply, in order; changes nothing.
   *
   * @throws ConfigurationException if there is no script of the target's version
   * @throws SchemaStateException if database and program do not fit together
   */
  public List<MigrationScript> pending(ApplyOptions options) {
    options.target().ifPresent(this::requireKnown);
    SchemaContents contents = contents();
    SchemaStatus status = status(contents);
    if (!(status.state() instanceof SchemaState.Pending pending)) {
      requireUsable(status);
      return List.of();
    }
    if (contents.server().standby()) {
      throw new SchemaStateException(
          settings.schema(), new SchemaState.Unsuitable("the server is a standby"));
    }
    return pending.scripts().stream().filter(script -> isWanted(script, options)).toList();
  }

  private static boolean isWanted(MigrationScript script, ApplyOptions options) {
    MigrationVersion version = MigrationVersion.fromVersion(script.version());
    return options
        .target()
        .map(target -> !version.isNewerThan(MigrationVersion.fromVersion(target)))
        .orElse(true);
  }

  private List<MigrationScript> applyLocked(ApplyOptions options) {
    requireRights();
    Optional<MigrationLock> lock =
        MigrationLock.take(
            dataSource, settings, options.listener(), () -> !pending(options).isEmpty());
    if (lock.isEmpty()) {
      return List.of(); // another process was faster
    }
    try {
      List<MigrationScript> pending = pending(options);
      return pending.isEmpty() ? pending : migrate(pending, options);
    } catch (MigrationFailedException e) {
      LOG.error("Migration failed: {}", e.getMessage());
      throw e;
    } finally {
      lock.get().close();
    }
  }

  private List<MigrationScript> migrate(List<MigrationScript> pending, ApplyOptions options) {
    SchemaContents contents = contents();
    logRunning(pending, contents);
    options.listener().pending(pending);
    if (!contents.hasSchema()) {
      createSchema();
    }
    List<MigrationScript> applied = engine.migrate(options.target(), options.listener());
    List<String> invalid = invalidIndexes();
    if (!invalid.isEmpty()) {
      throw MigrationFailedException.ofInvalidIndexes(invalid);
    }
    return applied;
  }

  private void requireKnown(String target) {
    if (!engine.scripts().knows(target)) {
      throw new ConfigurationException(
          ConfigProblem.Code.OUT_OF_RANGE, "target", "there is no script " + target);
    }
  }

  /**
   * Makes sure that the role of the migrator may apply scripts; changes nothing.
   *
   * @throws SchemaAccessDeniedException if it lacks rights, with the statements that grant them
   */
  public void requireRights() {
    try (Connection connection = Connections.open(dataSource)) {
      MigratorRights.require(connection, settings);
    } catch (SQLException e) {
      throw ConnectFailedException.of(e);
    }
  }

  private List<String> invalidIndexes() {
    try (Connection connection = Connections.open(dataSource)) {
      return InvalidIndexes.list(connection, settings.schema());
    } catch (SQLException e) {
      throw ConnectFailedException.of(e);
    }
  }

  private SchemaContents contents() {
    try (Connection connection = Connections.open(dataSource)) {
      return SchemaContents.read(connection, settings);
    } catch (SQLException e) {
      throw ConnectFailedException.of(e);
    }
  }

  private SchemaStatus status(SchemaContents contents) {
    Optional<String> problem = contents.server().problem();
    if (problem.isPresent()) {
      return new SchemaStatus(Optional.empty(), new SchemaState.Unsuitable(problem.get()));
    }
    if (contents.isForeign()) {
      return new SchemaStatus(Optional.empty(), new SchemaState.Foreign(contents.objects()));
    }
    Scripts scripts = engine.scripts();
    if (scripts.version().isPresent()
        && contents.objects().isEmpty()
        && contents().objects().isEmpty()) { // looked at before the history was, it may be older
      return new SchemaStatus(scripts.version(), new SchemaState.Foreign(List.of()));
    }
    SchemaState state = scripts.state();
    if (state instanceof SchemaState.Newer newer) {
      state = new SchemaState.Newer(newer.scripts(), allows(scripts.newestKnown()));
    }
    return new SchemaStatus(scripts.version(), state);
  }

  /** Whether the schema says that a program will do that knows no more than this. */
  private boolean allows(MigrationVersion newestKnown) {
    try (Connection connection = Connections.open(dataSource)) {
      return Compatibility.oldestScript(connection, settings.schema())
          .map(oldest -> !MigrationVersion.fromVersion(oldest).isNewerThan(newestKnown))
          .orElse(false);
    } catch (SQLException e) {
      throw ConnectFailedException.of(e);
    }
  }

  private void requireUsable(SchemaStatus status) {
    if (status.state() instanceof SchemaState.Newer newer
        && newer.compatible()
        && settings.allowNewer()) {
      LOG.warn("Schema is newer than this program [newest={}]", status.version().orElse(""));
    } else if (status.state() instanceof SchemaState.UpToDate) {
      LOG.info("Schema is up to date [version={}]", status.version().orElse(""));
    } else {
      throw new SchemaStateException(settings.schema(), status.state());
    }
  }

  /** Flyway could do it, but tries for ten seconds where it is not allowed to. */
  private void createSchema() {
    try (Connection connection = Connections.open(dataSource);
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE SCHEMA IF NOT EXISTS " + Identifiers.quoted(settings.schema()));
    } catch (SQLException e) {
      if (!UNIQUE_VIOLATION.equals(e.getSQLState())) { // somebody else was faster
        throw MigrationFailedException.ofSchema(settings.schema(), e);
      }
    }
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
}
