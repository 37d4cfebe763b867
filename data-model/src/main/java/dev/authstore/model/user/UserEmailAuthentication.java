package dev.authstore.model.user;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * One attempt to prove control over an address.
 *
 * @param email the address as typed; personal data, not printed
 * @param failedAttempts wrong codes so far
 */
public record UserEmailAuthentication(
    UUID id,
    EmailAuthenticationOrigin origin,
    String email,
    Instant createdAt,
    int failedAttempts,
    UserEmailAuthenticationStage stage) {

  /** Whether control over the address is proved. */
  public boolean isCompleted() {
    return stage instanceof UserEmailAuthenticationStage.Completed;
  }

  /** When control over the address was proved, if it was. */
  public Optional<Instant> completedAt() {
    return stage instanceof UserEmailAuthenticationStage.Completed completed
        ? Optional.of(completed.completedAt())
        : Optional.empty();
  }

  /**
   * How many more wrong codes are allowed, never below 0.
   *
   * @param maximum of wrong codes, a setting of the service and not a fact of the row: a lower one
   *     counts for authentications that have begun, too
   */
  public int attemptsLeft(int maximum) {
    return Math.max(0, maximum - failedAttempts);
  }

  @Override
  public String toString() {
    return "UserEmailAuthentication[id="
        + id
        + ", origin="
        + origin
        + ", createdAt="
        + createdAt
        + ", failedAttempts="
        + failedAttempts
        + ", stage="
        + stage
        + "]";
  }
}
