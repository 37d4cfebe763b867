package dev.authstore.storage.pg.compat;

import static dev.authstore.storage.pg.compat.CompatProjections.REFRESH_TOKEN;
import static dev.authstore.storage.pg.internal.Conditions.exists;
import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.COMPAT_ACCESS_TOKENS;
import static dev.authstore.storage.pg.schema.Tables.COMPAT_REFRESH_TOKENS;
import static dev.authstore.storage.pg.schema.Tables.COMPAT_SESSIONS;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.insertInto;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectCount;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.trueCondition;
import static org.jooq.impl.DSL.update;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.TokenDigest;
import dev.authstore.model.compat.CompatRefreshToken;
import dev.authstore.storage.pg.internal.Conditions;
import dev.authstore.storage.pg.internal.Statement;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Param;

/**
 * How refresh tokens are issued and used. The session is locked first, so whatever happens to the
 * tokens of one session happens one after the other.
 */
final class CompatRefreshTokenChanges {
  static final Param<UUID> ID = param("id", COMPAT_REFRESH_TOKENS.ID);
  static final Param<UUID> SUCCESSOR_ID = param("successor_id", COMPAT_REFRESH_TOKENS.ID);
  static final Param<UUID> SESSION_ID = param("session_id", COMPAT_REFRESH_TOKENS.SESSION_ID);
  static final Param<UUID> ACCESS_TOKEN_ID =
      param("access_token_id", COMPAT_REFRESH_TOKENS.ACCESS_TOKEN_ID);
  static final Param<TokenDigest> DIGEST = param("digest", COMPAT_REFRESH_TOKENS.TOKEN_DIGEST);
  static final Param<Instant> NOW = param("now", COMPAT_REFRESH_TOKENS.CREATED_AT);

  private static final Condition IS_OF_SESSION = COMPAT_REFRESH_TOKENS.SESSION_ID.eq(SESSION_ID);

  static final Statement<Issue> ADD = add();

  /** Whether the session has ended; no row if it is gone. */
  static final Statement<Boolean> LOCK_SESSION =
      new Statement<>(
          select(field(COMPAT_SESSIONS.FINISHED_AT.isNotNull()))
              .from(COMPAT_SESSIONS)
              .where(COMPAT_SESSIONS.ID.eq(SESSION_ID))
              .forNoKeyUpdate(),
          row -> row.get(0, Boolean.class));

  /** For tokens whose session is locked: as they are after its lock was got. */
  static final Statement<Consumption> CONSUME = consume();

  private CompatRefreshTokenChanges() {}

  /** The token, or the facts that tell why there is none; if none does, it is taken. */
  record Issue(
      boolean sessionFinished, boolean accessTokenExists, Optional<CompatRefreshToken> token) {}

  /** The consumed token, or the facts that tell why it is not. */
  record Consumption(
      boolean tokenExists,
      boolean tokenConsumed,
      boolean successorExists,
      Optional<CompatRefreshToken> consumed) {}

  private static Statement<Issue> add() {
    CommonTableExpression<?> session =
        name("session")
            .as(
                select(COMPAT_SESSIONS.ID, COMPAT_SESSIONS.FINISHED_AT)
                    .from(COMPAT_SESSIONS)
                    .where(COMPAT_SESSIONS.ID.eq(SESSION_ID))
                    .forNoKeyUpdate());
    CommonTableExpression<?> access =
        name("access")
            .as(
                select(COMPAT_ACCESS_TOKENS.ID)
                    .from(COMPAT_ACCESS_TOKENS)
                    .where(COMPAT_ACCESS_TOKENS.ID.eq(ACCESS_TOKEN_ID))
                    .and(COMPAT_ACCESS_TOKENS.SESSION_ID.eq(SESSION_ID))
                    .and(selectCount().from(session).asField().ge(0)) // hence locked after it
                    .forKeyShare());
    CommonTableExpression<?> created =
        name("created")
            .as(
                insertInto(
                        COMPAT_REFRESH_TOKENS,
                        COMPAT_REFRESH_TOKENS.ID,
                        COMPAT_REFRESH_TOKENS.SESSION_ID,
                        COMPAT_REFRESH_TOKENS.ACCESS_TOKEN_ID,
                        COMPAT_REFRESH_TOKENS.TOKEN_DIGEST,
                        COMPAT_REFRESH_TOKENS.CREATED_AT)
                    .select(
                        select(
                                ID,
                                columnOf(session, COMPAT_SESSIONS.ID),
                                columnOf(access, COMPAT_ACCESS_TOKENS.ID),
                                DIGEST,
                                NOW)
                            .from(session)
                            .crossJoin(access)
                            .where(columnOf(session, COMPAT_SESSIONS.FINISHED_AT).isNull()))
                    .onConflict(COMPAT_REFRESH_TOKENS.TOKEN_DIGEST)
                    .doNothing()
                    .returning(REFRESH_TOKEN.columns()));
    int facts = REFRESH_TOKEN.columns().size();
    return new Statement<>(
        with(session)
            .with(access)
            .with(created)
            .select(REFRESH_TOKEN.ownColumns(created))
            .select(
                columnOf(session, COMPAT_SESSIONS.FINISHED_AT).isNotNull(),
                columnOf(access, COMPAT_ACCESS_TOKENS.ID).isNotNull())
            .from(session)
            .leftJoin(access)
            .on(trueCondition())
            .leftJoin(created)
            .on(trueCondition()),
        row ->
            new Issue(
                row.get(facts, Boolean.class),
                row.get(facts + 1, Boolean.class),
                REFRESH_TOKEN.optional(row, 0)));
  }

