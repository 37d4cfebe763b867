package dev.authstore.storage.compat;

import dev.authstore.model.SessionActivity;
import dev.authstore.model.compat.CompatSession;
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
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Clients that somebody has logged in to by the older API. Ending a session ends all its tokens,
 * which are not touched for it. It ends once and for all, and does not end with the browser session
 * that approved it.
 */
public interface CompatSessionRepository {

  /** The session, finished or not. */
  Optional<CompatSession> lookup(UUID id);

  /**
   * Sessions, each with the login through the browser that led to it, in one statement.
   *
   * @throws InvalidDataException if such a login is not exchanged
   */
  Page<CompatSessionWithLogin> list(CompatSessionFilter filter, Pagination pagination);

  long count(CompatSessionFilter filter);

  /**
   * Begins a session. Other sessions of the device are not ended for it: that comes first.
   *
   * @throws ConflictException DEVICE_TAKEN if the account has an unfinished session on this device
   * @throws InvalidInputException if the browser session is not the user's
   * @throws InvalidStateException USER_DEACTIVATED, or SESSION_FINISHED for the browser session, by
   *     their stored states; a locked account is no obstacle
   * @throws NotFoundException if the account or the browser session is gone
   */
  CompatSession add(User user, CompatSessionParams params);

  /**
   * Ends the session.
   *
   * @throws InvalidStateException SESSION_FINISHED if it has ended before; the first instant stays
   * @throws NotFoundException if the session is gone
   */
  CompatSession finish(CompatSession session);

  /**
   * Ends every unfinished session that matches; with an empty filter, everybody's.
   *
   * @return how many
   */
  int finishBulk(CompatSessionFilter filter);

  /**
   * Ends at most {@code limit} of the unfinished sessions that match, those with the smallest ids
   * first. Sessions that another transaction is changing are passed over.
   *
   * @throws InvalidInputException if the limit is below 1
   */
  FinishedSessions finishBatch(CompatSessionFilter filter, int limit);

  /**
   * Ends exactly so many of the unfinished sessions of an account, to make room for another one:
   * first those that were never used, then those whose last use is longest ago; of equals, the
   * older one. If there are not so many, none is ended.
   *
   * @param count at least 1
   * @return the sessions as they were ended, ascending by id
   * @throws InvalidInputException if the count is below 1
   * @throws NotFoundException if the account is gone
   */
  List<CompatSession> finishLeastRecentlyUsed(User user, int count);

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
  CompatSession recordUserAgent(CompatSession session, String userAgent);

  /**
   * Sets what the user calls the session, or takes the name away, also of a finished one.
   *
   * @param humanName up to 512 bytes of UTF-8
   * @throws InvalidInputException if the name is empty, too long, or holds U+0000 or an unpaired
   *     surrogate
   * @throws NotFoundException if the session is gone
   */
  CompatSession setHumanName(CompatSession session, Optional<String> humanName);

  /**
   * Deletes sessions with {@code since <= finishedAt < until}, the oldest first, with their tokens
   * and logins. Sessions that another transaction has locked are left for the next run.
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
