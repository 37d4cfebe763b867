package dev.authstore.storage.pg.compat;

import static dev.authstore.storage.pg.compat.CompatProjections.SESSION;
import static dev.authstore.storage.pg.compat.CompatProjections.SESSION_WITH_LOGIN;
import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.internal.Conditions.exists;
import static dev.authstore.storage.pg.internal.Conditions.notExists;
import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.BROWSER_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.COMPAT_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.COMPAT_SSO_LOGINS;
import static dev.authstore.storage.pg.schema.Tables.USERS;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectCount;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.trueCondition;
import static org.jooq.impl.DSL.update;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.Device;
import dev.authstore.model.Ids;
import dev.authstore.model.SessionActivity;
import dev.authstore.model.Texts;
import dev.authstore.model.compat.CompatSession;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.Inputs;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.compat.CompatSessionFilter;
import dev.authstore.storage.compat.CompatSessionParams;
import dev.authstore.storage.compat.CompatSessionRepository;
import dev.authstore.storage.compat.CompatSessionWithLogin;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.page.FinishedSessions;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.compat.CompatSessionCreation.Creation;
import dev.authstore.storage.pg.internal.ActivityBatch;
import dev.authstore.storage.pg.internal.BulkFinish;
import dev.authstore.storage.pg.internal.CleanupByTime;
import dev.authstore.storage.pg.internal.Conditions;
import dev.authstore.storage.pg.internal.Keyset;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.UnitOfWork;
import dev.authstore.storage.pg.user.UserGroup;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Param;
import org.jooq.Record;
import org.jooq.Select;
import org.jooq.TableField;
import org.jooq.impl.SQLDataType;

final class PgCompatSessionRepository implements CompatSessionRepository {
  private static final Param<UUID> ID = param("id", COMPAT_SESSIONS.ID);
  private static final Param<UUID> USER_ID = param("user_id", COMPAT_SESSIONS.USER_ID);
  private static final Param<String> HUMAN_NAME = param("human_name", COMPAT_SESSIONS.HUMAN_NAME);
  private static final Param<String> USER_AGENT = param("user_agent", COMPAT_SESSIONS.USER_AGENT);
  private static final Param<Instant> NOW = param("now", COMPAT_SESSIONS.FINISHED_AT);
  private static final Param<Integer> COUNT = param("count", SQLDataType.INTEGER);

  private static final Condition IS_ADDRESSED = COMPAT_SESSIONS.ID.eq(ID);
  private static final Condition IS_ACTIVE = COMPAT_SESSIONS.FINISHED_AT.isNull();

  private static final Statement<CompatSession> LOOKUP = SESSION.where(IS_ADDRESSED);
  private static final Statement<Optional<CompatSession>> FINISH = finishing();
  private static final Statement<CompatSession> FINISH_LEAST_RECENTLY_USED =
      finishingLeastRecentlyUsed();
  private static final Statement<CompatSession> RECORD_USER_AGENT =
      setting(COMPAT_SESSIONS.USER_AGENT, USER_AGENT);
  private static final Statement<CompatSession> SET_HUMAN_NAME =
      setting(COMPAT_SESSIONS.HUMAN_NAME, HUMAN_NAME);

  private static final Statement<UUID> LOCK_USER =
      new Statement<>(
          select(USERS.ID).from(USERS).where(USERS.ID.eq(USER_ID)).forNoKeyUpdate(),
          row -> row.get(0, UUID.class));

  private static final BulkFinish FINISHING =
      new BulkFinish(COMPAT_SESSIONS.ID, COMPAT_SESSIONS.USER_ID, COMPAT_SESSIONS.FINISHED_AT);

  private static final ActivityBatch ACTIVITY =
      new ActivityBatch(
          COMPAT_SESSIONS.ID, COMPAT_SESSIONS.LAST_ACTIVE_AT, COMPAT_SESSIONS.LAST_ACTIVE_IP);

  private static final CleanupByTime FINISHED =
      CleanupByTime.deleting(COMPAT_SESSIONS.ID, COMPAT_SESSIONS.FINISHED_AT, noCondition());

  private static final CleanupByTime INACTIVE_IPS =
      CleanupByTime.erasingIps(
          COMPAT_SESSIONS.ID,
          COMPAT_SESSIONS.LAST_ACTIVE_AT,
          COMPAT_SESSIONS.LAST_ACTIVE_IP,
          COMPAT_SESSIONS.IP_DAY);

  private final UnitOfWork work;

  PgCompatSessionRepository(UnitOfWork work) {
    this.work = work;
  }

  @Override
  public Optional<CompatSession> lookup(UUID id) {
    return work.read("compat_session.lookup", sql -> sql.find(LOOKUP, bind(ID, id)));
  }

  @Override
  public Page<CompatSessionWithLogin> list(CompatSessionFilter filter, Pagination pagination) {
    return work.read(
        "compat_session.list",
        sql -> Keyset.page(sql, SESSION_WITH_LOGIN, matching(filter), pagination));
  }

