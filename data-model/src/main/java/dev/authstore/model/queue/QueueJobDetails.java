package dev.authstore.model.queue;

import java.time.Instant;
import java.util.Optional;

/**
 * A job with its history.
 *
 * @param scheduleName the schedule it is an occurrence of
 * @param createdAt of this attempt
 * @param scheduledAt not before; kept after it became available
 */
public record QueueJobDetails(
    QueueJob job,
    Optional<String> scheduleName,
    Instant createdAt,
    Optional<Instant> scheduledAt,
    QueueJobStage stage) {

  @Override
  public String toString() {
    return "QueueJobDetails[job=" + job + ", createdAt=" + createdAt + ", stage=" + stage + "]";
  }
}
