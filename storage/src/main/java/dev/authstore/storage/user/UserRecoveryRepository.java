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
 * Resetting lost passwords. A session is one request for an address; for each account that has the
 * address, and for each resend, a ticket is mailed as a link. Whoever presents one may reset the
 * password of that account, once for each session.
 *
 * <p>Tickets are stored as SHA-256 digests (FIPS 180-4), so they must be long and random: nothing
 * else protects them from who reads the table.
 */
public interface UserRecoveryRepository {

  Optional<UserRecoverySession> lookupSession(UUID id);

  /**
   * The ticket that reads exactly so, also when it has expired or its session is consumed, so that
   * the page can say which and offer another mail.
   */
  Optional<UserRecoveryTicket> findTicket(String ticket);

  /** As {@link #findTicket}, with all that the page of a reset shows and checks. */
  Optional<ResolvedRecoveryTicket> resolveTicket(String ticket);

  /**
   * The addresses that a ticket of the session can be mailed to, compared folded. Empty if nobody
   * has the address or the session is gone.
   */
  Page<EmailWithUser> listRecipients(UserRecoverySession session, Pagination pagination);

  /**
   * Begins a session, whether anybody has the address or not, so that asking tells nothing.
   *
   * @param email up to 320 bytes of UTF-8
   * @param userAgent may be empty; kept as advisory text: unstorable characters are replaced, and
   *     it is cut to 1024 code points
   * @param locale the language of the mails, up to 64 bytes of UTF-8
   * @throws InvalidInputException if the address or the locale is empty, too long, or holds U+0000
   *     or an unpaired surrogate
   */
  UserRecoverySession addSession(
      String email, String userAgent, Optional<InetAddress> ipAddress, String locale);

  /**
   * Makes a ticket good for {@link StorageLimits#recoveryTicketLifetime}.
   *
   * @see #addTicket(UserRecoverySession, UserEmail, String, Duration)
   */
  UserRecoveryTicket addTicket(UserRecoverySession session, UserEmail userEmail, String ticket);

  /**
   * Makes a ticket good for the session, beside earlier ones. Save before the link is mailed.
   *
   * @param ticket up to 255 bytes of UTF-8
   * @param validity from a microsecond to 36,500 days
   * @throws ConflictException RECOVERY_TICKET_TAKEN if any session has this very ticket
   * @throws InvalidInputException if the ticket is empty, too long, or holds U+0000 or an unpaired
   *     surrogate, or the validity is out of range
   * @throws InvalidStateException in this order: CONSUMED, WRONG_EMAIL if the session is for
   *     another address
   * @throws NotFoundException if the session or the address is gone
   */
  UserRecoveryTicket addTicket(
      UserRecoverySession session, UserEmail userEmail, String ticket, Duration validity);

  /**
   * Uses the ticket up, and with it the session. All other active tickets of the account, for
   * whichever session and address, expire now: who has asked for one in the hope of intercepting it
   * has nothing left. Call it before the password is set; of several that do so at once, one
   * returns.
   *
   * @return the stored session after the change
   * @throws InvalidInputException if the ticket says that it is another session's
   * @throws InvalidStateException in this order: WRONG_SESSION if the stored ticket is another
   *     session's, CONSUMED, EXPIRED
   * @throws NotFoundException if the session or the ticket is gone
   */
  UserRecoverySession consumeTicket(UserRecoveryTicket ticket, UserRecoverySession session);

  /**
   * Deletes sessions with {@code since < id <= until} in any stage, the oldest first, with their
   * tickets. Those that another transaction has locked are left for the next run.
   *
   * @param limit at least 1
   * @throws InvalidInputException if the limit is below 1 or {@code until} lies in the future
   */
  CleanupResult<UUID> cleanup(Optional<UUID> since, UUID until, int limit);
}
