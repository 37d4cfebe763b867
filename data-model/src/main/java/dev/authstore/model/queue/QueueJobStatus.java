package dev.authstore.model.queue;

/** The kinds of {@link QueueJobStage}, to search by. */
public enum QueueJobStatus {
  /** {@link QueueJobStage.Available}. */
  AVAILABLE,
  /** {@link QueueJobStage.Scheduled}. */
  SCHEDULED,
  /** {@link QueueJobStage.Running}. */
  RUNNING,
  /** {@link QueueJobStage.Completed}. */
  COMPLETED,
  /** {@link QueueJobStage.Failed}. */
  FAILED,
  /** {@link QueueJobStage.Lost}. */
  LOST,
}
