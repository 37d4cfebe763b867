package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.authstore.database.DatabaseConfig;
import dev.authstore.database.Setting;
import dev.authstore.migrations.MigrationMode;
import dev.authstore.storage.StorageSettings;
import dev.authstore.storage.pg.DatabaseHealth.Status;
import dev.authstore.testing.PostgresServer;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;

/** A server that goes away, and perhaps comes back, while the program stays as it is. */
class OutagePostgresTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(1);
  private static final Duration GRACE = Duration.ofSeconds(5);
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  @Nested
  class Stopped {

    /** The pool alone would wait half a minute. */
    @Test
    void isToldWithinTheTimeout() {
      PostgresServer server = PostgresServer.start();
      try (Authstore authstore = open(target(server))) {
        assertThat(authstore.health().isReady()).isTrue();

        server.close();

        awaitReason(authstore, "REFUSED");
        DatabaseHealth health = healthInTime(authstore);
        assertThat(health.status()).isEqualTo(Status.DOWN);
        assertThat(health.isReady()).isFalse();
        assertThat(health.reason()).contains("REFUSED");
        assertThat(health.server()).isEmpty();
      }
    }
  }

  @Nested
  class Unreachable {

    @RegisterExtension final Store store = Store.fresh();

    @Test
    void passesWithoutARestart() throws Exception {
      try (CuttableServer line = CuttableServer.before(store);
          Authstore authstore = open(line.url())) {
        use(authstore);

        line.stop();

        assertThat(healthInTime(authstore).status()).isEqualTo(Status.DOWN);
        line.resume();
        awaitUp(authstore);
        use(authstore);
      }
    }

    @Test
    void isToldWithinTheTimeoutWhenNothingAnswers() throws Exception {
      try (CuttableServer line = CuttableServer.before(store);
          Authstore authstore = open(line.url())) {
        use(authstore);

        line.fallSilent();

        DatabaseHealth health = healthInTime(authstore);
        assertThat(health.status()).isEqualTo(Status.DOWN);
        assertThat(health.reason()).contains("TIMEOUT");
        line.resume();
        awaitUp(authstore);
        use(authstore);
      }
    }

    private static void use(Authstore authstore) {
      authstore.repositories().run(repo -> repo.users().exists("john"));
    }
  }

  @Nested
  class Late {
    @RegisterExtension final Store store = Store.fresh();

    private final Logger logger = (Logger) LoggerFactory.getLogger("authstore.database");
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final ExecutorService other = Executors.newSingleThreadExecutor();

    @AfterEach
    void stop() {
      logger.detachAppender(log);
      other.shutdownNow();
    }

    @Test
    void isWaitedForWithAWarningForEachAttempt() throws Exception {
      logger.setLevel(Level.WARN);
      logger.addAppender(log);
      log.start();
      try (CuttableServer line = CuttableServer.before(store)) {
        line.stop();
        Future<Authstore> opening = other.submit(() -> open(line.url()));
        while (log.list.isEmpty()) {
          Thread.onSpinWait();
        }

        line.resume();

        opening.get(DEADLINE.toSeconds(), TimeUnit.SECONDS).close();
        assertThat(log.list.get(0).getFormattedMessage())
            .startsWith("Database not reachable yet, retrying [attempt=1,");
      }
    }
  }

  @Nested
  class Crashed {

    /** A server whose process is killed ends all others, and begins anew. */
    @Test
    void isSurvivedWithoutARestart() {
      try (PostgresServer server = PostgresServer.start();
          Authstore authstore = open(target(server))) {
        long before = process(authstore);
        ProcessHandle killed = ProcessHandle.of(before).orElseThrow();

        killed.destroyForcibly();

        killed.onExit().join();
        awaitUp(authstore);
        assertThat(process(authstore)).isNotEqualTo(before);
      }
    }

    private static long process(Authstore authstore) {
      try (PgRepository repo = (PgRepository) authstore.repositories().begin()) {
        Object process = repo.dsl().fetchValue("SELECT pg_backend_pid()");
        repo.cancel();
        return ((Number) Objects.requireNonNull(process)).longValue();
      }
    }
  }

  /** Whatever the server does, the answer comes. */
  private static DatabaseHealth healthInTime(Authstore authstore) {
    long start = System.nanoTime();
    DatabaseHealth health = authstore.health();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(TIMEOUT.plus(GRACE));
    return health;
  }

  private static void awaitUp(Authstore authstore) {
    long start = System.nanoTime();
    while (healthInTime(authstore).status() != Status.UP) {
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(DEADLINE);
    }
  }

  private static void awaitReason(Authstore authstore, String reason) {
    long start = System.nanoTime();
    while (!healthInTime(authstore).reason().equals(Optional.of(reason))) {
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(DEADLINE);
    }
  }

  private static String target(PostgresServer server) {
    return "postgresql://postgres@localhost:%d/postgres".formatted(server.port());
  }

  private static Authstore open(String target) {
    DatabaseConfig config =
        DatabaseConfig.of(target).with(Setting.HEALTH_TIMEOUT, TIMEOUT.toMillis() + "ms");
    return Authstore.open(config, StorageSettings.defaults(), MigrationMode.SKIP);
  }
}
