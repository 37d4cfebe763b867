package dev.authstore.storage.queue;

import dev.authstore.model.queue.JobMetadata;
import dev.authstore.storage.Inputs;
import dev.authstore.storage.InvalidInputException;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * How the job queue behaves. All workers of one schema should agree on it.
 *
 * @param leaderLease how long a leader leads unless it renews; 5 s
 * @param retries what becomes of the jobs of a dead worker
 * @param maxReasonLength where the reason of a failure is cut, in code points; 8192
 * @param dueBatch how many jobs one pass makes available; 1000
 * @param notifications whether making jobs available wakes the workers that listen. A commit that
 *     notifies waits for every other one that does; without, workers find jobs by looking now and
 *     then
 * @param time where registrations, heartbeats, due times and leases have their time from
 * @param trace tells, on the thread that enqueues, which trace a job belongs to if nothing else is
 *     said; none
 */
public record QueueSettings(
    Duration leaderLease,
    RetryPolicy retries,
    int maxReasonLength,
    int dueBatch,
    boolean notifications,
    Time time,
    Supplier<JobMetadata> trace) {

  /** A source of time. */
  public enum Time {
    /** The database: one clock for all workers. */
    DATABASE,
    /** The clock of the factory: for tests that move it. */
    CLOCK,
  }

  private static final Duration LEASE = Duration.ofSeconds(5);
  private static final int MAX_REASON_LENGTH = 8192;
  private static final int DUE_BATCH = 1000;

  /**
   * @throws InvalidInputException if a number or the lease is not positive
   */
  public QueueSettings {
    if (leaderLease.compareTo(Duration.ofMillis(1)) < 0) {
      throw new InvalidInputException("the lease of the leader must last a millisecond or longer");
    }
    Inputs.range("length of a reason", maxReasonLength, 1, Integer.MAX_VALUE);
    Inputs.range("batch of due jobs", dueBatch, 1, Integer.MAX_VALUE);
  }

  public static QueueSettings defaults() {
    return new QueueSettings(
        LEASE,
        RetryPolicy.defaults(),
        MAX_REASON_LENGTH,
        DUE_BATCH,
        true,
        Time.DATABASE,
        () -> JobMetadata.NONE);
  }

  public QueueSettings leaderLease(Duration value) {
    return new QueueSettings(value, retries, maxReasonLength, dueBatch, notifications, time, trace);
  }

  public QueueSettings retries(RetryPolicy value) {
    return new QueueSettings(
        leaderLease, value, maxReasonLength, dueBatch, notifications, time, trace);
  }

  public QueueSettings maxReasonLength(int value) {
    return new QueueSettings(leaderLease, retries, value, dueBatch, notifications, time, trace);
  }

  public QueueSettings dueBatch(int value) {
    return new QueueSettings(
        leaderLease, retries, maxReasonLength, value, notifications, time, trace);
  }

  public QueueSettings notifications(boolean value) {
    return new QueueSettings(leaderLease, retries, maxReasonLength, dueBatch, value, time, trace);
  }

  public QueueSettings time(Time value) {
    return new QueueSettings(
        leaderLease, retries, maxReasonLength, dueBatch, notifications, value, trace);
  }

  public QueueSettings trace(Supplier<JobMetadata> value) {
    return new QueueSettings(
        leaderLease, retries, maxReasonLength, dueBatch, notifications, time, value);
  }
}
