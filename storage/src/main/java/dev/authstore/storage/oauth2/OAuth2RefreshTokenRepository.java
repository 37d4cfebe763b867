package dev.authstore.storage.oauth2;

import dev.authstore.model.oauth2.OAuth2AccessToken;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2RefreshToken;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConstraintViolationException;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.TransactionConflictException;
import dev.authstore.storage.page.CleanupResult;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * Refresh tokens, kept as digests. Those of a session form a chain: each use replaces a token by
 * its successor. At the end of a transaction a session has at most one valid one, otherwise {@code
 * save} fails with {@link ConstraintViolationException}; inside {@code direct}, the operation does.
 */
public interface OAuth2RefreshTokenRepository {

  /** The token, valid or not. */
  Optional<OAuth2RefreshToken> lookup(UUID id);

  /**
   * The token of that text, valid or not. The text need not have the form of a token, since an
   * import may have brought others along.
   */
  Optional<OAuth2RefreshToken> findByToken(String refreshToken);

  /**
   * What the token is worth now, in one statement that changes nothing. Text without the form of a
   * refresh token is unknown and costs no statement.
   */
  RefreshIntrospection introspect(String refreshToken);

  /**
   * Issues a token together with an access token of the same session.
   *
   * @param refreshToken up to 8,192 bytes of UTF-8
   * @throws ConflictException TOKEN_TAKEN
   * @throws InvalidInputException if the access token is another session's, or the token is empty
   *     or too long, or holds U+0000 or an unpaired surrogate
   * @throws InvalidStateException SESSION_FINISHED
   * @throws NotFoundException if the session or the access token is gone
   */
  OAuth2RefreshToken add(OAuth2Session session, OAuth2AccessToken accessToken, String refreshToken);

  /**
   * Replaces a token by its successor. The stored token must be as the one passed: valid; or
   * consumed with the same successor, which must have been revoked. Of several callers at once, one
   * succeeds.
   *
   * @throws InvalidInputException if the successor is the token itself, or of another session
   * @throws InvalidStateException REVOKED; CONSUMED if it has been used meanwhile, or its successor
   *     used or replaced; SUCCESSOR_VALID if its successor is in force
   * @throws NotFoundException if the token or the successor is gone
   */
  OAuth2RefreshToken consume(OAuth2RefreshToken token, OAuth2RefreshToken successor);

  /**
   * Withdraws the token.
   *
   * @throws InvalidStateException CONSUMED; REVOKED if it was withdrawn before, and the first
   *     instant stays
   * @throws NotFoundException if the token is gone
   */
  OAuth2RefreshToken revoke(OAuth2RefreshToken token);

  /**
   * Uses a token: judges it, and if nothing speaks against it, replaces it and its access token by
   * the new pair, in one statement. A token that was used before is judged under locks by the
   * policy, in a transaction. However many callers there are at once, the session has one valid
   * pair afterwards. What is refused changes nothing. Text without the form of a refresh token is
   * unknown and costs no statement.
   *
   * @param tokens with a refresh token
   * @param userAgent of the client, as advisory text; written if it differs from the stored one
   * @throws ConstraintViolationException if a new token exists already; the unit of work is ended
   * @throws InvalidInputException if the new tokens have no refresh token
   */
  Rotation rotate(
      OAuth2Client client,
      String refreshToken,
      NewTokens tokens,
      RotationPolicy policy,
      Optional<String> userAgent);

  /**
   * Deletes tokens with {@code since <= revokedAt < until}, the oldest first; what they had
   * replaced stays, without successor. Tokens that another transaction has locked are left for the
   * next run.
   *
   * @param limit at least 1
   * @throws InvalidInputException if the limit is below 1 or {@code until} lies in the future
   */
  CleanupResult<Instant> cleanupRevoked(Optional<Instant> since, Instant until, int limit);

  /**
   * Deletes tokens with {@code since <= consumedAt < until} that have no successor or one that was
   * consumed itself, the oldest first. So the last used token of each chain stays, by which a
   * repetition is recognised. Tokens that another transaction has locked are left for the next run.
   *
   * <p>Also those that stay are looked at: a run that passes the cursor on looks at each once.
   *
   * <p>Of runs at the same time in the same chains, the server may end one with a {@link
   * TransactionConflictException}, as each empties the pointers to what it deletes; {@code call}
   * runs that one again, {@code direct} does not.
   *
   * @param limit at least 1
   * @throws InvalidInputException if the limit is below 1 or {@code until} lies in the future
   */
  CleanupResult<Instant> cleanupConsumed(Optional<Instant> since, Instant until, int limit);
}
