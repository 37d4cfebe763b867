package dev.authstore.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

class DatabaseConfigTest {

  private static final String URL = "postgresql://alice@localhost/app";

  @Nested
  class Target {

    @ParameterizedTest
    @ValueSource(
        strings = {
          "postgresql://alice:s%40crt@db.example:6000/app",
          "postgres://alice:s%40crt@db.example:6000/app",
          "postgresql://db.example:6000/app?user=alice&password=s%40crt",
          "jdbc:postgresql://db.example:6000/app?user=alice&password=s%40crt",
          "jdbc:postgresql://db.example:6000/app?user=alice&password=s@crt"
        })
    void hasSeveralForms(String target) {
      PGSimpleDataSource dataSource = dataSource(target);

      assertThat(dataSource.getServerNames()).containsExactly("db.example");
      assertThat(dataSource.getPortNumbers()).containsExactly(6000);
      assertThat(dataSource.getDatabaseName()).isEqualTo("app");
      assertThat(dataSource.getUser()).isEqualTo("alice");
      assertThat(dataSource.getPassword()).isEqualTo("s@crt");
    }

    @Test
    void isPercentDecoded() {
      PGSimpleDataSource dataSource = dataSource("postgresql://%C3%BC%3A:a+b%2F@h/my%20app%3F");

      assertThat(dataSource.getUser()).isEqualTo("ü:");
      assertThat(dataSource.getPassword()).isEqualTo("a+b/");
      assertThat(dataSource.getDatabaseName()).isEqualTo("my app?");
    }

    @Test
    void hasTheDefaultPortAndPerhapsNoPassword() {
      PGSimpleDataSource dataSource = dataSource("postgresql://alice:@localhost/app");

      assertThat(dataSource.getPortNumbers()).containsExactly(5432);
      assertThat(dataSource.getPassword()).isNull();
    }

    @Test
    void mayBeAnIpv6Address() {
      assertThat(dataSource("postgresql://alice@[::1]:5433/app").getURL())
          .startsWith("jdbc:postgresql://[::1]:5433/app");
    }

    @Test
    void introducesItselfAndDoesNotWaitForEver() {
      PGSimpleDataSource dataSource = dataSource(URL);

      assertThat(dataSource.getApplicationName()).isEqualTo("authstore");
      assertThat(dataSource.getLoginTimeout()).isEqualTo(10);
    }

    @Test
    void passesParametersOfTheDriver() {
      PGSimpleDataSource dataSource = dataSource(URL + "?sslmode=require&ApplicationName=a%26b");

      assertThat(dataSource.getSslMode()).isEqualTo("require");
      assertThat(dataSource.getApplicationName()).isEqualTo("a&b");
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        textBlock =
            """
            mysql://canary@h/d                      | not of the form
            canary                                  | not of the form
            POSTGRESQL://u:canary@h/d               | not of the form
            postgresql://u:can@ary@h/d              | not of the form
            postgresql://u:can/ary@h/d              | not of the form
            postgresql://u:can:ary@h/d@             | not of the form
            postgresql://u:can?ary@h/d              | @ that is not percent-encoded
            postgresql://u:can#ary@h:1:2/d          | port
            postgresql://u:can%ary@h/d              | two hexadecimal digits
            postgresql://u:canary%4@h/d             | two hexadecimal digits
            postgresql://u:canary%00@h/d            | %00
            postgresql://u:canary%ff@h/d            | UTF-8
            postgresql://u:can ary@h/d              | blank
            postgresql://u:canary@h:0/d             | port
            postgresql://u:canary@h:65536/d         | port
            postgresql://u:canary@h:٣/d             | port
            postgresql://h:canary/d                 | port
            postgresql://u:canary@/d                | names no host
            postgresql://u:canary@a,b/d             | several hosts
            postgresql://u:canary@h                 | names no database
            postgresql://u:canary@h/                | names no database
            postgresql://:canary@h/d                | names no user
            postgresql://h/d                        | names no user
            postgresql://u:canary@h/d?canary=1      | driver does not know
            postgresql://u:canary@h/d?canary        | name=value
            postgresql://u:canary@h/d?              | name=value
            postgresql://u:canary@h/d?PGPORT=1      | PGPORT belongs into the address
            postgresql://u:canary@h/d?password=x    | password twice
            jdbc:postgresql://u:canary@h/d          | are parameters
            jdbc:postgresql://h/d?password=canary   | names no user
            """)
    void isRefusedWithoutQuotingIt(String target, String problem) {
      assertThatThrownBy(() -> DatabaseConfig.of(target))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageStartingWith("connection target: ")
          .hasMessageContaining(problem)
          .message()
          .doesNotContain("canary")
          .doesNotContain("ary@");
    }

