package dev.authstore.storage.pg.queue;

import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.QUEUE_JOBS;
import static dev.authstore.storage.pg.schema.Tables.QUEUE_SCHEDULES;
import static dev.authstore.storage.pg.schema.Tables.QUEUE_WORKERS;
import static org.jooq.impl.DSL.count;
import static org.jooq.impl.DSL.exists;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.insertInto;
import static org.jooq.impl.DSL.min;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectCount;
import static org.jooq.impl.DSL.selectDistinct;
import static org.jooq.impl.DSL.selectFrom;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.trueCondition;
import static org.jooq.impl.DSL.update;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.queue.QueueJob;
import dev.authstore.model.queue.QueueJobDetails;
import dev.authstore.storage.InvalidDataException;
import dev.authstore.storage.pg.internal.Conditions;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.Values;
import dev.authstore.storage.queue.QueueBacklog;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Param;
import org.jooq.Record1;
import org.jooq.Record9;
import org.jooq.ResultQuery;
import org.jooq.Select;
import org.jooq.Table;
import org.jooq.TableField;
import org.jooq.UpdateSetMoreStep;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/** The statements on jobs. */
final class JobStatements {
  static final Param<UUID> ID = param("id", QUEUE_JOBS.ID);
  static final Param<UUID> NEXT_ID = param("next_id", QUEUE_JOBS.ID);
  static final Param<UUID> WORKER = param("worker", QUEUE_WORKERS.ID);
  static final Param<String> QUEUE = param("queue", QUEUE_JOBS.QUEUE_NAME);
  static final Param<String> PAYLOAD = param("payload", QUEUE_JOBS.PAYLOAD);
  static final Param<String> METADATA = param("metadata", QUEUE_JOBS.METADATA);
  static final Param<String> SCHEDULE_NAME = param("schedule_name", QUEUE_JOBS.SCHEDULE_NAME);
  static final Param<Instant> DUE_AT = param("due_at", QUEUE_JOBS.SCHEDULED_AT);
  static final Param<String> REASON = param("reason", QUEUE_JOBS.FAILED_REASON);
  static final Param<Instant> NOW = param("now", QUEUE_JOBS.CREATED_AT);
  static final Param<Integer> COUNT = param("count", SQLDataType.INTEGER);
  static final Param<Long> DELAY = QueueTime.duration("delay");
  static final Param<UUID[]> IDS = param("ids", SQLDataType.UUID.getArrayDataType());
  static final Param<String[]> QUEUES = texts("queues");
  static final Param<String[]> PAYLOADS = texts("payloads");
  static final Param<String[]> METADATAS = texts("metadatas");

  private static final Condition IS_ADDRESSED = QUEUE_JOBS.ID.eq(ID);
  private static final Field<String> STATUS_AVAILABLE = inline(QueueJobs.AVAILABLE);
  private static final Field<String> STATUS_SCHEDULED = inline(QueueJobs.SCHEDULED);

  static final Statement<QueueJobDetails> LOOKUP = QueueJobs.DETAILS.where(IS_ADDRESSED);

  static final Statement<QueueBacklog> BACKLOG =
      new Statement<>(
          select(QUEUE_JOBS.QUEUE_NAME, count(), min(QUEUE_JOBS.CREATED_AT))
              .from(QUEUE_JOBS)
              .where(QueueJobs.IS_AVAILABLE)
              .groupBy(QUEUE_JOBS.QUEUE_NAME)
              .orderBy(QUEUE_JOBS.QUEUE_NAME),
          row ->
              new QueueBacklog(
                  row.get(0, String.class), row.get(1, Integer.class), row.get(2, Instant.class)));

