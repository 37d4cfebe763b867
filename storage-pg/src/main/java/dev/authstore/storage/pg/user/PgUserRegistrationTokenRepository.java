package dev.authstore.storage.pg.user;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.USER_REGISTRATION_TOKENS;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.greatest;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.insertInto;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.not;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.trueCondition;
import static org.jooq.impl.DSL.val;
import static org.jooq.impl.DSL.when;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.Texts;
import dev.authstore.model.user.UserRegistrationToken;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.Inputs;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.internal.Bind;
import dev.authstore.storage.pg.internal.Conditions;
import dev.authstore.storage.pg.internal.Keyset;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.Row;
import dev.authstore.storage.pg.internal.Sql;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.UnitOfWork;
import dev.authstore.storage.user.UserRegistrationTokenChanges;
import dev.authstore.storage.user.UserRegistrationTokenFilter;
import dev.authstore.storage.user.UserRegistrationTokenRepository;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Param;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.TableField;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

final class PgUserRegistrationTokenRepository implements UserRegistrationTokenRepository {
  static final Projection<UserRegistrationToken> TOKEN =
      Projection.of(
          "user_registration_token",
          USER_REGISTRATION_TOKENS.ID,
          PgUserRegistrationTokenRepository::read,
          USER_REGISTRATION_TOKENS.TOKEN,
          USER_REGISTRATION_TOKENS.USAGE_LIMIT,
          USER_REGISTRATION_TOKENS.TIMES_USED,
          USER_REGISTRATION_TOKENS.CREATED_AT,
          USER_REGISTRATION_TOKENS.LAST_USED_AT,
          USER_REGISTRATION_TOKENS.EXPIRES_AT,
          USER_REGISTRATION_TOKENS.REVOKED_AT);

  private static final int MAX_TOKEN_BYTES = 255;

  private static final Param<UUID> ID = param("id", USER_REGISTRATION_TOKENS.ID);
  private static final Param<String> TEXT = param("token", USER_REGISTRATION_TOKENS.TOKEN);
  private static final Param<Integer> LIMIT =
      param("usage_limit", USER_REGISTRATION_TOKENS.USAGE_LIMIT);
  private static final Param<Boolean> CHANGES_LIMIT = param("changes_limit", SQLDataType.BOOLEAN);
  private static final Param<Instant> EXPIRES_AT =
      param("expires_at", USER_REGISTRATION_TOKENS.EXPIRES_AT);
  private static final Param<Boolean> CHANGES_EXPIRY = param("changes_expiry", SQLDataType.BOOLEAN);
  private static final Param<Instant> NOW = param("now", USER_REGISTRATION_TOKENS.CREATED_AT);

  private static final Condition IS_ADDRESSED = USER_REGISTRATION_TOKENS.ID.eq(ID);

  private static final Statement<UserRegistrationToken> LOOKUP = TOKEN.where(IS_ADDRESSED);
  private static final Statement<UserRegistrationToken> FIND_BY_TOKEN =
      TOKEN.where(USER_REGISTRATION_TOKENS.TOKEN.eq(TEXT));

  private static final Statement<UserRegistrationToken> ADD =
      new Statement<>(
          insertInto(
                  USER_REGISTRATION_TOKENS,
                  USER_REGISTRATION_TOKENS.ID,
                  USER_REGISTRATION_TOKENS.TOKEN,
                  USER_REGISTRATION_TOKENS.USAGE_LIMIT,
                  USER_REGISTRATION_TOKENS.EXPIRES_AT,
                  USER_REGISTRATION_TOKENS.CREATED_AT)
              .values(ID, TEXT, LIMIT, EXPIRES_AT, NOW)
              .onConflict(USER_REGISTRATION_TOKENS.TOKEN)
              .doNothing()
              .returning(TOKEN.columns()),
          TOKEN::read);

  private static final Statement<Use> USE_TOKEN = useToken();

  private static final Statement<UserRegistrationToken> REVOKE =
      changing(
          USER_REGISTRATION_TOKENS.REVOKED_AT, coalesce(USER_REGISTRATION_TOKENS.REVOKED_AT, NOW));
  private static final Statement<UserRegistrationToken> UNREVOKE =
      changing(
          USER_REGISTRATION_TOKENS.REVOKED_AT, inline(null, USER_REGISTRATION_TOKENS.REVOKED_AT));
  private static final Statement<UserRegistrationToken> SET_EXPIRY =
      changing(USER_REGISTRATION_TOKENS.EXPIRES_AT, EXPIRES_AT);
  private static final Statement<UserRegistrationToken> SET_USAGE_LIMIT =
      changing(USER_REGISTRATION_TOKENS.USAGE_LIMIT, LIMIT);

  private static final Statement<UserRegistrationToken> UPDATE =
      new Statement<>(
          DSL.update(USER_REGISTRATION_TOKENS)
              .set(
                  USER_REGISTRATION_TOKENS.EXPIRES_AT,
                  when(condition(CHANGES_EXPIRY), EXPIRES_AT)
                      .otherwise(USER_REGISTRATION_TOKENS.EXPIRES_AT))
              .set(
                  USER_REGISTRATION_TOKENS.USAGE_LIMIT,
                  when(condition(CHANGES_LIMIT), LIMIT)
                      .otherwise(USER_REGISTRATION_TOKENS.USAGE_LIMIT))
              .where(IS_ADDRESSED)
              .returning(TOKEN.columns()),
          TOKEN::read);