    private PGSimpleDataSource dataSource(String target) {
      return (PGSimpleDataSource) DatabaseConfig.of(target).dataSource();
    }
  }

  @Nested
  class Settings {

    private final DatabaseConfig config = DatabaseConfig.of(URL);

    @Test
    void haveDefaults() {
      assertThat(config.schema()).isEqualTo("authstore");
      assertThat(config.poolSize()).isEqualTo(10);
      assertThat(config.autoMigrate()).isTrue();
    }

    @Test
    void changeInACopy() {
      DatabaseConfig changed = config.schema("other").poolSize(3).autoMigrate(false);

      assertThat(changed.schema()).isEqualTo("other");
      assertThat(changed.poolSize()).isEqualTo(3);
      assertThat(changed.autoMigrate()).isFalse();
      assertThat(config.poolSize()).isEqualTo(10);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 1001})
    void refuseAPoolOfNoneOrTooMany(int size) {
      assertThatThrownBy(() -> config.poolSize(size))
          .isInstanceOf(ConfigurationException.class)
          .hasMessage("pool size: " + size + " is not between 1 and 1000");
    }

    @Test
    void refuseASchemaThatCannotBe() {
      assertThatThrownBy(() -> config.schema("pg_catalog"))
          .isInstanceOf(ConfigurationException.class);
    }

    @Test
    void showNoSecret() {
      DatabaseConfig secret =
          DatabaseConfig.of("postgresql://alice:canary@localhost/app?sslpassword=canary");

      assertThat(secret)
          .hasToString(
              "DatabaseConfig[postgresql://alice:***@localhost:5432/app?sslpassword,"
                  + " schema=authstore, poolSize=10, autoMigrate=true]");
    }
  }

  @Nested
  class FromEnvironment {

    @Test
    void readsTheVariables() {
      DatabaseConfig config =
          DatabaseConfig.fromEnvironment(
              Map.of(
                  "DATABASE_URL", URL,
                  "DB_SCHEMA", "other",
                  "DB_POOL_SIZE", "3",
                  "DB_AUTO_MIGRATE", "false"));

      assertThat(config)
          .hasToString(
              DatabaseConfig.of(URL).schema("other").poolSize(3).autoMigrate(false).toString());
    }

    @Test
    void takesEmptyAsAbsent() {
      DatabaseConfig config =
          DatabaseConfig.fromEnvironment(
              Map.of(
                  "DATABASE_URL", URL, "DB_SCHEMA", "", "DB_POOL_SIZE", "", "DB_AUTO_MIGRATE", ""));

      assertThat(config).hasToString(DatabaseConfig.of(URL).toString());
    }

    @Test
    void needsTheTarget() {
      assertThatThrownBy(() -> DatabaseConfig.fromEnvironment(Map.of()))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageStartingWith("DATABASE_URL is not set");
    }

    @ParameterizedTest
    @CsvSource({
      "DB_POOL_SIZE, many, DB_POOL_SIZE is not a number: many",
      "DB_AUTO_MIGRATE, yes, DB_AUTO_MIGRATE is neither true nor false: yes"
    })
    void refusesOtherValues(String variable, String value, String message) {
      assertThatThrownBy(
              () -> DatabaseConfig.fromEnvironment(Map.of("DATABASE_URL", URL, variable, value)))
          .isInstanceOf(ConfigurationException.class)
          .hasMessage(message);
    }
  }
}
