package dev.authstore.storage.oauth2;

import dev.authstore.model.oauth2.OAuth2AuthorizationGrant;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.storage.ConstraintViolationException;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.page.CleanupResult;
import java.util.Optional;
import java.util.UUID;

/**
 * Authorization requests on their way to a session. A request has no code before it is approved,
 * and its code is exchanged once.
 */
public interface OAuth2AuthorizationGrantRepository {

  /** The grant in whatever stage. */
  Optional<OAuth2AuthorizationGrant> lookup(UUID id);

  /** The grant in whatever stage, and its client. */
  Optional<AuthorizationGrantWithClient> lookupWithClient(UUID id);

  /** The grant of that code, exchanged or not, expired or not. */
  Optional<OAuth2AuthorizationGrant> findByCode(String code);

  /**
   * Keeps a request, pending.
   *
   * @throws NotFoundException if the client is gone
   */
  OAuth2AuthorizationGrant add(OAuth2Client client, AuthorizationGrantParams params);

  /**
   * Records that the user has agreed, in this browser session. From now on the code can be
   * exchanged, for as long as the settings of the factory say.
   *
   * @param code up to 8,192 bytes of UTF-8; given exactly if the request asked for one
   * @throws ConstraintViolationException if another grant has the code; the unit of work is ended
   * @throws InvalidInputException if the code is missing, not asked for, empty or too long, or
   *     holds U+0000 or an unpaired surrogate
   * @throws InvalidStateException ALREADY_FULFILLED, ALREADY_EXCHANGED or CANCELLED; EXPIRED if the
   *     request is older than the settings of the factory allow; SESSION_FINISHED if the browser
   *     session has ended
   * @throws NotFoundException if the grant or the browser session is gone
   */
  OAuth2AuthorizationGrant fulfill(
      OAuth2AuthorizationGrant grant, BrowserSession browserSession, Optional<String> code);

  /**
   * Records that the user has declined.
   *
   * @throws InvalidStateException ALREADY_FULFILLED, ALREADY_EXCHANGED or CANCELLED
   * @throws NotFoundException if the grant is gone
   */
  OAuth2AuthorizationGrant cancel(OAuth2AuthorizationGrant grant);

  /**
   * Records that the code has been exchanged for this session, whatever the age of the code. Of
   * several callers at once, one succeeds.
   *
   * @throws InvalidInputException if the session is another client's
   * @throws InvalidStateException NOT_FULFILLED, ALREADY_EXCHANGED or CANCELLED
   * @throws NotFoundException if the grant or the session is gone
   */
  OAuth2AuthorizationGrant exchange(OAuth2AuthorizationGrant grant, OAuth2Session session);

  /**
   * Exchanges a code: judges it, and if nothing speaks against it, begins the session and stores
   * its tokens, all in one statement. Of several callers at once, one succeeds. What is refused
   * changes nothing, so a wrong verifier or redirect URI does not burn the code.
   *
   * @param userAgent of the client, as advisory text
   * @throws ConstraintViolationException if a new token exists already; the unit of work is ended
   */
  CodeExchange exchangeCode(
      OAuth2Client client, PresentedCode code, NewTokens tokens, Optional<String> userAgent);

  /**
   * Deletes grants with {@code since < id <= until}, in whatever stage, the oldest first. Grants
   * that another transaction has locked are left for the next run.
   *
   * @param limit at least 1
   * @throws InvalidInputException if the limit is below 1 or {@code until} lies in the future
   */
  CleanupResult<UUID> cleanup(Optional<UUID> since, UUID until, int limit);
}
