package dev.authstore.storage.personal;

import dev.authstore.model.personal.PersonalAccessToken;
import dev.authstore.model.personal.PersonalSession;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConstraintViolationException;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/** The tokens of personal sessions, kept as digests. */
public interface PersonalAccessTokenRepository {

  /** The token, valid or not. */
  Optional<PersonalAccessToken> lookup(UUID id);

  /** The token of that text, valid or not. The text need not have the form of a token. */
  Optional<PersonalAccessToken> findByToken(String accessToken);

  /**
   * The token of that text with its session, actor and owner, in one statement that changes
   * nothing, if it may be used now: it is neither revoked nor expired, the session is not revoked,
   * and neither the actor nor an owner that is a user is locked or deactivated.
   */
  Optional<ActivePersonalToken> findActive(String accessToken);

  /** The session's token that is not revoked; it may have expired. */
  Optional<PersonalAccessToken> findActiveForSession(PersonalSession session);

  /**
   * Issues a token for a session that has none.
   *
   * @param accessToken up to 8,192 bytes of UTF-8
   * @param expiresAfter positive, up to 36,500 days; if absent, the token does not expire
   * @throws ConflictException TOKEN_TAKEN; SESSION_HAS_TOKEN if the session has a token that is not
   *     revoked, expired or not
   * @throws InvalidInputException if the token is empty or too long, or holds U+0000 or an unpaired
   *     surrogate, or if the lifetime is out of range
   * @throws InvalidStateException SESSION_FINISHED
   * @throws NotFoundException if the session is gone
   */
  PersonalAccessToken add(
      PersonalSession session, String accessToken, Optional<Duration> expiresAfter);

  /**
   * Issues a token for a session in place of the one that it has, if it has one. Of several callers
   * each replaces the token of the one before.
   *
   * @param accessToken up to 8,192 bytes of UTF-8
   * @param expiresAfter positive, up to 36,500 days; if absent, the token does not expire
   * @throws ConstraintViolationException if the token exists already; the unit of work is ended
   * @throws InvalidInputException if the token is empty or too long, or holds U+0000 or an unpaired
   *     surrogate, or if the lifetime is out of range
   * @throws InvalidStateException SESSION_FINISHED
   * @throws NotFoundException if the session is gone
   */
  PersonalAccessToken replace(
      PersonalSession session, String accessToken, Optional<Duration> expiresAfter);

  /**
   * Withdraws the token, expired or not. Its session stays as it is, and can be given another one.
   *
   * @throws InvalidStateException REVOKED if it was withdrawn before; the first instant stays
   * @throws NotFoundException if the token is gone
   */
  PersonalAccessToken revoke(PersonalAccessToken token);
}
