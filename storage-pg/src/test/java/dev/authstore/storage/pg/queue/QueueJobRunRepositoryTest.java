package dev.authstore.storage.pg.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Ids;
import dev.authstore.model.queue.JobMetadata;
import dev.authstore.model.queue.QueueJob;
import dev.authstore.model.queue.QueueJobDetails;
import dev.authstore.model.queue.QueueJobStage.Available;
import dev.authstore.model.queue.QueueJobStage.Completed;
import dev.authstore.model.queue.QueueJobStage.Failed;
import dev.authstore.model.queue.QueueJobStage.Running;
import dev.authstore.model.queue.QueueJobStage.Scheduled;
import dev.authstore.model.queue.QueueWorker;
import dev.authstore.model.queue.ScheduleStatus;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.queue.NewJob;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** From reservation to settlement, and on to the next attempt. */
class QueueJobRunRepositoryTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final Queue queue = new Queue(store);

  /** The stages a job that is not running can be in. */
  enum Stage {
    AVAILABLE(StateReason.JOB_AVAILABLE),
    SCHEDULED(StateReason.JOB_SCHEDULED),
    COMPLETED(StateReason.JOB_COMPLETED),
    FAILED(StateReason.JOB_FAILED),
    LOST(StateReason.JOB_LOST);

    private final StateReason reason;

    Stage(StateReason reason) {
      this.reason = reason;
    }

    private UUID jobIn(Queue queue) {
      return switch (this) {
        case AVAILABLE -> queue.job();
        case SCHEDULED -> queue.later();
        case COMPLETED -> queue.completed();
        case FAILED -> queue.failed();
        case LOST -> queue.lost();
      };
    }
  }

  @Nested
  class Reserve {
    @Test
    void takesTheOldestFirst() {
      QueueWorker worker = queue.worker();
      UUID first = queue.job();
      UUID second = queue.job();
      queue.job();

      List<QueueJob> jobs = queue.reserve(worker, 2);

      assertThat(jobs)
          .containsExactly(
              new QueueJob(first, Queue.NAME, Queue.PAYLOAD, Queue.METADATA, 0),
              new QueueJob(second, Queue.NAME, Queue.PAYLOAD, Queue.METADATA, 0));
      assertThat(queue.stage(first)).isEqualTo(new Running(now(), worker.id()));
    }

    @Test
    void takesFromTheAskedQueuesOnly() {
      QueueWorker worker = queue.worker();
      UUID a = queue.job("a");
      UUID b = queue.job("b");
      UUID c = queue.job("c");

      List<QueueJob> jobs =
          store.write(repo -> repo.queueJobs().reserve(worker, List.of("c", "a", "a"), 10));

      assertThat(jobs).extracting(QueueJob::id).containsExactly(a, c);
      assertThat(queue.stage(b)).isEqualTo(new Available());
    }

    @Test
    void returnsThemInUnsignedOrder() {
      QueueWorker worker = queue.worker();
      for (int i = 0; i < 8; i++) {
        store.sql(
            """
            INSERT INTO queue_jobs (id, status, queue_name, payload, metadata, attempt, created_at)
            VALUES (?, 'available', 'mail', '{}', '{}', 0, now())
            """,
            new UUID(i * 0x3000_0000_0000_0000L, i * 0x5000_0000_0000_0000L));
      }

      List<QueueJob> jobs = queue.reserve(worker, 10);

      assertThat(jobs).hasSize(8).extracting(QueueJob::id).isSortedAccordingTo(Ids.UNSIGNED_ORDER);
    }

    @Test
    void hasNothingToDoForNoJobsOrNoQueues() {
      QueueWorker worker = queue.worker();
      UUID job = queue.job();

      List<QueueJob> none = queue.reserve(worker, 0);
      List<QueueJob> nowhere = store.write(repo -> repo.queueJobs().reserve(worker, List.of(), 10));

      assertThat(none).isEmpty();
      assertThat(nowhere).isEmpty();
      assertThat(queue.stage(job)).isEqualTo(new Available());
    }

    @Test
    void refusesANegativeCount() {
      QueueWorker worker = queue.worker();
      queue.job();

      queue.refused(
          InvalidInputException.class,
          repo -> repo.queueJobs().reserve(worker, List.of(Queue.NAME), -1));

      assertThat(queue.reserve(worker, 10)).hasSize(1);
    }

    @Test
    void isRefusedToAWorkerThatHasStopped() {
      QueueWorker worker = queue.stoppedWorker();
      queue.job();

      var refusal = queue.refused(repo -> repo.queueJobs().reserve(worker, List.of(Queue.NAME), 1));

      assertThat(refusal.reason()).isEqualTo(StateReason.WORKER_SHUT_DOWN);
    }

    @Test
    void isRefusedToAnUnknownWorker() {
      queue.job();

      var refusal =
          queue.refused(
              NotFoundException.class,
              repo -> repo.queueJobs().reserve(Queue.unknownWorker(), List.of(Queue.NAME), 1));

      assertThat(refusal.aggregate()).isEqualTo("queue_worker");
    }

    @Test
    void isTakenBackIfTheUnitOfWorkIsCancelled() {
      QueueWorker worker = queue.worker();
      UUID job = queue.job();
      Store.Held<List<QueueJob>> held =
          store.hold(repo -> repo.queueJobs().reserve(worker, List.of(Queue.NAME), 1));

      held.cancel();

      assertThat(queue.stage(job)).isEqualTo(new Available());
      assertThat(queue.reserve(worker, 1)).hasSize(1);
    }

    @Test
    void passesOverWhatAnotherIsAboutToTake() {
      QueueWorker worker = queue.worker();
      QueueWorker other = queue.worker();
      queue.job();
      UUID second = queue.job();
      Store.Held<List<QueueJob>> held =
          store.hold(repo -> repo.queueJobs().reserve(other, List.of(Queue.NAME), 1));

      List<QueueJob> jobs = queue.reserve(worker, 10);

      assertThat(jobs).extracting(QueueJob::id).containsExactly(second);
      held.save();
    }

    @Test
    void isRefusedIfTheWorkerIsDeclaredDeadMeanwhile() {
      QueueWorker worker = queue.worker();
      UUID job = queue.job();
      store.clock().advance(Duration.ofMinutes(5));
      Store.Held<?> sweep =
          store.hold(repo -> repo.queueWorkers().shutdownDeadWorkers(Duration.ofMinutes(1)));
      Future<List<QueueJob>> reservation =
          store.start(repo -> repo.queueJobs().reserve(worker, List.of(Queue.NAME), 1));
      store.awaitBlocked(1);

      sweep.save();

      assertThat(reservation)
          .failsWithin(PATIENCE)
          .withThrowableOfType(ExecutionException.class)
          .withCauseInstanceOf(InvalidStateException.class);
      assertThat(queue.stage(job)).isEqualTo(new Available());
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 8, 32})
    void neverGivesAJobToTwo(int contenders) throws InterruptedException {
      int count = 10_000;
      store.run(
          repo ->
              repo.queueJobs()
                  .scheduleBatch(
                      IntStream.range(0, count)
                          .mapToObj(i -> new NewJob(Queue.NAME, Queue.PAYLOAD, JobMetadata.NONE))
                          .toList()));
      List<QueueWorker> workers =
          IntStream.range(0, contenders).mapToObj(i -> queue.worker()).toList();
      List<UUID> taken = Collections.synchronizedList(new ArrayList<>());

      var race =
          Race.of(contenders)
              .run(
                  number -> {
                    Random random = new Random(number);
                    while (taken.size() < count) {
                      List<QueueJob> jobs =
                          queue.reserve(workers.get(number), random.nextInt(1, 200));
                      jobs.forEach(job -> taken.add(job.id()));
                    }
                    return true;
                  });

      assertThat(race.failures()).isEmpty();
      assertThat(taken).hasSize(count).doesNotHaveDuplicates();
    }
  }

  @Nested
  class MarkAsCompleted {
    @Test
    void endsARunningJob() {
      UUID job = queue.running(queue.worker());
      store.clock().advance(Duration.ofSeconds(1));

      complete(job);

      assertThat(queue.stage(job)).isEqualTo(new Completed(now()));
    }

    @ParameterizedTest
    @EnumSource(Stage.class)
    void isRefusedInOtherStages(Stage stage) {
      UUID job = stage.jobIn(queue);

      var refusal = queue.refused(repo -> repo.queueJobs().markAsCompleted(job));

      assertThat(refusal.reason()).isEqualTo(stage.reason);
      assertThat(refusal.id()).isEqualTo(job);
    }

    @Test
    void isRefusedForAnUnknownJob() {
      var refusal =
          queue.refused(
              NotFoundException.class, repo -> repo.queueJobs().markAsCompleted(new UUID(1, 1)));

      assertThat(refusal.aggregate()).isEqualTo("queue_job");
    }

    @Test
    void isDoneOnceIfManyTryAtOnce() throws InterruptedException {
      UUID job = queue.running(queue.worker());

      var race = Race.of(32).run(number -> complete(job));

      assertThat(race.values()).hasSize(1);
      assertThat(race.failures())
          .hasSize(31)
          .allSatisfy(
              failure ->
                  assertThat(failure)
                      .isInstanceOfSatisfying(
                          InvalidStateException.class,
                          e -> assertThat(e.reason()).isEqualTo(StateReason.JOB_COMPLETED)));
    }

    @Test
    void losesAgainstAFailureThatCameFirst() {
      UUID job = queue.running(queue.worker());
      Store.Held<UUID> failing = store.hold(repo -> failing(repo, job));
      Future<UUID> completing = store.start(repo -> completing(repo, job));
      store.awaitBlocked(1);

      failing.save();

      assertThat(completing)
          .failsWithin(PATIENCE)
          .withThrowableOfType(ExecutionException.class)
          .withCauseInstanceOf(InvalidStateException.class);
      assertThat(queue.stage(job)).isInstanceOf(Failed.class);
    }

    @Test
    void winsIfTheFailureBeforeItIsCancelled() {
      UUID job = queue.running(queue.worker());
      Store.Held<UUID> failing = store.hold(repo -> failing(repo, job));
      Future<UUID> completing = store.start(repo -> completing(repo, job));
      store.awaitBlocked(1);

      failing.cancel();

      assertThat(completing).succeedsWithin(PATIENCE);
      assertThat(queue.stage(job)).isInstanceOf(Completed.class);
    }

    private UUID complete(UUID job) {
      return store.write(repo -> completing(repo, job));
    }
  }

  private static UUID failing(RepositoryAccess repo, UUID job) {
    repo.queueJobs().markAsFailed(job, "reason");
    return job;
  }

  private static UUID completing(RepositoryAccess repo, UUID job) {
    repo.queueJobs().markAsCompleted(job);
    return job;
  }

  @Nested
  class MarkAsFailed {
    @Test
    void endsARunningJobWithAReason() {
      UUID job = queue.running(queue.worker());

      store.run(repo -> repo.queueJobs().markAsFailed(job, "no route to host"));

      assertThat(queue.stage(job))
          .isEqualTo(new Failed(now(), "no route to host", Optional.empty()));
    }

    @Test
    void cutsTheReason() {
      UUID job = queue.running(queue.worker());

      store.run(repo -> repo.queueJobs().markAsFailed(job, "\u0000" + "x".repeat(9000)));

      assertThat(queue.stage(job))
          .isEqualTo(new Failed(now(), "\ufffd" + "x".repeat(8191), Optional.empty()));
    }

    @ParameterizedTest
    @EnumSource(Stage.class)
    void isRefusedInOtherStages(Stage stage) {
      UUID job = stage.jobIn(queue);

      var refusal = queue.refused(repo -> repo.queueJobs().markAsFailed(job, "again"));

      assertThat(refusal.reason()).isEqualTo(stage.reason);
    }

    @Test
    void isRefusedForAnUnknownJob() {
      queue.refused(
          NotFoundException.class, repo -> repo.queueJobs().markAsFailed(new UUID(1, 1), ""));

      assertThat(queue.all()).isEmpty();
    }

    @Test
    void isOneOfTwoOutcomesIfManyTryBothAtOnce() throws InterruptedException {
      UUID job = queue.running(queue.worker());

      var race =
          Race.of(32)
              .run(
                  number ->
                      store.write(
                          repo -> number % 2 == 0 ? failing(repo, job) : completing(repo, job)));

      assertThat(race.values()).hasSize(1);
      assertThat(race.failures())
          .allSatisfy(failure -> assertThat(failure).isInstanceOf(InvalidStateException.class));
    }
  }

  @Nested
  class Retry {
    @Test
    void makesTheNextAttempt() {
      UUID job = queue.failed();
      store.clock().advance(Duration.ofSeconds(1));

      UUID next = store.write(repo -> repo.queueJobs().retry(job, Duration.ofSeconds(10)));

      Instant due = now().plusSeconds(10);
      assertThat(queue.lookup(next))
          .isEqualTo(
              new QueueJobDetails(
                  new QueueJob(next, Queue.NAME, Queue.PAYLOAD, Queue.METADATA, 1),
                  Optional.empty(),
                  now(),
                  Optional.of(due),
                  new Scheduled(due)));
      assertThat(queue.stage(job))
          .isEqualTo(new Failed(now().minusSeconds(1), "reason", Optional.of(next)));
    }

    @Test
    void countsTheAttempts() {
      QueueWorker worker = queue.worker();
      UUID job = queue.failed();
      for (int attempt = 1; attempt <= 3; attempt++) {
        UUID failed = job;
        job = store.write(repo -> repo.queueJobs().retry(failed, Duration.ofSeconds(-1)));
        store.<Integer>write(repo -> repo.queueJobs().scheduleAvailableJobs());
        List<QueueJob> reserved = queue.reserve(worker, 1);
        assertThat(reserved).extracting(QueueJob::attempt).containsExactly(attempt);
        UUID running = job;
        store.run(repo -> repo.queueJobs().markAsFailed(running, "again"));
      }
      assertThat(queue.all()).hasSize(4);
    }

    @ParameterizedTest
    @EnumSource(value = Stage.class, mode = EnumSource.Mode.EXCLUDE, names = "FAILED")
    void isRefusedUnlessItHasFailed(Stage stage) {
      UUID job = stage.jobIn(queue);

      var refusal = queue.refused(repo -> repo.queueJobs().retry(job, Duration.ZERO));

      assertThat(refusal.reason()).isEqualTo(stage.reason);
    }

    @Test
    void isRefusedWhileItRuns() {
      UUID job = queue.running(queue.worker());

      var refusal = queue.refused(repo -> repo.queueJobs().retry(job, Duration.ZERO));

      assertThat(refusal.reason()).isEqualTo(StateReason.JOB_RUNNING);
    }

    @Test
    void isRefusedASecondTime() {
      UUID job = queue.failed();
      queue.retry(job);

      var refusal = queue.refused(repo -> repo.queueJobs().retry(job, Duration.ZERO));

      assertThat(refusal.reason()).isEqualTo(StateReason.JOB_RETRIED);
    }

    @Test
    void isRefusedForAnUnknownJob() {
      queue.refused(
          NotFoundException.class, repo -> repo.queueJobs().retry(new UUID(1, 1), Duration.ZERO));

      assertThat(queue.all()).isEmpty();
    }

    @Test
    void isDoneOnceIfManyTryAtOnce() throws InterruptedException {
      UUID job = queue.failed();

      var race = Race.of(32).run(number -> queue.retry(job));

      assertThat(race.values()).hasSize(1);
      assertThat(race.failures())
          .allSatisfy(
              failure ->
                  assertThat(failure)
                      .isInstanceOfSatisfying(
                          InvalidStateException.class,
                          e -> assertThat(e.reason()).isEqualTo(StateReason.JOB_RETRIED)));
      assertThat(queue.all()).hasSize(2);
    }

    @Test
    void isNowTheLatestOccurrenceOfItsSchedule() {
      UUID job = failedOccurrence();

      UUID next = queue.retry(job);

      assertThat(queue.lookup(next).scheduleName()).contains("nightly");
      assertThat(schedules())
          .containsExactly(
              new ScheduleStatus("nightly", Optional.of(now().plusSeconds(5)), Optional.of(false)));
    }

    @Test
    void leavesSchedulesAloneIfItHasNone() {
      failedOccurrence();
      List<ScheduleStatus> before = schedules();
      UUID other = queue.failed();

      queue.retry(other);

      assertThat(schedules()).isEqualTo(before);
    }

    @Test
    void isRefusedIfItsScheduleHasGoneOn() {
      UUID job = failedOccurrence();
      queue.occurrence("nightly");

      var refusal = queue.conflict(repo -> repo.queueJobs().retry(job, Duration.ZERO));

      assertThat(refusal.kind()).isEqualTo(ConflictKind.SCHEDULE_PENDING);
    }

    private UUID failedOccurrence() {
      store.run(repo -> repo.queueSchedules().setup(List.of("nightly")));
      UUID job = queue.occurrence("nightly");
      queue.reserve(queue.worker(), 1);
      store.run(repo -> repo.queueJobs().markAsFailed(job, "reason"));
      return job;
    }

    private List<ScheduleStatus> schedules() {
      return store.read(repo -> repo.queueSchedules().list());
    }

    @Test
    void leavesItsScheduleAloneIfThatHasGoneOnAndEnded() {
      UUID job = failedOccurrence();
      UUID latest = queue.occurrence("nightly");
      queue.reserve(queue.worker(), 1);
      store.run(repo -> repo.queueJobs().markAsCompleted(latest));
      List<ScheduleStatus> before = schedules();

      UUID next = queue.retry(job);

      assertThat(queue.lookup(next).scheduleName()).contains("nightly");
      assertThat(schedules()).isEqualTo(before);
    }
  }

  private Instant now() {
    return store.now();
  }
}
