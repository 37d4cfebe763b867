package dev.authstore.storage.compat;

import dev.authstore.model.compat.CompatAccessToken;
import dev.authstore.model.compat.CompatSession;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.page.CleanupResult;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** Access tokens of the older login API, kept as digests. A session may have several. */
public interface CompatAccessTokenRepository {

  /** The token, valid or not. */
  Optional<CompatAccessToken> lookup(UUID id);

  /** The token of that text, valid or not, whatever has become of its session. */
  Optional<CompatAccessToken> findByToken(String accessToken);

  /**
   * The token of that text with its session and user, in one statement, if it may be used now: it
   * has not expired, its session has not ended, and its user is neither locked nor deactivated.
   */
  Optional<ActiveCompatToken> findActive(String accessToken);

  /**
   * Issues a token for a session.
   *
   * @param accessToken of any length
   * @param expiresAfter positive, up to 36,500 days; if absent, the token does not expire
   * @throws ConflictException TOKEN_TAKEN
   * @throws InvalidInputException if the token is empty, or holds U+0000 or an unpaired surrogate,
   *     or if the lifetime is out of range
   * @throws InvalidStateException SESSION_FINISHED
   * @throws NotFoundException if the session is gone
   */
  CompatAccessToken add(CompatSession session, String accessToken, Optional<Duration> expiresAfter);

  /**
   * Ends the token now. One that has expired is left as it is: its end never moves to later.
   *
   * @throws NotFoundException if the token is gone
   */
  CompatAccessToken expire(CompatAccessToken token);

  /**
   * Deletes tokens with {@code since <= expiresAt < until} that no refresh token names, the oldest
   * first: the refresh tokens issued together with them are cleaned up before. Tokens that another
   * transaction has locked are left for the next run.
   *
   * @param limit at least 1
   * @throws InvalidInputException if the limit is below 1 or {@code until} lies in the future
   */
  CleanupResult<Instant> cleanupExpired(Optional<Instant> since, Instant until, int limit);
}
