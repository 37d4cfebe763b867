package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_ACCESS_TOKENS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_REFRESH_TOKENS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_SESSIONS;
import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.insertInto;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.not;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectCount;
import static org.jooq.impl.DSL.trueCondition;
import static org.jooq.impl.DSL.update;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.TokenDigest;
import dev.authstore.model.oauth2.OAuth2RefreshToken;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.Values;
import dev.authstore.storage.pg.schema.tables.Oauth2RefreshTokens;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Param;
import org.jooq.Table;
import org.jooq.impl.SQLDataType;

/**
 * The statements that add and change one refresh token. Each locks what it judges, in the order of
 * {@link TokenRotations}, and returns the facts beside the row, so that no refusal needs a second
 * look.
 */
final class RefreshTokenChanges {
  private static final Projection<OAuth2RefreshToken> TOKEN = OAuth2Projections.REFRESH_TOKEN;

  static final Param<UUID> ID = param("id", OAUTH2_REFRESH_TOKENS.ID);
  static final Param<UUID> SESSION_ID = param("session_id", OAUTH2_REFRESH_TOKENS.SESSION_ID);
  static final Param<UUID> ACCESS_TOKEN_ID = param("access_token_id", OAUTH2_ACCESS_TOKENS.ID);
  static final Param<TokenDigest> DIGEST = param("digest", OAUTH2_REFRESH_TOKENS.TOKEN_DIGEST);
  static final Param<UUID> REPLACED_BY_ID = param("replaced_by_id", OAUTH2_REFRESH_TOKENS.ID);
  static final Param<Instant> NOW = param("now", OAUTH2_REFRESH_TOKENS.CREATED_AT);

  /** Whether the caller knows the token as used, and by what it was replaced then. */
  static final Param<Boolean> WAS_CONSUMED = param("was_consumed", SQLDataType.BOOLEAN);

  static final Param<UUID> NEXT_ID = param("next_id", OAUTH2_REFRESH_TOKENS.NEXT_REFRESH_TOKEN_ID);

  /** No row: no session. */
  static final Statement<Creation> ADD = add();

  /** No row: no token. */
  static final Statement<Replacement> CONSUME = consume();

  /** No row: no token. */
  static final Statement<Change> REVOKE = revoke();

  private RefreshTokenChanges() {}

  /** The token, or the facts that tell why there is none; if none does, the text was taken. */
  record Creation(
      boolean sessionFinished,
      boolean accessTokenExists,
      boolean accessTokenMatches,
      Optional<OAuth2RefreshToken> token) {}

  /**
   * A token as it was, and as it is now, unless a fact speaks against that.
   *
   * @param successorValid whether what replaced it before is in force
   */
  record Replacement(
      OAuth2RefreshToken stored,
      boolean replacementExists,
      boolean replacementMatches,
      boolean successorValid,
      Optional<OAuth2RefreshToken> consumed) {}

  /** A token as it was, and as it is now unless that forbade the change. */
  record Change(OAuth2RefreshToken stored, Optional<OAuth2RefreshToken> changed) {}

  // The session is locked before the access token; counting it sees to that.
  private static Statement<Creation> add() {
    CommonTableExpression<?> session =
        name("session")
            .as(
                select(OAUTH2_SESSIONS.ID, OAUTH2_SESSIONS.FINISHED_AT)
                    .from(OAUTH2_SESSIONS)
                    .where(OAUTH2_SESSIONS.ID.eq(SESSION_ID))
                    .forNoKeyUpdate());
    CommonTableExpression<?> accessToken =
        name("access_token")
            .as(
                select(OAUTH2_ACCESS_TOKENS.ID, OAUTH2_ACCESS_TOKENS.SESSION_ID)
                    .from(OAUTH2_ACCESS_TOKENS)
                    .where(OAUTH2_ACCESS_TOKENS.ID.eq(ACCESS_TOKEN_ID))
                    .and(selectCount().from(session).asField().ge(0))
                    .forKeyShare());
    Condition matches =
        columnOf(accessToken, OAUTH2_ACCESS_TOKENS.SESSION_ID)
            .eq(columnOf(session, OAUTH2_SESSIONS.ID));
    CommonTableExpression<?> created =
        name("created")
            .as(
                insertInto(
                        OAUTH2_REFRESH_TOKENS,
                        OAUTH2_REFRESH_TOKENS.ID,
                        OAUTH2_REFRESH_TOKENS.SESSION_ID,
                        OAUTH2_REFRESH_TOKENS.ACCESS_TOKEN_ID,
                        OAUTH2_REFRESH_TOKENS.TOKEN_DIGEST,
                        OAUTH2_REFRESH_TOKENS.CREATED_AT)
                    .select(
                        select(
                                ID,
                                columnOf(session, OAUTH2_SESSIONS.ID),
                                columnOf(accessToken, OAUTH2_ACCESS_TOKENS.ID),
                                DIGEST,
                                NOW)
                            .from(session)
                            .join(accessToken)
                            .on(matches)
                            .where(columnOf(session, OAUTH2_SESSIONS.FINISHED_AT).isNull()))
                    .onConflict(OAUTH2_REFRESH_TOKENS.TOKEN_DIGEST)
                    .doNothing()
                    .returning(TOKEN.columns()));
    int facts = TOKEN.columns().size();
    return new Statement<>(
        with(session)
            .with(accessToken, created)
            .select(TOKEN.ownColumns(created))
            .select(
                columnOf(session, OAUTH2_SESSIONS.FINISHED_AT).isNotNull(),
                columnOf(accessToken, OAUTH2_ACCESS_TOKENS.ID).isNotNull(),
                matches)
            .from(session)
            .leftJoin(accessToken)
            .on(trueCondition())
            .leftJoin(created)
            .on(trueCondition()),
        row ->
            new Creation(
                row.get(facts, Boolean.class),
                row.get(facts + 1, Boolean.class),
                row.find(facts + 2, Boolean.class).orElse(false),
                TOKEN.optional(row, 0)));
  }

