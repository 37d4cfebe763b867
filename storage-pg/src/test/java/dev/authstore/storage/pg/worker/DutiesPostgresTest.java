package dev.authstore.storage.pg.worker;

import static dev.authstore.storage.pg.worker.Workers.GREET;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Json;
import dev.authstore.model.queue.JobMetadata;
import dev.authstore.model.queue.QueueJobDetails;
import dev.authstore.model.queue.QueueJobStatus;
import dev.authstore.model.queue.QueueWorker;
import dev.authstore.storage.StorageSettings;
import dev.authstore.storage.queue.QueueJobFilter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.ResourceLock;

class DutiesPostgresTest {
  private static final String TICK = "tick";

  @RegisterExtension final Workers workers = new Workers();

  @Nested
  class Promotion {
    @Test
    void goesBatchByBatch() {
      workers
          .store()
          .run(
              repo -> {
                for (int i = 0; i < 7; i++) {
                  GREET.scheduleLater(repo, "john", Instant.EPOCH);
                }
              });
      StorageSettings storage = workers.storage();
      Duties duties = duties(storage.queue(storage.queue().dueBatch(3)));
      List<Boolean> more = new ArrayList<>();
      List<Long> available = new ArrayList<>();

      for (int i = 0; i < 4; i++) {
        more.add(duties.promote());
        available.add(available());
      }

      assertThat(available).containsExactly(3L, 6L, 7L, 7L);
      assertThat(more).containsExactly(true, true, false, false);
    }
  }

  @Nested
  class Planning {
    @Test
    void isDoneByTheLeader() {
      Duties duties = duties(workers.storage());

      duties.perform(leader());

      assertThat(workers.jobs())
          .extracting(QueueJobDetails::scheduleName)
          .containsExactly(Optional.of(TICK));
    }

    @Test
    void isNotDoneByAnotherWorker() {
      leader();
      Duties duties = duties(workers.storage());

      duties.perform(worker());

      assertThat(workers.jobs()).isEmpty();
      assertThat(workers.watch().terms()).isEmpty();
    }

    @Test
    void isUndoneIfTheLeadIsLostInTheMiddle() {
      QueueWorker next = worker();
      Duties duties =
          duties(after("queue_worker.shutdown_dead_workers", () -> passTheLeadTo(next)));

      duties.perform(leader());

      assertThat(workers.jobs()).isEmpty();
      assertThat(workers.watch().terms()).isEmpty();
    }

    @Test
    void givesWayToAnOccurrenceThatAnotherPlansMeanwhile() {
      Duties duties = duties(after("queue_schedule.list", this::planAsAnotherLeader));

      duties.perform(leader());

      assertThat(workers.jobs()).hasSize(1);
      assertThat(workers.watch().terms()).hasSize(1);
    }

    private void planAsAnotherLeader() {
      workers
          .store()
          .run(
              repo ->
                  repo.queueJobs()
                      .scheduleLater(
                          TICK, Json.NULL, JobMetadata.NONE, Instant.EPOCH, Optional.of(TICK)));
    }

    private void passTheLeadTo(QueueWorker next) {
      workers.store().sql("UPDATE queue_leader SET expires_at = now() - interval '1 second'");
      assertThat(lead(next)).isTrue();
    }

    private StorageSettings after(String operation, Runnable action) {
      StorageSettings storage =
          workers.after(
              done -> {
                if (done.equals(operation)) {
                  action.run();
                }
              });
      return storage.queue(storage.queue().leaderLease(Duration.ofMinutes(1)));
    }

    @Test
    @ResourceLock("log of authstore.queue") // reads it, and changes its level
    void passesOverAScheduleThatIsNotSetUp() {
      workers.store().run(repo -> repo.queueSchedules().setup(List.of(TICK)));
      Duties duties =
          new Duties(
              workers
                  .setup(longLease())
                  .schedules(
                      List.of(
                          JobSchedule.of("unknown", "0 0 * * * *"),
                          JobSchedule.of(TICK, "0 0 * * * *"))));
      try (QueueLog log = QueueLog.open()) {

        duties.perform(leader());

        assertThat(log.warnings()).contains("schedule unknown is not set up");
      }
      assertThat(workers.jobs())
          .extracting(QueueJobDetails::scheduleName)
          .containsExactly(Optional.of(TICK));
    }
  }

  private Duties duties(StorageSettings storage) {
    workers.store().run(repo -> repo.queueSchedules().setup(List.of(TICK)));
    return new Duties(
        workers.setup(storage).schedules(List.of(JobSchedule.of(TICK, "0 0 * * * *"))));
  }

  private QueueWorker leader() {
    QueueWorker worker = worker();
    assertThat(lead(worker)).isTrue();
    return worker;
  }

  private QueueWorker worker() {
    return workers.repositories(longLease()).call(repo -> repo.queueWorkers().register());
  }

  private boolean lead(QueueWorker worker) {
    return workers
        .repositories(longLease())
        .direct(repo -> repo.queueWorkers().tryGetLeaderLease(worker));
  }

  private StorageSettings longLease() {
    StorageSettings storage = workers.storage();
    return storage.queue(storage.queue().leaderLease(Duration.ofMinutes(1)));
  }

  private long available() {
    return workers
        .store()
        .<Long>read(
            repo -> repo.queueJobs().count(QueueJobFilter.all().status(QueueJobStatus.AVAILABLE)));
  }
}
