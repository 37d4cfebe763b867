package dev.authstore.storage.oauth2;

import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2DeviceCodeGrant;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConstraintViolationException;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.page.CleanupResult;
import java.util.Optional;
import java.util.UUID;

/** Requests of devices without a browser (RFC 8628). Each is exchanged once. */
public interface OAuth2DeviceCodeGrantRepository {

  /** The grant in whatever stage. */
  Optional<OAuth2DeviceCodeGrant> lookup(UUID id);

  /** The grant in whatever stage, and its client. */
  Optional<DeviceCodeGrantWithClient> lookupWithClient(UUID id);

  /** The grant of that device code, in whatever stage, expired or not. */
  Optional<OAuth2DeviceCodeGrant> findByDeviceCode(String deviceCode);

  /** The grant of exactly that user code, in whatever stage, expired or not. */
  Optional<OAuth2DeviceCodeGrant> findByUserCode(String userCode);

  /**
   * Keeps a request, pending.
   *
   * @throws ConflictException DEVICE_CODE_TAKEN or USER_CODE_TAKEN, by a grant in whatever stage
   * @throws NotFoundException if the client is gone
   */
  OAuth2DeviceCodeGrant add(OAuth2Client client, DeviceCodeGrantParams params);

  /**
   * Records that the user has agreed, in this browser session.
   *
   * @param locale the language of the browser, up to 64 bytes
   * @throws InvalidInputException if the locale is empty or too long, or holds U+0000 or an
   *     unpaired surrogate
   * @throws InvalidStateException ALREADY_FULFILLED, ALREADY_EXCHANGED, REJECTED or EXPIRED;
   *     SESSION_FINISHED if the browser session has ended
   * @throws NotFoundException if the grant or the browser session is gone
   */
  OAuth2DeviceCodeGrant fulfill(
      OAuth2DeviceCodeGrant grant, BrowserSession browserSession, Optional<String> locale);

  /**
   * Records that the user has declined, also of an expired grant.
   *
   * @throws InvalidStateException ALREADY_FULFILLED, ALREADY_EXCHANGED or REJECTED;
   *     SESSION_FINISHED if the browser session has ended
   * @throws NotFoundException if the grant or the browser session is gone
   */
  OAuth2DeviceCodeGrant reject(OAuth2DeviceCodeGrant grant, BrowserSession browserSession);

  /**
   * Records that the device has got this session, also if the grant is expired. Of several callers
   * at once, one succeeds.
   *
   * @throws InvalidInputException if the session is another client's
   * @throws InvalidStateException NOT_FULFILLED, ALREADY_EXCHANGED or REJECTED
   * @throws NotFoundException if the grant or the session is gone
   */
  OAuth2DeviceCodeGrant exchange(OAuth2DeviceCodeGrant grant, OAuth2Session session);

  /**
   * Answers a device: if the user has agreed, begins the session and stores its tokens, all in one
   * statement. Of several callers at once, one succeeds. The time of a poll that has to be repeated
   * is kept to tell the device to slow down, as the settings of the factory say; otherwise what is
   * refused changes nothing.
   *
   * @param userAgent of the client, as advisory text
   * @throws ConstraintViolationException if a new token exists already; the unit of work is ended
   */
  DevicePoll poll(
      OAuth2Client client, String deviceCode, NewTokens tokens, Optional<String> userAgent);

  /**
   * Deletes grants with {@code since < id <= until}, in whatever stage, expired or not, the oldest
   * first. Grants that another transaction has locked are left for the next run.
   *
   * @param limit at least 1
   * @throws InvalidInputException if the limit is below 1 or {@code until} lies in the future
   */
  CleanupResult<UUID> cleanup(Optional<UUID> since, UUID until, int limit);
}