  static final Statement<UUID> SCHEDULE = schedule();
  static final Statement<Integer> SCHEDULE_BATCH = scheduleBatch();
  static final Statement<Optional<UUID>> SCHEDULE_LATER = scheduleLater();
  static final Statement<Optional<UUID>> SCHEDULE_OCCURRENCE = scheduleOccurrence();
  static final Statement<Reserved> RESERVE = reserve();
  static final Statement<Settled> COMPLETE =
      settle(
          update(QUEUE_JOBS)
              .set(QUEUE_JOBS.STATUS, inline(QueueJobs.COMPLETED))
              .set(QUEUE_JOBS.COMPLETED_AT, NOW));
  static final Statement<Settled> FAIL =
      settle(
          update(QUEUE_JOBS)
              .set(QUEUE_JOBS.STATUS, inline(QueueJobs.FAILED))
              .set(QUEUE_JOBS.FAILED_AT, NOW)
              .set(QUEUE_JOBS.FAILED_REASON, REASON));
  static final Statement<Retried> RETRY = retry();
  static final Statement<Integer> PROMOTE = promote();

  private JobStatements() {}

  /** A row of a reservation: whether the worker may have jobs at all, and one of them. */
  record Reserved(boolean workerShutDown, Optional<QueueJob> job, Optional<UUID> unreadable) {}

  /** What a job was when its row was locked, and whether it has been settled. */
  record Settled(String statusBefore, boolean changed) {}

  /** What a job was when its row was locked, and its next attempt if that was made. */
  record Retried(String statusBefore, boolean hadNextAttempt, Optional<UUID> nextId) {}

  private static Statement<UUID> schedule() {
    CommonTableExpression<?> created =
        name("created")
            .as(
                insertInto(
                        QUEUE_JOBS,
                        QUEUE_JOBS.ID,
                        QUEUE_JOBS.STATUS,
                        QUEUE_JOBS.QUEUE_NAME,
                        QUEUE_JOBS.PAYLOAD,
                        QUEUE_JOBS.METADATA,
                        QUEUE_JOBS.ATTEMPT,
                        QUEUE_JOBS.CREATED_AT)
                    .values(ID, STATUS_AVAILABLE, QUEUE, PAYLOAD, METADATA, inline(0), NOW)
                    .returning(QUEUE_JOBS.ID, QUEUE_JOBS.QUEUE_NAME));
    return new Statement<>(
        with(created)
            .select(
                columnOf(created, QUEUE_JOBS.ID),
                Notifications.available(columnOf(created, QUEUE_JOBS.QUEUE_NAME)))
            .from(created),
        row -> row.get(0, UUID.class));
  }

  private static Statement<Integer> scheduleBatch() {
    // The DSL's unnest takes one array only.
    Table<?> entry =
        DSL.table("unnest({0}, {1}, {2}::jsonb[], {3}::jsonb[])", IDS, QUEUES, PAYLOADS, METADATAS)
            .as("entry", "id", "queue_name", "payload", "metadata");
    CommonTableExpression<?> created =
        name("created")
            .as(
                insertInto(
                        QUEUE_JOBS,
                        QUEUE_JOBS.ID,
                        QUEUE_JOBS.STATUS,
                        QUEUE_JOBS.QUEUE_NAME,
                        QUEUE_JOBS.PAYLOAD,
                        QUEUE_JOBS.METADATA,
                        QUEUE_JOBS.ATTEMPT,
                        QUEUE_JOBS.CREATED_AT)
                    .select(
                        select(
                                of("entry", QUEUE_JOBS.ID),
                                STATUS_AVAILABLE,
                                of("entry", QUEUE_JOBS.QUEUE_NAME),
                                of("entry", QUEUE_JOBS.PAYLOAD),
                                of("entry", QUEUE_JOBS.METADATA),
                                inline(0),
                                NOW)
                            .from(entry))
                    .returning(QUEUE_JOBS.QUEUE_NAME));
    return countingAndTelling(created);
  }

