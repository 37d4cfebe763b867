package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.authstore.storage.Repository;
import dev.authstore.storage.StorageException;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Isolated;
import org.slf4j.LoggerFactory;

/** Whatever is logged at the finest level of detail, nothing of what is stored is in it. */
@Isolated("listens to all logs of the JVM, and sets their level")
class LeakTest {
  @RegisterExtension final Store store = Store.fresh();

  private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  private final Level level = root.getLevel();
  private final PrintStream console = System.out;
  private final ByteArrayOutputStream logged = new ByteArrayOutputStream();

  @BeforeEach
  void listen() {
    System.setOut(new PrintStream(logged, true, StandardCharsets.UTF_8)); // where the logs go
    root.setLevel(Level.TRACE);
  }

  @AfterEach
  void stopListening() {
    root.setLevel(level);
    System.setOut(console);
  }

  @Test
  void isNotLoggedByAnyOperation() {
    Fixture fixture = Fixture.of(store);

    for (Operations.Operation operation : Operations.all()) {
      try (Repository repo = store.repositories().begin()) {
        operation.call(repo, fixture);
      }
    }

    assertThat(store.abandoned()).isNotEmpty();
    assertThat(log()).contains("closed without save").doesNotContainIgnoringCase(Fixture.CANARY);
  }

  @Test
  void isNotLoggedWithAFailureOfAnyOperation() {
    Fixture fixture = Fixture.of(store);
    store.sql(
        "ALTER TABLE users DROP COLUMN is_guest, ADD CONSTRAINT no_check CHECK (username = '') NOT VALID");

    for (Operations.Operation operation : Operations.all()) {
      try (Repository repo = store.repositories().begin()) {
        operation.call(repo, fixture);
        repo.cancel();
      } catch (StorageException e) {
        e.printStackTrace(System.out);
      }
    }

    assertThat(log())
        .contains("SchemaMismatchException")
        .doesNotContainIgnoringCase(Fixture.CANARY);
  }

  @Test
  void isNotInTheStatementsThatAreHeard() {
    Fixture fixture = Fixture.of(store);

    for (Operations.Operation operation : Operations.all()) {
      try (Repository repo = store.repositories().begin()) {
        operation.call(repo, fixture);
        repo.cancel();
      }
    }

    assertThat(store.statements())
        .allSatisfy(
            statement -> assertThat(statement.sql()).doesNotContainIgnoringCase(Fixture.CANARY));
  }

  private String log() {
    return logged.toString(StandardCharsets.UTF_8);
  }
}
