package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import com.zaxxer.hikari.HikariDataSource;
import dev.authstore.database.DatabaseConfig;
import dev.authstore.database.PoolSettings;
import dev.authstore.database.Setting;
import dev.authstore.storage.StorageUnavailableException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.ds.PGSimpleDataSource;
import org.slf4j.LoggerFactory;

/** What becomes of connections that are not in use, and of those that are for too long. */
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
  class Refused {

    @Test
    void areNotTakenForAnExhaustedPool() {
      store.sql("CREATE ROLE limited LOGIN NOSUPERUSER CONNECTION LIMIT 1");
      PGSimpleDataSource limited = (PGSimpleDataSource) store.dataSource();
      limited.setUser("limited");
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

    private PgRepository begin(ConnectionPool pool) {
      return (PgRepository)
          new PgRepositoryFactory(pool::take, store.schema(), store.settings()).begin();
    }
  }

  private DatabaseConfig config(int size, int minIdle) {
    return DatabaseConfig.of(store.url())
        .poolSize(size)
        .with(Setting.MIN_CONNECTIONS, String.valueOf(minIdle))
        .with(Setting.CONNECT_TIMEOUT, "500ms");
  }
}
