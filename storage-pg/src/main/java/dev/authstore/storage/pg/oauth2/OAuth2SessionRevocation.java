package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_ACCESS_TOKENS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_REFRESH_TOKENS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.USERS;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.trueCondition;
import static org.jooq.impl.DSL.update;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.TokenDigest;
import dev.authstore.model.TokenKind;
import dev.authstore.model.user.User;
import dev.authstore.storage.oauth2.TokenRevocation;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.Values;
import dev.authstore.storage.pg.user.UserGroup;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Param;
import org.jooq.Table;
import org.jooq.TableField;

/** The statements that end the session of a token, by what the token is. */
final class OAuth2SessionRevocation {
  static final Param<UUID> CLIENT_ID = param("client_id", OAUTH2_SESSIONS.CLIENT_ID);
  static final Param<TokenDigest> TOKEN = param("token", OAUTH2_ACCESS_TOKENS.TOKEN_DIGEST);
  static final Param<Instant> NOW = param("now", OAUTH2_SESSIONS.FINISHED_AT);

  static final Map<TokenKind, Statement<TokenRevocation>> BY_TOKEN =
      Map.of(
          TokenKind.ACCESS_TOKEN,
          byToken(
              OAUTH2_ACCESS_TOKENS.SESSION_ID,
              OAUTH2_ACCESS_TOKENS.TOKEN_DIGEST.eq(TOKEN),
              OAUTH2_ACCESS_TOKENS
                  .REVOKED_AT
                  .isNull()
                  .and(
                      OAUTH2_ACCESS_TOKENS
                          .EXPIRES_AT
                          .isNull()
                          .or(OAUTH2_ACCESS_TOKENS.EXPIRES_AT.gt(NOW)))),
          TokenKind.REFRESH_TOKEN,
          byToken(
              OAUTH2_REFRESH_TOKENS.SESSION_ID,
              OAUTH2_REFRESH_TOKENS.TOKEN_DIGEST.eq(TOKEN),
              OAUTH2_REFRESH_TOKENS
                  .REVOKED_AT
                  .isNull()
                  .and(OAUTH2_REFRESH_TOKENS.CONSUMED_AT.isNull())));

  private OAuth2SessionRevocation() {}

  // The session is locked before the token, as everywhere. Locking the token then shows whether it
  // was used up while we waited. Whose the session is never changes, so another client's is not
  // even locked.
  private static Statement<TokenRevocation> byToken(
      TableField<?, UUID> sessionId, Condition isPresented, Condition isInForce) {
    Table<?> tokens = Projection.tableOf(sessionId);
    CommonTableExpression<?> found =
        name("found")
            .as(
                select(
                        OAUTH2_SESSIONS.ID,
                        field(OAUTH2_SESSIONS.CLIENT_ID.eq(CLIENT_ID)).as("is_own"))
                    .from(tokens)
                    .join(OAUTH2_SESSIONS)
                    .on(OAUTH2_SESSIONS.ID.eq(sessionId))
                    .where(isPresented)
                    .and(isInForce));
    CommonTableExpression<?> session =
        name("session")
            .as(
                select(OAUTH2_SESSIONS.ID)
                    .from(OAUTH2_SESSIONS)
                    .where(
                        OAUTH2_SESSIONS.ID.eq(
                            select(columnOf(found, OAUTH2_SESSIONS.ID)).from(found)))
                    .and(OAUTH2_SESSIONS.CLIENT_ID.eq(CLIENT_ID))
                    .forNoKeyUpdate());
    CommonTableExpression<?> token =
        name("token")
            .as(
                select(sessionId)
                    .from(tokens)
                    .where(isPresented)
                    .and(isInForce)
                    .and(sessionId.eq(select(columnOf(session, OAUTH2_SESSIONS.ID)).from(session)))
                    .forNoKeyUpdate());
    CommonTableExpression<?> ended =
        name("ended")
            .as(
                update(OAUTH2_SESSIONS)
                    .set(OAUTH2_SESSIONS.FINISHED_AT, NOW)
                    .from(token)
                    .where(OAUTH2_SESSIONS.ID.eq(columnOf(token, sessionId)))
                    .and(OAUTH2_SESSIONS.FINISHED_AT.isNull())
                    .returning(OAuth2Projections.SESSION.columns()));
    return new Statement<>(
        with(found)
            .with(session)
            .with(token)
            .with(ended)
            .select(OAuth2Projections.SESSION.ownColumns(ended))
            .select(UserGroup.user().columns())
            .select(
                field(name("found", "is_own"), Boolean.class),
                columnOf(token, sessionId).isNotNull())
            .from(found)
            .leftJoin(token)
            .on(trueCondition())
            .leftJoin(ended)
            .on(trueCondition())
            .leftJoin(USERS)
            .on(USERS.ID.eq(columnOf(ended, OAUTH2_SESSIONS.USER_ID))),
        OAuth2SessionRevocation::revocation);
  }

  private static TokenRevocation revocation(Values row) {
    Projection<User> user = UserGroup.user();
    int users = OAuth2Projections.SESSION.columns().size();
    int facts = users + user.columns().size();
    boolean isOwn = row.get(facts, Boolean.class);
    boolean isInForce = row.get(facts + 1, Boolean.class);
    if (!isOwn) {
      return new TokenRevocation.WrongClient();
    }
    if (!isInForce) {
      return new TokenRevocation.Unknown();
    }
    return OAuth2Projections.SESSION
        .optional(row, 0)
        .<TokenRevocation>map(
            session -> new TokenRevocation.Ended(session, user.optional(row, users)))
        .orElseGet(TokenRevocation.AlreadyFinished::new);
  }
}
