package dev.authstore.model.compat;

import dev.authstore.model.Device;
import java.net.InetAddress;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * A client that somebody has logged in to.
 *
 * @param device absent only if the session was imported without
 * @param browserSessionId in which the login was approved; absent if the password went to the
 *     client
 * @param humanName what the client or the user calls it; personal data, not printed
 * @param isSynapseAdmin whether its tokens stand for an administrator of the homeserver
 * @param userAgent what the client called itself; personal data, not printed
 * @param lastActiveAt absent until the first recorded activity
 * @param lastActiveIp personal data, not printed, erased after a while
 */
public record CompatSession(
    UUID id,
    UUID userId,
    Optional<Device> device,
    Optional<UUID> browserSessionId,
    Optional<String> humanName,
    boolean isSynapseAdmin,
    Instant createdAt,
    CompatSessionStage stage,
    Optional<String> userAgent,
    Optional<Instant> lastActiveAt,
    Optional<InetAddress> lastActiveIp) {

  /** Whether it has not ended. Its user may be locked or deactivated all the same. */
  public boolean isValid() {
    return !isFinished();
  }

  public boolean isFinished() {
    return stage instanceof CompatSessionStage.Finished;
  }

  /** When it ended, if it has. */
  public Optional<Instant> finishedAt() {
    return stage instanceof CompatSessionStage.Finished finished
        ? Optional.of(finished.finishedAt())
        : Optional.empty();
  }

  @Override
  public String toString() {
    return "CompatSession[id="
        + id
        + ", userId="
        + userId
        + ", device="
        + device
        + ", createdAt="
        + createdAt
        + ", stage="
        + stage
        + "]";
  }
}
