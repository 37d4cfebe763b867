package dev.authstore.model.compat;

import java.time.Instant;
import java.util.UUID;

/** From the request to the session. There is no way back, and none around the approval. */
public sealed interface CompatSsoLoginStage {
  /** Nobody has approved it. */
  record Pending() implements CompatSsoLoginStage {}

  /** Approved in a browser; its token is on the way to the client. */
  record Fulfilled(UUID browserSessionId, Instant fulfilledAt) implements CompatSsoLoginStage {}

  /** The client has used the token. */
  record Exchanged(UUID compatSessionId, Instant fulfilledAt, Instant exchangedAt)
      implements CompatSsoLoginStage {}
}
