package dev.authstore.storage.user;

import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSession;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.model.user.UserEmail;
import dev.authstore.model.user.UserEmailAuthentication;
import dev.authstore.model.user.UserEmailAuthenticationCode;
import dev.authstore.model.user.UserRegistration;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.KeyRing;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.StorageLimits;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * E-mail addresses whose control was proved, and the attempts to prove it. Addresses are compared
 * folded; several accounts may share one. Send mail to the stored address only, never to the
 * spelling that somebody typed: folding may equate two mailboxes.
 *
 * <p>An authentication is proved once, by a code sent to the address or by the word of another
 * identity provider. After as many wrong codes as {@link StorageLimits#emailCodeAttempts} allows it
 * is dead: it stays pending, and nothing completes it. Codes are stored as digests under the key
 * {@link KeyRing.Purpose#CODE}; without that key whoever reads the table can find them out.
 */
public interface UserEmailRepository {

  /** The entry, whatever the state of its account. */
  Optional<UserEmail> lookup(UUID id);

  /** This account's entry for the address. */
  Optional<UserEmail> find(User user, String email);

  /** The entry for the address; empty if there is none or more than one. */
  Optional<UserEmail> findByEmail(String email);

  /** All addresses of the account, ascending by the folded address in byte order, then by id. */
  List<UserEmail> all(User user);

  Page<UserEmail> list(UserEmailFilter filter, Pagination pagination);

  long count(UserEmailFilter filter);

  /**
   * Adds an address that the caller vouches for, whatever the state of the account and whoever else
   * has the address.
   *
   * @param email up to 320 bytes of UTF-8
   * @throws ConflictException EMAIL_TAKEN if this account has the address already
   * @throws InvalidInputException if the address is empty, too long, or holds U+0000 or an unpaired
   *     surrogate
   * @throws NotFoundException if the account is gone
   */
  UserEmail add(User user, String email);

  /**
   * As {@link #add}, but no account may have the address. Of two calls of this at once, the second
   * waits; what {@link #add} has not saved yet is not seen.
   *
   * @throws ConflictException EMAIL_TAKEN if any account has the address
   * @throws InvalidInputException as for {@link #add}
   * @throws NotFoundException if the account is gone
   */
  UserEmail addIfUnused(User user, String email);

  /**
   * Deletes the entry, and with it the recovery tickets made for it. The last one may go.
   *
   * @throws NotFoundException if it is gone
   */
  void remove(UserEmail userEmail);

  /**
   * Deletes all entries that match, and with them the recovery tickets made for them.
   *
   * @return how many
   * @throws InvalidInputException if the filter has no criterion
   */
  int removeBulk(UserEmailFilter filter);

  Optional<UserEmailAuthentication> lookupAuthentication(UUID id);

  /**
   * The code of this authentication that reads exactly so, expired or not; empty if the
   * authentication is completed or dead. Counts nothing: for what people type there is {@link
   * #tryAuthenticationCode}.
   */
  Optional<UserEmailAuthenticationCode> findAuthenticationCode(
      UserEmailAuthentication authentication, String code);

  /**
   * Begins a proof in a browser session, whoever has the address and whatever was begun before.
   *
   * @param email up to 320 bytes of UTF-8
   * @throws InvalidInputException as for {@link #add}
   * @throws InvalidStateException SESSION_FINISHED
   * @throws NotFoundException if the session is gone
   */
  UserEmailAuthentication addAuthenticationForSession(BrowserSession session, String email);

  /**
   * Begins a proof in a sign-up, to which it is attached by another operation.
   *
   * @param email up to 320 bytes of UTF-8
   * @throws InvalidInputException as for {@link #add}
   * @throws InvalidStateException COMPLETED if the account has been made
   * @throws NotFoundException if the sign-up is gone
   */
  UserEmailAuthentication addAuthenticationForRegistration(
      UserRegistration registration, String email);

  /**
   * Makes a code good for the authentication, beside earlier ones. Save before the code is sent.
   *
   * @param code up to 64 bytes of UTF-8
   * @param validity more than nothing, at most 36,500 days
   * @throws ConflictException EMAIL_CODE_TAKEN if the authentication has this code already
   * @throws InvalidInputException if the code is empty, too long, or holds U+0000 or an unpaired
   *     surrogate, or the validity is out of range
   * @throws InvalidStateException COMPLETED, or ATTEMPTS_EXHAUSTED if it is dead
   * @throws NotFoundException if the authentication is gone
   */
  UserEmailAuthenticationCode addAuthenticationCode(
      UserEmailAuthentication authentication, String code, Duration validity);

  /**
   * Judges a code that somebody typed, any text at all, and counts it if it is wrong. Those who try
   * at once queue up, so no more are wrong than allowed. Save in any case: what is rolled back was
   * not counted.
   *
   * @throws NotFoundException if the authentication is gone
   */
  CodeAttempt tryAuthenticationCode(UserEmailAuthentication authentication, String code);

  /**
   * Completes a pending authentication and deletes its codes.
   *
   * @return the stored row after the change
   * @throws InvalidInputException if the code is another authentication's
   * @throws InvalidStateException in this order: COMPLETED, ATTEMPTS_EXHAUSTED, EXPIRED
   * @throws NotFoundException if the authentication or, unless its state refuses, the code is gone
   */
  UserEmailAuthentication completeAuthenticationWithCode(
      UserEmailAuthentication authentication, UserEmailAuthenticationCode code);

  /**
   * Completes a pending authentication on the word of a provider, which the caller believes, and
   * deletes its codes. The upstream session may be in any stage.
   *
   * @return the stored row after the change
   * @throws InvalidStateException in this order: COMPLETED, ATTEMPTS_EXHAUSTED
   * @throws NotFoundException if the authentication or, unless its state refuses, the upstream
   *     session is gone
   */
  UserEmailAuthentication completeAuthenticationWithUpstream(
      UserEmailAuthentication authentication, UpstreamOAuthAuthorizationSession upstreamSession);

  /**
   * Deletes authentications with {@code since < id <= until} in any stage, the oldest first, with
   * their codes; a sign-up loses what it had attached. Those that another transaction has locked
   * are left for the next run.
   *
   * @param limit at least 1
   * @throws InvalidInputException if the limit is below 1 or {@code until} lies in the future
   */
  CleanupResult<UUID> cleanupAuthentications(Optional<UUID> since, UUID until, int limit);
}
