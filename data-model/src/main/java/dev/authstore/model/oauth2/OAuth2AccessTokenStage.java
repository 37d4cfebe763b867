package dev.authstore.model.oauth2;

import java.time.Instant;

/** Whether a token was withdrawn; that it expires is no stage. */
public sealed interface OAuth2AccessTokenStage {
  /** Not withdrawn, possibly expired. */
  record Valid() implements OAuth2AccessTokenStage {}

  /** Withdrawn, or replaced when its session got a new one. */
  record Revoked(Instant revokedAt) implements OAuth2AccessTokenStage {}
}
