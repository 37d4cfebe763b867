package dev.authstore.storage.pg.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.queue.QueueJob;
import dev.authstore.model.queue.QueueJobDetails;
import dev.authstore.model.queue.QueueJobStage;
import dev.authstore.model.queue.QueueJobStage.Completed;
import dev.authstore.model.queue.QueueJobStage.Lost;
import dev.authstore.model.queue.QueueJobStage.Running;
import dev.authstore.model.queue.QueueJobStage.Scheduled;
import dev.authstore.model.queue.QueueWorker;
import dev.authstore.model.queue.ScheduleStatus;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.queue.DeadWorkerReport;
import dev.authstore.storage.queue.RetryPolicy;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What becomes of the jobs of workers that are gone. */
class QueueLostJobsRepositoryTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration THRESHOLD = Duration.ofMinutes(1);

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final Queue queue = new Queue(store);

  @Nested
  class ShutdownDeadWorkers {
    @Test
    void bringsTheJobsOfADeadWorkerBack() {
      QueueWorker dead = queue.worker();
      List<UUID> held = List.of(queue.running(dead), queue.running(dead), queue.running(dead));
      store.clock().advance(THRESHOLD.plusSeconds(1));
      QueueWorker next = queue.worker();

      DeadWorkerReport report = sweep();

      assertThat(report).isEqualTo(new DeadWorkerReport(1, 3, 0));
      assertThat(held).allSatisfy(job -> assertThat(queue.stage(job)).isInstanceOf(Lost.class));
      promoteAll();
      List<QueueJob> again = queue.reserve(next, 10);
      assertThat(again)
          .hasSize(3)
          .allSatisfy(
              job -> {
                assertThat(job.attempt()).isOne();
                assertThat(job.payload()).isEqualTo(Queue.PAYLOAD);
                assertThat(job.metadata()).isEqualTo(Queue.METADATA);
              });
      again.forEach(job -> store.run(repo -> repo.queueJobs().markAsCompleted(job.id())));
      assertThat(again)
          .allSatisfy(job -> assertThat(queue.stage(job.id())).isInstanceOf(Completed.class));
    }

    @Test
    void linksTheLostAttemptToTheNextOne() {
      QueueWorker dead = queue.worker();
      UUID job = queue.running(dead);
      store.clock().advance(THRESHOLD.plusSeconds(1));

      sweep();

      QueueJobDetails next = last();
      assertThat(queue.stage(job))
          .isEqualTo(
              new Lost(now(), "worker " + dead.id() + " lost", Optional.of(next.job().id())));
      assertThat(next.createdAt()).isEqualTo(now());
      assertThat(next.stage()).isInstanceOf(Scheduled.class);
    }

    @Test
    void delaysTheNextAttemptAsThePolicySays() {
      QueueWorker dead = queue.worker();
      queue.running(dead);
      store.clock().advance(THRESHOLD.plusSeconds(1));

      sweep();

      assertThat(last().scheduledAt().orElseThrow())
          .isBetween(now().plusMillis(4_500), now().plusMillis(5_500));
    }

    @Test
    void abandonsAJobAfterTheLastAttempt() {
      QueueWorker dead = queue.worker();
      UUID job = queue.running(dead);
      store.sql("UPDATE queue_jobs SET attempt = 10");
      store.clock().advance(THRESHOLD.plusSeconds(1));

      DeadWorkerReport report = sweep();

      assertThat(report).isEqualTo(new DeadWorkerReport(1, 0, 1));
      assertThat(queue.all()).hasSize(1);
      assertThat(queue.stage(job))
          .isInstanceOfSatisfying(Lost.class, lost -> assertThat(lost.nextAttemptId()).isEmpty());
    }

    @Test
    void retriesAndAbandonsInOneSearch() {
      QueueWorker dead = queue.worker();
      for (int i = 0; i < 5; i++) {
        queue.running(dead);
      }
      store.sql(
          "UPDATE queue_jobs SET attempt = 10 WHERE id = (SELECT id FROM queue_jobs ORDER BY id LIMIT 1)");
      store.clock().advance(THRESHOLD.plusSeconds(1));

      DeadWorkerReport report = sweep();

      assertThat(report).isEqualTo(new DeadWorkerReport(1, 4, 1));
    }

    @Test
    void findsWhatEarlierCrashesHaveLeftBehind() {
      QueueWorker worker = queue.worker();
      UUID job = queue.running(worker);
      store.sql("UPDATE queue_workers SET shutdown_at = now()");

      DeadWorkerReport report = sweep();

      assertThat(report).isEqualTo(new DeadWorkerReport(0, 1, 0));
      assertThat(queue.stage(job)).isInstanceOf(Lost.class);
    }

    @Test
    void leavesTheJobsOfTheLivingAlone() {
      QueueWorker worker = queue.worker();
      UUID job = queue.running(worker);
      QueueJobStage before = queue.stage(job);

      DeadWorkerReport report = sweep();

      assertThat(report).isEqualTo(new DeadWorkerReport(0, 0, 0));
      assertThat(queue.stage(job)).isEqualTo(before);
    }

    @Test
    void keepsAZombieFromSettlingWhatItLost() {
      QueueWorker zombie = queue.worker();
      UUID job = queue.running(zombie);
      store.clock().advance(THRESHOLD.plusSeconds(1));
      sweep();

      var completed = queue.refused(repo -> repo.queueJobs().markAsCompleted(job));
      var failed = queue.refused(repo -> repo.queueJobs().markAsFailed(job, "late"));

      assertThat(completed.reason()).isEqualTo(StateReason.JOB_LOST);
      assertThat(failed.reason()).isEqualTo(StateReason.JOB_LOST);
    }

    @Test
    void passesOverAJobThatIsBeingSettled() {
      QueueWorker dead = queue.worker();
      UUID job = queue.running(dead);
      store.clock().advance(THRESHOLD.plusSeconds(1));
      Store.Held<UUID> settling =
          store.hold(
              repo -> {
                repo.queueJobs().markAsCompleted(job);
                return job;
              });

      DeadWorkerReport report = sweep();

      assertThat(report).isEqualTo(new DeadWorkerReport(1, 0, 0));
      settling.cancel();
      assertThat(sweep()).isEqualTo(new DeadWorkerReport(0, 1, 0));
    }

    @Test
    void keepsASettlementThatCameFirst() {
      QueueWorker dead = queue.worker();
      UUID job = queue.running(dead);
      store.clock().advance(THRESHOLD.plusSeconds(1));
      Store.Held<UUID> settling =
          store.hold(
              repo -> {
                repo.queueJobs().markAsCompleted(job);
                return job;
              });
      sweep();

      settling.save();

      assertThat(sweep()).isEqualTo(new DeadWorkerReport(0, 0, 0));
      assertThat(queue.stage(job)).isInstanceOf(Completed.class);
    }

    @Test
    void leavesNoRunningJobOfADeadWorkerWhateverItWasReserving() throws InterruptedException {
      for (int i = 0; i < 200; i++) {
        queue.job();
      }
      List<QueueWorker> workers = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        workers.add(queue.worker());
      }
      store.clock().advance(THRESHOLD.plusSeconds(1));

      Race.of(32)
          .run(
              number ->
                  number < 16
                      ? sweep().workers()
                      : queue.reserve(workers.get(number - 16), 10).size());

      assertThat(
              store.select(
                  """
                  SELECT j.id FROM queue_jobs j JOIN queue_workers w ON w.id = j.started_by
                  WHERE j.status = 'running' AND w.shutdown_at IS NOT NULL
                  """))
          .isEmpty();
    }

    @Test
    void losesEachJobOnceIfManySearchAtOnce() throws InterruptedException {
      QueueWorker dead = queue.worker();
      for (int i = 0; i < 50; i++) {
        queue.running(dead);
      }
      store.clock().advance(THRESHOLD.plusSeconds(1));

      var race = Race.of(32).run(number -> sweep().retriedJobs());

      assertThat(race.failures()).isEmpty();
      int rest = sweep().retriedJobs();
      assertThat(race.values().stream().mapToInt(Integer::intValue).sum() + rest).isEqualTo(50);
      assertThat(queue.all()).hasSize(100);
    }

    private DeadWorkerReport sweep() {
      return store.write(repo -> repo.queueWorkers().shutdownDeadWorkers(THRESHOLD));
    }

    @Test
    void passesOverAWorkerThatIsReserving() {
      QueueWorker worker = queue.worker();
      UUID job = queue.job();
      store.clock().advance(THRESHOLD.plusSeconds(1));
      Store.Held<List<QueueJob>> reserving =
          store.hold(repo -> repo.queueJobs().reserve(worker, List.of(Queue.NAME), 1));

      DeadWorkerReport report = sweep();

      reserving.save();
      assertThat(report).isEqualTo(new DeadWorkerReport(0, 0, 0));
      assertThat(sweep()).isEqualTo(new DeadWorkerReport(1, 1, 0));
      assertThat(queue.stage(job)).isInstanceOf(Lost.class);
    }

    @Test
    void findsWhatAWorkerHasLeftThatIsGone() {
      UUID job = queue.running(queue.worker());
      store.sql("DELETE FROM queue_workers");

      DeadWorkerReport report = sweep();

      assertThat(report).isEqualTo(new DeadWorkerReport(0, 1, 0));
      assertThat(queue.stage(job)).isInstanceOf(Lost.class);
    }
  }

  @Nested
  class Shutdown {
    @Test
    void handsBackWhatTheWorkerHolds() {
      QueueWorker worker = queue.worker();
      UUID job = queue.running(worker);
      QueueWorker other = queue.worker();
      UUID ofOther = queue.running(other);

      store.run(repo -> repo.queueWorkers().shutdown(worker));

      assertThat(queue.stage(job)).isInstanceOf(Lost.class);
      assertThat(last().job().attempt()).isOne();
      assertThat(queue.stage(ofOther)).isEqualTo(new Running(now(), other.id()));
    }

    @Test
    void handsBackWhatTheWorkerIsReserving() {
      QueueWorker worker = queue.worker();
      UUID job = queue.job();
      Store.Held<List<QueueJob>> reserving =
          store.hold(repo -> repo.queueJobs().reserve(worker, List.of(Queue.NAME), 1));
      Future<QueueWorker> stopping =
          store.start(
              repo -> {
                repo.queueWorkers().shutdown(worker);
                return worker;
              });
      store.awaitBlocked(1);

      reserving.save();

      assertThat(stopping).succeedsWithin(PATIENCE);
      assertThat(queue.stage(job)).isInstanceOf(Lost.class);
      assertThat(last().job().attempt()).isOne();
    }
  }

  @Nested
  class OfASchedule {
    @Test
    void areRepeatedAsItsLatestOccurrence() {
      UUID job = runningOccurrence(queue.worker());

      stopAll();

      QueueJobDetails next = last();
      assertThat(next.scheduleName()).contains("nightly");
      assertThat(queue.stage(job)).isInstanceOf(Lost.class);
      assertThat(status())
          .isEqualTo(new ScheduleStatus("nightly", next.scheduledAt(), Optional.of(false)));
    }

    @Test
    void blockItNoMoreOnceAbandoned() {
      runningOccurrence(queue.worker());
      store.sql("UPDATE queue_jobs SET attempt = 10");

      stopAll();

      assertThat(status().lastScheduledJobCompleted()).contains(true);
      UUID next = queue.occurrence("nightly");
      assertThat(queue.lookup(next).scheduleName()).contains("nightly");
    }

    private UUID runningOccurrence(QueueWorker worker) {
      store.run(repo -> repo.queueSchedules().setup(List.of("nightly")));
      UUID job = queue.occurrence("nightly");
      queue.reserve(worker, 1);
      return job;
    }

    private void stopAll() {
      store.clock().advance(THRESHOLD.plusSeconds(1));
      store.run(repo -> repo.queueWorkers().shutdownDeadWorkers(THRESHOLD));
    }

    private ScheduleStatus status() {
      List<ScheduleStatus> schedules = store.read(repo -> repo.queueSchedules().list());
      return schedules.get(0);
    }
  }

  @Nested
  class AJobThatKillsItsWorker {
    @Test
    void runsElevenTimesAndIsAbandoned() {
      queue.job();
      int runs = 0;
      List<Duration> delays = new ArrayList<>();
      while (true) {
        QueueWorker worker = queue.worker();
        runs += queue.reserve(worker, 1).size();
        Instant end = now();
        store.run(repo -> repo.queueWorkers().shutdown(worker));
        QueueJobDetails last = last();
        if (last.stage() instanceof Lost) {
          break;
        }
        delays.add(Duration.between(end, last.scheduledAt().orElseThrow()));
        store.clock().advance(Duration.ofHours(2));
        promoteAll();
      }

      assertThat(runs).isEqualTo(11);
      assertThat(queue.all()).hasSize(11);
      RetryPolicy policy = RetryPolicy.defaults();
      for (int attempt = 0; attempt < delays.size(); attempt++) {
        double wanted = Math.min(5_000.0 * (1 << attempt), (double) policy.cap().toMillis());
        assertThat((double) delays.get(attempt).toMillis())
            .isBetween(wanted * 0.9 - 1, wanted * 1.1 + 1);
      }
      assertThat(delays).hasSize(10).doesNotHaveDuplicates();
    }
  }

  private QueueJobDetails last() {
    List<QueueJobDetails> all = queue.all();
    return all.get(all.size() - 1);
  }

  private void promoteAll() {
    store.clock().advance(Duration.ofSeconds(10));
    store.<Integer>write(repo -> repo.queueJobs().scheduleAvailableJobs());
  }

  private Instant now() {
    return store.now();
  }
}
