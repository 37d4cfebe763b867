package dev.authstore.model.oauth2;

import java.time.Instant;
import java.util.UUID;

/** From the request to the session; each step is taken once. */
public sealed interface OAuth2AuthorizationGrantStage {
  /** The user is logging in, or is being asked. */
  record Pending() implements OAuth2AuthorizationGrantStage {}

  /** The user has agreed; from now on there is a code, if one was asked for. */
  record Fulfilled(UUID browserSessionId, Instant fulfilledAt)
      implements OAuth2AuthorizationGrantStage {}

  /** The code has been exchanged for a session. */
  record Exchanged(UUID sessionId, Instant fulfilledAt, Instant exchangedAt)
      implements OAuth2AuthorizationGrantStage {}

  /** The user has declined. */
  record Cancelled(Instant cancelledAt) implements OAuth2AuthorizationGrantStage {}
}
