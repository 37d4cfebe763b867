package dev.authstore.storage.pg.user;

import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.USER_EMAIL_AUTHENTICATIONS;
import static dev.authstore.storage.pg.schema.Tables.USER_REGISTRATIONS;
import static dev.authstore.storage.pg.schema.Tables.USER_REGISTRATION_TOKENS;
import static dev.authstore.storage.pg.user.PgUserRegistrationRepository.REGISTRATION;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.not;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectCount;
import static org.jooq.impl.DSL.trueCondition;
import static org.jooq.impl.DSL.update;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.user.UserRegistration;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.Values;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Param;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.TableField;
import org.jooq.UpdateSetMoreStep;

/**
 * The statements that change a sign-up. Each locks the sign-up and then what is to be attached,
 * judges what it has locked, and returns the facts beside the row, so that no refusal needs a
 * second look. No row: no sign-up.
 *
 * <p>What is updated is not judged: a row that came to allow the change while the lock was waited
 * for would not be found by its new state.
 */
final class UserRegistrationChanges {
  static final Param<UUID> ID = param("id", USER_REGISTRATIONS.ID);
  static final Param<String> DISPLAY_NAME = param("display_name", USER_REGISTRATIONS.DISPLAY_NAME);
  static final Param<String> TERMS_URL = param("terms_url", USER_REGISTRATIONS.TERMS_URL);
  static final Param<String> HASH = param("hash", USER_REGISTRATIONS.HASHED_PASSWORD);
  static final Param<Integer> VERSION = param("version", USER_REGISTRATIONS.PASSWORD_VERSION);
  static final Param<Instant> NOW = param("now", USER_REGISTRATIONS.COMPLETED_AT);

  /** What is to be attached. */
  static final Param<UUID> PART_ID = param("part_id", USER_REGISTRATIONS.ID);

  private static final CommonTableExpression<?> LOCKED =
      name("locked")
          .as(
              select(REGISTRATION.columns())
                  .select(
                      USER_REGISTRATIONS.EMAIL_AUTHENTICATION_ATTACHED,
                      USER_REGISTRATIONS.REGISTRATION_TOKEN_ATTACHED,
                      USER_REGISTRATIONS.UPSTREAM_SESSION_ATTACHED)
                  .from(USER_REGISTRATIONS)
                  .where(USER_REGISTRATIONS.ID.eq(ID))
                  .forNoKeyUpdate());

  private static final Condition IS_COMPLETED =
      columnOf(LOCKED, USER_REGISTRATIONS.COMPLETED_AT).isNotNull();

  private static final Condition HAS_LOST_SOMETHING =
      isLost(
              USER_REGISTRATIONS.EMAIL_AUTHENTICATION_ATTACHED,
              USER_REGISTRATIONS.EMAIL_AUTHENTICATION_ID)
          .or(
              isLost(
                  USER_REGISTRATIONS.REGISTRATION_TOKEN_ATTACHED,
                  USER_REGISTRATIONS.REGISTRATION_TOKEN_ID))
          .or(
              isLost(
                  USER_REGISTRATIONS.UPSTREAM_SESSION_ATTACHED,
                  USER_REGISTRATIONS.UPSTREAM_SESSION_ID));

  static final Statement<Verdict> SET_DISPLAY_NAME =
      setting(update(USER_REGISTRATIONS).set(USER_REGISTRATIONS.DISPLAY_NAME, DISPLAY_NAME));

  static final Statement<Verdict> SET_TERMS_URL =
      setting(update(USER_REGISTRATIONS).set(USER_REGISTRATIONS.TERMS_URL, TERMS_URL));

  static final Statement<Verdict> SET_PASSWORD =
      setting(
          update(USER_REGISTRATIONS)
              .set(USER_REGISTRATIONS.HASHED_PASSWORD, HASH)
              .set(USER_REGISTRATIONS.PASSWORD_VERSION, VERSION));

  static final Statement<Verdict> SET_EMAIL_AUTHENTICATION = setEmailAuthentication();

  static final Statement<Verdict> SET_REGISTRATION_TOKEN =
      attaching(
          part(USER_REGISTRATION_TOKENS, USER_REGISTRATION_TOKENS.ID),
          USER_REGISTRATION_TOKENS.ID,
          noCondition(),
          USER_REGISTRATIONS.REGISTRATION_TOKEN_ID,
          USER_REGISTRATIONS.REGISTRATION_TOKEN_ATTACHED);

  static final Statement<Verdict> SET_UPSTREAM_SESSION =
      attaching(
          part(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS, UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID),
          UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.ID,
          noCondition(),
          USER_REGISTRATIONS.UPSTREAM_SESSION_ID,
          USER_REGISTRATIONS.UPSTREAM_SESSION_ATTACHED);

  static final Statement<Completion> COMPLETE = complete();

  private UserRegistrationChanges() {}

