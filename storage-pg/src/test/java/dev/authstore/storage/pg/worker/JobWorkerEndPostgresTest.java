package dev.authstore.storage.pg.worker;

import static dev.authstore.storage.pg.worker.Workers.GREET;
import static dev.authstore.storage.pg.worker.Workers.QUICK;
import static dev.authstore.storage.pg.worker.Workers.greet;
import static dev.authstore.storage.pg.worker.Workers.greeting;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.queue.QueueJobStage.Completed;
import dev.authstore.model.queue.QueueJobStage.Failed;
import dev.authstore.model.queue.QueueJobStage.Lost;
import dev.authstore.model.queue.QueueJobStage.Scheduled;
import dev.authstore.storage.pg.worker.WorkerObserver.Result;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
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
      JobWorker worker =
          workers.start(
              JobHandlers.none()
                  .with(
                      GREET,
                      (repo, name, job) -> {
                        go.await();
                        greet(repo, name);
                      }));
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
              QUICK.grace(Duration.ofMillis(50)),
              JobHandlers.none()
                  .with(
                      GREET,
                      (repo, name, job) -> {
                        greet(repo, name);
                        never.await();
                      }));
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
}