  private static Statement<Optional<UUID>> scheduleLater() {
    return new Statement<>(
        insertInto(
                QUEUE_JOBS,
                QUEUE_JOBS.ID,
                QUEUE_JOBS.STATUS,
                QUEUE_JOBS.QUEUE_NAME,
                QUEUE_JOBS.PAYLOAD,
                QUEUE_JOBS.METADATA,
                QUEUE_JOBS.ATTEMPT,
                QUEUE_JOBS.CREATED_AT,
                QUEUE_JOBS.SCHEDULED_AT)
            .values(ID, STATUS_SCHEDULED, QUEUE, PAYLOAD, METADATA, inline(0), NOW, DUE_AT)
            .returning(QUEUE_JOBS.ID),
        row -> row.find(0, UUID.class));
  }

  // No row: no schedule. A row without an id: an occurrence has not ended. The job comes before the
  // change of the schedule, which is the order of locks.
  private static Statement<Optional<UUID>> scheduleOccurrence() {
    CommonTableExpression<?> schedule =
        name("schedule")
            .as(
                select(QUEUE_SCHEDULES.NAME)
                    .from(QUEUE_SCHEDULES)
                    .where(QUEUE_SCHEDULES.NAME.eq(SCHEDULE_NAME))
                    .forKeyShare());
    CommonTableExpression<?> created =
        name("created")
            .as(
                insertingAttempt(
                    select(
                            ID,
                            STATUS_SCHEDULED,
                            QUEUE,
                            PAYLOAD,
                            METADATA,
                            inline(0),
                            columnOf(schedule, QUEUE_SCHEDULES.NAME),
                            NOW,
                            DUE_AT)
                        .from(schedule)));
    CommonTableExpression<?> pointed =
        name("pointed")
            .as(
                update(QUEUE_SCHEDULES)
                    .set(QUEUE_SCHEDULES.LAST_JOB_ID, columnOf(created, QUEUE_JOBS.ID))
                    .set(
                        QUEUE_SCHEDULES.LAST_SCHEDULED_AT,
                        columnOf(created, QUEUE_JOBS.SCHEDULED_AT))
                    .from(created)
                    .where(QUEUE_SCHEDULES.NAME.eq(SCHEDULE_NAME))
                    .returning(QUEUE_SCHEDULES.NAME));
    return new Statement<>(
        with(schedule)
            .with(created)
            .with(pointed)
            .select(columnOf(created, QUEUE_JOBS.ID))
            .from(schedule)
            .leftJoin(created)
            .on(trueCondition()),
        row -> row.find(0, UUID.class));
  }

  // Locking the worker first: a declaration of death either is seen here, or sees what was reserved
  // when it settles what the worker holds.
  private static Statement<Reserved> reserve() {
    CommonTableExpression<?> worker =
        name("worker")
            .as(
                select(QUEUE_WORKERS.ID, QUEUE_WORKERS.SHUTDOWN_AT)
                    .from(QUEUE_WORKERS)
                    .where(QUEUE_WORKERS.ID.eq(WORKER))
                    .forNoKeyUpdate());
    CommonTableExpression<?> picked =
        name("picked")
            .as(
                select(QUEUE_JOBS.ID)
                    .from(QUEUE_JOBS)
                    .where(QueueJobs.IS_AVAILABLE)
                    .and(QueueJobs.isAmong(QUEUE_JOBS.QUEUE_NAME, QUEUES))
                    .and(
                        exists(
                            selectOne()
                                .from(worker)
                                .where(columnOf(worker, QUEUE_WORKERS.SHUTDOWN_AT).isNull())))
                    .orderBy(QUEUE_JOBS.ID)
                    .limit(COUNT)
                    .forNoKeyUpdate()
                    .skipLocked());
    CommonTableExpression<?> reserved =
        name("reserved")
            .as(
                update(QUEUE_JOBS)
                    .set(QUEUE_JOBS.STATUS, inline(QueueJobs.RUNNING))
                    .set(QUEUE_JOBS.STARTED_AT, NOW)
                    .set(QUEUE_JOBS.STARTED_BY, WORKER)
                    .where(Conditions.among(QUEUE_JOBS.ID, picked))
                    .returning(QueueJobs.JOB.columns()));
    return new Statement<>(
        with(worker)
            .with(picked)
            .with(reserved)
            .select(columnOf(worker, QUEUE_WORKERS.SHUTDOWN_AT).isNotNull())
            .select(QueueJobs.JOB.ownColumns(reserved))
            .from(worker)
            .leftJoin(reserved)
            .on(trueCondition())
            .orderBy(columnOf(reserved, QUEUE_JOBS.ID)),
        JobStatements::reserved);
  }

