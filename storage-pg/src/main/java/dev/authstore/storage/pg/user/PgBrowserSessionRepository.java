package dev.authstore.storage.pg.user;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.internal.Conditions.exists;
import static dev.authstore.storage.pg.internal.Conditions.notExists;
import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.BROWSER_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.COMPAT_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.USERS;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.insertInto;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.trueCondition;
import static org.jooq.impl.DSL.update;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.Addresses;
import dev.authstore.model.SessionActivity;
import dev.authstore.model.Texts;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSession;
import dev.authstore.model.user.Authentication;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.BrowserSessionStage;
import dev.authstore.model.user.Password;
import dev.authstore.model.user.User;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.page.FinishedSessions;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.internal.ActivityBatch;
import dev.authstore.storage.pg.internal.BulkFinish;
import dev.authstore.storage.pg.internal.CleanupByTime;
import dev.authstore.storage.pg.internal.Conditions;
import dev.authstore.storage.pg.internal.Keyset;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.Row;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.UnitOfWork;
import dev.authstore.storage.pg.upstream.UpstreamGroup;
import dev.authstore.storage.pg.user.BrowserSessionAuthentications.Verdict;
import dev.authstore.storage.user.BrowserSessionFilter;
import dev.authstore.storage.user.BrowserSessionRepository;
import dev.authstore.storage.user.LoggedIn;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Param;
import org.jooq.Select;
import org.jooq.TableField;

final class PgBrowserSessionRepository implements BrowserSessionRepository {
  static final Projection<BrowserSession> SESSION =
      Projection.of(
              "browser_session",
              BROWSER_SESSIONS.ID,
              PgBrowserSessionRepository::read,
              BROWSER_SESSIONS.CREATED_AT,
              BROWSER_SESSIONS.FINISHED_AT,
              BROWSER_SESSIONS.USER_AGENT,
              BROWSER_SESSIONS.LAST_ACTIVE_AT,
              BROWSER_SESSIONS.LAST_ACTIVE_IP)
          .joining(PgUserRepository.USER, USERS.ID.eq(BROWSER_SESSIONS.USER_ID));

  private static final Param<UUID> ID = param("id", BROWSER_SESSIONS.ID);
  private static final Param<UUID> USER_ID = param("user_id", BROWSER_SESSIONS.USER_ID);
  private static final Param<String> USER_AGENT = param("user_agent", BROWSER_SESSIONS.USER_AGENT);
  private static final Param<Instant> NOW = param("now", BROWSER_SESSIONS.CREATED_AT);
  private static final Condition IS_ADDRESSED = BROWSER_SESSIONS.ID.eq(ID);
  private static final Statement<BrowserSession> LOOKUP = SESSION.where(IS_ADDRESSED);

  private static final Statement<Creation> ADD = add();

  private static final Statement<BrowserSession> FINISH =
      new Statement<>(
          update(BROWSER_SESSIONS)
              .set(BROWSER_SESSIONS.FINISHED_AT, coalesce(BROWSER_SESSIONS.FINISHED_AT, NOW))
              .from(USERS)
              .where(IS_ADDRESSED)
              .and(USERS.ID.eq(BROWSER_SESSIONS.USER_ID))
              .returning(SESSION.columns()),
          SESSION::read);

  private static final BulkFinish FINISHING =
      new BulkFinish(BROWSER_SESSIONS.ID, BROWSER_SESSIONS.USER_ID, BROWSER_SESSIONS.FINISHED_AT);

  private static final ActivityBatch ACTIVITY =
      new ActivityBatch(
          BROWSER_SESSIONS.ID, BROWSER_SESSIONS.LAST_ACTIVE_AT, BROWSER_SESSIONS.LAST_ACTIVE_IP);

  // A provider's logout finds those that were started from it through the session, so it stays as
  // long as they do. None can be started from a finished one: no look at them is ever outdated.
  private static final CleanupByTime FINISHED =
      CleanupByTime.deleting(
          BROWSER_SESSIONS.ID,
          BROWSER_SESSIONS.FINISHED_AT,
          notExists(startedFromIt(OAUTH2_SESSIONS.BROWSER_SESSION_ID))
              .and(notExists(startedFromIt(COMPAT_SESSIONS.BROWSER_SESSION_ID))));

