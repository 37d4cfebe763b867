package dev.authstore.storage.pg.internal;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static org.jooq.impl.DSL.count;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;

import dev.authstore.model.Ids;
import dev.authstore.storage.Inputs;
import dev.authstore.storage.page.CleanupResult;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Param;
import org.jooq.Record1;
import org.jooq.Table;
import org.jooq.TableField;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/**
 * A batch of rows that were created long enough ago, the oldest first, deleted with what hangs on
 * them. Rows that another transaction has locked are passed over, so that cleaners work side by
 * side and wait for nobody, except where a foreign key takes along, or empties, what another
 * transaction has locked.
 */
public final class CleanupById {
  private static final Param<UUID> SINCE = param("since", SQLDataType.UUID);
  private static final Param<UUID> UNTIL = param("until", SQLDataType.UUID);
  private static final Param<Integer> LIMIT = param("limit", SQLDataType.INTEGER);
  private static final UUID BEGINNING = new UUID(0, 0);

  private final Statement<CleanupResult<UUID>> statement;

  private CleanupById(Statement<CleanupResult<UUID>> statement) {
    this.statement = statement;
  }

  /** Deletes the rows whose id lies within the bounds and for which the guard holds. */
  public static CleanupById deleting(TableField<?, UUID> id, Condition guard) {
    Table<?> table = Projection.tableOf(id);
    CommonTableExpression<Record1<UUID>> doomed =
        name("doomed")
            .as(
                select(id)
                    .from(table)
                    .where(id.gt(SINCE).and(id.le(UNTIL)))
                    .and(guard)
                    .orderBy(id)
                    .limit(LIMIT)
                    .forUpdate()
                    .skipLocked());
    CommonTableExpression<?> gone =
        name("gone").as(DSL.deleteFrom(table).where(Conditions.among(id, doomed)).returning(id));
    return new CleanupById(
        new Statement<>( // the server knows no greatest uuid before version 18
            DSL.with(doomed)
                .with(gone)
                .select(count().over(), columnOf(gone, id))
                .from(gone)
                .orderBy(columnOf(gone, id).desc())
                .limit(DSL.inline(1)),
            row -> new CleanupResult<>(row.get(0, Integer.class), row.find(1, UUID.class))));
  }

  /**
   * Runs one batch.
   *
   * @param since exclusive
   * @param until inclusive
   */
  public CleanupResult<UUID> run(
      Sql sql, Optional<UUID> since, UUID until, int limit, Instant now) {
    Inputs.range("limit", limit, 1, Integer.MAX_VALUE);
    Inputs.past("until", Ids.timestamp(until), now);
    return sql.find(
            statement, bind(SINCE, since.orElse(BEGINNING)), bind(UNTIL, until), bind(LIMIT, limit))
        .orElseGet(() -> new CleanupResult<>(0, Optional.empty()));
  }
}
