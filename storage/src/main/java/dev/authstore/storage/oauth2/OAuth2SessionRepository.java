package dev.authstore.storage.oauth2;

import dev.authstore.model.Scope;
import dev.authstore.model.SessionActivity;
import dev.authstore.model.TokenKind;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.ConstraintViolationException;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.page.CountedPage;
import dev.authstore.storage.page.FinishedSessions;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import java.util.UUID;

/**
 * What clients hold. Ending a session ends all its tokens, which are not touched for it. It ends
 * once and for all, and does not end with the browser session that approved it.
 */
public interface OAuth2SessionRepository {

  /** The session, finished or not. */
  Optional<OAuth2Session> lookup(UUID id);

  Page<OAuth2Session> list(OAuth2SessionFilter filter, Pagination pagination);

  long count(OAuth2SessionFilter filter);

  /** The page and how many match, in one statement. */
  CountedPage<OAuth2Session> listWithCount(OAuth2SessionFilter filter, Pagination pagination);

  /**
   * Begins a session.
   *
   * @param user absent if the client acts for itself
   * @param browserSession in which the user has approved it, if in any
   * @param userAgent of the client, as advisory text
   * @throws InvalidInputException if the browser session is not the user's, or comes without user
   * @throws InvalidStateException USER_DEACTIVATED, or SESSION_FINISHED for the browser session, by
   *     their stored states; a locked account is no obstacle
   * @throws NotFoundException if the client, the account or the browser session is gone
   */
  OAuth2Session add(
      OAuth2Client client,
      Optional<User> user,
      Optional<BrowserSession> browserSession,
      Scope scope,
      Optional<String> userAgent);

  /**
   * Begins a session of the user who has approved it in this browser session.
   *
   * @throws InvalidStateException as for {@link #add}
   * @throws NotFoundException as for {@link #add}
   */
  OAuth2Session addFromBrowserSession(
      OAuth2Client client, BrowserSession browserSession, Scope scope, Optional<String> userAgent);

  /**
   * Begins a session of a client that acts for itself (RFC 6749, section 4.4).
   *
   * @throws NotFoundException if the client is gone
   */
  OAuth2Session addFromClientCredentials(
      OAuth2Client client, Scope scope, Optional<String> userAgent);

  /**
   * Begins a session of a client that acts for itself, with its access token, in one statement.
   *
   * @param accessToken up to 8,192 bytes of UTF-8
   * @param expiresAfter positive, up to 36,500 days; if absent, the token does not expire
   * @throws ConstraintViolationException if the token exists already; the unit of work is ended
   * @throws InvalidInputException if the token is empty or too long, or holds U+0000 or an unpaired
   *     surrogate, or if the lifetime is out of range
   * @throws NotFoundException if the client is gone
   */
  StartedSession startClientCredentials(
      OAuth2Client client,
      Scope scope,
      String accessToken,
      Optional<Duration> expiresAfter,
      Optional<String> userAgent);

  /**
   * Ends the session.
   *
   * @throws InvalidStateException SESSION_FINISHED if it has ended before; the first instant stays
   * @throws NotFoundException if the session is gone
   */
  OAuth2Session finish(OAuth2Session session);

  /**
   * Ends the session unless it has ended before.
   *
   * @return whether this call has ended it; also false if there is no such session
   */
  boolean finishIfActive(UUID sessionId);

  /**
   * Ends every unfinished session that matches; with an empty filter, everybody's.
   *
   * @return how many
   */
  int finishBulk(OAuth2SessionFilter filter);

  /**
   * Ends at most {@code limit} of the unfinished sessions that match, those with the smallest ids
   * first. Sessions that another transaction is changing are passed over.
   *
   * @throws InvalidInputException if the limit is below 1
   */
  FinishedSessions finishBatch(OAuth2SessionFilter filter, int limit);

  /**
   * Ends the session of a token that its client revokes (RFC 7009), in one statement. The token
   * must be in force: unless it is, nothing happens. Text that cannot be a token of that kind is
   * unknown without being looked for.
   *
   * @param kind what the token is; of another kind than access or refresh token, it is unknown
   */
  TokenRevocation finishByToken(OAuth2Client client, String token, TokenKind kind);

  /**
   * Records when and from where sessions were used, in chunks of 500. Order and repetition within
   * the collection do not matter: the latest instant wins and never moves back, and an address
   * replaces the stored one only if it was seen at or after the stored activity. Finished sessions
   * are recorded too, unknown ones ignored.
   *
   * @return how many sessions are known
   */
  int recordBatchActivity(Collection<SessionActivity> activity);

  /**
   * Sets what the client calls itself, as advisory text, also of a finished session.
   *
   * @throws NotFoundException if the session is gone
   */
  OAuth2Session recordUserAgent(OAuth2Session session, String userAgent);

  /**
   * Sets what the user calls the session, or takes the name away, also of a finished one.
   *
   * @param humanName up to 512 bytes of UTF-8
   * @throws InvalidInputException if the name is empty, too long, or holds U+0000 or an unpaired
   *     surrogate
   * @throws NotFoundException if the session is gone
   */
  OAuth2Session setHumanName(OAuth2Session session, Optional<String> humanName);

  /**
   * Deletes sessions with {@code since <= finishedAt < until}, the oldest first, with their tokens
   * and grants. Sessions that another transaction has locked are left for the next run.
   *
   * @param limit at least 1
   * @throws InvalidInputException if the limit is below 1 or {@code until} lies in the future
   */
  CleanupResult<Instant> cleanupFinished(Optional<Instant> since, Instant until, int limit);

  /**
   * Erases the address of sessions with {@code since <= lastActiveAt < threshold}, finished or not,
   * the least recently used first. Sessions that another transaction has locked are left for the
   * next run.
   *
   * @param limit at least 1
   * @throws InvalidInputException if the limit is below 1 or {@code threshold} lies in the future
   */
  CleanupResult<Instant> cleanupInactiveIps(Optional<Instant> since, Instant threshold, int limit);
}
