package dev.authstore.database;

import dev.authstore.database.libpq.HostSpec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.sql.DataSource;

/**
 * Where the database is and how it is used. Immutable; an accessor given an argument returns a
 * changed copy. Passwords leave this class only inside data sources.
 *
 * <p>Values are taken from the first that has them: the program, the environment, a file, the
 * connection string, the service file, libpq's variables ({@code PG*}), the default.
 */
public final class DatabaseConfig {

  private final ConfigSources sources;
  private final Parts parts;

  /** What the sources come to. */
  record Parts(
      ConnectionSpec run,
      ConnectionSpec migrations,
      Optional<ReplicaConfig> replica,
      String schema,
      PoolSettings pool,
      SessionSettings session,
      MigrationConfig migration,
      LogSettings log,
      Duration startupTimeout,
      Duration healthTimeout,
      boolean transactionPooler,
      List<EffectiveSetting> effective,
      List<Notice> notices) {}

  private DatabaseConfig(ConfigSources sources) {
    this.sources = sources;
    this.parts = ConfigReader.read(sources);
  }

  /**
   * Reads settings from everywhere. Named files are read as well, nothing is connected.
   *
   * @throws ConfigurationException with everything that is wrong with them
   */
  public static DatabaseConfig from(ConfigSources sources) {
    return new DatabaseConfig(sources);
  }

  /**
   * One connection string, {@code postgresql://user:password@host:port/database} or {@code host=…
   * dbname=…}, and defaults. The environment is not looked at.
   *
   * @throws ConfigurationException if the text cannot be understood
   */
  public static DatabaseConfig of(String connectionString) {
    return from(ConfigSources.none().value(Setting.URI, connectionString));
  }

  /**
   * Reads {@code DATABASE_URL}, or {@code DB_HOST} and the like, and all other variables.
   *
   * @throws ConfigurationException if they are wrong, or name no database
   */
  public static DatabaseConfig fromEnvironment(Map<String, String> environment) {
    return from(ConfigSources.none().environment(environment));
  }

  /** Changes one setting, written as an operator would write it. */
  public DatabaseConfig with(Setting setting, String text) {
    return from(sources.value(setting, text));
  }

  /** Whether pending scripts are applied at start; otherwise they are a reason not to start. */
  public boolean autoMigrate() {
    return parts.migration.apply();
  }

  public DatabaseConfig autoMigrate(boolean wanted) {
    return with(Setting.AUTO_MIGRATE, String.valueOf(wanted));
  }

  /** The most connections held at the same time. */
  public int poolSize() {
    return parts.pool.size();
  }

  public DatabaseConfig poolSize(int connections) {
    return with(Setting.MAX_CONNECTIONS, String.valueOf(connections));
  }

  /** The schema that holds the tables. */
  public String schema() {
    return parts.schema;
  }

  /**
   * Chooses another schema.
   *
   * @param name taken as it is, in upper and lower case
   */
  public DatabaseConfig schema(String name) {
    return with(Setting.SCHEMA, SqlName.text(name));
  }

  public PoolSettings pool() {
    return parts.pool;
  }

  public SessionSettings session() {
    return parts.session;
  }

  public MigrationConfig migration() {
    return parts.migration;
  }

  public LogSettings log() {
    return parts.log;
  }

  /** How long a start waits for a server that is not there yet. */
  public Duration startupTimeout() {
    return parts.startupTimeout;
  }

  /** How long a look at the database's health may take. */
  public Duration healthTimeout() {
    return parts.healthTimeout;
  }

  /** Whether connections may change their session between two statements. */
  public boolean transactionPooler() {
    return parts.transactionPooler;
  }

  /** Plain connections for the repositories, each a new one. Nothing is connected yet. */
  public DataSource dataSource() {
    return new PlainDataSource(parts.run);
  }

  /** Plain connections for the migrator: perhaps another user, and without limits of time. */
  public DataSource migrationDataSource() {
    return new PlainDataSource(parts.migrations);
  }

  /** Where to read what may be old. */
  public Optional<ReplicaConfig> replica() {
    return parts.replica;
  }

  /** The database's name. */
  public String databaseName() {
    return parts.run.database();
  }

  /** Whether the migrator has credentials or sessions of its own. */
  public boolean hasOwnMigrator() {
    return !parts.run.credentials().user().equals(parts.migrations.credentials().user())
        || !parts.run.toString().equals(parts.migrations.toString());
  }

  /** Where the migrator's connections lead to, as {@code user@host:port/database}. */
  public String migrationTarget() {
    return parts.migrations.toString();
  }

  /** Where connections lead to, as {@code user@host:port/database}. */
  public String target() {
    return parts.run.toString();
  }

  /** Every value that somebody has set, and the defaults of all others. */
  public List<EffectiveSetting> effective() {
    return parts.effective;
  }

  /** What an operator should know and that is no mistake. */
  public List<Notice> notices() {
    return parts.notices;
  }

  /** What was set and where, one line each, without secrets. */
  public String describe() {
    return parts.effective.stream()
        .map(line -> "%s = %s (%s)".formatted(line.key(), line.value(), line.origin()))
        .collect(Collectors.joining("\n"));
  }

  /** Whether a connection may pass a network that others listen to. */
  public boolean leavesTheMachine() {
    return parts.run.hosts().stream().anyMatch(DatabaseConfig::isElsewhere);
  }

  private static boolean isElsewhere(HostSpec host) {
    return host instanceof HostSpec.Tcp tcp
        && !tcp.name().equals("localhost")
        && !tcp.name().startsWith("127.")
        && !tcp.name().equals("::1");
  }

  /** The TLS mode asked for. */
  public String sslMode() {
    return parts.run.tls().mode().text();
  }

  /** Everything about the target but secrets. */
  @Override
  public String toString() {
    return "DatabaseConfig[%s, schema=%s, poolSize=%d, autoMigrate=%s]"
        .formatted(parts.run, parts.schema, poolSize(), autoMigrate());
  }

  ConnectionSpec run() {
    return parts.run;
  }

  ConnectionSpec migrations() {
    return parts.migrations;
  }
}
