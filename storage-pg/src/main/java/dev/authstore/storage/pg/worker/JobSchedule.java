package dev.authstore.storage.pg.worker;

import dev.authstore.model.Json;

/**
 * A job that recurs. Its next occurrence is planned when the last one has ended, so occurrences
 * never overlap.
 *
 * @param name under which its history is stored
 * @param payload of each occurrence
 */
public record JobSchedule(
    String name, CronExpression cron, String queueName, Json payload, MissedRuns missedRuns) {

  /** What becomes of occurrences that came while no worker ran, or while the last one ran. */
  public enum MissedRuns {
    /** They are skipped: the next one is the first that lies ahead. */
    SKIP,
    /** However many there were, one is made up for at once. */
    RUN_ONCE,
  }

  /** A job without arguments, on the queue of the same name. */
  public static JobSchedule of(String name, String cron) {
    return new JobSchedule(name, CronExpression.parse(cron), name, Json.NULL, MissedRuns.SKIP);
  }

  @Override
  public String toString() {
    return "JobSchedule[name=" + name + ", cron=" + cron + "]";
  }
}
