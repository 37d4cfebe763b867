package dev.authstore.storage.pg.user;

import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.BROWSER_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.BROWSER_SESSION_AUTHENTICATIONS;
import static dev.authstore.storage.pg.schema.Tables.USERS;
import static dev.authstore.storage.pg.schema.Tables.USER_EMAILS;
import static dev.authstore.storage.pg.schema.Tables.USER_PASSWORDS;
import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.count;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.insertInto;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.trueCondition;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.user.Authentication;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.Values;
import dev.authstore.storage.user.LoggedIn;
import dev.authstore.storage.user.LoginCandidate;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Param;
import org.jooq.Record1;
import org.jooq.Select;

/** The statements of a login by password: who is meant, and the session with its authentication. */
final class PasswordLogin {
  static final Param<UUID> SESSION_ID = param("session_id", BROWSER_SESSIONS.ID);
  static final Param<UUID> AUTHENTICATION_ID =
      param("authentication_id", BROWSER_SESSION_AUTHENTICATIONS.ID);
  static final Param<UUID> USER_ID = param("user_id", USERS.ID);
  static final Param<UUID> PASSWORD_ID = param("password_id", USER_PASSWORDS.ID);
  static final Param<String> USER_AGENT = param("user_agent", BROWSER_SESSIONS.USER_AGENT);
  static final Param<Instant> NOW = param("now", BROWSER_SESSIONS.CREATED_AT);

  /** Absent where no address can be meant; folded. */
  static final Param<String> EMAIL = param("email", USER_EMAILS.EMAIL_FOLDED);

  static final Param<String> NAME = param("name", USERS.USERNAME);
  static final Param<String> FOLDED_NAME = param("folded_name", USERS.USERNAME_FOLDED);

  static final Statement<LoginCandidate> FIND = find();

  static final Statement<Attempt> LOGIN = login();

  private PasswordLogin() {}

  /** The account as it is stored, and the session, or the facts that tell why there is none. */
  record Attempt(
      User user,
      boolean passwordExists,
      boolean passwordIsOfUser,
      boolean passwordIsActive,
      Optional<LoggedIn> loggedIn) {}

  // Two rows of each kind are enough to see that there are several. At most one account is found.
  private static Statement<LoginCandidate> find() {
    CommonTableExpression<?> byEmail =
        name("by_email")
            .as(
                select(USER_EMAILS.USER_ID)
                    .from(USER_EMAILS)
                    .where(USER_EMAILS.EMAIL_FOLDED.eq(EMAIL))
                    .limit(inline(2)));
    Field<Boolean> isExact = field(USERS.USERNAME.eq(NAME)).as("is_exact");
    CommonTableExpression<?> byName =
        name("by_name")
            .as(
                select(USERS.ID, isExact)
                    .from(USERS)
                    .where(USERS.USERNAME_FOLDED.eq(FOLDED_NAME))
                    .orderBy(isExact.desc())
                    .limit(inline(2)));
    Condition hasEmail = select(count()).from(byEmail).asField().eq(inline(1));
    Condition isOnlyName = select(count()).from(byName).asField().eq(inline(1));
    Select<Record1<UUID>> found =
        select(columnOf(byEmail, USER_EMAILS.USER_ID))
            .from(byEmail)
            .where(hasEmail)
            .unionAll(
                select(columnOf(byName, USERS.ID))
                    .from(byName)
                    .where(hasEmail.not())
                    .and(isOnlyName.or(condition(field(name("is_exact"), Boolean.class)))));
    int password = PgUserRepository.USER.columns().size();
    return new Statement<>(
        with(byEmail)
            .with(byName)
            .select(PgUserRepository.USER.columns())
            .select(PgUserPasswordRepository.PASSWORD.columns())
            .from(USERS)
            .leftJoin(USER_PASSWORDS)
            .on(USER_PASSWORDS.USER_ID.eq(USERS.ID))
            .and(USER_PASSWORDS.SUPERSEDED_AT.isNull())
            .where(USERS.ID.eq(found)),
        row ->
            new LoginCandidate(
                PgUserRepository.USER.read(row),
                PgUserPasswordRepository.PASSWORD.optional(row, password)));
  }

