package dev.authstore.storage.compat;

import dev.authstore.model.compat.CompatSession;
import dev.authstore.model.compat.CompatSsoLogin;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConstraintViolationException;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import java.net.URI;
import java.util.Optional;
import java.util.UUID;

/**
 * Logins through the browser: begun by anybody, approved by somebody who is logged in, and
 * exchanged by the client that gets the token then made. Each step is taken once.
 */
public interface CompatSsoLoginRepository {

  /** The login, in whatever stage. */
  Optional<CompatSsoLogin> lookup(UUID id);

  /** The login that was exchanged for the session. */
  Optional<CompatSsoLogin> findForSession(CompatSession session);

  /** The login of that token, exchanged or not. */
  Optional<CompatSsoLogin> findByToken(String loginToken);

  Page<CompatSsoLogin> list(CompatSsoLoginFilter filter, Pagination pagination);

  long count(CompatSsoLoginFilter filter);

  /**
   * Begins a login.
   *
   * @param redirectUri where the token will go: of any scheme, up to 2,048 bytes of UTF-8
   * @throws InvalidInputException if the address is relative or too long
   */
  CompatSsoLogin add(URI redirectUri);

  /**
   * Records that somebody has approved the login, in this browser session. From now on the token
   * can be exchanged.
   *
   * @throws ConflictException TOKEN_TAKEN
   * @throws ConstraintViolationException if another login gets the same token at the same time; the
   *     unit of work is ended
   * @throws InvalidInputException if the token is empty, or holds U+0000 or an unpaired surrogate
   * @throws InvalidStateException ALREADY_FULFILLED or ALREADY_EXCHANGED; SESSION_FINISHED if the
   *     browser session has ended
   * @throws NotFoundException if the login or the browser session is gone
   */
  CompatSsoLogin fulfill(CompatSsoLogin login, BrowserSession browserSession, String loginToken);

  /**
   * Records that the token has been exchanged for this session. Of several callers at once, one
   * succeeds; the others must not keep the sessions that they have begun.
   *
   * @throws ConflictException COMPAT_SESSION_USED if another login was exchanged for this session
   * @throws ConstraintViolationException if another login is exchanged for it at the same time; the
   *     unit of work is ended
   * @throws InvalidStateException NOT_FULFILLED or ALREADY_EXCHANGED; SESSION_FINISHED if the
   *     session has ended; WRONG_USER if it is not that of the user who has approved the login
   * @throws NotFoundException if the login or the session is gone
   */
  CompatSsoLogin exchange(CompatSsoLogin login, CompatSession compatSession);

  /**
   * Deletes logins with {@code since < id <= until} that were never exchanged, the oldest first.
   * Those that were go with their session. Logins that another transaction has locked are left for
   * the next run.
   *
   * @param limit at least 1
   * @throws InvalidInputException if the limit is below 1 or {@code until} lies in the future
   */
  CleanupResult<UUID> cleanupStale(Optional<UUID> since, UUID until, int limit);
}
