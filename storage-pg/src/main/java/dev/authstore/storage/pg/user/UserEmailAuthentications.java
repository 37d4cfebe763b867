package dev.authstore.storage.pg.user;

import static dev.authstore.storage.pg.internal.Conditions.notExists;
import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.BROWSER_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.USER_EMAIL_AUTHENTICATIONS;
import static dev.authstore.storage.pg.schema.Tables.USER_EMAIL_AUTHENTICATION_CODES;
import static dev.authstore.storage.pg.schema.Tables.USER_REGISTRATIONS;
import static org.jooq.impl.DSL.deleteFrom;
import static org.jooq.impl.DSL.insertInto;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.trueCondition;
import static org.jooq.impl.DSL.update;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.TokenDigest;
import dev.authstore.model.user.EmailAuthenticationOrigin;
import dev.authstore.model.user.UserEmailAuthentication;
import dev.authstore.model.user.UserEmailAuthenticationCode;
import dev.authstore.model.user.UserEmailAuthenticationStage;
import dev.authstore.storage.pg.internal.CleanupById;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.Row;
import dev.authstore.storage.pg.internal.Statement;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Param;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.TableField;

/**
 * The statements that write and read e-mail authentications and their codes.
 *
 * <p>Whatever adds, tries or deletes codes locks their authentication first. A statement sees the
 * codes that were there when it began, and not those that came while it waited for that lock; so
 * codes are tried and deleted by a statement that follows the one that locks.
 */
final class UserEmailAuthentications {
  static final Projection<UserEmailAuthentication> AUTHENTICATION =
      Projection.of(
          "user_email_authentication",
          USER_EMAIL_AUTHENTICATIONS.ID,
          UserEmailAuthentications::read,
          USER_EMAIL_AUTHENTICATIONS.BROWSER_SESSION_ID,
          USER_EMAIL_AUTHENTICATIONS.USER_REGISTRATION_ID,
          USER_EMAIL_AUTHENTICATIONS.EMAIL,
          USER_EMAIL_AUTHENTICATIONS.CREATED_AT,
          USER_EMAIL_AUTHENTICATIONS.FAILED_ATTEMPTS,
          USER_EMAIL_AUTHENTICATIONS.COMPLETED_AT);

  static final Projection<UserEmailAuthenticationCode> CODE =
      Projection.of(
          "user_email_authentication_code",
          USER_EMAIL_AUTHENTICATION_CODES.ID,
          UserEmailAuthentications::readCode,
          USER_EMAIL_AUTHENTICATION_CODES.AUTHENTICATION_ID,
          USER_EMAIL_AUTHENTICATION_CODES.CREATED_AT,
          USER_EMAIL_AUTHENTICATION_CODES.EXPIRES_AT);

  static final Param<UUID> ID = param("id", USER_EMAIL_AUTHENTICATIONS.ID);
  static final Param<String> EMAIL = param("email", USER_EMAIL_AUTHENTICATIONS.EMAIL);
  static final Param<Instant> NOW = param("now", USER_EMAIL_AUTHENTICATIONS.CREATED_AT);
  static final Param<Integer> MAXIMUM =
      param("maximum", USER_EMAIL_AUTHENTICATIONS.FAILED_ATTEMPTS);

  /** The browser session, or the sign-up. */
  static final Param<UUID> ORIGIN_ID = param("origin_id", USER_EMAIL_AUTHENTICATIONS.ID);

  /** The code, or the upstream session. */
  static final Param<UUID> PROOF_ID = param("proof_id", USER_EMAIL_AUTHENTICATION_CODES.ID);

  static final Param<UUID> CODE_ID = param("code_id", USER_EMAIL_AUTHENTICATION_CODES.ID);
  static final Param<TokenDigest> DIGEST = param("digest", USER_EMAIL_AUTHENTICATION_CODES.DIGEST);
  static final Param<Instant> EXPIRES_AT =
      param("expires_at", USER_EMAIL_AUTHENTICATION_CODES.EXPIRES_AT);

  private static final Condition IS_ADDRESSED = USER_EMAIL_AUTHENTICATIONS.ID.eq(ID);
  private static final Condition IS_ITS_CODE =
      USER_EMAIL_AUTHENTICATION_CODES.AUTHENTICATION_ID.eq(ID);

