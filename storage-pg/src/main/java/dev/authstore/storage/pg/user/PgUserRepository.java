package dev.authstore.storage.pg.user;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.internal.Conditions.notExists;
import static dev.authstore.storage.pg.schema.Tables.COMPAT_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.USERS;
import static dev.authstore.storage.pg.schema.Tables.USER_UNSUPPORTED_THIRD_PARTY_IDS;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.deleteFrom;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.insertInto;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.update;

import dev.authstore.model.Folding;
import dev.authstore.model.Texts;
import dev.authstore.model.user.User;
import dev.authstore.model.user.UserState;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.Inputs;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.internal.AdvisoryLock;
import dev.authstore.storage.pg.internal.Bind;
import dev.authstore.storage.pg.internal.Conditions;
import dev.authstore.storage.pg.internal.Keyset;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.Row;
import dev.authstore.storage.pg.internal.Sql;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.UnitOfWork;
import dev.authstore.storage.pg.schema.Keys;
import dev.authstore.storage.user.LoginCandidate;
import dev.authstore.storage.user.UserFilter;
import dev.authstore.storage.user.UserRepository;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Param;
import org.jooq.Record;
import org.jooq.Select;
import org.jooq.SelectConditionStep;
import org.jooq.TableField;

final class PgUserRepository implements UserRepository {
  static final Projection<User> USER =
      Projection.of(
          "user",
          USERS.ID,
          PgUserRepository::read,
          USERS.USERNAME,
          USERS.CREATED_AT,
          USERS.LOCKED_AT,
          USERS.DEACTIVATED_AT,
          USERS.CAN_REQUEST_ADMIN,
          USERS.IS_GUEST);

  static final int MAX_NAME_BYTES = 255;

  private static final Param<UUID> ID = param("id", USERS.ID);
  private static final Param<String> NAME = param("name", USERS.USERNAME);
  private static final Param<String> FOLDED_NAME = param("folded_name", USERS.USERNAME_FOLDED);
  private static final Param<Instant> NOW = param("now", USERS.CREATED_AT);
  private static final Param<Boolean> ALLOWED = param("allowed", USERS.CAN_REQUEST_ADMIN);

  private static final Condition IS_ADDRESSED = USERS.ID.eq(ID);
  private static final Condition HAS_NAME = USERS.USERNAME_FOLDED.eq(FOLDED_NAME);

  private static final Statement<User> LOOKUP = USER.where(IS_ADDRESSED);

  // Two rows are enough to see that there are several; the one spelled exactly so comes first.
  private static final Statement<User> FIND_BY_USERNAME =
      new Statement<>(
          select(USER.columns())
              .from(USERS)
              .where(HAS_NAME)
              .orderBy(field(USERS.USERNAME.eq(NAME)).desc())
              .limit(2),
          USER::read);

  private static final Statement<Boolean> EXISTS =
      new Statement<>(
          select(field(Conditions.exists(selectOne().from(USERS).where(HAS_NAME)))),
          row -> row.get(0, Boolean.class));

  private static final Statement<User> ADD =
      new Statement<>(
          insertInto(USERS, USERS.ID, USERS.USERNAME, USERS.USERNAME_FOLDED, USERS.CREATED_AT)
              .values(ID, NAME, FOLDED_NAME, NOW)
              .onConflictOnConstraint(Keys.USERS_USERNAME_KEY)
              .doNothing()
              .returning(USER.columns()),
          USER::read);

  private static final Statement<User> ADD_IF_AVAILABLE =
      new Statement<>(
          insertInto(USERS, USERS.ID, USERS.USERNAME, USERS.USERNAME_FOLDED, USERS.CREATED_AT)
              .select(
                  select(ID, NAME, FOLDED_NAME, NOW)
                      .where(notExists(selectOne().from(USERS).where(HAS_NAME))))
              .onConflictOnConstraint(Keys.USERS_USERNAME_KEY)
              .doNothing()
              .returning(USER.columns()),
          USER::read);