  private static final CleanupByTime INACTIVE_IPS =
      CleanupByTime.erasingIps(
          BROWSER_SESSIONS.ID,
          BROWSER_SESSIONS.LAST_ACTIVE_AT,
          BROWSER_SESSIONS.LAST_ACTIVE_IP,
          BROWSER_SESSIONS.IP_DAY);

  private final UnitOfWork work;

  PgBrowserSessionRepository(UnitOfWork work) {
    this.work = work;
  }

  @Override
  public Optional<BrowserSession> lookup(UUID id) {
    return work.read("browser_session.lookup", sql -> sql.find(LOOKUP, bind(ID, id)));
  }

  @Override
  public Page<BrowserSession> list(BrowserSessionFilter filter, Pagination pagination) {
    return work.read(
        "browser_session.list", sql -> Keyset.page(sql, SESSION, matching(filter), pagination));
  }

  @Override
  public long count(BrowserSessionFilter filter) {
    return work.read("browser_session.count", sql -> Keyset.count(sql, SESSION, matching(filter)));
  }

  @Override
  public BrowserSession add(User user, Optional<String> userAgent) {
    Creation creation =
        work.write(
            "browser_session.add",
            sql -> {
              Instant now = work.now();
              return sql.find(
                      ADD,
                      bind(ID, work.newId(now)),
                      bind(USER_ID, user.id()),
                      bind(USER_AGENT, userAgent.map(Texts::advisory).orElse(null)),
                      bind(NOW, now))
                  .orElseThrow(
                      () -> new NotFoundException(PgUserRepository.USER.aggregate(), user.id()));
            });
    return creation.session().orElseThrow(() -> refusedBy(creation.user()));
  }

  @Override
  public LoggedIn login(User user, Password password, Optional<String> userAgent) {
    if (!password.userId().equals(user.id())) {
      throw new InvalidInputException("the password is another user's");
    }
    PasswordLogin.Attempt attempt =
        work.write(
            "browser_session.login",
            sql -> {
              Instant now = work.now();
              return sql.find(
                      PasswordLogin.LOGIN,
                      bind(PasswordLogin.SESSION_ID, work.newId(now)),
                      bind(PasswordLogin.AUTHENTICATION_ID, work.newId(now)),
                      bind(PasswordLogin.USER_ID, user.id()),
                      bind(PasswordLogin.PASSWORD_ID, password.id()),
                      bind(PasswordLogin.USER_AGENT, userAgent.map(Texts::advisory).orElse(null)),
                      bind(PasswordLogin.NOW, now))
                  .orElseThrow(
                      () -> new NotFoundException(PgUserRepository.USER.aggregate(), user.id()));
            });
    return attempt.loggedIn().orElseThrow(() -> refusedBy(attempt, password));
  }

  @Override
  public BrowserSession finish(BrowserSession session) {
    return work.write(
            "browser_session.finish",
            sql -> sql.find(FINISH, bind(ID, session.id()), bind(NOW, work.now())))
        .orElseThrow(() -> gone(session));
  }

  @Override
  public int finishBulk(BrowserSessionFilter filter) {
    return work.write(
        "browser_session.finish_bulk", sql -> FINISHING.all(sql, matching(filter), work.now()));
  }

  @Override
  public FinishedSessions finishBatch(BrowserSessionFilter filter, int limit) {
    return work.write(
        "browser_session.finish_batch",
        sql -> FINISHING.batch(sql, matching(filter), limit, work.now()));
  }

