package dev.authstore.storage.pg.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.authstore.model.queue.LeaderLease;
import dev.authstore.model.queue.QueueWorker;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class QueueLeaderRepositoryTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration LEASE = Duration.ofSeconds(5);

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final Queue queue = new Queue(store);

  @Nested
  class TryGetLeaderLease {
    @Test
    void makesALeaderWhereThereIsNone() {
      QueueWorker worker = queue.worker();

      boolean leads = lead(worker);

      assertThat(leads).isTrue();
      assertThat(leader()).contains(new LeaderLease(worker.id(), now(), now().plus(LEASE)));
    }

    @Test
    void prolongsTheTermOfTheLeader() {
      QueueWorker worker = queue.worker();
      lead(worker);
      Instant elected = now();
      store.clock().advance(Duration.ofSeconds(2));

      boolean leads = lead(worker);

      assertThat(leads).isTrue();
      assertThat(leader()).contains(new LeaderLease(worker.id(), elected, now().plus(LEASE)));
    }

    @Test
    void isInVainWhileAnotherLeads() {
      QueueWorker leader = queue.worker();
      QueueWorker other = queue.worker();
      lead(leader);
      Optional<LeaderLease> before = leader();
      store.clock().advance(LEASE.minusNanos(1000));

      boolean leads = lead(other);

      assertThat(leads).isFalse();
      assertThat(leader()).isEqualTo(before);
    }

    @Test
    void takesOverFromTheInstantOfExpiry() {
      QueueWorker old = queue.worker();
      QueueWorker next = queue.worker();
      lead(old);
      store.clock().advance(LEASE);

      boolean leads = lead(next);

      assertThat(leads).isTrue();
      assertThat(leader()).contains(new LeaderLease(next.id(), now(), now().plus(LEASE)));
      assertThat(lead(old)).isFalse();
    }

    @Test
    void beginsANewTermAfterExpiry() {
      QueueWorker worker = queue.worker();
      lead(worker);
      LeaderLease first = leader().orElseThrow();
      store.clock().advance(LEASE);

      lead(worker);

      LeaderLease second = leader().orElseThrow();
      assertThat(second.electedAt()).isEqualTo(now());
      assertThat(second.isSameTerm(first)).isFalse();
    }

    @Test
    void doesNotWaitForALeaderThatIsProlonging() {
      QueueWorker leader = queue.worker();
      QueueWorker other = queue.worker();
      lead(leader);
      Store.Held<Boolean> prolonging =
          store.hold(repo -> repo.queueWorkers().tryGetLeaderLease(leader));

      boolean leads = lead(other);

      assertThat(leads).isFalse();
      prolonging.save();
    }

    @Test
    void waitsForOneThatIsBeingElectedAndThenGivesWay() {
      QueueWorker first = queue.worker();
      QueueWorker second = queue.worker();
      Store.Held<Boolean> election =
          store.hold(repo -> repo.queueWorkers().tryGetLeaderLease(first));
      Future<Boolean> other = store.start(repo -> repo.queueWorkers().tryGetLeaderLease(second));
      store.awaitBlocked(1);

      election.save();

      assertThat(other).succeedsWithin(PATIENCE).isEqualTo(false);
      assertThat(leader().map(LeaderLease::workerId)).contains(first.id());
    }

    @Test
    void takesThePlaceOfOneWhoseElectionWasCancelled() {
      QueueWorker first = queue.worker();
      QueueWorker second = queue.worker();
      Store.Held<Boolean> election =
          store.hold(repo -> repo.queueWorkers().tryGetLeaderLease(first));
      Future<Boolean> other = store.start(repo -> repo.queueWorkers().tryGetLeaderLease(second));
      store.awaitBlocked(1);

      election.cancel();

      assertThat(other).succeedsWithin(PATIENCE).isEqualTo(true);
      assertThat(leader().map(LeaderLease::workerId)).contains(second.id());
    }

    @Test
    void makesOneLeaderIfManyTryAtOnce() throws InterruptedException {
      List<QueueWorker> workers = workers(20);
      for (int round = 0; round < 200; round++) {
        store.sql("TRUNCATE queue_leader"); // as after a crash of the server

        var race = Race.of(workers.size()).run(number -> lead(workers.get(number)));

        assertThat(race.failures()).isEmpty();
        assertThat(race.values()).containsOnlyOnce(true);
        assertThat(leader().map(LeaderLease::workerId))
            .contains(workers.get(race.values().indexOf(true)).id());
      }
    }

    @Test
    void passesAnExpiredLeaseToOneIfManyTryAtOnce() throws InterruptedException {
      List<QueueWorker> workers = workers(32);
      lead(queue.worker());
      for (int round = 0; round < 20; round++) {
        store.clock().advance(LEASE);

        var race = Race.of(workers.size()).run(number -> lead(workers.get(number)));

        assertThat(race.failures()).isEmpty();
        assertThat(race.values()).containsOnlyOnce(true);
      }
    }

    @Test
    void isRefusedToAWorkerThatHasStopped() {
      QueueWorker worker = queue.stoppedWorker();

      var refusal = queue.refused(repo -> repo.queueWorkers().tryGetLeaderLease(worker));

      assertThat(refusal.reason()).isEqualTo(StateReason.WORKER_SHUT_DOWN);
      assertThat(leader()).isEmpty();
    }

    @Test
    void isRefusedToALeaderThatWasDeclaredDead() {
      QueueWorker worker = queue.worker();
      lead(worker);
      store.clock().advance(Duration.ofMinutes(2));
      store.run(repo -> repo.queueWorkers().shutdownDeadWorkers(Duration.ofMinutes(1)));

      var refusal = queue.refused(repo -> repo.queueWorkers().tryGetLeaderLease(worker));

      assertThat(refusal.reason()).isEqualTo(StateReason.WORKER_SHUT_DOWN);
      assertThat(leader()).isEmpty();
    }

    @Test
    void isRefusedToAnUnknownWorker() {
      var refusal =
          queue.refused(
              NotFoundException.class,
              repo -> repo.queueWorkers().tryGetLeaderLease(Queue.unknownWorker()));

      assertThat(refusal.id()).isEqualTo(Queue.unknownWorker().id());
    }

    @Test
    void isRefusedIfTheWorkerIsDeclaredDeadMeanwhile() {
      QueueWorker worker = queue.worker();
      store.clock().advance(Duration.ofMinutes(2));
      Store.Held<?> sweep =
          store.hold(repo -> repo.queueWorkers().shutdownDeadWorkers(Duration.ofMinutes(1)));
      Future<Boolean> election = store.start(repo -> repo.queueWorkers().tryGetLeaderLease(worker));
      store.awaitBlocked(1);

      sweep.save();

      assertThat(election)
          .failsWithin(PATIENCE)
          .withThrowableOfType(ExecutionException.class)
          .withCauseInstanceOf(InvalidStateException.class);
      assertThat(store.select("SELECT worker_id FROM queue_leader")).isEmpty();
    }
  }

  @Nested
  class RemoveLeaderLeaseIfExpired {
    @Test
    void leavesAValidLease() {
      QueueWorker worker = queue.worker();
      lead(worker);
      store.clock().advance(LEASE.minusNanos(1000));

      boolean removed = remove();

      assertThat(removed).isFalse();
      assertThat(leader()).isPresent();
    }

    @Test
    void removesAnExpiredOne() {
      QueueWorker worker = queue.worker();
      lead(worker);
      store.clock().advance(LEASE);

      boolean removed = remove();

      assertThat(removed).isTrue();
      assertThat(store.select("SELECT worker_id FROM queue_leader")).isEmpty();
    }

    @Test
    void hasNothingToDoWithoutALeader() {
      boolean removed = remove();

      assertThat(removed).isFalse();
    }

    @Test
    void isDoneByOneIfManyTryAtOnce() throws InterruptedException {
      lead(queue.worker());
      store.clock().advance(LEASE);

      var race = Race.of(32).run(number -> remove());

      assertThat(race.failures()).isEmpty();
      assertThat(race.values()).containsOnlyOnce(true);
    }

    private boolean remove() {
      return store.write(repo -> repo.queueWorkers().removeLeaderLeaseIfExpired());
    }
  }

  @Nested
  class Resign {
    @Test
    void makesRoomForAnother() {
      QueueWorker leader = queue.worker();
      QueueWorker next = queue.worker();
      lead(leader);

      boolean resigned = store.write(repo -> repo.queueWorkers().resign(leader));

      assertThat(resigned).isTrue();
      assertThat(leader()).isEmpty();
      assertThat(lead(next)).isTrue();
    }

    @Test
    void doesNotTakeTheLeaseOfAnother() {
      QueueWorker leader = queue.worker();
      QueueWorker other = queue.worker();
      lead(leader);

      boolean resigned = store.write(repo -> repo.queueWorkers().resign(other));

      assertThat(resigned).isFalse();
      assertThat(leader().map(LeaderLease::workerId)).contains(leader.id());
    }
  }

  @Nested
  class Shutdown {
    @Test
    void givesTheLeaseBack() {
      QueueWorker leader = queue.worker();
      lead(leader);

      store.run(repo -> repo.queueWorkers().shutdown(leader));

      assertThat(leader()).isEmpty();
    }

    @Test
    void leavesTheLeaseOfAnother() {
      QueueWorker leader = queue.worker();
      QueueWorker other = queue.worker();
      lead(leader);

      store.run(repo -> repo.queueWorkers().shutdown(other));

      assertThat(leader().map(LeaderLease::workerId)).contains(leader.id());
    }
  }

  @Nested
  class TryBeginDuties {
    @Test
    void tellsTheTermOfTheLeader() {
      QueueWorker worker = queue.worker();
      lead(worker);

      Store.Held<Optional<LeaderLease>> duties = duties(worker);

      assertThat(duties.result()).contains(new LeaderLease(worker.id(), now(), now().plus(LEASE)));
      duties.save();
    }

    @Test
    void isEmptyForOneThatDoesNotLead() {
      QueueWorker leader = queue.worker();
      QueueWorker other = queue.worker();
      lead(leader);

      Store.Held<Optional<LeaderLease>> duties = duties(other);

      assertThat(duties.result()).isEmpty();
      duties.save();
    }

    @Test
    void isEmptyForOneThatLeadsNoMore() {
      QueueWorker worker = queue.worker();
      lead(worker);
      store.clock().advance(LEASE);

      Store.Held<Optional<LeaderLease>> duties = duties(worker);

      assertThat(duties.result()).isEmpty();
      duties.save();
    }

    @Test
    void isEmptyWhileAFormerLeaderIsStillAtIt() {
      QueueWorker former = queue.worker();
      QueueWorker leader = queue.worker();
      lead(former);
      Store.Held<Optional<LeaderLease>> atIt = duties(former);
      store.clock().advance(LEASE);
      lead(leader);

      Store.Held<Optional<LeaderLease>> duties = duties(leader);

      assertThat(duties.result()).isEmpty();
      duties.save();
      atIt.cancel();
      Store.Held<Optional<LeaderLease>> later = duties(leader);
      assertThat(later.result()).isPresent();
      later.save();
    }

    @Test
    void isGrantedToOneIfManyBelieveToLead() throws InterruptedException {
      QueueWorker worker = queue.worker();
      lead(worker);
      List<Store.Held<Optional<LeaderLease>>> held = new ArrayList<>();

      var race =
          Race.of(32)
              .run(
                  number -> {
                    Store.Held<Optional<LeaderLease>> duties = duties(worker);
                    synchronized (held) {
                      held.add(duties);
                    }
                    return duties.result().isPresent();
                  });

      assertThat(race.failures()).isEmpty();
      assertThat(race.values()).containsOnlyOnce(true);
      held.forEach(Store.Held::cancel);
    }

    @Test
    void needsATransaction() {
      QueueWorker worker = queue.worker();

      var refusal =
          catchThrowableOfType(
              InvalidStateException.class,
              () ->
                  store.repositories().direct(repo -> repo.queueWorkers().tryBeginDuties(worker)));

      assertThat(refusal.reason()).isEqualTo(StateReason.NO_TRANSACTION);
    }

    private Store.Held<Optional<LeaderLease>> duties(QueueWorker worker) {
      return store.hold(repo -> repo.queueWorkers().tryBeginDuties(worker));
    }
  }

  private List<QueueWorker> workers(int count) {
    List<QueueWorker> workers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      workers.add(queue.worker());
    }
    return workers;
  }

  private boolean lead(QueueWorker worker) {
    return store.write(repo -> repo.queueWorkers().tryGetLeaderLease(worker));
  }

  private Optional<LeaderLease> leader() {
    return store.read(repo -> repo.queueWorkers().leader());
  }

  private Instant now() {
    return store.now();
  }
}
