package dev.authstore.model.queue;

import java.time.Instant;
import java.util.UUID;

/** A worker as it is stored. */
public record QueueWorkerDetails(UUID id, Instant registeredAt, QueueWorkerStage stage) {

  /** Whether it has neither stopped nor been declared dead. */
  public boolean isAlive() {
    return stage instanceof QueueWorkerStage.Alive;
  }
}