  @Override
  public Authentication authenticateWithPassword(BrowserSession session, Password password) {
    if (!password.userId().equals(session.user().id())) {
      throw new InvalidInputException("the password is another user's");
    }
    Verdict verdict =
        authenticate(
            "browser_session.authenticate_with_password",
            BrowserSessionAuthentications.WITH_PASSWORD,
            session,
            password.id());
    return verdict
        .created()
        .orElseThrow(
            () ->
                verdict.proofExists()
                    ? new InvalidStateException(
                        SESSION.aggregate(), session.id(), StateReason.WRONG_USER)
                    : new NotFoundException("user_password", password.id()));
  }

  @Override
  public Authentication authenticateWithUpstream(
      BrowserSession session, UpstreamOAuthAuthorizationSession upstreamSession) {
    Verdict verdict =
        authenticate(
            "browser_session.authenticate_with_upstream",
            BrowserSessionAuthentications.WITH_UPSTREAM,
            session,
            upstreamSession.id());
    return verdict
        .created()
        .orElseThrow(
            () ->
                verdict.proofExists()
                    ? new ConflictException(ConflictKind.UPSTREAM_SESSION_USED)
                    : new NotFoundException(
                        "upstream_oauth_authorization_session", upstreamSession.id()));
  }

  @Override
  public Optional<Authentication> getLastAuthentication(BrowserSession session) {
    return work.read(
        "browser_session.get_last_authentication",
        sql ->
            sql.find(
                BrowserSessionAuthentications.LAST,
                bind(BrowserSessionAuthentications.SESSION_ID, session.id())));
  }

  @Override
  public int recordBatchActivity(Collection<SessionActivity> activity) {
    return work.atomic(
        "browser_session.record_batch_activity", sql -> ACTIVITY.record(sql, activity));
  }

  @Override
  public CleanupResult<Instant> cleanupFinished(Optional<Instant> since, Instant until, int limit) {
    return work.write(
        "browser_session.cleanup_finished",
        sql -> FINISHED.run(sql, since, until, limit, work.now()));
  }

  @Override
  public CleanupResult<Instant> cleanupInactiveIps(
      Optional<Instant> since, Instant threshold, int limit) {
    return work.write(
        "browser_session.cleanup_inactive_ips",
        sql -> INACTIVE_IPS.run(sql, since, threshold, limit, work.now()));
  }

  /**
   * What came of adding a session: the account as it is stored, and the session unless the account
   * refused it.
   */
  private record Creation(User user, Optional<BrowserSession> session) {}

  // Locking the account first: a deactivation either is seen here, or sees the new session when it
  // ends all of them.
  private static Statement<Creation> add() {
    CommonTableExpression<?> parent =
        name("parent")
            .as(
                select(PgUserRepository.USER.columns())
                    .from(USERS)
                    .where(USERS.ID.eq(USER_ID))
                    .forNoKeyUpdate());
    CommonTableExpression<?> created =
        name("created")
            .as(
                insertInto(
                        BROWSER_SESSIONS,
                        BROWSER_SESSIONS.ID,
                        BROWSER_SESSIONS.USER_ID,
                        BROWSER_SESSIONS.USER_AGENT,
                        BROWSER_SESSIONS.CREATED_AT)
                    .select(
                        select(ID, columnOf(parent, USERS.ID), USER_AGENT, NOW)
                            .from(parent)
                            .where(columnOf(parent, USERS.LOCKED_AT).isNull())
                            .and(columnOf(parent, USERS.DEACTIVATED_AT).isNull()))
                    .returning(SESSION.ownColumns()));
    int users = SESSION.ownColumns().size();
    return new Statement<>(
        with(parent)
            .with(created)
            .select(SESSION.ownColumns(created))
            .select(PgUserRepository.USER.ownColumns(parent))
            .from(parent)
            .leftJoin(created)
            .on(trueCondition()),
        row -> new Creation(PgUserRepository.USER.read(row, users), SESSION.optional(row, 0)));
  }

