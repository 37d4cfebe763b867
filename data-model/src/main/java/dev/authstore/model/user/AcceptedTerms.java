package dev.authstore.model.user;

import java.net.URI;
import java.time.Instant;
import java.util.UUID;

/**
 * That an account has accepted the terms of service found under an address.
 *
 * @param termsUrl as it was given
 * @param createdAt when it did so first
 */
public record AcceptedTerms(UUID id, UUID userId, URI termsUrl, Instant createdAt) {
  @Override
  public String toString() {
    return "AcceptedTerms[id=" + id + ", userId=" + userId + ", createdAt=" + createdAt + "]";
  }
}
