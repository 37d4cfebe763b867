package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_ACCESS_TOKENS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_REFRESH_TOKENS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.USERS;
import static org.jooq.impl.DSL.any;
import static org.jooq.impl.DSL.array;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.trueCondition;
import static org.jooq.impl.DSL.update;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.TokenDigest;
import dev.authstore.model.oauth2.OAuth2AccessToken;
import dev.authstore.model.oauth2.OAuth2RefreshToken;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.User;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.Values;
import dev.authstore.storage.pg.user.UserGroup;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Param;
import org.jooq.Record1;
import org.jooq.Select;
import org.jooq.Table;

/**
 * The statements that use a refresh token.
 *
 * <p>All lock the session first, then the token, its successor and the access token, as the
 * granular operations do that add, consume and revoke in turn: whoever holds a token never waits
 * for its session. They judge what they have locked.
 *
 * <p>A clean-up holds a token while it empties the pointers to it. So nothing is locked here that a
 * clean-up may hold: no access token that is revoked or expired, and no successor unless it is
 * valid.
 */
final class TokenRotations {
  private static final Projection<OAuth2Session> SESSION = OAuth2Projections.SESSION;
  private static final Projection<OAuth2AccessToken> ACCESS = OAuth2Projections.ACCESS_TOKEN;
  private static final Projection<OAuth2RefreshToken> REFRESH = OAuth2Projections.REFRESH_TOKEN;

  static final Param<TokenDigest> DIGEST = param("digest", OAUTH2_REFRESH_TOKENS.TOKEN_DIGEST);
  static final Param<UUID> CLIENT_ID = param("client_id", OAUTH2_SESSIONS.CLIENT_ID);
  static final Param<UUID> SESSION_ID = param("session_id", OAUTH2_SESSIONS.ID);
  static final Param<UUID> TOKEN_ID = param("token_id", OAUTH2_REFRESH_TOKENS.ID);
  static final Param<UUID> SUCCESSOR_ID = param("successor_id", OAUTH2_REFRESH_TOKENS.ID);
  static final Param<String> USER_AGENT = param("user_agent", OAUTH2_SESSIONS.USER_AGENT);
  static final Param<Instant> NOW = IssuedTokens.NOW;

  /** A session that began at this instant, or earlier, is too old. */
  static final Param<Instant> OLDEST_SESSION = param("oldest_session", OAUTH2_SESSIONS.CREATED_AT);

  /** A token that was issued at this instant, or earlier, is too old. */
  static final Param<Instant> OLDEST_TOKEN =
      param("oldest_token", OAUTH2_REFRESH_TOKENS.CREATED_AT);

  private static final Field<Boolean> IS_OWN = field(name("is_own"), Boolean.class);

  /** Replaces a token that nothing speaks against; no row if it is unknown. */
  static final Statement<Attempt> ATTEMPT = attempt();

  /** Locks a used token and what decides on its repetition; no row if it is gone. */
  static final Statement<Repetition> REPETITION = repetition();

  /** Replaces the successor of a used token, both locked. */
  static final Statement<Issued> REISSUE = reissue();

  private TokenRotations() {}

  /** A new pair. */
  record Issued(
      OAuth2Session session,
      OAuth2AccessToken accessToken,
      OAuth2RefreshToken refreshToken,
      OAuth2RefreshToken previous) {}

  /**
   * What came of presenting a token: the new pair, or the facts that tell why there is none.
   *
   * @param presented absent if it is another client's, or was deleted while it was waited for
   */
  record Attempt(boolean isOwn, Optional<Presented> presented, Optional<Issued> issued) {}

  /** A token with what it is judged by, locked but for the user. */
  record Presented(OAuth2Session session, Optional<User> user, OAuth2RefreshToken token) {}

  /**
   * A used token, locked.
   *
   * @param successor as the statement began; absent also if it was issued since
   * @param valid the successor, locked, if it was valid
   * @param wasUsed whether the access token issued with the successor was
   */
  record Repetition(
      Presented presented,
      Optional<OAuth2RefreshToken> successor,
      Optional<OAuth2RefreshToken> valid,
      boolean wasUsed) {

    /** Whether the successor was issued while the lock was waited for, so that it is not seen. */
    boolean isOutdated() {
      return presented.token().nextRefreshTokenId().isPresent() && successor.isEmpty();
    }

    /** Whether the client has received what the token was replaced by. */
    boolean isReplay() {
      return wasUsed || valid.isEmpty() || !valid.get().isValid();
    }
  }

