package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.BROWSER_SESSIONS;
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
    CommonTableExpression<?> origin =
        name("origin")
            .as(
                select(
                        OAUTH2_CLIENTS.ID.as(OAUTH2_SESSIONS.CLIENT_ID),
                        inline(null, OAUTH2_SESSIONS.USER_ID).as(OAUTH2_SESSIONS.USER_ID),
                        inline(null, OAUTH2_SESSIONS.BROWSER_SESSION_ID)
                            .as(OAUTH2_SESSIONS.BROWSER_SESSION_ID),
                        SCOPE.as(OAUTH2_SESSIONS.SCOPE))
                    .from(OAUTH2_CLIENTS)
                    .where(OAUTH2_CLIENTS.ID.eq(CLIENT_ID))
                    .forKeyShare());
    SessionStart start = SessionStart.from(origin);
    return new Statement<>(
        start.behind(with(origin)).select(start.columns()).from(start.joinedTo(origin)),
        row -> {
          SessionStart.Started started = SessionStart.read(row, 0);
          return new StartedSession(started.session(), started.accessToken());
        });
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
