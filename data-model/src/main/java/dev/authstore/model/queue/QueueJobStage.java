package dev.authstore.model.queue;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** How far an attempt has come. */
public sealed interface QueueJobStage {
  /** Waits for a worker. */
  record Available() implements QueueJobStage {}

  /** Waits for its time. */
  record Scheduled(Instant scheduledAt) implements QueueJobStage {}

  /** A worker has it. */
  record Running(Instant startedAt, UUID startedBy) implements QueueJobStage {}

  /** Done. */
  record Completed(Instant completedAt) implements QueueJobStage {}

  /**
   * Ended without success.
   *
   * @param reason may tell of personal data, not printed
   * @param nextAttemptId empty if it was abandoned, or if the next attempt has been cleaned up
   */
  record Failed(Instant failedAt, String reason, Optional<UUID> nextAttemptId)
      implements QueueJobStage {
    @Override
    public String toString() {
      return "Failed[failedAt=" + failedAt + ", nextAttemptId=" + nextAttemptId + "]";
    }
  }

  /**
   * Its worker is gone, and nothing more will be heard of it.
   *
   * @param reason which worker
   * @param nextAttemptId as of a failed one
   */
  record Lost(Instant lostAt, String reason, Optional<UUID> nextAttemptId)
      implements QueueJobStage {
    @Override
    public String toString() {
      return "Lost[lostAt=" + lostAt + ", nextAttemptId=" + nextAttemptId + "]";
    }
  }
}
