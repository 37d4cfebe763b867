package dev.authstore.storage.user;

import dev.authstore.model.user.UserRegistrationToken;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * Invitations to sign up, made by administrators. Revoked, expired and used up are independent of
 * each other; each can be undone, and none is ever deleted.
 */
public interface UserRegistrationTokenRepository {

  /** The token, valid or not. */
  Optional<UserRegistrationToken> lookup(UUID id);

  /** The token of exactly this text, valid or not. Nothing is trimmed. */
  Optional<UserRegistrationToken> findByToken(String token);

  Page<UserRegistrationToken> list(UserRegistrationTokenFilter filter, Pagination pagination);

  long count(UserRegistrationTokenFilter filter);

  /**
   * Adds a token. If another transaction is adding the same text, waits for its end.
   *
   * @param token up to 255 bytes of UTF-8
   * @param usageLimit 0 makes one that can never be used; unlimited if empty
   * @param expiresAt may lie in the past; never if empty
   * @throws ConflictException REGISTRATION_TOKEN_TAKEN if another token has the text, revoked or
   *     not
   * @throws InvalidInputException if the text is empty, too long, or holds U+0000 or an unpaired
   *     surrogate, the limit is negative, or the instant lies outside the years 1 to 9999
   */
  UserRegistrationToken add(
      String token, Optional<Integer> usageLimit, Optional<Instant> expiresAt);

  /**
   * Counts a completed sign-up, if the token is valid now. Of those who use it at once, no more
   * than the limit succeed; {@code lastUsedAt} never moves back.
   *
   * @throws InvalidStateException in this order: REVOKED, EXPIRED, EXHAUSTED
   * @throws NotFoundException if the token is gone
   */
  UserRegistrationToken useToken(UserRegistrationToken token);

  /**
   * Takes the token out of use. Revoking a revoked one changes nothing: the first {@code revokedAt}
   * stays.
   *
   * @throws NotFoundException if the token is gone
   */
  UserRegistrationToken revoke(UserRegistrationToken token);

  /**
   * Puts the token back into use, if it is revoked.
   *
   * @throws NotFoundException if the token is gone
   */
  UserRegistrationToken unrevoke(UserRegistrationToken token);

  /**
   * Moves or removes the end, in any state.
   *
   * @param expiresAt may lie in the past; never if empty
   * @throws InvalidInputException if the instant lies outside the years 1 to 9999
   * @throws NotFoundException if the token is gone
   */
  UserRegistrationToken setExpiry(UserRegistrationToken token, Optional<Instant> expiresAt);

  /**
   * Changes or removes the limit, in any state.
   *
   * @param usageLimit may be below the uses so far; unlimited if empty
   * @throws InvalidInputException if the limit is negative
   * @throws NotFoundException if the token is gone
   */
  UserRegistrationToken setUsageLimit(UserRegistrationToken token, Optional<Integer> usageLimit);

  /**
   * Both of these at once, as given. Without a change, the stored row.
   *
   * @throws NotFoundException if the token is gone
   */
  UserRegistrationToken update(UserRegistrationToken token, UserRegistrationTokenChanges changes);
}
