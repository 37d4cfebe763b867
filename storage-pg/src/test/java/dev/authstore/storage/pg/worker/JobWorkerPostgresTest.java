package dev.authstore.storage.pg.worker;

import static dev.authstore.storage.pg.worker.Workers.GREET;
import static dev.authstore.storage.pg.worker.Workers.QUICK;
import static dev.authstore.storage.pg.worker.Workers.greet;
import static dev.authstore.storage.pg.worker.Workers.greeting;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Json;
import dev.authstore.model.queue.JobMetadata;
import dev.authstore.model.queue.QueueJob;
import dev.authstore.model.queue.QueueJobStage;
import dev.authstore.model.queue.QueueJobStage.Completed;
import dev.authstore.model.queue.QueueJobStage.Failed;
import dev.authstore.storage.StorageSettings;
import dev.authstore.storage.pg.worker.WorkerObserver.Result;
import dev.authstore.storage.queue.RetryPolicy;
import dev.authstore.testing.Backends;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a worker does with one job. */
class JobWorkerPostgresTest {
  @RegisterExtension final Workers workers = new Workers();

  @Nested
  class AJob {
    @Test
    void isDoneTogetherWithWhatItsHandlerWrites() {
      workers.start(greeting());

      UUID job = workers.enqueue("john");

      workers.watch().awaitEnded(1);
      assertThat(workers.watch().results()).containsExactly(Result.COMPLETED);
      assertThat(workers.stage(job)).isInstanceOf(Completed.class);
      assertThat(workers.greetings()).containsExactly("john");
      assertThat(workers.watch().inFlight()).isZero();
    }

    @Test
    void thatWaitedAlreadyIsFound() {
      UUID job = workers.enqueue("john");

      workers.start(JobHandlers.none().with(GREET, (repo, name, ignored) -> greet(repo, name)));

      workers.watch().awaitEnded(1);
      assertThat(workers.stage(job)).isInstanceOf(Completed.class);
    }

    @Test
    void thatFailsIsTriedAgainAndLeavesNoTrace() {
      AtomicInteger runs = new AtomicInteger();
      workers.start(
          JobHandlers.none()
              .with(
                  GREET,
                  (repo, name, job) -> {
                    greet(repo, name);
                    if (runs.incrementAndGet() < 3) {
                      throw new java.io.IOException("secret");
                    }
                  }));

      UUID job = workers.enqueue("john");

      workers.watch().awaitEnded(3);
      assertThat(workers.watch().results())
          .containsExactlyInAnyOrder(Result.RETRIED, Result.RETRIED, Result.COMPLETED);
      assertThat(workers.greetings()).containsExactly("john");
      assertThat(workers.stage(job))
          .isInstanceOfSatisfying(
              Failed.class,
              failed ->
                  assertThat(failed.reason())
                      .startsWith("java.io.IOException at dev.authstore")
                      .doesNotContain("secret"));
    }

    @Test
    void thatIsRejectedIsNotTriedAgain() {
      workers.start(
          JobHandlers.none()
              .with(
                  GREET,
                  (repo, name, job) -> {
                    greet(repo, name);
                    throw new JobRejectedException("nobody of that name");
                  }));

      UUID job = workers.enqueue("john");

      workers.watch().awaitEnded(1);
      assertThat(workers.watch().results()).containsExactly(Result.REJECTED);
      assertThat(workers.stage(job).toString()).contains("nextAttemptId=Optional.empty");
      assertThat(workers.greetings()).isEmpty();
    }

    @Test
    void whosePayloadIsNotUnderstoodIsNotTriedAgain() {
      workers.start(greeting());

      UUID job =
          workers
              .store()
              .write(
                  repo -> repo.queueJobs().schedule("greet", Json.parse("17"), JobMetadata.NONE));

      workers.watch().awaitEnded(1);
      assertThat(workers.watch().results()).containsExactly(Result.REJECTED);
      assertThat(workers.stage(job))
          .isInstanceOfSatisfying(
              Failed.class,
              failed -> assertThat(failed.reason()).contains("the payload is not understood"));
    }

