package dev.authstore.storage.compat;

import dev.authstore.model.compat.CompatAccessToken;
import dev.authstore.model.compat.CompatRefreshToken;
import dev.authstore.model.compat.CompatSession;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.page.CleanupResult;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * Refresh tokens of the older login API, kept as digests. A refresh issues a new pair of tokens and
 * then replaces the old one, in one unit of work: if the token turns out to be used, the new pair
 * is given up with it.
 */
public interface CompatRefreshTokenRepository {

  /** The token, valid or not. */
  Optional<CompatRefreshToken> lookup(UUID id);

  /** The token of that text, valid or not. */
  Optional<CompatRefreshToken> findByToken(String refreshToken);

  /**
   * Issues a token together with an access token of the same session.
   *
   * @param refreshToken of any length
   * @throws ConflictException TOKEN_TAKEN
   * @throws InvalidInputException if the access token is another session's, or the token is empty,
   *     or holds U+0000 or an unpaired surrogate
   * @throws InvalidStateException SESSION_FINISHED
   * @throws NotFoundException if the session or the access token is gone
   */
  CompatRefreshToken add(CompatSession session, CompatAccessToken accessToken, String refreshToken);

  /**
   * Uses the token: consumes it, and with it every other token of the session except the successor.
   * Of several callers at once, one succeeds, also if they come with different tokens of the
   * session. Who comes with a token that has been used changes nothing, above all not for the
   * client that has used it: a repetition may be a sign of theft.
   *
   * @return the token as it is now
   * @throws InvalidInputException if the successor is the token itself, or of another session
   * @throws InvalidStateException CONSUMED, of the token or the successor; SESSION_FINISHED
   * @throws NotFoundException if the token or the successor is gone
   */
  CompatRefreshToken consumeAndReplace(CompatRefreshToken token, CompatRefreshToken successor);

  /**
   * Deletes tokens with {@code since <= consumedAt < until}, the oldest first. A repetition is no
   * longer recognised afterwards: {@code until} should lie weeks back. Tokens that another
   * transaction has locked are left for the next run.
   *
   * @param limit at least 1
   * @throws InvalidInputException if the limit is below 1 or {@code until} lies in the future
   */
  CleanupResult<Instant> cleanupConsumed(Optional<Instant> since, Instant until, int limit);
}
