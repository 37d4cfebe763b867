package dev.authstore.storage.pg.upstream;

import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.BROWSER_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.UPSTREAM_OAUTH_LINKS;
import static dev.authstore.storage.pg.upstream.UpstreamProjections.SESSION;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectCount;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.trueCondition;
import static org.jooq.impl.DSL.update;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSession;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.Values;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Param;
import org.jooq.Table;

/**
 * The two steps of a login. Each locks the link, then the session, then the browser session, judges
 * what it has locked, and returns the facts beside the row.
 *
 * <p>What is updated is not judged: a row that came to allow the change while the lock was waited
 * for would not be found by its new state.
 */
final class UpstreamLogins {
  static final Param<UUID> ID = param("id", UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID);
  static final Param<UUID> LINK_ID = param("link_id", UPSTREAM_OAUTH_LINKS.ID);
  static final Param<UUID> BROWSER_SESSION_ID = param("browser_session_id", BROWSER_SESSIONS.ID);
  static final Param<String> ID_TOKEN =
      param("id_token", UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID_TOKEN);
  static final Param<String> CLAIMS =
      param("claims", UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID_TOKEN_CLAIMS);
  static final Param<String> EXTRA =
      param("extra", UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.EXTRA_CALLBACK_PARAMETERS);
  static final Param<String> USERINFO =
      param("userinfo", UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.USERINFO);
  static final Param<Instant> NOW =
      param("now", UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.COMPLETED_AT);

  /** Behind the columns of the changed session: the facts that tell why there is none. */
  private static final int FACTS = SESSION.columns().size();

  static final Statement<Completion> COMPLETE = complete();
  static final Statement<Consumption> CONSUME = consume();

  private UpstreamLogins() {}

  /** How far a session has come, as far as it refuses a change. */
  record Progress(boolean exists, boolean completed, boolean consumed, boolean unlinked) {

    /** Why it cannot be completed, if it cannot. */
    Optional<StateReason> againstCompleting() {
      StateReason reached = reached();
      return reached == StateReason.PENDING ? Optional.empty() : Optional.of(reached);
    }

    /** Why it cannot be consumed, if it cannot. */
    Optional<StateReason> againstConsuming() {
      StateReason reached = reached();
      return reached == StateReason.COMPLETED ? Optional.empty() : Optional.of(reached);
    }

    private StateReason reached() {
      if (unlinked) {
        return StateReason.UNLINKED;
      }
      if (consumed) {
        return StateReason.CONSUMED;
      }
      return completed ? StateReason.COMPLETED : StateReason.PENDING;
    }
  }

  /** The completed session, or the facts that tell why it is not. */
  record Completion(
      Progress before, boolean linkExists, Optional<UpstreamOAuthAuthorizationSession> after) {}

  /** The consumed session, or the facts that tell why it is not; if none does, it was raced. */
  record Consumption(
      Progress before,
      boolean browserSessionExists,
      boolean browserSessionFinished,
      boolean isOfLinkedUser,
      boolean isUsedElsewhere,
      Optional<UpstreamOAuthAuthorizationSession> after) {}

  private static Statement<Completion> complete() {
    CommonTableExpression<?> link =
        name("link")
            .as(
                select(UPSTREAM_OAUTH_LINKS.ID, UPSTREAM_OAUTH_LINKS.PROVIDER_ID)
                    .from(UPSTREAM_OAUTH_LINKS)
                    .where(UPSTREAM_OAUTH_LINKS.ID.eq(LINK_ID))
                    .forKeyShare());
    CommonTableExpression<?> session = locked(link);
    CommonTableExpression<?> completed = completed(link, session);
    return new Statement<>(
        with(link)
            .with(session)
            .with(completed)
            .select(SESSION.ownColumns(completed))
            .select(progress(session))
            .select(columnOf(link, UPSTREAM_OAUTH_LINKS.ID).isNotNull())
            .from(selectOne().asTable("always"))
            .leftJoin(session)
            .on(trueCondition())
            .leftJoin(link)
            .on(trueCondition())
            .leftJoin(completed)
            .on(trueCondition()),
        row ->
            new Completion(
                progress(row), row.get(FACTS + 4, Boolean.class), SESSION.optional(row, 0)));
  }

  private static CommonTableExpression<?> completed(Table<?> link, Table<?> session) {
    Condition isItsProvider =
        columnOf(link, UPSTREAM_OAUTH_LINKS.PROVIDER_ID)
            .eq(columnOf(session, UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.PROVIDER_ID));
    return name("completed")
        .as(
            update(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS)
                .set(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.COMPLETED_AT, NOW)
                .set(
                    UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.LINK_ID,
                    columnOf(link, UPSTREAM_OAUTH_LINKS.ID))
                .set(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID_TOKEN, ID_TOKEN)
                .set(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID_TOKEN_CLAIMS, CLAIMS)
                .set(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.EXTRA_CALLBACK_PARAMETERS, EXTRA)
                .set(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.USERINFO, USERINFO)
                .setNull(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.CODE_CHALLENGE_VERIFIER)
                .setNull(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.NONCE)
                .from(session.join(link).on(isItsProvider))
                .where(isThe(session))
                .and(columnOf(session, UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.COMPLETED_AT).isNull())
                .returning(SESSION.columns()));
  }

