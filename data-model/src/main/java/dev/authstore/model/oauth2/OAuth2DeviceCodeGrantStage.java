package dev.authstore.model.oauth2;

import java.time.Instant;
import java.util.UUID;

/** From the device's request to its session; each step is taken once. */
public sealed interface OAuth2DeviceCodeGrantStage {
  /** Nobody has entered the user code yet, or they are being asked. */
  record Pending() implements OAuth2DeviceCodeGrantStage {}

  /** The user has agreed; the next poll gets tokens. */
  record Fulfilled(UUID browserSessionId, Instant fulfilledAt)
      implements OAuth2DeviceCodeGrantStage {}

  /** The user has declined. */
  record Rejected(UUID browserSessionId, Instant rejectedAt)
      implements OAuth2DeviceCodeGrantStage {}

  /** The device has its session. */
  record Exchanged(UUID browserSessionId, Instant fulfilledAt, Instant exchangedAt, UUID sessionId)
      implements OAuth2DeviceCodeGrantStage {}
}
