package dev.authstore.model.oauth2;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** A refresh token is used once, or withdrawn before. */
public sealed interface OAuth2RefreshTokenStage {
  /** At the end of its chain: the next use gets new tokens. */
  record Valid() implements OAuth2RefreshTokenStage {}

  /**
   * Used.
   *
   * @param nextRefreshTokenId what replaced it; absent once that one was cleaned up
   */
  record Consumed(Instant consumedAt, Optional<UUID> nextRefreshTokenId)
      implements OAuth2RefreshTokenStage {}

  /** Withdrawn. */
  record Revoked(Instant revokedAt) implements OAuth2RefreshTokenStage {}
}
