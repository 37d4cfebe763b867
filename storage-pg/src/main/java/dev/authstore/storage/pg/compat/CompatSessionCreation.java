package dev.authstore.storage.pg.compat;

import static dev.authstore.storage.pg.compat.CompatProjections.SESSION;
import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.BROWSER_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.COMPAT_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.USERS;
import static org.jooq.impl.DSL.insertInto;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectCount;
import static org.jooq.impl.DSL.trueCondition;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.compat.CompatSession;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.compat.CompatSessionParams;
import dev.authstore.storage.pg.internal.Bind;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.user.UserGroup;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Param;

/**
 * How a session begins.
 *
 * <p>The account is locked first, then the browser session: a deactivation or a logout either is
 * seen here, or sees the new session when it ends all of them.
 */
final class CompatSessionCreation {
  private static final Param<UUID> ID = param("id", COMPAT_SESSIONS.ID);
  private static final Param<UUID> USER_ID = param("user_id", COMPAT_SESSIONS.USER_ID);
  private static final Param<UUID> BROWSER_SESSION_ID =
      param("browser_session_id", COMPAT_SESSIONS.BROWSER_SESSION_ID);
  private static final Param<String> DEVICE_ID = param("device_id", COMPAT_SESSIONS.DEVICE_ID);
  private static final Param<String> HUMAN_NAME = param("human_name", COMPAT_SESSIONS.HUMAN_NAME);
  private static final Param<Boolean> IS_SYNAPSE_ADMIN =
      param("is_synapse_admin", COMPAT_SESSIONS.IS_SYNAPSE_ADMIN);
  private static final Param<String> USER_AGENT = param("user_agent", COMPAT_SESSIONS.USER_AGENT);
  private static final Param<Instant> NOW = param("now", COMPAT_SESSIONS.CREATED_AT);

  static final Statement<Creation> ADD = add();

  private CompatSessionCreation() {}

  /** The session, or the facts that tell why there is none; if none does, the device has one. */
  record Creation(
      boolean browserSessionExists,
      boolean browserSessionIsActive,
      User user,
      Optional<CompatSession> session) {}

  static Bind[] values(UUID id, User user, CompatSessionParams params, Instant now) {
    return new Bind[] {
      bind(ID, id),
      bind(USER_ID, user.id()),
      bind(BROWSER_SESSION_ID, params.browserSession().map(BrowserSession::id).orElse(null)),
      bind(DEVICE_ID, params.device().id()),
      bind(HUMAN_NAME, params.humanName().orElse(null)),
      bind(IS_SYNAPSE_ADMIN, params.isSynapseAdmin()),
      bind(USER_AGENT, params.userAgent().orElse(null)),
      bind(NOW, now)
    };
  }

  private static Statement<Creation> add() {
    Projection<User> owner = UserGroup.user();
    CommonTableExpression<?> parent =
        name("parent")
            .as(select(owner.columns()).from(USERS).where(USERS.ID.eq(USER_ID)).forNoKeyUpdate());
    CommonTableExpression<?> browser =
        name("browser")
            .as(
                select(BROWSER_SESSIONS.ID, BROWSER_SESSIONS.FINISHED_AT)
                    .from(BROWSER_SESSIONS)
                    .where(BROWSER_SESSIONS.ID.eq(BROWSER_SESSION_ID))
                    .and(BROWSER_SESSIONS.USER_ID.eq(USER_ID))
                    .and(selectCount().from(parent).asField().ge(0)) // hence locked after it
                    .forNoKeyUpdate());
    Condition browserExists = columnOf(browser, BROWSER_SESSIONS.ID).isNotNull();
    Condition browserIsActive =
        browserExists.and(columnOf(browser, BROWSER_SESSIONS.FINISHED_AT).isNull());
    CommonTableExpression<?> created =
        name("created")
            .as(
                insertInto(
                        COMPAT_SESSIONS,
                        COMPAT_SESSIONS.ID,
                        COMPAT_SESSIONS.USER_ID,
                        COMPAT_SESSIONS.BROWSER_SESSION_ID,
                        COMPAT_SESSIONS.DEVICE_ID,
                        COMPAT_SESSIONS.HUMAN_NAME,
                        COMPAT_SESSIONS.IS_SYNAPSE_ADMIN,
                        COMPAT_SESSIONS.USER_AGENT,
                        COMPAT_SESSIONS.CREATED_AT)
                    .select(
                        select(
                                ID,
                                columnOf(parent, USERS.ID),
                                columnOf(browser, BROWSER_SESSIONS.ID),
                                DEVICE_ID,
                                HUMAN_NAME,
                                IS_SYNAPSE_ADMIN,
                                USER_AGENT,
                                NOW)
                            .from(parent)
                            .leftJoin(browser)
                            .on(trueCondition())
                            .where(columnOf(parent, USERS.DEACTIVATED_AT).isNull())
                            .and(BROWSER_SESSION_ID.isNull().or(browserIsActive)))
                    .onConflict(COMPAT_SESSIONS.USER_ID, COMPAT_SESSIONS.DEVICE_ID)
                    .where(COMPAT_SESSIONS.FINISHED_AT.isNull())
                    .doNothing()
                    .returning(SESSION.columns()));
    int users = SESSION.columns().size();
    int facts = users + owner.columns().size();
    return new Statement<>(
        with(parent)
            .with(browser)
            .with(created)
            .select(SESSION.ownColumns(created))
            .select(owner.ownColumns(parent))
            .select(browserExists, browserIsActive)
            .from(parent)
            .leftJoin(browser)
            .on(trueCondition())
            .leftJoin(created)
            .on(trueCondition()),
        row ->
            new Creation(
                row.get(facts, Boolean.class),
                row.get(facts + 1, Boolean.class),
                owner.read(row, users),
                SESSION.optional(row, 0)));
  }
}