  private static final Statement<User> LOCK =
      changing(USERS.LOCKED_AT, coalesce(USERS.LOCKED_AT, NOW));
  private static final Statement<User> UNLOCK =
      changing(USERS.LOCKED_AT, inline(null, USERS.LOCKED_AT));
  private static final Statement<User> DEACTIVATE =
      changing(USERS.DEACTIVATED_AT, coalesce(USERS.DEACTIVATED_AT, NOW));
  private static final Statement<User> REACTIVATE =
      changing(USERS.DEACTIVATED_AT, inline(null, USERS.DEACTIVATED_AT));
  private static final Statement<User> SET_CAN_REQUEST_ADMIN =
      changing(USERS.CAN_REQUEST_ADMIN, ALLOWED);

  private static final Statement<UUID> DELETE_UNSUPPORTED_THREEPIDS =
      new Statement<>(
          deleteFrom(USER_UNSUPPORTED_THIRD_PARTY_IDS)
              .where(USER_UNSUPPORTED_THIRD_PARTY_IDS.USER_ID.eq(ID))
              .returning(USER_UNSUPPORTED_THIRD_PARTY_IDS.USER_ID),
          row -> row.get(0, UUID.class));

  private final UnitOfWork work;

  PgUserRepository(UnitOfWork work) {
    this.work = work;
  }

  @Override
  public Optional<User> lookup(UUID id) {
    return work.read("user.lookup", sql -> sql.find(LOOKUP, bind(ID, id)));
  }

  @Override
  public Optional<User> findByUsername(String username) {
    if (!Texts.isStorable(username, MAX_NAME_BYTES)) {
      return Optional.empty();
    }
    List<User> found =
        work.read("user.find_by_username", sql -> sql.list(FIND_BY_USERNAME, named(username)));
    return found.stream()
        .filter(user -> found.size() == 1 || user.username().equals(username))
        .findFirst();
  }

  @Override
  public boolean exists(String username) {
    return Texts.isStorable(username, MAX_NAME_BYTES)
        && work.read("user.exists", sql -> sql.get(EXISTS, named(username)));
  }

  @Override
  public Optional<LoginCandidate> findForLogin(String login, boolean emailAllowed) {
    boolean maybeEmail =
        emailAllowed
            && login.contains("@")
            && Texts.isStorable(login, PgUserEmailRepository.MAX_EMAIL_BYTES);
    boolean maybeName = Texts.isStorable(login, MAX_NAME_BYTES);
    if (!maybeEmail && !maybeName) {
      return Optional.empty();
    }
    String folded = Folding.fold(login);
    return work.read(
        "user.find_for_login",
        sql ->
            sql.find(
                PasswordLogin.FIND,
                bind(PasswordLogin.EMAIL, maybeEmail ? folded : null),
                bind(PasswordLogin.NAME, maybeName ? login : null),
                bind(PasswordLogin.FOLDED_NAME, maybeName ? folded : null)));
  }

  @Override
  public Page<User> list(UserFilter filter, Pagination pagination) {
    return work.read("user.list", sql -> Keyset.page(sql, USER, matching(filter), pagination));
  }

  @Override
  public long count(UserFilter filter) {
    return work.read("user.count", sql -> Keyset.count(sql, USER, matching(filter)));
  }

  @Override
  public User add(String username) {
    String name = Inputs.text("user name", username, MAX_NAME_BYTES);
    return work.write("user.add", sql -> added(sql, ADD, name));
  }

  @Override
  public User addIfAvailable(String username) {
    String name = Inputs.text("user name", username, MAX_NAME_BYTES);
    return work.atomic(
        "user.add_if_available",
        sql -> {
          AdvisoryLock.USERNAME.take(sql, Folding.fold(name));
          return added(sql, ADD_IF_AVAILABLE, name);
        });
  }

  @Override
  public User lock(User user) {
    return work.write("user.lock", sql -> changed(sql, LOCK, user, bind(NOW, work.now())));
  }

  @Override
  public User unlock(User user) {
    return work.write("user.unlock", sql -> changed(sql, UNLOCK, user));
  }

  @Override
  public User deactivate(User user) {
    return work.write(
        "user.deactivate", sql -> changed(sql, DEACTIVATE, user, bind(NOW, work.now())));
  }

  @Override
  public User reactivate(User user) {
    return work.write("user.reactivate", sql -> changed(sql, REACTIVATE, user));
  }

  @Override
  public User setCanRequestAdmin(User user, boolean canRequestAdmin) {
    return work.write(
        "user.set_can_request_admin",
        sql -> changed(sql, SET_CAN_REQUEST_ADMIN, user, bind(ALLOWED, canRequestAdmin)));
  }

