package dev.authstore.model.compat;

import java.time.Instant;

/** From the login to the logout; there is no way back. */
public sealed interface CompatSessionStage {
  /** Tokens may be issued and used. */
  record Valid() implements CompatSessionStage {}

  /** Ended, by whomever, and all its tokens with it. */
  record Finished(Instant finishedAt) implements CompatSessionStage {}
}
