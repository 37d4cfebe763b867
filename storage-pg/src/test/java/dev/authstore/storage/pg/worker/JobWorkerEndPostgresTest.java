package dev.authstore.storage.pg.worker;

import static dev.authstore.storage.pg.worker.Workers.GREET;
import static dev.authstore.storage.pg.worker.Workers.QUICK;
import static dev.authstore.storage.pg.worker.Workers.greet;
import static dev.authstore.storage.pg.worker.Workers.greeting;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.authstore.model.queue.QueueJobStage.Completed;
import dev.authstore.model.queue.QueueJobStage.Failed;
import dev.authstore.model.queue.QueueJobStage.Lost;
import dev.authstore.model.queue.QueueJobStage.Scheduled;
import dev.authstore.storage.SchemaMismatchException;
import dev.authstore.storage.StorageAccessDeniedException;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.StorageSettings;
import dev.authstore.storage.pg.worker.WorkerObserver.Result;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How a worker comes to its end, and what others do about it. */
class JobWorkerEndPostgresTest {
  @RegisterExtension final Workers workers = new Workers();

  @Nested
  class Closing {
    @Test
    void waitsForJobsAndPassesTheLeadOnAtOnce() throws InterruptedException {
      CountDownLatch go = new CountDownLatch(1);
      JobWorker worker = workers.start(greetingAfter(go));
      UUID job = workers.enqueue("john");
      workers.watch().awaitStarted(1);
      workers.watch().awaitElected(1);
      Watch other = new Watch();
      workers.start(workers.setup(QUICK, JobHandlers.none()).observer(other));

      Thread closing = new Thread(worker::close);
      closing.start();
      other.awaitElected(1);
      Instant seen = workers.details(worker).stage().lastSeenAt();
      workers.await(
          "SELECT last_seen_at > '%s' FROM queue_workers WHERE id = '%s'"
              .formatted(seen, worker.identity().id()));
      assertThat(workers.details(worker).isAlive()).isTrue();
      go.countDown();
      closing.join();

      assertThat(workers.stage(job)).isInstanceOf(Completed.class);
      assertThat(workers.details(worker).isAlive()).isFalse();
    }

    @Test
    void handsBackWhatDoesNotEnd() {
      CountDownLatch never = new CountDownLatch(1);
      JobWorker worker =
          workers.start(
              workers
                  .setup(withLateRetries())
                  .settings(QUICK.grace(Duration.ofMillis(50)))
                  .handlers(
                      JobHandlers.none()
                          .with(
                              GREET,
                              (repo, name, job) -> {
                                greet(repo, name);
                                never.await();
                              })));
      UUID job = workers.enqueue("john");
      workers.watch().awaitStarted(1);

      worker.close();

      assertThat(workers.stage(job)).isInstanceOfAny(Failed.class, Lost.class);
      assertThat(workers.chain(job)).isInstanceOf(Scheduled.class);
      assertThat(workers.greetings()).isEmpty();
      assertThat(workers.details(worker).isAlive()).isFalse();
    }

    @Test
    void isPossibleTwice() {
      JobWorker worker = workers.start(JobHandlers.none());

      worker.close();
      worker.close();

      assertThat(workers.details(worker).isAlive()).isFalse();
    }
  }

  @Nested
  class AWorkerThatWasDeclaredDead {
    @Test
    void goesOnUnderANewNameAndKeepsNothingOfWhatItDid() throws InterruptedException {
      CountDownLatch go = new CountDownLatch(1);
      AtomicInteger runs = new AtomicInteger();
      JobWorker worker =
          workers.start(
              JobHandlers.none()
                  .with(
                      GREET,
                      (repo, name, job) -> {
                        greet(repo, name);
                        if (runs.incrementAndGet() == 1) {
                          go.await();
                        }
                      }));
      UUID job = workers.enqueue("john");
      workers.watch().awaitStarted(1);
      var before = worker.identity();

      workers.store().run(repo -> repo.queueWorkers().shutdown(before));
      workers.watch().awaitRegisteredAnew();
      go.countDown();

      workers.watch().awaitEnded(2);
      assertThat(worker.identity()).isNotEqualTo(before);
      assertThat(workers.watch().results())
          .containsExactlyInAnyOrder(Result.FENCED, Result.COMPLETED);
      assertThat(workers.greetings()).containsExactly("john");
      assertThat(workers.stage(job)).isInstanceOf(Lost.class);
    }
  }