  // The account is locked first, as by whoever changes the password; counting it sees to that.
  // Locking the password then shows whether it was superseded while we waited.
  private static Statement<Attempt> login() {
    CommonTableExpression<?> account =
        name("account")
            .as(
                select(PgUserRepository.USER.columns())
                    .from(USERS)
                    .where(USERS.ID.eq(USER_ID))
                    .forNoKeyUpdate());
    CommonTableExpression<?> password =
        name("password")
            .as(
                select(USER_PASSWORDS.ID, USER_PASSWORDS.USER_ID, USER_PASSWORDS.SUPERSEDED_AT)
                    .from(USER_PASSWORDS)
                    .where(USER_PASSWORDS.ID.eq(PASSWORD_ID))
                    .and(select(count()).from(account).asField().ge(0))
                    .forNoKeyUpdate());
    CommonTableExpression<?> session =
        name("session")
            .as(
                insertInto(
                        BROWSER_SESSIONS,
                        BROWSER_SESSIONS.ID,
                        BROWSER_SESSIONS.USER_ID,
                        BROWSER_SESSIONS.USER_AGENT,
                        BROWSER_SESSIONS.CREATED_AT)
                    .select(
                        select(SESSION_ID, columnOf(account, USERS.ID), USER_AGENT, NOW)
                            .from(account)
                            .join(password)
                            .on(
                                columnOf(password, USER_PASSWORDS.USER_ID)
                                    .eq(columnOf(account, USERS.ID)))
                            .where(columnOf(password, USER_PASSWORDS.SUPERSEDED_AT).isNull())
                            .and(columnOf(account, USERS.LOCKED_AT).isNull())
                            .and(columnOf(account, USERS.DEACTIVATED_AT).isNull()))
                    .returning(PgBrowserSessionRepository.SESSION.ownColumns()));
    CommonTableExpression<?> authentication =
        name("authentication")
            .as(
                insertInto(
                        BROWSER_SESSION_AUTHENTICATIONS,
                        BROWSER_SESSION_AUTHENTICATIONS.ID,
                        BROWSER_SESSION_AUTHENTICATIONS.BROWSER_SESSION_ID,
                        BROWSER_SESSION_AUTHENTICATIONS.CREATED_AT,
                        BROWSER_SESSION_AUTHENTICATIONS.USER_PASSWORD_ID)
                    .select(
                        select(
                                AUTHENTICATION_ID,
                                columnOf(session, BROWSER_SESSIONS.ID),
                                NOW,
                                PASSWORD_ID)
                            .from(session))
                    .returning(BrowserSessionAuthentications.AUTHENTICATION.columns()));
    return new Statement<>(
        with(account)
            .with(password)
            .with(session)
            .with(authentication)
            .select(PgBrowserSessionRepository.SESSION.ownColumns(session))
            .select(PgUserRepository.USER.ownColumns(account))
            .select(BrowserSessionAuthentications.AUTHENTICATION.ownColumns(authentication))
            .select(
                columnOf(password, USER_PASSWORDS.ID).isNotNull(),
                columnOf(password, USER_PASSWORDS.USER_ID)
                    .isNotDistinctFrom(columnOf(account, USERS.ID)),
                columnOf(password, USER_PASSWORDS.SUPERSEDED_AT).isNull())
            .from(account)
            .leftJoin(password)
            .on(trueCondition())
            .leftJoin(session)
            .on(trueCondition())
            .leftJoin(authentication)
            .on(trueCondition()),
        PasswordLogin::attempt);
  }

  private static Attempt attempt(Values row) {
    Projection<BrowserSession> session = PgBrowserSessionRepository.SESSION;
    Projection<Authentication> authentication = BrowserSessionAuthentications.AUTHENTICATION;
    int user = session.ownColumns().size();
    int proof = user + PgUserRepository.USER.columns().size();
    int facts = proof + authentication.columns().size();
    return new Attempt(
        PgUserRepository.USER.read(row, user),
        row.get(facts, Boolean.class),
        row.get(facts + 1, Boolean.class),
        row.get(facts + 2, Boolean.class),
        session
            .optional(row, 0)
            .map(begun -> new LoggedIn(begun, authentication.read(row, proof))));
  }
}
