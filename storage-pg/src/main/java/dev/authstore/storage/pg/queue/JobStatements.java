package dev.authstore.storage.pg.queue;

import static dev.authstore.storage.pg.internal.Conditions.exists;
import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.queue.EnqueueStatements.ID;
import static dev.authstore.storage.pg.queue.EnqueueStatements.IDS;
import static dev.authstore.storage.pg.queue.EnqueueStatements.NOW;
import static dev.authstore.storage.pg.queue.EnqueueStatements.QUEUES;
import static dev.authstore.storage.pg.schema.Tables.QUEUE_JOBS;
import static dev.authstore.storage.pg.schema.Tables.QUEUE_SCHEDULES;
import static dev.authstore.storage.pg.schema.Tables.QUEUE_WORKERS;
import static org.jooq.impl.DSL.any;
import static org.jooq.impl.DSL.count;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.greatest;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.min;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectCount;
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
import org.jooq.Param;
import org.jooq.Record1;
import org.jooq.UpdateSetMoreStep;
import org.jooq.impl.SQLDataType;

/** The statements on jobs that exist. */
final class JobStatements {
  static final Param<UUID> NEXT_ID = param("next_id", QUEUE_JOBS.ID);
  static final Param<UUID> WORKER = param("worker", QUEUE_WORKERS.ID);
  static final Param<String> REASON = param("reason", QUEUE_JOBS.FAILED_REASON);
  static final Param<Integer> COUNT = param("count", SQLDataType.INTEGER);
  static final Param<Long> DELAY = QueueTime.duration("delay");

  private static final Condition IS_ADDRESSED = QUEUE_JOBS.ID.eq(ID);

  static final Statement<QueueJobDetails> LOOKUP = QueueJobs.DETAILS.where(IS_ADDRESSED);

  static final Statement<QueueBacklog> BACKLOG =
      new Statement<>(
          select(
                  QUEUE_JOBS.QUEUE_NAME,
                  count(),
                  min(greatest(QUEUE_JOBS.CREATED_AT, QUEUE_JOBS.SCHEDULED_AT)),
                  field(
                      exists(
                          selectOne()
                              .from(QUEUE_WORKERS)
                              .where(QUEUE_WORKERS.SHUTDOWN_AT.isNull())
                              .and(QUEUE_JOBS.QUEUE_NAME.eq(any(QUEUE_WORKERS.QUEUE_NAMES))))))
              .from(QUEUE_JOBS)
              .where(QueueJobs.IS_AVAILABLE)
              .groupBy(QUEUE_JOBS.QUEUE_NAME)
              .orderBy(QUEUE_JOBS.QUEUE_NAME),
          row ->
              new QueueBacklog(
                  row.get(0, String.class),
                  row.get(1, Integer.class),
                  row.get(2, Instant.class),
                  row.get(3, Boolean.class)));

  static final Statement<Reserved> RESERVE = reserve();
  static final Statement<Running> RUNNING = running();
  static final Statement<String> STATUS =
      new Statement<>(
          select(QUEUE_JOBS.STATUS).from(QUEUE_JOBS).where(IS_ADDRESSED),
          row -> row.get(0, String.class));
  static final Statement<UUID> COMPLETE =
      settle(
          update(QUEUE_JOBS)
              .set(QUEUE_JOBS.STATUS, inline(QueueJobs.COMPLETED))
              .set(QUEUE_JOBS.COMPLETED_AT, NOW));
  static final Statement<UUID> COMPLETE_ALL = completeAll();
  static final Statement<UUID> FAIL =
      settle(
          update(QUEUE_JOBS)
              .set(QUEUE_JOBS.STATUS, inline(QueueJobs.FAILED))
              .set(QUEUE_JOBS.FAILED_AT, NOW)
              .set(QUEUE_JOBS.FAILED_REASON, REASON));
  static final Statement<Retried> RETRY = retry();
  static final Statement<Integer> PROMOTE = promote();

