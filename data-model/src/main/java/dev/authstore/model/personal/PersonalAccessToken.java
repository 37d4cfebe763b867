package dev.authstore.model.personal;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * The bearer credential of a personal session. It counts while it is valid itself, its session is,
 * and so are the actor and the owner if that is a user.
 *
 * @param expiresAt never, if absent
 */
public record PersonalAccessToken(
    UUID id,
    UUID sessionId,
    Instant createdAt,
    Optional<Instant> expiresAt,
    PersonalAccessTokenStage stage) {

  public boolean isExpired(Instant now) {
    return expiresAt.isPresent() && !now.isBefore(expiresAt.get());
  }

  public boolean isRevoked() {
    return stage instanceof PersonalAccessTokenStage.Revoked;
  }

  /** When it was withdrawn, if it was. */
  public Optional<Instant> revokedAt() {
    return stage instanceof PersonalAccessTokenStage.Revoked revoked
        ? Optional.of(revoked.revokedAt())
        : Optional.empty();
  }

  /** Whether the token itself counts: neither withdrawn nor expired. */
  public boolean isValid(Instant now) {
    return !isRevoked() && !isExpired(now);
  }
}
