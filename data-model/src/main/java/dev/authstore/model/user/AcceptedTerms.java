package dev.authstore.model.user;

import java.net.URI;
import java.time.Instant;
import java.util.UUID;

/**
 * Evidence that somebody has accepted terms of service.
 *
 * @param termsUrl where they were read, exactly as given; not printed
 * @param createdAt when they were accepted first
 */
public record AcceptedTerms(UUID id, UUID userId, URI termsUrl, Instant createdAt) {
  @Override
  public String toString() {
    return "AcceptedTerms[id=" + id + ", userId=" + userId + ", createdAt=" + createdAt + "]";
  }
}
