package dev.authstore.storage.pg.compat;

import static dev.authstore.storage.pg.compat.CompatProjections.ACCESS_TOKEN;
import static dev.authstore.storage.pg.compat.CompatProjections.SESSION;
import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.COMPAT_ACCESS_TOKENS;
import static dev.authstore.storage.pg.schema.Tables.COMPAT_SESSIONS;
import static dev.authstore.storage.pg.schema.Tables.USERS;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.insertInto;
import static org.jooq.impl.DSL.least;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.trueCondition;
import static org.jooq.impl.DSL.update;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.TokenDigest;
import dev.authstore.model.compat.CompatAccessToken;
import dev.authstore.model.compat.CompatSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.Inputs;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.compat.ActiveCompatToken;
import dev.authstore.storage.compat.CompatAccessTokenRepository;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.UnitOfWork;
import dev.authstore.storage.pg.user.UserGroup;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Param;

final class PgCompatAccessTokenRepository implements CompatAccessTokenRepository {
  private static final Param<UUID> ID = param("id", COMPAT_ACCESS_TOKENS.ID);
  private static final Param<UUID> SESSION_ID =
      param("session_id", COMPAT_ACCESS_TOKENS.SESSION_ID);
  private static final Param<TokenDigest> DIGEST =
      param("digest", COMPAT_ACCESS_TOKENS.TOKEN_DIGEST);
  private static final Param<Instant> NOW = param("now", COMPAT_ACCESS_TOKENS.CREATED_AT);
  private static final Param<Instant> EXPIRES_AT =
      param("expires_at", COMPAT_ACCESS_TOKENS.EXPIRES_AT);

  private static final Condition IS_ADDRESSED = COMPAT_ACCESS_TOKENS.ID.eq(ID);
  private static final Condition HAS_DIGEST = COMPAT_ACCESS_TOKENS.TOKEN_DIGEST.eq(DIGEST);

  private static final Statement<CompatAccessToken> LOOKUP = ACCESS_TOKEN.where(IS_ADDRESSED);
  private static final Statement<CompatAccessToken> FIND_BY_TOKEN = ACCESS_TOKEN.where(HAS_DIGEST);
  private static final Statement<ActiveCompatToken> FIND_ACTIVE = findActive();
  private static final Statement<Issue> ADD = add();

  private static final Statement<CompatAccessToken> EXPIRE =
      new Statement<>(
          update(COMPAT_ACCESS_TOKENS)
              .set(
                  COMPAT_ACCESS_TOKENS.EXPIRES_AT,
                  least(coalesce(COMPAT_ACCESS_TOKENS.EXPIRES_AT, NOW), NOW))
              .where(IS_ADDRESSED)
              .returning(ACCESS_TOKEN.columns()),
          ACCESS_TOKEN::read);

  private final UnitOfWork work;

  PgCompatAccessTokenRepository(UnitOfWork work) {
    this.work = work;
  }

  @Override
  public Optional<CompatAccessToken> lookup(UUID id) {
    return work.read("compat_access_token.lookup", sql -> sql.find(LOOKUP, bind(ID, id)));
  }

  @Override
  public Optional<CompatAccessToken> findByToken(String accessToken) {
    return Tokens.presented(accessToken)
        .flatMap(
            digest ->
                work.read(
                    "compat_access_token.find_by_token",
                    sql -> sql.find(FIND_BY_TOKEN, bind(DIGEST, digest))));
  }

  @Override
  public Optional<ActiveCompatToken> findActive(String accessToken) {
    return Tokens.presented(accessToken)
        .flatMap(
            digest ->
                work.read(
                    "compat_access_token.find_active",
                    sql -> sql.find(FIND_ACTIVE, bind(DIGEST, digest), bind(NOW, work.now()))));
  }

  @Override
  public CompatAccessToken add(
      CompatSession session, String accessToken, Optional<Duration> expiresAfter) {
    TokenDigest digest = Tokens.digest("access token", accessToken);
    Optional<Duration> lifetime = expiresAfter.map(ttl -> Inputs.lifetime("lifetime", ttl));
    Issue issue =
        work.write(
            "compat_access_token.add",
            sql -> {
              Instant now = work.now();
              return sql.find(
                      ADD,
                      bind(ID, work.newId(now)),
                      bind(SESSION_ID, session.id()),
                      bind(DIGEST, digest),
                      bind(NOW, now),
                      bind(EXPIRES_AT, lifetime.map(now::plus).orElse(null)))
                  .orElseThrow(() -> new NotFoundException(SESSION.aggregate(), session.id()));
            });
    if (issue.sessionFinished()) {
      throw new InvalidStateException(
          SESSION.aggregate(), session.id(), StateReason.SESSION_FINISHED);
    }
    return issue.token().orElseThrow(() -> new ConflictException(ConflictKind.TOKEN_TAKEN));
  }