  /** Refuses what the session forbids; what the proof forbids is left to the caller. */
  private Verdict authenticate(
      String operation, Statement<Verdict> statement, BrowserSession session, UUID proofId) {
    return work.write(
        operation,
        sql -> {
          Instant now = work.now();
          Verdict verdict =
              sql.get(
                  statement,
                  bind(BrowserSessionAuthentications.SESSION_ID, session.id()),
                  bind(BrowserSessionAuthentications.PROOF_ID, proofId),
                  bind(BrowserSessionAuthentications.ID, work.newId(now)),
                  bind(BrowserSessionAuthentications.NOW, now));
          if (!verdict.sessionExists()) {
            throw gone(session);
          }
          if (verdict.sessionFinished()) {
            throw new InvalidStateException(
                SESSION.aggregate(), session.id(), StateReason.SESSION_FINISHED);
          }
          return verdict;
        });
  }

  static Condition matching(BrowserSessionFilter filter) {
    return Conditions.all(
        filter.user().map(BROWSER_SESSIONS.USER_ID::eq),
        filter.active().map(wanted -> Conditions.present(BROWSER_SESSIONS.FINISHED_AT, !wanted)),
        filter.created().map(range -> Conditions.createdWithin(BROWSER_SESSIONS.ID, range)),
        filter
            .lastActive()
            .map(
                range ->
                    Conditions.lastActiveWithin(
                        BROWSER_SESSIONS.ACTIVE_DAY, BROWSER_SESSIONS.LAST_ACTIVE_AT, range)),
        filter
            .inactiveSince()
            .map(
                instant ->
                    Conditions.inactiveSince(
                        BROWSER_SESSIONS.ACTIVE_DAY,
                        BROWSER_SESSIONS.LAST_ACTIVE_AT,
                        BROWSER_SESSIONS.CREATED_AT,
                        instant)),
        filter
            .linkedToUpstreamSessions()
            .map(
                nested ->
                    exists(
                        selectOne()
                            .from(UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS)
                            .where(
                                UPSTREAM_OAUTH_AUTHORIZATION_SESSIONS.BROWSER_SESSION_ID.eq(
                                    BROWSER_SESSIONS.ID))
                            .and(UpstreamGroup.matching(nested)))));
  }

  private static Select<?> startedFromIt(TableField<?, UUID> browserSessionId) {
    return selectOne()
        .from(Projection.tableOf(browserSessionId))
        .where(browserSessionId.eq(BROWSER_SESSIONS.ID));
  }

  // The password first: that an account is locked is told only to somebody who knows it.
  private static StorageException refusedBy(PasswordLogin.Attempt attempt, Password password) {
    if (!attempt.passwordExists()) {
      return new NotFoundException(PgUserPasswordRepository.PASSWORD.aggregate(), password.id());
    }
    if (!attempt.passwordIsOfUser()) {
      return new InvalidStateException(
          PgUserPasswordRepository.PASSWORD.aggregate(), password.id(), StateReason.WRONG_USER);
    }
    return attempt.passwordIsActive()
        ? refusedBy(attempt.user())
        : new ConflictException(ConflictKind.PASSWORD_SUPERSEDED);
  }

  private static InvalidStateException refusedBy(User user) {
    return new InvalidStateException(
        PgUserRepository.USER.aggregate(),
        user.id(),
        user.isValidActor() ? StateReason.USER_LOCKED : StateReason.USER_DEACTIVATED);
  }

  private static NotFoundException gone(BrowserSession session) {
    return new NotFoundException(SESSION.aggregate(), session.id());
  }

  private static BrowserSession read(Row row) {
    BrowserSessionStage stage =
        row.find(BROWSER_SESSIONS.FINISHED_AT)
            .<BrowserSessionStage>map(BrowserSessionStage.Finished::new)
            .orElseGet(BrowserSessionStage.Active::new);
    return new BrowserSession(
        row.get(BROWSER_SESSIONS.ID),
        row.joined(PgUserRepository.USER),
        row.get(BROWSER_SESSIONS.CREATED_AT),
        stage,
        row.find(BROWSER_SESSIONS.USER_AGENT),
        row.find(BROWSER_SESSIONS.LAST_ACTIVE_AT),
        row.findDecoded(BROWSER_SESSIONS.LAST_ACTIVE_IP, Addresses::parse));
  }
}