  private static Reserved reserved(Values row) {
    boolean shutDown = row.get(0, Boolean.class);
    try {
      return new Reserved(shutDown, QueueJobs.JOB.optional(row, 1), Optional.empty());
    } catch (InvalidDataException e) {
      return new Reserved(shutDown, Optional.empty(), e.id());
    }
  }

  private static Statement<Settled> settle(UpdateSetMoreStep<?> change) {
    CommonTableExpression<?> job =
        name("job")
            .as(
                select(QUEUE_JOBS.ID, QUEUE_JOBS.STATUS)
                    .from(QUEUE_JOBS)
                    .where(IS_ADDRESSED)
                    .forNoKeyUpdate());
    CommonTableExpression<?> settled =
        name("settled")
            .as(
                change
                    .from(job)
                    .where(QUEUE_JOBS.ID.eq(columnOf(job, QUEUE_JOBS.ID)))
                    .and(QueueJobs.IS_RUNNING)
                    .returning(QUEUE_JOBS.ID));
    return new Statement<>(
        with(job)
            .with(settled)
            .select(columnOf(job, QUEUE_JOBS.STATUS), columnOf(settled, QUEUE_JOBS.ID).isNotNull())
            .from(job)
            .leftJoin(settled)
            .on(trueCondition()),
        row -> new Settled(row.get(0, String.class), row.get(1, Boolean.class)));
  }

  private static Statement<Retried> retry() {
    CommonTableExpression<?> failed =
        name("failed").as(selectFrom(QUEUE_JOBS).where(IS_ADDRESSED).forNoKeyUpdate());
    CommonTableExpression<?> created =
        name("created")
            .as(
                insertingAttempt(
                    select(
                            NEXT_ID,
                            STATUS_SCHEDULED,
                            columnOf(failed, QUEUE_JOBS.QUEUE_NAME),
                            columnOf(failed, QUEUE_JOBS.PAYLOAD),
                            columnOf(failed, QUEUE_JOBS.METADATA),
                            columnOf(failed, QUEUE_JOBS.ATTEMPT).plus(inline(1)),
                            columnOf(failed, QUEUE_JOBS.SCHEDULE_NAME),
                            NOW,
                            QueueTime.after(DELAY))
                        .from(failed)
                        .where(columnOf(failed, QUEUE_JOBS.STATUS).eq(inline(QueueJobs.FAILED)))
                        .and(columnOf(failed, QUEUE_JOBS.NEXT_ATTEMPT_ID).isNull())));
    CommonTableExpression<?> linked =
        name("linked")
            .as(
                update(QUEUE_JOBS)
                    .set(QUEUE_JOBS.NEXT_ATTEMPT_ID, columnOf(created, QUEUE_JOBS.ID))
                    .from(created)
                    .where(IS_ADDRESSED)
                    .returning(QUEUE_JOBS.ID));
    CommonTableExpression<?> repointed =
        name("repointed")
            .as(
                update(QUEUE_SCHEDULES)
                    .set(QUEUE_SCHEDULES.LAST_JOB_ID, columnOf(created, QUEUE_JOBS.ID))
                    .set(
                        QUEUE_SCHEDULES.LAST_SCHEDULED_AT,
                        columnOf(created, QUEUE_JOBS.SCHEDULED_AT))
                    .from(created)
                    .where(QUEUE_SCHEDULES.LAST_JOB_ID.eq(ID))
                    .returning(QUEUE_SCHEDULES.NAME));
    return new Statement<>(
        with(failed)
            .with(created)
            .with(linked)
            .with(repointed)
            .select(
                columnOf(failed, QUEUE_JOBS.STATUS),
                columnOf(failed, QUEUE_JOBS.NEXT_ATTEMPT_ID).isNotNull(),
                columnOf(created, QUEUE_JOBS.ID))
            .from(failed)
            .leftJoin(created)
            .on(trueCondition()),
        row ->
            new Retried(
                row.get(0, String.class), row.get(1, Boolean.class), row.find(2, UUID.class)));
  }

