package dev.authstore.model.user;

import java.net.InetAddress;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * A browser in which somebody is logged in.
 *
 * @param user the whole account, as it was when the session was read
 * @param userAgent what the browser called itself at login; personal data, not printed
 * @param lastActiveAt absent until the first recorded activity
 * @param lastActiveIp personal data, not printed, erased after a while
 */
public record BrowserSession(
    UUID id,
    User user,
    Instant createdAt,
    BrowserSessionStage stage,
    Optional<String> userAgent,
    Optional<Instant> lastActiveAt,
    Optional<InetAddress> lastActiveIp) {

  /** Whether the session may be used: not finished, and its user neither locked nor deactivated. */
  public boolean isActive() {
    return !isFinished() && user.isValid();
  }

  /** Whether somebody has logged out. A session that its user's state blocks is not finished. */
  public boolean isFinished() {
    return stage instanceof BrowserSessionStage.Finished;
  }

  /** When the session was finished, if it was. */
  public Optional<Instant> finishedAt() {
    return stage instanceof BrowserSessionStage.Finished finished
        ? Optional.of(finished.finishedAt())
        : Optional.empty();
  }

  @Override
  public String toString() {
    return "BrowserSession[id="
        + id
        + ", user="
        + user
        + ", createdAt="
        + createdAt
        + ", stage="
        + stage
        + "]";
  }
}
