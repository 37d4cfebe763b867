package dev.authstore.storage.pg.queue;

import static dev.authstore.storage.pg.schema.Tables.QUEUE_JOBS;

import dev.authstore.model.Json;
import dev.authstore.model.queue.JobMetadata;
import dev.authstore.model.queue.QueueJob;
import dev.authstore.model.queue.QueueJobDetails;
import dev.authstore.model.queue.QueueJobStage;
import dev.authstore.model.queue.QueueJobStatus;
import dev.authstore.storage.Inputs;
import dev.authstore.storage.InvalidDataException;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.Row;
import java.util.Locale;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Param;
import org.jooq.impl.DSL;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How jobs are read, and the conditions on their stage. */
final class QueueJobs {
  static final String AVAILABLE = "available";
  static final String SCHEDULED = "scheduled";
  static final String RUNNING = "running";
  static final String COMPLETED = "completed";
  static final String FAILED = "failed";
  static final String LOST = "lost";

  /** What a worker gets. */
  static final Projection<QueueJob> JOB =
      Projection.of(
          "queue_job",
          QUEUE_JOBS.ID,
          QueueJobs::job,
          QUEUE_JOBS.QUEUE_NAME,
          QUEUE_JOBS.PAYLOAD,
          QUEUE_JOBS.METADATA,
          QUEUE_JOBS.ATTEMPT);

  /** The same with its history. */
  static final Projection<QueueJobDetails> DETAILS =
      Projection.of(
          "queue_job",
          QUEUE_JOBS.ID,
          QueueJobs::details,
          QUEUE_JOBS.QUEUE_NAME,
          QUEUE_JOBS.PAYLOAD,
          QUEUE_JOBS.METADATA,
          QUEUE_JOBS.ATTEMPT,
          QUEUE_JOBS.SCHEDULE_NAME,
          QUEUE_JOBS.CREATED_AT,
          QUEUE_JOBS.SCHEDULED_AT,
          QUEUE_JOBS.STATUS,
          QUEUE_JOBS.STARTED_AT,
          QUEUE_JOBS.STARTED_BY,
          QUEUE_JOBS.COMPLETED_AT,
          QUEUE_JOBS.FAILED_AT,
          QUEUE_JOBS.FAILED_REASON,
          QUEUE_JOBS.NEXT_ATTEMPT_ID);

  // As literals: a partial index serves a condition only if it is written so.
  static final Condition IS_AVAILABLE = QUEUE_JOBS.STATUS.eq(DSL.inline(AVAILABLE));
  static final Condition IS_SCHEDULED = QUEUE_JOBS.STATUS.eq(DSL.inline(SCHEDULED));
  static final Condition IS_RUNNING = QUEUE_JOBS.STATUS.eq(DSL.inline(RUNNING));
  static final Condition HAS_ENDED =
      QUEUE_JOBS.STATUS.in(DSL.inline(COMPLETED), DSL.inline(FAILED), DSL.inline(LOST));
  static final Condition IS_PENDING =
      QUEUE_JOBS.STATUS.in(DSL.inline(AVAILABLE), DSL.inline(SCHEDULED), DSL.inline(RUNNING));

  private static final Logger LOG = LoggerFactory.getLogger("authstore.queue");
  private static final int MAX_NAME_BYTES = 200;

  private QueueJobs() {}

  /** The name of a queue or schedule, if it can be stored. */
  static String name(String of, String name) {
    if (name.isBlank()) {
      throw new InvalidInputException("name of a " + of + " is blank");
    }
    return Inputs.text("name of a " + of, name, MAX_NAME_BYTES);
  }

  /** That a job is in another stage than a change needs. */
  static InvalidStateException refusedBy(UUID jobId, String status) {
    StateReason reason =
        switch (status(status)) {
          case AVAILABLE -> StateReason.JOB_AVAILABLE;
          case SCHEDULED -> StateReason.JOB_SCHEDULED;
          case RUNNING -> StateReason.JOB_RUNNING;
          case COMPLETED -> StateReason.JOB_COMPLETED;
          case FAILED -> StateReason.JOB_FAILED;
          case LOST -> StateReason.JOB_LOST;
        };
    return new InvalidStateException(JOB.aggregate(), jobId, reason);
  }