  static final Statement<UserEmailAuthentication> LOOKUP = AUTHENTICATION.where(IS_ADDRESSED);

  static final Statement<UserEmailAuthenticationCode> FIND_CODE =
      new Statement<>(
          select(CODE.columns())
              .from(USER_EMAIL_AUTHENTICATION_CODES)
              .join(USER_EMAIL_AUTHENTICATIONS)
              .on(
                  USER_EMAIL_AUTHENTICATIONS.ID.eq(
                      USER_EMAIL_AUTHENTICATION_CODES.AUTHENTICATION_ID))
              .where(IS_ITS_CODE)
              .and(USER_EMAIL_AUTHENTICATION_CODES.DIGEST.eq(DIGEST))
              .and(
                  isOpen(
                      USER_EMAIL_AUTHENTICATIONS.COMPLETED_AT,
                      USER_EMAIL_AUTHENTICATIONS.FAILED_ATTEMPTS)),
          CODE::read);

  /** No row: no session. A row without an authentication: the session is finished. */
  static final Statement<Optional<UserEmailAuthentication>> ADD_FOR_SESSION =
      adding(
          USER_EMAIL_AUTHENTICATIONS.BROWSER_SESSION_ID,
          BROWSER_SESSIONS,
          BROWSER_SESSIONS.ID,
          BROWSER_SESSIONS.FINISHED_AT);

  /** No row: no sign-up. A row without an authentication: the sign-up is completed. */
  static final Statement<Optional<UserEmailAuthentication>> ADD_FOR_REGISTRATION =
      adding(
          USER_EMAIL_AUTHENTICATIONS.USER_REGISTRATION_ID,
          USER_REGISTRATIONS,
          USER_REGISTRATIONS.ID,
          USER_REGISTRATIONS.COMPLETED_AT);

  static final Statement<Creation> ADD_CODE = addCode();

  static final Statement<UserEmailAuthentication> LOCK =
      new Statement<>(
          select(AUTHENTICATION.columns())
              .from(USER_EMAIL_AUTHENTICATIONS)
              .where(IS_ADDRESSED)
              .forNoKeyUpdate(),
          AUTHENTICATION::read);

  /** The code that was tried, or one more failure. For an authentication that is locked. */
  static final Statement<Optional<UserEmailAuthenticationCode>> TRY = tryCode();

  static final Statement<Completion> COMPLETE_WITH_CODE = completeWithCode();
  static final Statement<Completion> COMPLETE_WITH_UPSTREAM = completeWithUpstream();

  /** For an authentication that is locked. */
  static final Statement<UUID> DELETE_CODES =
      new Statement<>(
          deleteFrom(USER_EMAIL_AUTHENTICATION_CODES)
              .where(IS_ITS_CODE)
              .returning(USER_EMAIL_AUTHENTICATION_CODES.ID),
          row -> row.get(0, UUID.class));

  static final CleanupById CLEANUP =
      CleanupById.deleting(USER_EMAIL_AUTHENTICATIONS.ID, noCondition());

  private UserEmailAuthentications() {}

  /** The code, unless the authentication as it is stored refuses it or has it already. */
  record Creation(
      UserEmailAuthentication authentication, Optional<UserEmailAuthenticationCode> code) {}

  /** The authentication as it was, and as it is now unless that or the proof did not allow it. */
  record Completion(
      UserEmailAuthentication before,
      boolean proofExists,
      Optional<UserEmailAuthentication> after) {}

  private static Statement<Optional<UserEmailAuthentication>> adding(
      TableField<Record, UUID> origin,
      Table<?> parents,
      TableField<Record, UUID> parentKey,
      TableField<Record, Instant> end) {
    CommonTableExpression<?> parent =
        name("parent")
            .as(
                select(parentKey, end)
                    .from(parents)
                    .where(parentKey.eq(ORIGIN_ID))
                    .forNoKeyUpdate());
    CommonTableExpression<?> created =
        name("created")
            .as(
                insertInto(
                        USER_EMAIL_AUTHENTICATIONS,
                        USER_EMAIL_AUTHENTICATIONS.ID,
                        origin,
                        USER_EMAIL_AUTHENTICATIONS.EMAIL,
                        USER_EMAIL_AUTHENTICATIONS.CREATED_AT)
                    .select(
                        select(ID, columnOf(parent, parentKey), EMAIL, NOW)
                            .from(parent)
                            .where(columnOf(parent, end).isNull()))
                    .returning(AUTHENTICATION.columns()));
    return new Statement<>(
        with(parent)
            .with(created)
            .select(AUTHENTICATION.ownColumns(created))
            .from(parent)
            .leftJoin(created)
            .on(trueCondition()),
        row -> AUTHENTICATION.optional(row, 0));
  }

