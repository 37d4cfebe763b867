package dev.authstore.model.personal;

import java.time.Instant;

/** From its creation to the end; there is no way back. */
public sealed interface PersonalSessionStage {
  /** A token may be issued, and used if it is valid itself. */
  record Valid() implements PersonalSessionStage {}

  /** Ended, and its token with it. */
  record Revoked(Instant revokedAt) implements PersonalSessionStage {}
}
