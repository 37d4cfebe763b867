package dev.authstore.storage.oauth2;

import dev.authstore.model.oauth2.OAuth2AccessToken;
import dev.authstore.model.oauth2.OAuth2AuthorizationGrant;
import dev.authstore.model.oauth2.OAuth2RefreshToken;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.Authentication;
import dev.authstore.model.user.BrowserSession;
import java.util.Optional;

/** What came of presenting an authorization code. */
public sealed interface CodeExchange {
  /**
   * The client has its session and its tokens.
   *
   * @param lastAuthentication gives {@code auth_time} (OpenID Connect Core 1.0, section 2)
   */
  record Exchanged(
      OAuth2AuthorizationGrant grant,
      OAuth2Session session,
      OAuth2AccessToken accessToken,
      Optional<OAuth2RefreshToken> refreshToken,
      BrowserSession browserSession,
      Optional<Authentication> lastAuthentication)
      implements CodeExchange {}

  /**
   * Nothing was changed; unless it is exchanged or expired, the code can still be used.
   *
   * @param grant as stored; absent if the code is unknown
   */
  record Refused(Reason reason, Optional<OAuth2AuthorizationGrant> grant) implements CodeExchange {}

  /** Why a code is refused; of several reasons the first. */
  enum Reason {
    /** There is no such code, or it is another client's. */
    UNKNOWN_CODE,
    /** It has been exchanged before: stolen, or sent twice (RFC 6749, section 4.1.2). */
    ALREADY_EXCHANGED,
    /** Its time is over. */
    EXPIRED,
    /** The client repeats another redirect URI than that of its request. */
    REDIRECT_URI_MISMATCH,
    /** The request had a challenge. */
    VERIFIER_MISSING,
    /** The request had no challenge. */
    VERIFIER_UNEXPECTED,
    /** The verifier is malformed, or not that of the challenge. */
    VERIFIER_INVALID,
    /** The browser session is finished, or its user locked or deactivated. */
    BROWSER_SESSION_ENDED
  }
}
