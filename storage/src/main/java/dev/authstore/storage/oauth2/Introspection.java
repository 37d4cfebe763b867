package dev.authstore.storage.oauth2;

import dev.authstore.model.oauth2.OAuth2AccessToken;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.User;
import java.util.Optional;

/** What an access token is worth (RFC 7662). */
public sealed interface Introspection {
  /**
   * It may be used.
   *
   * @param client whose session it is
   * @param user absent if the client acts for itself
   */
  record Active(
      OAuth2AccessToken token, OAuth2Session session, OAuth2Client client, Optional<User> user)
      implements Introspection {}

  /** It may not. */
  record Inactive(Reason reason) implements Introspection {}

  /** Why a token may not be used; of several reasons the first. */
  enum Reason {
    /** There is no such token. */
    UNKNOWN,
    /** It has been withdrawn. */
    REVOKED,
    /** Its time is over. */
    EXPIRED,
    /** Its session has ended. */
    SESSION_FINISHED,
    /** The user is locked or deactivated. */
    USER_INVALID
  }
}