  @Override
  public long count(CompatSessionFilter filter) {
    return work.read("compat_session.count", sql -> Keyset.count(sql, SESSION, matching(filter)));
  }

  @Override
  public CompatSession add(User user, CompatSessionParams params) {
    Optional<BrowserSession> browserSession = params.browserSession();
    if (browserSession.isPresent() && !browserSession.get().user().id().equals(user.id())) {
      throw new InvalidInputException("the browser session is another user's");
    }
    Creation creation =
        work.write(
            "compat_session.add",
            sql -> {
              Instant now = work.now();
              return sql.find(
                      CompatSessionCreation.ADD,
                      CompatSessionCreation.values(work.newId(now), user, params, now))
                  .orElseThrow(() -> gone(user));
            });
    return creation.session().orElseThrow(() -> refusal(creation, user, browserSession));
  }

  @Override
  public CompatSession finish(CompatSession session) {
    return work.write(
            "compat_session.finish",
            sql -> sql.find(FINISH, bind(ID, session.id()), bind(NOW, work.now())))
        .orElseThrow(() -> gone(session))
        .orElseThrow(
            () ->
                new InvalidStateException(
                    SESSION.aggregate(), session.id(), StateReason.SESSION_FINISHED));
  }

  @Override
  public int finishBulk(CompatSessionFilter filter) {
    return work.write(
        "compat_session.finish_bulk", sql -> FINISHING.all(sql, matching(filter), work.now()));
  }

  @Override
  public FinishedSessions finishBatch(CompatSessionFilter filter, int limit) {
    return work.write(
        "compat_session.finish_batch",
        sql -> FINISHING.batch(sql, matching(filter), limit, work.now()));
  }

  @Override
  public List<CompatSession> finishLeastRecentlyUsed(User user, int count) {
    Inputs.range("count", count, 1, Integer.MAX_VALUE);
    return work.atomic(
        "compat_session.finish_least_recently_used",
        sql -> {
          // As every login does, so that none comes between, and in the same order.
          UUID owner = sql.find(LOCK_USER, bind(USER_ID, user.id())).orElseThrow(() -> gone(user));
          return sql
              .list(
                  FINISH_LEAST_RECENTLY_USED,
                  bind(USER_ID, owner),
                  bind(COUNT, count),
                  bind(NOW, work.now()))
              .stream()
              .sorted(Comparator.comparing(CompatSession::id, Ids.UNSIGNED_ORDER))
              .toList();
        });
  }

  @Override
  public int recordBatchActivity(Collection<SessionActivity> activity) {
    return work.atomic(
        "compat_session.record_batch_activity", sql -> ACTIVITY.record(sql, activity));
  }

  @Override
  public CompatSession recordUserAgent(CompatSession session, String userAgent) {
    return work.write(
            "compat_session.record_user_agent",
            sql ->
                sql.find(
                    RECORD_USER_AGENT,
                    bind(ID, session.id()),
                    bind(USER_AGENT, Texts.advisory(userAgent))))
        .orElseThrow(() -> gone(session));
  }

  @Override
  public CompatSession setHumanName(CompatSession session, Optional<String> humanName) {
    Optional<String> wanted =
        humanName.map(
            text -> Inputs.text("human name", text, CompatSessionParams.MAX_HUMAN_NAME_BYTES));
    return work.write(
            "compat_session.set_human_name",
            sql ->
                sql.find(
                    SET_HUMAN_NAME, bind(ID, session.id()), bind(HUMAN_NAME, wanted.orElse(null))))
        .orElseThrow(() -> gone(session));
  }

  @Override
  public CleanupResult<Instant> cleanupFinished(Optional<Instant> since, Instant until, int limit) {
    return work.write(
        "compat_session.cleanup_finished",
        sql -> FINISHED.run(sql, since, until, limit, work.now()));
  }

  @Override
  public CleanupResult<Instant> cleanupInactiveIps(
      Optional<Instant> since, Instant threshold, int limit) {
    return work.write(
        "compat_session.cleanup_inactive_ips",
        sql -> INACTIVE_IPS.run(sql, since, threshold, limit, work.now()));
  }

  // Judged as it is behind the lock: empty if it has ended.
  private static Statement<Optional<CompatSession>> finishing() {
    CommonTableExpression<?> locked =
        name("locked")
            .as(
                select(COMPAT_SESSIONS.ID, COMPAT_SESSIONS.FINISHED_AT)
                    .from(COMPAT_SESSIONS)
                    .where(IS_ADDRESSED)
                    .forNoKeyUpdate());
    CommonTableExpression<?> finished =
        name("finished")
            .as(
                update(COMPAT_SESSIONS)
                    .set(COMPAT_SESSIONS.FINISHED_AT, NOW)
                    .from(locked)
                    .where(COMPAT_SESSIONS.ID.eq(columnOf(locked, COMPAT_SESSIONS.ID)))
                    .and(columnOf(locked, COMPAT_SESSIONS.FINISHED_AT).isNull())
                    .returning(SESSION.columns()));
    return new Statement<>(
        with(locked)
            .with(finished)
            .select(SESSION.ownColumns(finished))
            .from(locked)
            .leftJoin(finished)
            .on(trueCondition()),
        row -> SESSION.optional(row, 0));
  }

