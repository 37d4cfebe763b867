package dev.authstore.storage.pg.worker;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import org.slf4j.LoggerFactory;

/** What the queue logs meanwhile. */
final class QueueLog implements AutoCloseable {
  private final Logger logger = (Logger) LoggerFactory.getLogger("authstore.queue");
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final Level level = logger.getLevel();

  private QueueLog() {}

  static QueueLog open() {
    QueueLog log = new QueueLog();
    log.lines.start();
    log.logger.addAppender(log.lines);
    log.logger.setLevel(Level.WARN);
    return log;
  }

  List<String> warnings() {
    return List.copyOf(lines.list).stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  @Override
  public void close() {
    logger.detachAppender(lines);
    logger.setLevel(level);
  }
}
