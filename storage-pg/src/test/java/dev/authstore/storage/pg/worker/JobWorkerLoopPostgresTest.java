package dev.authstore.storage.pg.worker;

import static dev.authstore.storage.pg.worker.Workers.GREET;
import static dev.authstore.storage.pg.worker.Workers.QUICK;
import static dev.authstore.storage.pg.worker.Workers.greet;
import static dev.authstore.storage.pg.worker.Workers.greeting;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.authstore.model.Json;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StorageSettings;
import dev.authstore.storage.pg.CuttableServer;
import dev.authstore.storage.pg.worker.WorkerObserver.Result;
import dev.authstore.storage.pg.worker.WorkerObserver.WakeUp;
import dev.authstore.testing.Backends;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How a worker looks for jobs, and what it tells of that. */
class JobWorkerLoopPostgresTest {
  private static final JobLimits ONE = JobLimits.none().concurrency(1);

  @RegisterExtension final Workers workers = new Workers();

  @Nested
  class Concurrency {
    @Test
    void isBoundedForTheWorkerAndForEachQueue() throws InterruptedException {
      JobType<Json> narrow = JobType.withoutPayload("narrow");
      JobType<Json> wide = JobType.withoutPayload("wide");
      Semaphore go = new Semaphore(0);
      CountDownLatch busy = new CountDownLatch(5);
      AtomicInteger narrowNow = new AtomicInteger();
      AtomicInteger narrowMost = new AtomicInteger();
      AtomicInteger now = new AtomicInteger();
      AtomicInteger most = new AtomicInteger();
      workers.start(
          QUICK.concurrency(5),
          JobHandlers.none()
              .with(
                  narrow,
                  (repo, nothing, job) -> {
                    narrowMost.accumulateAndGet(narrowNow.incrementAndGet(), Math::max);
                    most.accumulateAndGet(now.incrementAndGet(), Math::max);
                    busy.countDown();
                    go.acquire();
                    now.decrementAndGet();
                    narrowNow.decrementAndGet();
                  },
                  JobLimits.none().concurrency(2))
              .with(
                  wide,
                  (repo, nothing, job) -> {
                    most.accumulateAndGet(now.incrementAndGet(), Math::max);
                    busy.countDown();
                    go.acquire();
                    now.decrementAndGet();
                  }));

      workers
          .store()
          .run(
              repo -> {
                for (int i = 0; i < 10; i++) {
                  narrow.schedule(repo, Json.NULL);
                  wide.schedule(repo, Json.NULL);
                }
              });

      busy.await();
      go.release(100);
      workers.watch().awaitEnded(20);
      assertThat(narrowMost.get()).isEqualTo(2);
      assertThat(most.get()).isEqualTo(5);
    }

    @Test
    void ofOneQueueAtItsLimitIsWaitedForAndNotAskedForAllTheTime() {
      Semaphore go = new Semaphore(0);
      workers.start(JobHandlers.none().with(GREET, (repo, name, job) -> go.acquire(), ONE));
      workers.enqueue("john");
      workers.watch().awaitStarted(1);

      for (int i = 0; i < 10; i++) {
        workers.enqueue("jim");
      }

      assertThat(workers.watch().timesSaturated()).isLessThanOrEqualTo(10 + 2);
      go.release(100);
      workers.watch().awaitEnded(11);
    }

    @Test
    void ofOneQueueIsUsedAsSoonAsThereIsSomeWhileAnotherQueueIsIdle() {
      Semaphore go = new Semaphore(0);
      JobHandlers handlers =
          JobHandlers.none()
              .with(GREET, (repo, name, job) -> go.acquire(), ONE)
              .with(JobType.withoutPayload("idle"), (repo, nothing, job) -> {});
      workers.enqueue("john");
      workers.enqueue("jim");
      workers.start(handlers);
      workers.watch().awaitRounds(3); // john, then nothing of the other queue, also after listening

      go.release();

      workers.watch().awaitStarted(2); // although nothing tells of it, and polls are a minute apart
      go.release();
    }
  }

