package dev.authstore.model.oauth2;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * A bearer credential of a session (RFC 6750). It counts while it is valid itself, its session is,
 * and so is the session's user.
 *
 * @param expiresAt never, if absent
 * @param firstUsedAt proves that the client has received it
 */
public record OAuth2AccessToken(
    UUID id,
    UUID sessionId,
    Instant createdAt,
    Optional<Instant> expiresAt,
    OAuth2AccessTokenStage stage,
    Optional<Instant> firstUsedAt) {

  /** The claim {@code jti} (RFC 7519, section 4.1.7): the id as text. */
  public String jti() {
    return id.toString();
  }

  public boolean isExpired(Instant now) {
    return expiresAt.isPresent() && !now.isBefore(expiresAt.get());
  }

  public boolean isRevoked() {
    return stage instanceof OAuth2AccessTokenStage.Revoked;
  }

  /** When it was withdrawn, if it was. */
  public Optional<Instant> revokedAt() {
    return stage instanceof OAuth2AccessTokenStage.Revoked revoked
        ? Optional.of(revoked.revokedAt())
        : Optional.empty();
  }

  /** Whether the token itself counts: neither withdrawn nor expired. */
  public boolean isValid(Instant now) {
    return !isRevoked() && !isExpired(now);
  }

  /** Whether the client has received it, as its use proves. */
  public boolean isUsed() {
    return firstUsedAt.isPresent();
  }
}
