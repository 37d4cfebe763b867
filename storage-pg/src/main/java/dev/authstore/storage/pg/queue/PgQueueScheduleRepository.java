package dev.authstore.storage.pg.queue;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.internal.Conditions.notExists;
import static dev.authstore.storage.pg.schema.Tables.QUEUE_JOBS;
import static dev.authstore.storage.pg.schema.Tables.QUEUE_SCHEDULES;
import static org.jooq.impl.DSL.count;
import static org.jooq.impl.DSL.insertInto;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.when;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.queue.ScheduleStatus;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.UnitOfWork;
import dev.authstore.storage.queue.QueueScheduleRepository;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import org.jooq.CommonTableExpression;
import org.jooq.Field;
import org.jooq.Param;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

final class PgQueueScheduleRepository implements QueueScheduleRepository {
  private static final Param<String[]> NAMES =
      param("names", SQLDataType.VARCHAR.getArrayDataType());

  private static final Statement<ScheduleStatus> LIST =
      new Statement<>(
          select(
                  QUEUE_SCHEDULES.NAME,
                  QUEUE_SCHEDULES.LAST_SCHEDULED_AT,
                  when(QUEUE_JOBS.ID.isNotNull(), DSL.field(QueueJobs.HAS_ENDED)))
              .from(QUEUE_SCHEDULES)
              .leftJoin(QUEUE_JOBS)
              .on(QUEUE_JOBS.ID.eq(QUEUE_SCHEDULES.LAST_JOB_ID))
              .orderBy(QUEUE_SCHEDULES.NAME),
          row ->
              new ScheduleStatus(
                  row.get(0, String.class),
                  row.find(1, Instant.class),
                  row.find(2, Boolean.class)));

  private static final Statement<Integer> SETUP = setup();

  private static final Statement<String> LOCK_OTHERS =
      new Statement<>(
          select(QUEUE_SCHEDULES.NAME)
              .from(QUEUE_SCHEDULES)
              .where(QueueJobs.isAmong(QUEUE_SCHEDULES.NAME, NAMES).not())
              .orderBy(QUEUE_SCHEDULES.NAME)
              .forUpdate()
              .skipLocked(),
          row -> row.get(0, String.class));

  private static final Statement<String> PRUNE =
      new Statement<>(
          DSL.deleteFrom(QUEUE_SCHEDULES)
              .where(QueueJobs.isAmong(QUEUE_SCHEDULES.NAME, NAMES))
              .and(
                  notExists(
                      selectOne()
                          .from(QUEUE_JOBS)
                          .where(QUEUE_JOBS.SCHEDULE_NAME.eq(QUEUE_SCHEDULES.NAME))
                          .and(QueueJobs.IS_PENDING)))
              .returning(QUEUE_SCHEDULES.NAME),
          row -> row.get(0, String.class));

  private final UnitOfWork work;

  PgQueueScheduleRepository(UnitOfWork work) {
    this.work = work;
  }

  @Override
  public List<ScheduleStatus> list() {
    return work.read("queue_schedule.list", sql -> sql.list(LIST));
  }

  @Override
  public void setup(Collection<String> scheduleNames) {
    String[] names = names(scheduleNames);
    if (names.length > 0) {
      work.write("queue_schedule.setup", sql -> sql.get(SETUP, bind(NAMES, names)));
    }
  }

  // Judging in the statement that waits for no lock: a job planned meanwhile is seen, and one
  // planned later finds no schedule.
  @Override
  public int prune(Collection<String> keptNames) {
    String[] names = names(keptNames);
    return work.atomic(
        "queue_schedule.prune",
        sql -> {
          List<String> others = sql.list(LOCK_OTHERS, bind(NAMES, names));
          return others.isEmpty()
              ? 0
              : sql.list(PRUNE, bind(NAMES, others.toArray(String[]::new))).size();
        });
  }

  // In the order of the names, so that two of these never wait for each other in a circle.
  private static Statement<Integer> setup() {
    Table<?> given = DSL.unnest(NAMES).as("given", "name");
    Field<String> givenName = DSL.field(name("given", "name"), QUEUE_SCHEDULES.NAME.getDataType());
    CommonTableExpression<?> added =
        name("added")
            .as(
                insertInto(QUEUE_SCHEDULES, QUEUE_SCHEDULES.NAME)
                    .select(select(givenName).from(given).orderBy(givenName))
                    .onConflict(QUEUE_SCHEDULES.NAME)
                    .doNothing()
                    .returning(QUEUE_SCHEDULES.NAME));
    return new Statement<>(
        with(added).select(count()).from(added), row -> row.get(0, Integer.class));
  }

  private static String[] names(Collection<String> names) {
    TreeSet<String> distinct = new TreeSet<>();
    for (String name : names) {
      distinct.add(QueueJobs.name("schedule", name));
    }
    return distinct.toArray(String[]::new);
  }
}
