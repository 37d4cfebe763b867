package dev.authstore.storage.pg.compat;

import static dev.authstore.storage.pg.compat.CompatProjections.SSO_LOGIN;
import static dev.authstore.storage.pg.internal.Conditions.notExists;
import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.BROWSER_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.COMPAT_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.COMPAT_SSO_LOGINS;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectCount;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.trueCondition;
import static org.jooq.impl.DSL.update;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.TokenDigest;
import dev.authstore.model.compat.CompatSsoLogin;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.schema.tables.CompatSsoLogins;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Param;

/**
 * How a login through the browser goes on. Everything is locked before it is judged, the browser
 * session before the login and that before the session, so each step is taken once.
 */
final class CompatSsoLoginChanges {
  static final Param<UUID> ID = param("id", COMPAT_SSO_LOGINS.ID);
  static final Param<UUID> BROWSER_SESSION_ID =
      param("browser_session_id", COMPAT_SSO_LOGINS.BROWSER_SESSION_ID);
  static final Param<UUID> SESSION_ID = param("session_id", COMPAT_SSO_LOGINS.SESSION_ID);
  static final Param<String> REDIRECT_URI = param("redirect_uri", COMPAT_SSO_LOGINS.REDIRECT_URI);
  static final Param<TokenDigest> DIGEST = param("digest", COMPAT_SSO_LOGINS.LOGIN_TOKEN_DIGEST);
  static final Param<Instant> NOW = param("now", COMPAT_SSO_LOGINS.CREATED_AT);

  private static final CompatSsoLogins OTHER = COMPAT_SSO_LOGINS.as("other");

  static final Statement<Approval> FULFILL = fulfill();
  static final Statement<Exchange> EXCHANGE = exchange();

  private CompatSsoLoginChanges() {}

  /** The approved login, or the facts that tell why it is not; if none does, the token is taken. */
  record Approval(
      boolean loginExists,
      boolean fulfilledBefore,
      boolean exchangedBefore,
      boolean browserSessionExists,
      boolean browserSessionFinished,
      Optional<CompatSsoLogin> fulfilled) {}

  /**
   * The exchanged login, or the facts that tell why it is not; if none does, the session is used.
   */
  record Exchange(
      boolean loginExists,
      boolean fulfilled,
      boolean exchangedBefore,
      boolean sessionExists,
      boolean sessionFinished,
      boolean sessionIsOfUser,
      Optional<CompatSsoLogin> exchanged) {}

  private static Statement<Approval> fulfill() {
    CommonTableExpression<?> browser =
        name("browser")
            .as(
                select(BROWSER_SESSIONS.ID, BROWSER_SESSIONS.FINISHED_AT)
                    .from(BROWSER_SESSIONS)
                    .where(BROWSER_SESSIONS.ID.eq(BROWSER_SESSION_ID))
                    .forNoKeyUpdate());
    CommonTableExpression<?> login =
        login(selectCount().from(browser).asField().ge(0)); // hence locked after it
    CommonTableExpression<?> fulfilled =
        name("fulfilled")
            .as(
                update(COMPAT_SSO_LOGINS)
                    .set(COMPAT_SSO_LOGINS.FULFILLED_AT, NOW)
                    .set(
                        COMPAT_SSO_LOGINS.BROWSER_SESSION_ID,
                        columnOf(browser, BROWSER_SESSIONS.ID))
                    .set(COMPAT_SSO_LOGINS.LOGIN_TOKEN_DIGEST, DIGEST)
                    .from(login.crossJoin(browser))
                    .where(COMPAT_SSO_LOGINS.ID.eq(columnOf(login, COMPAT_SSO_LOGINS.ID)))
                    .and(columnOf(login, COMPAT_SSO_LOGINS.FULFILLED_AT).isNull())
                    .and(columnOf(browser, BROWSER_SESSIONS.FINISHED_AT).isNull())
                    .and(
                        notExists(
                            selectOne().from(OTHER).where(OTHER.LOGIN_TOKEN_DIGEST.eq(DIGEST))))
                    .returning(SSO_LOGIN.columns()));
    int facts = SSO_LOGIN.columns().size();
    return new Statement<>(
        with(browser)
            .with(login)
            .with(fulfilled)
            .select(SSO_LOGIN.ownColumns(fulfilled))
            .select(
                columnOf(login, COMPAT_SSO_LOGINS.ID).isNotNull(),
                columnOf(login, COMPAT_SSO_LOGINS.FULFILLED_AT).isNotNull(),
                columnOf(login, COMPAT_SSO_LOGINS.EXCHANGED_AT).isNotNull(),
                columnOf(browser, BROWSER_SESSIONS.ID).isNotNull(),
                columnOf(browser, BROWSER_SESSIONS.FINISHED_AT).isNotNull())
            .from(selectOne().asTable("always"))
            .leftJoin(login)
            .on(trueCondition())
            .leftJoin(browser)
            .on(trueCondition())
            .leftJoin(fulfilled)
            .on(trueCondition()),
        row ->
            new Approval(
                row.get(facts, Boolean.class),
                row.get(facts + 1, Boolean.class),
                row.get(facts + 2, Boolean.class),
                row.get(facts + 3, Boolean.class),
                row.get(facts + 4, Boolean.class),
                SSO_LOGIN.optional(row, 0)));
  }