  @Nested
  class Notifications {
    @Test
    void ofABurstLeadToFewRounds() {
      workers.start(
          QUICK.fetching(Duration.ofMinutes(1), Duration.ZERO, Duration.ofMillis(200)),
          JobHandlers.none().with(JobType.withoutPayload("served elsewhere"), (r, p, j) -> {}));
      workers.watch().awaitRounds(1);
      int before = workers.watch().rounds();

      RepositoryFactory others = workers.repositories(workers.storage());
      for (int i = 0; i < 200; i++) {
        others.run(repo -> GREET.schedule(repo, "john")); // a queue that this worker does not serve
      }

      assertThat(workers.watch().rounds() - before).isLessThan(3);
    }

    @Test
    void areHeardAgainAfterTheConnectionBroke() {
      workers.start(greeting());
      workers.enqueue("john");
      workers.watch().awaitEnded(1);

      Backends.terminateOthers(workers.store().dataSource());
      workers.watch().awaitFailures(1);
      workers.enqueue(
          "jim"); // found by the round that follows listening again, or by its notification

      workers.watch().awaitEnded(2);
      assertThat(workers.greetings()).containsExactly("john", "jim");
    }

    @Test
    void areMadeUpForByALookOnceItListensAgain() {
      StorageSettings storage = workers.storage();
      RepositoryFactory silent =
          workers.repositories(storage.queue(storage.queue().notifications(false)));
      workers.start(greeting());
      workers.watch().awaitRounds(2); // the first one, and that after listening
      silent.run(
          repo -> GREET.schedule(repo, "john")); // nothing tells of it, polls are a minute apart

      workers
          .store()
          .select(
              """
              SELECT pg_terminate_backend(pid) FROM pg_stat_activity
              WHERE datname = current_database() AND query LIKE 'LISTEN %'
              """);

      workers.watch().awaitEnded(1);
      assertThat(workers.greetings()).containsExactly("john");
    }
  }

  /** A thousand jobs, each enqueued by a commit of its own, for a worker that runs five at once. */
  @Nested
  class ABurst {
    private static final int JOBS = 1_000;
    private static final int CONCURRENCY = 5;
    private static final Duration BETWEEN_ROUNDS = Duration.ofMillis(200);

    private final CountDownLatch full = new CountDownLatch(CONCURRENCY);
    private final Semaphore go = new Semaphore(0);
    private final Set<String> done = ConcurrentHashMap.newKeySet();
    private final AtomicInteger now = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();
    private final JobHandlers handlers =
        JobHandlers.none()
            .with(
                GREET,
                (repo, name, job) -> {
                  most.accumulateAndGet(now.incrementAndGet(), Math::max);
                  full.countDown();
                  go.acquire();
                  assertThat(done.add(name)).isTrue();
                  now.decrementAndGet();
                });

    @Test
    void leadsToNoRoundsWhileThereIsNoRoom() {
      start();

      enqueueAll();

      workers.watch().awaitStarted(CONCURRENCY);
      // a round for each job that runs, at most one for each that finds it taken, two at the start
      assertThat(workers.watch().rounds()).isLessThanOrEqualTo(2 * CONCURRENCY + 2);
      go.release(JOBS);
    }

    @Test
    void isDoneCompletelyWithAsManyAtOnceAsAllowed() throws InterruptedException {
      start();
      enqueueAll();

      assertThat(full.await(30, TimeUnit.SECONDS)).isTrue();
      go.release(JOBS);

      workers.watch().awaitEnded(JOBS);
      assertThat(done).hasSize(JOBS);
      assertThat(most).hasValue(CONCURRENCY);
      assertThat(workers.watch().results()).hasSize(JOBS).containsOnly(Result.COMPLETED);
    }

    @Test
    void isLookedForAtMostOnceInAWhile() {
      go.release(JOBS);
      long begin = System.nanoTime();
      start(100); // always with room, so that it waits for notifications only

      enqueueAll();

      workers.watch().awaitEnded(JOBS);
      long whiles = (System.nanoTime() - begin) / BETWEEN_ROUNDS.toNanos();
      assertThat(workers.watch().wakeUps())
          .filteredOn(WakeUp.NOTIFICATION::equals)
          .hasSizeLessThanOrEqualTo((int) whiles + 2);
    }

