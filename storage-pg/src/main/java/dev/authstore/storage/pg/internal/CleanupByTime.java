package dev.authstore.storage.pg.internal;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static org.jooq.impl.DSL.count;
import static org.jooq.impl.DSL.max;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;

import dev.authstore.storage.Inputs;
import dev.authstore.storage.page.CleanupResult;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Param;
import org.jooq.Record2;
import org.jooq.ResultQuery;
import org.jooq.Table;
import org.jooq.TableField;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/**
 * A batch of rows whose time has come, the oldest first: deleted, or changed. Rows that another
 * transaction has locked are passed over, so that cleaners work side by side and do not wait for a
 * login, except where a foreign key takes along, or empties, what another transaction has locked.
 *
 * <p>A batch holds its locks no longer than its limit makes it, and that has a price beside one
 * {@code DELETE} of all, which locks them until its end: rows are found twice, to be locked and to
 * be deleted. {@code docs/benchmarks.md} has both.
 */
public final class CleanupByTime {
  static final Param<Instant> SINCE = param("since", SQLDataType.INSTANT);
  static final Param<Instant> UNTIL = param("until", SQLDataType.INSTANT);
  private static final Param<Integer> LIMIT = param("limit", SQLDataType.INTEGER);
  private static final Instant BEGINNING = Instant.parse("0001-01-01T00:00:00Z");

  private final Statement<CleanupResult<Instant>> statement;

  private CleanupByTime(Statement<CleanupResult<Instant>> statement) {
    this.statement = statement;
  }

  /** Deletes the rows whose instant lies within the bounds and for which the guard holds. */
  public static CleanupByTime deleting(
      TableField<?, UUID> id, TableField<?, Instant> time, Condition guard) {
    Table<?> table = Projection.tableOf(id);
    CommonTableExpression<Record2<UUID, Instant>> doomed =
        name("doomed")
            .as(
                select(id, time)
                    .from(table)
                    .where(within(time))
                    .and(guard)
                    .orderBy(time, id)
                    .limit(LIMIT)
                    .forUpdate()
                    .skipLocked());
    return counting(
        doomed, time, DSL.deleteFrom(table).where(Conditions.among(id, doomed)).returning(time));
  }

  /** Erases addresses that were last seen within the bounds; the day of each leads to them. */
  public static CleanupByTime erasingIps(
      TableField<?, UUID> id,
      TableField<?, Instant> lastActiveAt,
      TableField<?, String> lastActiveIp,
      TableField<?, java.time.LocalDate> ipDay) {
    Table<?> table = Projection.tableOf(id);
    CommonTableExpression<Record2<UUID, Instant>> doomed =
        name("doomed")
            .as(
                select(id, lastActiveAt)
                    .from(table)
                    .where(ipDay.between(day(SINCE), day(UNTIL)))
                    .and(within(lastActiveAt))
                    .orderBy(ipDay, lastActiveAt, id)
                    .limit(LIMIT)
                    .forNoKeyUpdate()
                    .skipLocked());
    return counting(
        doomed,
        lastActiveAt,
        DSL.update(table)
            .setNull(lastActiveIp)
            .where(Conditions.among(id, doomed))
            .returning(lastActiveAt));
  }

  /** Runs one batch. */
  public CleanupResult<Instant> run(
      Sql sql, Optional<Instant> since, Instant until, int limit, Instant now) {
    Inputs.range("limit", limit, 1, Integer.MAX_VALUE);
    Instant end = Inputs.past("until", until, now);
    Instant start = since.map(instant -> Inputs.instant("since", instant)).orElse(BEGINNING);
    return sql.get(statement, bind(SINCE, start), bind(UNTIL, end), bind(LIMIT, limit));
  }

  private static CleanupByTime counting(
      CommonTableExpression<?> doomed, TableField<?, Instant> time, ResultQuery<?> change) {
    CommonTableExpression<?> gone = name("gone").as(change);
    return new CleanupByTime(
        new Statement<>(
            DSL.with(doomed).with(gone).select(count(), max(columnOf(gone, time))).from(gone),
            row -> new CleanupResult<>(row.get(0, Integer.class), row.find(1, Instant.class))));
  }

  private static Condition within(TableField<?, Instant> time) {
    return time.ge(SINCE).and(time.lt(UNTIL));
  }

  private static Field<java.time.LocalDate> day(Param<Instant> instant) {
    return DSL.field("({0} at time zone 'UTC')::date", SQLDataType.LOCALDATE, instant);
  }
}
