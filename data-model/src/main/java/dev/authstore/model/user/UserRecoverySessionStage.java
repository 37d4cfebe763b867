package dev.authstore.model.user;

import java.time.Instant;

/** From the request to the reset; there is no way back. */
public sealed interface UserRecoverySessionStage {
  /** A reset is allowed to whoever presents a ticket. */
  record Pending() implements UserRecoverySessionStage {}

  /** The reset has been made. */
  record Consumed(Instant consumedAt) implements UserRecoverySessionStage {}
}
