package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.internal.Conditions.exists;
import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.BROWSER_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_CLIENTS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_SESSIONS;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectCount;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.trueCondition;
import static org.jooq.impl.DSL.with;

import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.Values;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Param;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.UpdateSetMoreStep;

/**
 * The statements that move a grant on. Each locks the grant, judges what it has locked, and returns
 * the reason of a refusal beside the row, so that none needs a second look. No row: no grant.
 *
 * <p>What is updated is not judged: a row that came to allow the change while the lock was waited
 * for would not be found by its new state.
 */
final class GrantChanges<T> {
  static final Param<UUID> ID = param("id", BROWSER_SESSIONS.ID);

  /** The browser session or session that the grant is to refer to. */
  static final Param<UUID> OTHER_ID = param("other_id", BROWSER_SESSIONS.ID);

  private final Projection<T> grant;

  GrantChanges(Projection<T> grant) {
    this.grant = grant;
  }

  /** The grant as it was changed, or the facts that tell why it was not. */
  record Verdict<T>(
      Optional<StateReason> refused,
      boolean otherExists,
      boolean otherFinished,
      Optional<T> changed) {}

  /**
   * The grant as it was changed, or why it was not.
   *
   * @param other the aggregate of what it is to refer to
   */
  T changed(Optional<Verdict<T>> found, UUID id, String other, UUID otherId) {
    Verdict<T> verdict = found.orElseThrow(() -> new NotFoundException(grant.aggregate(), id));
    if (verdict.refused().isPresent()) {
      throw new InvalidStateException(grant.aggregate(), id, verdict.refused().get());
    }
    if (verdict.otherFinished()) {
      throw new InvalidStateException(other, otherId, StateReason.SESSION_FINISHED);
    }
    return verdict.changed().orElseThrow(() -> new NotFoundException(other, otherId));
  }

  /** A change that concerns nothing else. */
  Statement<Verdict<T>> alone(Field<String> reason, UpdateSetMoreStep<Record> change) {
    CommonTableExpression<?> locked = locked(reason, trueCondition());
    CommonTableExpression<?> changed = changed(change, locked, locked);
    return new Statement<>(
        with(locked)
            .with(changed)
            .select(grant.ownColumns(changed))
            .select(Reasons.of(locked), inline(true), inline(false))
            .from(locked)
            .leftJoin(changed)
            .on(trueCondition()),
        this::verdict);
  }

  /**
   * A change in a browser session that has not ended, which is locked before the grant: whoever
   * ends it either is seen here, or finds the change made.
   */
  Statement<Verdict<T>> inBrowserSession(Field<String> reason, UpdateSetMoreStep<Record> change) {
    CommonTableExpression<?> other =
        name("other")
            .as(
                select(BROWSER_SESSIONS.ID, BROWSER_SESSIONS.FINISHED_AT)
                    .from(BROWSER_SESSIONS)
                    .where(BROWSER_SESSIONS.ID.eq(OTHER_ID))
                    .forNoKeyUpdate());
    Field<Instant> finishedAt = columnOf(other, BROWSER_SESSIONS.FINISHED_AT);
    CommonTableExpression<?> locked =
        locked(reason, field(selectCount().from(other)).ge(inline(0)));
    CommonTableExpression<?> changed =
        changed(change, locked, locked.join(other).on(finishedAt.isNull()));
    return new Statement<>(
        with(other)
            .with(locked)
            .with(changed)
            .select(grant.ownColumns(changed))
            .select(
                Reasons.of(locked),
                columnOf(other, BROWSER_SESSIONS.ID).isNotNull(),
                finishedAt.isNotNull())
            .from(locked)
            .leftJoin(other)
            .on(trueCondition())
            .leftJoin(changed)
            .on(trueCondition()),
        this::verdict);
  }

  /**
   * A change for a session, which is kept from being deleted once the grant is locked and allows
   * the change; otherwise its clean-up, which takes the grant along, would meet us on its way. The
   * client is locked before both, since its deletion comes to the session first.
   */
  Statement<Verdict<T>> forSession(Field<String> reason, UpdateSetMoreStep<Record> change) {
    CommonTableExpression<?> client =
        name("client")
            .as(
                select(OAUTH2_CLIENTS.ID)
                    .from(OAUTH2_CLIENTS)
                    .where(
                        OAUTH2_CLIENTS.ID.eq(
                            select(OAUTH2_SESSIONS.CLIENT_ID)
                                .from(OAUTH2_SESSIONS)
                                .where(OAUTH2_SESSIONS.ID.eq(OTHER_ID))))
                    .forKeyShare());
    CommonTableExpression<?> locked =
        locked(reason, field(selectCount().from(client)).ge(inline(0)));
    CommonTableExpression<?> other =
        name("other")
            .as(
                select(OAUTH2_SESSIONS.ID)
                    .from(OAUTH2_SESSIONS)
                    .where(OAUTH2_SESSIONS.ID.eq(OTHER_ID))
                    .and(exists(selectOne().from(locked).where(Reasons.of(locked).isNull())))
                    .forKeyShare());
    CommonTableExpression<?> changed = changed(change, locked, locked.crossJoin(other));
    return new Statement<>(
        with(client)
            .with(locked)
            .with(other)
            .with(changed)
            .select(grant.ownColumns(changed))
            .select(
                Reasons.of(locked), columnOf(other, OAUTH2_SESSIONS.ID).isNotNull(), inline(false))
            .from(locked)
            .leftJoin(other)
            .on(trueCondition())
            .leftJoin(changed)
            .on(trueCondition()),
        this::verdict);
  }

  private CommonTableExpression<?> locked(Field<String> reason, Condition lockedBefore) {
    return name("locked")
        .as(
            select(grant.key(), reason)
                .from(grant.table())
                .where(grant.key().eq(ID))
                .and(lockedBefore)
                .forNoKeyUpdate());
  }

  private CommonTableExpression<?> changed(
      UpdateSetMoreStep<Record> change, Table<?> locked, Table<?> from) {
    return name("changed")
        .as(
            change
                .from(from)
                .where(grant.key().eq(columnOf(locked, grant.key())))
                .and(Reasons.of(locked).isNull())
                .returning(grant.columns()));
  }

  private Verdict<T> verdict(Values row) {
    int facts = grant.columns().size();
    return new Verdict<>(
        row.find(facts, String.class).map(StateReason::valueOf),
        row.get(facts + 1, Boolean.class),
        row.get(facts + 2, Boolean.class),
        grant.optional(row, 0));
  }
}