  @Override
  public CompatAccessToken expire(CompatAccessToken token) {
    return work.write(
            "compat_access_token.expire",
            sql -> sql.find(EXPIRE, bind(ID, token.id()), bind(NOW, work.now())))
        .orElseThrow(() -> new NotFoundException(ACCESS_TOKEN.aggregate(), token.id()));
  }

  @Override
  public CleanupResult<Instant> cleanupExpired(Optional<Instant> since, Instant until, int limit) {
    return work.atomic(
        "compat_access_token.cleanup_expired",
        sql -> ExpiredAccessTokens.delete(sql, since, until, limit, work.now()));
  }

  /** The token, unless the session has ended or somebody has such a token. */
  private record Issue(boolean sessionFinished, Optional<CompatAccessToken> token) {}

  private static Statement<ActiveCompatToken> findActive() {
    Projection<User> user = UserGroup.user();
    int sessions = ACCESS_TOKEN.columns().size();
    int users = sessions + SESSION.columns().size();
    return new Statement<>(
        select(ACCESS_TOKEN.columns())
            .select(SESSION.columns())
            .select(user.columns())
            .from(COMPAT_ACCESS_TOKENS)
            .join(COMPAT_SESSIONS)
            .on(COMPAT_SESSIONS.ID.eq(COMPAT_ACCESS_TOKENS.SESSION_ID))
            .join(USERS)
            .on(USERS.ID.eq(COMPAT_SESSIONS.USER_ID))
            .where(HAS_DIGEST)
            .and(
                COMPAT_ACCESS_TOKENS
                    .EXPIRES_AT
                    .isNull()
                    .or(COMPAT_ACCESS_TOKENS.EXPIRES_AT.gt(NOW)))
            .and(COMPAT_SESSIONS.FINISHED_AT.isNull())
            .and(USERS.LOCKED_AT.isNull())
            .and(USERS.DEACTIVATED_AT.isNull()),
        row ->
            new ActiveCompatToken(
                ACCESS_TOKEN.read(row), SESSION.read(row, sessions), user.read(row, users)));
  }

  // Locking the session first: none is issued for one that has ended or is being deleted.
  private static Statement<Issue> add() {
    CommonTableExpression<?> session =
        name("session")
            .as(
                select(COMPAT_SESSIONS.ID, COMPAT_SESSIONS.FINISHED_AT)
                    .from(COMPAT_SESSIONS)
                    .where(COMPAT_SESSIONS.ID.eq(SESSION_ID))
                    .forNoKeyUpdate());
    CommonTableExpression<?> created =
        name("created")
            .as(
                insertInto(
                        COMPAT_ACCESS_TOKENS,
                        COMPAT_ACCESS_TOKENS.ID,
                        COMPAT_ACCESS_TOKENS.SESSION_ID,
                        COMPAT_ACCESS_TOKENS.TOKEN_DIGEST,
                        COMPAT_ACCESS_TOKENS.CREATED_AT,
                        COMPAT_ACCESS_TOKENS.EXPIRES_AT)
                    .select(
                        select(ID, columnOf(session, COMPAT_SESSIONS.ID), DIGEST, NOW, EXPIRES_AT)
                            .from(session)
                            .where(columnOf(session, COMPAT_SESSIONS.FINISHED_AT).isNull()))
                    .onConflict(COMPAT_ACCESS_TOKENS.TOKEN_DIGEST)
                    .doNothing()
                    .returning(ACCESS_TOKEN.columns()));
    int facts = ACCESS_TOKEN.columns().size();
    return new Statement<>(
        with(session)
            .with(created)
            .select(ACCESS_TOKEN.ownColumns(created))
            .select(columnOf(session, COMPAT_SESSIONS.FINISHED_AT).isNotNull())
            .from(session)
            .leftJoin(created)
            .on(trueCondition()),
        row -> new Issue(row.get(facts, Boolean.class), ACCESS_TOKEN.optional(row, 0)));
  }
}
