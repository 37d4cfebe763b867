package dev.authstore.storage.pg.worker;

import static dev.authstore.storage.pg.worker.Workers.GREET;
import static dev.authstore.storage.pg.worker.Workers.QUICK;
import static dev.authstore.storage.pg.worker.Workers.greet;
import static dev.authstore.storage.pg.worker.Workers.greeting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.authstore.model.Json;
import dev.authstore.model.queue.LeaderLease;
import dev.authstore.model.queue.QueueJobStatus;
import dev.authstore.model.queue.QueueWorker;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StorageSettings;
import dev.authstore.storage.queue.QueueBacklog;
import dev.authstore.storage.queue.QueueJobFilter;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.ResourceLock;

/** What the leader does, and who leads. */
class JobWorkerLeadPostgresTest {
  @RegisterExtension final Workers workers = new Workers();

  @Nested
  class Leading {
    @Test
    void isDoneByOneWorker() {
      JobWorker first = workers.start(JobHandlers.none());
      workers.watch().awaitDuties(2);
      Watch other = new Watch();
      workers.start(workers.setup(QUICK, JobHandlers.none()).observer(other));

      workers.watch().awaitDuties(5);

      assertThat(other.terms()).isEmpty();
      assertThat(workers.watch().terms())
          .extracting(LeaderLease::workerId)
          .containsOnly(first.identity().id());
    }

    @Test
    void passesOnWhenTheLeaderDies() {
      JobWorker first = workers.start(JobHandlers.none());
      workers.watch().awaitDuties(1);
      Watch other = new Watch();
      JobWorker second = workers.start(workers.setup(QUICK, JobHandlers.none()).observer(other));

      first.halt();

      other.awaitDuties(1);
      assertThat(other.terms())
          .extracting(LeaderLease::workerId)
          .containsOnly(second.identity().id());
    }

    @Test
    void goesOnAfterTheLeaseWasForgotten() {
      workers.start(JobHandlers.none());
      workers.watch().awaitDuties(1);

      workers.store().sql("TRUNCATE queue_leader"); // as after a crash of the server
      int before = workers.watch().terms().size();

      workers.watch().awaitDuties(before + 2);
      assertThat(workers.watch().timesDeposed()).isZero();
    }
  }

  @Nested
  class Schedules {
    @Test
    void recurAndNeverOverlap() {
      JobSchedule schedule = JobSchedule.of("tick", "0 0 * * * *");
      AtomicInteger now = new AtomicInteger();
      AtomicInteger most = new AtomicInteger();
      WorkerSetup setup =
          workers
              .setup(
                  QUICK,
                  JobHandlers.none()
                      .with(
                          JobType.withoutPayload("tick"),
                          (repo, nothing, job) -> {
                            most.accumulateAndGet(now.incrementAndGet(), Math::max);
                            greet(repo, "tick");
                            now.decrementAndGet();
                          }))
              .schedules(List.of(schedule));
      workers.start(setup);
      workers.start(setup);

      for (int occurrence = 1; occurrence <= 3; occurrence++) {
        bringForwardTheNext();
        workers.watch().awaitEnded(occurrence);
      }

      assertThat(most).hasValue(1);
      assertThat(workers.greetings()).hasSize(3);
      assertThat(workers.jobs()).allMatch(job -> job.scheduleName().equals(Optional.of("tick")));
    }

    /** Once it is planned, it is due: nobody wants to wait for an hour. */
    private void bringForwardTheNext() {
      String next = "SELECT EXISTS (SELECT FROM queue_jobs WHERE scheduled_at > now())";
      workers.await(next);
      workers
          .store()
          .sql(
              """
              WITH next AS (UPDATE queue_jobs SET scheduled_at = now() WHERE scheduled_at > now() RETURNING id)
              UPDATE queue_schedules SET last_scheduled_at = now() FROM next WHERE last_job_id = next.id
              """);
    }
  }

