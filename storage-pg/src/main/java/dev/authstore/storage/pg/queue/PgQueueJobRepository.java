package dev.authstore.storage.pg.queue;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.schema.Tables.QUEUE_JOBS;

import dev.authstore.model.Json;
import dev.authstore.model.Texts;
import dev.authstore.model.queue.JobMetadata;
import dev.authstore.model.queue.QueueJob;
import dev.authstore.model.queue.QueueJobDetails;
import dev.authstore.model.queue.QueueWorker;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.Inputs;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.internal.CleanupById;
import dev.authstore.storage.pg.internal.Conditions;
import dev.authstore.storage.pg.internal.Keyset;
import dev.authstore.storage.pg.internal.Sql;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.UnitOfWork;
import dev.authstore.storage.queue.NewJob;
import dev.authstore.storage.queue.QueueBacklog;
import dev.authstore.storage.queue.QueueJobFilter;
import dev.authstore.storage.queue.QueueJobRepository;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.impl.DSL;

final class PgQueueJobRepository implements QueueJobRepository {
  private static final int CHUNK = 500;
  private static final String UNREADABLE = "the stored job cannot be read";

  private static final CleanupById ENDED = CleanupById.deleting(QUEUE_JOBS.ID, QueueJobs.HAS_ENDED);

  private final UnitOfWork work;

  PgQueueJobRepository(UnitOfWork work) {
    this.work = work;
  }

  @Override
  public Optional<QueueJobDetails> lookup(UUID jobId) {
    return work.read(
        "queue_job.lookup",
        sql -> sql.find(JobStatements.LOOKUP, bind(EnqueueStatements.ID, jobId)));
  }

  @Override
  public Page<QueueJobDetails> list(QueueJobFilter filter, Pagination pagination) {
    return work.read(
        "queue_job.list", sql -> Keyset.page(sql, QueueJobs.DETAILS, matching(filter), pagination));
  }

  @Override
  public long count(QueueJobFilter filter) {
    return work.read(
        "queue_job.count", sql -> Keyset.count(sql, QueueJobs.DETAILS, matching(filter)));
  }

  @Override
  public List<QueueBacklog> backlog() {
    return work.read("queue_job.backlog", sql -> sql.list(JobStatements.BACKLOG));
  }

  @Override
  public UUID schedule(String queueName, Json payload, JobMetadata metadata) {
    String queue = QueueJobs.name("queue", queueName);
    return work.write(
        "queue_job.schedule",
        sql -> {
          Instant now = work.now();
          return sql.get(
              EnqueueStatements.SCHEDULE,
              bind(EnqueueStatements.ID, work.newId(now)),
              bind(EnqueueStatements.QUEUE, queue),
              bind(EnqueueStatements.PAYLOAD, payload.text()),
              bind(EnqueueStatements.METADATA, metadata.toJson().text()),
              bind(EnqueueStatements.NOW, now),
              Notifications.bind(work));
        });
  }

  @Override
  public UUID schedule(String queueName, Json payload) {
    return schedule(queueName, payload, work.settings().queue().trace().get());
  }

  @Override
  public List<UUID> scheduleBatch(Collection<NewJob> jobs) {
    for (NewJob job : jobs) {
      QueueJobs.name("queue", job.queueName());
    }
    return work.atomic("queue_job.schedule_batch", sql -> scheduled(sql, List.copyOf(jobs)));
  }

  @Override
  public UUID scheduleLater(
      String queueName,
      Json payload,
      JobMetadata metadata,
      Instant scheduledAt,
      Optional<String> scheduleName) {
    String queue = QueueJobs.name("queue", queueName);
    Instant due = Inputs.instant("due time", scheduledAt);
    return work.write(
        "queue_job.schedule_later",
        sql -> {
          Instant now = work.now();
          Optional<Optional<UUID>> created =
              sql.find(
                  scheduleName.isPresent()
                      ? EnqueueStatements.SCHEDULE_OCCURRENCE
                      : EnqueueStatements.SCHEDULE_LATER,
                  bind(EnqueueStatements.ID, work.newId(now)),
                  bind(EnqueueStatements.QUEUE, queue),
                  bind(EnqueueStatements.PAYLOAD, payload.text()),
                  bind(EnqueueStatements.METADATA, metadata.toJson().text()),
                  bind(EnqueueStatements.SCHEDULE_NAME, scheduleName.orElse(null)),
                  bind(EnqueueStatements.DUE_AT, due),
                  bind(EnqueueStatements.NOW, now));
          return created
              .orElseThrow(() -> new NotFoundException("queue_schedule", scheduleName.orElse("")))
              .orElseThrow(() -> new ConflictException(ConflictKind.SCHEDULE_PENDING));
        });
  }

