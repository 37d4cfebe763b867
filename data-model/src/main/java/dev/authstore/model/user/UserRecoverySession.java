package dev.authstore.model.user;

import java.net.InetAddress;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * One request to reset a lost password, made by a browser that nobody is logged in with. It allows
 * one reset in all.
 *
 * @param email as typed, and perhaps nobody's; personal data, not printed
 * @param userAgent what the browser called itself; personal data, not printed
 * @param ipAddress personal data, not printed
 * @param locale the language tag for the mails; not printed
 */
public record UserRecoverySession(
    UUID id,
    String email,
    String userAgent,
    Optional<InetAddress> ipAddress,
    String locale,
    Instant createdAt,
    UserRecoverySessionStage stage) {

  /** Whether a password has been reset by way of this session. */
  public boolean isConsumed() {
    return stage instanceof UserRecoverySessionStage.Consumed;
  }

  /** When a password was reset, if one was. */
  public Optional<Instant> consumedAt() {
    return stage instanceof UserRecoverySessionStage.Consumed consumed
        ? Optional.of(consumed.consumedAt())
        : Optional.empty();
  }

  @Override
  public String toString() {
    return "UserRecoverySession[id=" + id + ", createdAt=" + createdAt + ", stage=" + stage + "]";
  }
}
