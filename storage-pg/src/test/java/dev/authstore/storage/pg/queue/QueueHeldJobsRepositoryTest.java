package dev.authstore.storage.pg.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.queue.QueueJob;
import dev.authstore.model.queue.QueueJobDetails;
import dev.authstore.model.queue.QueueJobStage.Completed;
import dev.authstore.model.queue.QueueJobStage.Lost;
import dev.authstore.model.queue.QueueWorker;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a worker does with all the jobs it holds. */
class QueueHeldJobsRepositoryTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final Queue queue = new Queue(store);

  @Nested
  class FindRunning {
    @Test
    void returnsWhatWasReserved() {
      QueueWorker worker = queue.worker();
      queue.job();
      queue.job();
      List<QueueJob> reserved = queue.reserve(worker, 2);

      List<QueueJob> found = running(worker);

      assertThat(found).isEqualTo(reserved);
    }

    @Test
    void leavesOutWhatOthersHold() {
      queue.running(queue.worker());

      List<QueueJob> found = running(queue.worker());

      assertThat(found).isEmpty();
    }

    @Test
    void leavesOutWhatHasEnded() {
      QueueWorker worker = queue.worker();
      UUID job = queue.running(worker);
      store.run(repo -> repo.queueJobs().markAsCompleted(job));

      List<QueueJob> found = running(worker);

      assertThat(found).isEmpty();
    }

    @Test
    void isEmptyForAnUnknownWorker() {
      List<QueueJob> found = running(Queue.unknownWorker());

      assertThat(found).isEmpty();
    }
  }

  @Nested
  class MarkAllAsCompleted {
    @Test
    void endsRunningJobs() {
      QueueWorker worker = queue.worker();
      List<UUID> jobs = List.of(queue.running(worker), queue.running(worker));
      store.clock().advance(Duration.ofSeconds(1));

      Set<UUID> completed = completeAll(jobs);

      assertThat(completed).containsExactlyInAnyOrderElementsOf(jobs);
      Instant now = store.now();
      assertThat(queue.all())
          .extracting(QueueJobDetails::stage)
          .containsExactly(new Completed(now), new Completed(now));
    }

    @Test
    void tellsTheSameAgain() {
      List<UUID> jobs = List.of(queue.running(queue.worker()));
      completeAll(jobs);
      List<QueueJobDetails> before = queue.all();
      store.clock().advance(Duration.ofSeconds(1));

      Set<UUID> completed = completeAll(jobs);

      assertThat(completed).containsExactlyElementsOf(jobs);
      assertThat(queue.all()).isEqualTo(before);
    }

    @Test
    void leavesAloneWhatDoesNotRun() {
      List<UUID> others =
          List.of(queue.lost(), queue.failed(), queue.later(), queue.job(), new UUID(7, 7));
      List<QueueJobDetails> before = queue.all();

      Set<UUID> completed = completeAll(others);

      assertThat(completed).isEmpty();
      assertThat(queue.all()).isEqualTo(before);
    }

    @Test
    void hasNothingToDoForNoJobs() {
      Set<UUID> completed = completeAll(List.of());

      assertThat(completed).isEmpty();
    }

    @Test
    void losesAgainstADeclarationOfDeathThatCameFirst() {
      QueueWorker worker = queue.worker();
      UUID job = queue.running(worker);
      Store.Held<QueueWorker> first = store.hold(repo -> stopped(repo, worker));
      Future<Set<UUID>> second = store.start(repo -> completing(repo, List.of(job)));
      store.awaitBlocked(1);

      first.save();

      assertThat(second).succeedsWithin(PATIENCE).isEqualTo(Set.of());
      assertThat(queue.stage(job)).isInstanceOf(Lost.class);
    }

    @Test
    void keepsWhatCameBeforeADeclarationOfDeath() {
      QueueWorker worker = queue.worker();
      UUID job = queue.running(worker);
      Store.Held<Set<UUID>> first = store.hold(repo -> completing(repo, List.of(job)));

      store.run(repo -> repo.queueWorkers().shutdown(worker)); // passes over what is being settled
      first.save();

      assertThat(queue.stage(job)).isInstanceOf(Completed.class);
    }

    private Set<UUID> completeAll(Collection<UUID> jobs) {
      return store.write(repo -> completing(repo, jobs));
    }

    private static QueueWorker stopped(RepositoryAccess repo, QueueWorker worker) {
      repo.queueWorkers().shutdown(worker);
      return worker;
    }

    private static Set<UUID> completing(RepositoryAccess repo, Collection<UUID> jobs) {
      return repo.queueJobs().markAllAsCompleted(jobs);
    }
  }

  private List<QueueJob> running(QueueWorker worker) {
    return store.write(repo -> repo.queueJobs().findRunning(worker));
  }
}