    @Test
    void thatKeepsFailingIsAbandoned() {
      workers.start(
          JobHandlers.none()
              .with(
                  GREET,
                  (repo, name, job) -> {
                    throw new AssertionError();
                  }));

      workers.enqueue("john");

      workers.watch().awaitEnded(4);
      assertThat(workers.watch().results())
          .containsExactlyInAnyOrder(
              Result.RETRIED, Result.RETRIED, Result.RETRIED, Result.ABANDONED);
      assertThat(workers.jobs()).hasSize(4).allMatch(job -> job.stage() instanceof Failed);
    }

    @Test
    void ofAQueueNobodyServesWaits() {
      workers.start(greeting());
      UUID other =
          workers
              .store()
              .write(repo -> repo.queueJobs().schedule("other", Json.NULL, JobMetadata.NONE));

      workers.enqueue("john");

      workers.watch().awaitEnded(1);
      assertThat(workers.stage(other)).isInstanceOf(QueueJobStage.Available.class);
    }

    @Test
    void mayEnqueueOthersThatExistOnlyIfItIsDone() {
      AtomicInteger runs = new AtomicInteger();
      workers.start(
          JobHandlers.none()
              .with(
                  GREET,
                  (repo, name, job) -> {
                    if (name.equals("john")) {
                      GREET.schedule(repo, "jim");
                      if (runs.incrementAndGet() == 1) {
                        throw new IllegalStateException();
                      }
                    }
                    greet(repo, name);
                  }));

      workers.enqueue("john");

      workers.watch().awaitEnded(3);
      assertThat(workers.greetings()).containsExactlyInAnyOrder("john", "jim");
    }

    @Test
    void isRunAgainAtOnceIfItMeetsAPassingFailure() {
      AtomicInteger runs = new AtomicInteger();
      workers.start(
          JobHandlers.none()
              .with(
                  GREET,
                  (repo, name, job) -> {
                    greet(repo, name);
                    if (runs.incrementAndGet() == 1) {
                      Backends.terminateOthers(workers.store().dataSource());
                      greet(repo, name);
                    }
                  }));

      UUID job = workers.enqueue("john");

      workers.watch().awaitEnded(1);
      assertThat(workers.greetings()).containsExactly("john");
      assertThat(workers.chain(job)).isInstanceOf(Completed.class);
    }

    @Test
    void whosePayloadMakesItsReadingFailIsNotTriedAgain() {
      JobType<Instant> type =
          new JobType<>(
              "greet",
              at -> Json.parse("\"" + at + "\""),
              json -> Instant.parse(json.asString().orElseThrow()));
      workers.start(JobHandlers.none().with(type, (repo, at, job) -> {}));

      UUID job = workers.enqueue("noon");

      workers.watch().awaitEnded(1);
      assertThat(workers.watch().results()).containsExactly(Result.REJECTED);
      assertThat(workers.stage(job).toString()).contains("nextAttemptId=Optional.empty");
    }

    @Test
    void thatKeepsFailingRunsElevenTimesAfterGrowingDelays() {
      StorageSettings storage = workers.storage();
      workers.start(
          workers
              .setup(storage.queue(storage.queue().retries(RetryPolicy.defaults())))
              .handlers(
                  JobHandlers.none()
                      .with(
                          GREET,
                          (repo, name, job) -> {
                            throw new IOException();
                          })));
      List<Double> delays = new ArrayList<>();

      UUID job = workers.enqueue("john");
      for (int attempt = 1; attempt <= 10; attempt++) {
        workers.watch().awaitEnded(attempt);
        delays.add(secondsBefore(attempt));
        workers
            .store()
            .sql("UPDATE queue_jobs SET scheduled_at = now() WHERE status = 'scheduled'");
      }
      workers.watch().awaitEnded(11);

      assertThat(workers.watch().results()).hasSize(11).containsOnlyOnce(Result.ABANDONED);
      assertThat(workers.jobs()).hasSize(11).allMatch(each -> each.stage() instanceof Failed);
      assertThat(workers.chain(job))
          .isInstanceOfSatisfying(Failed.class, last -> assertThat(last.nextAttemptId()).isEmpty());
      for (int attempt = 0; attempt < 10; attempt++) {
        double wanted = 5.0 * (1 << attempt);
        assertThat(delays.get(attempt)).isBetween(0.9 * wanted - 0.5, 1.1 * wanted + 0.5);
      }
    }