  private JobStatements() {}

  /** A job that was reserved, or the id of one that cannot be read. */
  record Running(Optional<QueueJob> job, Optional<UUID> unreadable) {}

  /** A row of a reservation: whether the worker may have jobs at all, and one of them. */
  record Reserved(boolean workerShutDown, Optional<Running> job) {}

  /** What a job was when its row was locked, and its next attempt if that was made. */
  record Retried(String statusBefore, boolean hadNextAttempt, Optional<UUID> nextId) {}

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
                    .and(QueueJobs.isServed(QUEUES))
                    .and(
                        exists(
                            selectOne()
                                .from(worker)
                                .where(columnOf(worker, QUEUE_WORKERS.SHUTDOWN_AT).isNull())))
                    .orderBy(QUEUE_JOBS.ID)
                    .limit(QueueJobs.theFirst(COUNT))
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
    boolean hasJob = row.find(1, UUID.class).isPresent();
    return new Reserved(shutDown, hasJob ? Optional.of(running(row, 1)) : Optional.empty());
  }

  private static Running running(Values row, int offset) {
    try {
      return new Running(Optional.of(QueueJobs.JOB.read(row, offset)), Optional.empty());
    } catch (InvalidDataException e) {
      return new Running(Optional.empty(), e.id());
    }
  }

  private static Statement<Running> running() {
    return new Statement<>(
        select(QueueJobs.JOB.columns())
            .from(QUEUE_JOBS)
            .where(QUEUE_JOBS.STARTED_BY.eq(WORKER))
            .and(QueueJobs.IS_RUNNING)
            .orderBy(QUEUE_JOBS.ID),
        row -> running(row, 0));
  }

  // A job is completed by the one that ran it or by nobody, so one found completed was so by it.
  private static Statement<UUID> completeAll() {
    CommonTableExpression<?> completed =
        name("completed")
            .as(
                update(QUEUE_JOBS)
                    .set(QUEUE_JOBS.STATUS, inline(QueueJobs.COMPLETED))
                    .set(QUEUE_JOBS.COMPLETED_AT, NOW)
                    .where(QueueJobs.isAmong(QUEUE_JOBS.ID, IDS))
                    .and(QueueJobs.IS_RUNNING)
                    .returning(QUEUE_JOBS.ID));
    return new Statement<>(
        with(completed)
            .select(columnOf(completed, QUEUE_JOBS.ID))
            .from(completed)
            .unionAll(
                select(QUEUE_JOBS.ID)
                    .from(QUEUE_JOBS)
                    .where(QueueJobs.isAmong(QUEUE_JOBS.ID, IDS))
                    .and(QUEUE_JOBS.STATUS.eq(inline(QueueJobs.COMPLETED)))),
        row -> row.get(0, UUID.class));
  }

  private static Statement<UUID> settle(UpdateSetMoreStep<?> change) {
    return new Statement<>(
        change.where(IS_ADDRESSED).and(QueueJobs.IS_RUNNING).returning(QUEUE_JOBS.ID),
        row -> row.get(0, UUID.class));
  }

  private static Statement<Retried> retry() {
    CommonTableExpression<?> failed =
        name("failed").as(selectFrom(QUEUE_JOBS).where(IS_ADDRESSED).forNoKeyUpdate());
    CommonTableExpression<?> created =
        name("created")
            .as(
                EnqueueStatements.insertingAttempt(
                    select(
                            NEXT_ID,
                            inline(QueueJobs.SCHEDULED),
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
                    .set(QUEUE_JOBS.STATUS, inline(QueueJobs.AVAILABLE))
                    .where(Conditions.among(QUEUE_JOBS.ID, due))
                    .returning(QUEUE_JOBS.QUEUE_NAME));
    return new Statement<>(
        with(due)
            .with(promoted)
            .select(selectCount().from(promoted).asField(), EnqueueStatements.queuesTold(promoted)),
        row -> row.get(0, Integer.class));
  }
}
