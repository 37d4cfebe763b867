package dev.authstore.storage.user;

import dev.authstore.model.user.UserEmail;
import dev.authstore.model.user.UserRecoverySession;
import dev.authstore.model.user.UserRecoveryTicket;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.StorageLimits;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/**
 * Resetting lost passwords. A session is one request for an address, which may be nobody's; a
 * ticket is a secret mailed to one stored address that matches. A session allows one reset, by
 * whichever of its tickets comes first.
 *
 * <p>Secrets of tickets are made by the caller, long and random, and kept as SHA-256 digests.
 */
public interface UserRecoveryRepository {

  /** The session, consumed or not. */
  Optional<UserRecoverySession> lookupSession(UUID id);

  /**
   * The ticket with exactly this secret, whether or not it has expired or its session was consumed:
   * whoever opens an old link should be told so.
   */
  Optional<UserRecoveryTicket> findTicket(String ticket);

  /** As {@link #findTicket}, with everything that a reset has to know. */
  Optional<ResolvedRecoveryTicket> resolveTicket(String ticket);

  /** The stored addresses that a session asks to be mailed to, with their accounts. */
  Page<EmailWithUser> listAddressees(UserRecoverySession session, Pagination pagination);

  /**
   * Begins a session, without looking whether the address is anybody's.
   *
   * @param email up to 320 bytes of UTF-8
   * @param userAgent kept as advisory text: unstorable characters are replaced, and it is cut to
   *     1024 code points; may be empty
   * @param locale 1 to 64 bytes of UTF-8
   * @throws InvalidInputException if the address or the locale is empty, too long, or holds U+0000
   *     or an unpaired surrogate
   */
  UserRecoverySession addSession(
      String email, String userAgent, Optional<InetAddress> ipAddress, String locale);

  /** As the other one, with {@link StorageLimits#recoveryTicketLifetime()}. */
  UserRecoveryTicket addTicket(UserRecoverySession session, UserEmail userEmail, String ticket);

  /**
   * Issues a ticket; earlier ones stay valid.
   *
   * @param ticket the secret, up to 255 bytes of UTF-8; only its digest is kept
   * @param lifetime positive
   * @throws ConflictException TICKET_TAKEN if the secret was used before
   * @throws InvalidStateException CONSUMED; WRONG_EMAIL if the stored address is another one than
   *     the session asks for
   * @throws NotFoundException if the session or the address is gone
   * @throws InvalidInputException if the secret is empty, too long, or holds U+0000 or an unpaired
   *     surrogate, or the lifetime is not positive
   */
  UserRecoveryTicket addTicket(
      UserRecoverySession session, UserEmail userEmail, String ticket, Duration lifetime);

  /**
   * Spends a ticket, and with it its session and every other ticket of the same account that is
   * still active, of whatever session. Call it before setting the password: of two that come with
   * one link, the second is refused here.
   *
   * @throws InvalidStateException CONSUMED if the session has been used; EXPIRED
   * @throws NotFoundException if the session or the ticket is gone
   * @throws InvalidInputException if the ticket is another session's
   */
  UserRecoverySession consumeTicket(UserRecoveryTicket ticket, UserRecoverySession session);

  /**
   * Deletes sessions in any stage with {@code since < id <= until}, the oldest first, with their
   * tickets. Sessions that another transaction has locked are left for the next run.
   *
   * @param limit at least 1
   * @throws InvalidInputException if the limit is below 1 or {@code until} lies in the future
   */
  CleanupResult<UUID> cleanup(Optional<UUID> since, UUID until, int limit);
}
