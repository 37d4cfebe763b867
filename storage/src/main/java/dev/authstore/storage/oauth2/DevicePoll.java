package dev.authstore.storage.oauth2;

import dev.authstore.model.oauth2.OAuth2AccessToken;
import dev.authstore.model.oauth2.OAuth2DeviceCodeGrant;
import dev.authstore.model.oauth2.OAuth2RefreshToken;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.BrowserSession;
import java.util.Optional;

/** What a device is told that polls (RFC 8628, section 3.5); of several answers the first. */
public sealed interface DevicePoll {
  /** There is no such device code, it is another client's, or it has been exchanged. */
  record Unknown() implements DevicePoll {}

  /** Its time is over, in whatever stage. */
  record Expired() implements DevicePoll {}

  /** The last poll that was answered was too short a time ago. */
  record SlowDown() implements DevicePoll {}

  /** Nobody has answered yet. */
  record Pending() implements DevicePoll {}

  /** The user has declined. */
  record Rejected() implements DevicePoll {}

  /**
   * The user has agreed, but the browser session is finished, or the user locked or deactivated.
   */
  record BrowserSessionEnded() implements DevicePoll {}

  /** The device has its session and its tokens. */
  record Exchanged(
      OAuth2DeviceCodeGrant grant,
      OAuth2Session session,
      OAuth2AccessToken accessToken,
      Optional<OAuth2RefreshToken> refreshToken,
      BrowserSession browserSession)
      implements DevicePoll {}
}
