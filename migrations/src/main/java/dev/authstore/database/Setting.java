package dev.authstore.database;

import static dev.authstore.database.SettingSpec.named;
import static dev.authstore.database.ValueType.choice;
import static dev.authstore.database.ValueType.integer;
import static dev.authstore.database.ValueType.millisOrOff;
import static dev.authstore.database.ValueType.seconds;
import static dev.authstore.database.ValueType.secondsOrOff;
import static java.time.Duration.ofDays;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;

import dev.authstore.database.libpq.LibpqKeyword;
import dev.authstore.database.tls.TlsMode;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Everything that can be set. Reading, checking, showing and the reference documentation go by this
 * list.
 */
public enum Setting {
  URI(
      named("uri")
          .env("DATABASE_URL", "DB_URL")
          .type(ValueType.CONNECTION)
          .means(
              "The database as one text: a URI or pairs of `keyword=value`. Excludes the separate keys from `host` to `database`.")),
  HOST(
      named("host")
          .env("DB_HOST")
          .keyword(LibpqKeyword.HOST)
          .means(
              "Name or address of the server, several with commas, or the directory of a socket. Without one a local socket is looked for, then `localhost` taken.")),
  PORT(
      named("port")
          .env("DB_PORT")
          .keyword(LibpqKeyword.PORT)
          .byDefault("5432")
          .means("One for all hosts, or one for each.")),
  SOCKET(
      named("socket")
          .env("DB_SOCKET_DIR")
          .type(ValueType.PATH)
          .means("Directory of the server's socket, instead of `host`.")),
  USERNAME(
      named("username")
          .env("DB_USER")
          .keyword(LibpqKeyword.USER)
          .means("Who connects; the operating system's user by default.")),
  PASSWORD(
      named("password")
          .env("DB_PASS")
          .keyword(LibpqKeyword.PASSWORD)
          .type(ValueType.SECRET)
          .means("In clear, without any encoding.")),
  PASSWORD_FILE(
      named("password_file")
          .env("DB_PASS_FILE")
          .type(ValueType.PATH)
          .means("File that holds the password, read anew for each connection.")),
  DATABASE(
      named("database")
          .env("DB_NAME")
          .keyword(LibpqKeyword.DBNAME)
          .means("The user name by default.")),
  SSL_MODE(
      named("ssl_mode")
          .env("DB_SSL_MODE")
          .keyword(LibpqKeyword.SSLMODE)
          .type(choice(Stream.of(TlsMode.values()).map(TlsMode::text).toArray(String[]::new)))
          .means(
              "See TLS modes. By default `require` with separate keys, `prefer` with a connection string.")),
  SSL_DISABLE(
      named("ssl_disable")
          .env("DB_SSL_DISABLE")
          .type(ValueType.BOOLEAN)
          .means("`true` is `ssl_mode: disable`.")),
  SSL_CA(
      named("ssl_ca")
          .env("DB_SSL_CA")
          .type(ValueType.SECRET)
          .means("Certificates to trust instead of the JVM's, as PEM text.")),
  SSL_CA_FILE(
      named("ssl_ca_file")
          .env("DB_SSL_CA_FILE")
          .keyword(LibpqKeyword.SSLROOTCERT)
          .type(ValueType.PATH)
          .means("The same in a file, or `system` for those of the JVM.")),
  SSL_CERTIFICATE(
      named("ssl_certificate")
          .env("DB_SSL_CERT")
          .type(ValueType.SECRET)
          .means("Client certificate as PEM text, with those that vouch for it behind.")),
  SSL_CERTIFICATE_FILE(
      named("ssl_certificate_file")
          .env("DB_SSL_CERT_FILE")
          .keyword(LibpqKeyword.SSLCERT)
          .type(ValueType.PATH)
          .means("The same in a file.")),
  SSL_KEY(
      named("ssl_key")
          .env("DB_SSL_KEY")
          .type(ValueType.SECRET)
          .means("Its key as PEM text: PKCS#8, encrypted or not.")),
  SSL_KEY_FILE(
      named("ssl_key_file")
          .env("DB_SSL_KEY_FILE")
          .keyword(LibpqKeyword.SSLKEY)
          .type(ValueType.PATH)
          .means("The same in a file, PEM or DER; or PKCS#12, which holds the certificate too.")),
  SSL_KEY_PASSWORD(
      named("ssl_key_password")
          .env("DB_SSL_KEY_PASSWORD")
          .keyword(LibpqKeyword.SSLPASSWORD)
          .type(ValueType.SECRET)
          .means("Opens the key.")),
  SSL_KEY_PASSWORD_FILE(
      named("ssl_key_password_file")
          .env("DB_SSL_KEY_PASSWORD_FILE")
          .type(ValueType.PATH)
          .means("The same in a file.")),
  OPTIONS(
      named("options")
          .env("DB_OPTIONS")
          .keyword(LibpqKeyword.OPTIONS)
          .means("Server settings of each session, as `-c name=value`. Not used for migrations.")),
  APPLICATION_NAME(
      named("application_name")
          .env("DB_APPLICATION_NAME")
          .keyword(LibpqKeyword.APPLICATION_NAME)
          .byDefault("authstore")
          .means("How sessions show in `pg_stat_activity`; migrations add `-migrate`.")),
  CONNECT_TIMEOUT_TCP(
      named("connect_timeout_tcp")
          .env("DB_CONNECT_TIMEOUT")
          .keyword(LibpqKeyword.CONNECT_TIMEOUT)
          .type(seconds(ofSeconds(1), ofSeconds(600)))
          .byDefault("10")
          .means(
              "How long one host may take until the session is ready; `connect_timeout` is another thing, see Pool.")),
  SOCKET_TIMEOUT(
      named("socket_timeout")
          .env("DB_SOCKET_TIMEOUT")
          .type(secondsOrOff(ofSeconds(1), ofDays(1)))
          .byDefault("0")
          .means(
              "How long an answer may take before the connection counts as lost. Not used for migrations.")),
  STARTUP_TIMEOUT(
      named("startup_timeout")
          .env("DB_STARTUP_TIMEOUT")
          .type(secondsOrOff(ofMillis(1), ofHours(1)))
          .byDefault("30")
          .means("How long a start waits for a server that is not there yet; 0 tries once.")),
  REPLICA_URI(
      named("replica_uri")
          .env("DB_REPLICA_URL")
          .type(ValueType.CONNECTION)
          .means(
              "A replica for `readReplica`, as a connection string. What it does not say is as for the database itself: who connects, TLS, pool and limits, all but the hosts.")),
  TRANSACTION_POOLER(
      named("transaction_pooler")
          .env("DB_TRANSACTION_POOLER")
          .type(ValueType.BOOLEAN)
          .byDefault("false")
          .means(
              "Whether a pooler in transaction mode stands between: no statement to set a session up, none prepared on the server.")),

