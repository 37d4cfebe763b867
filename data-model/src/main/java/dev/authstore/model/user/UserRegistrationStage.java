package dev.authstore.model.user;

import java.time.Instant;

/** From the form to the account; there is no way back. */
public sealed interface UserRegistrationStage {
  /** Steps are being taken, in any order. */
  record InProgress() implements UserRegistrationStage {}

  /** The account has been made. */
  record Completed(Instant completedAt) implements UserRegistrationStage {}
}
