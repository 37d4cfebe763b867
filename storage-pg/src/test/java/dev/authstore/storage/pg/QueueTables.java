package dev.authstore.storage.pg;

import dev.authstore.model.Json;
import dev.authstore.model.queue.JobMetadata;
import dev.authstore.model.queue.QueueJob;
import dev.authstore.model.queue.QueueJobDetails;
import dev.authstore.model.queue.QueueJobStatus;
import dev.authstore.model.queue.QueueWorker;
import dev.authstore.model.queue.QueueWorkerDetails;
import dev.authstore.storage.queue.NewJob;
import dev.authstore.storage.queue.QueueJobFilter;
import dev.authstore.storage.queue.QueueWorkerFilter;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** What guards the tables of the job queue, and what its operations are called with. */
final class QueueTables {
  /** What becomes of a violation. Whoever adds a constraint adds its line. */
  static final Map<String, String> OUTCOMES =
      Map.ofEntries(
          Map.entry("queue_leader_worker_id_fk", "NotFoundException from tryGetLeaderLease"),
          Map.entry("queue_leader_active_check", "exempt: always true"),
          Map.entry("queue_schedules_name_check", "InvalidInputException from setup"),
          Map.entry("queue_schedules_last_scheduled_at_check", "exempt: written together only"),
          Map.entry("queue_schedules_last_job_id_fk", "exempt: the job is made by the statement"),
          Map.entry("queue_jobs_schedule_name_fk", "NotFoundException from scheduleLater"),
          Map.entry("queue_jobs_next_attempt_id_fk", "exempt: the job is made by the statement"),
          Map.entry(
              "queue_jobs_queue_name_check", "InvalidInputException from schedule, scheduleLater"),
          Map.entry("queue_jobs_metadata_check", "exempt: metadata is written from its record"),
          Map.entry("queue_jobs_attempt_check", "exempt: it only grows"),
          Map.entry("queue_jobs_next_attempt_id_check", "exempt: ids are new"),
          Map.entry("queue_jobs_stage_check", "exempt: written together only"),
          Map.entry("queue_jobs_pending_key", "ConflictException from scheduleLater, retry"),
          Map.entry("queue_jobs_next_attempt_id_key", "exempt: ids are new"));

  /** How each table is kept from growing for ever. Whoever adds a table adds its line. */
  static final Map<String, String> CLEANUPS =
      Map.ofEntries(
          Map.entry("queue_workers", "queue_worker.cleanup"),
          Map.entry("queue_leader", "exempt: one row"),
          Map.entry("queue_schedules", "queue_schedule.prune"),
          Map.entry("queue_jobs", "queue_job.cleanup"));

  private static final String QUEUE = Fixture.CANARY + " queue";
  private static final Json PAYLOAD = Json.parse("{\"" + Fixture.CANARY + "\":1}");

  private QueueTables() {}

  /** A worker with a running job, and a job that has failed. */
  static void fill(Store store, Fixture fixture) {
    QueueWorker other = store.write(repo -> repo.queueWorkers().register());
    QueueWorker worker = store.write(repo -> repo.queueWorkers().register());
    UUID failed = reserved(store, other);
    store.run(repo -> repo.queueJobs().markAsFailed(failed, Fixture.CANARY + " reason"));
    UUID running = reserved(store, other);
    store.run(repo -> repo.queueJobs().schedule(QUEUE, PAYLOAD, JobMetadata.NONE));
    store.run(repo -> repo.queueSchedules().setup(List.of(Fixture.CANARY + " schedule")));

    fixture.put(QueueWorker.class, worker);
    fixture.put(Json.class, PAYLOAD);
    fixture.put(JobMetadata.class, JobMetadata.NONE);
    fixture.put(QueueWorkerFilter.class, QueueWorkerFilter.all().alive(true));
    fixture.put(
        QueueJobFilter.class, QueueJobFilter.all().queueName(QUEUE).status(QueueJobStatus.RUNNING));
    fixture.put("queue_worker.shutdown_dead_workers", Duration.class, Duration.ofDays(5));
    fixture.put("queue_job.mark_as_completed", UUID.class, running);
    fixture.put("queue_job.mark_all_as_completed", Collection.class, List.of(running));
    fixture.put("queue_job.mark_as_failed", UUID.class, running);
    fixture.put("queue_job.retry", UUID.class, failed);
    fixture.put("queue_worker.register", Collection.class, List.of(QUEUE));
    fixture.put("queue_job.reserve", Collection.class, List.of(QUEUE));
    fixture.put(
        "queue_job.schedule_batch",
        Collection.class,
        List.of(new NewJob(QUEUE, PAYLOAD, JobMetadata.NONE)));
    fixture.put(
        "queue_schedule.setup", Collection.class, List.of(Fixture.CANARY + " new schedule"));
    fixture.put("queue_schedule.prune", Collection.class, List.of(Fixture.CANARY + " kept"));
  }

  /** The lists of this group, with so many rows in each. */
  static Map<String, PaginationContractTest.Walked> lists(Store store, int rows) {
    for (int i = 0; i < rows; i++) {
      UUID id = new UUID(i * 0x3000_0000_0000_0000L, i * 0x5000_0000_0000_0000L);
      store.sql(
          "INSERT INTO queue_workers (id, queue_names, registered_at, last_seen_at) VALUES (?, '{}', now(), now())",
          id);
      store.sql(
          """
          INSERT INTO queue_jobs (id, status, queue_name, payload, metadata, attempt, created_at)
          VALUES (?, 'available', 'queue', '{}', '{}', 0, now())
          """,
          id);
    }
    return Map.of(
        "QueueWorkerRepository.list",
        new PaginationContractTest.Walked(
            rows,
            page -> store.read(repo -> repo.queueWorkers().list(QueueWorkerFilter.all(), page)),
            node -> ((QueueWorkerDetails) node).id()),
        "QueueJobRepository.list",
        new PaginationContractTest.Walked(
            rows,
            page -> store.read(repo -> repo.queueJobs().list(QueueJobFilter.all(), page)),
            node -> ((QueueJobDetails) node).job().id()));
  }

  private static UUID reserved(Store store, QueueWorker worker) {
    store.run(repo -> repo.queueJobs().schedule(QUEUE, PAYLOAD, JobMetadata.NONE));
    List<QueueJob> jobs = store.write(repo -> repo.queueJobs().reserve(worker, List.of(QUEUE), 1));
    return jobs.get(0).id();
  }
}
