package dev.authstore.storage.pg.worker;

import java.time.Duration;
import java.util.Optional;

/**
 * What the jobs of one queue may take.
 *
 * @param concurrency how many of them one worker runs at once
 * @param timeout how long one may run until its thread is interrupted. Nothing else happens to it:
 *     a handler that does not heed that runs on, and may still come to a good end
 */
public record JobLimits(int concurrency, Optional<Duration> timeout) {
  private static final JobLimits NONE = new JobLimits(Integer.MAX_VALUE, Optional.empty());

  /**
   * @throws IllegalArgumentException if the concurrency is below 1, or the timeout not positive
   */
  public JobLimits {
    if (concurrency < 1) {
      throw new IllegalArgumentException("concurrency must be 1 or more");
    }
    if (timeout.filter(duration -> duration.isNegative() || duration.isZero()).isPresent()) {
      throw new IllegalArgumentException("timeout must be positive");
    }
  }

  /** As many at once as the worker runs at all, and as long as they take. */
  public static JobLimits none() {
    return NONE;
  }

  public JobLimits concurrency(int value) {
    return new JobLimits(value, timeout);
  }

  public JobLimits timeout(Duration value) {
    return new JobLimits(concurrency, Optional.of(value));
  }
}
