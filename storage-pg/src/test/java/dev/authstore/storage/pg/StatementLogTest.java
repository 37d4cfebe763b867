package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.authstore.database.LogSettings;
import dev.authstore.storage.StorageObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

@Isolated("listens to a log of the whole JVM, and sets its level")
class StatementLogTest {
  private static final Duration SLOW = Duration.ofMillis(100);
  private static final String LONG = "x".repeat(2_049);

  private final Logger logger = (Logger) LoggerFactory.getLogger("authstore.statements");
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final List<StorageObserver.Statement> passedOn = new ArrayList<>();
  private final StorageObserver next =
      new StorageObserver() {
        @Override
        public void statement(Statement statement) {
          passedOn.add(statement);
        }
      };

  @BeforeEach
  void listen() {
    logger.setLevel(ch.qos.logback.classic.Level.DEBUG);
    logger.addAppender(log);
    log.start();
  }

  @AfterEach
  void stopListening() {
    logger.detachAppender(log);
    logger.setLevel(null); // as its parent's
  }

  @Test
  void warnsOnceOfAStatementThatTookLong() {
    StorageObserver observer =
        StatementLog.before(next, new LogSettings(Optional.of(Level.DEBUG), SLOW));

    observer.statement(statement("SELECT 1", SLOW));

    assertThat(lines())
        .containsExactly(
            "WARN Slow statement [operation=user.lookup, elapsed=PT0.1S, state=ok, sql=SELECT 1]");
  }

  @Test
  void logsOthersAsConfigured() {
    Duration quick = SLOW.minusNanos(1);

    StatementLog.before(next, new LogSettings(Optional.of(Level.INFO), SLOW))
        .statement(statement("SELECT 1", quick));
    StatementLog.before(next, new LogSettings(Optional.empty(), SLOW))
        .statement(statement("SELECT 2", quick));

    assertThat(lines())
        .containsExactly(
            "INFO Statement [operation=user.lookup, elapsed=PT0.099999999S, state=ok, sql=SELECT 1]");
  }

  @Test
  void warnsOfNoneIfItIsNotTo() {
    LogSettings silent = new LogSettings(Optional.empty(), Duration.ZERO);

    assertThat(StatementLog.before(next, silent)).isSameAs(next);

    StatementLog.before(next, new LogSettings(Optional.of(Level.DEBUG), Duration.ZERO))
        .statement(statement("SELECT 1", SLOW));
    assertThat(lines()).singleElement().asString().startsWith("DEBUG Statement ");
  }

  @Test
  void cutsALongTextAboveDebug() {
    StatementLog.before(next, new LogSettings(Optional.empty(), SLOW))
        .statement(statement(LONG, SLOW));
    StatementLog.before(next, new LogSettings(Optional.of(Level.DEBUG), SLOW))
        .statement(statement(LONG, Duration.ZERO));

    assertThat(lines().get(0)).endsWith("sql=" + "x".repeat(2_048) + "...]");
    assertThat(lines().get(1)).endsWith("sql=" + LONG + "]");
  }

  @Test
  void passesOnWhatItHears() {
    StorageObserver.Statement heard = statement(LONG, SLOW);

    StatementLog.before(next, new LogSettings(Optional.empty(), SLOW)).statement(heard);

    assertThat(passedOn).containsExactly(heard);
  }

  private List<String> lines() {
    return log.list.stream()
        .map(event -> event.getLevel() + " " + event.getFormattedMessage())
        .toList();
  }

  private static StorageObserver.Statement statement(String sql, Duration elapsed) {
    return new StorageObserver.Statement("user.lookup", sql, elapsed, Optional.empty());
  }
}
