package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.internal.Bind.bind;

import dev.authstore.model.Texts;
import dev.authstore.model.TokenDigest;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2RefreshTokenStage.Consumed;
import dev.authstore.storage.StorageInternalException;
import dev.authstore.storage.oauth2.NewTokens;
import dev.authstore.storage.oauth2.RepeatPolicy;
import dev.authstore.storage.oauth2.Rotation;
import dev.authstore.storage.oauth2.Rotation.Reason;
import dev.authstore.storage.oauth2.Rotation.Refused;
import dev.authstore.storage.oauth2.Rotation.Rotated;
import dev.authstore.storage.oauth2.RotationPolicy;
import dev.authstore.storage.pg.internal.Bind;
import dev.authstore.storage.pg.internal.Sql;
import dev.authstore.storage.pg.internal.UnitOfWork;
import dev.authstore.storage.pg.oauth2.TokenRotations.Attempt;
import dev.authstore.storage.pg.oauth2.TokenRotations.Issued;
import dev.authstore.storage.pg.oauth2.TokenRotations.Presented;
import dev.authstore.storage.pg.oauth2.TokenRotations.Repetition;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One use of a refresh token: how it is judged, and what it gets. The first statement is all there
 * is to it, unless the token was used before.
 */
final class TokenRotation {
  private static final String OPERATION = "oauth2_refresh_token.rotate";

  /** Before every session and token. */
  private static final Instant BEGINNING = Instant.parse("0001-01-01T00:00:00Z");

  private final UnitOfWork work;
  private final OAuth2Client client;
  private final NewTokens tokens;
  private final RotationPolicy policy;
  private final Optional<String> userAgent;

  TokenRotation(
      UnitOfWork work,
      OAuth2Client client,
      NewTokens tokens,
      RotationPolicy policy,
      Optional<String> userAgent) {
    this.work = work;
    this.client = client;
    this.tokens = tokens;
    this.policy = policy;
    this.userAgent = userAgent;
  }

  Rotation of(String refreshToken) {
    Instant now = work.now();
    Optional<Attempt> attempt =
        work.write(
            OPERATION,
            sql ->
                sql.find(
                    TokenRotations.ATTEMPT,
                    values(
                        now,
                        bind(TokenRotations.DIGEST, TokenDigest.of(refreshToken)),
                        bind(TokenRotations.CLIENT_ID, client.id()),
                        bind(TokenRotations.OLDEST_SESSION, oldest(policy.maxChainAge(), now)),
                        bind(TokenRotations.OLDEST_TOKEN, oldest(policy.maxIdle(), now)))));
    return attempt.isEmpty()
        ? new Refused(Reason.UNKNOWN, Optional.empty())
        : outcome(attempt.get(), now);
  }

  private Rotation outcome(Attempt attempt, Instant now) {
    if (!attempt.isOwn()) {
      return new Refused(Reason.WRONG_CLIENT, Optional.empty());
    }
    if (attempt.presented().isEmpty()) {
      return new Refused(Reason.UNKNOWN, Optional.empty());
    }
    Presented presented = attempt.presented().get();
    Optional<Reason> reason = reason(presented, now);
    if (reason.isPresent()) {
      return new Refused(reason.get(), Optional.of(presented.session()));
    }
    return presented.token().isConsumed()
        ? work.atomic(OPERATION, sql -> repeated(sql, presented))
        : rotated(
            attempt
                .issued()
                .orElseThrow(() -> new StorageInternalException("neither replaced nor refused")),
            presented,
            false);
  }

  /** What speaks against the token, as far as it and its session tell. */
  private Optional<Reason> reason(Presented presented, Instant now) {
    if (presented.session().isFinished()) {
      return Optional.of(Reason.SESSION_FINISHED);
    }
    if (presented.user().isPresent() && !presented.user().get().isValid()) {
      return Optional.of(Reason.USER_INVALID);
    }
    if (presented.token().isRevoked()) {
      return Optional.of(Reason.REVOKED);
    }
    return presented.token().stage() instanceof Consumed consumed
        ? reason(consumed, now)
        : reasonOfAge(presented, now);
  }

  // Without grace, one that was used while we waited for it, after our time was read, is no twin.
  private Optional<Reason> reason(Consumed consumed, Instant now) {
    if (!policy.grace().isZero() && now.isBefore(consumed.consumedAt().plus(policy.grace()))) {
      return Optional.of(Reason.CONCURRENT);
    }
    return policy.repeat() == RepeatPolicy.REFUSE || consumed.nextRefreshTokenId().isEmpty()
        ? Optional.of(Reason.REPLAYED)
        : Optional.empty();
  }

  private Optional<Reason> reasonOfAge(Presented presented, Instant now) {
    return presented.session().createdAt().isAfter(oldest(policy.maxChainAge(), now))
            && presented.token().createdAt().isAfter(oldest(policy.maxIdle(), now))
        ? Optional.empty()
        : Optional.of(Reason.EXPIRED);
  }

  private Rotation repeated(Sql sql, Presented presented) {
    Instant now = work.now();
    Optional<Repetition> found =
        locked(sql, presented, now)
            .filter(repetition -> !repetition.isOutdated())
            .or(() -> locked(sql, presented, now));
    if (found.isEmpty()) {
      return new Refused(Reason.UNKNOWN, Optional.empty());
    }
    Repetition repetition = found.get();
    return reason(repetition, now)
        .<Rotation>map(reason -> new Refused(reason, Optional.of(repetition.presented().session())))
        .orElseGet(() -> reissued(sql, repetition));
  }

  private Optional<Reason> reason(Repetition repetition, Instant now) {
    return reason(repetition.presented(), now)
        .or(() -> repetition.isReplay() ? Optional.of(Reason.REPLAYED) : Optional.empty())
        .or(() -> reasonOfAge(repetition.presented(), now));
  }

  private static Optional<Repetition> locked(Sql sql, Presented presented, Instant now) {
    return sql.find(
        TokenRotations.REPETITION,
        bind(TokenRotations.SESSION_ID, presented.session().id()),
        bind(TokenRotations.TOKEN_ID, presented.token().id()),
        bind(TokenRotations.NOW, now));
  }

  private Rotation reissued(Sql sql, Repetition repetition) {
    Instant now = work.now(); // behind the locks: what they were waited for has not happened later
    Issued issued =
        sql.get(
            TokenRotations.REISSUE,
            values(
                now,
                bind(TokenRotations.TOKEN_ID, repetition.presented().token().id()),
                bind(TokenRotations.SUCCESSOR_ID, repetition.valid().orElseThrow().id())));
    return rotated(issued, repetition.presented(), true);
  }

  private Bind[] values(Instant now, Bind... others) {
    List<Bind> values = new ArrayList<>(IssuedTokens.values(work, now, tokens));
    values.add(bind(TokenRotations.USER_AGENT, userAgent.map(Texts::advisory).orElse(null)));
    values.addAll(List.of(others));
    return values.toArray(Bind[]::new);
  }

  private static Instant oldest(Optional<Duration> age, Instant now) {
    return age.map(now::minus).orElse(BEGINNING);
  }

  private static Rotated rotated(Issued issued, Presented presented, boolean reissued) {
    return new Rotated(
        issued.session(),
        presented.user(),
        issued.accessToken(),
        issued.refreshToken(),
        issued.previous(),
        reissued);
  }
}
