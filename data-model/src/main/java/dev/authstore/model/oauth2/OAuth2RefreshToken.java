package dev.authstore.model.oauth2;

import dev.authstore.model.oauth2.OAuth2RefreshTokenStage.Consumed;
import dev.authstore.model.oauth2.OAuth2RefreshTokenStage.Revoked;
import dev.authstore.model.oauth2.OAuth2RefreshTokenStage.Valid;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * A credential for one new pair of tokens. Each use replaces it, so the refresh tokens of a session
 * form a chain of which only the end is valid; it does not expire.
 *
 * @param accessTokenId issued together with it; absent once that one was cleaned up
 */
public record OAuth2RefreshToken(
    UUID id,
    UUID sessionId,
    Optional<UUID> accessTokenId,
    Instant createdAt,
    OAuth2RefreshTokenStage stage) {

  /** The claim {@code jti} (RFC 7519, section 4.1.7): the id as text. */
  public String jti() {
    return id.toString();
  }

  /** Whether the token itself counts: neither used nor withdrawn. */
  public boolean isValid() {
    return stage instanceof Valid;
  }

  public boolean isConsumed() {
    return stage instanceof Consumed;
  }

  public boolean isRevoked() {
    return stage instanceof Revoked;
  }

  /** What replaced it, if it was used and the successor still exists. */
  public Optional<UUID> nextRefreshTokenId() {
    return stage instanceof Consumed consumed ? consumed.nextRefreshTokenId() : Optional.empty();
  }
}
