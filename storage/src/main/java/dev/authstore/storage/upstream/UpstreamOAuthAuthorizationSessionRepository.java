package dev.authstore.storage.upstream;

import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSession;
import dev.authstore.model.upstream.UpstreamOAuthLink;
import dev.authstore.model.upstream.UpstreamOAuthProvider;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.InvalidDataException;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import java.util.Optional;
import java.util.UUID;

/**
 * Runs of the authorization code flow at providers. One is pending until the person comes back,
 * completed until the login is used, and then consumed. It is unlinked when its link is removed or
 * the provider calls it off.
 */
public interface UpstreamOAuthAuthorizationSessionRepository {

  /**
   * The session in any stage.
   *
   * @throws InvalidDataException if the row contradicts itself
   */
  Optional<UpstreamOAuthAuthorizationSession> lookup(UUID id);

  /** Sessions in all stages. */
  Page<UpstreamOAuthAuthorizationSession> list(
      UpstreamOAuthSessionFilter filter, Pagination pagination);

  long count(UpstreamOAuthSessionFilter filter);

  /**
   * Begins a login.
   *
   * @param state unique and secret, up to 1024 bytes, as are the next two
   * @param codeChallengeVerifier if PKCE is used (RFC 7636)
   * @param nonce with OpenID Connect
   * @throws ConflictException UPSTREAM_STATE_TAKEN if there is a session with this state
   * @throws InvalidInputException if one of the texts is empty, too long, or holds U+0000 or an
   *     unpaired surrogate
   * @throws NotFoundException if the provider is gone
   */
  UpstreamOAuthAuthorizationSession add(
      UpstreamOAuthProvider provider,
      String state,
      Optional<String> codeChallengeVerifier,
      Optional<String> nonce);

  /**
   * Records that the person has come back, and who they are there. The verifier and the nonce have
   * served and are erased. Of several callbacks at once, one completes the session.
   *
   * @throws InvalidInputException if the link is at another provider
   * @throws InvalidStateException COMPLETED, CONSUMED or UNLINKED, if the session is no longer
   *     pending; WRONG_PARENT if the stored link is at another provider
   * @throws NotFoundException if the session or the link is gone
   */
  UpstreamOAuthAuthorizationSession completeWithLink(
      UpstreamOAuthAuthorizationSession session, UpstreamOAuthLink link, UpstreamAnswer answer);

  /**
   * Uses the login, which is possible once, and ties it to a browser session, so that a logout at
   * the provider finds that. A link without an account will do; one with an account must be of the
   * account whose browser session it is.
   *
   * @throws ConflictException UPSTREAM_SESSION_USED if it has authenticated another browser session
   * @throws InvalidStateException PENDING, CONSUMED or UNLINKED, if the session is not completed;
   *     WRONG_USER if the link belongs to another account than the browser session;
   *     SESSION_FINISHED if that is finished
   * @throws NotFoundException if one of the sessions is gone
   */
  UpstreamOAuthAuthorizationSession consume(
      UpstreamOAuthAuthorizationSession session, BrowserSession browserSession);

  /**
   * Calls off the logins that match and have not been used: they become unlinked, and only their
   * claims stay. For a logout at the provider, before the browser sessions that were logged in
   * there are ended: whoever uses a login at that moment has either used it by then, or cannot any
   * more.
   *
   * @param filter with a provider
   * @return how many
   * @throws InvalidInputException if the filter has no provider
   */
  int invalidateUnconsumed(UpstreamOAuthSessionFilter filter);

  /**
   * Deletes sessions with {@code since < id <= until} that belong to no browser session, the oldest
   * first. Kept are those attached to an unfinished sign-up. What another transaction has locked is
   * left for the next run.
   *
   * @param limit at least 1
   * @throws InvalidInputException if the limit is below 1 or {@code until} lies in the future
   */
  CleanupResult<UUID> cleanupOrphaned(Optional<UUID> since, UUID until, int limit);
}
