package dev.authstore.model.user;

import java.time.Instant;
import java.util.UUID;

/**
 * That a link was mailed with which a password can be reset. The secret in the link is known to its
 * recipient alone.
 *
 * @param userEmailId the address it was mailed to, and so the account that it resets
 * @param expiresAt moved to the present, which may be before {@code createdAt}, when another ticket
 *     of the account is used
 */
public record UserRecoveryTicket(
    UUID id, UUID recoverySessionId, UUID userEmailId, Instant createdAt, Instant expiresAt) {

  /** Whether there is still time to use it; its session may forbid that nevertheless. */
  public boolean isActive(Instant now) {
    return now.isBefore(expiresAt);
  }
}
