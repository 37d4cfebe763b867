package dev.authstore.storage.user;

import dev.authstore.model.Json;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSession;
import dev.authstore.model.user.UserEmailAuthentication;
import dev.authstore.model.user.UserRegistration;
import dev.authstore.model.user.UserRegistrationToken;
import dev.authstore.storage.InvalidDataException;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.page.CleanupResult;
import java.net.InetAddress;
import java.net.URI;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * Sign-ups in progress. The steps of one may be taken in any order and repeated; the last value
 * counts, and nothing can be taken back. Completing it freezes it. Which steps are needed is the
 * service's business; that what was attached belongs here and is still there is guarded.
 *
 * <p>Every change refuses a completed sign-up (COMPLETED) and one that is gone, and returns the
 * stored row with what others have set meanwhile.
 */
public interface UserRegistrationRepository {

  /**
   * The sign-up, completed or not.
   *
   * @throws InvalidDataException if the row holds half a password, or a URL or version that cannot
   *     be read
   */
  Optional<UserRegistration> lookup(UUID id);

  /** The sign-up with its e-mail authentication and registration token. */
  Optional<RegistrationBundle> load(UUID id);

  /**
   * Begins a sign-up. The name is not reserved, and may be taken already.
   *
   * @param username up to 255 bytes of UTF-8
   * @param userAgent kept as advisory text: unstorable characters are replaced, and it is cut to
   *     1024 code points
   * @param postAuthAction where to go on afterwards
   * @throws InvalidInputException if the name is empty, too long, or holds U+0000 or an unpaired
   *     surrogate
   */
  UserRegistration add(
      String username,
      Optional<InetAddress> ipAddress,
      Optional<String> userAgent,
      Optional<Json> postAuthAction);

  /**
   * Sets the name to show, as it is.
   *
   * @param displayName up to 1024 bytes of UTF-8
   * @throws InvalidInputException if the name is too long, or holds U+0000 or an unpaired surrogate
   * @throws InvalidStateException COMPLETED
   * @throws NotFoundException if the sign-up is gone
   */
  UserRegistration setDisplayName(UserRegistration registration, String displayName);

  /**
   * Records which terms were accepted.
   *
   * @param termsUrl absolute, up to 2000 bytes of UTF-8, kept as it is written
   * @throws InvalidInputException if the URL is relative or too long, or holds an unpaired
   *     surrogate
   * @throws InvalidStateException COMPLETED
   * @throws NotFoundException if the sign-up is gone
   */
  UserRegistration setTermsUrl(UserRegistration registration, URI termsUrl);

  /**
   * Attaches a proof of control over an address, completed or not, that was begun for this very
   * sign-up: one begun for another would vouch for the wrong person.
   *
   * @throws InvalidInputException if the authentication is not this sign-up's
   * @throws InvalidStateException COMPLETED; WRONG_PARENT if the stored authentication is not this
   *     sign-up's
   * @throws NotFoundException if the sign-up or the authentication is gone
   */
  UserRegistration setEmailAuthentication(
      UserRegistration registration, UserEmailAuthentication authentication);

  /**
   * Sets the password, which is kept until the sign-up completes.
   *
   * @param version of the hashing scheme, 0 to 65535
   * @param hashedPassword 1 to 1024 bytes of UTF-8
   * @throws InvalidInputException if the hash or version is out of range
   * @throws InvalidStateException COMPLETED
   * @throws NotFoundException if the sign-up is gone
   */
  UserRegistration setPassword(UserRegistration registration, int version, String hashedPassword);

  /**
   * Attaches an invitation, valid or not. No use is counted.
   *
   * @throws InvalidStateException COMPLETED
   * @throws NotFoundException if the sign-up or the token is gone
   */
  UserRegistration setRegistrationToken(UserRegistration registration, UserRegistrationToken token);

  /**
   * Attaches a login at another identity provider, in any stage.
   *
   * @throws InvalidStateException COMPLETED
   * @throws NotFoundException if the sign-up or the upstream session is gone
   */
  UserRegistration setUpstreamOAuthAuthorizationSession(
      UserRegistration registration, UpstreamOAuthAuthorizationSession upstreamSession);

  /**
   * Ends the sign-up and erases its password from the database.
   *
   * @return the sign-up, for the last time with the password
   * @throws InvalidStateException COMPLETED; REQUIREMENT_LOST if an authentication, token or
   *     upstream session was attached that has been removed since, until another one is attached
   * @throws NotFoundException if the sign-up is gone
   */
  UserRegistration complete(UserRegistration registration);

  /**
   * Erases the passwords of abandoned sign-ups, which stay otherwise: of those begun before the
   * millisecond of an instant, the oldest first. Those that another transaction has locked are left
   * for the next run.
   *
   * @param createdBefore at least {@link UserRegistration#LIFETIME} ago, so that none which may
   *     still be completed loses its password
   * @param limit at least 1
   * @return how many
   * @throws InvalidInputException if the limit is below 1 or {@code createdBefore} is later
   */
  int erasePasswords(Instant createdBefore, int limit);

  /**
   * Deletes sign-ups with {@code since < id <= until}, completed or not, the oldest first, with
   * their e-mail authentications. Those that another transaction has locked are left for the next
   * run.
   *
   * @param limit at least 1
   * @throws InvalidInputException if the limit is below 1 or {@code until} lies in the future
   */
  CleanupResult<UUID> cleanup(Optional<UUID> since, UUID until, int limit);
}
