package dev.authstore.storage.pg.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.model.Ids;
import dev.authstore.model.Json;
import dev.authstore.model.queue.JobMetadata;
import dev.authstore.model.queue.QueueJob;
import dev.authstore.model.queue.QueueJobDetails;
import dev.authstore.model.queue.QueueJobStage.Available;
import dev.authstore.model.queue.QueueJobStage.Scheduled;
import dev.authstore.model.queue.QueueJobStatus;
import dev.authstore.model.queue.QueueWorker;
import dev.authstore.model.queue.ScheduleStatus;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.page.TimeRange;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.queue.NewJob;
import dev.authstore.storage.queue.QueueBacklog;
import dev.authstore.storage.queue.QueueJobFilter;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class QueueJobRepositoryTest {
  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final Queue queue = new Queue(store);

  @Nested
  class Schedule {
    @Test
    void makesAnAvailableJob() {
      UUID id = queue.job();

      assertThat(queue.lookup(id))
          .isEqualTo(
              new QueueJobDetails(
                  new QueueJob(id, Queue.NAME, Queue.PAYLOAD, Queue.METADATA, 0),
                  Optional.empty(),
                  now(),
                  Optional.empty(),
                  new Available()));
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "null",
          "{}",
          "[1,2,[3]]",
          "\"é😀\"",
          "1.5",
          "{\"a\":{\"b\":[null,true,{\"c\":\"d\"}]}}"
        })
    void keepsAnyPayload(String text) {
      Json payload = Json.parse(text);

      UUID id =
          store.write(repo -> repo.queueJobs().schedule(Queue.NAME, payload, JobMetadata.NONE));

      assertThat(queue.lookup(id).job().payload()).isEqualTo(payload);
    }

    @Test
    void keepsADeepPayload() {
      Json payload = Json.parse("[".repeat(512) + "]".repeat(512));

      UUID id =
          store.write(repo -> repo.queueJobs().schedule(Queue.NAME, payload, JobMetadata.NONE));

      assertThat(queue.lookup(id).job().payload()).isEqualTo(payload);
    }

    @Test
    void takesIdsThatAreNoneForNoTrace() {
      JobMetadata untraced = new JobMetadata("not hex", "b7ad6b7169203331", 1);

      UUID id = store.write(repo -> repo.queueJobs().schedule(Queue.NAME, Queue.PAYLOAD, untraced));

      assertThat(queue.lookup(id).job().metadata()).isEqualTo(JobMetadata.NONE);
    }

    @Test
    void leavesNothingIfTheUnitOfWorkIsCancelled() {
      Store.Held<UUID> held =
          store.hold(
              repo -> repo.queueJobs().schedule(Queue.NAME, Queue.PAYLOAD, JobMetadata.NONE));
      assertThat(queue.all()).isEmpty();

      held.cancel();

      assertThat(queue.all()).isEmpty();
    }

    @Test
    void isSeenOnceTheUnitOfWorkIsSaved() {
      Store.Held<UUID> held =
          store.hold(
              repo -> {
                repo.users().add("john");
                return repo.queueJobs().schedule(Queue.NAME, Queue.PAYLOAD, JobMetadata.NONE);
              });
      assertThat(queue.reserve(queue.worker(), 1)).isEmpty();

      held.save();

      assertThat(queue.reserve(queue.worker(), 1)).extracting(QueueJob::id).contains(held.result());
    }

    @ParameterizedTest
    @MethodSource("dev.authstore.storage.pg.queue.QueueJobRepositoryTest#unusableNames")
    void refusesANameThatCannotBeStored(String name) {
      var refusal =
          queue.refused(
              InvalidInputException.class,
              repo -> repo.queueJobs().schedule(name, Queue.PAYLOAD, JobMetadata.NONE));

      assertThat(refusal).hasMessageContaining("name of a queue");
    }

    @Test
    void acceptsTheLongestName() {
      String name = "é".repeat(100);

      UUID id = queue.job(name);

      assertThat(queue.lookup(id).job().queueName()).isEqualTo(name);
    }

    @Test
    void leavesNothingIfAnotherWriteOfTheUnitOfWorkIsRefused() {
      assertThatThrownBy(
              () ->
                  store.run(
                      repo -> {
                        repo.queueJobs().schedule(Queue.NAME, Queue.PAYLOAD, JobMetadata.NONE);
                        repo.users().add("john");
                        repo.users().add("john");
                      }))
          .isInstanceOf(ConflictException.class);

      assertThat(queue.all()).isEmpty();
    }
  }

  @Nested
  class ScheduleBatch {
    @Test
    void makesJobsInTheirOrder() {
      List<NewJob> jobs =
          IntStream.range(0, 1_001)
              .mapToObj(i -> new NewJob("q" + i % 3, Json.parse("" + i), Queue.METADATA))
              .toList();

      List<UUID> ids = store.write(repo -> repo.queueJobs().scheduleBatch(jobs));

      assertThat(ids).isSortedAccordingTo(Ids.UNSIGNED_ORDER).doesNotHaveDuplicates();
      assertThat(queue.all())
          .extracting(QueueJobDetails::job)
          .containsExactlyElementsOf(
              IntStream.range(0, 1_001)
                  .mapToObj(
                      i ->
                          new QueueJob(
                              ids.get(i),
                              jobs.get(i).queueName(),
                              jobs.get(i).payload(),
                              Queue.METADATA,
                              0))
                  .toList());
    }

    @Test
    void sendsNothingForNoJobs() {
      store.statements();

      List<UUID> ids = store.write(repo -> repo.queueJobs().scheduleBatch(List.of()));

      assertThat(ids).isEmpty();
      assertThat(store.statements()).isEmpty();
    }

    @Test
    void refusesAllIfOneNameCannotBeStored() {
      List<NewJob> jobs =
          List.of(
              new NewJob(Queue.NAME, Json.NULL, JobMetadata.NONE),
              new NewJob(" ", Json.NULL, JobMetadata.NONE));

      queue.refused(InvalidInputException.class, repo -> repo.queueJobs().scheduleBatch(jobs));

      assertThat(queue.all()).isEmpty();
    }
  }

  @Nested
  class ScheduleLater {
    @Test
    void makesAJobThatWaitsForItsTime() {
      Instant due = now().plusSeconds(60);

      UUID id = queue.later();

      assertThat(queue.lookup(id))
          .isEqualTo(
              new QueueJobDetails(
                  new QueueJob(id, Queue.NAME, Queue.PAYLOAD, Queue.METADATA, 0),
                  Optional.empty(),
                  now(),
                  Optional.of(due),
                  new Scheduled(due)));
      assertThat(queue.reserve(queue.worker(), 1)).isEmpty();
    }

    @Test
    void acceptsThePast() {
      UUID id =
          store.write(
              repo ->
                  repo.queueJobs()
                      .scheduleLater(
                          Queue.NAME,
                          Json.NULL,
                          JobMetadata.NONE,
                          Instant.EPOCH,
                          Optional.empty()));

      int available = store.write(repo -> repo.queueJobs().scheduleAvailableJobs());

      assertThat(available).isOne();
      assertThat(queue.stage(id)).isEqualTo(new Available());
    }

    @Test
    void isRememberedByItsSchedule() {
      setUp("nightly");
      Instant due = now().plusSeconds(60);

      UUID id = occurrence("nightly", due);

      assertThat(queue.lookup(id).scheduleName()).contains("nightly");
      assertThat(store.<List<ScheduleStatus>>read(repo -> repo.queueSchedules().list()))
          .containsExactly(new ScheduleStatus("nightly", Optional.of(due), Optional.of(false)));
    }

    @Test
    void isRefusedWithoutTheSchedule() {
      var refusal =
          queue.refused(
              NotFoundException.class,
              repo ->
                  repo.queueJobs()
                      .scheduleLater(
                          Queue.NAME, Json.NULL, JobMetadata.NONE, now(), Optional.of("nightly")));

      assertThat(refusal.aggregate()).isEqualTo("queue_schedule");
      assertThat(refusal).hasMessageContaining("nightly");
    }

    @Test
    void isRefusedWhileAnOccurrenceIsUnderWay() {
      setUp("nightly");
      occurrence("nightly", now().plusSeconds(60));
      List<ScheduleStatus> before = store.read(repo -> repo.queueSchedules().list());

      var refusal =
          queue.conflict(
              repo ->
                  repo.queueJobs()
                      .scheduleLater(
                          Queue.NAME, Json.NULL, JobMetadata.NONE, now(), Optional.of("nightly")));

      assertThat(refusal.kind()).isEqualTo(ConflictKind.SCHEDULE_PENDING);
      assertThat(store.<List<ScheduleStatus>>read(repo -> repo.queueSchedules().list()))
          .isEqualTo(before);
    }

    @Test
    void makesOneOccurrenceIfManyPlanAtOnce() throws InterruptedException {
      setUp("nightly");

      var race = Race.of(32).run(number -> occurrence("nightly", now().plusSeconds(number)));

      assertThat(race.values()).hasSize(1);
      assertThat(race.failures())
          .hasSize(31)
          .allSatisfy(failure -> assertThat(failure).isInstanceOf(ConflictException.class));
      assertThat(queue.all()).extracting(job -> job.job().id()).isEqualTo(race.values());
    }

    @ParameterizedTest
    @MethodSource("dev.authstore.storage.pg.queue.QueueJobRepositoryTest#unusableNames")
    void refusesANameThatCannotBeStored(String name) {
      queue.refused(
          InvalidInputException.class,
          repo ->
              repo.queueJobs()
                  .scheduleLater(name, Json.NULL, JobMetadata.NONE, now(), Optional.empty()));

      assertThat(queue.all()).isEmpty();
    }

    private UUID occurrence(String schedule, Instant due) {
      return store.write(
          repo ->
              repo.queueJobs()
                  .scheduleLater(
                      Queue.NAME, Queue.PAYLOAD, JobMetadata.NONE, due, Optional.of(schedule)));
    }

    private void setUp(String schedule) {
      store.run(repo -> repo.queueSchedules().setup(List.of(schedule)));
    }
  }

  @Nested
  class Cleanup {
    @Test
    void deletesWhatHasEnded() {
      QueueWorker worker = queue.worker();
      UUID running = queue.running(worker);
      List<UUID> ended = List.of(queue.completed(), queue.failed(), queue.lost());
      UUID waiting = queue.later();
      UUID available = queue.job();

      CleanupResult<UUID> result = cleanup(Optional.empty(), available, 10);

      assertThat(result).isEqualTo(new CleanupResult<>(3, Optional.of(ended.get(2))));
      assertThat(ids()).contains(running, waiting, available).doesNotContainAnyElementsOf(ended);
    }

    @Test
    void goesFromAfterSinceUpToUntil() {
      UUID since = queue.completed();
      UUID first = queue.completed();
      UUID until = queue.completed();
      UUID after = queue.completed();

      CleanupResult<UUID> result = cleanup(Optional.of(since), until, 10);

      assertThat(result).isEqualTo(new CleanupResult<>(2, Optional.of(until)));
      assertThat(ids()).containsExactly(since, after).doesNotContain(first);
    }

    @Test
    void stopsAtTheLimit() {
      UUID first = queue.completed();
      UUID second = queue.completed();

      CleanupResult<UUID> result = cleanup(Optional.empty(), second, 1);

      assertThat(result).isEqualTo(new CleanupResult<>(1, Optional.of(first)));
      assertThat(ids()).containsExactly(second);
    }

    @Test
    void isEmptyIfThereIsNothing() {
      UUID job = queue.job();

      CleanupResult<UUID> result = cleanup(Optional.empty(), job, 10);

      assertThat(result).isEqualTo(new CleanupResult<>(0, Optional.empty()));
    }

    @Test
    void makesPointersToDeletedJobsEmpty() {
      store.run(repo -> repo.queueSchedules().setup(List.of("nightly")));
      UUID first = queue.occurrence("nightly");
      QueueWorker worker = queue.worker();
      queue.reserve(worker, 1);
      store.run(repo -> repo.queueJobs().markAsFailed(first, "reason"));
      UUID second = queue.retry(first);
      store.clock().advance(Duration.ofMinutes(1));
      store.<Integer>write(repo -> repo.queueJobs().scheduleAvailableJobs());
      queue.reserve(worker, 1);
      store.run(repo -> repo.queueJobs().markAsCompleted(second));

      CleanupResult<UUID> result = cleanup(Optional.of(first), second, 10);

      assertThat(result.count()).isOne();
      assertThat(queue.stage(first).toString()).contains("nextAttemptId=Optional.empty");
      assertThat(store.<List<ScheduleStatus>>read(repo -> repo.queueSchedules().list()))
          .extracting(ScheduleStatus::lastScheduledJobCompleted)
          .containsExactly(Optional.empty());
    }

    @Test
    void deletesEachJobOnceIfManyCleanUpAtOnce() throws InterruptedException {
      for (int i = 0; i < 40; i++) {
        queue.completed();
      }
      UUID last = queue.completed();
      store.clock().advance(Duration.ofSeconds(1));

      var race =
          Race.of(32)
              .run(
                  number ->
                      store
                          .<CleanupResult<UUID>>write(
                              repo -> repo.queueJobs().cleanup(Optional.empty(), last, 5))
                          .count());

      assertThat(race.failures()).isEmpty();
      int rest = ids().size();
      assertThat(race.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(41 - rest);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1})
    void refusesALimitBelowOne(int limit) {
      UUID job = queue.completed();

      queue.refused(
          InvalidInputException.class,
          repo -> repo.queueJobs().cleanup(Optional.empty(), job, limit));

      assertThat(ids()).containsExactly(job);
    }

    @Test
    void refusesTheFuture() {
      UUID job = queue.completed();
      UUID future = Ids.minAt(now().plusSeconds(60));

      queue.refused(
          InvalidInputException.class,
          repo -> repo.queueJobs().cleanup(Optional.empty(), future, 1));

      assertThat(ids()).containsExactly(job);
    }

    private CleanupResult<UUID> cleanup(Optional<UUID> since, UUID until, int limit) {
      store.clock().advance(Duration.ofSeconds(1)); // ids may be ahead of a clock that stands
      return store.write(repo -> repo.queueJobs().cleanup(since, until, limit));
    }
  }

  @Nested
  class ListJobs {
    @Test
    void findsByEachCriterion() {
      store.run(repo -> repo.queueSchedules().setup(List.of("nightly")));
      QueueWorker worker = queue.worker();
      UUID running = queue.running(worker);
      UUID failed = queue.failed();
      UUID occurrence = queue.occurrence("nightly");
      store.clock().advance(Duration.ofSeconds(1));
      UUID other = queue.job("other");

      assertThat(found(QueueJobFilter.all().queueName("other"))).containsExactly(other);
      assertThat(found(QueueJobFilter.all().status(QueueJobStatus.FAILED))).containsExactly(failed);
      assertThat(found(QueueJobFilter.all().worker(worker.id()))).containsExactly(running);
      assertThat(found(QueueJobFilter.all().scheduleName("nightly"))).containsExactly(occurrence);
      assertThat(found(QueueJobFilter.all().created(TimeRange.before(now()))))
          .containsExactly(running, failed, occurrence);
      assertThat(found(QueueJobFilter.all())).hasSize(4);
      assertThat(found(QueueJobFilter.all().queueName("\u0000"))).isEmpty();
    }

    private List<UUID> found(QueueJobFilter filter) {
      List<UUID> ids =
          store
              .read(repo -> repo.queueJobs().list(filter, Pagination.first(100)))
              .map(job -> job.job().id())
              .nodes();
      assertThat(store.<Long>read(repo -> repo.queueJobs().count(filter))).isEqualTo(ids.size());
      return ids;
    }
  }

  @Nested
  class Backlog {
    @Test
    void countsWhatWaitsForAWorker() {
      queue.running(queue.worker());
      queue.later();
      Instant first = now();
      queue.job("b");
      store.clock().advance(Duration.ofSeconds(1));
      queue.job("b");
      queue.job("a");

      List<QueueBacklog> backlog = store.read(repo -> repo.queueJobs().backlog());

      assertThat(backlog)
          .containsExactly(
              new QueueBacklog("a", 1, now(), false), new QueueBacklog("b", 2, first, false));
    }

    @Test
    void tellsWhetherAWorkerThatLivesServesTheQueue() {
      QueueWorker dead = store.write(repo -> repo.queueWorkers().register(List.of("a")));
      store.run(repo -> repo.queueWorkers().shutdown(dead));
      store.<QueueWorker>write(repo -> repo.queueWorkers().register(List.of("b", "c")));
      queue.job("a");
      queue.job("b");

      List<QueueBacklog> backlog = store.read(repo -> repo.queueJobs().backlog());

      assertThat(backlog)
          .containsExactly(
              new QueueBacklog("a", 1, now(), false), new QueueBacklog("b", 1, now(), true));
    }

    @Test
    void countsTheWaitOfAJobFromWhenItWasDue() {
      Instant due = now().plusSeconds(60);
      queue.later();
      store.clock().advance(Duration.ofDays(1));
      store.<Integer>write(repo -> repo.queueJobs().scheduleAvailableJobs());

      List<QueueBacklog> backlog = store.read(repo -> repo.queueJobs().backlog());

      assertThat(backlog).containsExactly(new QueueBacklog(Queue.NAME, 1, due, false));
    }
  }

  @Test
  void lookupIsEmptyForAnUnknownJob() {
    Optional<QueueJobDetails> found = store.read(repo -> repo.queueJobs().lookup(new UUID(1, 1)));

    assertThat(found).isEmpty();
  }

  static List<String> unusableNames() {
    return List.of("", " ", "\t\n", "a\u0000b", "\ud800", "x".repeat(201), "é".repeat(101));
  }

  private List<UUID> ids() {
    return queue.all().stream().map(job -> job.job().id()).toList();
  }

  private Instant now() {
    return store.now();
  }
}
