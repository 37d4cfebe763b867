package dev.authstore.storage.pg.compat;

import static dev.authstore.storage.pg.compat.CompatProjections.ACCESS_TOKEN;
import static dev.authstore.storage.pg.compat.CompatProjections.REFRESH_TOKEN;
import static dev.authstore.storage.pg.compat.CompatProjections.SESSION;
import static dev.authstore.storage.pg.internal.Bind.bind;
import static dev.authstore.storage.pg.schema.Tables.COMPAT_REFRESH_TOKENS;
import static org.jooq.impl.DSL.noCondition;

import dev.authstore.model.TokenDigest;
import dev.authstore.model.compat.CompatAccessToken;
import dev.authstore.model.compat.CompatRefreshToken;
import dev.authstore.model.compat.CompatSession;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.compat.CompatRefreshTokenRepository;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.pg.compat.CompatRefreshTokenChanges.Consumption;
import dev.authstore.storage.pg.compat.CompatRefreshTokenChanges.Issue;
import dev.authstore.storage.pg.internal.CleanupByTime;
import dev.authstore.storage.pg.internal.Statement;
import dev.authstore.storage.pg.internal.UnitOfWork;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

final class PgCompatRefreshTokenRepository implements CompatRefreshTokenRepository {
  private static final Statement<CompatRefreshToken> LOOKUP =
      REFRESH_TOKEN.where(COMPAT_REFRESH_TOKENS.ID.eq(CompatRefreshTokenChanges.ID));
  private static final Statement<CompatRefreshToken> FIND_BY_TOKEN =
      REFRESH_TOKEN.where(COMPAT_REFRESH_TOKENS.TOKEN_DIGEST.eq(CompatRefreshTokenChanges.DIGEST));

  private static final CleanupByTime CONSUMED =
      CleanupByTime.deleting(
          COMPAT_REFRESH_TOKENS.ID, COMPAT_REFRESH_TOKENS.CONSUMED_AT, noCondition());

  private final UnitOfWork work;

  PgCompatRefreshTokenRepository(UnitOfWork work) {
    this.work = work;
  }

  @Override
  public Optional<CompatRefreshToken> lookup(UUID id) {
    return work.read(
        "compat_refresh_token.lookup",
        sql -> sql.find(LOOKUP, bind(CompatRefreshTokenChanges.ID, id)));
  }

  @Override
  public Optional<CompatRefreshToken> findByToken(String refreshToken) {
    return Tokens.presented(refreshToken)
        .flatMap(
            digest ->
                work.read(
                    "compat_refresh_token.find_by_token",
                    sql ->
                        sql.find(FIND_BY_TOKEN, bind(CompatRefreshTokenChanges.DIGEST, digest))));
  }

  @Override
  public CompatRefreshToken add(
      CompatSession session, CompatAccessToken accessToken, String refreshToken) {
    if (!accessToken.sessionId().equals(session.id())) {
      throw new InvalidInputException("the access token is another session's");
    }
    TokenDigest digest = Tokens.digest("refresh token", refreshToken);
    Issue issue =
        work.write(
            "compat_refresh_token.add",
            sql -> {
              Instant now = work.now();
              return sql.find(
                      CompatRefreshTokenChanges.ADD,
                      bind(CompatRefreshTokenChanges.ID, work.newId(now)),
                      bind(CompatRefreshTokenChanges.SESSION_ID, session.id()),
                      bind(CompatRefreshTokenChanges.ACCESS_TOKEN_ID, accessToken.id()),
                      bind(CompatRefreshTokenChanges.DIGEST, digest),
                      bind(CompatRefreshTokenChanges.NOW, now))
                  .orElseThrow(() -> new NotFoundException(SESSION.aggregate(), session.id()));
            });
    return issue.token().orElseThrow(() -> refusal(issue, accessToken));
  }

  @Override
  public CompatRefreshToken consumeAndReplace(
      CompatRefreshToken token, CompatRefreshToken successor) {
    if (!token.sessionId().equals(successor.sessionId())) {
      throw new InvalidInputException("the successor is of another session");
    }
    if (token.id().equals(successor.id())) {
      throw new InvalidInputException("the successor is the token itself");
    }
    return work.atomic(
        "compat_refresh_token.consume_and_replace",
        sql -> {
          boolean finished =
              sql.find(
                      CompatRefreshTokenChanges.LOCK_SESSION,
                      bind(CompatRefreshTokenChanges.SESSION_ID, token.sessionId()))
                  .orElseThrow(() -> gone(token)); // with its session
          if (finished) {
            throw finished(token.sessionId());
          }
          Consumption consumption =
              sql.get(
                  CompatRefreshTokenChanges.CONSUME,
                  bind(CompatRefreshTokenChanges.ID, token.id()),
                  bind(CompatRefreshTokenChanges.SUCCESSOR_ID, successor.id()),
                  bind(CompatRefreshTokenChanges.SESSION_ID, token.sessionId()),
                  bind(CompatRefreshTokenChanges.NOW, work.now()));
          return consumption.consumed().orElseThrow(() -> refusal(consumption, token, successor));
        });
  }

  @Override
  public CleanupResult<Instant> cleanupConsumed(Optional<Instant> since, Instant until, int limit) {
    return work.write(
        "compat_refresh_token.cleanup_consumed",
        sql -> CONSUMED.run(sql, since, until, limit, work.now()));
  }

  private static StorageException refusal(Issue issue, CompatAccessToken accessToken) {
    if (issue.sessionFinished()) {
      return finished(accessToken.sessionId());
    }
    return issue.accessTokenExists()
        ? new ConflictException(ConflictKind.TOKEN_TAKEN)
        : new NotFoundException(ACCESS_TOKEN.aggregate(), accessToken.id());
  }

  private static StorageException refusal(
      Consumption consumption, CompatRefreshToken token, CompatRefreshToken successor) {
    if (!consumption.tokenExists()) {
      return gone(token);
    }
    if (consumption.tokenConsumed()) {
      return consumed(token);
    }
    return consumption.successorExists() ? consumed(successor) : gone(successor);
  }

  private static InvalidStateException finished(UUID sessionId) {
    return new InvalidStateException(SESSION.aggregate(), sessionId, StateReason.SESSION_FINISHED);
  }

  private static InvalidStateException consumed(CompatRefreshToken token) {
    return new InvalidStateException(REFRESH_TOKEN.aggregate(), token.id(), StateReason.CONSUMED);
  }

  private static NotFoundException gone(CompatRefreshToken token) {
    return new NotFoundException(REFRESH_TOKEN.aggregate(), token.id());
  }
}
