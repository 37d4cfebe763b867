package dev.authstore.storage.pg.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.model.Ids;
import dev.authstore.model.queue.QueueWorker;
import dev.authstore.model.queue.QueueWorkerDetails;
import dev.authstore.model.queue.QueueWorkerStage;
import dev.authstore.model.queue.QueueWorkerStage.Alive;
import dev.authstore.model.queue.QueueWorkerStage.ShutDown;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.queue.DeadWorkerReport;
import dev.authstore.storage.queue.QueueWorkerFilter;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QueueWorkerRepositoryTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration MINUTE = Duration.ofMinutes(1);

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final Queue queue = new Queue(store);

  @Nested
  class Time {
    @Test
    void isWhatWorkersAreSeenAt() {
      QueueWorker worker = queue.worker();

      Instant time = store.read(repo -> repo.queueWorkers().time());

      assertThat(queue.details(worker).stage()).isEqualTo(new Alive(time));
    }
  }

  @Nested
  class Register {
    @Test
    void makesAnAliveWorkerThatWasJustSeen() {
      QueueWorker worker = queue.worker();

      assertThat(queue.details(worker))
          .isEqualTo(new QueueWorkerDetails(worker.id(), List.of(), now(), new Alive(now())));
    }

    @Test
    void keepsWhichQueuesItServes() {
      QueueWorker worker =
          store.write(repo -> repo.queueWorkers().register(List.of("sync", "mail", "sync")));

      assertThat(queue.details(worker).queueNames()).containsExactly("mail", "sync");
    }

    @Test
    void refusesANameThatCannotBeStored() {
      var refusal =
          queue.refused(
              InvalidInputException.class, repo -> repo.queueWorkers().register(List.of(" ")));

      assertThat(refusal).hasMessageContaining("queue");
    }

    @Test
    void makesAscendingIds() {
      QueueWorker first = queue.worker();
      QueueWorker second = queue.worker();

      assertThat(Ids.UNSIGNED_ORDER.compare(first.id(), second.id())).isNegative();
    }
  }

  @Nested
  class Heartbeat {
    @Test
    void isTheLastSignOfLife() {
      QueueWorker worker = queue.worker();
      store.clock().advance(MINUTE);

      store.run(repo -> repo.queueWorkers().heartbeat(worker));

      assertThat(stage(worker)).isEqualTo(new Alive(now()));
    }

    @Test
    void doesNotGoBackWithTheClock() {
      QueueWorker worker = queue.worker();
      Instant registered = now();
      store.clock().advance(MINUTE.negated());

      store.run(repo -> repo.queueWorkers().heartbeat(worker));

      assertThat(stage(worker)).isEqualTo(new Alive(registered));
    }

    @Test
    void leavesOtherWorkersAlone() {
      QueueWorker worker = queue.worker();
      QueueWorker other = queue.worker();
      QueueWorkerStage before = stage(other);
      store.clock().advance(MINUTE);

      store.run(repo -> repo.queueWorkers().heartbeat(worker));

      assertThat(stage(other)).isEqualTo(before);
    }

    @Test
    void isRefusedOnceTheWorkerHasStopped() {
      QueueWorker worker = queue.stoppedWorker();
      QueueWorkerStage before = stage(worker);
      store.clock().advance(MINUTE);

      var refusal = queue.refused(repo -> repo.queueWorkers().heartbeat(worker));

      assertThat(refusal.reason()).isEqualTo(StateReason.WORKER_SHUT_DOWN);
      assertThat(refusal.id()).isEqualTo(worker.id());
      assertThat(stage(worker)).isEqualTo(before);
    }

    @Test
    void isRefusedToAnUnknownWorker() {
      var refusal =
          queue.refused(
              NotFoundException.class,
              repo -> repo.queueWorkers().heartbeat(Queue.unknownWorker()));

      assertThat(refusal.aggregate()).isEqualTo("queue_worker");
    }
  }

  @Nested
  class Shutdown {
    @Test
    void isForGood() {
      QueueWorker worker = queue.worker();
      Instant seen = now();
      store.clock().advance(MINUTE);

      store.run(repo -> repo.queueWorkers().shutdown(worker));

      assertThat(stage(worker)).isEqualTo(new ShutDown(seen, now()));
    }

    @Test
    void keepsTheFirstInstant() {
      QueueWorker worker = queue.stoppedWorker();
      QueueWorkerStage before = stage(worker);
      store.clock().advance(MINUTE);

      store.run(repo -> repo.queueWorkers().shutdown(worker));

      assertThat(stage(worker)).isEqualTo(before);
    }

    @Test
    void keepsTheFirstInstantIfManyStopTheWorkerAtOnce() throws InterruptedException {
      QueueWorker worker = queue.worker();
      MutableClock clock = store.clock();

      var race =
          Race.of(32)
              .run(
                  number -> {
                    clock.advance(Duration.ofSeconds(1));
                    return store.write(
                        repo -> {
                          repo.queueWorkers().shutdown(worker);
                          return stage(worker);
                        });
                  });

      assertThat(race.failures()).isEmpty();
      QueueWorkerStage stage = stage(worker);
      store.run(repo -> repo.queueWorkers().shutdown(worker));
      assertThat(stage(worker)).isEqualTo(stage).isInstanceOf(ShutDown.class);
    }

    @Test
    void isRefusedToAnUnknownWorker() {
      var refusal =
          queue.refused(
              NotFoundException.class, repo -> repo.queueWorkers().shutdown(Queue.unknownWorker()));

      assertThat(refusal.aggregate()).isEqualTo("queue_worker");
    }
  }

  @Nested
  class ShutdownDeadWorkers {
    @Test
    void stopsThoseUnseenForLongerThanTheThreshold() {
      QueueWorker dead = queue.worker();
      store.clock().advance(Duration.ofNanos(1000));
      QueueWorker alive = queue.worker();
      store.clock().advance(MINUTE);

      DeadWorkerReport report = sweep(MINUTE);

      assertThat(report).isEqualTo(new DeadWorkerReport(1, 0, 0));
      assertThat(stage(dead)).isEqualTo(new ShutDown(now().minus(MINUTE).minusNanos(1000), now()));
      assertThat(queue.details(alive).isAlive()).isTrue();
    }

    @Test
    void leavesThoseAloneThatHaveStopped() {
      QueueWorker stopped = queue.stoppedWorker();
      QueueWorkerStage before = stage(stopped);
      store.clock().advance(Duration.ofDays(1));

      DeadWorkerReport report = sweep(MINUTE);

      assertThat(report).isEqualTo(new DeadWorkerReport(0, 0, 0));
      assertThat(stage(stopped)).isEqualTo(before);
    }

    @Test
    void refusesANegativeThreshold() {
      QueueWorker worker = queue.worker();

      assertThatThrownBy(() -> sweep(Duration.ofNanos(-1)))
          .isInstanceOf(InvalidInputException.class);
      assertThat(queue.details(worker).isAlive()).isTrue();
    }

    @Test
    void passesOverAWorkerThatIsGivingASignOfLife() {
      QueueWorker worker = queue.worker();
      store.clock().advance(Duration.ofDays(1));
      Store.Held<QueueWorker> beating = store.hold(repo -> beat(repo, worker));

      DeadWorkerReport report = sweep(MINUTE);

      assertThat(report.workers()).isZero();
      beating.save();
      assertThat(stage(worker)).isEqualTo(new Alive(now()));
    }

    @Test
    void letsAHeartbeatThatComesLaterFail() {
      QueueWorker worker = queue.worker();
      store.clock().advance(Duration.ofDays(1));
      Store.Held<DeadWorkerReport> sweep =
          store.hold(repo -> repo.queueWorkers().shutdownDeadWorkers(MINUTE));
      Future<QueueWorker> beating = store.start(repo -> beat(repo, worker));
      store.awaitBlocked(1);

      sweep.save();

      assertThat(beating)
          .failsWithin(PATIENCE)
          .withThrowableOfType(ExecutionException.class)
          .withCauseInstanceOf(InvalidStateException.class);
      assertThat(stage(worker)).isInstanceOf(ShutDown.class);
    }

    @Test
    void declaresEachWorkerDeadOnceIfManySearchAtOnce() throws InterruptedException {
      for (int i = 0; i < 50; i++) {
        queue.worker();
      }
      store.clock().advance(Duration.ofDays(1));

      var race = Race.of(32).run(number -> sweep(MINUTE).workers());

      assertThat(race.failures()).isEmpty();
      sweep(MINUTE);
      assertThat(alive()).isEmpty();
      assertThat(race.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(50);
    }

    private DeadWorkerReport sweep(Duration threshold) {
      return store.write(repo -> repo.queueWorkers().shutdownDeadWorkers(threshold));
    }

    private static QueueWorker beat(RepositoryAccess repo, QueueWorker worker) {
      repo.queueWorkers().heartbeat(worker);
      return worker;
    }
  }

  @Nested
  class ListWorkers {
    @Test
    void showsAllOrThoseInOneStage() {
      QueueWorker alive = queue.worker();
      QueueWorker stopped = queue.stoppedWorker();

      assertThat(list(QueueWorkerFilter.all())).containsExactly(alive.id(), stopped.id());
      assertThat(list(QueueWorkerFilter.all().alive(true))).containsExactly(alive.id());
      assertThat(list(QueueWorkerFilter.all().alive(false))).containsExactly(stopped.id());
    }
  }

  @Nested
  class Cleanup {
    @Test
    void deletesStoppedWorkersWithinTheBounds() {
      UUID before = queue.stoppedWorker().id();
      UUID first = queue.stoppedWorker().id();
      UUID second = queue.stoppedWorker().id();
      UUID after = queue.stoppedWorker().id();

      CleanupResult<UUID> result = cleanup(Optional.of(before), second, 10);

      assertThat(result).isEqualTo(new CleanupResult<>(2, Optional.of(second)));
      assertThat(list(QueueWorkerFilter.all())).containsExactly(before, after);
      assertThat(first).isNotIn(list(QueueWorkerFilter.all()));
    }

    @Test
    void stopsAtTheLimit() {
      UUID first = queue.stoppedWorker().id();
      UUID second = queue.stoppedWorker().id();

      CleanupResult<UUID> result = cleanup(Optional.empty(), second, 1);

      assertThat(result).isEqualTo(new CleanupResult<>(1, Optional.of(first)));
      assertThat(list(QueueWorkerFilter.all())).containsExactly(second);
    }

    @Test
    void keepsWorkersThatLive() {
      UUID alive = queue.worker().id();

      CleanupResult<UUID> result = cleanup(Optional.empty(), alive, 10);

      assertThat(result).isEqualTo(new CleanupResult<>(0, Optional.empty()));
      assertThat(list(QueueWorkerFilter.all())).containsExactly(alive);
    }

    @Test
    void keepsAWorkerInWhoseNameAJobRuns() {
      QueueWorker worker = queue.worker();
      UUID job = queue.running(worker);
      store.sql("UPDATE queue_workers SET shutdown_at = now()");

      CleanupResult<UUID> result = cleanup(Optional.empty(), worker.id(), 10);

      assertThat(result.count()).isZero();
      assertThat(queue.details(worker).id()).isEqualTo(worker.id());
      assertThat(queue.lookup(job).job().id()).isEqualTo(job);
    }

    @Test
    void leavesJobsTheMemoryOfWhoRanThem() {
      QueueWorker worker = queue.worker();
      UUID job = queue.running(worker);
      store.run(
          repo -> {
            repo.queueJobs().markAsCompleted(job);
            repo.queueWorkers().shutdown(worker);
          });

      CleanupResult<UUID> result = cleanup(Optional.empty(), worker.id(), 10);

      assertThat(result.count()).isOne();
      assertThat(store.select("SELECT started_by FROM queue_jobs WHERE id = ?", job))
          .containsExactly(worker.id().toString());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1})
    void refusesALimitBelowOne(int limit) {
      UUID stopped = queue.stoppedWorker().id();

      queue.refused(
          InvalidInputException.class,
          repo -> repo.queueWorkers().cleanup(Optional.empty(), stopped, limit));

      assertThat(list(QueueWorkerFilter.all())).containsExactly(stopped);
    }

    @Test
    void refusesTheFuture() {
      UUID stopped = queue.stoppedWorker().id();
      UUID future = Ids.minAt(now().plusSeconds(60));

      queue.refused(
          InvalidInputException.class,
          repo -> repo.queueWorkers().cleanup(Optional.empty(), future, 1));

      assertThat(list(QueueWorkerFilter.all())).containsExactly(stopped);
    }

    private CleanupResult<UUID> cleanup(Optional<UUID> since, UUID until, int limit) {
      store.clock().advance(Duration.ofSeconds(1)); // ids may be ahead of a clock that stands
      return store.write(repo -> repo.queueWorkers().cleanup(since, until, limit));
    }
  }

  private QueueWorkerStage stage(QueueWorker worker) {
    return queue.details(worker).stage();
  }

  private List<UUID> alive() {
    return list(QueueWorkerFilter.all().alive(true));
  }

  private List<UUID> list(QueueWorkerFilter filter) {
    return store
        .read(repo -> repo.queueWorkers().list(filter, Pagination.first(1000)))
        .nodes()
        .stream()
        .map(QueueWorkerDetails::id)
        .toList();
  }

  private Instant now() {
    return store.now();
  }
}
