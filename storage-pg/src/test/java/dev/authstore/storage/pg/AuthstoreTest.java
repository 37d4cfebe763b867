package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.authstore.database.DatabaseConfig;
import dev.authstore.database.Setting;
import dev.authstore.storage.Repository;
import dev.authstore.storage.StorageUnavailableException;
import dev.authstore.storage.pg.DatabaseHealth.Status;
import dev.authstore.testing.Backends;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Isolated;
import org.slf4j.LoggerFactory;

/** A database as it is opened, watched and closed. */
@Isolated("listens to a log of the whole JVM")
class AuthstoreTest {
  @RegisterExtension final Store store = Store.fresh();

  private final Logger logger = (Logger) LoggerFactory.getLogger("authstore.database");
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();

  @AfterEach
  void stopListening() {
    logger.detachAppender(log);
  }

  @Nested
  class Opening {
    @Test
    void tellsItsStepsInOrder() {
      listen();

      open(config()).close();

      assertThat(lines())
          .satisfiesExactly(
              line -> assertThat(line).startsWith("INFO Connecting to the database [target="),
              line -> assertThat(line).startsWith("INFO Database connected [server=" + version()),
              line -> assertThat(line).startsWith("INFO Schema is up to date [version="),
              line ->
                  assertThat(line)
                      .isEqualTo(
                          "INFO Connection pool ready [size=2, minimum=2, acquire_timeout=PT0.5S,"
                              + " idle_timeout=PT5M]"),
              line -> assertThat(line).startsWith("WARN No key for codes"),
              line -> assertThat(line).isEqualTo("INFO Database pool closed"));
    }

    @Test
    void warnsWhenThePoolMayNotFit() {
      listen();

      open(config().poolSize(900).with(Setting.MIN_CONNECTIONS, "0")).close();

      assertThat(lines())
          .anySatisfy(
              line ->
                  assertThat(line)
                      .startsWith("WARN Pool may exceed the server's connection limit [pool=900,"));
    }

    @Test
    void waitsForALateServerWithAWarningForEachAttempt() throws Exception {
      listen();
      ExecutorService other = Executors.newSingleThreadExecutor();
      try (CuttableServer line = CuttableServer.before(store)) {
        line.stop();
        Future<Authstore> opening = other.submit(() -> open(DatabaseConfig.of(line.url())));
        while (lines().stream().noneMatch(text -> text.startsWith("WARN"))) {
          Thread.onSpinWait();
        }

        line.resume();

        opening.get(30, TimeUnit.SECONDS).close();
        assertThat(lines())
            .anySatisfy(
                text ->
                    assertThat(text)
                        .startsWith("WARN Database not reachable yet, retrying [attempt=1,"));
      } finally {
        other.shutdownNow();
      }
    }

    private void listen() {
      logger.setLevel(Level.INFO);
      logger.addAppender(log);
      log.start();
    }

    private List<String> lines() {
      synchronized (log) { // as the appender does
        return log.list.stream()
            .map(event -> event.getLevel() + " " + event.getFormattedMessage())
            .toList();
      }
    }
  }

  @Nested
  class Exhaustion {
    @Test
    void isToldWithNumbersAndPasses() {
      try (Authstore authstore = open(config().poolSize(1))) {
        Repository first = authstore.repositories().begin();
        first.users().exists("john");
        long start = System.nanoTime();

        StorageUnavailableException refusal =
            catchThrowableOfType(StorageUnavailableException.class, () -> use(authstore));

        Duration waited = Duration.ofNanos(System.nanoTime() - start);
        assertThat(refusal.reason()).isEqualTo(StorageUnavailableException.Reason.POOL_TIMEOUT);
        assertThat(refusal)
            .hasMessageContaining(
                "none became free within PT0.5S [max=1, total=1, active=1, idle=0, waiting=0]");
        assertThat(waited).isBetween(Duration.ofMillis(490), Duration.ofSeconds(3));
        first.close();
        use(authstore);
      }
    }
  }

  @Nested
  class Connections {
    @Test
    void thatWereCutAreReplaced() {
      try (Authstore authstore = open(config())) {
        use(authstore);
        Backends.terminateOthers(store.dataSource());

        boolean found = authstore.repositories().call(repo -> repo.users().exists("john"));

        assertThat(found).isFalse();
      }
    }
  }

