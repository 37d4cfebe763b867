package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_SESSIONS;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.trueCondition;
import static org.jooq.impl.DSL.update;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.Scope;
import dev.authstore.model.SessionActivity;
import dev.authstore.model.Texts;
import dev.authstore.model.TokenDigest;
import dev.authstore.model.TokenKind;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.Inputs;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.oauth2.NewTokens;
import dev.authstore.storage.oauth2.OAuth2SessionFilter;
import dev.authstore.storage.oauth2.OAuth2SessionRepository;
import dev.authstore.storage.oauth2.StartedSession;
import dev.authstore.storage.oauth2.TokenRevocation;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.page.CountedPage;
import dev.authstore.storage.page.FinishedSessions;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.internal.ActivityBatch;
import dev.authstore.storage.pg.internal.BulkFinish;
import dev.authstore.storage.pg.internal.CleanupByTime;
import dev.authstore.storage.pg.internal.Conditions;
import dev.authstore.storage.pg.internal.Keyset;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.UnitOfWork;
import dev.authstore.storage.pg.user.UserGroup;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Param;
import org.jooq.Record;
import org.jooq.TableField;
import org.jspecify.annotations.Nullable;

final class PgOAuth2SessionRepository implements OAuth2SessionRepository {
  private static final Projection<OAuth2Session> SESSION = OAuth2Projections.SESSION;
  private static final int MAX_NAME_BYTES = 512;

  private static final Param<UUID> ID = param("id", OAUTH2_SESSIONS.ID);
  private static final Param<Instant> NOW = param("now", OAUTH2_SESSIONS.FINISHED_AT);
  private static final Param<String> TEXT = param("text", OAUTH2_SESSIONS.USER_AGENT);

  private static final Condition IS_ADDRESSED = OAUTH2_SESSIONS.ID.eq(ID);
  private static final Condition IS_ACTIVE = OAUTH2_SESSIONS.FINISHED_AT.isNull();

  private static final Statement<OAuth2Session> LOOKUP = SESSION.where(IS_ADDRESSED);

  private static final Statement<Ending> FINISH = finish();

  private static final Statement<UUID> FINISH_IF_ACTIVE =
      new Statement<>(
          update(OAUTH2_SESSIONS)
              .set(OAUTH2_SESSIONS.FINISHED_AT, NOW)
              .where(IS_ADDRESSED)
              .and(IS_ACTIVE)
              .returning(OAUTH2_SESSIONS.ID),
          row -> row.get(0, UUID.class));

  private static final Statement<OAuth2Session> RECORD_USER_AGENT =
      setting(OAUTH2_SESSIONS.USER_AGENT);
  private static final Statement<OAuth2Session> SET_HUMAN_NAME =
      setting(OAUTH2_SESSIONS.HUMAN_NAME);

  private static final BulkFinish FINISHING =
      new BulkFinish(OAUTH2_SESSIONS.ID, OAUTH2_SESSIONS.USER_ID, OAUTH2_SESSIONS.FINISHED_AT);

  private static final ActivityBatch ACTIVITY =
      new ActivityBatch(
          OAUTH2_SESSIONS.ID, OAUTH2_SESSIONS.LAST_ACTIVE_AT, OAUTH2_SESSIONS.LAST_ACTIVE_IP);

  private static final CleanupByTime FINISHED =
      CleanupByTime.deleting(OAUTH2_SESSIONS.ID, OAUTH2_SESSIONS.FINISHED_AT, noCondition());

  private static final CleanupByTime INACTIVE_IPS =
      CleanupByTime.erasingIps(
          OAUTH2_SESSIONS.ID,
          OAUTH2_SESSIONS.LAST_ACTIVE_AT,
          OAUTH2_SESSIONS.LAST_ACTIVE_IP,
          OAUTH2_SESSIONS.IP_DAY);

  private final UnitOfWork work;

  PgOAuth2SessionRepository(UnitOfWork work) {
    this.work = work;
  }

  @Override
  public Optional<OAuth2Session> lookup(UUID id) {
    return work.read("oauth2_session.lookup", sql -> sql.find(LOOKUP, bind(ID, id)));
  }

  @Override
  public Page<OAuth2Session> list(OAuth2SessionFilter filter, Pagination pagination) {
    return work.read(
        "oauth2_session.list",
        sql -> Keyset.page(sql, SESSION, OAuth2SessionConditions.matching(filter), pagination));
  }

  @Override
  public long count(OAuth2SessionFilter filter) {
    return work.read(
        "oauth2_session.count",
        sql -> Keyset.count(sql, SESSION, OAuth2SessionConditions.matching(filter)));
  }

  @Override
  public CountedPage<OAuth2Session> listWithCount(
      OAuth2SessionFilter filter, Pagination pagination) {
    return work.read(
        "oauth2_session.list_with_count",
        sql ->
            Keyset.countedPage(sql, SESSION, OAuth2SessionConditions.matching(filter), pagination));
  }

