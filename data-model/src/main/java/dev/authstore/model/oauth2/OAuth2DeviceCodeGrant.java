package dev.authstore.model.oauth2;

import dev.authstore.model.Scope;
import dev.authstore.model.oauth2.OAuth2DeviceCodeGrantStage.Exchanged;
import dev.authstore.model.oauth2.OAuth2DeviceCodeGrantStage.Fulfilled;
import dev.authstore.model.oauth2.OAuth2DeviceCodeGrantStage.Pending;
import dev.authstore.model.oauth2.OAuth2DeviceCodeGrantStage.Rejected;
import java.net.InetAddress;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * The request of a device without a browser (RFC 8628): it polls with a device code, while somebody
 * approves the user code elsewhere.
 *
 * @param userCode as shown on the device; of use to whoever is logged in, so not printed
 * @param ipAddress of the device; personal data, not printed
 * @param userAgent of the device; personal data, not printed
 * @param locale the language of the browser that approved it
 */
public record OAuth2DeviceCodeGrant(
    UUID id,
    UUID clientId,
    Scope scope,
    String userCode,
    Instant createdAt,
    Instant expiresAt,
    OAuth2DeviceCodeGrantStage stage,
    Optional<InetAddress> ipAddress,
    Optional<String> userAgent,
    Optional<String> locale) {

  public boolean isPending() {
    return stage instanceof Pending;
  }

  public boolean isFulfilled() {
    return stage instanceof Fulfilled;
  }

  public boolean isRejected() {
    return stage instanceof Rejected;
  }

  public boolean isExchanged() {
    return stage instanceof Exchanged;
  }

  /** Whether the time to approve and to exchange it is over, in whatever stage. */
  public boolean isExpired(Instant now) {
    return !now.isBefore(expiresAt);
  }

  @Override
  public String toString() {
    return "OAuth2DeviceCodeGrant[id="
        + id
        + ", clientId="
        + clientId
        + ", scope="
        + scope
        + ", createdAt="
        + createdAt
        + ", expiresAt="
        + expiresAt
        + ", stage="
        + stage
        + "]";
  }
}