  private final UnitOfWork work;

  PgUserRegistrationTokenRepository(UnitOfWork work) {
    this.work = work;
  }

  @Override
  public Optional<UserRegistrationToken> lookup(UUID id) {
    return work.read("user_registration_token.lookup", sql -> sql.find(LOOKUP, bind(ID, id)));
  }

  @Override
  public Optional<UserRegistrationToken> findByToken(String token) {
    if (!Texts.isStorable(token, MAX_TOKEN_BYTES)) {
      return Optional.empty();
    }
    return work.read(
        "user_registration_token.find_by_token", sql -> sql.find(FIND_BY_TOKEN, bind(TEXT, token)));
  }

  @Override
  public Page<UserRegistrationToken> list(
      UserRegistrationTokenFilter filter, Pagination pagination) {
    return work.read(
        "user_registration_token.list",
        sql -> Keyset.page(sql, TOKEN, matching(filter, work.now()), pagination));
  }

  @Override
  public long count(UserRegistrationTokenFilter filter) {
    return work.read(
        "user_registration_token.count",
        sql -> Keyset.count(sql, TOKEN, matching(filter, work.now())));
  }

  @Override
  public UserRegistrationToken add(
      String token, Optional<Integer> usageLimit, Optional<Instant> expiresAt) {
    String text = Inputs.text("registration token", token, MAX_TOKEN_BYTES);
    Optional<Integer> limit = usageLimit.map(PgUserRegistrationTokenRepository::checkedLimit);
    Optional<Instant> end = expiresAt.map(PgUserRegistrationTokenRepository::checkedEnd);
    return work.write(
        "user_registration_token.add",
        sql -> {
          Instant now = work.now();
          return sql.find(
                  ADD,
                  bind(ID, work.newId(now)),
                  bind(TEXT, text),
                  bind(LIMIT, limit.orElse(null)),
                  bind(EXPIRES_AT, end.orElse(null)),
                  bind(NOW, now))
              .orElseThrow(() -> new ConflictException(ConflictKind.REGISTRATION_TOKEN_TAKEN));
        });
  }

  @Override
  public UserRegistrationToken useToken(UserRegistrationToken token) {
    return work.write(
        "user_registration_token.use_token",
        sql -> {
          Instant now = work.now();
          Use use =
              sql.find(USE_TOKEN, bind(ID, token.id()), bind(NOW, now))
                  .orElseThrow(() -> gone(token));
          return use.used().orElseThrow(() -> refusedBy(use.stored(), now));
        });
  }

  @Override
  public UserRegistrationToken revoke(UserRegistrationToken token) {
    return work.write(
        "user_registration_token.revoke",
        sql -> changed(sql, REVOKE, token, bind(NOW, work.now())));
  }

  @Override
  public UserRegistrationToken unrevoke(UserRegistrationToken token) {
    return work.write("user_registration_token.unrevoke", sql -> changed(sql, UNREVOKE, token));
  }

  @Override
  public UserRegistrationToken setExpiry(UserRegistrationToken token, Optional<Instant> expiresAt) {
    Optional<Instant> end = expiresAt.map(PgUserRegistrationTokenRepository::checkedEnd);
    return work.write(
        "user_registration_token.set_expiry",
        sql -> changed(sql, SET_EXPIRY, token, bind(EXPIRES_AT, end.orElse(null))));
  }

  @Override
  public UserRegistrationToken setUsageLimit(
      UserRegistrationToken token, Optional<Integer> usageLimit) {
    Optional<Integer> limit = usageLimit.map(PgUserRegistrationTokenRepository::checkedLimit);
    return work.write(
        "user_registration_token.set_usage_limit",
        sql -> changed(sql, SET_USAGE_LIMIT, token, bind(LIMIT, limit.orElse(null))));
  }

  @Override
  public UserRegistrationToken update(
      UserRegistrationToken token, UserRegistrationTokenChanges changes) {
    return work.write(
        "user_registration_token.update",
        sql ->
            changed(
                sql,
                UPDATE,
                token,
                bind(CHANGES_EXPIRY, changes.expiresAt().isPresent()),
                bind(EXPIRES_AT, changes.expiresAt().flatMap(end -> end).orElse(null)),
                bind(CHANGES_LIMIT, changes.usageLimit().isPresent()),
                bind(LIMIT, changes.usageLimit().flatMap(limit -> limit).orElse(null))));
  }

  /** The token as it was, and as it is now unless that was not valid. */
  private record Use(UserRegistrationToken stored, Optional<UserRegistrationToken> used) {}

