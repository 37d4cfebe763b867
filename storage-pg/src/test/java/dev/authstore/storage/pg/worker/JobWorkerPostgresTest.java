package dev.authstore.storage.pg.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Json;
import dev.authstore.model.queue.JobMetadata;
import dev.authstore.model.queue.LeaderLease;
import dev.authstore.model.queue.QueueJobDetails;
import dev.authstore.model.queue.QueueJobStage;
import dev.authstore.model.queue.QueueJobStage.Completed;
import dev.authstore.model.queue.QueueJobStage.Failed;
import dev.authstore.model.queue.QueueJobStage.Lost;
import dev.authstore.model.queue.QueueJobStage.Scheduled;
import dev.authstore.model.queue.QueueWorkerDetails;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.StorageSettings;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.Authstore;
import dev.authstore.storage.pg.PgRepository;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.pg.worker.WorkerObserver.Result;
import dev.authstore.storage.queue.QueueJobFilter;
import dev.authstore.storage.queue.QueueSettings;
import dev.authstore.storage.queue.QueueWorkerFilter;
import dev.authstore.testing.Backends;
import dev.authstore.testing.MutableClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class JobWorkerPostgresTest {
  private static final JobType<String> GREET =
      new JobType<>(
          "greet",
          name -> Json.parse("\"" + name + "\""),
          json -> json.asString().orElseThrow(IllegalArgumentException::new));
  private static final WorkerSettings QUICK =
      WorkerSettings.defaults()
          .fetching(Duration.ofMinutes(1), Duration.ZERO, Duration.ZERO)
          .heartbeat(Duration.ofMillis(50), Duration.ofSeconds(30))
          .leading(Duration.ofMillis(20), Duration.ofMillis(50))
          .grace(Duration.ofSeconds(20));

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final Watch watch = new Watch();
  private final List<JobWorker> workers = new ArrayList<>();
  private long seed = 1000;

  @BeforeEach
  void makeTable() {
    store.sql("CREATE TABLE authstore.greetings (name text)");
  }

  @AfterEach
  void stopWorkers() {
    workers.forEach(JobWorker::close);
  }

  @Nested
  class AJob {
    @Test
    void isDoneTogetherWithWhatItsHandlerWrites() {
      start(JobHandlers.none().with(GREET, (repo, name, job) -> greet(repo, name)));

      UUID job = enqueue("john");

      watch.awaitEnded(1);
      assertThat(watch.results()).containsExactly(Result.COMPLETED);
      assertThat(stage(job)).isInstanceOf(Completed.class);
      assertThat(greetings()).containsExactly("john");
      assertThat(watch.inFlight()).isZero();
    }

    @Test
    void thatWaitedAlreadyIsFound() {
      UUID job = enqueue("john");

      start(JobHandlers.none().with(GREET, (repo, name, ignored) -> greet(repo, name)));

      watch.awaitEnded(1);
      assertThat(stage(job)).isInstanceOf(Completed.class);
    }

    @Test
    void thatFailsIsTriedAgainAndLeavesNoTrace() {
      AtomicInteger runs = new AtomicInteger();
      start(
          JobHandlers.none()
              .with(
                  GREET,
                  (repo, name, job) -> {
                    greet(repo, name);
                    if (runs.incrementAndGet() < 3) {
                      throw new java.io.IOException("secret");
                    }
                  }));

      UUID job = enqueue("john");

      watch.awaitEnded(3);
      assertThat(watch.results()).containsExactly(Result.RETRIED, Result.RETRIED, Result.COMPLETED);
      assertThat(greetings()).containsExactly("john");
      assertThat(stage(job))
          .isInstanceOfSatisfying(
              Failed.class,
              failed ->
                  assertThat(failed.reason())
                      .startsWith("java.io.IOException at dev.authstore")
                      .doesNotContain("secret"));
    }

    @Test
    void thatIsRejectedIsNotTriedAgain() {
      start(
          JobHandlers.none()
              .with(
                  GREET,
                  (repo, name, job) -> {
                    greet(repo, name);
                    throw new JobRejectedException("nobody of that name");
                  }));

      UUID job = enqueue("john");

      watch.awaitEnded(1);
      assertThat(watch.results()).containsExactly(Result.REJECTED);
      assertThat(stage(job).toString()).contains("nextAttemptId=Optional.empty");
      assertThat(greetings()).isEmpty();
    }

    @Test
    void whosePayloadIsNotUnderstoodIsNotTriedAgain() {
      start(JobHandlers.none().with(GREET, (repo, name, job) -> greet(repo, name)));

      UUID job =
          store.write(
              repo -> repo.queueJobs().schedule("greet", Json.parse("17"), JobMetadata.NONE));

      watch.awaitEnded(1);
      assertThat(watch.results()).containsExactly(Result.REJECTED);
      assertThat(stage(job))
          .isInstanceOfSatisfying(
              Failed.class,
              failed -> assertThat(failed.reason()).contains("the payload is not understood"));
    }

    @Test
    void thatKeepsFailingIsAbandoned() {
      start(
          JobHandlers.none()
              .with(
                  GREET,
                  (repo, name, job) -> {
                    throw new AssertionError();
                  }));

      enqueue("john");

      watch.awaitEnded(4);
      assertThat(watch.results())
          .containsExactly(Result.RETRIED, Result.RETRIED, Result.RETRIED, Result.ABANDONED);
      assertThat(jobs()).hasSize(4).allMatch(job -> job.stage() instanceof Failed);
    }

    @Test
    void ofAQueueNobodyServesWaits() {
      start(JobHandlers.none().with(GREET, (repo, name, job) -> greet(repo, name)));
      UUID other =
          store.write(repo -> repo.queueJobs().schedule("other", Json.NULL, JobMetadata.NONE));

      enqueue("john");

      watch.awaitEnded(1);
      assertThat(stage(other)).isInstanceOf(QueueJobStage.Available.class);
    }

    @Test
    void mayEnqueueOthersThatExistOnlyIfItIsDone() {
      AtomicInteger runs = new AtomicInteger();
      start(
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

      enqueue("john");

      watch.awaitEnded(3);
      assertThat(greetings()).containsExactlyInAnyOrder("john", "jim");
    }

    @Test
    void isRunAgainAtOnceIfItMeetsAPassingFailure() {
      AtomicInteger runs = new AtomicInteger();
      start(
          JobHandlers.none()
              .with(
                  GREET,
                  (repo, name, job) -> {
                    greet(repo, name);
                    if (runs.incrementAndGet() == 1) {
                      Backends.terminateOthers(store.dataSource());
                      greet(repo, name);
                    }
                  }));

      UUID job = enqueue("john");

      watch.awaitEnded(1);
      assertThat(greetings()).containsExactly("john");
      assertThat(chain(job)).isInstanceOf(Completed.class);
    }
  }

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
      start(
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
                  2)
              .with(
                  wide,
                  (repo, nothing, job) -> {
                    most.accumulateAndGet(now.incrementAndGet(), Math::max);
                    busy.countDown();
                    go.acquire();
                    now.decrementAndGet();
                  }));

      store.run(
          repo -> {
            for (int i = 0; i < 10; i++) {
              narrow.schedule(repo, Json.NULL);
              wide.schedule(repo, Json.NULL);
            }
          });

      busy.await();
      go.release(100);
      watch.awaitEnded(20);
      assertThat(narrowMost.get()).isEqualTo(2);
      assertThat(most.get()).isEqualTo(5);
    }
  }

  @Nested
  class Notifications {
    @Test
    void ofABurstLeadToFewRounds() {
      start(
          QUICK.fetching(Duration.ofMinutes(1), Duration.ZERO, Duration.ofMillis(200)),
          JobHandlers.none().with(JobType.withoutPayload("served elsewhere"), (r, p, j) -> {}));
      watch.awaitRounds(1);
      int before = watch.rounds();

      for (int i = 0; i < 200; i++) {
        enqueue("john"); // of a queue that this worker does not serve
      }

      assertThat(watch.rounds() - before).isLessThan(3);
    }

    @Test
    void areHeardAgainAfterTheConnectionBroke() {
      start(JobHandlers.none().with(GREET, (repo, name, job) -> greet(repo, name)));
      enqueue("john");
      watch.awaitEnded(1);

      Backends.terminateOthers(store.dataSource());
      watch.awaitFailure();
      enqueue("jim"); // found by the round that follows listening again, or by its notification

      watch.awaitEnded(2);
      assertThat(greetings()).containsExactly("john", "jim");
    }
  }

  @Nested
  class Schedules {
    @Test
    void recur() {
      JobSchedule schedule = JobSchedule.of("tick", "* * * * * *");
      AtomicInteger now = new AtomicInteger();
      AtomicInteger most = new AtomicInteger();
      JobHandlers handlers =
          JobHandlers.none()
              .with(
                  JobType.withoutPayload("tick"),
                  (repo, nothing, job) -> {
                    most.accumulateAndGet(now.incrementAndGet(), Math::max);
                    greet(repo, "tick");
                    now.decrementAndGet();
                  });
      workers.add(JobWorker.start(setup(QUICK, handlers).schedules(List.of(schedule))));
      workers.add(JobWorker.start(setup(QUICK, handlers).schedules(List.of(schedule))));

      watch.awaitEnded(2);

      assertThat(most.get()).isOne();
      assertThat(
              store.select(
                  """
                  SELECT scheduled_at FROM queue_jobs WHERE schedule_name = 'tick'
                  GROUP BY scheduled_at HAVING count(*) > 1
                  """))
          .isEmpty();
    }
  }

  @Nested
  class Closing {
    @Test
    void waitsForJobsAndPassesTheLeadOnAtOnce() throws InterruptedException {
      CountDownLatch go = new CountDownLatch(1);
      JobWorker worker =
          start(
              JobHandlers.none()
                  .with(
                      GREET,
                      (repo, name, job) -> {
                        go.await();
                        greet(repo, name);
                      }));
      UUID job = enqueue("john");
      watch.awaitStarted(1);
      watch.awaitElected(1);
      Watch other = new Watch();
      workers.add(JobWorker.start(setup(QUICK, JobHandlers.none()).observer(other)));

      Thread closing = new Thread(worker::close);
      closing.start();
      other.awaitElected(1);
      assertThat(details(worker).isAlive()).isTrue();
      go.countDown();
      closing.join();

      assertThat(stage(job)).isInstanceOf(Completed.class);
      assertThat(details(worker).isAlive()).isFalse();
    }

    @Test
    void handsBackWhatDoesNotEnd() {
      CountDownLatch never = new CountDownLatch(1);
      JobWorker worker =
          start(
              QUICK.grace(Duration.ofMillis(50)),
              JobHandlers.none()
                  .with(
                      GREET,
                      (repo, name, job) -> {
                        greet(repo, name);
                        never.await();
                      }));
      UUID job = enqueue("john");
      watch.awaitStarted(1);

      worker.close();

      assertThat(stage(job)).isInstanceOfAny(Failed.class, Lost.class);
      assertThat(chain(job)).isInstanceOf(Scheduled.class);
      assertThat(greetings()).isEmpty();
      assertThat(details(worker).isAlive()).isFalse();
    }

    @Test
    void isPossibleTwice() {
      JobWorker worker = start(JobHandlers.none());

      worker.close();
      worker.close();

      assertThat(details(worker).isAlive()).isFalse();
    }
  }

  @Nested
  class AWorkerThatWasDeclaredDead {
    @Test
    void goesOnUnderANewNameAndKeepsNothingOfWhatItDid() throws InterruptedException {
      CountDownLatch go = new CountDownLatch(1);
      AtomicInteger runs = new AtomicInteger();
      JobWorker worker =
          start(
              JobHandlers.none()
                  .with(
                      GREET,
                      (repo, name, job) -> {
                        greet(repo, name);
                        if (runs.incrementAndGet() == 1) {
                          go.await();
                        }
                      }));
      UUID job = enqueue("john");
      watch.awaitStarted(1);
      var before = worker.identity();

      store.run(repo -> repo.queueWorkers().shutdown(before));
      watch.awaitRegisteredAnew();
      go.countDown();

      watch.awaitEnded(2);
      assertThat(worker.identity()).isNotEqualTo(before);
      assertThat(watch.results()).containsExactlyInAnyOrder(Result.FENCED, Result.COMPLETED);
      assertThat(greetings()).containsExactly("john");
      assertThat(stage(job)).isInstanceOf(Lost.class);
    }
  }

  @Nested
  class AReservationNobodyKnowsOf {
    @Test
    void isFoundAndRun() {
      JobWorker worker =
          start(
              QUICK.fetching(Duration.ofMillis(20), Duration.ZERO, Duration.ZERO),
              JobHandlers.none().with(GREET, (repo, name, job) -> greet(repo, name)));
      watch.awaitRounds(1);
      UUID job = new UUID(1, 1);
      store.sql(
          """
          INSERT INTO queue_jobs (id, status, queue_name, payload, metadata, attempt, created_at, started_at, started_by)
          VALUES (?, 'running', 'greet', '"john"', '{}', 0, now(), now(), ?)
          """,
          job,
          worker.identity().id());

      enqueue("jim");

      watch.awaitEnded(2);
      assertThat(stage(job)).isInstanceOf(Completed.class);
      assertThat(greetings()).containsExactlyInAnyOrder("john", "jim");
    }
  }

  @Nested
  class Leading {
    @Test
    void isDoneByOneWorker() {
      JobWorker first = start(JobHandlers.none());
      watch.awaitDuties(2);
      Watch other = new Watch();
      workers.add(JobWorker.start(setup(QUICK, JobHandlers.none()).observer(other)));

      watch.awaitDuties(5);

      assertThat(other.terms()).isEmpty();
      assertThat(watch.terms())
          .extracting(LeaderLease::workerId)
          .containsOnly(first.identity().id());
    }

    @Test
    void passesOnWhenTheLeaderDies() {
      JobWorker first = start(JobHandlers.none());
      watch.awaitDuties(1);
      Watch other = new Watch();
      JobWorker second = JobWorker.start(setup(QUICK, JobHandlers.none()).observer(other));
      workers.add(second);

      first.halt();

      other.awaitDuties(1);
      assertThat(other.terms())
          .extracting(LeaderLease::workerId)
          .containsOnly(second.identity().id());
    }

    @Test
    void goesOnAfterTheLeaseWasForgotten() {
      start(JobHandlers.none());
      watch.awaitDuties(1);

      store.sql("TRUNCATE queue_leader"); // as after a crash of the server
      int before = watch.terms().size();

      watch.awaitDuties(before + 2);
      assertThat(watch.timesDeposed()).isZero();
    }
  }

  private JobWorker start(JobHandlers handlers) {
    return start(QUICK, handlers);
  }

  private JobWorker start(WorkerSettings settings, JobHandlers handlers) {
    JobWorker worker = JobWorker.start(setup(settings, handlers).observer(watch));
    workers.add(worker);
    return worker;
  }

  private WorkerSetup setup(WorkerSettings settings, JobHandlers handlers) {
    QueueSettings queue = QueueSettings.defaults();
    StorageSettings storage =
        store
            .settings()
            .random(new Random(++seed)) // else two of a standing clock would make the same ids
            .queue(
                queue
                    .leaderLease(Duration.ofMillis(500))
                    .retries(
                        queue
                            .retries()
                            .maxAttempts(3)
                            .base(Duration.ofMillis(1))
                            .cap(Duration.ofMillis(5))));
    return WorkerSetup.of(
            Authstore.using(store.dataSource(), store.schema(), storage).repositories(),
            storage,
            store.dataSource())
        .handlers(handlers)
        .settings(settings)
        .observer(watch);
  }

  private UUID enqueue(String name) {
    return store.write(repo -> GREET.schedule(repo, name));
  }

  private static void greet(RepositoryAccess repo, String name) {
    ((PgRepository) repo).dsl().execute("INSERT INTO authstore.greetings VALUES (?)", name);
  }

  private List<String> greetings() {
    return store.select("SELECT name FROM authstore.greetings");
  }

  private QueueJobStage stage(UUID job) {
    Optional<QueueJobDetails> found = store.read(repo -> repo.queueJobs().lookup(job));
    return found.orElseThrow().stage();
  }

  /** Of the last attempt. */
  private QueueJobStage chain(UUID job) {
    QueueJobStage stage = stage(job);
    Optional<UUID> next = Optional.empty();
    if (stage instanceof Failed failed) {
      next = failed.nextAttemptId();
    } else if (stage instanceof Lost lost) {
      next = lost.nextAttemptId();
    }
    return next.map(this::chain).orElse(stage);
  }

  private List<QueueJobDetails> jobs() {
    return store
        .read(repo -> repo.queueJobs().list(QueueJobFilter.all(), Pagination.first(100)))
        .nodes();
  }

  private QueueWorkerDetails details(JobWorker worker) {
    return store
        .read(repo -> repo.queueWorkers().list(QueueWorkerFilter.all(), Pagination.first(100)))
        .nodes()
        .stream()
        .filter(details -> details.id().equals(worker.identity().id()))
        .findFirst()
        .orElseThrow();
  }
}
