package dev.authstore.storage.oauth2;

import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.User;
import java.util.Optional;

/** What came of revoking a token (RFC 7009). */
public sealed interface TokenRevocation {
  /** Its session has ended. */
  record Ended(OAuth2Session session, Optional<User> user) implements TokenRevocation {}

  /** Its session had ended before. */
  record AlreadyFinished() implements TokenRevocation {}

  /** It is another client's; nothing was changed. */
  record WrongClient() implements TokenRevocation {}

  /** There is no such token, or it is expired, revoked or consumed. */
  record Unknown() implements TokenRevocation {}
}
