package dev.authstore.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.authstore.database.ConnectFailedException.Reason;
import dev.authstore.testing.TestDatabase;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.sql.SQLException;
import java.util.Locale;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.GT;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;
import org.slf4j.LoggerFactory;

class ConnectionsTest {

  @RegisterExtension final TestDatabase database = TestDatabase.empty();

  @Nested
  class Check {

    private final Logger logger = (Logger) LoggerFactory.getLogger("authstore.database");
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @AfterEach
    void stopListening() {
      logger.detachAppender(log);
    }

    @Test
    void logsWhatAnswered() {
      logger.setLevel(Level.INFO);
      logger.setAdditive(false);
      logger.addAppender(log);
      log.start();

      Connections.awaitServer(DatabaseConfig.of(database.url()));

      assertThat(log.list)
          .extracting(ILoggingEvent::toString)
          .satisfiesExactly(
              line ->
                  assertThat(line)
                      .startsWith("[INFO] Connecting to the database [target=postgres@"),
              line ->
                  assertThat(line)
                      .startsWith("[INFO] Database connected [server=")
                      .contains("tls=none"));
    }

    @Test
    void namesTheDatabaseThatIsMissing() {
      assertFails(database.url() + "_gone", Reason.NO_DATABASE)
          .hasMessage(
              "no connection to the database: the database does not exist (3D000);"
                  + " create it with CREATE DATABASE");
    }

    @Test
    void namesTheRoleThatIsMissing() {
      assertFails(database.url().replace("postgres@", "nobody@"), Reason.RULES);
    }

    @Test
    void namesARefusedConnection() throws IOException {
      int port;
      try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        port = closed.getLocalPort();
      }

      assertFails("postgresql://u@localhost:%d/d".formatted(port), Reason.REFUSED);
    }

    @Test
    void namesAnUnknownHost() {
      assertFails("postgresql://u@no-such-host.invalid/d", Reason.NAME);
    }

    @Test
    void namesAServerThatIsSilent() throws IOException {
      try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        String target = "postgresql://u@127.0.0.1:%d/d".formatted(silent.getLocalPort());

        assertFails(target + "?connect_timeout=1", Reason.TIMEOUT);
      }
    }

    @Test
    void namesAServerWithoutTls() {
      assertFails(database.url() + "?sslmode=require", Reason.NO_TLS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"options=-c%20no_such%3D1", "options=-c%20work_mem%3Dx"})
    void namesABadOption(String option) {
      assertFails(database.url() + "?" + option, Reason.OPTIONS);
    }

    private AbstractThrowableAssert<?, ?> assertFails(String target, Reason reason) {
      DatabaseConfig once = DatabaseConfig.of(target).with(Setting.STARTUP_TIMEOUT, "0");
      ThrowingCallable check = () -> Connections.awaitServer(once);
      return assertThatThrownBy(check)
          .isInstanceOfSatisfying(
              ConnectFailedException.class,
              failure -> assertThat(failure.reason()).isEqualTo(reason));
    }
  }

  /** What the test server has no occasion to answer. */
  @Nested
  class Classification {

    @ParameterizedTest
    @CsvSource({
      "28P01, PASSWORD",
      "28000, RULES",
      "53300, TOO_MANY_CONNECTIONS",
      "57P01, STARTING_UP",
      "57P03, STARTING_UP",
      "08006, UNREACHABLE",
      "XX000, UNREACHABLE"
    })
    void goesByState(String state, Reason reason) {
      assertThat(ConnectFailedException.of(new SQLException("text", state)).reason())
          .isEqualTo(reason);
    }

    @Test
    void endsWithoutState() {
      ConnectFailedException failure = ConnectFailedException.of(new SQLException("text"));

      assertThat(failure.reason()).isEqualTo(Reason.UNREACHABLE);
      assertThat(failure).hasMessageNotContaining("null");
    }

    @ParameterizedTest
    @ValueSource(strings = {"en", "de", "tr", "ja"})
    void understandsTheDriverInAnyLanguage(String language) {
      Locale before = Locale.getDefault();
      Locale.setDefault(Locale.forLanguageTag(language));
      try {
        String text =
            GT.tr(
                "The server requested password-based authentication,"
                    + " but no password was provided by plugin {0}",
                "some.Plugin");
        SQLException refusal = new PSQLException(text, PSQLState.CONNECTION_REJECTED);

        assertThat(ConnectFailedException.of(refusal).reason()).isEqualTo(Reason.NO_PASSWORD);
      } finally {
        Locale.setDefault(before);
      }
    }
  }
}
