package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.schema.Tables.OAUTH2_REFRESH_TOKENS;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.select;

import dev.authstore.model.TokenDigest;
import dev.authstore.model.TokenKind;
import dev.authstore.model.oauth2.OAuth2AccessToken;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2RefreshToken;
import dev.authstore.model.oauth2.OAuth2RefreshTokenStage.Consumed;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.oauth2.NewTokens;
import dev.authstore.storage.oauth2.OAuth2RefreshTokenRepository;
import dev.authstore.storage.oauth2.RefreshIntrospection;
import dev.authstore.storage.oauth2.Rotation;
import dev.authstore.storage.oauth2.RotationPolicy;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.pg.internal.CleanupByTime;
import dev.authstore.storage.pg.internal.Projection;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.UnitOfWork;
import dev.authstore.storage.pg.oauth2.RefreshTokenChanges.Change;
import dev.authstore.storage.pg.oauth2.RefreshTokenChanges.Creation;
import dev.authstore.storage.pg.oauth2.RefreshTokenChanges.Replacement;
import dev.authstore.storage.pg.schema.tables.Oauth2RefreshTokens;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;

final class PgOAuth2RefreshTokenRepository implements OAuth2RefreshTokenRepository {
  private static final Projection<OAuth2RefreshToken> TOKEN = OAuth2Projections.REFRESH_TOKEN;

  private static final Statement<OAuth2RefreshToken> LOOKUP =
      TOKEN.where(OAUTH2_REFRESH_TOKENS.ID.eq(RefreshTokenChanges.ID));
  private static final Statement<OAuth2RefreshToken> FIND_BY_TOKEN =
      TOKEN.where(OAUTH2_REFRESH_TOKENS.TOKEN_DIGEST.eq(RefreshTokenChanges.DIGEST));

  private static final CleanupByTime REVOKED =
      CleanupByTime.deleting(
          OAUTH2_REFRESH_TOKENS.ID, OAUTH2_REFRESH_TOKENS.REVOKED_AT, noCondition());
  private static final CleanupByTime CONSUMED =
      CleanupByTime.deleting(
          OAUTH2_REFRESH_TOKENS.ID, OAUTH2_REFRESH_TOKENS.CONSUMED_AT, isNoEvidence());

  private final UnitOfWork work;

  PgOAuth2RefreshTokenRepository(UnitOfWork work) {
    this.work = work;
  }

  @Override
  public Optional<OAuth2RefreshToken> lookup(UUID id) {
    return work.read(
        "oauth2_refresh_token.lookup", sql -> sql.find(LOOKUP, bind(RefreshTokenChanges.ID, id)));
  }

  @Override
  public Optional<OAuth2RefreshToken> findByToken(String refreshToken) {
    return Secrets.presented(refreshToken)
        .flatMap(
            digest ->
                work.read(
                    "oauth2_refresh_token.find_by_token",
                    sql -> sql.find(FIND_BY_TOKEN, bind(RefreshTokenChanges.DIGEST, digest))));
  }

  @Override
  public RefreshIntrospection introspect(String refreshToken) {
    if (!TokenKind.REFRESH_TOKEN.accepts(refreshToken)) {
      return new RefreshIntrospection.Inactive(RefreshIntrospection.Reason.UNKNOWN);
    }
    return work.read(
        "oauth2_refresh_token.introspect",
        sql ->
            TokenIntrospections.worth(
                sql.find(
                    TokenIntrospections.REFRESH_TOKEN,
                    bind(TokenIntrospections.DIGEST, TokenDigest.of(refreshToken)))));
  }

  @Override
  public OAuth2RefreshToken add(
      OAuth2Session session, OAuth2AccessToken accessToken, String refreshToken) {
    if (!accessToken.sessionId().equals(session.id())) {
      throw new InvalidInputException("the access token is another session's");
    }
    TokenDigest digest = Secrets.digest("refresh token", refreshToken);
    Creation creation =
        work.write(
            "oauth2_refresh_token.add",
            sql -> {
              Instant now = work.now();
              return sql.find(
                      RefreshTokenChanges.ADD,
                      bind(RefreshTokenChanges.ID, work.newId(now)),
                      bind(RefreshTokenChanges.SESSION_ID, session.id()),
                      bind(RefreshTokenChanges.ACCESS_TOKEN_ID, accessToken.id()),
                      bind(RefreshTokenChanges.DIGEST, digest),
                      bind(RefreshTokenChanges.NOW, now))
                  .orElseThrow(
                      () ->
                          new NotFoundException(
                              OAuth2Projections.SESSION.aggregate(), session.id()));
            });
    return creation.token().orElseThrow(() -> refusal(creation, session, accessToken));
  }

