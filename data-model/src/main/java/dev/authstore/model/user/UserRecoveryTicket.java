package dev.authstore.model.user;

import java.time.Instant;
import java.util.UUID;

/**
 * What was mailed to one address as a link. The secret in the link is not kept; whoever made it has
 * it.
 *
 * @param userEmailId the address it was mailed to, and by it the account that it resets
 * @param expiresAt when it ends, or was ended by the use of another ticket
 */
public record UserRecoveryTicket(
    UUID id, UUID recoverySessionId, UUID userEmailId, Instant createdAt, Instant expiresAt) {

  /** Whether it has not expired; its session may have been consumed all the same. */
  public boolean isActive(Instant now) {
    return now.isBefore(expiresAt);
  }
}