  MAX_CONNECTIONS(
      named("max_connections")
          .env("DB_POOL_SIZE")
          .uri("pool_size")
          .type(integer(1, 1000))
          .byDefault("10")
          .means("Most connections held at the same time.")),
  MIN_CONNECTIONS(
      named("min_connections")
          .env("DB_POOL_MIN_IDLE")
          .uri("pool_min_idle")
          .type(integer(0, 1000))
          .means("Connections kept open when idle; 2, or the most if that is less, by default.")),
  CONNECT_TIMEOUT(
      named("connect_timeout", "acquire_timeout")
          .env("DB_POOL_TIMEOUT")
          .uri("pool_timeout")
          .type(seconds(ofMillis(250), ofHours(1)))
          .byDefault("30")
          .means(
              "How long a unit of work waits for a connection of the pool. It cannot wait for ever.")),
  IDLE_TIMEOUT(
      named("idle_timeout")
          .env("DB_IDLE_TIMEOUT")
          .uri("pool_idle_timeout")
          .nothingIsOff()
          .type(secondsOrOff(ofSeconds(10), ofDays(1)))
          .byDefault("300")
          .means(
              "When an idle connection above the minimum is closed; shorter than `max_lifetime`.")),
  MAX_LIFETIME(
      named("max_lifetime")
          .env("DB_MAX_LIFETIME")
          .uri("pool_max_lifetime")
          .nothingIsOff()
          .type(secondsOrOff(ofSeconds(30), ofDays(1)))
          .byDefault("1800")
          .means("When a connection is replaced.")),
  KEEPALIVE_TIME(
      named("keepalive_time")
          .env("DB_POOL_KEEPALIVE")
          .type(secondsOrOff(ofSeconds(30), ofDays(1)))
          .byDefault("120")
          .means("How often an idle connection is tried; shorter than `max_lifetime`.")),
  LEAK_DETECTION(
      named("leak_detection")
          .env("DB_LEAK_THRESHOLD")
          .type(secondsOrOff(ofSeconds(2), ofDays(1)))
          .byDefault("0")
          .means(
              "When a connection that was not given back is reported, with the place that took it."
                  + " While it is on, an exhausted pool names the operations that have connections,"
                  + " and one that comes back with a role or a lock left in its session is closed,"
                  + " which costs a round trip each.")),
  SLOW_ACQUIRE(
      named("slow_acquire")
          .env("DB_SLOW_ACQUIRE")
          .type(millisOrOff(ofHours(1)))
          .byDefault("2000")
          .means("When waiting for a connection is worth a warning.")),
  PREPARED_STATEMENTS(
      named("prepared_statements")
          .uri("statement-cache-capacity")
          .type(integer(0, 10_000))
          .byDefault("256")
          .means("Statements that each connection keeps prepared.")),

