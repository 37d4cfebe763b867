package dev.authstore.storage.pg;

import dev.authstore.database.LogSettings;
import dev.authstore.storage.InvalidDataException;
import dev.authstore.storage.StorageObserver;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Logs statements as the settings say, and tells another observer what it hears. Above the level of
 * debugging, the text of a long one is cut.
 */
final class StatementLog implements StorageObserver {
  private static final Logger LOG = LoggerFactory.getLogger("authstore.statements");

  private static final int LONGEST_TEXT = 2_048;

  private final LogSettings settings;
  private final StorageObserver next;

  private StatementLog(LogSettings settings, StorageObserver next) {
    this.settings = settings;
    this.next = next;
  }

  /** The other observer itself where there is nothing to log. */
  static StorageObserver before(StorageObserver next, LogSettings settings) {
    boolean silent = settings.level().isEmpty() && settings.slowStatement().isZero();
    return silent ? next : new StatementLog(settings, next);
  }

  @Override
  public void statement(Statement statement) {
    boolean slow =
        !settings.slowStatement().isZero()
            && statement.elapsed().compareTo(settings.slowStatement()) >= 0;
    if (slow) {
      log(Level.WARN, "Slow statement", statement);
    } else {
      settings.level().ifPresent(level -> log(level, "Statement", statement));
    }
    next.statement(statement);
  }

  @Override
  public void abandoned(List<String> operations) {
    next.abandoned(operations);
  }

  @Override
  public void skipped(InvalidDataException row) {
    next.skipped(row);
  }

  private static void log(Level level, String event, Statement statement) {
    LOG.atLevel(level)
        .log(
            "{} [operation={}, elapsed={}, state={}, sql={}]",
            event,
            statement.operation(),
            statement.elapsed(),
            statement.sqlState().orElse("ok"),
            level.toInt() > Level.DEBUG.toInt() ? cut(statement.sql()) : statement.sql());
  }

  private static String cut(String sql) {
    return sql.length() > LONGEST_TEXT ? sql.substring(0, LONGEST_TEXT) + "..." : sql;
  }
}
