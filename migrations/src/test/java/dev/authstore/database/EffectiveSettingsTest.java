package dev.authstore.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.authstore.database.ConfigProblem.Code;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the settings come to: TLS, pool, sessions, migrations. */
class EffectiveSettingsTest {

  private static final String URL = "postgresql://alice:canary@db.example/app";

  @TempDir Path home;

  @Nested
  class Tls {

    @Test
    void dependsOnHowTheTargetIsGiven() {
      assertThat(from(Map.of("DATABASE_URL", URL)).sslMode()).isEqualTo("prefer");
      assertThat(from(Map.of("PGHOST", "h")).sslMode()).isEqualTo("prefer");
      assertThat(from(Map.of("DB_HOST", "h")).sslMode()).isEqualTo("require");
      assertThat(from(Map.of("DB_HOST", "h", "DB_SSL_DISABLE", "true")).sslMode())
          .isEqualTo("disable");
      assertThat(from(Map.of("DB_HOST", "h", "DB_SSL_DISABLE", "false")).sslMode())
          .isEqualTo("require");
      assertThat(from(Map.of("DB_HOST", "h", "PGSSLMODE", "allow")).sslMode()).isEqualTo("allow");
    }

    @Test
    void isNotBothOnAndOff() {
      assertThat(
              problems(Map.of("DATABASE_URL", URL + "?sslmode=require", "DB_SSL_DISABLE", "true")))
          .extracting(ConfigProblem::code)
          .containsExactly(Code.CONFLICTING_KEYS);
      assertThat(problems(Map.of("DATABASE_URL", URL, "DB_SSL_DISABLE", "maybe")))
          .extracting(ConfigProblem::describe)
          .singleElement()
          .asString()
          .startsWith("DB_SSL_DISABLE: expected true or false")
          .endsWith("got 'maybe'");
    }

    @Test
    void ofAKeyWinsWithAWarning() {
      DatabaseConfig config =
          from(Map.of("DATABASE_URL", URL + "?sslmode=require", "DB_SSL_MODE", "prefer"));

      assertThat(config.sslMode()).isEqualTo("prefer");
      assertThat(config.notices()).singleElement().extracting(Notice::warning).isEqualTo(true);
      assertThat(
              from(Map.of("DATABASE_URL", URL + "?sslmode=prefer", "DB_SSL_MODE", "require"))
                  .notices())
          .isEmpty();
    }

    @Test
    void trustsTheJvmOnlyWithAName() {
      assertThat(from(Map.of("DATABASE_URL", URL + "?sslmode=verify-full")).sslMode())
          .isEqualTo("verify-full");
      assertThat(from(Map.of("DATABASE_URL", URL + "?sslrootcert=system")).sslMode())
          .isEqualTo("verify-full");
      assertThat(problems(Map.of("DATABASE_URL", URL + "?sslmode=verify-ca"))).hasSize(1);
      assertThat(problems(Map.of("DATABASE_URL", URL + "?sslmode=verify-ca&sslrootcert=system")))
          .hasSize(1);
    }

    @Test
    void negotiatesDirectlyOnlyIfItMustBe() {
      assertThat(problems(Map.of("DATABASE_URL", URL + "?sslnegotiation=direct"))).hasSize(1);
      assertThat(
              from(Map.of("DATABASE_URL", URL + "?sslnegotiation=direct&sslmode=require"))
                  .notices())
          .isEmpty();
    }

    @Test
    void needsANameToCheck() {
      assertThat(problems(Map.of("DATABASE_URL", URL + "?sslmode=verify-full&hostaddr=10.0.0.1")))
          .extracting(ConfigProblem::code)
          .containsExactly(Code.UNSUPPORTED_KEY);
    }
  }

  @Nested
  class Pool {

    @Test
    void hasDefaults() {
      assertThat(from(Map.of("DATABASE_URL", URL)).pool())
          .isEqualTo(
              new PoolSettings(
                  10,
                  2,
                  Duration.ofSeconds(30),
                  Duration.ofMinutes(5),
                  Duration.ofMinutes(30),
                  Duration.ofMinutes(2),
                  Duration.ZERO,
                  Duration.ofSeconds(2)));
    }

    @Test
    void keepsNoMoreThanItMayHave() {
      assertThat(from(Map.of("DATABASE_URL", URL, "DB_POOL_SIZE", "1")).pool().minIdle()).isOne();
      assertThat(problems(Map.of("DATABASE_URL", URL, "DB_POOL_MIN_IDLE", "11"))).hasSize(1);
      assertThat(from(Map.of("DATABASE_URL", URL, "DB_POOL_MIN_IDLE", "10")).pool().minIdle())
          .isEqualTo(10);
    }

