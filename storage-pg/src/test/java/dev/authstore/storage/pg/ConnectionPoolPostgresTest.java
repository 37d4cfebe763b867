package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.authstore.database.ConnectFailedException;
import dev.authstore.database.DatabaseConfig;
import dev.authstore.database.PoolSettings;
import dev.authstore.database.Setting;
import dev.authstore.storage.Repository;
import dev.authstore.storage.StorageUnavailableException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** What becomes of connections that are not in use, and of those that are for too long. */
@Isolated("listens to logs of the whole JVM, and sets a property of it")
@Timeout(60)
class ConnectionPoolPostgresTest {
  private static final String BETWEEN_LOOKS = "com.zaxxer.hikari.housekeeping.periodMs";

  @RegisterExtension final Store store = Store.fresh();

  @BeforeAll
  static void lookOften() {
    System.setProperty(BETWEEN_LOOKS, "10");
  }

  @AfterAll
  static void lookAsUsual() {
    System.clearProperty(BETWEEN_LOOKS);
  }

  /** With times that no configuration may have, set once the pool is open. */
  @Nested
  class Idle {

    @Test
    void areClosedDownToTheMinimum() throws SQLException {
      try (HikariDataSource pool = pool(5, 2)) {
        List<Connection> taken = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
          taken.add(pool.getConnection());
        }
        assertThat(total(pool)).isEqualTo(5);

        for (Connection connection : taken) {
          connection.close();
        }
        pool.getHikariConfigMXBean().setIdleTimeout(1);

        int least = total(pool);
        while (least > 2) {
          least = Math.min(least, total(pool));
          Thread.onSpinWait();
        }
        assertThat(least).isEqualTo(2);
      }
    }

    @Test
    void areReplacedAtTheEndOfTheirLife() throws SQLException {
      try (HikariDataSource pool = pool(1, 1)) {
        pool.getHikariConfigMXBean().setMaxLifetime(50);
        pool.getHikariPoolMXBean().softEvictConnections();
        int first = process(pool);

        int next = first;
        while (next == first) {
          next = process(pool);
        }

        assertThat(next).isNotEqualTo(first);
        assertThat(total(pool)).isLessThanOrEqualTo(1);
      }
    }

    private HikariDataSource pool(int size, int minIdle) {
      PoolSettings settings = config(size, minIdle).pool();
      return new HikariDataSource(ConnectionPool.configuration(store.dataSource(), settings));
    }

    private static int total(HikariDataSource pool) {
      return pool.getHikariPoolMXBean().getTotalConnections();
    }