  @Nested
  class ALeaderThatStalls {
    @Test
    void makesNothingMoreAvailableOnceAnotherLeads() {
      RepositoryFactory others = workers.repositories(longLease());
      QueueWorker next = others.call(repo -> repo.queueWorkers().register());
      others.run(
          repo -> {
            for (int i = 0; i < 10; i++) {
              GREET.scheduleLater(repo, "john", Instant.EPOCH);
            }
          });
      AtomicBoolean stalled = new AtomicBoolean();
      StorageSettings storage =
          workers.after(
              operation -> {
                if (operation.equals("queue_job.schedule_available_jobs")
                    && !stalled.getAndSet(true)) {
                  awaitLead(others, next);
                }
              });

      workers.start(workers.setup(storage.queue(storage.queue().dueBatch(2))));

      workers.watch().awaitDeposed();
      assertThat(available()).isEqualTo(2);
    }

    private StorageSettings longLease() {
      StorageSettings storage = workers.storage();
      return storage.queue(storage.queue().leaderLease(Duration.ofHours(1)));
    }

    private void awaitLead(RepositoryFactory repositories, QueueWorker worker) {
      boolean leads = false;
      while (!leads) {
        LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        leads = repositories.direct(repo -> repo.queueWorkers().tryGetLeaderLease(worker));
      }
    }

    private long available() {
      return workers
          .store()
          .<Long>read(
              repo ->
                  repo.queueJobs().count(QueueJobFilter.all().status(QueueJobStatus.AVAILABLE)));
    }
  }

  @Nested
  @ResourceLock("log of authstore.queue") // reads it, and changes its level
  class AWarning {
    @Test
    void tellsOfQueuesThatNobodyServes() {
      try (QueueLog log = QueueLog.open()) {
        workers.store().<UUID>write(repo -> repo.queueJobs().schedule("orphaned", Json.NULL));

        workers.start(greeting());

        workers.watch().awaitBacklog();

        assertThat(workers.watch().backlogs().get(0))
            .extracting(QueueBacklog::queueName, QueueBacklog::isServed)
            .containsExactly(tuple("orphaned", false));
        assertThat(log.warnings())
            .contains("jobs wait in queues that no living worker serves: [orphaned]");
      }
    }

    @Test
    void tellsOfAClockThatIsOff() {
      try (QueueLog log = QueueLog.open()) {
        start(Duration.ofSeconds(-5));

        workers.watch().awaitElected(1);

        assertThat(workers.watch().skews().get(0))
            .isBetween(Duration.ofSeconds(1), Duration.ofSeconds(5));
        assertThat(log.warnings())
            .anyMatch(line -> line.startsWith("the clock of the database is PT"));
      }
    }

    @Test
    void isNoneOfAGoodClock() {
      try (QueueLog log = QueueLog.open()) {
        start(Duration.ZERO);

        workers.watch().awaitElected(1);

        assertThat(log.warnings()).noneMatch(line -> line.startsWith("the clock"));
      }
    }
  }

  @Nested
  class AWorkerWithAWildClock {
    @Test
    void worksButDoesNotLead() {
      JobWorker wild = start(Duration.ofMinutes(5));
      workers.watch().awaitSkew();
      Instant seen = workers.details(wild).stage().lastSeenAt();
      workers.await("SELECT max(last_seen_at) > '%s' FROM queue_workers".formatted(seen));
      Watch other = new Watch();
      workers.start(workers.setup(QUICK, JobHandlers.none()).observer(other));

      workers.enqueue("john");

      other.awaitDuties(2);
      workers.watch().awaitEnded(1);
      assertThat(workers.watch().timesElected()).isZero();
      assertThat(workers.greetings()).containsExactly("john");
    }
  }

  private JobWorker start(Duration skew) {
    StorageSettings storage = workers.storage();
    InstantSource clock = storage.clock();
    return workers.start(
        workers.setup(storage.clock(() -> clock.instant().plus(skew))).handlers(greeting()));
  }
}