  @Override
  public OAuth2Session add(
      OAuth2Client client,
      Optional<User> user,
      Optional<BrowserSession> browserSession,
      Scope scope,
      Optional<String> userAgent) {
    return add("oauth2_session.add", client, new Origin(user, browserSession), scope, userAgent);
  }

  @Override
  public OAuth2Session addFromBrowserSession(
      OAuth2Client client, BrowserSession browserSession, Scope scope, Optional<String> userAgent) {
    return add(
        "oauth2_session.add_from_browser_session",
        client,
        new Origin(Optional.of(browserSession.user()), Optional.of(browserSession)),
        scope,
        userAgent);
  }

  @Override
  public OAuth2Session addFromClientCredentials(
      OAuth2Client client, Scope scope, Optional<String> userAgent) {
    return add(
        "oauth2_session.add_from_client_credentials",
        client,
        new Origin(Optional.empty(), Optional.empty()),
        scope,
        userAgent);
  }

  @Override
  public StartedSession startClientCredentials(
      OAuth2Client client,
      Scope scope,
      String accessToken,
      Optional<Duration> expiresAfter,
      Optional<String> userAgent) {
    NewTokens tokens = new NewTokens(accessToken, expiresAfter, Optional.empty());
    return work.write(
        "oauth2_session.start_client_credentials",
        sql -> {
          Instant now = work.now();
          return sql.find(
                  OAuth2SessionCreation.START,
                  SessionStart.values(
                      work,
                      now,
                      tokens,
                      userAgent,
                      bind(OAuth2SessionCreation.CLIENT_ID, client.id()),
                      bind(OAuth2SessionCreation.SCOPE, Conditions.texts(scope.tokens()))))
              .orElseThrow(() -> gone(client));
        });
  }

  @Override
  public OAuth2Session finish(OAuth2Session session) {
    return work.write(
        "oauth2_session.finish",
        sql ->
            sql.find(FINISH, bind(ID, session.id()), bind(NOW, work.now()))
                .orElseThrow(() -> gone(session))
                .ended()
                .orElseThrow(
                    () ->
                        new InvalidStateException(
                            SESSION.aggregate(), session.id(), StateReason.SESSION_FINISHED)));
  }

  @Override
  public boolean finishIfActive(UUID sessionId) {
    return work.<Optional<UUID>>write(
            "oauth2_session.finish_if_active",
            sql -> sql.find(FINISH_IF_ACTIVE, bind(ID, sessionId), bind(NOW, work.now())))
        .isPresent();
  }

  @Override
  public int finishBulk(OAuth2SessionFilter filter) {
    return work.write(
        "oauth2_session.finish_bulk",
        sql -> FINISHING.all(sql, OAuth2SessionConditions.matching(filter), work.now()));
  }

  @Override
  public FinishedSessions finishBatch(OAuth2SessionFilter filter, int limit) {
    return work.write(
        "oauth2_session.finish_batch",
        sql -> FINISHING.batch(sql, OAuth2SessionConditions.matching(filter), limit, work.now()));
  }

  @Override
  public TokenRevocation finishByToken(OAuth2Client client, String token, TokenKind kind) {
    Statement<TokenRevocation> byToken = OAuth2SessionRevocation.BY_TOKEN.get(kind);
    if (byToken == null || !kind.accepts(token)) {
      return new TokenRevocation.Unknown();
    }
    return work.write(
        "oauth2_session.finish_by_token",
        sql ->
            sql.find(
                    byToken,
                    bind(OAuth2SessionRevocation.CLIENT_ID, client.id()),
                    bind(OAuth2SessionRevocation.TOKEN, TokenDigest.of(token)),
                    bind(OAuth2SessionRevocation.NOW, work.now()))
                .orElseGet(TokenRevocation.Unknown::new));
  }

  @Override
  public int recordBatchActivity(Collection<SessionActivity> activity) {
    return work.atomic(
        "oauth2_session.record_batch_activity", sql -> ACTIVITY.record(sql, activity));
  }

  @Override
  public OAuth2Session recordUserAgent(OAuth2Session session, String userAgent) {
    return set(
        "oauth2_session.record_user_agent",
        RECORD_USER_AGENT,
        session,
        Optional.of(Texts.advisory(userAgent)));
  }

  @Override
  public OAuth2Session setHumanName(OAuth2Session session, Optional<String> humanName) {
    humanName.ifPresent(text -> Inputs.text("human name", text, MAX_NAME_BYTES));
    return set("oauth2_session.set_human_name", SET_HUMAN_NAME, session, humanName);
  }

  @Override
  public CleanupResult<Instant> cleanupFinished(Optional<Instant> since, Instant until, int limit) {
    return work.write(
        "oauth2_session.cleanup_finished",
        sql -> FINISHED.run(sql, since, until, limit, work.now()));
  }