  // What is locked is judged, not what is updated: a row that became valid while the lock was
  // waited for would not be found by its new state.
  private static Statement<Use> useToken() {
    CommonTableExpression<?> token =
        name("token")
            .as(
                select(TOKEN.columns())
                    .from(USER_REGISTRATION_TOKENS)
                    .where(IS_ADDRESSED)
                    .forNoKeyUpdate());
    CommonTableExpression<?> used =
        name("used")
            .as(
                DSL.update(USER_REGISTRATION_TOKENS)
                    .set(
                        USER_REGISTRATION_TOKENS.TIMES_USED,
                        USER_REGISTRATION_TOKENS.TIMES_USED.plus(1))
                    .set(
                        USER_REGISTRATION_TOKENS.LAST_USED_AT,
                        greatest(USER_REGISTRATION_TOKENS.LAST_USED_AT, NOW))
                    .from(token)
                    .where(
                        USER_REGISTRATION_TOKENS.ID.eq(
                            columnOf(token, USER_REGISTRATION_TOKENS.ID)))
                    .and(isValid(token, NOW))
                    .returning(TOKEN.columns()));
    int before = TOKEN.columns().size();
    return new Statement<>(
        with(token)
            .with(used)
            .select(TOKEN.ownColumns(used))
            .select(TOKEN.ownColumns(token))
            .from(token)
            .leftJoin(used)
            .on(trueCondition()),
        row -> new Use(TOKEN.read(row, before), TOKEN.optional(row, 0)));
  }

  private static UserRegistrationToken changed(
      Sql sql,
      Statement<UserRegistrationToken> change,
      UserRegistrationToken token,
      Bind... values) {
    Bind[] all = Arrays.copyOf(values, values.length + 1);
    all[values.length] = bind(ID, token.id());
    return sql.find(change, all).orElseThrow(() -> gone(token));
  }

  private static <V> Statement<UserRegistrationToken> changing(
      TableField<Record, V> column, Field<V> value) {
    return new Statement<>(
        DSL.update(USER_REGISTRATION_TOKENS)
            .set(column, value)
            .where(IS_ADDRESSED)
            .returning(TOKEN.columns()),
        TOKEN::read);
  }

  private static Condition matching(UserRegistrationTokenFilter filter, Instant now) {
    Field<Instant> at = val(filter.at().orElse(now), USER_REGISTRATION_TOKENS.EXPIRES_AT);
    return Conditions.all(
        filter.beenUsed().map(wanted -> wanted(wanted, USER_REGISTRATION_TOKENS.TIMES_USED.gt(0))),
        filter
            .revoked()
            .map(wanted -> Conditions.present(USER_REGISTRATION_TOKENS.REVOKED_AT, wanted)),
        filter.expired().map(wanted -> wanted(!wanted, isUnexpired(USER_REGISTRATION_TOKENS, at))),
        filter.valid().map(wanted -> wanted(wanted, isValid(USER_REGISTRATION_TOKENS, at))));
  }

  private static Condition wanted(boolean wanted, Condition condition) {
    return wanted ? condition : not(condition);
  }

  private static Condition isValid(Table<?> tokens, Field<Instant> now) {
    Field<Integer> limit = columnOf(tokens, USER_REGISTRATION_TOKENS.USAGE_LIMIT);
    return columnOf(tokens, USER_REGISTRATION_TOKENS.REVOKED_AT)
        .isNull()
        .and(isUnexpired(tokens, now))
        .and(limit.isNull().or(limit.gt(columnOf(tokens, USER_REGISTRATION_TOKENS.TIMES_USED))));
  }

  private static Condition isUnexpired(Table<?> tokens, Field<Instant> now) {
    Field<Instant> end = columnOf(tokens, USER_REGISTRATION_TOKENS.EXPIRES_AT);
    return end.isNull().or(end.gt(now));
  }

  private static int checkedLimit(int usageLimit) {
    return Inputs.range("usage limit", usageLimit, 0, Integer.MAX_VALUE);
  }

  private static Instant checkedEnd(Instant expiresAt) {
    return Inputs.instant("expiresAt", expiresAt);
  }

  private static InvalidStateException refusedBy(UserRegistrationToken stored, Instant now) {
    StateReason reason =
        stored.revokedAt().isPresent()
            ? StateReason.REVOKED
            : stored.isExpired(now) ? StateReason.EXPIRED : StateReason.EXHAUSTED;
    return new InvalidStateException(TOKEN.aggregate(), stored.id(), reason);
  }

  private static NotFoundException gone(UserRegistrationToken token) {
    return new NotFoundException(TOKEN.aggregate(), token.id());
  }

  private static UserRegistrationToken read(Row row) {
    return new UserRegistrationToken(
        row.get(USER_REGISTRATION_TOKENS.ID),
        row.get(USER_REGISTRATION_TOKENS.TOKEN),
        row.find(USER_REGISTRATION_TOKENS.USAGE_LIMIT),
        row.get(USER_REGISTRATION_TOKENS.TIMES_USED),
        row.get(USER_REGISTRATION_TOKENS.CREATED_AT),
        row.find(USER_REGISTRATION_TOKENS.LAST_USED_AT),
        row.find(USER_REGISTRATION_TOKENS.EXPIRES_AT),
        row.find(USER_REGISTRATION_TOKENS.REVOKED_AT));
  }
}
