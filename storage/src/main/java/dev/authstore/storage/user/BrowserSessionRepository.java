package dev.authstore.storage.user;

import dev.authstore.model.SessionActivity;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSession;
import dev.authstore.model.user.Authentication;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.Password;
import dev.authstore.model.user.User;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.InvalidDataException;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.page.FinishedSessions;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import java.util.UUID;

/**
 * Logged-in browsers. A session carries its account, read in the same statement, so that a lock or
 * deactivation acts on the very next request. It ends once and for all; sessions of applications
 * started from it go on.
 */
public interface BrowserSessionRepository {

  /** The session, finished or not. */
  Optional<BrowserSession> lookup(UUID id);

  Page<BrowserSession> list(BrowserSessionFilter filter, Pagination pagination);

  long count(BrowserSessionFilter filter);

  /**
   * Begins a session.
   *
   * @param userAgent kept as advisory text: unstorable characters are replaced, and it is cut to
   *     1024 code points
   * @throws InvalidStateException USER_LOCKED or USER_DEACTIVATED, by the stored state of the
   *     account
   * @throws NotFoundException if the account is gone
   */
  BrowserSession add(User user, Optional<String> userAgent);

  /**
   * Begins a session of somebody who has entered the account's password, and records that. Refuses
   * what {@link #add} and {@link #authenticateWithPassword} refuse, in one statement.
   *
   * @throws ConflictException PASSWORD_SUPERSEDED if the password no longer counts
   * @throws InvalidInputException if the password is another account's
   * @throws InvalidStateException USER_LOCKED or USER_DEACTIVATED, once the password has proved
   *     right; WRONG_USER if the stored password is another account's
   * @throws NotFoundException if the account or the password is gone
   */
  LoggedIn login(User user, Password password, Optional<String> userAgent);

  /**
   * Ends the session. Finishing a finished one changes nothing: the first instant stays.
   *
   * @throws NotFoundException if the session is gone
   */
  BrowserSession finish(BrowserSession session);

  /**
   * Ends every unfinished session that matches; with an empty filter, everybody's.
   *
   * @return how many
   */
  int finishBulk(BrowserSessionFilter filter);

  /**
   * Ends at most {@code limit} of the unfinished sessions that match, those with the smallest ids
   * first. Sessions that another transaction is changing are passed over.
   *
   * @throws InvalidInputException if the limit is below 1
   */
  FinishedSessions finishBatch(BrowserSessionFilter filter, int limit);

  /**
   * Records that the person has entered this password in this session.
   *
   * @throws InvalidInputException if the password is another account's
   * @throws InvalidStateException SESSION_FINISHED; WRONG_USER if the stored password is another
   *     account's
   * @throws NotFoundException if the session or the password is gone
   */
  Authentication authenticateWithPassword(BrowserSession session, Password password);

  /**
   * Records that the person has logged in at an upstream provider in this session, and ties the two
   * sessions together, so that a logout there finds this one.
   *
   * @throws ConflictException UPSTREAM_SESSION_USED if the upstream session is tied to another
   *     browser session
   * @throws InvalidStateException SESSION_FINISHED
   * @throws NotFoundException if one of the sessions is gone
   */
  Authentication authenticateWithUpstream(
      BrowserSession session, UpstreamOAuthAuthorizationSession upstreamSession);

  /**
   * The latest authentication in the session: the one whose instant is {@code auth_time} (OpenID
   * Connect Core 1.0, section 2).
   *
   * @throws InvalidDataException if its row names two methods
   */
  Optional<Authentication> getLastAuthentication(BrowserSession session);

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
   * Deletes sessions with {@code since <= finishedAt < until}, the oldest first, with their
   * authentications. One from which an application has begun a session that still exists stays, so
   * that a logout at a provider finds that session. Sessions that another transaction has locked
   * are left for the next run.
   *
   * <p>Also those that stay are looked at: a run that passes the cursor on looks at each once.
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