  private static Statement<Integer> promote() {
    CommonTableExpression<Record1<UUID>> due =
        name("due")
            .as(
                select(QUEUE_JOBS.ID)
                    .from(QUEUE_JOBS)
                    .where(QueueJobs.IS_SCHEDULED)
                    .and(QUEUE_JOBS.SCHEDULED_AT.le(QueueTime.NOW))
                    .orderBy(QUEUE_JOBS.SCHEDULED_AT, QUEUE_JOBS.ID)
                    .limit(COUNT)
                    .forNoKeyUpdate()
                    .skipLocked());
    CommonTableExpression<?> promoted =
        name("promoted")
            .as(
                update(QUEUE_JOBS)
                    .set(QUEUE_JOBS.STATUS, STATUS_AVAILABLE)
                    .where(Conditions.among(QUEUE_JOBS.ID, due))
                    .returning(QUEUE_JOBS.QUEUE_NAME));
    return new Statement<>(
        with(due)
            .with(promoted)
            .select(selectCount().from(promoted).asField(), queuesTold(promoted)),
        row -> row.get(0, Integer.class));
  }

  /** A new attempt, unless its schedule has an occurrence that has not ended. */
  static ResultQuery<?> insertingAttempt(
      Select<Record9<UUID, String, String, String, String, Integer, String, Instant, Instant>>
          values) {
    return insertInto(
            QUEUE_JOBS,
            QUEUE_JOBS.ID,
            QUEUE_JOBS.STATUS,
            QUEUE_JOBS.QUEUE_NAME,
            QUEUE_JOBS.PAYLOAD,
            QUEUE_JOBS.METADATA,
            QUEUE_JOBS.ATTEMPT,
            QUEUE_JOBS.SCHEDULE_NAME,
            QUEUE_JOBS.CREATED_AT,
            QUEUE_JOBS.SCHEDULED_AT)
        .select(values)
        .onConflict(QUEUE_JOBS.SCHEDULE_NAME)
        .where(QUEUE_JOBS.SCHEDULE_NAME.isNotNull().and(QueueJobs.IS_PENDING))
        .doNothing()
        .returning(QUEUE_JOBS.ID, QUEUE_JOBS.SCHEDULED_AT);
  }

  private static Statement<Integer> countingAndTelling(CommonTableExpression<?> created) {
    return new Statement<>(
        with(created).select(selectCount().from(created).asField(), queuesTold(created)),
        row -> row.get(0, Integer.class));
  }

  /** Tells each queue once, however many of its jobs there are. */
  private static Field<Integer> queuesTold(Table<?> jobs) {
    Field<String> queue = columnOf(jobs, QUEUE_JOBS.QUEUE_NAME);
    Table<?> queues = selectDistinct(queue).from(jobs).asTable("queues");
    return select(count(Notifications.available(columnOf(queues, QUEUE_JOBS.QUEUE_NAME))))
        .from(queues)
        .asField();
  }

  private static <T> Field<T> of(String table, TableField<?, T> column) {
    return DSL.field(name(table, column.getName()), column.getDataType());
  }

  private static Param<String[]> texts(String name) {
    return param(name, SQLDataType.VARCHAR.getArrayDataType());
  }
}
