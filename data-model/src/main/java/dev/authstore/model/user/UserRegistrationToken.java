package dev.authstore.model.user;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * An invitation to sign up, where sign-up is restricted.
 *
 * @param token what the person presents, exact; secret, not printed
 * @param usageLimit how many sign-ups it is good for; unlimited if absent. May be below the uses
 * @param timesUsed completed sign-ups
 * @param expiresAt may lie in the past from the beginning; never if absent
 */
public record UserRegistrationToken(
    UUID id,
    String token,
    Optional<Integer> usageLimit,
    int timesUsed,
    Instant createdAt,
    Optional<Instant> lastUsedAt,
    Optional<Instant> expiresAt,
    Optional<Instant> revokedAt) {

  /** Whether one more sign-up may use it: not revoked, not expired and not used up. */
  public boolean isValid(Instant now) {
    return revokedAt.isEmpty()
        && !isExpired(now)
        && usageLimit.map(limit -> timesUsed < limit).orElse(true);
  }

  /** Whether its end has come: from {@code expiresAt} on. */
  public boolean isExpired(Instant now) {
    return expiresAt.map(end -> !now.isBefore(end)).orElse(false);
  }

  @Override
  public String toString() {
    return "UserRegistrationToken[id="
        + id
        + ", usageLimit="
        + usageLimit
        + ", timesUsed="
        + timesUsed
        + ", createdAt="
        + createdAt
        + ", expiresAt="
        + expiresAt
        + ", revokedAt="
        + revokedAt
        + "]";
  }
}
