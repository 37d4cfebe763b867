package dev.authstore.model.upstream;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * One identity at one provider, and whose it is here. An account may have several, also at one
 * provider.
 *
 * @param userId absent until the person has logged in, signed up or linked an account
 * @param subject what identifies the person at the provider; personal data, not printed
 * @param humanAccountName what the person is called there, for display; personal data, not printed
 */
public record UpstreamOAuthLink(
    UUID id,
    UUID providerId,
    Optional<UUID> userId,
    String subject,
    Optional<String> humanAccountName,
    Instant createdAt) {

  /** Whether the identity belongs to an account. */
  public boolean isLinked() {
    return userId.isPresent();
  }

  @Override
  public String toString() {
    return "UpstreamOAuthLink[id="
        + id
        + ", providerId="
        + providerId
        + ", userId="
        + userId
        + ", createdAt="
        + createdAt
        + "]";
  }
}