    @ParameterizedTest
    @CsvSource({"9, false", "10, true", "0, true", "1799, true", "1800, false"})
    void closesIdleConnectionsBeforeTheyAreReplaced(String idle, boolean accepted) {
      Map<String, String> environment =
          Map.of("DATABASE_URL", URL, "DB_IDLE_TIMEOUT", idle, "DB_MAX_LIFETIME", "1800");

      assertThat(isAccepted(environment)).isEqualTo(accepted);
    }

    @Test
    void letsDefaultsGiveWayToAShortLife() {
      PoolSettings pool = from(Map.of("DATABASE_URL", URL, "DB_MAX_LIFETIME", "60")).pool();

      assertThat(pool.idleTimeout()).isEqualTo(Duration.ofSeconds(59));
      assertThat(pool.keepAlive()).isEqualTo(Duration.ofSeconds(59));
    }
  }

  @Nested
  class Sessions {

    @Test
    void haveTheirLimitsInTheOptions() {
      assertThat(from(Map.of("DATABASE_URL", URL)).run().sessions().options())
          .contains(
              "-c search_path=\"authstore\" -c statement_timeout=30000 -c lock_timeout=10000"
                  + " -c idle_in_transaction_session_timeout=60000");
    }

    @Test
    void letTheOperatorsOptionsComeLast() {
      assertThat(
              from(Map.of("DATABASE_URL", URL, "DB_OPTIONS", "-c statement_timeout=5 -c role=x"))
                  .run()
                  .sessions()
                  .options()
                  .orElseThrow())
          .endsWith("-c statement_timeout=5 -c role=x");
      assertThat(
              problems(
                  Map.of(
                      "DATABASE_URL",
                      URL,
                      "DB_OPTIONS",
                      "--lock-timeout=5",
                      "DB_LOCK_TIMEOUT",
                      "5")))
          .extracting(ConfigProblem::key)
          .containsExactly("DB_LOCK_TIMEOUT");
    }

    @Test
    void areLeftAloneBehindAPooler() {
      ConnectionSpec.Sessions pooled =
          from(Map.of("DATABASE_URL", URL, "DB_TRANSACTION_POOLER", "true")).run().sessions();

      assertThat(pooled.setUp()).isEmpty();
      assertThat(pooled.preparedStatements()).isZero();
      assertThat(pooled.options().orElseThrow()).doesNotContain("search_path");
    }
  }

  @Nested
  class ForMigrations {

    @Test
    void haveOptionsOfTheirOwn() {
      DatabaseConfig config =
          from(
              Map.of(
                  "DATABASE_URL",
                  URL,
                  "DB_OPTIONS",
                  "-c role=app",
                  "DB_MIGRATIONS_OPTIONS",
                  "-c role=owner"));

      assertThat(config.run().sessions().options().orElseThrow())
          .contains("role=app")
          .doesNotContain("owner");
      assertThat(config.migrations().sessions().options()).contains("-c role=owner");
      assertThat(config.migrations().sessions().applicationName()).isEqualTo("authstore-migrate");
    }

    @Test
    void mayConnectAsAnotherUser() {
      DatabaseConfig config =
          from(
              Map.of(
                  "DATABASE_URL",
                  URL,
                  "DB_MIGRATIONS_USER",
                  "owner",
                  "DB_MIGRATIONS_PASS",
                  "canary"));

      assertThat(config.migrations()).hasToString("owner@db.example:5432/app");
      assertThat(config.target()).isEqualTo("alice@db.example:5432/app");
    }

    @Test
    void mayConnectElsewhere() {
      DatabaseConfig config =
          from(
              Map.of(
                  "DATABASE_URL",
                  URL,
                  "DB_OPTIONS",
                  "-c x=y",
                  "DB_MIGRATIONS_URL",
                  "postgresql://o@direct/app"));

      assertThat(config.migrations()).hasToString("o@direct:5432/app");
      assertThat(config.migrations().sessions().options()).isEmpty();
      assertThat(
              problems(
                  Map.of("DATABASE_URL", URL, "DB_MIGRATIONS_URL", URL, "DB_MIGRATIONS_USER", "u")))
          .extracting(ConfigProblem::code)
          .containsExactly(Code.CONFLICTING_KEYS);
    }

