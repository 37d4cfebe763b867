package dev.authstore.model.oauth2;

import dev.authstore.model.Scope;
import java.net.InetAddress;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * What a client holds: the authorization that all its tokens hang under.
 *
 * @param userId absent if the client acts for itself (RFC 6749, section 4.4)
 * @param browserSessionId in which the user approved it; only with a user, who need not have done
 *     so
 * @param userAgent what the client called itself at its last token request; personal data, not
 *     printed
 * @param humanName what the user calls it; personal data, not printed
 * @param lastActiveAt absent until the first recorded activity
 * @param lastActiveIp personal data, not printed, erased after a while
 */
public record OAuth2Session(
    UUID id,
    UUID clientId,
    Optional<UUID> userId,
    Optional<UUID> browserSessionId,
    Scope scope,
    Instant createdAt,
    OAuth2SessionStage stage,
    Optional<String> userAgent,
    Optional<String> humanName,
    Optional<Instant> lastActiveAt,
    Optional<InetAddress> lastActiveIp) {

  /** Whether it has not ended. Its user may be locked or deactivated all the same. */
  public boolean isValid() {
    return !isFinished();
  }

  public boolean isFinished() {
    return stage instanceof OAuth2SessionStage.Finished;
  }

  /** When it ended, if it has. */
  public Optional<Instant> finishedAt() {
    return stage instanceof OAuth2SessionStage.Finished finished
        ? Optional.of(finished.finishedAt())
        : Optional.empty();
  }

  @Override
  public String toString() {
    return "OAuth2Session[id="
        + id
        + ", clientId="
        + clientId
        + ", userId="
        + userId
        + ", scope="
        + scope
        + ", createdAt="
        + createdAt
        + ", stage="
        + stage
        + "]";
  }
}
