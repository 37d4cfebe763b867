package dev.authstore.database;

import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * Where the database is and how it is used. Immutable; an accessor given an argument returns a
 * changed copy. The password leaves this class only inside {@link #dataSource()}.
 */
public final class DatabaseConfig {

  private static final int LARGEST_POOL = 1000;

  private final ConnectionTarget target;
  private final String schema;
  private final int poolSize;
  private final boolean autoMigrate;

  private DatabaseConfig(
      ConnectionTarget target, String schema, int poolSize, boolean autoMigrate) {
    this.target = target;
    this.schema = schema;
    this.poolSize = poolSize;
    this.autoMigrate = autoMigrate;
  }

  /**
   * The defaults for one connection target: {@code postgresql://user:password@host:port/database},
   * the same with {@code postgres://}, or {@code
   * jdbc:postgresql://host:port/database?user=…&password=…}. Special characters are
   * percent-encoded. The query takes the driver's parameters, such as {@code sslmode}.
   *
   * @throws ConfigurationException if the target cannot be understood
   */
  public static DatabaseConfig of(String target) {
    return new DatabaseConfig(ConnectionTargetParser.parse(target), "authstore", 10, true);
  }

  /**
   * Reads {@code DATABASE_URL}, which is mandatory, {@code DB_SCHEMA}, {@code DB_POOL_SIZE} and
   * {@code DB_AUTO_MIGRATE}. An empty variable counts as absent.
   *
   * @throws ConfigurationException if one of them is wrong
   */
  public static DatabaseConfig fromEnvironment(Map<String, String> environment) {
    String target =
        variable(environment, "DATABASE_URL")
            .orElseThrow(
                () ->
                    new ConfigurationException(
                        "DATABASE_URL is not set: it names the database,"
                            + " as in postgresql://user:password@host/database"));
    DatabaseConfig config = of(target);
    config = variable(environment, "DB_SCHEMA").map(config::schema).orElse(config);
    config =
        variable(environment, "DB_POOL_SIZE")
            .map(DatabaseConfig::number)
            .map(config::poolSize)
            .orElse(config);
    return variable(environment, "DB_AUTO_MIGRATE")
        .map(DatabaseConfig::truth)
        .map(config::autoMigrate)
        .orElse(config);
  }

  /** Whether pending scripts are applied at start; otherwise they are a reason not to start. */
  public boolean autoMigrate() {
    return autoMigrate;
  }

  public DatabaseConfig autoMigrate(boolean wanted) {
    return new DatabaseConfig(target, schema, poolSize, wanted);
  }

  /** The most connections held at the same time. */
  public int poolSize() {
    return poolSize;
  }

  public DatabaseConfig poolSize(int connections) {
    if (connections < 1 || connections > LARGEST_POOL) {
      throw new ConfigurationException(
          "pool size: %d is not between 1 and %d".formatted(connections, LARGEST_POOL));
    }
    return new DatabaseConfig(target, schema, connections, autoMigrate);
  }

  /** The schema that holds the tables. */
  public String schema() {
    return schema;
  }

  public DatabaseConfig schema(String name) {
    return new DatabaseConfig(
        target, Identifiers.requireValid("schema", name), poolSize, autoMigrate);
  }

  /** Plain connections, each a new one. Nothing is connected yet. */
  public DataSource dataSource() {
    return target.dataSource();
  }

  /** Everything but the password and the values of the driver's parameters. */
  @Override
  public String toString() {
    return "DatabaseConfig[%s, schema=%s, poolSize=%d, autoMigrate=%s]"
        .formatted(target, schema, poolSize, autoMigrate);
  }

  private static Optional<String> variable(Map<String, String> environment, String name) {
    return Optional.ofNullable(environment.get(name)).filter(value -> !value.isEmpty());
  }

  private static int number(String value) {
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new ConfigurationException("DB_POOL_SIZE is not a number: " + value);
    }
  }

  private static boolean truth(String value) {
    return switch (value) {
      case "true" -> true;
      case "false" -> false;
      default ->
          throw new ConfigurationException("DB_AUTO_MIGRATE is neither true nor false: " + value);
    };
  }
}