  /** Whether a value is among those of a parameter, which the DSL's any() would lose. */
  static <T> Condition isAmong(Field<T> value, Param<T[]> values) {
    return DSL.condition("{0} = any({1})", value, values);
  }

  // Statistics of a queue are old, often from a time at which it was empty. With the next two, the
  // planner walks an index in its order whatever they say; otherwise it may read and sort all jobs
  // that wait in order to take a few.

  /** A limit that the planner does not know, so that it plans for the first tenth of the rows. */
  static Field<Integer> theFirst(Param<Integer> count) {
    return DSL.field(DSL.select(count));
  }

  /** Whether a job is in one of some queues, which the planner takes to be so for nearly all. */
  static Condition isServed(Param<String[]> queues) {
    // PostgreSQL 13 wants both of one type
    return DSL.condition(
        "array_position({0}::text[], {1}) is not null", queues, QUEUE_JOBS.QUEUE_NAME);
  }

  /** How a stage is stored. */
  static String stored(QueueJobStatus status) {
    return status.name().toLowerCase(Locale.ROOT);
  }

  private static QueueJobStatus status(String stored) {
    return QueueJobStatus.valueOf(stored.toUpperCase(Locale.ROOT));
  }

  private static QueueJob job(Row row) {
    return new QueueJob(
        row.get(QUEUE_JOBS.ID),
        row.get(QUEUE_JOBS.QUEUE_NAME),
        row.decode(QUEUE_JOBS.PAYLOAD, Json::parse),
        metadata(row),
        row.decode(QUEUE_JOBS.ATTEMPT, QueueJobs::attempt));
  }

  // No job is worth less for not knowing where it came from.
  private static JobMetadata metadata(Row row) {
    try {
      return JobMetadata.of(row.decode(QUEUE_JOBS.METADATA, Json::parse));
    } catch (InvalidDataException e) {
      LOG.warn("job runs without its trace", e);
      return JobMetadata.NONE;
    }
  }

  private static int attempt(int stored) {
    if (stored < 0) {
      throw new IllegalArgumentException("negative");
    }
    return stored;
  }

  private static QueueJobDetails details(Row row) {
    return new QueueJobDetails(
        job(row),
        row.find(QUEUE_JOBS.SCHEDULE_NAME),
        row.get(QUEUE_JOBS.CREATED_AT),
        row.find(QUEUE_JOBS.SCHEDULED_AT),
        stage(row));
  }

  private static QueueJobStage stage(Row row) {
    return switch (row.decode(QUEUE_JOBS.STATUS, QueueJobs::status)) {
      case AVAILABLE -> new QueueJobStage.Available();
      case SCHEDULED -> new QueueJobStage.Scheduled(row.get(QUEUE_JOBS.SCHEDULED_AT));
      case RUNNING ->
          new QueueJobStage.Running(row.get(QUEUE_JOBS.STARTED_AT), row.get(QUEUE_JOBS.STARTED_BY));
      case COMPLETED -> new QueueJobStage.Completed(row.get(QUEUE_JOBS.COMPLETED_AT));
      case FAILED ->
          new QueueJobStage.Failed(
              row.get(QUEUE_JOBS.FAILED_AT),
              row.get(QUEUE_JOBS.FAILED_REASON),
              row.find(QUEUE_JOBS.NEXT_ATTEMPT_ID));
      case LOST ->
          new QueueJobStage.Lost(
              row.get(QUEUE_JOBS.FAILED_AT),
              row.get(QUEUE_JOBS.FAILED_REASON),
              row.find(QUEUE_JOBS.NEXT_ATTEMPT_ID));
    };
  }
}
