package dev.authstore.model.compat;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * A bearer credential of a session. It counts while it is valid itself, its session is, and so is
 * the session's user.
 *
 * @param expiresAt never, if absent: clients that cannot refresh keep theirs
 */
public record CompatAccessToken(
    UUID id, UUID sessionId, Instant createdAt, Optional<Instant> expiresAt) {

  public boolean isExpired(Instant now) {
    return expiresAt.isPresent() && !now.isBefore(expiresAt.get());
  }

  /** Whether the token itself counts. */
  public boolean isValid(Instant now) {
    return !isExpired(now);
  }
}