  private static Statement<Exchange> exchange() {
    CommonTableExpression<?> login = login(trueCondition());
    CommonTableExpression<?> session =
        name("session")
            .as(
                select(COMPAT_SESSIONS.ID, COMPAT_SESSIONS.USER_ID, COMPAT_SESSIONS.FINISHED_AT)
                    .from(COMPAT_SESSIONS)
                    .where(COMPAT_SESSIONS.ID.eq(SESSION_ID))
                    .and(selectCount().from(login).asField().ge(0)) // hence locked after it
                    .forNoKeyUpdate());
    Condition isOfUser =
        columnOf(session, COMPAT_SESSIONS.USER_ID)
            .eq(
                select(BROWSER_SESSIONS.USER_ID)
                    .from(BROWSER_SESSIONS)
                    .where(
                        BROWSER_SESSIONS.ID.eq(
                            columnOf(login, COMPAT_SSO_LOGINS.BROWSER_SESSION_ID))));
    CommonTableExpression<?> exchanged =
        name("exchanged")
            .as(
                update(COMPAT_SSO_LOGINS)
                    .set(COMPAT_SSO_LOGINS.EXCHANGED_AT, NOW)
                    .set(COMPAT_SSO_LOGINS.SESSION_ID, columnOf(session, COMPAT_SESSIONS.ID))
                    .from(login.crossJoin(session))
                    .where(COMPAT_SSO_LOGINS.ID.eq(columnOf(login, COMPAT_SSO_LOGINS.ID)))
                    .and(columnOf(login, COMPAT_SSO_LOGINS.FULFILLED_AT).isNotNull())
                    .and(columnOf(login, COMPAT_SSO_LOGINS.EXCHANGED_AT).isNull())
                    .and(columnOf(session, COMPAT_SESSIONS.FINISHED_AT).isNull())
                    .and(isOfUser)
                    .and(notExists(selectOne().from(OTHER).where(OTHER.SESSION_ID.eq(SESSION_ID))))
                    .returning(SSO_LOGIN.columns()));
    int facts = SSO_LOGIN.columns().size();
    return new Statement<>(
        with(login)
            .with(session)
            .with(exchanged)
            .select(SSO_LOGIN.ownColumns(exchanged))
            .select(
                columnOf(login, COMPAT_SSO_LOGINS.ID).isNotNull(),
                columnOf(login, COMPAT_SSO_LOGINS.FULFILLED_AT).isNotNull(),
                columnOf(login, COMPAT_SSO_LOGINS.EXCHANGED_AT).isNotNull(),
                columnOf(session, COMPAT_SESSIONS.ID).isNotNull(),
                columnOf(session, COMPAT_SESSIONS.FINISHED_AT).isNotNull(),
                isOfUser)
            .from(selectOne().asTable("always"))
            .leftJoin(login)
            .on(trueCondition())
            .leftJoin(session)
            .on(trueCondition())
            .leftJoin(exchanged)
            .on(trueCondition()),
        row ->
            new Exchange(
                row.get(facts, Boolean.class),
                row.get(facts + 1, Boolean.class),
                row.get(facts + 2, Boolean.class),
                row.get(facts + 3, Boolean.class),
                row.get(facts + 4, Boolean.class),
                row.find(facts + 5, Boolean.class).orElse(false),
                SSO_LOGIN.optional(row, 0)));
  }

  private static CommonTableExpression<?> login(Condition afterwards) {
    return name("login")
        .as(
            select(
                    COMPAT_SSO_LOGINS.ID,
                    COMPAT_SSO_LOGINS.BROWSER_SESSION_ID,
                    COMPAT_SSO_LOGINS.FULFILLED_AT,
                    COMPAT_SSO_LOGINS.EXCHANGED_AT)
                .from(COMPAT_SSO_LOGINS)
                .where(COMPAT_SSO_LOGINS.ID.eq(ID))
                .and(afterwards)
                .forNoKeyUpdate());
  }
}