  @Nested
  class AWorkerThatTheDatabaseCannotServe {
    @Test
    void givesUpWhenATableIsNotThere() {
      assertGivesUpAfter(
          "ALTER TABLE authstore.queue_leader RENAME TO queue_chief",
          "ALTER TABLE authstore.queue_chief RENAME TO queue_leader",
          SchemaMismatchException.class);
    }

    @Test
    void givesUpWhenJobsHaveAnotherShape() {
      assertGivesUpAfter(
          "ALTER TABLE authstore.queue_jobs RENAME COLUMN attempt TO try",
          "ALTER TABLE authstore.queue_jobs RENAME COLUMN try TO attempt",
          SchemaMismatchException.class);
    }

    @Test
    void givesUpWhenItsRoleMayNoLongerReserve() {
      inARole(
          setup ->
              assertGivesUpAfter(
                  "REVOKE UPDATE ON authstore.queue_jobs FROM queue_tester",
                  "GRANT UPDATE ON authstore.queue_jobs TO queue_tester",
                  StorageAccessDeniedException.class,
                  setup));
    }

    @Test
    void givesUpWhenItsRoleMayNoLongerSettle() {
      inARole(
          setup -> {
            CountDownLatch go = new CountDownLatch(1);
            JobWorker worker =
                workers.start(
                    setup
                        .settings(QUICK.grace(Duration.ofMillis(500)))
                        .handlers(JobHandlers.none().with(GREET, (repo, name, job) -> go.await())));
            workers.enqueue("john");
            workers.watch().awaitStarted(1);

            workers.store().sql("REVOKE UPDATE ON authstore.queue_jobs FROM queue_tester");
            workers
                .store()
                .sql(
                    "GRANT UPDATE (status, started_at, started_by) ON authstore.queue_jobs TO queue_tester");
            go.countDown();
            workers.watch().awaitGivenUp();
            worker.close();

            assertThat(worker.isRunning()).isFalse();
            assertThat(workers.watch().results()).containsExactly(Result.LEFT);
          });
    }

    private void inARole(Consumer<WorkerSetup> test) {
      workers.store().sql("CREATE ROLE queue_tester LOGIN");
      workers.store().sql("GRANT USAGE ON SCHEMA authstore TO queue_tester");
      workers.store().sql("GRANT ALL ON ALL TABLES IN SCHEMA authstore TO queue_tester");
      try (HikariDataSource pool = Workers.pool(workers.store().dataSourceAs("queue_tester"), 10)) {
        test.accept(workers.setup(pool, workers.store().dataSource(), workers.storage()));
      } finally {
        workers.store().sql("DROP OWNED BY queue_tester");
        workers.store().sql("DROP ROLE queue_tester");
      }
    }

    @Test
    void givesSignsOfLifeUntilItsJobsHaveEnded() {
      CountDownLatch go = new CountDownLatch(1);
      JobWorker worker = workers.start(greetingAfter(go));
      UUID job = workers.enqueue("john");
      workers.watch().awaitStarted(1);
      workers.watch().awaitElected(1);

      workers.store().sql("ALTER TABLE authstore.queue_leader RENAME TO queue_chief");
      workers.watch().awaitGivenUp();
      Instant seen = workers.details(worker).stage().lastSeenAt();

      workers.await(
          "SELECT last_seen_at > '%s' FROM queue_workers WHERE id = '%s'"
              .formatted(seen, worker.identity().id()));
      workers.store().sql("ALTER TABLE authstore.queue_chief RENAME TO queue_leader");
      go.countDown();
      worker.close();
      assertThat(workers.stage(job)).isInstanceOf(Completed.class);
    }

    @Test
    void mayBeClosedByWhoeverHearsThatItGivesUp() throws InterruptedException {
      AtomicReference<JobWorker> worker = new AtomicReference<>();
      CountDownLatch closed = new CountDownLatch(1);
      WorkerObserver closing =
          new WorkerObserver() {
            @Override
            public void gaveUp(Throwable failure) {
              workers.store().sql("ALTER TABLE authstore.queue_chief RENAME TO queue_leader");
              worker.get().close();
              closed.countDown();
            }
          };
      worker.set(workers.start(workers.setup(QUICK, JobHandlers.none()).observer(closing)));

      workers.store().sql("ALTER TABLE authstore.queue_leader RENAME TO queue_chief");

      assertThat(closed.await(5, TimeUnit.SECONDS)).isTrue();
      assertThat(workers.details(worker.get()).isAlive()).isFalse();
    }