  private static Statement<Attempt> attempt() {
    CommonTableExpression<?> found = found();
    CommonTableExpression<?> session =
        lockedSession(
            OAUTH2_SESSIONS.ID.eq(
                select(columnOf(found, OAUTH2_REFRESH_TOKENS.SESSION_ID))
                    .from(found)
                    .where(condition(IS_OWN))));
    CommonTableExpression<?> token =
        lockedToken(
            OAUTH2_REFRESH_TOKENS.ID.eq(
                select(columnOf(found, OAUTH2_REFRESH_TOKENS.ID)).from(found)),
            session);
    CommonTableExpression<?> allowed = allowed(session, token);
    CommonTableExpression<?> accessToken = IssuedTokens.accessToken(allowed);
    CommonTableExpression<?> refreshToken = IssuedTokens.refreshToken(accessToken);
    CommonTableExpression<?> consumed = consumed(token, refreshToken);
    CommonTableExpression<?> revoked = revoked(accessTokenOf(token, allowed));
    CommonTableExpression<?> renamed = renamed(allowed);
    return new Statement<>(
        with(found)
            .with(session, token, allowed, accessToken, refreshToken, consumed, revoked, renamed)
            .select(sessionColumns(session, renamed))
            .select(UserGroup.user().columns())
            .select(REFRESH.ownColumns(token))
            .select(ACCESS.ownColumns(accessToken))
            .select(REFRESH.ownColumns(refreshToken))
            .select(REFRESH.ownColumns(consumed))
            .select(IS_OWN)
            .from(found)
            .leftJoin(session.crossJoin(token))
            .on(trueCondition())
            .leftJoin(USERS)
            .on(USERS.ID.eq(columnOf(session, OAUTH2_SESSIONS.USER_ID)))
            .leftJoin(accessToken.crossJoin(refreshToken).crossJoin(consumed))
            .on(trueCondition())
            .leftJoin(renamed)
            .on(trueCondition()),
        TokenRotations::attempt);
  }

  // Both never change, so nothing is locked yet, least of all for another client.
  private static CommonTableExpression<?> found() {
    return name("found")
        .as(
            select(
                    OAUTH2_REFRESH_TOKENS.ID,
                    OAUTH2_REFRESH_TOKENS.SESSION_ID,
                    field(OAUTH2_SESSIONS.CLIENT_ID.eq(CLIENT_ID)).as(IS_OWN))
                .from(OAUTH2_REFRESH_TOKENS)
                .join(OAUTH2_SESSIONS)
                .on(OAUTH2_SESSIONS.ID.eq(OAUTH2_REFRESH_TOKENS.SESSION_ID))
                .where(OAUTH2_REFRESH_TOKENS.TOKEN_DIGEST.eq(DIGEST)));
  }

  private static Attempt attempt(Values row) {
    int users = SESSION.columns().size();
    int tokens = users + UserGroup.user().columns().size();
    int issued = tokens + REFRESH.columns().size();
    int own = issued + ACCESS.columns().size() + 2 * REFRESH.columns().size();
    Optional<Presented> presented =
        SESSION
            .optional(row, 0)
            .map(
                session ->
                    new Presented(
                        session, UserGroup.user().optional(row, users), REFRESH.read(row, tokens)));
    return new Attempt(
        row.get(own, Boolean.class),
        presented,
        ACCESS
            .optional(row, issued)
            .map(access -> issued(presented.orElseThrow().session(), access, row, issued)));
  }

  private static CommonTableExpression<?> allowed(Table<?> session, Table<?> token) {
    return name("allowed")
        .as(
            select(columnOf(session, OAUTH2_SESSIONS.ID))
                .from(session)
                .crossJoin(token)
                .leftJoin(USERS)
                .on(USERS.ID.eq(columnOf(session, OAUTH2_SESSIONS.USER_ID)))
                .where(columnOf(session, OAUTH2_SESSIONS.FINISHED_AT).isNull())
                .and(columnOf(session, OAUTH2_SESSIONS.CREATED_AT).gt(OLDEST_SESSION))
                .and(USERS.LOCKED_AT.isNull())
                .and(USERS.DEACTIVATED_AT.isNull())
                .and(columnOf(token, OAUTH2_REFRESH_TOKENS.CONSUMED_AT).isNull())
                .and(columnOf(token, OAUTH2_REFRESH_TOKENS.REVOKED_AT).isNull())
                .and(columnOf(token, OAUTH2_REFRESH_TOKENS.CREATED_AT).gt(OLDEST_TOKEN)));
  }

