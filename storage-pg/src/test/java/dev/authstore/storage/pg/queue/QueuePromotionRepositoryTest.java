package dev.authstore.storage.pg.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.queue.QueueJobStage.Available;
import dev.authstore.model.queue.QueueJobStage.Running;
import dev.authstore.model.queue.QueueJobStage.Scheduled;
import dev.authstore.model.queue.QueueWorker;
import dev.authstore.storage.Repository;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StorageSettings;
import dev.authstore.storage.pg.Authstore;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Scheduled jobs whose time has come. */
class QueuePromotionRepositoryTest {
  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final Queue queue = new Queue(store);

  @Test
  void makesAvailableWhatIsDue() {
    UUID id = queue.later();
    store.clock().advance(Duration.ofSeconds(60));

    int count = promote();

    assertThat(count).isOne();
    assertThat(queue.stage(id)).isEqualTo(new Available());
    assertThat(queue.lookup(id).scheduledAt()).contains(now());
  }

  @Test
  void leavesWhatIsDueAMicrosecondLater() {
    UUID id = queue.later();
    store.clock().advance(Duration.ofSeconds(60).minusNanos(1000));

    int count = promote();

    assertThat(count).isZero();
    assertThat(queue.stage(id)).isInstanceOf(Scheduled.class);
  }

  @Test
  void promotesEachJobOnceIfManyDoItAtOnce() throws InterruptedException {
    for (int i = 0; i < 100; i++) {
      queue.later();
    }
    store.clock().advance(Duration.ofMinutes(2));

    var race = Race.of(32).run(number -> promote());

    assertThat(race.failures()).isEmpty();
    int rest = promote();
    assertThat(race.values().stream().mapToInt(Integer::intValue).sum() + rest).isEqualTo(100);
    assertThat(queue.all()).allMatch(job -> job.stage() instanceof Available);
  }

  private int promote() {
    return store.write(repo -> repo.queueJobs().scheduleAvailableJobs());
  }

  @Test
  void takesTheLongestDueFirst() {
    UUID second = dueIn(Duration.ofSeconds(2));
    UUID first = dueIn(Duration.ofSeconds(1));
    store.clock().advance(Duration.ofMinutes(1));

    int count = batchesOf(1).call(repo -> repo.queueJobs().scheduleAvailableJobs());

    assertThat(count).isOne();
    assertThat(queue.stage(first)).isEqualTo(new Available());
    assertThat(queue.stage(second)).isInstanceOf(Scheduled.class);
  }

  @Test
  void passesOverWhatAnotherIsMakingAvailable() {
    UUID first = dueIn(Duration.ofSeconds(1));
    UUID second = dueIn(Duration.ofSeconds(2));
    store.clock().advance(Duration.ofMinutes(1));
    try (Repository other = batchesOf(1).begin()) {
      other.queueJobs().scheduleAvailableJobs();

      int count = promote();

      assertThat(count).isOne();
      assertThat(queue.stage(second)).isEqualTo(new Available());
      assertThat(queue.stage(first)).isInstanceOf(Scheduled.class);
      other.save();
    }
    assertThat(queue.stage(first)).isEqualTo(new Available());
  }

  @Test
  void promotesEachJobOnceWhileOthersReserve() throws InterruptedException {
    for (int i = 0; i < 100; i++) {
      queue.later();
    }
    store.clock().advance(Duration.ofMinutes(2));
    List<QueueWorker> workers = Stream.generate(queue::worker).limit(32).toList();
    List<UUID> reserved = Collections.synchronizedList(new ArrayList<>());

    var race =
        Race.of(32)
            .run(
                number -> {
                  if (number % 2 == 0) {
                    return promote();
                  }
                  queue.reserve(workers.get(number), 10).forEach(job -> reserved.add(job.id()));
                  return 0;
                });

    assertThat(race.failures()).isEmpty();
    int rest = promote();
    assertThat(race.values().stream().mapToInt(Integer::intValue).sum() + rest).isEqualTo(100);
    assertThat(reserved).doesNotHaveDuplicates();
    assertThat(queue.all())
        .filteredOn(job -> job.stage() instanceof Running)
        .extracting(job -> job.job().id())
        .containsExactlyInAnyOrderElementsOf(reserved);
  }

  private UUID dueIn(Duration delay) {
    Instant due = now().plus(delay);
    return store.write(
        repo ->
            repo.queueJobs()
                .scheduleLater(Queue.NAME, Queue.PAYLOAD, Queue.METADATA, due, Optional.empty()));
  }

  private RepositoryFactory batchesOf(int size) {
    StorageSettings settings = store.settings();
    return Authstore.using(
            store.dataSource(), store.schema(), settings.queue(settings.queue().dueBatch(size)))
        .repositories();
  }

  private Instant now() {
    return store.now();
  }
}
