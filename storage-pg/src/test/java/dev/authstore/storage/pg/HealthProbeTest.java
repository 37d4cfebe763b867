package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.database.DatabaseConfig;
import dev.authstore.database.Setting;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the time makes of a pool without a connection to spare; time passes when told to. */
class HealthProbeTest {
  private static final Duration TOLERATED = Duration.ofSeconds(5);

  @RegisterExtension final Store store = Store.fresh();

  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1); // it may overflow at any time
  private ConnectionPool pool;
  private HealthProbe probe;

  @BeforeEach
  void open() {
    DatabaseConfig config =
        DatabaseConfig.of(store.url()).poolSize(1).with(Setting.CONNECT_TIMEOUT, "250ms");
    pool = ConnectionPool.open(store.dataSource(), config.pool());
    probe =
        new HealthProbe(
            pool,
            store.dataSource(),
            Duration.ofSeconds(
                10), // more than any machine needs; a look ends with the pool's 250 ms
            new HealthProbe.Origin(Optional.empty(), store.settings().clock(), now::get));
  }

  @AfterEach
  void close() {
    probe.close();
    pool.close();
  }

  @Test
  void callsAnExhaustedPoolDownAfterFiveSeconds() throws SQLException {
    Connection only = pool.take("test");
    assertThat(look()).isEqualTo("DEGRADED POOL_TIMEOUT");

    now.addAndGet(TOLERATED.minusNanos(1).toNanos());
    String before = look();
    now.incrementAndGet();
    String after = look();
    pool.giveBack(only);

    assertThat(before).isEqualTo("DEGRADED POOL_TIMEOUT");
    assertThat(after).isEqualTo("DOWN POOL_TIMEOUT");
    assertThat(look()).isEqualTo("UP");
  }

  @Test
  void beginsToCountAnewAfterALookThatFoundAConnection() throws SQLException {
    Connection before = pool.take("test");
    look();
    now.addAndGet(TOLERATED.minusNanos(1).toNanos());
    pool.giveBack(before);
    assertThat(look()).isEqualTo("UP");

    Connection after = pool.take("test");
    String first = look();
    now.addAndGet(TOLERATED.minusNanos(1).toNanos());
    String last = look();
    pool.giveBack(after);

    assertThat(first).isEqualTo("DEGRADED POOL_TIMEOUT");
    assertThat(last).isEqualTo("DEGRADED POOL_TIMEOUT");
  }

  private String look() {
    DatabaseHealth health = probe.health();
    return "%s %s".formatted(health.status(), health.reason().orElse("")).strip();
  }
}