  private static Statement<Repetition> repetition() {
    CommonTableExpression<?> session = lockedSession(OAUTH2_SESSIONS.ID.eq(SESSION_ID));
    CommonTableExpression<?> token = lockedToken(OAUTH2_REFRESH_TOKENS.ID.eq(TOKEN_ID), session);
    CommonTableExpression<?> successor = successor(token);
    CommonTableExpression<?> valid = lockedIfValid(successor);
    CommonTableExpression<?> accessToken = lockedIfRevocable(valid);
    return new Statement<>(
        with(session)
            .with(token, successor, valid, accessToken)
            .select(SESSION.ownColumns(session))
            .select(UserGroup.user().columns())
            .select(REFRESH.ownColumns(token))
            .select(REFRESH.ownColumns(successor))
            .select(REFRESH.ownColumns(valid))
            .select(
                coalesce(
                        columnOf(accessToken, OAUTH2_ACCESS_TOKENS.FIRST_USED_AT),
                        OAUTH2_ACCESS_TOKENS.FIRST_USED_AT)
                    .isNotNull())
            .from(session)
            .crossJoin(token)
            .leftJoin(USERS)
            .on(USERS.ID.eq(columnOf(session, OAUTH2_SESSIONS.USER_ID)))
            .leftJoin(successor)
            .on(trueCondition())
            .leftJoin(valid)
            .on(trueCondition())
            .leftJoin(accessToken)
            .on(trueCondition())
            .leftJoin(OAUTH2_ACCESS_TOKENS)
            .on(OAUTH2_ACCESS_TOKENS.ID.eq(columnOf(valid, OAUTH2_REFRESH_TOKENS.ACCESS_TOKEN_ID))),
        TokenRotations::repetition);
  }

  private static CommonTableExpression<?> successor(Table<?> token) {
    return name("successor")
        .as(
            select(REFRESH.columns())
                .from(OAUTH2_REFRESH_TOKENS)
                .where(
                    OAUTH2_REFRESH_TOKENS.ID.eq(
                        select(columnOf(token, OAUTH2_REFRESH_TOKENS.NEXT_REFRESH_TOKEN_ID))
                            .from(token))));
  }

  private static CommonTableExpression<?> lockedIfValid(Table<?> successor) {
    return name("valid")
        .as(
            select(REFRESH.columns())
                .from(OAUTH2_REFRESH_TOKENS)
                .where(
                    OAUTH2_REFRESH_TOKENS.ID.eq(
                        select(columnOf(successor, OAUTH2_REFRESH_TOKENS.ID))
                            .from(successor)
                            .where(RefreshTokenChanges.isValid(successor))))
                .forNoKeyUpdate());
  }

  private static CommonTableExpression<?> lockedIfRevocable(Table<?> valid) {
    return name("access_token")
        .as(
            select(OAUTH2_ACCESS_TOKENS.FIRST_USED_AT)
                .from(OAUTH2_ACCESS_TOKENS)
                .where(
                    OAUTH2_ACCESS_TOKENS.ID.eq(
                        select(columnOf(valid, OAUTH2_REFRESH_TOKENS.ACCESS_TOKEN_ID)).from(valid)))
                .and(isRevocable())
                .forNoKeyUpdate());
  }

  private static Repetition repetition(Values row) {
    int users = SESSION.columns().size();
    int tokens = users + UserGroup.user().columns().size();
    int successors = tokens + REFRESH.columns().size();
    int valids = successors + REFRESH.columns().size();
    int used = valids + REFRESH.columns().size();
    return new Repetition(
        new Presented(
            SESSION.read(row), UserGroup.user().optional(row, users), REFRESH.read(row, tokens)),
        REFRESH.optional(row, successors),
        REFRESH.optional(row, valids),
        row.get(used, Boolean.class));
  }

  private static Statement<Issued> reissue() {
    CommonTableExpression<?> token =
        name("token")
            .as(
                select(OAUTH2_REFRESH_TOKENS.ID)
                    .from(OAUTH2_REFRESH_TOKENS)
                    .where(OAUTH2_REFRESH_TOKENS.ID.eq(TOKEN_ID)));
    CommonTableExpression<?> withdrawn =
        name("withdrawn")
            .as(
                update(OAUTH2_REFRESH_TOKENS)
                    .set(OAUTH2_REFRESH_TOKENS.REVOKED_AT, NOW)
                    .where(OAUTH2_REFRESH_TOKENS.ID.eq(SUCCESSOR_ID))
                    .and(RefreshTokenChanges.isValid(OAUTH2_REFRESH_TOKENS))
                    .returning(OAUTH2_REFRESH_TOKENS.SESSION_ID));
    CommonTableExpression<?> session =
        name("session")
            .as(
                select(SESSION.columns())
                    .from(OAUTH2_SESSIONS)
                    .where(
                        OAUTH2_SESSIONS.ID.eq(
                            select(columnOf(withdrawn, OAUTH2_REFRESH_TOKENS.SESSION_ID))
                                .from(withdrawn))));
    CommonTableExpression<?> accessToken = IssuedTokens.accessToken(session);
    CommonTableExpression<?> refreshToken = IssuedTokens.refreshToken(accessToken);
    CommonTableExpression<?> consumed = consumed(token, refreshToken);
    CommonTableExpression<?> revoked =
        revoked(
            select(OAUTH2_REFRESH_TOKENS.ACCESS_TOKEN_ID)
                .from(OAUTH2_REFRESH_TOKENS)
                .where(OAUTH2_REFRESH_TOKENS.ID.in(TOKEN_ID, SUCCESSOR_ID)));
    CommonTableExpression<?> renamed = renamed(session);
    return new Statement<>(
        with(token)
            .with(withdrawn, session, accessToken, refreshToken, consumed, revoked, renamed)
            .select(sessionColumns(session, renamed))
            .select(ACCESS.ownColumns(accessToken))
            .select(REFRESH.ownColumns(refreshToken))
            .select(REFRESH.ownColumns(consumed))
            .from(session)
            .crossJoin(accessToken)
            .crossJoin(refreshToken)
            .crossJoin(consumed)
            .leftJoin(renamed)
            .on(trueCondition()),
        row -> {
          int issued = SESSION.columns().size();
          return issued(SESSION.read(row), ACCESS.read(row, issued), row, issued);
        });
  }