    private static int process(HikariDataSource pool) throws SQLException {
      try (Connection connection = pool.getConnection();
          Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery("SELECT pg_backend_pid()")) {
        row.next();
        return row.getInt(1);
      }
    }
  }

  @Nested
  class Leaked {
    private final Logger logger =
        (Logger) LoggerFactory.getLogger("com.zaxxer.hikari.pool.ProxyLeakTask");
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @AfterEach
    void stopListening() {
      logger.detachAppender(log);
      logger.setAdditive(true);
      logger.setLevel(null);
    }

    @Test
    void areReportedOnceWithWhoTookThem() {
      logger.setLevel(Level.WARN);
      logger.setAdditive(false);
      logger.addAppender(log);
      log.start();
      DatabaseConfig shortest = config(1, 1).with(Setting.LEAK_DETECTION, "2");

      try (Authstore authstore = Authstore.open(shortest)) {
        authstore
            .repositories()
            .run(
                repo -> {
                  repo.users().exists("john");
                  while (log.list.isEmpty()) {
                    Thread.onSpinWait();
                  }
                });
      }

      assertThat(log.list)
          .singleElement()
          .satisfies(
              line ->
                  assertThat(ThrowableProxyUtil.asString(line.getThrowableProxy()))
                      .contains("areReportedOnceWithWhoTookThem"));
    }
  }

  @Nested
  class Exhausted {
    private static final int SIZE = 4;

    /** How long it takes by the clock depends on the machine; what the pool was told does not. */
    @Test
    void areWaitedForAsLongAsConfigured() {
      HikariConfig told = ConnectionPool.configuration(store.dataSource(), config(SIZE, 0).pool());

      assertThat(told.getConnectionTimeout()).isEqualTo(500);
      assertThat(told.getMaximumPoolSize()).isEqualTo(SIZE);
    }

    @Test
    void areNamedByWhatHasThemForLongest() {
      try (Authstore authstore = open("60")) {
        List<Repository> borrowers = begin(authstore);
        borrowers.get(2).users().exists("canary");
        borrowers.get(0).users().lookup(new UUID(7, 7));
        borrowers.get(1).userEmails().lookup(new UUID(7, 7));
        borrowers.get(3).users().exists("canary");
        borrowers.get(2).users().lookup(new UUID(7, 7));

        StorageUnavailableException refusal = refusal(authstore);

        assertThat(refusal)
            .hasMessageEndingWith(
                "[max=4, total=4, active=4, idle=0, waiting=0], taken first by"
                    + " [user.exists, user.lookup, user_email.lookup]");
        borrowers.forEach(Repository::cancel);
      }
    }

    @Test
    void areNamedNoLongerWhenGivenBack() {
      try (Authstore authstore = open("60")) {
        List<Repository> early = begin(authstore);
        early.forEach(repo -> repo.users().exists("canary"));
        early.forEach(Repository::cancel);
        List<Repository> borrowers = begin(authstore);
        borrowers.forEach(repo -> repo.users().lookup(new UUID(7, 7)));

        StorageUnavailableException refusal = refusal(authstore);

        assertThat(refusal)
            .hasMessageEndingWith(", taken first by [user.lookup, user.lookup, user.lookup]");
        borrowers.forEach(Repository::cancel);
      }
    }

    @Test
    void areOnlyCountedWithoutDetectionOfLeaks() {
      try (Authstore authstore = open("0")) {
        List<Repository> borrowers = begin(authstore);
        borrowers.forEach(repo -> repo.users().exists("canary"));

        StorageUnavailableException refusal = refusal(authstore);

        assertThat(refusal).hasMessageEndingWith("[max=4, total=4, active=4, idle=0, waiting=0]");
        borrowers.forEach(Repository::cancel);
      }
    }

    private static List<Repository> begin(Authstore authstore) {
      return Stream.generate(authstore.repositories()::begin).limit(SIZE).toList();
    }

    private static StorageUnavailableException refusal(Authstore authstore) {
      return catchThrowableOfType(
          StorageUnavailableException.class,
          () -> authstore.repositories().<Boolean>read(repo -> repo.users().exists("john")));
    }

    private Authstore open(String leakDetection) {
      return Authstore.open(
          config(SIZE, 0)
              .with(Setting.CONNECT_TIMEOUT, "250ms")
              .with(Setting.LEAK_DETECTION, leakDetection));
    }
  }

  /** What a unit of work leaves in its session, with a pool of one. */
  @Nested
  class GivenBack {
    private final Logger logger = (Logger) LoggerFactory.getLogger("authstore.database");
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeEach
    void listen() {
      logger.setLevel(Level.WARN);
      logger.addAppender(log);
    }

    @AfterEach
    void stopListening() {
      logger.detachAppender(log);
      logger.setLevel(null);
    }

    @ParameterizedTest
    @CsvSource({
      "SELECT pg_advisory_lock(7), advisory lock 0/7",
      "SET ROLE pg_monitor, role pg_monitor"
    })
    void areClosedIfSomethingIsLeft(String statement, String left) {
      try (Authstore authstore = open("60")) {
        log.start();
        long first = process(authstore, statement);

        long next = process(authstore, "SELECT 1");

        assertThat(next).isNotEqualTo(first);
        assertThat(log.list)
            .extracting(ILoggingEvent::getFormattedMessage)
            .containsExactly(
                "Connection given back with [%s], closed [operation=user.exists]".formatted(left));
      }
    }

    @ParameterizedTest
    @ValueSource(strings = {"SELECT pg_advisory_xact_lock(7)", "SET LOCAL ROLE pg_monitor"})
    void areHandedOutAgainIfNothingIs(String statement) {
      try (Authstore authstore = open("60")) {
        log.start();
        long first = process(authstore, statement);

        long next = process(authstore, "SELECT 1");

        assertThat(next).isEqualTo(first);
        assertThat(log.list).isEmpty();
      }
    }

    @Test
    void mayHaveARoleFromTheBeginning() {
      try (Authstore authstore =
          Authstore.open(config("60").with(Setting.OPTIONS, "-c role=postgres"))) {
        log.start();
        long first = process(authstore, "SELECT 1");

        assertThat(process(authstore, "SELECT 1")).isEqualTo(first);
        assertThat(log.list).isEmpty();
      }
    }

    @Test
    void areNotLookedAtWithoutDetectionOfLeaks() {
      try (Authstore authstore = open("0")) {
        long first = process(authstore, "SELECT pg_advisory_lock(7)");

        assertThat(process(authstore, "SELECT 1")).isEqualTo(first);
      }
    }

    private Authstore open(String leakDetection) {
      return Authstore.open(config(leakDetection));
    }

    private DatabaseConfig config(String leakDetection) {
      return ConnectionPoolPostgresTest.this
          .config(1, 1)
          .with(Setting.LEAK_DETECTION, leakDetection);
    }

    /** The server's process for a unit of work that has run the statement. */
    private static long process(Authstore authstore, String statement) {
      try (PgRepository repo = (PgRepository) authstore.repositories().begin()) {
        repo.users().exists("canary");
        Object process = Objects.requireNonNull(repo.dsl().fetchValue("SELECT pg_backend_pid()"));
        repo.dsl().execute(statement);
        repo.save();
        return ((Number) process).longValue();
      }
    }
  }

  @Nested
  class Refused {

    @Test
    void areNotTakenForAnExhaustedPool() {
      store.sql("CREATE ROLE limited LOGIN NOSUPERUSER CONNECTION LIMIT 1");
      DataSource limited = store.dataSourceAs("limited");
      try (ConnectionPool pool = ConnectionPool.open(limited, config(2, 1).pool());
          PgRepository first = begin(pool);
          PgRepository second = begin(pool)) {
        first.dsl().fetch("SELECT 1");

        StorageUnavailableException refusal =
            catchThrowableOfType(
                StorageUnavailableException.class, () -> second.dsl().fetch("SELECT 1"));

        assertThat(refusal.reason())
            .isEqualTo(StorageUnavailableException.Reason.TOO_MANY_CONNECTIONS);
        assertThat(refusal.sqlState()).contains("53300");
        first.cancel();
      } finally {
        store.sql("DROP ROLE limited");
      }
    }

    @Test
    void areToldWithTheirReasonAtTheStart() {
      store.sql("CREATE ROLE excluded LOGIN NOSUPERUSER CONNECTION LIMIT 0");
      DataSource excluded = store.dataSourceAs("excluded");

      ConnectFailedException refusal =
          catchThrowableOfType(
              ConnectFailedException.class,
              () -> ConnectionPool.open(excluded, config(2, 1).pool()).close());

      store.sql("DROP ROLE excluded");
      assertThat(refusal.reason()).isEqualTo(ConnectFailedException.Reason.TOO_MANY_CONNECTIONS);
    }

    private PgRepository begin(ConnectionPool pool) {
      return (PgRepository)
          new PgRepositoryFactory(pool, Optional.empty(), store.schema(), store.settings()).begin();
    }
  }

  private DatabaseConfig config(int size, int minIdle) {
    return DatabaseConfig.of(store.url())
        .poolSize(size)
        .with(Setting.MIN_CONNECTIONS, String.valueOf(minIdle))
        .with(Setting.CONNECT_TIMEOUT, "500ms");
  }
}
