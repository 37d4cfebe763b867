package dev.authstore.model.user;

import java.time.Instant;

/** From the request to the one reset that it allows; there is no way back. */
public sealed interface UserRecoverySessionStage {
  /** No password has been reset. */
  record Pending() implements UserRecoverySessionStage {}

  /** A password has been reset; every ticket of the session is useless now. */
  record Consumed(Instant consumedAt) implements UserRecoverySessionStage {}
}