  @Nested
  class Closing {
    @Test
    void waitsForUnitsOfWork() throws Exception {
      ExecutorService other = Executors.newSingleThreadExecutor();
      Authstore authstore = open(config());
      Repository work = authstore.repositories().begin();
      work.users().add("john");
      Future<?> closing = other.submit(authstore::close);
      while (catchThrowableOfType(StorageUnavailableException.class, () -> use(authstore))
          == null) {
        Thread.onSpinWait();
      }

      work.save();

      closing.get(5, TimeUnit.SECONDS);
      other.shutdown();
      assertThat(store.<Boolean>read(repo -> repo.users().exists("john"))).isTrue();
    }

    @Test
    void twiceIsOnce() {
      Authstore authstore = open(config());

      authstore.close();
      authstore.close();

      assertThat(authstore.health().status()).isEqualTo(Status.DOWN);
      assertThat(authstore.health().reason()).contains("POOL_CLOSED");
    }
  }

  @Nested
  class Health {
    private static final Set<Thread.State> ASKED =
        EnumSet.of(Thread.State.WAITING, Thread.State.TERMINATED);

    @Test
    void isUp() {
      try (Authstore authstore = open(config())) {
        DatabaseHealth health = authstore.health();

        assertThat(health.status()).isEqualTo(Status.UP);
        assertThat(health.isReady()).isTrue();
        assertThat(health.reason()).isEmpty();
        assertThat(health.pool().max()).isEqualTo(2);
        assertThat(health.schemaVersion()).isPresent();
        assertThat(health.server().orElseThrow().version()).isEqualTo(version());
      }
    }

    @Test
    void isDegradedWithoutAFreeConnection() {
      DatabaseConfig slowPool = config().poolSize(1).with(Setting.CONNECT_TIMEOUT, "60");
      try (Authstore authstore = open(slowPool)) {
        try (Repository first = authstore.repositories().begin()) {
          first.users().exists("john");

          DatabaseHealth health = authstore.health();

          assertThat(health.status()).isEqualTo(Status.DEGRADED);
          assertThat(health.reason()).contains("POOL_TIMEOUT");
          assertThat(health.latency()).isLessThan(slowPool.healthTimeout());
        }

        DatabaseHealth again = authstore.health();
        assertThat(again.status()).isNotEqualTo(Status.DOWN);
      }
    }

    @Test
    void isDegradedWhereNothingCanBeWritten() {
      DatabaseConfig readOnly =
          config().with(Setting.OPTIONS, "-c default_transaction_read_only=on");
      try (Authstore authstore = open(readOnly)) {
        assertThat(authstore.health().status()).isEqualTo(Status.DEGRADED);
        assertThat(authstore.health().reason()).contains("READ_ONLY");
      }
    }

    @Test
    void isAskedOnceForManyAskers() throws Exception {
      DatabaseConfig config = config().poolSize(1).with(Setting.HEALTH_TIMEOUT, "20s");
      Set<DatabaseHealth> answers = ConcurrentHashMap.newKeySet();
      try (Authstore authstore = open(config)) {
        Repository holder = authstore.repositories().begin();
        holder.users().exists("john"); // takes the only connection
        List<Thread> askers =
            Stream.generate(() -> new Thread(() -> answers.add(authstore.health())))
                .limit(100)
                .toList();
        askers.forEach(Thread::start);
        while (!askers.stream().allMatch(asker -> ASKED.contains(asker.getState()))) {
          Thread.onSpinWait();
        }

        holder.cancel();

        for (Thread asker : askers) {
          asker.join(10_000);
          assertThat(asker.isAlive()).isFalse();
        }
      }
      assertThat(answers).singleElement().returns(true, DatabaseHealth::isReady);
    }
  }

  private DatabaseConfig config() {
    return DatabaseConfig.of(store.url()).poolSize(2).with(Setting.CONNECT_TIMEOUT, "500ms");
  }

  private static Authstore open(DatabaseConfig config) {
    return Authstore.open(config);
  }

  private String version() {
    return store.select("SHOW server_version").get(0);
  }

  private static boolean use(Authstore authstore) {
    return authstore.repositories().<Boolean>read(repo -> repo.users().exists("john"));
  }
}