  // The token itself must be among those consumed. That some other one is would be true for whoever
  // comes late with a used one: the successor of somebody else.
  private static Statement<Consumption> consume() {
    CommonTableExpression<?> token = stored("token", ID);
    CommonTableExpression<?> successor = stored("successor", SUCCESSOR_ID);
    CommonTableExpression<?> locked =
        name("locked")
            .as(
                select(COMPAT_REFRESH_TOKENS.ID)
                    .from(COMPAT_REFRESH_TOKENS)
                    .where(IS_OF_SESSION)
                    .and(COMPAT_REFRESH_TOKENS.CONSUMED_AT.isNull())
                    .and(COMPAT_REFRESH_TOKENS.ID.ne(SUCCESSOR_ID))
                    .orderBy(COMPAT_REFRESH_TOKENS.ID)
                    .forNoKeyUpdate());
    CommonTableExpression<?> consumed =
        name("consumed")
            .as(
                update(COMPAT_REFRESH_TOKENS)
                    .set(COMPAT_REFRESH_TOKENS.CONSUMED_AT, NOW)
                    .where(Conditions.among(COMPAT_REFRESH_TOKENS.ID, locked))
                    .and(isValid(token))
                    .and(isValid(successor))
                    .returning(REFRESH_TOKEN.columns()));
    int facts = REFRESH_TOKEN.columns().size();
    return new Statement<>(
        with(token)
            .with(successor)
            .with(locked)
            .with(consumed)
            .select(REFRESH_TOKEN.ownColumns(consumed))
            .select(
                columnOf(token, COMPAT_REFRESH_TOKENS.ID).isNotNull(),
                columnOf(token, COMPAT_REFRESH_TOKENS.CONSUMED_AT).isNotNull(),
                columnOf(successor, COMPAT_REFRESH_TOKENS.ID).isNotNull())
            .from(selectOne().asTable("always"))
            .leftJoin(token)
            .on(trueCondition())
            .leftJoin(successor)
            .on(trueCondition())
            .leftJoin(consumed)
            .on(columnOf(consumed, COMPAT_REFRESH_TOKENS.ID).eq(ID)),
        row ->
            new Consumption(
                row.get(facts, Boolean.class),
                row.get(facts + 1, Boolean.class),
                row.get(facts + 2, Boolean.class),
                REFRESH_TOKEN.optional(row, 0)));
  }

  private static CommonTableExpression<?> stored(String part, Param<UUID> id) {
    return name(part)
        .as(
            select(COMPAT_REFRESH_TOKENS.ID, COMPAT_REFRESH_TOKENS.CONSUMED_AT)
                .from(COMPAT_REFRESH_TOKENS)
                .where(COMPAT_REFRESH_TOKENS.ID.eq(id))
                .and(IS_OF_SESSION));
  }

  private static Condition isValid(CommonTableExpression<?> token) {
    return exists(
        selectOne().from(token).where(columnOf(token, COMPAT_REFRESH_TOKENS.CONSUMED_AT).isNull()));
  }
}