    private double secondsBefore(int attempt) {
      return Double.parseDouble(
          workers
              .store()
              .select(
                  "SELECT extract(epoch FROM scheduled_at - created_at) FROM queue_jobs WHERE attempt = ?",
                  attempt)
              .get(0));
    }
  }

  @Nested
  class ATimeout {
    @Test
    void interruptsAJobThatIsThenTriedAgain() {
      AtomicInteger runs = new AtomicInteger();
      CountDownLatch never = new CountDownLatch(1);
      workers.start(
          JobHandlers.none()
              .with(
                  GREET,
                  (repo, name, job) -> {
                    greet(repo, name);
                    if (runs.incrementAndGet() == 1) {
                      never.await();
                    }
                  },
                  JobLimits.none().timeout(Duration.ofMillis(500))));

      UUID job = workers.enqueue("john");

      workers.watch().awaitEnded(2);
      assertThat(workers.watch().results()) // in the order in which they are told
          .containsExactlyInAnyOrder(Result.RETRIED, Result.COMPLETED);
      assertThat(workers.greetings()).containsExactly("john");
      assertThat(workers.stage(job))
          .isInstanceOfSatisfying(
              Failed.class,
              failed ->
                  assertThat(failed.reason())
                      .contains("ran for longer than PT0.5S", "by java.lang.InterruptedException"));
    }

    @Test
    void doesNothingElseToOneThatDoesNotHeedIt() {
      AtomicBoolean othersAreInterrupted = new AtomicBoolean();
      JobType<String> other = Workers.greeting("other");
      workers.start(
          QUICK.concurrency(1),
          JobHandlers.none()
              .with(
                  GREET,
                  (repo, name, job) -> {
                    greet(repo, name);
                    while (!Thread.currentThread().isInterrupted()) {
                      Thread.onSpinWait();
                    }
                  },
                  JobLimits.none().timeout(Duration.ofMillis(20)))
              .with(
                  other,
                  (repo, name, job) ->
                      othersAreInterrupted.set(Thread.currentThread().isInterrupted())));

      UUID job = workers.enqueue("john");
      workers.store().<UUID>write(repo -> other.schedule(repo, "jim"));

      workers.watch().awaitEnded(2);
      assertThat(workers.stage(job)).isInstanceOf(Completed.class);
      assertThat(workers.greetings()).containsExactly("john");
      assertThat(othersAreInterrupted).isFalse();
    }
  }

  @Nested
  class ATrace {
    private static final JobMetadata OF_A_REQUEST =
        new JobMetadata("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", 1);
    private static final JobMetadata OF_A_JOB =
        new JobMetadata("0af7651916cd43dd8448eb211c80319c", "00f067aa0ba902b7", 1);

    /** The span that a thread is in, as tracing libraries keep it. */
    private final ThreadLocal<JobMetadata> current =
        ThreadLocal.withInitial(() -> JobMetadata.NONE);

    @Test
    void linksAJobToWhereItWasEnqueued() {
      workers.start(traced(greeting()));
      current.set(OF_A_REQUEST);

      workers.repositories(storage()).run(repo -> GREET.schedule(repo, "john"));

      workers.watch().awaitEnded(1);
      assertThat(workers.watch().begun())
          .extracting(QueueJob::metadata)
          .containsExactly(OF_A_REQUEST);
    }