  @Override
  public OAuth2RefreshToken consume(OAuth2RefreshToken token, OAuth2RefreshToken successor) {
    if (token.id().equals(successor.id())) {
      throw new InvalidInputException("a token is not replaced by itself");
    }
    if (!token.sessionId().equals(successor.sessionId())) {
      throw new InvalidInputException("the successor is another session's");
    }
    Replacement replacement =
        work.write(
                "oauth2_refresh_token.consume",
                sql ->
                    sql.find(
                        RefreshTokenChanges.CONSUME,
                        bind(RefreshTokenChanges.ID, token.id()),
                        bind(RefreshTokenChanges.WAS_CONSUMED, token.isConsumed()),
                        bind(RefreshTokenChanges.NEXT_ID, token.nextRefreshTokenId().orElse(null)),
                        bind(RefreshTokenChanges.REPLACED_BY_ID, successor.id()),
                        bind(RefreshTokenChanges.NOW, work.now())))
            .orElseThrow(() -> gone(token));
    return replacement.consumed().orElseThrow(() -> refusal(replacement, token, successor));
  }

  @Override
  public OAuth2RefreshToken revoke(OAuth2RefreshToken token) {
    Change change =
        work.write(
                "oauth2_refresh_token.revoke",
                sql ->
                    sql.find(
                        RefreshTokenChanges.REVOKE,
                        bind(RefreshTokenChanges.ID, token.id()),
                        bind(RefreshTokenChanges.NOW, work.now())))
            .orElseThrow(() -> gone(token));
    return change.changed().orElseThrow(() -> used(change.stored()));
  }

  @Override
  public Rotation rotate(
      OAuth2Client client,
      String refreshToken,
      NewTokens tokens,
      RotationPolicy policy,
      Optional<String> userAgent) {
    if (tokens.refreshToken().isEmpty()) {
      throw new InvalidInputException("a rotation issues a refresh token");
    }
    return TokenKind.REFRESH_TOKEN.accepts(refreshToken)
        ? new TokenRotation(work, client, tokens, policy, userAgent).of(refreshToken)
        : new Rotation.Refused(Rotation.Reason.UNKNOWN, Optional.empty());
  }

  @Override
  public CleanupResult<Instant> cleanupRevoked(Optional<Instant> since, Instant until, int limit) {
    return work.write(
        "oauth2_refresh_token.cleanup_revoked",
        sql -> REVOKED.run(sql, since, until, limit, work.now()));
  }

  @Override
  public CleanupResult<Instant> cleanupConsumed(Optional<Instant> since, Instant until, int limit) {
    return work.write(
        "oauth2_refresh_token.cleanup_consumed",
        sql -> CONSUMED.run(sql, since, until, limit, work.now()));
  }

  // While its successor is valid, a used token shows that it is presented again. Neither condition
  // turns false again: a token without successor is not replaced any more. Not by EXISTS, for which
  // the server might read all used tokens.
  private static Condition isNoEvidence() {
    Oauth2RefreshTokens next = OAUTH2_REFRESH_TOKENS.as("next");
    return OAUTH2_REFRESH_TOKENS
        .NEXT_REFRESH_TOKEN_ID
        .isNull()
        .or(
            select(next.CONSUMED_AT)
                .from(next)
                .where(next.ID.eq(OAUTH2_REFRESH_TOKENS.NEXT_REFRESH_TOKEN_ID))
                .asField()
                .isNotNull());
  }

  private static StorageException refusal(
      Creation creation, OAuth2Session session, OAuth2AccessToken accessToken) {
    if (creation.sessionFinished()) {
      return new InvalidStateException(
          OAuth2Projections.SESSION.aggregate(), session.id(), StateReason.SESSION_FINISHED);
    }
    if (!creation.accessTokenExists()) {
      return new NotFoundException(OAuth2Projections.ACCESS_TOKEN.aggregate(), accessToken.id());
    }
    return creation.accessTokenMatches()
        ? new ConflictException(ConflictKind.TOKEN_TAKEN)
        : new InvalidStateException(
            OAuth2Projections.ACCESS_TOKEN.aggregate(),
            accessToken.id(),
            StateReason.WRONG_SESSION);
  }

  private static StorageException refusal(
      Replacement replacement, OAuth2RefreshToken token, OAuth2RefreshToken successor) {
    if (!replacement.replacementExists()) {
      return gone(successor);
    }
    if (!replacement.replacementMatches()) {
      return new InvalidStateException(
          TOKEN.aggregate(), successor.id(), StateReason.WRONG_SESSION);
    }
    OAuth2RefreshToken stored = replacement.stored();
    boolean isAsShown =
        token.isConsumed()
            && stored.isConsumed()
            && stored.nextRefreshTokenId().equals(token.nextRefreshTokenId());
    return isAsShown && replacement.successorValid()
        ? new InvalidStateException(TOKEN.aggregate(), stored.id(), StateReason.SUCCESSOR_VALID)
        : used(stored);
  }

  private static InvalidStateException used(OAuth2RefreshToken stored) {
    StateReason reason =
        stored.stage() instanceof Consumed ? StateReason.CONSUMED : StateReason.REVOKED;
    return new InvalidStateException(TOKEN.aggregate(), stored.id(), reason);
  }

  private static NotFoundException gone(OAuth2RefreshToken token) {
    return new NotFoundException(TOKEN.aggregate(), token.id());
  }
}
