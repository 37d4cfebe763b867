package dev.authstore.storage.pg.queue;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.internal.Conditions.notExists;
import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.QUEUE_JOBS;
import static dev.authstore.storage.pg.schema.Tables.QUEUE_SCHEDULES;
import static dev.authstore.storage.pg.schema.Tables.QUEUE_WORKERS;
import static org.jooq.impl.DSL.concat;
import static org.jooq.impl.DSL.count;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.update;
import static org.jooq.impl.DSL.when;
import static org.jooq.impl.DSL.with;

import dev.authstore.storage.pg.internal.Sql;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.UnitOfWork;
import dev.authstore.storage.queue.RetryPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Param;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/** Settles what runs in the name of workers that have stopped, or are gone. */
final class LostJobs {
  private static final Param<UUID> WORKER = param("worker", QUEUE_JOBS.STARTED_BY);
  private static final Param<UUID[]> IDS = param("ids", SQLDataType.UUID.getArrayDataType());
  private static final Param<UUID[]> NEXT_IDS =
      param("next_ids", SQLDataType.UUID.getArrayDataType());
  private static final Param<String[]> DELAYS =
      param("delays", SQLDataType.VARCHAR.getArrayDataType());
  private static final Param<Integer> MAX_ATTEMPTS = param("max_attempts", QUEUE_JOBS.ATTEMPT);
  private static final Param<Instant> NOW = param("now", QUEUE_JOBS.FAILED_AT);

  private static final Statement<Held> HELD_BY_WORKER = held(QUEUE_JOBS.STARTED_BY.eq(WORKER));
  private static final Statement<Held> HELD_BY_STOPPED =
      held(
          notExists(
              selectOne()
                  .from(QUEUE_WORKERS)
                  .where(QUEUE_WORKERS.ID.eq(QUEUE_JOBS.STARTED_BY))
                  .and(QUEUE_WORKERS.SHUTDOWN_AT.isNull())));
  private static final Statement<Integer> LOSE = lose();

  private final UnitOfWork work;
  private final Sql sql;
  private final Instant now;

  LostJobs(UnitOfWork work, Sql sql, Instant now) {
    this.work = work;
    this.sql = sql;
    this.now = now;
  }

  /** How many got another attempt, and how many did not. */
  record Tally(int retried, int abandoned) {}

  private record Held(UUID id, int attempt) {}

  /** Of one worker, which must have been marked as stopped by an earlier statement. */
  Tally settleThoseOf(UUID workerId) {
    return settle(sql.list(HELD_BY_WORKER, bind(WORKER, workerId)));
  }

  /** Of all workers that have stopped; also what crashes have left behind. */
  Tally settleAll() {
    return settle(sql.list(HELD_BY_STOPPED));
  }

  private Tally settle(List<Held> held) {
    if (held.isEmpty()) {
      return new Tally(0, 0);
    }
    RetryPolicy policy = work.settings().queue().retries();
    sql.get(
        LOSE,
        bind(IDS, held.stream().map(Held::id).toArray(UUID[]::new)),
        bind(NEXT_IDS, held.stream().map(job -> work.newId(now)).toArray(UUID[]::new)),
        bind(DELAYS, held.stream().map(job -> delay(policy, job)).toArray(String[]::new)),
        bind(MAX_ATTEMPTS, policy.maxAttempts()),
        bind(NOW, now),
        QueueTime.bind(work, now));
    int retried = (int) held.stream().filter(job -> policy.allowsAfter(job.attempt())).count();
    return new Tally(retried, held.size() - retried);
  }

  private String delay(RetryPolicy policy, Held job) {
    Duration delay = policy.delayAfter(job.attempt(), work.settings().random());
    return String.valueOf(QueueTime.micros(delay));
  }