  /** The sign-up as it was changed, or the facts that tell why it was not. */
  record Verdict(boolean completed, boolean partExists, Optional<UserRegistration> changed) {}

  /**
   * What came of completing a sign-up.
   *
   * @param completedBefore whether it was completed already
   * @param registration as it was, with its password; completed now unless something refused that
   */
  record Completion(boolean completedBefore, UserRegistration registration) {}

  private static Statement<Verdict> setting(UpdateSetMoreStep<Record> change) {
    CommonTableExpression<?> changed = changed(change, LOCKED, noCondition());
    return new Statement<>(
        with(LOCKED)
            .with(changed)
            .select(REGISTRATION.ownColumns(changed))
            .select(IS_COMPLETED, inline(true))
            .from(LOCKED)
            .leftJoin(changed)
            .on(trueCondition()),
        UserRegistrationChanges::verdict);
  }

  private static Statement<Verdict> setEmailAuthentication() {
    CommonTableExpression<?> authentication =
        part(
            USER_EMAIL_AUTHENTICATIONS,
            USER_EMAIL_AUTHENTICATIONS.ID,
            USER_EMAIL_AUTHENTICATIONS.USER_REGISTRATION_ID);
    return attaching(
        authentication,
        USER_EMAIL_AUTHENTICATIONS.ID,
        columnOf(authentication, USER_EMAIL_AUTHENTICATIONS.USER_REGISTRATION_ID).eq(ID),
        USER_REGISTRATIONS.EMAIL_AUTHENTICATION_ID,
        USER_REGISTRATIONS.EMAIL_AUTHENTICATION_ATTACHED);
  }

  private static Statement<Verdict> attaching(
      CommonTableExpression<?> part,
      TableField<Record, UUID> key,
      Condition allowed,
      TableField<Record, UUID> pointer,
      TableField<Record, Boolean> attached) {
    CommonTableExpression<?> changed =
        changed(
            update(USER_REGISTRATIONS).set(pointer, columnOf(part, key)).set(attached, true),
            LOCKED.crossJoin(part),
            allowed);
    return new Statement<>(
        with(LOCKED)
            .with(part)
            .with(changed)
            .select(REGISTRATION.ownColumns(changed))
            .select(IS_COMPLETED, columnOf(part, key).isNotNull())
            .from(LOCKED)
            .leftJoin(part)
            .on(trueCondition())
            .leftJoin(changed)
            .on(trueCondition()),
        UserRegistrationChanges::verdict);
  }

  // The change returns the row without its password, so all but the instant is what was locked.
  private static Statement<Completion> complete() {
    CommonTableExpression<?> completed =
        changed(
            update(USER_REGISTRATIONS)
                .set(USER_REGISTRATIONS.COMPLETED_AT, NOW)
                .setNull(USER_REGISTRATIONS.HASHED_PASSWORD)
                .setNull(USER_REGISTRATIONS.PASSWORD_VERSION),
            LOCKED,
            not(HAS_LOST_SOMETHING));
    List<Field<?>> columns = new ArrayList<>(REGISTRATION.ownColumns(LOCKED));
    Field<Instant> before = columnOf(LOCKED, USER_REGISTRATIONS.COMPLETED_AT);
    columns.set(columns.indexOf(before), columnOf(completed, USER_REGISTRATIONS.COMPLETED_AT));
    return new Statement<>(
        with(LOCKED)
            .with(completed)
            .select(columns)
            .select(IS_COMPLETED)
            .from(LOCKED)
            .leftJoin(completed)
            .on(trueCondition()),
        row -> new Completion(row.get(columns.size(), Boolean.class), REGISTRATION.read(row)));
  }

  // Counting what is locked before it sees to the order of the locks.
  private static CommonTableExpression<?> part(
      Table<?> table, TableField<Record, UUID> key, Field<?>... facts) {
    return name("part")
        .as(
            select(key)
                .select(facts)
                .from(table)
                .where(key.eq(PART_ID))
                .and(selectCount().from(LOCKED).asField().ge(0))
                .forKeyShare());
  }

  private static CommonTableExpression<?> changed(
      UpdateSetMoreStep<Record> change, Table<?> judged, Condition allowed) {
    return name("changed")
        .as(
            change
                .from(judged)
                .where(USER_REGISTRATIONS.ID.eq(columnOf(LOCKED, USER_REGISTRATIONS.ID)))
                .and(not(IS_COMPLETED))
                .and(allowed)
                .returning(REGISTRATION.columns()));
  }

  private static Condition isLost(
      TableField<Record, Boolean> attached, TableField<Record, UUID> pointer) {
    return columnOf(LOCKED, attached).isTrue().and(columnOf(LOCKED, pointer).isNull());
  }

  private static Verdict verdict(Values row) {
    int facts = REGISTRATION.columns().size();
    return new Verdict(
        row.get(facts, Boolean.class),
        row.get(facts + 1, Boolean.class),
        REGISTRATION.optional(row, 0));
  }
}
