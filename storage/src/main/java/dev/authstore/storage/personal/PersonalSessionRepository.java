package dev.authstore.storage.personal;

import dev.authstore.model.Scope;
import dev.authstore.model.SessionActivity;
import dev.authstore.model.personal.PersonalSession;
import dev.authstore.model.personal.PersonalSessionOwner;
import dev.authstore.model.user.User;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import java.util.UUID;

/**
 * What users and clients have allowed scripts to do. A session ends once and for all, and its token
 * with it. One that a client owns is deleted with the client.
 */
public interface PersonalSessionRepository {

  /** The session, revoked or not. */
  Optional<PersonalSession> lookup(UUID id);

  /** Each session once, with the token that is not revoked, if it has one. */
  Page<PersonalSessionWithToken> list(PersonalSessionFilter filter, Pagination pagination);

  long count(PersonalSessionFilter filter);

  /**
   * Creates a session, which has no token yet.
   *
   * @param humanName not blank, up to 512 bytes of UTF-8
   * @throws InvalidInputException if the name is blank, too long, or holds U+0000 or an unpaired
   *     surrogate
   * @throws InvalidStateException USER_DEACTIVATED for the actor, or for the owner, by their stored
   *     states; a locked account is no obstacle
   * @throws NotFoundException if the actor or the owner is gone
   */
  PersonalSession add(PersonalSessionOwner owner, User actorUser, String humanName, Scope scope);

  /**
   * Ends the session, and its token with the same instant.
   *
   * @throws InvalidStateException SESSION_FINISHED if it was revoked before; the first instant
   *     stays
   * @throws NotFoundException if the session is gone
   */
  PersonalSession revoke(PersonalSession session);

  /**
   * Ends every session that matches and is not revoked, and their tokens with the same instant;
   * with an empty filter, everybody's.
   *
   * @return how many sessions
   */
  int revokeBulk(PersonalSessionFilter filter);

  /**
   * Records when and from where sessions were used, in chunks of 500. Order and repetition within
   * the collection do not matter: the latest instant wins and never moves back, and an address
   * replaces the stored one only if it was seen at or after the stored activity. Revoked sessions
   * are recorded too, unknown ones ignored.
   *
   * @return how many sessions are known
   */
  int recordBatchActivity(Collection<SessionActivity> activity);

  /**
   * Deletes sessions with {@code since <= revokedAt < until}, the oldest first, with their tokens.
   * Sessions that another transaction has locked are left for the next run.
   *
   * @param limit at least 1
   * @throws InvalidInputException if the limit is below 1 or {@code until} lies in the future
   */
  CleanupResult<Instant> cleanupRevoked(Optional<Instant> since, Instant until, int limit);

  /**
   * Erases the address of sessions with {@code since <= lastActiveAt < threshold}, revoked or not,
   * the least recently used first. Sessions that another transaction has locked are left for the
   * next run.
   *
   * @param limit at least 1
   * @throws InvalidInputException if the limit is below 1 or {@code threshold} lies in the future
   */
  CleanupResult<Instant> cleanupInactiveIps(Optional<Instant> since, Instant threshold, int limit);
}