  @Override
  public int deleteUnsupportedThreepids(User user) {
    return work.write(
        "user.delete_unsupported_threepids",
        sql -> sql.list(DELETE_UNSUPPORTED_THREEPIDS, bind(ID, user.id())).size());
  }

  @Override
  public void acquireLockForSync(User user) {
    work.write(
        "user.acquire_lock_for_sync",
        sql -> {
          if (!work.keepsLocks()) {
            throw new InvalidStateException(
                USER.aggregate(), user.id(), StateReason.NO_TRANSACTION);
          }
          AdvisoryLock.USER_SYNC.take(sql, user.id().toString());
          return user;
        });
  }

  private User added(Sql sql, Statement<User> statement, String name) {
    Instant now = work.now();
    return sql.find(
            statement,
            bind(ID, work.newId(now)),
            bind(NAME, name),
            bind(FOLDED_NAME, Folding.fold(name)),
            bind(NOW, now))
        .orElseThrow(() -> new ConflictException(ConflictKind.USERNAME_TAKEN));
  }

  private static User changed(Sql sql, Statement<User> change, User user, Bind... values) {
    Bind[] all = Arrays.copyOf(values, values.length + 1);
    all[values.length] = bind(ID, user.id());
    return sql.find(change, all)
        .orElseThrow(() -> new NotFoundException(USER.aggregate(), user.id()));
  }

  private static <V> Statement<User> changing(TableField<Record, V> column, Field<V> value) {
    return new Statement<>(
        update(USERS).set(column, value).where(IS_ADDRESSED).returning(USER.columns()), USER::read);
  }

  private static Bind[] named(String username) {
    return new Bind[] {bind(NAME, username), bind(FOLDED_NAME, Folding.fold(username))};
  }

  private static Condition matching(UserFilter filter) {
    return Conditions.all(
        filter.state().map(PgUserRepository::inState),
        filter.canRequestAdmin().map(wanted -> Conditions.is(USERS.CAN_REQUEST_ADMIN, wanted)),
        filter.guest().map(wanted -> Conditions.is(USERS.IS_GUEST, wanted)),
        filter.search().map(text -> Conditions.containsFolded(USERS.USERNAME_FOLDED, text)),
        filter.activeOauth2SessionForAnyOf().map(PgUserRepository::hasActiveSessionWith),
        filter.hasActiveOauth2Session().map(wanted -> exists(activeOauth2Sessions(), wanted)),
        filter.hasActiveCompatSession().map(wanted -> exists(activeCompatSessions(), wanted)));
  }

  private static Condition hasActiveSessionWith(Set<UUID> clientIds) {
    return Conditions.exists(
        activeOauth2Sessions().and(Conditions.isAmong(OAUTH2_SESSIONS.CLIENT_ID, clientIds)));
  }

  private static Condition exists(Select<?> sessions, boolean wanted) {
    return wanted ? Conditions.exists(sessions) : notExists(sessions);
  }

  private static SelectConditionStep<?> activeOauth2Sessions() {
    return selectOne()
        .from(OAUTH2_SESSIONS)
        .where(OAUTH2_SESSIONS.USER_ID.eq(USERS.ID))
        .and(OAUTH2_SESSIONS.FINISHED_AT.isNull());
  }

  private static SelectConditionStep<?> activeCompatSessions() {
    return selectOne()
        .from(COMPAT_SESSIONS)
        .where(COMPAT_SESSIONS.USER_ID.eq(USERS.ID))
        .and(COMPAT_SESSIONS.FINISHED_AT.isNull());
  }

  private static Condition inState(UserState state) {
    return switch (state) {
      case ACTIVE -> USERS.LOCKED_AT.isNull().and(USERS.DEACTIVATED_AT.isNull());
      case LOCKED -> USERS.LOCKED_AT.isNotNull();
      case DEACTIVATED -> USERS.DEACTIVATED_AT.isNotNull();
    };
  }

  private static User read(Row row) {
    return new User(
        row.get(USERS.ID),
        row.get(USERS.USERNAME),
        row.get(USERS.CREATED_AT),
        row.find(USERS.LOCKED_AT),
        row.find(USERS.DEACTIVATED_AT),
        row.get(USERS.CAN_REQUEST_ADMIN),
        row.get(USERS.IS_GUEST));
  }
}