    @Test
    void linksAJobToWhereItWasEnqueuedForLater() {
      workers.start(traced(greeting()));
      current.set(OF_A_REQUEST);

      workers.repositories(storage()).run(repo -> GREET.scheduleLater(repo, "john", Instant.EPOCH));

      workers.watch().awaitEnded(1);
      assertThat(workers.watch().begun())
          .extracting(QueueJob::metadata)
          .containsExactly(OF_A_REQUEST);
    }

    @Test
    void linksAJobToTheJobThatEnqueuedIt() {
      JobType<String> first = Workers.greeting("first");
      JobHandlers handlers =
          greeting()
              .with(
                  first,
                  (repo, name, job) -> {
                    current.set(OF_A_JOB); // as an observer does that hears of the beginning
                    GREET.schedule(repo, name);
                  });
      workers.start(traced(handlers));
      current.set(OF_A_REQUEST);

      workers.repositories(storage()).run(repo -> first.schedule(repo, "john"));

      workers.watch().awaitEnded(2);
      assertThat(workers.watch().begun())
          .extracting(QueueJob::metadata)
          .containsExactly(OF_A_REQUEST, OF_A_JOB);
    }

    @Test
    void isKeptByTheNextAttempt() {
      AtomicInteger runs = new AtomicInteger();
      JobHandlers handlers =
          JobHandlers.none()
              .with(
                  GREET,
                  (repo, name, job) -> {
                    if (runs.incrementAndGet() == 1) {
                      throw new IOException();
                    }
                  });
      workers.start(traced(handlers));
      current.set(OF_A_REQUEST);

      workers.repositories(storage()).run(repo -> GREET.schedule(repo, "john"));

      workers.watch().awaitEnded(2);
      assertThat(workers.watch().begun())
          .extracting(QueueJob::metadata)
          .containsExactly(OF_A_REQUEST, OF_A_REQUEST);
    }

    @Test
    void isNoneForWhatRecurs() {
      JobSchedule schedule = JobSchedule.of("tick", "0 0 * * * *");
      StorageSettings always = storage();
      always = always.queue(always.queue().trace(() -> OF_A_REQUEST));

      workers.start(workers.setup(always).schedules(List.of(schedule)));

      workers.await("SELECT count(*) = 1 FROM queue_jobs");
      assertThat(workers.jobs())
          .extracting(details -> details.job().metadata())
          .containsExactly(JobMetadata.NONE);
    }

    private WorkerSetup traced(JobHandlers handlers) {
      return workers.setup(storage()).handlers(handlers);
    }

    private StorageSettings storage() {
      StorageSettings storage = workers.storage();
      return storage.queue(storage.queue().trace(current::get));
    }
  }

  @Nested
  class TheEndOfAJob {
    private final List<String> operations = new CopyOnWriteArrayList<>();

    @Test
    void thatHasWrittenIsCommittedWithWhatItWrote() {
      start((repo, name, job) -> greet(repo, name));

      workers.enqueue("john");

      workers.watch().awaitEnded(1);
      List<String> soFar = List.copyOf(operations); // the worker goes on
      int settled = soFar.indexOf("queue_job.mark_as_completed");
      assertThat(settled).isNotNegative();
      assertThat(soFar.subList(settled + 1, soFar.size())).contains("save");
      assertThat(soFar).doesNotContain("queue_job.mark_all_as_completed");
    }

    @Test
    void thatHasNotUsedTheDatabaseIsSettledWithOthers() {
      start((repo, name, job) -> {});

      workers.enqueue("john");

      workers.watch().awaitEnded(1);
      assertThat(operations)
          .contains("queue_job.mark_all_as_completed")
          .doesNotContain("queue_job.mark_as_completed");
    }

    private void start(JobHandler<String> handler) {
      workers.start(
          workers
              .setup(workers.after(operations::add))
              .handlers(JobHandlers.none().with(GREET, handler)));
    }
  }
}