  private static Statement<Creation> addCode() {
    CommonTableExpression<?> authentication = locked();
    CommonTableExpression<?> created =
        name("created")
            .as(
                insertInto(
                        USER_EMAIL_AUTHENTICATION_CODES,
                        USER_EMAIL_AUTHENTICATION_CODES.ID,
                        USER_EMAIL_AUTHENTICATION_CODES.AUTHENTICATION_ID,
                        USER_EMAIL_AUTHENTICATION_CODES.DIGEST,
                        USER_EMAIL_AUTHENTICATION_CODES.CREATED_AT,
                        USER_EMAIL_AUTHENTICATION_CODES.EXPIRES_AT)
                    .select(
                        select(
                                CODE_ID,
                                columnOf(authentication, USER_EMAIL_AUTHENTICATIONS.ID),
                                DIGEST,
                                NOW,
                                EXPIRES_AT)
                            .from(authentication)
                            .where(isOpen(authentication)))
                    .onConflict(
                        USER_EMAIL_AUTHENTICATION_CODES.AUTHENTICATION_ID,
                        USER_EMAIL_AUTHENTICATION_CODES.DIGEST)
                    .doNothing()
                    .returning(CODE.columns()));
    int facts = AUTHENTICATION.columns().size();
    return new Statement<>(
        with(authentication)
            .with(created)
            .select(AUTHENTICATION.ownColumns(authentication))
            .select(CODE.ownColumns(created))
            .from(authentication)
            .leftJoin(created)
            .on(trueCondition()),
        row -> new Creation(AUTHENTICATION.read(row), CODE.optional(row, facts)));
  }

  private static Statement<Optional<UserEmailAuthenticationCode>> tryCode() {
    CommonTableExpression<?> code =
        name("code")
            .as(
                select(CODE.columns())
                    .from(USER_EMAIL_AUTHENTICATION_CODES)
                    .where(IS_ITS_CODE)
                    .and(USER_EMAIL_AUTHENTICATION_CODES.DIGEST.eq(DIGEST)));
    CommonTableExpression<?> counted =
        name("counted")
            .as(
                update(USER_EMAIL_AUTHENTICATIONS)
                    .set(
                        USER_EMAIL_AUTHENTICATIONS.FAILED_ATTEMPTS,
                        USER_EMAIL_AUTHENTICATIONS.FAILED_ATTEMPTS.plus(1))
                    .where(IS_ADDRESSED)
                    .and(notExists(selectOne().from(code)))
                    .returning(USER_EMAIL_AUTHENTICATIONS.ID));
    return new Statement<>(
        with(code)
            .with(counted)
            .select(CODE.ownColumns(code))
            .from(selectOne().asTable("always"))
            .leftJoin(code)
            .on(trueCondition()),
        row -> CODE.optional(row, 0));
  }

  private static Statement<Completion> completeWithCode() {
    CommonTableExpression<?> code =
        name("proof")
            .as(
                select(
                        USER_EMAIL_AUTHENTICATION_CODES.ID,
                        USER_EMAIL_AUTHENTICATION_CODES.EXPIRES_AT)
                    .from(USER_EMAIL_AUTHENTICATION_CODES)
                    .where(USER_EMAIL_AUTHENTICATION_CODES.ID.eq(PROOF_ID))
                    .and(IS_ITS_CODE));
    return completing(
        code,
        columnOf(code, USER_EMAIL_AUTHENTICATION_CODES.ID),
        columnOf(code, USER_EMAIL_AUTHENTICATION_CODES.EXPIRES_AT).gt(NOW));
  }

  // Not locked: nothing that is stored refers to the upstream session.
  private static Statement<Completion> completeWithUpstream() {
    CommonTableExpression<?> upstream =
        name("proof")
            .as(
                select(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID)
                    .from(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS)
                    .where(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID.eq(PROOF_ID)));
    return completing(
        upstream, columnOf(upstream, UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID), trueCondition());
  }

