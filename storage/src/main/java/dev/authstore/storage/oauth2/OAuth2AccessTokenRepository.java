package dev.authstore.storage.oauth2;

import dev.authstore.model.oauth2.OAuth2AccessToken;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.page.CleanupResult;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** Access tokens, kept as digests. */
public interface OAuth2AccessTokenRepository {

  /** The token, valid or not. */
  Optional<OAuth2AccessToken> lookup(UUID id);

  /**
   * The token of that text, valid or not. The text need not have the form of a token, since an
   * import may have brought others along.
   */
  Optional<OAuth2AccessToken> findByToken(String accessToken);

  /**
   * What the token is worth now, in one statement that changes nothing, so that it can be asked for
   * in {@code read}. Text without the form of an access token is unknown and costs no statement.
   */
  Introspection introspect(String accessToken);

  /**
   * As {@link #introspect}, and if the token is active, marks its first use in the same statement.
   * Where it was marked before, nothing is written.
   */
  Introspection introspectAndMarkUsed(String accessToken);

  /**
   * Issues a token for a session.
   *
   * @param accessToken up to 8,192 bytes of UTF-8
   * @param expiresAfter positive, up to 36,500 days; if absent, the token does not expire
   * @throws ConflictException TOKEN_TAKEN
   * @throws InvalidInputException if the token is empty or too long, or holds U+0000 or an unpaired
   *     surrogate, or if the lifetime is out of range
   * @throws InvalidStateException SESSION_FINISHED
   * @throws NotFoundException if the session is gone
   */
  OAuth2AccessToken add(OAuth2Session session, String accessToken, Optional<Duration> expiresAfter);

  /**
   * Withdraws the token, expired or not.
   *
   * @throws InvalidStateException REVOKED if it was withdrawn before; the first instant stays
   * @throws NotFoundException if the token is gone
   */
  OAuth2AccessToken revoke(OAuth2AccessToken token);

  /**
   * Records that the token was used, in whatever state. Only the first use counts: later ones
   * change nothing.
   *
   * @throws NotFoundException if the token is gone
   */
  OAuth2AccessToken markUsed(OAuth2AccessToken token);

  /**
   * Deletes tokens with {@code since <= revokedAt < until}, the oldest first; the refresh tokens
   * issued together with them stay. Tokens that another transaction has locked are left for the
   * next run.
   *
   * @param limit at least 1
   * @throws InvalidInputException if the limit is below 1 or {@code until} lies in the future
   */
  CleanupResult<Instant> cleanupRevoked(Optional<Instant> since, Instant until, int limit);

  /**
   * Deletes tokens with {@code since <= expiresAt < until}, the oldest first; the refresh tokens
   * issued together with them stay. That a token was used is evidence against a repeated refresh:
   * {@code until} should lie weeks back. Tokens that another transaction has locked are left for
   * the next run.
   *
   * @param limit at least 1
   * @throws InvalidInputException if the limit is below 1 or {@code until} lies in the future
   */
  CleanupResult<Instant> cleanupExpired(Optional<Instant> since, Instant until, int limit);
}