  private static Statement<Consumption> consume() {
    CommonTableExpression<?> link = linkOfSession();
    CommonTableExpression<?> session = locked(link);
    CommonTableExpression<?> browser = browserSession(session);
    Condition isOfLinkedUser =
        isOrIsEmpty(
            columnOf(link, UPSTREAM_OAUTH_LINKS.USER_ID),
            columnOf(browser, BROWSER_SESSIONS.USER_ID));
    Condition isFree =
        isOrIsEmpty(
            columnOf(session, UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.BROWSER_SESSION_ID),
            columnOf(browser, BROWSER_SESSIONS.ID));
    CommonTableExpression<?> consumed =
        consumed(link, session, browser, isOfLinkedUser.and(isFree));
    return new Statement<>(
        with(link)
            .with(session)
            .with(browser)
            .with(consumed)
            .select(SESSION.ownColumns(consumed))
            .select(progress(session))
            .select(
                columnOf(browser, BROWSER_SESSIONS.ID).isNotNull(),
                columnOf(browser, BROWSER_SESSIONS.FINISHED_AT).isNotNull(),
                isOfLinkedUser,
                isFree)
            .from(selectOne().asTable("always"))
            .leftJoin(session)
            .on(trueCondition())
            .leftJoin(link)
            .on(trueCondition())
            .leftJoin(browser)
            .on(trueCondition())
            .leftJoin(consumed)
            .on(trueCondition()),
        UpstreamLogins::consumption);
  }

  // The link is the one that the session has when the statement begins. If it gets one only then,
  // nothing is consumed, and the next attempt knows it.
  private static CommonTableExpression<?> linkOfSession() {
    return name("link")
        .as(
            select(UPSTREAM_OAUTH_LINKS.ID, UPSTREAM_OAUTH_LINKS.USER_ID)
                .from(UPSTREAM_OAUTH_LINKS)
                .where(
                    UPSTREAM_OAUTH_LINKS.ID.eq(
                        select(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.LINK_ID)
                            .from(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS)
                            .where(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID.eq(ID))))
                .forNoKeyUpdate());
  }

  private static CommonTableExpression<?> browserSession(Table<?> session) {
    return name("browser")
        .as(
            select(BROWSER_SESSIONS.ID, BROWSER_SESSIONS.USER_ID, BROWSER_SESSIONS.FINISHED_AT)
                .from(BROWSER_SESSIONS)
                .where(BROWSER_SESSIONS.ID.eq(BROWSER_SESSION_ID))
                .and(selectCount().from(session).asField().ge(0))
                .forNoKeyUpdate());
  }

  private static CommonTableExpression<?> consumed(
      Table<?> link, Table<?> session, Table<?> browser, Condition isAllowed) {
    Condition isItsLink =
        columnOf(link, UPSTREAM_OAUTH_LINKS.ID)
            .eq(columnOf(session, UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.LINK_ID));
    return name("consumed")
        .as(
            update(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS)
                .set(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.CONSUMED_AT, NOW)
                .set(
                    UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.BROWSER_SESSION_ID,
                    columnOf(browser, BROWSER_SESSIONS.ID))
                .from(session.join(link).on(isItsLink).crossJoin(browser))
                .where(isThe(session))
                .and(columnOf(session, UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.CONSUMED_AT).isNull())
                .and(columnOf(browser, BROWSER_SESSIONS.FINISHED_AT).isNull())
                .and(isAllowed)
                .returning(SESSION.columns()));
  }

  private static Consumption consumption(Values row) {
    return new Consumption(
        progress(row),
        row.get(FACTS + 4, Boolean.class),
        row.get(FACTS + 5, Boolean.class),
        row.find(FACTS + 6, Boolean.class).orElse(true),
        !row.find(FACTS + 7, Boolean.class).orElse(true),
        SESSION.optional(row, 0));
  }

  // Counting what is locked before it sees to the order of the locks.
  private static CommonTableExpression<?> locked(CommonTableExpression<?> link) {
    return name("session")
        .as(
            select(
                    UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID,
                    UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.PROVIDER_ID,
                    UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.LINK_ID,
                    UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.BROWSER_SESSION_ID,
                    UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.COMPLETED_AT,
                    UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.CONSUMED_AT,
                    UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.UNLINKED_AT)
                .from(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS)
                .where(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID.eq(ID))
                .and(selectCount().from(link).asField().ge(0))
                .forNoKeyUpdate());
  }

  private static Condition isThe(Table<?> session) {
    return UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID.eq(
        columnOf(session, UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID));
  }

  private static Condition isOrIsEmpty(Field<UUID> stored, Field<UUID> wanted) {
    return coalesce(stored, wanted).eq(wanted);
  }

  private static Field<?>[] progress(Table<?> session) {
    return new Field<?>[] {
      columnOf(session, UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID).isNotNull(),
      columnOf(session, UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.COMPLETED_AT).isNotNull(),
      columnOf(session, UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.CONSUMED_AT).isNotNull(),
      columnOf(session, UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.UNLINKED_AT).isNotNull()
    };
  }

  private static Progress progress(Values row) {
    return new Progress(
        row.get(FACTS, Boolean.class),
        row.get(FACTS + 1, Boolean.class),
        row.get(FACTS + 2, Boolean.class),
        row.get(FACTS + 3, Boolean.class));
  }
}
