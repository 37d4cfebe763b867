package dev.authstore.model.compat;

import java.time.Instant;

/** A refresh token is used once. */
public sealed interface CompatRefreshTokenStage {
  /** Its next use gets new tokens. */
  record Valid() implements CompatRefreshTokenStage {}

  /** Used, or superseded by the use of another one of its session. */
  record Consumed(Instant consumedAt) implements CompatRefreshTokenStage {}
}
