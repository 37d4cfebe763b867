package dev.authstore.storage.pg.queue;

import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.QUEUE_JOBS;
import static dev.authstore.storage.pg.schema.Tables.QUEUE_SCHEDULES;
import static org.jooq.impl.DSL.count;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.insertInto;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectCount;
import static org.jooq.impl.DSL.selectDistinct;
import static org.jooq.impl.DSL.trueCondition;
import static org.jooq.impl.DSL.update;
import static org.jooq.impl.DSL.with;

import dev.authstore.storage.pg.internal.Statement;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Field;
import org.jooq.Param;
import org.jooq.Record9;
import org.jooq.ResultQuery;
import org.jooq.Select;
import org.jooq.Table;
import org.jooq.TableField;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/** The statements that make jobs. */
final class EnqueueStatements {
  static final Param<UUID> ID = param("id", QUEUE_JOBS.ID);
  static final Param<UUID[]> IDS = param("ids", SQLDataType.UUID.getArrayDataType());
  static final Param<Instant> NOW = param("now", QUEUE_JOBS.CREATED_AT);
  static final Param<Instant> DUE_AT = param("due_at", QUEUE_JOBS.SCHEDULED_AT);
  static final Param<String> PAYLOAD = param("payload", QUEUE_JOBS.PAYLOAD);
  static final Param<String[]> PAYLOADS = texts("payloads");
  static final Param<String> METADATA = param("metadata", QUEUE_JOBS.METADATA);
  static final Param<String[]> METADATAS = texts("metadatas");
  static final Param<String[]> QUEUES = texts("queues");
  static final Param<String> QUEUE = param("queue", QUEUE_JOBS.QUEUE_NAME);
  static final Param<String> SCHEDULE_NAME = param("schedule_name", QUEUE_JOBS.SCHEDULE_NAME);

  private static final Field<String> STATUS_AVAILABLE = inline(QueueJobs.AVAILABLE);
  private static final Field<String> STATUS_SCHEDULED = inline(QueueJobs.SCHEDULED);

  static final Statement<UUID> SCHEDULE = schedule();
  static final Statement<Integer> SCHEDULE_BATCH = scheduleBatch();
  static final Statement<Optional<UUID>> SCHEDULE_LATER = scheduleLater();
  static final Statement<Optional<UUID>> SCHEDULE_OCCURRENCE = scheduleOccurrence();

  private EnqueueStatements() {}

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
  static Field<Integer> queuesTold(Table<?> jobs) {
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
