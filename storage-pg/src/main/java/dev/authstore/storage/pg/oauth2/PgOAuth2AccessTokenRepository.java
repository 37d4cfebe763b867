package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.internal.Projection.columnOf;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_ACCESS_TOKENS;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_SESSIONS;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.insertInto;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.param;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.trueCondition;
import static org.jooq.impl.DSL.update;
import static org.jooq.impl.DSL.with;

import dev.authstore.model.TokenDigest;
import dev.authstore.model.TokenKind;
import dev.authstore.model.oauth2.OAuth2AccessToken;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.Inputs;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.oauth2.Introspection;
import dev.authstore.storage.oauth2.OAuth2AccessTokenRepository;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.pg.internal.Bind;
import dev.authstore.storage.pg.internal.CleanupByTime;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.UnitOfWork;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jooq.CommonTableExpression;
import org.jooq.Condition;
import org.jooq.Param;

final class PgOAuth2AccessTokenRepository implements OAuth2AccessTokenRepository {
  private static final Projection<OAuth2AccessToken> TOKEN = OAuth2Projections.ACCESS_TOKEN;

  private static final Param<UUID> ID = param("id", OAUTH2_ACCESS_TOKENS.ID);
  private static final Param<UUID> SESSION_ID =
      param("session_id", OAUTH2_ACCESS_TOKENS.SESSION_ID);
  private static final Param<TokenDigest> DIGEST =
      param("digest", OAUTH2_ACCESS_TOKENS.TOKEN_DIGEST);
  private static final Param<Instant> EXPIRES_AT =
      param("expires_at", OAUTH2_ACCESS_TOKENS.EXPIRES_AT);
  private static final Param<Instant> NOW = param("now", OAUTH2_ACCESS_TOKENS.CREATED_AT);

  private static final Condition IS_ADDRESSED = OAUTH2_ACCESS_TOKENS.ID.eq(ID);

  private static final Statement<OAuth2AccessToken> LOOKUP = TOKEN.where(IS_ADDRESSED);
  private static final Statement<OAuth2AccessToken> FIND_BY_TOKEN =
      TOKEN.where(OAUTH2_ACCESS_TOKENS.TOKEN_DIGEST.eq(DIGEST));

  private static final Statement<Creation> ADD = add();
  private static final Statement<Optional<OAuth2AccessToken>> REVOKE = revoke();

  private static final Statement<OAuth2AccessToken> MARK_USED =
      new Statement<>(
          update(OAUTH2_ACCESS_TOKENS)
              .set(
                  OAUTH2_ACCESS_TOKENS.FIRST_USED_AT,
                  coalesce(OAUTH2_ACCESS_TOKENS.FIRST_USED_AT, NOW))
              .where(IS_ADDRESSED)
              .returning(TOKEN.columns()),
          TOKEN::read);

  private static final CleanupByTime REVOKED =
      CleanupByTime.deleting(
          OAUTH2_ACCESS_TOKENS.ID, OAUTH2_ACCESS_TOKENS.REVOKED_AT, noCondition());
  private static final CleanupByTime EXPIRED =
      CleanupByTime.deleting(
          OAUTH2_ACCESS_TOKENS.ID, OAUTH2_ACCESS_TOKENS.EXPIRES_AT, noCondition());

  private final UnitOfWork work;

  PgOAuth2AccessTokenRepository(UnitOfWork work) {
    this.work = work;
  }

  @Override
  public Optional<OAuth2AccessToken> lookup(UUID id) {
    return work.read("oauth2_access_token.lookup", sql -> sql.find(LOOKUP, bind(ID, id)));
  }

  @Override
  public Optional<OAuth2AccessToken> findByToken(String accessToken) {
    return Secrets.presented(accessToken)
        .flatMap(
            digest ->
                work.read(
                    "oauth2_access_token.find_by_token",
                    sql -> sql.find(FIND_BY_TOKEN, bind(DIGEST, digest))));
  }

  @Override
  public Introspection introspect(String accessToken) {
    if (!TokenKind.ACCESS_TOKEN.accepts(accessToken)) {
      return new Introspection.Inactive(Introspection.Reason.UNKNOWN);
    }
    return work.read(
        "oauth2_access_token.introspect",
        sql -> {
          Instant now = work.now();
          return TokenIntrospections.worth(
              sql.find(TokenIntrospections.ACCESS_TOKEN, meant(accessToken)), now);
        });
  }

  @Override
  public Introspection introspectAndMarkUsed(String accessToken) {
    if (!TokenKind.ACCESS_TOKEN.accepts(accessToken)) {
      return new Introspection.Inactive(Introspection.Reason.UNKNOWN);
    }
    return work.write(
        "oauth2_access_token.introspect_and_mark_used",
        sql -> {
          Instant now = work.now();
          Introspection worth =
              TokenIntrospections.worth(
                  sql.find(
                      TokenIntrospections.ACCESS_TOKEN_WITH_FIRST_USE,
                      meant(accessToken),
                      bind(TokenIntrospections.NOW, now)),
                  now);
          // Active but not marked: another has marked or withdrawn it while its row was waited for.
          return worth instanceof Introspection.Active active && !active.token().isUsed()
              ? TokenIntrospections.worth(
                  sql.find(TokenIntrospections.ACCESS_TOKEN, meant(accessToken)), now)
              : worth;
        });
  }

