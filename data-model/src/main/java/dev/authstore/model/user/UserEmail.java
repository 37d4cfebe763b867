package dev.authstore.model.user;

import java.time.Instant;
import java.util.UUID;

/**
 * An address that its owner has proved to be theirs.
 *
 * @param email as typed; personal data, not printed
 */
public record UserEmail(UUID id, UUID userId, String email, Instant createdAt) {
  @Override
  public String toString() {
    return "UserEmail[id=" + id + ", userId=" + userId + ", createdAt=" + createdAt + "]";
  }
}