  // All are locked, in the order of ids as everywhere, and those to end are chosen from what they
  // are then.
  private static Statement<CompatSession> finishingLeastRecentlyUsed() {
    CommonTableExpression<?> locked =
        name("locked")
            .as(
                select(
                        COMPAT_SESSIONS.ID,
                        COMPAT_SESSIONS.CREATED_AT,
                        COMPAT_SESSIONS.LAST_ACTIVE_AT)
                    .from(COMPAT_SESSIONS)
                    .where(COMPAT_SESSIONS.USER_ID.eq(USER_ID))
                    .and(IS_ACTIVE)
                    .orderBy(COMPAT_SESSIONS.ID)
                    .forNoKeyUpdate());
    CommonTableExpression<?> chosen =
        name("chosen")
            .as(
                select(columnOf(locked, COMPAT_SESSIONS.ID))
                    .from(locked)
                    .orderBy(
                        columnOf(locked, COMPAT_SESSIONS.LAST_ACTIVE_AT).asc().nullsFirst(),
                        columnOf(locked, COMPAT_SESSIONS.CREATED_AT).asc(),
                        columnOf(locked, COMPAT_SESSIONS.ID).asc())
                    .limit(COUNT));
    return new Statement<>(
        with(locked)
            .with(chosen)
            .update(COMPAT_SESSIONS)
            .set(COMPAT_SESSIONS.FINISHED_AT, NOW)
            .where(Conditions.among(COMPAT_SESSIONS.ID, chosen))
            .and(selectCount().from(chosen).asField().eq(COUNT))
            .returning(SESSION.columns()),
        SESSION::read);
  }

  private static <V> Statement<CompatSession> setting(
      TableField<Record, V> column, Field<V> value) {
    return new Statement<>(
        update(COMPAT_SESSIONS).set(column, value).where(IS_ADDRESSED).returning(SESSION.columns()),
        SESSION::read);
  }

  static Condition matching(CompatSessionFilter filter) {
    return Conditions.all(
        filter.user().map(COMPAT_SESSIONS.USER_ID::eq),
        filter.device().map(Device::id).map(COMPAT_SESSIONS.DEVICE_ID::eq),
        filter.browserSession().map(COMPAT_SESSIONS.BROWSER_SESSION_ID::eq),
        filter
            .browserSessions()
            .map(
                nested ->
                    exists(
                        selectOne()
                            .from(BROWSER_SESSIONS)
                            .where(BROWSER_SESSIONS.ID.eq(COMPAT_SESSIONS.BROWSER_SESSION_ID))
                            .and(UserGroup.matching(nested)))),
        filter.active().map(wanted -> Conditions.present(COMPAT_SESSIONS.FINISHED_AT, !wanted)),
        filter.hasSsoLogin().map(wanted -> wanted ? exists(ssoLogin()) : notExists(ssoLogin())),
        filter.created().map(range -> Conditions.createdWithin(COMPAT_SESSIONS.ID, range)),
        filter
            .lastActive()
            .map(
                range ->
                    Conditions.lastActiveWithin(
                        COMPAT_SESSIONS.ACTIVE_DAY, COMPAT_SESSIONS.LAST_ACTIVE_AT, range)),
        filter
            .inactiveSince()
            .map(
                instant ->
                    Conditions.inactiveSince(
                        COMPAT_SESSIONS.ACTIVE_DAY,
                        COMPAT_SESSIONS.LAST_ACTIVE_AT,
                        COMPAT_SESSIONS.CREATED_AT,
                        instant)));
  }

  private static Select<?> ssoLogin() {
    return selectOne()
        .from(COMPAT_SSO_LOGINS)
        .where(COMPAT_SSO_LOGINS.SESSION_ID.eq(COMPAT_SESSIONS.ID));
  }

  private static StorageException refusal(
      Creation creation, User user, Optional<BrowserSession> browserSession) {
    if (!creation.user().isValidActor()) {
      return new InvalidStateException(
          UserGroup.user().aggregate(), user.id(), StateReason.USER_DEACTIVATED);
    }
    if (browserSession.isEmpty() || creation.browserSessionIsActive()) {
      return new ConflictException(ConflictKind.DEVICE_TAKEN);
    }
    String aggregate = UserGroup.browserSession().aggregate();
    UUID id = browserSession.get().id();
    return creation.browserSessionExists()
        ? new InvalidStateException(aggregate, id, StateReason.SESSION_FINISHED)
        : new NotFoundException(aggregate, id);
  }

  private static NotFoundException gone(User user) {
    return new NotFoundException(UserGroup.user().aggregate(), user.id());
  }

  private static NotFoundException gone(CompatSession session) {
    return new NotFoundException(SESSION.aggregate(), session.id());
  }
}
