package dev.authstore.model.user;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * The password of an account, hashed by the service.
 *
 * @param hashedPassword opaque and secret, not printed
 * @param version the hashing scheme, 0 to 65,535
 * @param upgradedFromId the password whose plain text was hashed again by a newer scheme
 */
public record Password(
    UUID id,
    UUID userId,
    String hashedPassword,
    int version,
    Optional<UUID> upgradedFromId,
    Instant createdAt) {

  @Override
  public String toString() {
    return "Password[id=" + id + ", userId=" + userId + ", version=" + version + "]";
  }
}
