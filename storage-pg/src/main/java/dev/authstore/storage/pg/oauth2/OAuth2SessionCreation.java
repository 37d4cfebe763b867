package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.BROWSER_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_ACCESS_TOKENS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_CLIENTS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.USERS;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.insertInto;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectCount;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.trueCondition;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.TokenDigest;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.storage.oauth2.StartedSession;
import dev.authstore.storage.pg.internal.Statement;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Param;
import org.jooq.Record7;
import org.jooq.Select;
import org.jooq.Table;

/**
 * The statements that begin a session, and the parts of them for the flows that begin one in the
 * course of something else.
 */
final class OAuth2SessionCreation {
  static final Param<UUID> SESSION_ID = param("session_id", OAUTH2_SESSIONS.ID);
  static final Param<UUID> CLIENT_ID = param("client_id", OAUTH2_SESSIONS.CLIENT_ID);
  static final Param<UUID> USER_ID = param("user_id", OAUTH2_SESSIONS.USER_ID);
  static final Param<UUID> BROWSER_SESSION_ID =
      param("browser_session_id", OAUTH2_SESSIONS.BROWSER_SESSION_ID);
  static final Param<String[]> SCOPE = param("scope", OAUTH2_SESSIONS.SCOPE);
  static final Param<String> USER_AGENT = param("user_agent", OAUTH2_SESSIONS.USER_AGENT);
  static final Param<Instant> NOW = param("now", OAUTH2_SESSIONS.CREATED_AT);

  static final Param<UUID> ACCESS_TOKEN_ID = param("access_token_id", OAUTH2_ACCESS_TOKENS.ID);
  static final Param<TokenDigest> ACCESS_TOKEN =
      param("access_token", OAUTH2_ACCESS_TOKENS.TOKEN_DIGEST);
  static final Param<Instant> ACCESS_TOKEN_EXPIRES_AT =
      param("access_token_expires_at", OAUTH2_ACCESS_TOKENS.EXPIRES_AT);

  static final Statement<Verdict> ADD = add();
  static final Statement<StartedSession> START = start();

  private OAuth2SessionCreation() {}

  /**
   * The session, or the facts that tell why there is none.
   *
   * @param userDeactivated false if there is no such account
   * @param browserSessionFinished false if there is no such browser session
   */
  record Verdict(
      boolean clientExists,
      boolean userExists,
      boolean userDeactivated,
      boolean browserSessionExists,
      boolean browserSessionFinished,
      Optional<OAuth2Session> created) {}

  /**
   * The account that the session will have, locked: a deactivation either is seen here, or sees the
   * new session when it ends all of them. Its columns are those of {@code users} that judge it.
   */
  static CommonTableExpression<?> lockedUser(Condition addressed) {
    return name("locked_user")
        .as(
            select(USERS.ID, USERS.LOCKED_AT, USERS.DEACTIVATED_AT)
                .from(USERS)
                .where(addressed)
                .forNoKeyUpdate());
  }

  /**
   * The browser session that has approved it, locked after the account, as everywhere; counting
   * that first sees to it.
   */
  static CommonTableExpression<?> lockedBrowserSession(Condition addressed, Table<?> lockedUser) {
    return name("locked_browser_session")
        .as(
            select(BROWSER_SESSIONS.ID, BROWSER_SESSIONS.USER_ID, BROWSER_SESSIONS.FINISHED_AT)
                .from(BROWSER_SESSIONS)
                .where(addressed)
                .and(selectCount().from(lockedUser).asField().ge(0))
                .forNoKeyUpdate());
  }

  /**
   * The new session.
   *
   * @param rows id, client, user, browser session, scope, user agent, creation
   */
  static CommonTableExpression<?> session(
      Select<Record7<UUID, UUID, UUID, UUID, String[], String, Instant>> rows) {
    return name("session")
        .as(
            insertInto(
                    OAUTH2_SESSIONS,
                    OAUTH2_SESSIONS.ID,
                    OAUTH2_SESSIONS.CLIENT_ID,
                    OAUTH2_SESSIONS.USER_ID,
                    OAUTH2_SESSIONS.BROWSER_SESSION_ID,
                    OAUTH2_SESSIONS.SCOPE,
                    OAUTH2_SESSIONS.USER_AGENT,
                    OAUTH2_SESSIONS.CREATED_AT)
                .select(rows)
                .returning(OAuth2Projections.SESSION.columns()));
  }