  // What replaced it before need not be locked: once withdrawn, it stays so.
  private static Statement<Replacement> consume() {
    CommonTableExpression<?> locked = locked();
    CommonTableExpression<?> replacement =
        name("replacement")
            .as(
                select(OAUTH2_REFRESH_TOKENS.ID, OAUTH2_REFRESH_TOKENS.SESSION_ID)
                    .from(OAUTH2_REFRESH_TOKENS)
                    .where(OAUTH2_REFRESH_TOKENS.ID.eq(REPLACED_BY_ID))
                    .and(selectCount().from(locked).asField().ge(0))
                    .forKeyShare());
    Condition matches =
        columnOf(replacement, OAUTH2_REFRESH_TOKENS.SESSION_ID)
            .eq(columnOf(locked, OAUTH2_REFRESH_TOKENS.SESSION_ID));
    Oauth2RefreshTokens successor = OAUTH2_REFRESH_TOKENS.as("successor");
    Condition isSuccessor =
        successor.ID.eq(columnOf(locked, OAUTH2_REFRESH_TOKENS.NEXT_REFRESH_TOKEN_ID));
    Condition isAsShown =
        condition(WAS_CONSUMED)
            .and(columnOf(locked, OAUTH2_REFRESH_TOKENS.NEXT_REFRESH_TOKEN_ID).eq(NEXT_ID))
            .and(successor.REVOKED_AT.isNotNull())
            .or(not(condition(WAS_CONSUMED)).and(isValid(locked)));
    CommonTableExpression<?> consumed =
        name("consumed")
            .as(
                update(OAUTH2_REFRESH_TOKENS)
                    .set(OAUTH2_REFRESH_TOKENS.CONSUMED_AT, NOW)
                    .set(
                        OAUTH2_REFRESH_TOKENS.NEXT_REFRESH_TOKEN_ID,
                        columnOf(replacement, OAUTH2_REFRESH_TOKENS.ID))
                    .from(locked.join(replacement).on(matches).leftJoin(successor).on(isSuccessor))
                    .where(OAUTH2_REFRESH_TOKENS.ID.eq(columnOf(locked, OAUTH2_REFRESH_TOKENS.ID)))
                    .and(isAsShown)
                    .returning(TOKEN.columns()));
    return new Statement<>(
        with(locked)
            .with(replacement, consumed)
            .select(TOKEN.ownColumns(locked))
            .select(TOKEN.ownColumns(consumed))
            .select(
                columnOf(replacement, OAUTH2_REFRESH_TOKENS.ID).isNotNull(),
                matches,
                successor.ID.isNotNull().and(isValid(successor)))
            .from(locked)
            .leftJoin(replacement)
            .on(trueCondition())
            .leftJoin(successor)
            .on(isSuccessor)
            .leftJoin(consumed)
            .on(trueCondition()),
        RefreshTokenChanges::replacement);
  }

  private static Replacement replacement(Values row) {
    int consumed = TOKEN.columns().size();
    int facts = 2 * consumed;
    return new Replacement(
        TOKEN.read(row),
        row.get(facts, Boolean.class),
        row.find(facts + 1, Boolean.class).orElse(false),
        row.get(facts + 2, Boolean.class),
        TOKEN.optional(row, consumed));
  }

  private static Statement<Change> revoke() {
    CommonTableExpression<?> locked = locked();
    CommonTableExpression<?> revoked =
        name("revoked")
            .as(
                update(OAUTH2_REFRESH_TOKENS)
                    .set(OAUTH2_REFRESH_TOKENS.REVOKED_AT, NOW)
                    .from(locked)
                    .where(OAUTH2_REFRESH_TOKENS.ID.eq(columnOf(locked, OAUTH2_REFRESH_TOKENS.ID)))
                    .and(isValid(locked))
                    .returning(TOKEN.columns()));
    int changed = TOKEN.columns().size();
    return new Statement<>(
        with(locked)
            .with(revoked)
            .select(TOKEN.ownColumns(locked))
            .select(TOKEN.ownColumns(revoked))
            .from(locked)
            .leftJoin(revoked)
            .on(trueCondition()),
        row -> new Change(TOKEN.read(row), TOKEN.optional(row, changed)));
  }

  private static CommonTableExpression<?> locked() {
    return name("locked")
        .as(
            select(TOKEN.columns())
                .from(OAUTH2_REFRESH_TOKENS)
                .where(OAUTH2_REFRESH_TOKENS.ID.eq(ID))
                .forNoKeyUpdate());
  }

  /** Whether a token is neither used nor withdrawn. */
  static Condition isValid(Table<?> tokens) {
    return columnOf(tokens, OAUTH2_REFRESH_TOKENS.CONSUMED_AT)
        .isNull()
        .and(columnOf(tokens, OAUTH2_REFRESH_TOKENS.REVOKED_AT).isNull());
  }
}
