package dev.authstore.storage.pg.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Json;
import dev.authstore.model.queue.JobMetadata;
import dev.authstore.model.queue.QueueJob;
import dev.authstore.model.queue.QueueJobDetails;
import dev.authstore.model.queue.QueueJobStage;
import dev.authstore.model.queue.QueueWorker;
import dev.authstore.model.queue.QueueWorkerDetails;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.Repository;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.queue.QueueJobFilter;
import dev.authstore.storage.queue.QueueWorkerFilter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.assertj.core.api.Assertions;

/** What the tests of the job queue do again and again. */
final class Queue {
  static final String NAME = "mail";
  static final Json PAYLOAD = Json.parse("{\"to\":\"john\"}");
  static final JobMetadata METADATA =
      new JobMetadata("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", 1);

  private final Store store;

  Queue(Store store) {
    this.store = store;
  }

  QueueWorker worker() {
    return store.write(repo -> repo.queueWorkers().register());
  }

  /** A worker that has stopped. */
  QueueWorker stoppedWorker() {
    QueueWorker worker = worker();
    store.run(repo -> repo.queueWorkers().shutdown(worker));
    return worker;
  }

  /** A worker that was never registered. */
  static QueueWorker unknownWorker() {
    return new QueueWorker(new UUID(7, 7));
  }

  QueueWorkerDetails details(QueueWorker worker) {
    return store
        .read(repo -> repo.queueWorkers().list(QueueWorkerFilter.all(), Pagination.first(1000)))
        .nodes()
        .stream()
        .filter(details -> details.id().equals(worker.id()))
        .findFirst()
        .orElseThrow();
  }

  UUID job() {
    return job(NAME);
  }

  UUID job(String queueName) {
    return store.write(repo -> repo.queueJobs().schedule(queueName, PAYLOAD, METADATA));
  }

  /** A job whose time has not come. */
  UUID later() {
    return store.write(
        repo ->
            repo.queueJobs()
                .scheduleLater(
                    NAME,
                    PAYLOAD,
                    METADATA,
                    store.clock().instant().plusSeconds(60),
                    Optional.empty()));
  }

  /** An occurrence of a schedule that is due now, and available. */
  UUID occurrence(String scheduleName) {
    UUID job =
        store.write(
            repo ->
                repo.queueJobs()
                    .scheduleLater(
                        NAME,
                        PAYLOAD,
                        METADATA,
                        store.clock().instant(),
                        Optional.of(scheduleName)));
    store.<Integer>write(repo -> repo.queueJobs().scheduleAvailableJobs());
    return job;
  }

  /** A new job in the hands of a worker; no other may be waiting. */
  UUID running(QueueWorker worker) {
    UUID job = job();
    assertThat(reserve(worker, 1)).extracting(QueueJob::id).containsExactly(job);
    return job;
  }

  UUID completed() {
    UUID job = running(worker());
    store.run(repo -> repo.queueJobs().markAsCompleted(job));
    return job;
  }

  UUID failed() {
    UUID job = running(worker());
    store.run(repo -> repo.queueJobs().markAsFailed(job, "reason"));
    return job;
  }

  UUID lost() {
    QueueWorker worker = worker();
    UUID job = running(worker);
    store.run(repo -> repo.queueWorkers().shutdown(worker));
    return job;
  }

  List<QueueJob> reserve(QueueWorker worker, int count) {
    return store.write(repo -> repo.queueJobs().reserve(worker, List.of(NAME), count));
  }

  UUID retry(UUID job) {
    return store.write(repo -> repo.queueJobs().retry(job, Duration.ofSeconds(5)));
  }

  QueueJobDetails lookup(UUID job) {
    return store.read(repo -> repo.queueJobs().lookup(job)).orElseThrow();
  }

  QueueJobStage stage(UUID job) {
    return lookup(job).stage();
  }

  List<QueueJobDetails> all() {
    return store
        .read(repo -> repo.queueJobs().list(QueueJobFilter.all(), Pagination.first(10_000)))
        .nodes();
  }

  /**
   * Tries what must be refused, and sees that the unit of work can be used afterwards and that no
   * row has changed.
   */
  <E extends StorageException> E refused(Class<E> type, Consumer<RepositoryAccess> operation) {
    List<QueueJobDetails> before = all();
    try (Repository repo = store.repositories().begin()) {
      E refusal = Assertions.catchThrowableOfType(type, () -> operation.accept(repo));
      assertThat(refusal).isNotNull();
      assertThat(repo.queueJobs().count(QueueJobFilter.all())).isEqualTo(before.size());
      repo.save();
      assertThat(all()).isEqualTo(before);
      return refusal;
    }
  }

  /** As {@link #refused}, for the reason that a stage is. */
  InvalidStateException refused(Consumer<RepositoryAccess> operation) {
    return refused(InvalidStateException.class, operation);
  }

  ConflictException conflict(Consumer<RepositoryAccess> operation) {
    return refused(ConflictException.class, operation);
  }
}
