package dev.authstore.model.user;

import java.time.Instant;
import java.util.UUID;

/**
 * That a code was sent. The code itself is known to its recipient alone; of several for one
 * authentication each is good until it expires, as mails arrive late and out of order.
 *
 * @param expiresAt later than {@code createdAt}
 */
public record UserEmailAuthenticationCode(
    UUID id, UUID authenticationId, Instant createdAt, Instant expiresAt) {

  /** Whether it is too late for the code, which it is from {@code expiresAt} on. */
  public boolean isExpired(Instant now) {
    return !now.isBefore(expiresAt);
  }
}
