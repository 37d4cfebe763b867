package dev.authstore.storage.pg.internal;

import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.select;

import dev.authstore.model.Ids;
import dev.authstore.storage.Inputs;
import dev.authstore.storage.page.FinishedSessions;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Record;
import org.jooq.Record1;
import org.jooq.Result;
import org.jooq.Select;
import org.jooq.SelectSeekStep1;
import org.jooq.TableField;
import org.jooq.UpdateConditionStep;

/**
 * Ends the unfinished sessions of one kind that match. They are locked by ascending id before any
 * is changed, so that two callers never wait for each other in a circle.
 */
public record BulkFinish(
    TableField<?, UUID> id, TableField<?, UUID> userId, TableField<?, Instant> finishedAt) {

  /** Ends all of them, and returns how many. */
  public int all(Sql sql, Condition matching, Instant now) {
    return finishing(sql, unfinished(matching).forNoKeyUpdate(), now).execute();
  }

  /** Ends those with the smallest ids, passing over what another transaction has locked. */
  public FinishedSessions batch(Sql sql, Condition matching, int limit, Instant now) {
    Inputs.range("limit", limit, 1, Integer.MAX_VALUE);
    Result<? extends Record> finished =
        finishing(sql, unfinished(matching).limit(limit).forNoKeyUpdate().skipLocked(), now)
            .returning(id, userId)
            .fetch();
    List<UUID> sessions = finished.getValues(id).stream().sorted(Ids.UNSIGNED_ORDER).toList();
    Set<UUID> users = new HashSet<>(finished.getValues(userId));
    users.removeIf(Objects::isNull); // of clients that act for themselves
    return new FinishedSessions(sessions, users);
  }

  private SelectSeekStep1<Record1<UUID>, UUID> unfinished(Condition matching) {
    return select(id)
        .from(Projection.tableOf(id))
        .where(matching)
        .and(finishedAt.isNull())
        .orderBy(id);
  }

  private UpdateConditionStep<?> finishing(Sql sql, Select<?> sessions, Instant now) {
    CommonTableExpression<?> locked = name("locked").as(sessions);
    return sql.dsl()
        .with(locked)
        .update(Projection.tableOf(id))
        .set(finishedAt, now)
        .where(Conditions.among(id, locked));
  }
}
