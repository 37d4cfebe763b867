package dev.authstore.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.authstore.database.ConfigProblem.Code;
import dev.authstore.database.Origin.Source;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SettingTest {

  private static final String URL = "postgresql://alice@db.example/app";

  /** Those whose files would have to be there, and the target itself. */
  private static final Set<Setting> ELSEWHERE =
      Set.of(
          Setting.URI,
          Setting.HOST,
          Setting.PORT,
          Setting.SOCKET,
          Setting.USERNAME,
          Setting.PASSWORD,
          Setting.PASSWORD_FILE,
          Setting.DATABASE,
          Setting.SSL_MODE,
          Setting.SSL_CA,
          Setting.SSL_CA_FILE,
          Setting.SSL_CERTIFICATE,
          Setting.SSL_CERTIFICATE_FILE,
          Setting.SSL_KEY,
          Setting.SSL_KEY_FILE,
          Setting.SSL_KEY_PASSWORD,
          Setting.SSL_KEY_PASSWORD_FILE,
          Setting.REPLICA_URI,
          Setting.MIGRATIONS_URI,
          Setting.MIGRATIONS_PASSWORD_FILE);

  @Test
  void haveNamesOfTheirOwn() {
    assertThat(Stream.of(Setting.values()).flatMap(setting -> setting.keys().stream()))
        .doesNotHaveDuplicates();
    assertThat(
            Stream.of(Setting.values())
                .flatMap(
                    setting ->
                        Stream.concat(
                            setting.variables().stream(), setting.inverseVariable().stream())))
        .doesNotHaveDuplicates();
    assertThat(Stream.of(Setting.values()).flatMap(setting -> setting.parameter().stream()))
        .doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @EnumSource
  void takeTheirOwnDefault(Setting setting) {
    assertThat(setting.meaning()).endsWith(".");
    setting
        .byDefault()
        .ifPresent(text -> assertThat(setting.type().refusal().apply(text)).isEmpty());
  }

  /** Through every variable and key, with the place it is from. */
  @ParameterizedTest
  @EnumSource
  void areHeardUnderAllTheirNames(Setting setting) {
    if (ELSEWHERE.contains(setting)) {
      return;
    }
    String value = setting.byDefault().orElse(setting == Setting.MIN_CONNECTIONS ? "1" : "false");
    for (String variable : setting.variables()) {
      assertHeard(
          setting,
          value,
          sources().environment(Map.of(variable, value)),
          new Origin(Source.ENVIRONMENT, variable));
    }
    for (String key : setting.keys()) {
      assertHeard(
          setting,
          value,
          sources().file(new ConfigFile("f", Map.of(key, value))),
          new Origin(Source.FILE, "f database." + key));
    }
    setting
        .parameter()
        .ifPresent(
            name ->
                assertHeard(
                    setting,
                    value,
                    sources().value(Setting.URI, URL + "?" + name + "=" + value),
                    new Origin(Source.CONNECTION_STRING, "uri " + name)));
  }

  @ParameterizedTest
  @CsvSource({
    "MAX_CONNECTIONS, 1, 1000, 0, 1001",
    "MIN_CONNECTIONS, 0, 10, -1, 11",
    "CONNECT_TIMEOUT, 250ms, 3600, 249ms, 3601",
    "IDLE_TIMEOUT, 10, 1799, 9, 1800",
    "MAX_LIFETIME, 30, 24h, 29, 86401",
    "KEEPALIVE_TIME, 30, 1799, 29, 1800",
    "LEAK_DETECTION, 2, 1h, 1999ms, -1",
    "SLOW_ACQUIRE, 1, 1s, -1, 2h",
    "PREPARED_STATEMENTS, 0, 10000, -1, 10001",
    "CONNECT_TIMEOUT_TCP, 1, 600, 0, 601",
    "SOCKET_TIMEOUT, 1, 1d, 999ms, 2d",
    "STARTUP_TIMEOUT, 0, 3600, -1, 3601",
    "STATEMENT_TIMEOUT, 0, 24d, -1, 25d",
    "LOCK_TIMEOUT, 0, 24d, -1, 25d",
    "IDLE_IN_TRANSACTION_TIMEOUT, 0, 24d, -1, 25d",
    "MIGRATIONS_LOCK_TIMEOUT, 0, 1d, 500ms, 2d",
    "MIGRATIONS_STATEMENT_TIMEOUT, 0, 24d, -1, 25d",
    "SLOW_STATEMENT, 0, 1h, -1, 2h",
    "HEALTH_TIMEOUT, 100ms, 1m, 99ms, 61"
  })
  void keepTheirBounds(Setting setting, String low, String high, String below, String above) {
    assertThat(DatabaseConfig.from(with(setting, low)).notices()).isEmpty();
    assertThat(DatabaseConfig.from(with(setting, high)).notices()).isEmpty();
    assertThat(refusal(setting, below)).isEqualTo(Code.OUT_OF_RANGE);
    assertThat(refusal(setting, above)).isEqualTo(Code.OUT_OF_RANGE);
  }

  @ParameterizedTest
  @CsvSource({
    "MAX_CONNECTIONS, 1.5, BAD_INTEGER",
    "MAX_CONNECTIONS, 0x10, BAD_INTEGER",
    "MAX_CONNECTIONS, ٣, BAD_INTEGER",
    "MAX_CONNECTIONS, 99999999999, OUT_OF_RANGE",
    "IDLE_TIMEOUT, 5 minutes, BAD_DURATION",
    "IDLE_TIMEOUT, 1.5, BAD_DURATION",
    "AUTO_MIGRATE, maybe, BAD_BOOLEAN",
    "LOG_LEVEL, loud, OUT_OF_RANGE",
    "SCHEMA, Upper, BAD_IDENTIFIER",
    "SCHEMA, a.b, BAD_IDENTIFIER",
    "SCHEMA, information_schema, BAD_IDENTIFIER"
  })
  void refuseOtherThings(Setting setting, String value, Code code) {
    assertThat(refusal(setting, value)).isEqualTo(code);
  }

  private static Code refusal(Setting setting, String value) {
    ConfigurationException failure =
        catchThrowableOfType(
            ConfigurationException.class, () -> DatabaseConfig.from(with(setting, value)));
    assertThat(failure.problems()).hasSize(1);
    assertThat(failure.problems().get(0).key()).isEqualTo(setting.key());
    return failure.problems().get(0).code();
  }

  private static ConfigSources with(Setting setting, String value) {
    return sources().value(setting, value);
  }

  private static ConfigSources sources() {
    return ConfigSources.none().value(Setting.URI, URL);
  }

  private static void assertHeard(
      Setting setting, String value, ConfigSources sources, Origin origin) {
    assertThat(DatabaseConfig.from(sources).effective())
        .as(origin.toString())
        .contains(new EffectiveSetting(setting.key(), setting.isSecret() ? "***" : value, origin));
  }
}
