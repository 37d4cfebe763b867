package dev.authstore.storage.pg.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.queue.QueueJobDetails;
import dev.authstore.model.queue.QueueWorker;
import dev.authstore.model.queue.ScheduleStatus;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class QueueScheduleRepositoryTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final Queue queue = new Queue(store);

  @Nested
  class Setup {
    @Test
    void addsWhatIsMissing() {
      setUp("b", "a", "b");
      setUp("c", "a");

      assertThat(list()).containsExactly(never("a"), never("b"), never("c"));
    }

    @Test
    void keepsTheHistoryOfWhatIsThere() {
      setUp("nightly");
      queue.occurrence("nightly");
      List<ScheduleStatus> before = list();

      setUp("nightly");

      assertThat(list()).isEqualTo(before);
    }

    @Test
    void hasNothingToDoForNoNames() {
      store.statements();

      setUp();

      assertThat(store.statements()).isEmpty();
    }

    @Test
    void mayBeDoneByManyAtOnce() throws InterruptedException {
      List<String> names = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        names.add("schedule " + i);
      }

      var race =
          Race.of(32)
              .run(
                  number -> {
                    List<String> shuffled = new ArrayList<>(names);
                    Collections.shuffle(shuffled, new Random(number));
                    store.run(repo -> repo.queueSchedules().setup(shuffled));
                    return number;
                  });

      assertThat(race.failures()).isEmpty();
      assertThat(list())
          .extracting(ScheduleStatus::scheduleName)
          .containsExactlyInAnyOrderElementsOf(names);
    }

    @ParameterizedTest
    @MethodSource("dev.authstore.storage.pg.queue.QueueJobRepositoryTest#unusableNames")
    void refusesANameThatCannotBeStored(String name) {
      var refusal =
          queue.refused(
              InvalidInputException.class,
              repo -> repo.queueSchedules().setup(List.of("good", name)));

      assertThat(refusal).hasMessageContaining("name of a schedule");
      assertThat(list()).isEmpty();
    }
  }

  @Nested
  class ListSchedules {
    @Test
    void tellsThatOneWasNeverPlanned() {
      setUp("nightly");

      assertThat(list()).containsExactly(never("nightly"));
    }

    @Test
    void tellsThatAnOccurrenceIsStillToCome() {
      setUp("nightly");
      Instant due = now().plusSeconds(60);
      store.run(
          repo ->
              repo.queueJobs()
                  .scheduleLater(
                      Queue.NAME, Queue.PAYLOAD, Queue.METADATA, due, Optional.of("nightly")));

      assertThat(list())
          .containsExactly(new ScheduleStatus("nightly", Optional.of(due), Optional.of(false)));
    }

    @Test
    void tellsThatAnOccurrenceHasNotEnded() {
      setUp("nightly");
      queue.occurrence("nightly");
      ScheduleStatus available = list().get(0);
      queue.reserve(queue.worker(), 1);
      ScheduleStatus running = list().get(0);

      assertThat(available.lastScheduledJobCompleted()).contains(false);
      assertThat(running).isEqualTo(available);
    }

    @Test
    void tellsThatAnOccurrenceHasEndedHoweverItDid() {
      setUp("completed", "failed", "abandoned");
      QueueWorker worker = queue.worker();
      UUID completed = occurrence("completed", worker);
      store.run(repo -> repo.queueJobs().markAsCompleted(completed));
      UUID failed = occurrence("failed", worker);
      store.run(repo -> repo.queueJobs().markAsFailed(failed, "reason"));
      UUID abandoned = occurrence("abandoned", worker);
      store.sql("UPDATE queue_jobs SET attempt = 10 WHERE id = ?", abandoned);
      store.run(repo -> repo.queueWorkers().shutdown(worker));

      assertThat(list())
          .hasSize(3)
          .extracting(ScheduleStatus::lastScheduledJobCompleted)
          .containsOnly(Optional.of(true));
    }

    @Test
    void knowsNothingOfAJobThatWasCleanedUp() {
      setUp("nightly");
      QueueWorker worker = queue.worker();
      UUID job = occurrence("nightly", worker);
      store.run(repo -> repo.queueJobs().markAsCompleted(job));
      Instant due = now();
      store.clock().advance(Duration.ofSeconds(1));
      store.<CleanupResult<UUID>>write(repo -> repo.queueJobs().cleanup(Optional.empty(), job, 10));

      assertThat(list())
          .containsExactly(new ScheduleStatus("nightly", Optional.of(due), Optional.empty()));
    }
  }

  @Nested
  class Prune {
    @Test
    void removesWhatIsNotKept() {
      setUp("a", "b", "c");

      int removed = prune("b", "x");

      assertThat(removed).isEqualTo(2);
      assertThat(list()).containsExactly(never("b"));
    }

    @Test
    void removesAllIfNothingIsKept() {
      setUp("a", "b");

      int removed = prune();

      assertThat(removed).isEqualTo(2);
      assertThat(list()).isEmpty();
    }

    @Test
    void keepsOneWithAnOccurrenceUnderWay() {
      setUp("nightly");
      queue.occurrence("nightly");

      int removed = prune();

      assertThat(removed).isZero();
      assertThat(list()).hasSize(1);
    }

    @Test
    void makesJobsForgetTheirSchedule() {
      setUp("nightly");
      UUID job = occurrence("nightly", queue.worker());
      store.run(repo -> repo.queueJobs().markAsCompleted(job));

      int removed = prune();

      assertThat(removed).isOne();
      assertThat(queue.lookup(job).scheduleName()).isEmpty();
    }

    @Test
    void passesOverOneForWhichAJobIsBeingPlanned() {
      setUp("nightly");
      Store.Held<UUID> planning =
          store.hold(
              repo ->
                  repo.queueJobs()
                      .scheduleLater(
                          Queue.NAME,
                          Queue.PAYLOAD,
                          Queue.METADATA,
                          now(),
                          Optional.of("nightly")));

      int removed = prune();

      assertThat(removed).isZero();
      planning.save();
      assertThat(queue.all())
          .extracting(QueueJobDetails::scheduleName)
          .containsExactly(Optional.of("nightly"));
    }

    @Test
    void isWaitedForByOneThatPlans() {
      setUp("nightly");
      Store.Held<Integer> pruning = store.hold(repo -> repo.queueSchedules().prune(List.of()));
      Future<UUID> planning =
          store.start(
              repo ->
                  repo.queueJobs()
                      .scheduleLater(
                          Queue.NAME,
                          Queue.PAYLOAD,
                          Queue.METADATA,
                          now(),
                          Optional.of("nightly")));
      store.awaitBlocked(1);

      pruning.save();

      assertThat(planning).failsWithin(PATIENCE);
      assertThat(queue.all()).isEmpty();
    }

    private int prune(String... kept) {
      return store.write(repo -> repo.queueSchedules().prune(List.of(kept)));
    }
  }

  private UUID occurrence(String schedule, QueueWorker worker) {
    UUID job = queue.occurrence(schedule);
    assertThat(queue.reserve(worker, 1)).hasSize(1);
    return job;
  }

  private void setUp(String... names) {
    store.run(repo -> repo.queueSchedules().setup(List.of(names)));
  }

  private List<ScheduleStatus> list() {
    return store.read(repo -> repo.queueSchedules().list());
  }

  private static ScheduleStatus never(String name) {
    return new ScheduleStatus(name, Optional.empty(), Optional.empty());
  }

  private Instant now() {
    return store.now();
  }
}
