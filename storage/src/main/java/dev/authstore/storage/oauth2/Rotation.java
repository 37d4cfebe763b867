package dev.authstore.storage.oauth2;

import dev.authstore.model.oauth2.OAuth2AccessToken;
import dev.authstore.model.oauth2.OAuth2RefreshToken;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.User;
import java.util.Optional;

/** What came of presenting a refresh token. */
public sealed interface Rotation {
  /**
   * The client has a new pair of tokens.
   *
   * @param user absent if the client acts for itself
   * @param previous the token presented, consumed
   * @param reissued whether it had been used before, and its first successors are revoked
   */
  record Rotated(
      OAuth2Session session,
      Optional<User> user,
      OAuth2AccessToken accessToken,
      OAuth2RefreshToken refreshToken,
      OAuth2RefreshToken previous,
      boolean reissued)
      implements Rotation {}

  /**
   * Nothing was changed.
   *
   * @param session absent if the token is unknown or another client's
   */
  record Refused(Reason reason, Optional<OAuth2Session> session) implements Rotation {}

  /** Why a token is refused; of several reasons the first. */
  enum Reason {
    /** There is no such token. */
    UNKNOWN,
    /** It is another client's. */
    WRONG_CLIENT,
    /** Its session has ended. */
    SESSION_FINISHED,
    /** The user is locked or deactivated. */
    USER_INVALID,
    /** It has been withdrawn. */
    REVOKED,
    /** It was used within the grace: another request's answer is under way. */
    CONCURRENT,
    /**
     * It was used before, and what replaced it was used or withdrawn, or is not reissued by the
     * policy: the one or the other may be stolen. Best current practice is to finish the session
     * (RFC 9700, section 4.14.2), in the same unit of work.
     */
    REPLAYED,
    /** Its session or the token itself is older than the policy allows. */
    EXPIRED
  }
}
