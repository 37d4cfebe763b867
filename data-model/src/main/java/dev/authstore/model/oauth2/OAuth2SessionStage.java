package dev.authstore.model.oauth2;

import java.time.Instant;

/** From the first tokens to the end; there is no way back. */
public sealed interface OAuth2SessionStage {
  /** Tokens may be issued and used. */
  record Valid() implements OAuth2SessionStage {}

  /** Ended, by whomever, and all its tokens with it. */
  record Finished(Instant finishedAt) implements OAuth2SessionStage {}
}
