package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.authstore.storage.KeyRing;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StorageSettings;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Isolated;
import org.slf4j.LoggerFactory;

/** What a factory says about the keys that it was given. */
@Isolated("listens to a log of the whole JVM")
class KeysTest {
  @RegisterExtension final Store store = Store.fresh();

  private final Logger logger = (Logger) LoggerFactory.getLogger("authstore.database");
  private final Level level = logger.getLevel();
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();

  @BeforeEach
  void listen() {
    log.start();
    logger.addAppender(log);
    logger.setLevel(Level.WARN);
  }

  @AfterEach
  void stopListening() {
    logger.detachAppender(log);
    logger.setLevel(level);
  }

  @Test
  void areMissedOnceWhenTheFactoryIsMade() {
    RepositoryFactory repositories = using(store.settings());

    repositories.inSchema("other");
    repositories.<Boolean>read(repo -> repo.users().exists("john"));

    assertThat(log.list).hasSize(1);
    assertThat(log.list.get(0).getLevel()).isEqualTo(Level.WARN);
    assertThat(log.list.get(0).getFormattedMessage()).startsWith("No key for codes");
  }

  @Test
  void areNotMissedWhenTheyAreThere() {
    KeyRing keys = KeyRing.empty().with(KeyRing.Purpose.CODE, new byte[KeyRing.KEY_LENGTH]);

    using(store.settings().keys(keys));

    assertThat(log.list).isEmpty();
  }

  private RepositoryFactory using(StorageSettings settings) {
    return Authstore.using(store.dataSource(), store.schema(), settings).repositories();
  }
}
