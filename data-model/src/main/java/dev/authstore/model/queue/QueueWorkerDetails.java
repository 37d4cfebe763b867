package dev.authstore.model.queue;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * A worker as it is stored.
 *
 * @param queueNames the queues that it has said it serves, in the order of their names
 */
public record QueueWorkerDetails(
    UUID id, List<String> queueNames, Instant registeredAt, QueueWorkerStage stage) {

  public QueueWorkerDetails {
    queueNames = List.copyOf(queueNames);
  }

  /** Whether it has neither stopped nor been declared dead. */
  public boolean isAlive() {
    return stage instanceof QueueWorkerStage.Alive;
  }

  @Override
  public String toString() {
    return "QueueWorkerDetails[id=%s, registeredAt=%s, stage=%s]"
        .formatted(id, registeredAt, stage);
  }
}
