package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.authstore.database.ConnectFailedException;
import dev.authstore.database.Connections;
import dev.authstore.database.DatabaseConfig;
import dev.authstore.database.Setting;
import dev.authstore.migrations.MigrationMode;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StorageSettings;
import dev.authstore.storage.StorageUnavailableException;
import dev.authstore.storage.pg.DatabaseHealth.Status;
import dev.authstore.testing.PostgresServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A server that goes away, and perhaps comes back, while the program stays as it is. */
class OutagePostgresTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(1);
  private static final Duration GRACE = Duration.ofSeconds(5);
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  private static PostgresServer server;

  @BeforeAll
  static void start() {
    server = PostgresServer.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  /** On a server of its own, which is gone afterwards. */
  @Nested
  class Stopped {
    private final PostgresServer own = PostgresServer.start();

    @AfterEach
    void stop() {
      own.close();
    }

    /** The pool alone would wait half a minute. */
    @Test
    void isToldWithinTheTimeout() {
      try (Authstore authstore = open(target(own))) {
        assertThat(authstore.health().isReady()).isTrue();

        own.close();

        awaitReason(authstore, "REFUSED");
        DatabaseHealth health = healthInTime(authstore);
        assertThat(health.status()).isEqualTo(Status.DOWN);
        assertThat(health.isReady()).isFalse();
        assertThat(health.reason()).contains("REFUSED");
        assertThat(health.server()).isEmpty();
      }
    }

    /** As long as somebody is connected, it does not end, and lets in nobody else. */
    @Test
    void isToldWhileItShutsDown() throws SQLException {
      try (Connection last = own.dataSource("postgres").getConnection()) {
        shutDown(last);

        assertThat(firstRefusal().reason()).isEqualTo(ConnectFailedException.Reason.STARTING_UP);
        StorageUnavailableException refusal =
            catchThrowableOfType(
                StorageUnavailableException.class,
                () -> repositories().<Boolean>read(repo -> repo.users().exists("john")));
        assertThat(refusal.reason()).isEqualTo(StorageUnavailableException.Reason.STARTING_UP);
        assertThat(refusal.sqlState()).contains("57P03");
        assertThat(refusal.retryable()).isTrue();
      }
    }

    /** Politely, which takes as long as anybody is connected. */
    private void shutDown(Connection connection) throws SQLException {
      long postmaster =
          number(connection, "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)");
      ProcessHandle.of(postmaster).orElseThrow().destroy();
    }

    /** It takes a moment until the server knows. */
    private ConnectFailedException firstRefusal() {
      DataSource dataSource = DatabaseConfig.of(target(own)).dataSource();
      ConnectFailedException refusal = null;
      while (refusal == null) {
        refusal =
            catchThrowableOfType(
                ConnectFailedException.class, () -> Connections.open(dataSource).close());
      }
      return refusal;
    }

    private RepositoryFactory repositories() {
      return Authstore.using(own.dataSource("postgres"), "authstore", StorageSettings.defaults())
          .repositories();
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

    /** One that was in use a moment ago is handed out without a look whether it is still there. */
    @Test
    void keepsNoConnectionThatNothingAnswersOn() throws Exception {
      try (CuttableServer line = CuttableServer.before(store);
          Authstore authstore = open(line.url())) {
        use(authstore);

        line.fallSilent();

        assertThat(healthInTime(authstore).status()).isEqualTo(Status.DOWN);
        awaitNoneTaken(authstore);
        line.resume();
        awaitUp(authstore);
      }
    }

    private static void awaitNoneTaken(Authstore authstore) {
      long start = System.nanoTime();
      while (healthInTime(authstore).pool().active() > 0) {
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(DEADLINE);
      }
    }

    private static void use(Authstore authstore) {
      authstore.repositories().run(repo -> repo.users().exists("john"));
    }
  }

  /** A server that loses a process ends all others, and begins anew. */
  @Nested
  class Crashed {

    @AfterEach
    void awaitServer() {
      Connections.awaitServer(DatabaseConfig.of(target(server)));
    }

    @Test
    void isSurvivedWithoutARestart() throws SQLException {
      try (Authstore authstore = open(target(server))) {
        long before = process(authstore);

        crash();

        awaitUp(authstore);
        assertThat(process(authstore)).isNotEqualTo(before);
      }
    }

    /** It tells the others why (57P02), but as a warning: what ends them is the lost connection. */
    @Test
    void isALostConnectionForThoseWhoDidNothing() throws SQLException {
      try (PgRepository bystander = begin()) {
        bystander.dsl().fetch("SELECT 1");

        crash();

        StorageUnavailableException lost = null;
        while (lost == null) { // it may be the last to hear of it
          lost =
              catchThrowableOfType(
                  StorageUnavailableException.class, () -> bystander.dsl().fetch("SELECT 1"));
        }
        assertThat(lost.reason()).isEqualTo(StorageUnavailableException.Reason.NETWORK);
        assertThat(lost.retryable()).isTrue();
        bystander.cancel();
      }
    }

    /** Returns when the server has begun to end all others. */
    private static void crash() throws SQLException {
      try (Connection victim = server.dataSource("postgres").getConnection();
          Connection witness = server.dataSource("postgres").getConnection()) {
        long process = number(victim, "SELECT pg_backend_pid()");
        ProcessHandle.of(process).orElseThrow().destroyForcibly();
        while (witness.isValid(1)) {
          Thread.onSpinWait();
        }
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

  @Nested
  class Overloaded {

    /** More locks than it has room for: memory that all sessions share. */
    @Test
    void isToldByItsMemory() {
      try (PgRepository repo = begin()) {
        StorageUnavailableException refusal =
            catchThrowableOfType(
                StorageUnavailableException.class,
                () ->
                    repo.dsl()
                        .fetch(
                            "SELECT count(pg_advisory_xact_lock(g)) FROM generate_series(1, 10000000) g"));

        assertThat(refusal.reason()).isEqualTo(StorageUnavailableException.Reason.OUT_OF_MEMORY);
        assertThat(refusal.sqlState()).contains("53200");
        assertThat(refusal.retryable()).isFalse();
        repo.cancel();
      }
    }
  }

  private static PgRepository begin() {
    return (PgRepository)
        Authstore.using(server.dataSource("postgres"), "authstore", StorageSettings.defaults())
            .repositories()
            .begin();
  }

  private static long number(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getLong(1);
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