  STATEMENT_TIMEOUT(
      named("statement_timeout")
          .env("DB_STATEMENT_TIMEOUT")
          .type(secondsOrOff(ofMillis(1), ofDays(24)))
          .byDefault("30")
          .means("How long a statement may run.")),
  LOCK_TIMEOUT(
      named("lock_timeout")
          .env("DB_LOCK_TIMEOUT")
          .type(secondsOrOff(ofMillis(1), ofDays(24)))
          .byDefault("10")
          .means("How long a statement may wait for a lock.")),
  IDLE_IN_TRANSACTION_TIMEOUT(
      named("idle_in_transaction_timeout")
          .env("DB_IDLE_IN_TRANSACTION_TIMEOUT")
          .type(secondsOrOff(ofMillis(1), ofDays(24)))
          .byDefault("60")
          .means("How long a transaction may do nothing.")),

  SCHEMA(
      named("schema")
          .env("DB_SCHEMA")
          .type(ValueType.SCHEMA)
          .byDefault("authstore")
          .means("Where the tables are.")),
  AUTO_MIGRATE(
      named("auto_migrate")
          .env("DB_AUTO_MIGRATE")
          .type(ValueType.BOOLEAN)
          .byDefault("true")
          .means(
              "Whether a start applies pending scripts; otherwise it refuses to go on without them.")),
  MIGRATIONS_URI(
      named("migrations.uri")
          .env("DB_MIGRATIONS_URL")
          .type(ValueType.CONNECTION)
          .means("A connection of its own for migrations.")),
  MIGRATIONS_USERNAME(
      named("migrations.username")
          .env("DB_MIGRATIONS_USER")
          .means("Another user for migrations, on the same database.")),
  MIGRATIONS_PASSWORD(
      named("migrations.password")
          .env("DB_MIGRATIONS_PASS")
          .type(ValueType.SECRET)
          .means("That user's password.")),
  MIGRATIONS_PASSWORD_FILE(
      named("migrations.password_file")
          .env("DB_MIGRATIONS_PASS_FILE")
          .type(ValueType.PATH)
          .means("The same in a file.")),
  MIGRATIONS_OPTIONS(
      named("migrations.options")
          .env("DB_MIGRATIONS_OPTIONS")
          .means("Server settings of the migrator's sessions, such as `-c role=authstore_owner`.")),
  MIGRATIONS_TABLE(
      named("migrations.table")
          .env("DB_MIGRATIONS_TABLE")
          .uri("x-migrations-table")
          .type(ValueType.TABLE)
          .byDefault("authstore_schema_history")
          .means("The table that records which scripts were applied.")),
  MIGRATIONS_TABLE_QUOTED(
      named("migrations.table_quoted")
          .env("DB_MIGRATIONS_TABLE_QUOTED")
          .uri("x-migrations-table-quoted")
          .type(ValueType.BOOLEAN)
          .means("Whether every part of that name must be in double quotes, or none may be.")),
  MIGRATIONS_LOCK_TIMEOUT(
      named("migrations.lock_timeout")
          .env("DB_MIGRATIONS_LOCK_TIMEOUT")
          .type(secondsOrOff(ofSeconds(1), ofDays(1)))
          .byDefault("600")
          .means("How long to wait for another migrator; 0 does not wait.")),
  MIGRATIONS_STATEMENT_TIMEOUT(
      named("migrations.statement_timeout")
          .env("DB_MIGRATIONS_STATEMENT_TIMEOUT")
          .type(secondsOrOff(ofMillis(1), ofDays(24)))
          .byDefault("0")
          .means("How long a statement of a script may run.")),
  ALLOW_NEWER_SCHEMA(
      named("allow_newer_schema")
          .env("DB_ALLOW_NEWER_SCHEMA")
          .type(ValueType.BOOLEAN)
          .byDefault("false")
          .means("Whether to work with a schema of a newer version that says it is compatible.")),
  SCHEMA_DIR(
      named("schema_dir")
          .env("DB_SCHEMA_DIR")
          .type(ValueType.PATH)
          .means("Ignored with a warning: the scripts are part of the library.")),