  private static Statement<Completion> completing(
      CommonTableExpression<?> proof, Field<UUID> proofId, Condition isValid) {
    CommonTableExpression<?> authentication = locked();
    CommonTableExpression<?> completed =
        name("completed")
            .as(
                update(USER_EMAIL_AUTHENTICATIONS)
                    .set(USER_EMAIL_AUTHENTICATIONS.COMPLETED_AT, NOW)
                    .from(authentication.crossJoin(proof))
                    .where(
                        USER_EMAIL_AUTHENTICATIONS.ID.eq(
                            columnOf(authentication, USER_EMAIL_AUTHENTICATIONS.ID)))
                    .and(isOpen(authentication))
                    .and(isValid)
                    .returning(AUTHENTICATION.columns()));
    int facts = AUTHENTICATION.columns().size();
    return new Statement<>(
        with(authentication)
            .with(proof)
            .with(completed)
            .select(AUTHENTICATION.ownColumns(authentication))
            .select(AUTHENTICATION.ownColumns(completed))
            .select(proofId.isNotNull())
            .from(authentication)
            .leftJoin(proof)
            .on(trueCondition())
            .leftJoin(completed)
            .on(trueCondition()),
        row ->
            new Completion(
                AUTHENTICATION.read(row),
                row.get(2 * facts, Boolean.class),
                AUTHENTICATION.optional(row, facts)));
  }

  private static CommonTableExpression<?> locked() {
    return name("authentication")
        .as(
            select(AUTHENTICATION.columns())
                .from(USER_EMAIL_AUTHENTICATIONS)
                .where(IS_ADDRESSED)
                .forNoKeyUpdate());
  }

  private static Condition isOpen(CommonTableExpression<?> authentication) {
    return isOpen(
        columnOf(authentication, USER_EMAIL_AUTHENTICATIONS.COMPLETED_AT),
        columnOf(authentication, USER_EMAIL_AUTHENTICATIONS.FAILED_ATTEMPTS));
  }

  private static Condition isOpen(Field<Instant> completedAt, Field<Integer> failedAttempts) {
    return completedAt.isNull().and(failedAttempts.lt(MAXIMUM));
  }

  private static UserEmailAuthentication read(Row row) {
    UserEmailAuthenticationStage stage =
        row.find(USER_EMAIL_AUTHENTICATIONS.COMPLETED_AT)
            .<UserEmailAuthenticationStage>map(UserEmailAuthenticationStage.Completed::new)
            .orElseGet(UserEmailAuthenticationStage.Pending::new);
    return new UserEmailAuthentication(
        row.get(USER_EMAIL_AUTHENTICATIONS.ID),
        origin(row),
        row.get(USER_EMAIL_AUTHENTICATIONS.EMAIL),
        row.get(USER_EMAIL_AUTHENTICATIONS.CREATED_AT),
        row.get(USER_EMAIL_AUTHENTICATIONS.FAILED_ATTEMPTS),
        stage);
  }

  private static EmailAuthenticationOrigin origin(Row row) {
    Optional<UUID> session = row.find(USER_EMAIL_AUTHENTICATIONS.BROWSER_SESSION_ID);
    Optional<UUID> registration = row.find(USER_EMAIL_AUTHENTICATIONS.USER_REGISTRATION_ID);
    if (session.isPresent() == registration.isPresent()) {
      throw row.invalid(USER_EMAIL_AUTHENTICATIONS.USER_REGISTRATION_ID, null);
    }
    return session.isPresent()
        ? new EmailAuthenticationOrigin.ForBrowserSession(session.get())
        : new EmailAuthenticationOrigin.ForRegistration(registration.orElseThrow());
  }

  private static UserEmailAuthenticationCode readCode(Row row) {
    return new UserEmailAuthenticationCode(
        row.get(USER_EMAIL_AUTHENTICATION_CODES.ID),
        row.get(USER_EMAIL_AUTHENTICATION_CODES.AUTHENTICATION_ID),
        row.get(USER_EMAIL_AUTHENTICATION_CODES.CREATED_AT),
        row.get(USER_EMAIL_AUTHENTICATION_CODES.EXPIRES_AT));
  }
}
