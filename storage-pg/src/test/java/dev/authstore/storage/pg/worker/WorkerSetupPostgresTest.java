package dev.authstore.storage.pg.worker;

import static dev.authstore.storage.pg.worker.Workers.QUICK;
import static dev.authstore.storage.pg.worker.Workers.greeting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.authstore.database.DatabaseConfig;
import dev.authstore.storage.pg.Authstore;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.ResourceLock;

class WorkerSetupPostgresTest {
  @RegisterExtension final Workers workers = new Workers();

  @Nested
  @ResourceLock("log of authstore.queue") // reads it, and changes its level
  class APool {
    @Test
    void ofOneConnectionIsRefused() {
      WorkerSetup setup = workers.setup(QUICK, greeting()).poolSize(1);

      assertThatThrownBy(() -> JobWorker.start(setup))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("a worker needs a pool of two connections or more");
      assertThat(workers.store().select("SELECT id FROM queue_workers")).isEmpty();
    }

    @Test
    void thatIsTooSmallForTheJobsIsWarnedOf() {
      try (QueueLog log = QueueLog.open()) {
        workers.start(workers.setup(QUICK.concurrency(4), greeting()).poolSize(6));

        assertThat(log.warnings())
            .contains(
                "jobs may have to wait for connections, and the worker too [pool=6, needed=7]");
      }
    }

    @Test
    void thatIsLargeEnoughIsNot() {
      try (QueueLog log = QueueLog.open()) {
        workers.start(workers.setup(QUICK.concurrency(4), greeting()).poolSize(7));

        assertThat(log.warnings()).noneMatch(line -> line.contains("[pool="));
      }
    }
  }

  @Nested
  class TheSizeOfThePool {
    @Test
    void isTheConfiguredOne() {
      DatabaseConfig config = DatabaseConfig.of(workers.store().url()).poolSize(6);

      try (Authstore authstore = Authstore.open(config)) {
        assertThat(authstore.workers().poolSize()).contains(6);
      }
    }

    @Test
    void isThatOfTheApplicationsOwnPool() {
      try (HikariDataSource pool = Workers.pool(workers.store().dataSource(), 6)) {
        Authstore authstore = Authstore.using(pool, workers.store().schema(), workers.storage());

        assertThat(authstore.workers().poolSize()).contains(6);
      }
    }

    @Test
    void isUnknownOfOtherConnections() {
      Authstore authstore =
          Authstore.using(
              workers.store().dataSource(), workers.store().schema(), workers.storage());

      assertThat(authstore.workers().poolSize()).isEmpty();
    }
  }
}