  LOG_LEVEL(
      named("log_level")
          .env("DB_LOG_LEVEL")
          .type(choice("none", "error", "warn", "info", "debug", "trace"))
          .byDefault("none")
          .means("The level at which statements are logged.")),
  LOG_ARGUMENTS(
      named("log_arguments")
          .env("DB_LOG_ARGS")
          .notEnv("DB_OMIT_ARGS")
          .type(ValueType.BOOLEAN)
          .byDefault("false")
          .means("Has no effect but a warning: arguments of statements are never logged.")),
  SLOW_STATEMENT(
      named("slow_statement")
          .env("DB_SLOW_STATEMENT")
          .type(millisOrOff(ofHours(1)))
          .byDefault("100")
          .means("When a statement is worth a warning.")),
  HEALTH_TIMEOUT(
      named("health_timeout")
          .env("DB_HEALTH_TIMEOUT")
          .type(seconds(ofMillis(100), ofMinutes(1)))
          .byDefault("2")
          .means("How long a look at the database's health may take."));

  private static final String CANONICAL = "AUTHSTORE_DATABASE__";

  @SuppressWarnings("ImmutableEnumChecker") // complete when the constant is
  private final SettingSpec spec;

  Setting(SettingSpec spec) {
    this.spec = spec;
  }

  /** Its name in a file, below {@code database}. A dot leads into a section. */
  public String key() {
    return spec.keys.get(0);
  }

  /** The variable that every setting has. */
  public String canonicalVariable() {
    return canonical(key());
  }

  /** All variables that say it, the canonical one last. */
  public List<String> variables() {
    return Stream.concat(spec.variables.stream(), spec.keys.stream().map(Setting::canonical))
        .toList();
  }

  /** The variable that says the opposite. */
  public Optional<String> inverseVariable() {
    return Optional.of(spec.inverseVariable).filter(name -> !name.isEmpty());
  }

  /** Its parameter in a connection string, beside those of libpq. */
  public Optional<String> parameter() {
    return Optional.of(spec.parameter).filter(name -> !name.isEmpty());
  }

  /** The keyword of libpq that says the same. */
  public Optional<LibpqKeyword> keyword() {
    return Optional.ofNullable(spec.keyword);
  }

  /** The accepted values, in words. */
  public String expected() {
    return keyword().isPresent() && spec.type.equals(ValueType.TEXT)
        ? keyword().get().expected()
        : spec.type.expected();
  }

  /** What it is without being set; empty if there is no fixed value. */
  public Optional<String> byDefault() {
    return Optional.of(spec.byDefault).filter(value -> !value.isEmpty());
  }

  /** A sentence for operators. */
  public String meaning() {
    return spec.meaning;
  }

  /** Whether its value is shown to nobody. */
  public boolean isSecret() {
    return spec.type.secret();
  }

  /** Whether it says where the database is and who connects, as a connection string does. */
  public boolean isPartOfTarget() {
    return compareTo(HOST) >= 0 && compareTo(DATABASE) <= 0;
  }

  boolean nothingIsOff() {
    return spec.nothingIsOff;
  }

  ValueType type() {
    return spec.type;
  }

  List<String> keys() {
    return spec.keys;
  }

  private static String canonical(String key) {
    return CANONICAL + key.toUpperCase(Locale.ROOT).replace(".", "__");
  }
}
