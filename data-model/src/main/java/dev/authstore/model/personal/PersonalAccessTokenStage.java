package dev.authstore.model.personal;

import java.time.Instant;

/**
 * From its issue to its withdrawal; there is no way back. Expiry comes with time and is no stage.
 */
public sealed interface PersonalAccessTokenStage {
  /** The token of its session, expired or not. */
  record Valid() implements PersonalAccessTokenStage {}

  /** Withdrawn, replaced, or ended with its session. */
  record Revoked(Instant revokedAt) implements PersonalAccessTokenStage {}
}