    @ParameterizedTest
    @CsvSource(
        quoteCharacter = '`',
        textBlock =
            """
            t, , t
            authstore.t, , t
            "T", , T
            "authstore"."T", true, T
            "T", true, T
            t, false, t
            """)
    void keepTheirHistoryInATable(String text, String quoted, String table) {
      Map<String, String> environment =
          new HashMap<>(Map.of("DATABASE_URL", URL, "DB_MIGRATIONS_TABLE", text));
      environment.put("DB_MIGRATIONS_TABLE_QUOTED", quoted == null ? "" : quoted);

      assertThat(from(environment).migration().table()).isEqualTo(table);
    }

    @ParameterizedTest
    @CsvSource(
        quoteCharacter = '`',
        textBlock =
            """
            a.b.c,
            T,
            "",
            a.,
            a-b,
            "a,
            pg_x,
            ttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt4,
            t, true
            "t", false
            """)
    void refuseOtherTables(String text, String quoted) {
      Map<String, String> environment =
          new HashMap<>(Map.of("DATABASE_URL", URL, "DB_MIGRATIONS_TABLE", text));
      environment.put("DB_MIGRATIONS_TABLE_QUOTED", quoted == null ? "" : quoted);

      assertThat(isAccepted(environment)).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
        quoteCharacter = '`',
        textBlock =
            """
            t,
            authstore.t,
            other.t, other
            "Other".t, Other
            """)
    void mayKeepTheirHistoryInAnotherSchema(String text, String schema) {
      Map<String, String> environment = Map.of("DATABASE_URL", URL, "DB_MIGRATIONS_TABLE", text);

      assertThat(from(environment).migration().tableSchema())
          .isEqualTo(Optional.ofNullable(schema));
    }

    @ParameterizedTest
    @CsvSource({", true", "true, true", "0, false", "False, false", "nope, "})
    void runAtStartUnlessSwitchedOff(String text, Boolean expected) {
      Map<String, String> environment = new HashMap<>(Map.of("DATABASE_URL", URL));
      environment.put("DB_AUTO_MIGRATE", text == null ? "" : text);

      if (expected == null) {
        assertThat(problems(environment))
            .extracting(ConfigProblem::code)
            .containsExactly(Code.BAD_BOOLEAN);
      } else {
        assertThat(from(environment).autoMigrate()).isEqualTo(expected);
      }
    }
  }

  @Nested
  class OfAReplica {

    @Test
    void areThoseOfThePrimaryUnlessItsTextSaysOtherwise() {
      DatabaseConfig config =
          from(
              Map.of(
                  "DATABASE_URL", "postgresql://a:p@db1:6,db2:7/app?pool_size=8",
                  "DB_REPLICA_URL", "postgresql://db3?pool_size=3",
                  "DB_POOL_TIMEOUT", "5",
                  "PGHOST", "elsewhere"));

      ReplicaConfig replica = config.replica().orElseThrow();
      assertThat(replica.target()).isEqualTo("a@db3:5432/app");
      assertThat(replica.pool().size()).isEqualTo(3);
      assertThat(replica.pool().acquireTimeout()).isEqualTo(config.pool().acquireTimeout());
      assertThat(config.poolSize()).isEqualTo(8);
      assertThat(from(Map.of("DATABASE_URL", URL)).replica()).isEmpty();
    }

    @Test
    void areWonByItsTextOverAVariable() {
      DatabaseConfig config =
          from(
              Map.of(
                  "DATABASE_URL", URL,
                  "DB_POOL_SIZE", "8",
                  "DB_REPLICA_URL", "postgresql://other@db3/copy?pool_size=3"));

      ReplicaConfig replica = config.replica().orElseThrow();
      assertThat(replica.target()).isEqualTo("other@db3:5432/copy");
      assertThat(replica.pool().size()).isEqualTo(3);
      assertThat(config.poolSize()).isEqualTo(8);
    }

    @Test
    void refuseToChooseAmongServers() {
      assertThat(
              problems(
                  Map.of(
                      "DATABASE_URL",
                      URL,
                      "DB_REPLICA_URL",
                      "postgresql://db3?target_session_attrs=primary")))
          .extracting(ConfigProblem::code)
          .containsExactly(Code.UNSUPPORTED_KEY);
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

  private boolean isAccepted(Map<String, String> environment) {
    try {
      from(environment);
      return true;
    } catch (ConfigurationException e) {
      return false;
    }
  }
}