  @Override
  public OAuth2AccessToken add(
      OAuth2Session session, String accessToken, Optional<Duration> expiresAfter) {
    TokenDigest digest = Secrets.digest("access token", accessToken);
    Optional<Duration> lifetime =
        expiresAfter.map(duration -> Inputs.lifetime("access token lifetime", duration));
    return work.write(
        "oauth2_access_token.add",
        sql -> {
          Instant now = work.now();
          Creation creation =
              sql.find(
                      ADD,
                      bind(ID, work.newId(now)),
                      bind(SESSION_ID, session.id()),
                      bind(DIGEST, digest),
                      bind(NOW, now),
                      bind(EXPIRES_AT, lifetime.map(now::plus).orElse(null)))
                  .orElseThrow(
                      () ->
                          new NotFoundException(
                              OAuth2Projections.SESSION.aggregate(), session.id()));
          return creation.token().orElseThrow(() -> refusal(creation, session));
        });
  }

  @Override
  public OAuth2AccessToken revoke(OAuth2AccessToken token) {
    return work.write(
            "oauth2_access_token.revoke",
            sql -> sql.find(REVOKE, bind(ID, token.id()), bind(NOW, work.now())))
        .orElseThrow(() -> gone(token))
        .orElseThrow(
            () -> new InvalidStateException(TOKEN.aggregate(), token.id(), StateReason.REVOKED));
  }

  @Override
  public OAuth2AccessToken markUsed(OAuth2AccessToken token) {
    return work.write(
            "oauth2_access_token.mark_used",
            sql -> sql.find(MARK_USED, bind(ID, token.id()), bind(NOW, work.now())))
        .orElseThrow(() -> gone(token));
  }

  @Override
  public CleanupResult<Instant> cleanupRevoked(Optional<Instant> since, Instant until, int limit) {
    return work.write(
        "oauth2_access_token.cleanup_revoked",
        sql -> REVOKED.run(sql, since, until, limit, work.now()));
  }

  @Override
  public CleanupResult<Instant> cleanupExpired(Optional<Instant> since, Instant until, int limit) {
    return work.write(
        "oauth2_access_token.cleanup_expired",
        sql -> EXPIRED.run(sql, since, until, limit, work.now()));
  }

  /** The token, or the fact that tells why there is none; if it does not, the text was taken. */
  private record Creation(boolean sessionFinished, Optional<OAuth2AccessToken> token) {}

  private static Statement<Creation> add() {
    CommonTableExpression<?> session =
        name("session")
            .as(
                select(OAUTH2_SESSIONS.ID, OAUTH2_SESSIONS.FINISHED_AT)
                    .from(OAUTH2_SESSIONS)
                    .where(OAUTH2_SESSIONS.ID.eq(SESSION_ID))
                    .forNoKeyUpdate());
    CommonTableExpression<?> created =
        name("created")
            .as(
                insertInto(
                        OAUTH2_ACCESS_TOKENS,
                        OAUTH2_ACCESS_TOKENS.ID,
                        OAUTH2_ACCESS_TOKENS.SESSION_ID,
                        OAUTH2_ACCESS_TOKENS.TOKEN_DIGEST,
                        OAUTH2_ACCESS_TOKENS.CREATED_AT,
                        OAUTH2_ACCESS_TOKENS.EXPIRES_AT)
                    .select(
                        select(ID, columnOf(session, OAUTH2_SESSIONS.ID), DIGEST, NOW, EXPIRES_AT)
                            .from(session)
                            .where(columnOf(session, OAUTH2_SESSIONS.FINISHED_AT).isNull()))
                    .onConflict(OAUTH2_ACCESS_TOKENS.TOKEN_DIGEST)
                    .doNothing()
                    .returning(TOKEN.columns()));
    int facts = TOKEN.columns().size();
    return new Statement<>(
        with(session)
            .with(created)
            .select(TOKEN.ownColumns(created))
            .select(columnOf(session, OAUTH2_SESSIONS.FINISHED_AT).isNotNull())
            .from(session)
            .leftJoin(created)
            .on(trueCondition()),
        row -> new Creation(row.get(facts, Boolean.class), TOKEN.optional(row, 0)));
  }

  private static Statement<Optional<OAuth2AccessToken>> revoke() {
    CommonTableExpression<?> locked =
        name("locked")
            .as(
                select(OAUTH2_ACCESS_TOKENS.ID, OAUTH2_ACCESS_TOKENS.REVOKED_AT)
                    .from(OAUTH2_ACCESS_TOKENS)
                    .where(IS_ADDRESSED)
                    .forNoKeyUpdate());
    CommonTableExpression<?> revoked =
        name("revoked")
            .as(
                update(OAUTH2_ACCESS_TOKENS)
                    .set(OAUTH2_ACCESS_TOKENS.REVOKED_AT, NOW)
                    .from(locked)
                    .where(OAUTH2_ACCESS_TOKENS.ID.eq(columnOf(locked, OAUTH2_ACCESS_TOKENS.ID)))
                    .and(columnOf(locked, OAUTH2_ACCESS_TOKENS.REVOKED_AT).isNull())
                    .returning(TOKEN.columns()));
    return new Statement<>(
        with(locked)
            .with(revoked)
            .select(TOKEN.ownColumns(revoked))
            .from(locked)
            .leftJoin(revoked)
            .on(trueCondition()),
        row -> TOKEN.optional(row, 0));
  }

  private static Bind meant(String accessToken) {
    return bind(TokenIntrospections.DIGEST, TokenDigest.of(accessToken));
  }

  private static StorageException refusal(Creation creation, OAuth2Session session) {
    return creation.sessionFinished()
        ? new InvalidStateException(
            OAuth2Projections.SESSION.aggregate(), session.id(), StateReason.SESSION_FINISHED)
        : new ConflictException(ConflictKind.TOKEN_TAKEN);
  }

  private static NotFoundException gone(OAuth2AccessToken token) {
    return new NotFoundException(TOKEN.aggregate(), token.id());
  }
}