  private static Issued issued(
      OAuth2Session session, OAuth2AccessToken accessToken, Values row, int offset) {
    int refreshToken = offset + ACCESS.columns().size();
    int previous = refreshToken + REFRESH.columns().size();
    return new Issued(
        session, accessToken, REFRESH.read(row, refreshToken), REFRESH.read(row, previous));
  }

  private static CommonTableExpression<?> lockedSession(Condition isMeant) {
    return name("session")
        .as(select(SESSION.columns()).from(OAUTH2_SESSIONS).where(isMeant).forNoKeyUpdate());
  }

  // That it belongs to the locked session is known; asking for it sees to the order of the locks.
  private static CommonTableExpression<?> lockedToken(Condition isMeant, Table<?> session) {
    return name("token")
        .as(
            select(REFRESH.columns())
                .from(OAUTH2_REFRESH_TOKENS)
                .where(isMeant)
                .and(
                    OAUTH2_REFRESH_TOKENS.SESSION_ID.eq(
                        select(columnOf(session, OAUTH2_SESSIONS.ID)).from(session)))
                .forNoKeyUpdate());
  }

  private static CommonTableExpression<?> consumed(Table<?> token, Table<?> refreshToken) {
    return name("consumed")
        .as(
            update(OAUTH2_REFRESH_TOKENS)
                .set(OAUTH2_REFRESH_TOKENS.CONSUMED_AT, NOW)
                .set(
                    OAUTH2_REFRESH_TOKENS.NEXT_REFRESH_TOKEN_ID,
                    columnOf(refreshToken, OAUTH2_REFRESH_TOKENS.ID))
                .from(token.crossJoin(refreshToken))
                .where(OAUTH2_REFRESH_TOKENS.ID.eq(columnOf(token, OAUTH2_REFRESH_TOKENS.ID)))
                .returning(REFRESH.columns()));
  }

  private static CommonTableExpression<?> revoked(Select<Record1<UUID>> ids) {
    return name("revoked")
        .as(
            update(OAUTH2_ACCESS_TOKENS)
                .set(OAUTH2_ACCESS_TOKENS.REVOKED_AT, NOW)
                .where(OAUTH2_ACCESS_TOKENS.ID.eq(any(array(ids))))
                .and(isRevocable())
                .returning(OAUTH2_ACCESS_TOKENS.ID));
  }

  private static Select<Record1<UUID>> accessTokenOf(Table<?> token, Table<?> allowed) {
    return select(columnOf(token, OAUTH2_REFRESH_TOKENS.ACCESS_TOKEN_ID))
        .from(token)
        .crossJoin(allowed);
  }

  private static CommonTableExpression<?> renamed(Table<?> session) {
    return name("renamed")
        .as(
            update(OAUTH2_SESSIONS)
                .set(OAUTH2_SESSIONS.USER_AGENT, USER_AGENT)
                .from(session)
                .where(OAUTH2_SESSIONS.ID.eq(columnOf(session, OAUTH2_SESSIONS.ID)))
                .and(
                    OAUTH2_SESSIONS.USER_AGENT.isDistinctFrom(
                        coalesce(USER_AGENT, OAUTH2_SESSIONS.USER_AGENT)))
                .returning(OAUTH2_SESSIONS.USER_AGENT));
  }

  private static List<Field<?>> sessionColumns(Table<?> session, Table<?> renamed) {
    List<Field<?>> columns = new ArrayList<>(SESSION.ownColumns(session));
    Field<String> before = columnOf(session, OAUTH2_SESSIONS.USER_AGENT);
    columns.set(
        columns.indexOf(before), coalesce(columnOf(renamed, OAUTH2_SESSIONS.USER_AGENT), before));
    return columns;
  }

  private static Condition isRevocable() {
    return OAUTH2_ACCESS_TOKENS.REVOKED_AT.isNull().and(TokenIntrospections.isUnexpired(NOW));
  }
}