  // What somebody holds is being settled; if that comes to nothing, the next search finds it.
  private static Statement<Held> held(Condition isTheirs) {
    return new Statement<>(
        select(QUEUE_JOBS.ID, QUEUE_JOBS.ATTEMPT)
            .from(QUEUE_JOBS)
            .where(QueueJobs.IS_RUNNING)
            .and(isTheirs)
            .orderBy(QUEUE_JOBS.ID)
            .forNoKeyUpdate()
            .of(QUEUE_JOBS)
            .skipLocked(),
        row -> new Held(row.get(0, UUID.class), row.get(1, Integer.class)));
  }

  private static Statement<Integer> lose() {
    // The DSL's unnest takes one array only.
    Table<?> entry =
        DSL.table("unnest({0}, {1}, {2}::bigint[])", IDS, NEXT_IDS, DELAYS)
            .as("entry", "id", "next_id", "delay");
    Field<UUID> nextId = field(name("entry", "next_id"), UUID.class);
    Field<Long> delay = field(name("entry", "delay"), Long.class);
    CommonTableExpression<?> lost =
        name("lost")
            .as(
                update(QUEUE_JOBS)
                    .set(QUEUE_JOBS.STATUS, inline(QueueJobs.LOST))
                    .set(QUEUE_JOBS.FAILED_AT, NOW)
                    .set(
                        QUEUE_JOBS.FAILED_REASON,
                        concat(inline("worker "), QUEUE_JOBS.STARTED_BY, inline(" lost")))
                    .set(
                        QUEUE_JOBS.NEXT_ATTEMPT_ID,
                        when(QUEUE_JOBS.ATTEMPT.lt(MAX_ATTEMPTS), nextId))
                    .from(entry)
                    .where(QUEUE_JOBS.ID.eq(field(name("entry", "id"), UUID.class)))
                    .returning(
                        QUEUE_JOBS.ID,
                        QUEUE_JOBS.QUEUE_NAME,
                        QUEUE_JOBS.PAYLOAD,
                        QUEUE_JOBS.METADATA,
                        QUEUE_JOBS.ATTEMPT,
                        QUEUE_JOBS.SCHEDULE_NAME,
                        QUEUE_JOBS.NEXT_ATTEMPT_ID,
                        QueueTime.after(delay).as(QUEUE_JOBS.SCHEDULED_AT.getName())));
    Field<Instant> dueAt =
        field(
            name(lost.getName(), QUEUE_JOBS.SCHEDULED_AT.getName()),
            QUEUE_JOBS.SCHEDULED_AT.getDataType());
    CommonTableExpression<?> created =
        name("created")
            .as(
                EnqueueStatements.insertingAttempt(
                    select(
                            columnOf(lost, QUEUE_JOBS.NEXT_ATTEMPT_ID),
                            inline(QueueJobs.SCHEDULED),
                            columnOf(lost, QUEUE_JOBS.QUEUE_NAME),
                            columnOf(lost, QUEUE_JOBS.PAYLOAD),
                            columnOf(lost, QUEUE_JOBS.METADATA),
                            columnOf(lost, QUEUE_JOBS.ATTEMPT).plus(inline(1)),
                            columnOf(lost, QUEUE_JOBS.SCHEDULE_NAME),
                            NOW,
                            dueAt)
                        .from(lost)
                        .where(columnOf(lost, QUEUE_JOBS.NEXT_ATTEMPT_ID).isNotNull())));
    CommonTableExpression<?> repointed =
        name("repointed")
            .as(
                update(QUEUE_SCHEDULES)
                    .set(QUEUE_SCHEDULES.LAST_JOB_ID, columnOf(lost, QUEUE_JOBS.NEXT_ATTEMPT_ID))
                    .set(QUEUE_SCHEDULES.LAST_SCHEDULED_AT, dueAt)
                    .from(lost)
                    .where(QUEUE_SCHEDULES.LAST_JOB_ID.eq(columnOf(lost, QUEUE_JOBS.ID)))
                    .and(columnOf(lost, QUEUE_JOBS.NEXT_ATTEMPT_ID).isNotNull())
                    .returning(QUEUE_SCHEDULES.NAME));
    return new Statement<>(
        with(lost).with(created).with(repointed).select(count()).from(lost),
        row -> row.get(0, Integer.class));
  }
}
