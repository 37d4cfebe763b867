package dev.authstore.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.authstore.database.ConfigProblem.Code;
import dev.authstore.database.Origin.Source;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatabaseConfigTest {

  private static final String URL = "postgresql://alice:canary@db.example/app";

  @TempDir Path home;

  @Nested
  class Target {

    @Test
    void isAConnectionString() {
      assertThat(DatabaseConfig.of("postgresql://alice:s%40crt@db.example:6000/app").target())
          .isEqualTo("alice@db.example:6000/app");
      assertThat(DatabaseConfig.of("host=db.example dbname=app user=alice").target())
          .isEqualTo("alice@db.example:5432/app");
    }

    @Test
    void hasTheUsersNameForWhatIsMissing() {
      assertThat(from(Map.of("DATABASE_URL", "postgresql://h")).target()).isEqualTo("me@h:5432/me");
      assertThat(from(Map.of("DATABASE_URL", "postgresql://alice@h")).target())
          .isEqualTo("alice@h:5432/alice");
    }

    @Test
    void isGivenInParts() {
      DatabaseConfig config =
          from(
              Map.of(
                  "DB_HOST", "h", "DB_PORT", "6000", "DB_USER", "u", "DB_PASS", "p%+", "DB_NAME",
                  "d"));

      assertThat(config.target()).isEqualTo("u@h:6000/d");
      assertThat(config.run().credentials().password()).isPresent();
    }

    @Test
    void mustBeGiven() {
      assertThat(problems(Map.of()))
          .extracting(ConfigProblem::code)
          .containsExactly(Code.MISSING_TARGET);
      assertThat(problems(Map.of("PGSSLMODE", "require", "DB_POOL_SIZE", "5")))
          .extracting(ConfigProblem::code)
          .containsExactly(Code.MISSING_TARGET);
    }

    @Test
    void mayBeLibpqs() {
      assertThat(
              from(Map.of("PGHOST", "h", "PGPORT", "6", "PGUSER", "u", "PGDATABASE", "d")).target())
          .isEqualTo("u@h:6/d");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "DB_HOST",
          "DB_PORT",
          "DB_SOCKET_DIR",
          "DB_USER",
          "DB_PASS",
          "DB_NAME",
          "AUTHSTORE_DATABASE__HOST"
        })
    void isOneTextOrParts(String variable) {
      String value =
          variable.equals("DB_PORT") ? "5432" : variable.equals("DB_SOCKET_DIR") ? "/tmp" : "x";

      assertThat(problems(Map.of("DATABASE_URL", URL, variable, value)))
          .filteredOn(problem -> problem.code() != Code.DRIVER_MISSING)
          .singleElement()
          .satisfies(problem -> assertThat(problem.code()).isEqualTo(Code.CONFLICTING_SOURCES))
          .satisfies(problem -> assertThat(problem.key()).isEqualTo(variable));
    }

    @Test
    void ofTheProgramHidesThatOfTheEnvironment() {
      ConfigSources sources =
          sources(Map.of("DB_HOST", "other", "DB_PASS", "canary"))
              .value(Setting.URI, "host=h user=u");

      assertThat(DatabaseConfig.from(sources).target()).isEqualTo("u@h:5432/u");
    }

    @Test
    void isWrittenForSeveralHosts() {
      DatabaseConfig config = from(Map.of("DATABASE_URL", "postgresql://u@h1,[::1]:6/d"));

      assertThat(config.target()).isEqualTo("u@h1:5432,[::1]:6/d");
      assertThat(config.run().target()).isEqualTo(SessionTarget.READ_WRITE);
      assertThat(from(Map.of("DATABASE_URL", "postgresql://u@h/d")).run().target())
          .isEqualTo(SessionTarget.ANY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"standby", "read-only", "prefer-standby"})
    void isNotAStandby(String target) {
      assertThat(problems(Map.of("DATABASE_URL", URL + "?target_session_attrs=" + target)))
          .extracting(ConfigProblem::code)
          .containsExactly(Code.UNSUPPORTED_KEY);
    }
  }

  @Nested
  class Sources {

    @Test
    void areAskedInTheirOrder() throws IOException {
      Path service = Files.writeString(home.resolve("services"), "[s]\napplication_name=service\n");
      Map<String, String> environment = new HashMap<>();
      environment.put("PGHOST", "h");
      assertName(environment, ConfigFile.NONE, "authstore", Source.DEFAULT);
      environment.put("PGAPPNAME", "libpq");
      assertName(environment, ConfigFile.NONE, "libpq", Source.LIBPQ_ENVIRONMENT);
      environment.put("PGSERVICE", "s");
      environment.put("PGSERVICEFILE", service.toString());
      assertName(environment, ConfigFile.NONE, "service", Source.SERVICE_FILE);
      environment.put("DATABASE_URL", "postgresql://?application_name=string");
      assertName(environment, ConfigFile.NONE, "string", Source.CONNECTION_STRING);
      ConfigFile file = ConfigFile.parse("f", "database: {application_name: file}");
      assertName(environment, file, "file", Source.FILE);
      environment.put("DB_APPLICATION_NAME", "environment");
      assertName(environment, file, "environment", Source.ENVIRONMENT);

      DatabaseConfig config =
          DatabaseConfig.from(
              sources(environment).file(file).value(Setting.APPLICATION_NAME, "program"));

      assertThat(effective(config, Setting.APPLICATION_NAME).value()).isEqualTo("program");
    }

    private void assertName(
        Map<String, String> environment, ConfigFile file, String name, Source source) {
      EffectiveSetting effective =
          effective(DatabaseConfig.from(sources(environment).file(file)), Setting.APPLICATION_NAME);
      assertThat(effective.value()).isEqualTo(name);
      assertThat(effective.origin().source()).isEqualTo(source);
    }

    @Test
    void takeEmptyAsAbsent() {
      assertThat(
              from(Map.of("DATABASE_URL", URL, "DB_POOL_SIZE", "", "DB_HOST", "", "PGPORT", ""))
                  .poolSize())
          .isEqualTo(10);
    }

    @Test
    void sayTheSameOrNothing() {
      assertThat(from(Map.of("DATABASE_URL", URL, "DB_URL", URL)).target()).contains("db.example");
      assertConflict("DATABASE_URL", URL, "DB_URL", "postgresql://alice:canary@other/app");
      assertConflict("DB_POOL_SIZE", "5", "AUTHSTORE_DATABASE__MAX_CONNECTIONS", "6");
      assertConflict("DB_LOG_ARGS", "true", "DB_OMIT_ARGS", "true");
    }

    private void assertConflict(String one, String value, String other, String otherValue) {
      Map<String, String> environment = new HashMap<>(Map.of("DATABASE_URL", URL));
      environment.put(one, value);
      environment.put(other, otherValue);

      assertThat(problems(environment))
          .singleElement()
          .satisfies(
              problem -> {
                assertThat(problem.code()).isEqualTo(Code.CONFLICTING_KEYS);
                assertThat(problem.describe()).contains(one, other).doesNotContain("canary");
              });
    }

    @Test
    void letTheVariableWinOverTheParameter() {
      DatabaseConfig config =
          from(Map.of("DATABASE_URL", URL + "?pool_size=5", "DB_POOL_SIZE", "20"));

      assertThat(config.poolSize()).isEqualTo(20);
      assertThat(config.notices())
          .containsExactly(Notice.info("DB_POOL_SIZE wins over DATABASE_URL pool_size"));
      assertThat(from(Map.of("DATABASE_URL", URL + "?pool_size=5")).poolSize()).isEqualTo(5);
    }

    @Test
    void warnOfWhatIsNearlyKnown() {
      DatabaseConfig config =
          from(
              Map.of(
                  "DATABASE_URL", URL, "DB_POOLSIZE", "5", "DB_FOO", "x", "DB_PASSWORD", "canary"));

      assertThat(config.notices())
          .containsExactly(Notice.warning("DB_POOLSIZE is not known; is DB_POOL_SIZE meant?"));
      assertThat(config.run().credentials().password().orElseThrow().toString())
          .doesNotContain("canary");
    }

    @Test
    void refuseUnknownNamesOfOurs() {
      assertThat(problems(Map.of("DATABASE_URL", URL, "AUTHSTORE_DATABASE__POOL", "5")))
          .extracting(ConfigProblem::code)
          .containsExactly(Code.UNKNOWN_KEY);
      ConfigFile file =
          ConfigFile.parse(
              "f.yaml", "database: {uri: 'host=h', max_conections: 5, migrations: {tabel: x}}");
      ConfigurationException failure =
          catchThrowableOfType(
              ConfigurationException.class,
              () -> DatabaseConfig.from(sources(Map.of()).file(file)));
      assertThat(failure.problems())
          .extracting(ConfigProblem::code)
          .containsExactly(Code.UNKNOWN_KEY, Code.UNKNOWN_KEY);
      assertThat(failure).hasMessageContaining("is max_connections meant?");
    }

    @Test
    void refuseWhatLibpqKnowsAndTheDriverCannot() {
      assertThat(problems(Map.of("DATABASE_URL", URL, "PGREQUIREPEER", "postgres")))
          .singleElement()
          .satisfies(problem -> assertThat(problem.code()).isEqualTo(Code.UNSUPPORTED_KEY))
          .satisfies(problem -> assertThat(problem.key()).isEqualTo("PGREQUIREPEER"));
      assertThat(from(Map.of("DATABASE_URL", URL, "PGTZ", "UTC")).notices())
          .containsExactly(Notice.warning("PGTZ is ignored; use options"));
    }

    @Test
    void tellOfADirectoryOfScripts() {
      assertThat(from(Map.of("DATABASE_URL", URL, "DB_SCHEMA_DIR", "/x")).notices())
          .singleElement()
          .satisfies(notice -> assertThat(notice.text()).startsWith("DB_SCHEMA_DIR is ignored"));
    }
  }

  @Nested
  class Passwords {

    @Test
    void areReadFromAFileWithoutItsLineEnd() throws IOException {
      Path file = secret("a b\r\n\n", "rw-------");

      DatabaseConfig config = from(Map.of("DB_HOST", "h", "DB_PASS_FILE", file.toString()));

      assertThat(password(config)).isEqualTo("a b");
      Files.writeString(file, "changed");
      assertThat(password(config)).isEqualTo("changed");
      assertThat(config.notices()).isEmpty();
    }

    @Test
    void inAFileThatOthersMayReadAreWorthAWarning() throws IOException {
      Path file = secret("x", "rw----r--");

      assertThat(from(Map.of("DB_HOST", "h", "DB_PASS_FILE", file.toString())).notices())
          .singleElement()
          .satisfies(notice -> assertThat(notice.text()).startsWith("DB_PASS_FILE: others"));
    }

    @Test
    void mustBeInAFile() throws IOException {
      assertThat(problems(Map.of("DB_HOST", "h", "DB_PASS_FILE", home + "/none")))
          .extracting(ConfigProblem::code)
          .containsExactly(Code.FILE_MISSING);
      assertThat(problems(Map.of("DB_HOST", "h", "DB_PASS_FILE", home.toString())))
          .extracting(ConfigProblem::code)
          .containsExactly(Code.FILE_UNREADABLE);
      Path large = secret("x".repeat(64 * 1024 + 1), "rw-------");
      assertThat(problems(Map.of("DB_HOST", "h", "DB_PASS_FILE", large.toString())))
          .extracting(ConfigProblem::code)
          .containsExactly(Code.FILE_UNREADABLE);
    }

    @Test
    void areGivenOnce() throws IOException {
      Path file = secret("x", "rw-------");

      assertThat(problems(Map.of("DB_HOST", "h", "DB_PASS", "p", "DB_PASS_FILE", file.toString())))
          .extracting(ConfigProblem::code)
          .containsExactly(Code.CONFLICTING_KEYS);
    }

    @Test
    void areLookedUpInTheHomeDirectory() throws IOException {
      Path file = Files.writeString(home.resolve(".pgpass"), "h:*:*:*:found\n");
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
      assertThat(password(from(Map.of("DATABASE_URL", "postgresql://u@h/d")))).isEqualTo("found");

      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
      DatabaseConfig ignored = from(Map.of("DATABASE_URL", "postgresql://u@h/d"));

      assertThat(password(ignored)).isEmpty();
      assertThat(ignored.notices()).hasSize(1);
      assertThat(problems(Map.of("DATABASE_URL", "postgresql://u@h/d?passfile=" + file)))
          .extracting(ConfigProblem::code)
          .containsExactly(Code.FILE_PERMISSIONS);
    }

    private String password(DatabaseConfig config) throws IOException {
      ConnectionSpec run = config.run();
      return run.credentials().passwordFor(run.hosts().get(0), run.database()).reveal();
    }

    private Path secret(String text, String permissions) throws IOException {
      Path file = Files.writeString(home.resolve("secret"), text);
      return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }
  }

  @Nested
  class ConfigurationFiles {

    @Test
    void areYamlWithASectionForTheDatabase() {
      ConfigFile file =
          ConfigFile.parse(
              "config.yaml",
              """
              http: {port: 8080}
              database:
                host: db
                username: mas
                password: "canary"
                database: mas
                max_connections: 7
                connect_timeout: 5
                idle_timeout: null
                max_lifetime: null
                auto_migrate: false
                migrations:
                  options: -c role=owner
              """);

      DatabaseConfig config = DatabaseConfig.from(sources(Map.of()).file(file));

      assertThat(config.target()).isEqualTo("mas@db:5432/mas");
      assertThat(config.poolSize()).isEqualTo(7);
      assertThat(config.pool().acquireTimeout()).isEqualTo(Duration.ofSeconds(5));
      assertThat(config.pool().idleTimeout()).isZero();
      assertThat(config.pool().maxLifetime()).isZero();
      assertThat(config.autoMigrate()).isFalse();
      assertThat(config.migrations().sessions().options()).contains("-c role=owner");
      assertThat(effective(config, Setting.MAX_CONNECTIONS).origin())
          .hasToString("file config.yaml database.max_connections");
    }

    @Test
    void mustBeThereAndYaml() throws IOException {
      assertThatThrownBy(() -> ConfigFile.read(home.resolve("none.yaml")))
          .isInstanceOf(ConfigurationException.class);
      Path broken = Files.writeString(home.resolve("broken.yaml"), "database: [canary");
      assertThatThrownBy(() -> ConfigFile.read(broken))
          .isInstanceOf(ConfigurationException.class)
          .message()
          .doesNotContain("canary");
    }
  }

  @Nested
  class Problems {

    @Test
    void areToldAllAtOnceAndWithoutSecrets() {
      ConfigFile file =
          ConfigFile.parse(
              "f.yaml",
              """
              database:
                uri: postgresql://u:canary@h:port/d?nothing=canary
                password: canary
                max_connections: many
                connect_timeout: 0
                idle_timeout: 9
                auto_migrate: perhaps
                schema: Upper
                ssl_key: canary
              """);

      ConfigurationException failure =
          catchThrowableOfType(
              ConfigurationException.class,
              () -> DatabaseConfig.from(sources(Map.of()).file(file)));

      assertThat(failure.problems())
          .extracting(ConfigProblem::code)
          .containsExactlyInAnyOrder(
              Code.BAD_INTEGER,
              Code.UNKNOWN_KEY,
              Code.CONFLICTING_SOURCES,
              Code.BAD_INTEGER,
              Code.OUT_OF_RANGE,
              Code.OUT_OF_RANGE,
              Code.BAD_BOOLEAN,
              Code.BAD_IDENTIFIER,
              Code.BAD_PRIVATE_KEY);
      assertThat(failure.toString() + failure.problems()).doesNotContain("canary");
      assertThat(failure.getMessage())
          .contains(
              "f.yaml database.max_connections: expected an integer from 1 to 1000, got 'many'");
    }
  }

  @Nested
  class Copies {

    private final DatabaseConfig config = DatabaseConfig.of(URL);

    @Test
    void differInOneThing() {
      DatabaseConfig changed = config.schema("Other \"x").poolSize(3).autoMigrate(false);

      assertThat(changed.schema()).isEqualTo("Other \"x");
      assertThat(changed.poolSize()).isEqualTo(3);
      assertThat(changed.autoMigrate()).isFalse();
      assertThat(config.poolSize()).isEqualTo(10);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 1001})
    void refuseAPoolOfNoneOrTooMany(int size) {
      assertThatThrownBy(() -> config.poolSize(size))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("expected an integer from 1 to 1000, got '" + size + "'");
    }

    @Test
    void refuseASchemaThatCannotBe() {
      assertThatThrownBy(() -> config.schema("pg_catalog"))
          .isInstanceOf(ConfigurationException.class);
    }
  }

  @Nested
  class Printing {

    @Test
    void showsNoSecret() {
      DatabaseConfig config =
          from(
              Map.of(
                  "DATABASE_URL",
                  URL + "?sslpassword=canary&sslkey=/none&sslcertmode=disable",
                  "DB_MIGRATIONS_USER",
                  "o",
                  "DB_MIGRATIONS_PASS",
                  "canary"));

      assertThat(
              List.of(
                      config,
                      config.describe(),
                      config.effective(),
                      config.run(),
                      config.migrations())
                  .toString())
          .doesNotContain("canary")
          .contains("password=***");
      assertThat(config)
          .hasToString(
              "DatabaseConfig[alice@db.example:5432/app, schema=authstore, poolSize=10, autoMigrate=true]");
    }
  }

  private DatabaseConfig from(Map<String, String> environment) {
    return DatabaseConfig.from(sources(environment));
  }

  private ConfigSources sources(Map<String, String> environment) {
    return ConfigSources.none().environment(environment).userName("me").home(home);
  }

  private List<ConfigProblem> problems(Map<String, String> environment) {
    return catchThrowableOfType(ConfigurationException.class, () -> from(environment)).problems();
  }

  private static EffectiveSetting effective(DatabaseConfig config, Setting setting) {
    return config.effective().stream()
        .filter(line -> line.key().equals(setting.key()))
        .findFirst()
        .orElseThrow();
  }
}