  @Override
  public UUID scheduleLater(String queueName, Json payload, Instant scheduledAt) {
    JobMetadata trace = work.settings().queue().trace().get();
    return scheduleLater(queueName, payload, trace, scheduledAt, Optional.empty());
  }

  @Override
  public List<QueueJob> reserve(QueueWorker worker, Collection<String> queueNames, int count) {
    Inputs.range("count", count, 0, Integer.MAX_VALUE);
    Set<String> queues = new HashSet<>(queueNames);
    if (count == 0 || queues.isEmpty()) {
      return List.of();
    }
    return work.write("queue_job.reserve", sql -> reserved(sql, worker, queues, count));
  }

  @Override
  public List<QueueJob> findRunning(QueueWorker worker) {
    return work.write(
        "queue_job.find_running",
        sql ->
            readable(
                sql, sql.list(JobStatements.RUNNING, bind(JobStatements.WORKER, worker.id()))));
  }

  @Override
  public void markAsCompleted(UUID jobId) {
    settle("queue_job.mark_as_completed", JobStatements.COMPLETE, jobId, "");
  }

  @Override
  public Set<UUID> markAllAsCompleted(Collection<UUID> jobIds) {
    return work.write(
        "queue_job.mark_all_as_completed",
        sql ->
            Set.copyOf(
                sql.list(
                    JobStatements.COMPLETE_ALL,
                    bind(EnqueueStatements.IDS, jobIds.toArray(UUID[]::new)),
                    bind(EnqueueStatements.NOW, work.now()))));
  }

  @Override
  public void markAsFailed(UUID jobId, String reason) {
    settle("queue_job.mark_as_failed", JobStatements.FAIL, jobId, reason);
  }

  @Override
  public UUID retry(UUID jobId, Duration delay) {
    return work.write(
        "queue_job.retry",
        sql -> {
          Instant now = work.now();
          JobStatements.Retried retried =
              sql.find(
                      JobStatements.RETRY,
                      bind(EnqueueStatements.ID, jobId),
                      bind(JobStatements.NEXT_ID, work.newId(now)),
                      bind(EnqueueStatements.NOW, now),
                      QueueTime.bind(JobStatements.DELAY, delay),
                      QueueTime.bind(work, now))
                  .orElseThrow(() -> gone(jobId));
          return retried.nextId().orElseThrow(() -> refusedRetry(jobId, retried));
        });
  }

  @Override
  public int scheduleAvailableJobs() {
    return work.write(
        "queue_job.schedule_available_jobs",
        sql ->
            sql.get(
                JobStatements.PROMOTE,
                bind(JobStatements.COUNT, work.settings().queue().dueBatch()),
                QueueTime.bind(work, work.now()),
                Notifications.bind(work)));
  }

  @Override
  public CleanupResult<UUID> cleanup(Optional<UUID> since, UUID until, int limit) {
    return work.write("queue_job.cleanup", sql -> ENDED.run(sql, since, until, limit, work.now()));
  }

  private List<UUID> scheduled(Sql sql, List<NewJob> jobs) {
    Instant now = work.now();
    List<UUID> ids = new ArrayList<>(jobs.size());
    for (int from = 0; from < jobs.size(); from += CHUNK) {
      List<NewJob> chunk = jobs.subList(from, Math.min(from + CHUNK, jobs.size()));
      UUID[] chunkIds = chunk.stream().map(job -> work.newId(now)).toArray(UUID[]::new);
      sql.get(
          EnqueueStatements.SCHEDULE_BATCH,
          bind(EnqueueStatements.IDS, chunkIds),
          bind(
              EnqueueStatements.QUEUES,
              chunk.stream().map(NewJob::queueName).toArray(String[]::new)),
          bind(
              EnqueueStatements.PAYLOADS,
              chunk.stream().map(job -> job.payload().text()).toArray(String[]::new)),
          bind(
              EnqueueStatements.METADATAS,
              chunk.stream().map(job -> job.metadata().toJson().text()).toArray(String[]::new)),
          bind(EnqueueStatements.NOW, now),
          Notifications.bind(work));
      ids.addAll(List.of(chunkIds));
    }
    return ids;
  }