    private void start() {
      start(CONCURRENCY);
    }

    private void start(int concurrency) {
      workers.start(
          QUICK
              .concurrency(concurrency)
              .fetching(Duration.ofMinutes(1), Duration.ZERO, BETWEEN_ROUNDS),
          handlers);
    }

    private void enqueueAll() {
      RepositoryFactory others = workers.repositories(workers.storage());
      for (int i = 0; i < JOBS; i++) {
        String name = "job " + i;
        others.<UUID>direct(repo -> GREET.schedule(repo, name));
      }
    }
  }

  @Nested
  class Metrics {
    @Test
    void countWakeUpsByAPollAndLooksWithoutRoom() {
      CountDownLatch go = new CountDownLatch(1);
      workers.start(
          QUICK.concurrency(1).fetching(Duration.ofMillis(20), Duration.ZERO, Duration.ZERO),
          JobHandlers.none().with(GREET, (repo, name, job) -> go.await()));

      workers.enqueue("john");

      workers.watch().awaitSaturated();
      workers.watch().awaitWakeUp(WakeUp.SLEEP);
      go.countDown();
    }

    @Test
    void countWakeUpsByANotificationAndByTheEndOfAJob() {
      CountDownLatch go = new CountDownLatch(1);
      workers.start(
          QUICK.concurrency(1), JobHandlers.none().with(GREET, (repo, name, job) -> go.await()));
      workers.enqueue("john");
      workers.watch().awaitStarted(1);

      go.countDown();

      workers.watch().awaitWakeUp(WakeUp.TASK);
      assertThat(workers.watch().wakeUps()).contains(WakeUp.NOTIFICATION);
    }

    @Test
    void tellHowLongAJobTookAndHowManyWereFetched() {
      AtomicLong inside = new AtomicLong();
      workers.start(
          JobHandlers.none()
              .with(
                  GREET,
                  (repo, name, job) -> {
                    long begin = System.nanoTime();
                    LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
                    inside.set(System.nanoTime() - begin);
                  }));

      workers.enqueue("john");

      workers.watch().awaitEnded(1);
      workers.watch().awaitFetched(1);
      assertThat(workers.watch().elapsed())
          .hasSize(1)
          .allMatch(took -> took.toNanos() >= inside.get());
      assertThat(workers.watch().fetched()).isOne();
    }

    @Test
    void returnToNothingUnderWayHoweverJobsEnd() {
      workers.start(
          JobHandlers.none()
              .with(
                  GREET,
                  (repo, name, job) -> {
                    switch (name) {
                      case "good" -> greet(repo, name);
                      case "bad" -> throw new IOException();
                      case "hopeless" -> throw new JobRejectedException("hopeless");
                      case "worst" -> throw new StackOverflowError();
                      default -> {}
                    }
                  }));

      for (String name : List.of("good", "bad", "hopeless", "worst", "idle")) {
        workers.enqueue(name);
      }

      workers.awaitSettled();
      int ends = 3 + 2 * 4; // two are tried three times more
      workers.watch().awaitEnded(ends);
      assertThat(workers.watch().results()).hasSize(ends);
      assertThat(workers.watch().inFlight()).isZero();
    }

    @Test
    void returnToNothingUnderWayAfterACrash() throws Exception {
      CountDownLatch go = new CountDownLatch(1);
      try (CuttableServer line = CuttableServer.before(workers.store());
          HikariDataSource pool = Workers.pool(line.dataSource(), 5)) {
        JobWorker worker =
            workers.start(
                workers
                    .setup(pool, line.dataSource(), workers.storage())
                    .handlers(
                        JobHandlers.none()
                            .with(
                                GREET,
                                (repo, name, job) -> {
                                  go.await();
                                  if (name.equals("bad")) {
                                    throw new IOException();
                                  }
                                })));
        List.of("idle", "bad").forEach(workers::enqueue);
        workers.watch().awaitStarted(2);
        line.stop();
        go.countDown();
        workers.watch().awaitFailures(3);

        worker.halt();

        assertThat(workers.watch().inFlight()).isZero();
        assertThat(workers.watch().results()).containsOnly(Result.LEFT);
      }
    }
  }
}
