package dev.authstore.model.queue;

import java.time.Instant;

/** There is no way back from shut down; a process that wants to go on registers anew. */
public sealed interface QueueWorkerStage {

  /** Its last sign of life. */
  Instant lastSeenAt();

  /** Considered alive. */
  record Alive(Instant lastSeenAt) implements QueueWorkerStage {}

  /** Stopped by itself, or declared dead. */
  record ShutDown(Instant lastSeenAt, Instant shutdownAt) implements QueueWorkerStage {}
}