    @Test
    void handsBackWhatDoesNotEndAfterGivingUp() {
      CountDownLatch never = new CountDownLatch(1);
      JobWorker worker =
          workers.start(
              workers
                  .setup(withLateRetries())
                  .settings(QUICK.grace(Duration.ofMillis(500)))
                  .handlers(JobHandlers.none().with(GREET, (repo, name, job) -> never.await())));
      UUID job = workers.enqueue("john");
      workers.watch().awaitStarted(1);

      workers.store().sql("ALTER TABLE authstore.queue_leader RENAME TO queue_chief");
      workers.watch().awaitGivenUp();
      workers.store().sql("ALTER TABLE authstore.queue_chief RENAME TO queue_leader");
      worker.close();

      assertThat(workers.chain(job)).isInstanceOf(Scheduled.class);
      assertThat(workers.details(worker).isAlive()).isFalse();
    }

    private void assertGivesUpAfter(
        String change, String undo, Class<? extends StorageException> reason) {
      assertGivesUpAfter(change, undo, reason, workers.setup(workers.storage()));
    }

    private void assertGivesUpAfter(
        String change, String undo, Class<? extends StorageException> reason, WorkerSetup setup) {
      CountDownLatch go = new CountDownLatch(1);
      JobWorker worker = workers.start(setup.handlers(greetingAfter(go)));
      UUID job = workers.enqueue("john");
      workers.watch().awaitStarted(1);
      workers.watch().awaitElected(1);
      assertThat(worker.isRunning()).isTrue();

      workers.store().sql(change);
      workers.store().sql("NOTIFY queue_available, '{\"queue\": \"greet\"}'");
      workers.watch().awaitGivenUp();
      assertThat(worker.isRunning()).isFalse();
      workers.store().sql(undo);
      go.countDown();
      worker.close();

      assertThat(workers.watch().reasonsToGiveUp()).hasSize(1).hasOnlyElementsOfType(reason);
      assertThat(workers.stage(job)).isInstanceOf(Completed.class);
      assertThat(workers.greetings()).containsExactly("john");
      assertThat(workers.details(worker).isAlive()).isFalse();
    }
  }

  @Nested
  class AWorkerWhoseThreadHasDied {
    @Test
    void givesUp() {
      Error broken = new LinkageError("no such meter");
      CompletableFuture<Throwable> reason = new CompletableFuture<>();
      WorkerObserver observer =
          new WorkerObserver() {
            @Override
            public void round(Duration elapsed, int fetched) {
              if (fetched > 0) {
                throw broken;
              }
            }

            @Override
            public void gaveUp(Throwable failure) {
              reason.complete(failure);
            }
          };
      CountDownLatch go = new CountDownLatch(1);
      JobWorker worker = workers.start(workers.setup(QUICK, greetingAfter(go)).observer(observer));
      UUID job = workers.enqueue("john");

      assertThat(reason).succeedsWithin(Duration.ofSeconds(5)).isSameAs(broken);
      assertThat(worker.isRunning()).isFalse();
      go.countDown();
      worker.close();

      assertThat(workers.stage(job)).isInstanceOf(Completed.class);
      assertThat(workers.details(worker).isAlive()).isFalse();
    }
  }

  @Nested
  class AReservationNobodyKnowsOf {
    @Test
    void isFoundAndRun() {
      JobWorker worker =
          workers.start(
              QUICK.fetching(Duration.ofMillis(20), Duration.ZERO, Duration.ZERO), greeting());
      workers.watch().awaitRounds(1);
      UUID job = new UUID(1, 1);
      workers
          .store()
          .sql(
              """
          INSERT INTO queue_jobs (id, status, queue_name, payload, metadata, attempt, created_at, started_at, started_by)
          VALUES (?, 'running', 'greet', '"john"', '{}', 0, now(), now(), ?)
          """,
              job,
              worker.identity().id());

      workers.enqueue("jim");

      workers.watch().awaitEnded(2);
      assertThat(workers.stage(job)).isInstanceOf(Completed.class);
      assertThat(workers.greetings()).containsExactlyInAnyOrder("john", "jim");
    }
  }

  private static JobHandlers greetingAfter(CountDownLatch go) {
    return JobHandlers.none()
        .with(
            GREET,
            (repo, name, job) -> {
              go.await();
              greet(repo, name);
            });
  }

  // Later than a leader that is on its way out may look for what is due.
  private StorageSettings withLateRetries() {
    StorageSettings storage = workers.storage();
    Duration late = Duration.ofHours(1);
    return storage.queue(storage.queue().retries(storage.queue().retries().base(late).cap(late)));
  }
}
