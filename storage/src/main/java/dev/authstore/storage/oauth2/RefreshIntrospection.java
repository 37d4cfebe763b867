package dev.authstore.storage.oauth2;

import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2RefreshToken;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.User;
import java.util.Optional;

/** What a refresh token is worth (RFC 7662). */
public sealed interface RefreshIntrospection {
  /**
   * It may be used.
   *
   * @param client whose session it is
   * @param user absent if the client acts for itself
   */
  record Active(
      OAuth2RefreshToken token, OAuth2Session session, OAuth2Client client, Optional<User> user)
      implements RefreshIntrospection {}

  /** It may not. */
  record Inactive(Reason reason) implements RefreshIntrospection {}

  /** Why a token may not be used; of several reasons the first. */
  enum Reason {
    /** There is no such token. */
    UNKNOWN,
    /** It has been withdrawn. */
    REVOKED,
    /** It has been used. */
    CONSUMED,
    /** Its session has ended. */
    SESSION_FINISHED,
    /** The user is locked or deactivated. */
    USER_INVALID
  }
}