  @Override
  public CleanupResult<Instant> cleanupInactiveIps(
      Optional<Instant> since, Instant threshold, int limit) {
    return work.write(
        "oauth2_session.cleanup_inactive_ips",
        sql -> INACTIVE_IPS.run(sql, since, threshold, limit, work.now()));
  }

  /** Who has approved a session, and where. */
  private record Origin(Optional<User> user, Optional<BrowserSession> browserSession) {

    Origin {
      if (browserSession.isPresent()
          && !browserSession.map(BrowserSession::user).map(User::id).equals(user.map(User::id))) {
        throw new InvalidInputException("the browser session is not the user's");
      }
    }
  }

  /** What came of ending a session that exists: the session, unless it had ended before. */
  private record Ending(Optional<OAuth2Session> ended) {}

  private OAuth2Session add(
      String operation,
      OAuth2Client client,
      Origin origin,
      Scope scope,
      Optional<String> userAgent) {
    OAuth2SessionCreation.Verdict verdict =
        work.write(
            operation,
            sql -> {
              Instant now = work.now();
              return sql.get(
                  OAuth2SessionCreation.ADD,
                  bind(OAuth2SessionCreation.SESSION_ID, work.newId(now)),
                  bind(OAuth2SessionCreation.CLIENT_ID, client.id()),
                  bind(OAuth2SessionCreation.USER_ID, origin.user().map(User::id).orElse(null)),
                  bind(
                      OAuth2SessionCreation.BROWSER_SESSION_ID,
                      origin.browserSession().map(BrowserSession::id).orElse(null)),
                  bind(OAuth2SessionCreation.SCOPE, Conditions.texts(scope.tokens())),
                  bind(OAuth2SessionCreation.USER_AGENT, advisory(userAgent)),
                  bind(OAuth2SessionCreation.NOW, now));
            });
    return verdict.created().orElseThrow(() -> refusedBy(verdict, client, origin));
  }

  private static StorageException refusedBy(
      OAuth2SessionCreation.Verdict verdict, OAuth2Client client, Origin origin) {
    if (!verdict.clientExists()) {
      return gone(client);
    }
    String user = UserGroup.user().aggregate();
    String browserSession = UserGroup.browserSession().aggregate();
    if (origin.user().isPresent() && !verdict.userExists()) {
      return new NotFoundException(user, origin.user().get().id());
    }
    if (origin.user().isPresent() && verdict.userDeactivated()) {
      return new InvalidStateException(
          user, origin.user().get().id(), StateReason.USER_DEACTIVATED);
    }
    UUID approval = origin.browserSession().orElseThrow().id();
    return verdict.browserSessionExists()
        ? new InvalidStateException(browserSession, approval, StateReason.SESSION_FINISHED)
        : new NotFoundException(browserSession, approval);
  }

  // What is locked is judged, so that the refusal needs no second look.
  private static Statement<Ending> finish() {
    CommonTableExpression<?> session =
        name("session")
            .as(
                select(OAUTH2_SESSIONS.ID)
                    .from(OAUTH2_SESSIONS)
                    .where(IS_ADDRESSED)
                    .forNoKeyUpdate());
    CommonTableExpression<?> ended =
        name("ended")
            .as(
                update(OAUTH2_SESSIONS)
                    .set(OAUTH2_SESSIONS.FINISHED_AT, NOW)
                    .from(session)
                    .where(OAUTH2_SESSIONS.ID.eq(columnOf(session, OAUTH2_SESSIONS.ID)))
                    .and(IS_ACTIVE)
                    .returning(SESSION.columns()));
    return new Statement<>(
        with(session)
            .with(ended)
            .select(SESSION.ownColumns(ended))
            .from(session)
            .leftJoin(ended)
            .on(trueCondition()),
        row -> new Ending(SESSION.optional(row, 0)));
  }

  private static Statement<OAuth2Session> setting(TableField<Record, String> column) {
    return new Statement<>(
        update(OAUTH2_SESSIONS).set(column, TEXT).where(IS_ADDRESSED).returning(SESSION.columns()),
        SESSION::read);
  }

  private OAuth2Session set(
      String operation,
      Statement<OAuth2Session> statement,
      OAuth2Session session,
      Optional<String> text) {
    return work.write(
        operation,
        sql ->
            sql.find(statement, bind(ID, session.id()), bind(TEXT, text.orElse(null)))
                .orElseThrow(() -> gone(session)));
  }

  private static @Nullable String advisory(Optional<String> userAgent) {
    return userAgent.map(Texts::advisory).orElse(null);
  }

  private static NotFoundException gone(OAuth2Client client) {
    return new NotFoundException(OAuth2Projections.CLIENT.aggregate(), client.id());
  }

  private static NotFoundException gone(OAuth2Session session) {
    return new NotFoundException(SESSION.aggregate(), session.id());
  }
}
