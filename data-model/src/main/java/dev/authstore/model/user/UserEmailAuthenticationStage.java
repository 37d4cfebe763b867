package dev.authstore.model.user;

import java.time.Instant;

/** From the request to the proof; there is no way back. */
public sealed interface UserEmailAuthenticationStage {
  /** Not proved, and never to be if the attempts are used up. */
  record Pending() implements UserEmailAuthenticationStage {}

  /** Control over the address is proved. */
  record Completed(Instant completedAt) implements UserEmailAuthenticationStage {}
}
