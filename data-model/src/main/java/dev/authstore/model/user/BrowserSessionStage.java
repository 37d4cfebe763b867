package dev.authstore.model.user;

import java.time.Instant;

/** From login to logout; there is no way back. */
public sealed interface BrowserSessionStage {
  /** Logged in. */
  record Active() implements BrowserSessionStage {}

  /** Logged out, by whomever. */
  record Finished(Instant finishedAt) implements BrowserSessionStage {}
}