  private List<QueueJob> reserved(Sql sql, QueueWorker worker, Set<String> queues, int count) {
    Instant now = work.now();
    List<JobStatements.Reserved> rows =
        sql.list(
            JobStatements.RESERVE,
            bind(JobStatements.WORKER, worker.id()),
            bind(EnqueueStatements.QUEUES, queues.toArray(String[]::new)),
            bind(JobStatements.COUNT, count),
            bind(EnqueueStatements.NOW, now));
    if (rows.isEmpty()) {
      throw new NotFoundException(PgQueueWorkerRepository.WORKER.aggregate(), worker.id());
    }
    if (rows.get(0).workerShutDown()) {
      throw new InvalidStateException(
          PgQueueWorkerRepository.WORKER.aggregate(), worker.id(), StateReason.WORKER_SHUT_DOWN);
    }
    return readable(sql, rows.stream().flatMap(row -> row.job().stream()).toList());
  }

  private List<QueueJob> readable(Sql sql, List<JobStatements.Running> rows) {
    List<QueueJob> jobs = new ArrayList<>(rows.size());
    for (JobStatements.Running row : rows) {
      row.job().ifPresent(jobs::add);
      row.unreadable().ifPresent(id -> settled(sql, JobStatements.FAIL, id, UNREADABLE));
    }
    return jobs;
  }

  private void settle(String operation, Statement<UUID> statement, UUID jobId, String reason) {
    work.write(
        operation,
        sql ->
            settled(sql, statement, jobId, reason)
                .orElseThrow(
                    () ->
                        sql.find(JobStatements.STATUS, bind(EnqueueStatements.ID, jobId))
                            .<RuntimeException>map(status -> QueueJobs.refusedBy(jobId, status))
                            .orElseGet(() -> gone(jobId))));
  }

  private Optional<UUID> settled(Sql sql, Statement<UUID> statement, UUID jobId, String reason) {
    return sql.find(
        statement,
        bind(EnqueueStatements.ID, jobId),
        bind(
            JobStatements.REASON,
            Texts.advisory(reason, work.settings().queue().maxReasonLength())),
        bind(EnqueueStatements.NOW, work.now()));
  }

  private static RuntimeException refusedRetry(UUID jobId, JobStatements.Retried retried) {
    if (!retried.statusBefore().equals(QueueJobs.FAILED)) {
      return QueueJobs.refusedBy(jobId, retried.statusBefore());
    }
    return retried.hadNextAttempt()
        ? new InvalidStateException(QueueJobs.JOB.aggregate(), jobId, StateReason.JOB_RETRIED)
        : new ConflictException(ConflictKind.SCHEDULE_PENDING);
  }

  private static NotFoundException gone(UUID jobId) {
    return new NotFoundException(QueueJobs.JOB.aggregate(), jobId);
  }

  private static Condition matching(QueueJobFilter filter) {
    return Conditions.all(
        filter.queueName().map(name -> isNamed(name, QUEUE_JOBS.QUEUE_NAME)),
        filter.status().map(status -> QUEUE_JOBS.STATUS.eq(DSL.inline(QueueJobs.stored(status)))),
        filter.scheduleName().map(name -> isNamed(name, QUEUE_JOBS.SCHEDULE_NAME)),
        filter.worker().map(QUEUE_JOBS.STARTED_BY::eq),
        filter.created().map(range -> Conditions.createdWithin(QUEUE_JOBS.ID, range)));
  }

  private static Condition isNamed(String name, Field<String> column) {
    return Texts.isStorable(name, Integer.MAX_VALUE) ? column.eq(name) : DSL.falseCondition();
  }
}
