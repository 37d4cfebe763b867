package dev.authstore.model.queue;

import java.time.Instant;
import java.util.Optional;

/**
 * How a schedule stands.
 *
 * @param lastScheduledAt when its latest job is or was due; empty if none was ever planned
 * @param lastScheduledJobCompleted whether that job has come to its end, in success or not; empty
 *     if there was none, or it has been cleaned up
 */
public record ScheduleStatus(
    String scheduleName,
    Optional<Instant> lastScheduledAt,
    Optional<Boolean> lastScheduledJobCompleted) {

  @Override
  public String toString() {
    return "ScheduleStatus[lastScheduledAt="
        + lastScheduledAt
        + ", lastScheduledJobCompleted="
        + lastScheduledJobCompleted
        + "]";
  }
}
