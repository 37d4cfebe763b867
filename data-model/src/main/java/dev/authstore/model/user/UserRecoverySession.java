package dev.authstore.model.user;

import java.net.InetAddress;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * One request, by a browser that nobody is logged in with, to reset a lost password. It allows one
 * reset in all, however many tickets were mailed for it.
 *
 * @param email the address as typed, which may be nobody's; personal data, not printed
 * @param userAgent what the browser called itself, perhaps nothing; personal data, not printed
 * @param ipAddress where the request came from; personal data, not printed
 * @param locale the language of the mails, as a tag (RFC 5646)
 */
public record UserRecoverySession(
    UUID id,
    String email,
    String userAgent,
    Optional<InetAddress> ipAddress,
    String locale,
    Instant createdAt,
    UserRecoverySessionStage stage) {

  /** Whether the password has been reset; no ticket of this session is good for anything now. */
  public boolean isConsumed() {
    return stage instanceof UserRecoverySessionStage.Consumed;
  }

  /** When the password was reset, if it was. */
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
