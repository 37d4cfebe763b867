package dev.authstore.storage.user;

import dev.authstore.model.user.UserEmailAuthenticationCode;

/** What a code typed in by somebody is worth. */
public sealed interface CodeAttempt {
  /** It is right. */
  record Matched(UserEmailAuthenticationCode code) implements CodeAttempt {}

  /** It was right once. */
  record Expired(UserEmailAuthenticationCode code) implements CodeAttempt {}

  /** It is wrong, and was counted. */
  record Wrong(int attemptsLeft) implements CodeAttempt {}

  /** Too many have been wrong; no code is looked at any more. */
  record Exhausted() implements CodeAttempt {}

  /** Control over the address is proved already; no code is needed. */
  record AlreadyCompleted() implements CodeAttempt {}
}