  /** Its access token. */
  static CommonTableExpression<?> accessToken(Table<?> session) {
    return name("access_token")
        .as(
            insertInto(
                    OAUTH2_ACCESS_TOKENS,
                    OAUTH2_ACCESS_TOKENS.ID,
                    OAUTH2_ACCESS_TOKENS.SESSION_ID,
                    OAUTH2_ACCESS_TOKENS.TOKEN_DIGEST,
                    OAUTH2_ACCESS_TOKENS.CREATED_AT,
                    OAUTH2_ACCESS_TOKENS.EXPIRES_AT)
                .select(
                    select(
                            ACCESS_TOKEN_ID,
                            columnOf(session, OAUTH2_SESSIONS.ID),
                            ACCESS_TOKEN,
                            NOW,
                            ACCESS_TOKEN_EXPIRES_AT)
                        .from(session))
                .returning(OAuth2Projections.ACCESS_TOKEN.columns()));
  }

  private static Statement<Verdict> add() {
    CommonTableExpression<?> user = lockedUser(USERS.ID.eq(USER_ID));
    CommonTableExpression<?> browserSession =
        lockedBrowserSession(BROWSER_SESSIONS.ID.eq(BROWSER_SESSION_ID), user);
    CommonTableExpression<?> client = client(browserSession);
    CommonTableExpression<?> session =
        session(
            select(
                    SESSION_ID,
                    columnOf(client, OAUTH2_CLIENTS.ID),
                    columnOf(user, USERS.ID),
                    columnOf(browserSession, BROWSER_SESSIONS.ID),
                    SCOPE,
                    USER_AGENT,
                    NOW)
                .from(client)
                .leftJoin(user)
                .on(trueCondition())
                .leftJoin(browserSession)
                .on(trueCondition())
                .where(columnOf(user, USERS.ID).isNotDistinctFrom(USER_ID))
                .and(columnOf(user, USERS.DEACTIVATED_AT).isNull())
                .and(
                    columnOf(browserSession, BROWSER_SESSIONS.ID)
                        .isNotDistinctFrom(BROWSER_SESSION_ID))
                .and(columnOf(browserSession, BROWSER_SESSIONS.FINISHED_AT).isNull()));
    int facts = OAuth2Projections.SESSION.columns().size();
    return new Statement<>(
        with(user)
            .with(browserSession)
            .with(client)
            .with(session)
            .select(OAuth2Projections.SESSION.ownColumns(session))
            .select(
                columnOf(client, OAUTH2_CLIENTS.ID).isNotNull(),
                columnOf(user, USERS.ID).isNotNull(),
                columnOf(user, USERS.DEACTIVATED_AT).isNotNull(),
                columnOf(browserSession, BROWSER_SESSIONS.ID).isNotNull(),
                columnOf(browserSession, BROWSER_SESSIONS.FINISHED_AT).isNotNull())
            .from(selectOne().asTable("always"))
            .leftJoin(user)
            .on(trueCondition())
            .leftJoin(browserSession)
            .on(trueCondition())
            .leftJoin(client)
            .on(trueCondition())
            .leftJoin(session)
            .on(trueCondition()),
        row ->
            new Verdict(
                row.get(facts, Boolean.class),
                row.get(facts + 1, Boolean.class),
                row.get(facts + 2, Boolean.class),
                row.get(facts + 3, Boolean.class),
                row.get(facts + 4, Boolean.class),
                OAuth2Projections.SESSION.optional(row, 0)));
  }

  private static Statement<StartedSession> start() {
    CommonTableExpression<?> client =
        name("client")
            .as(
                select(OAUTH2_CLIENTS.ID)
                    .from(OAUTH2_CLIENTS)
                    .where(OAUTH2_CLIENTS.ID.eq(CLIENT_ID))
                    .forKeyShare());
    CommonTableExpression<?> session =
        session(
            select(
                    SESSION_ID,
                    columnOf(client, OAUTH2_CLIENTS.ID),
                    inline(null, OAUTH2_SESSIONS.USER_ID),
                    inline(null, OAUTH2_SESSIONS.BROWSER_SESSION_ID),
                    SCOPE,
                    USER_AGENT,
                    NOW)
                .from(client));
    CommonTableExpression<?> accessToken = accessToken(session);
    int token = OAuth2Projections.SESSION.columns().size();
    return new Statement<>(
        with(client)
            .with(session)
            .with(accessToken)
            .select(OAuth2Projections.SESSION.ownColumns(session))
            .select(OAuth2Projections.ACCESS_TOKEN.ownColumns(accessToken))
            .from(session)
            .crossJoin(accessToken),
        row ->
            new StartedSession(
                OAuth2Projections.SESSION.read(row),
                OAuth2Projections.ACCESS_TOKEN.read(row, token)));
  }

  // Held until the session hangs under it; after the browser session, as everywhere.
  private static CommonTableExpression<?> client(Table<?> lockedBrowserSession) {
    return name("client")
        .as(
            select(OAUTH2_CLIENTS.ID)
                .from(OAUTH2_CLIENTS)
                .where(OAUTH2_CLIENTS.ID.eq(CLIENT_ID))
                .and(selectCount().from(lockedBrowserSession).asField().ge(0))
                .forKeyShare());
  }
}
