package dev.authstore.storage.queue;

import dev.authstore.storage.Inputs;
import dev.authstore.storage.InvalidInputException;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * When an attempt is followed by another, and how much later: twice as long after each one, up to a
 * cap, and a little more or less by chance, so that what failed together does not come back
 * together.
 *
 * @param maxAttempts the greatest attempt number, so one less than how often a job runs at most; 10
 * @param base the delay after attempt 0; 5 s
 * @param cap the longest delay, before chance; 1 h
 * @param jitter by which part chance may change it, from 0 to 1; 0.1
 */
public record RetryPolicy(int maxAttempts, Duration base, Duration cap, double jitter) {
  private static final int MAX_ATTEMPTS = 10;
  private static final Duration BASE = Duration.ofSeconds(5);
  private static final Duration CAP = Duration.ofHours(1);
  private static final double JITTER = 0.1;
  private static final int MAX_DOUBLINGS = 62;

  /**
   * @throws InvalidInputException if a number or duration is negative, or jitter above 1
   */
  public RetryPolicy {
    Inputs.range("greatest attempt", maxAttempts, 0, Integer.MAX_VALUE);
    if (base.isNegative() || cap.isNegative()) {
      throw new InvalidInputException("a delay must not be negative");
    }
    if (!(jitter >= 0 && jitter <= 1)) {
      throw new InvalidInputException("jitter must be from 0 to 1");
    }
  }

  public static RetryPolicy defaults() {
    return new RetryPolicy(MAX_ATTEMPTS, BASE, CAP, JITTER);
  }

  public RetryPolicy maxAttempts(int value) {
    return new RetryPolicy(value, base, cap, jitter);
  }

  public RetryPolicy base(Duration value) {
    return new RetryPolicy(maxAttempts, value, cap, jitter);
  }

  public RetryPolicy cap(Duration value) {
    return new RetryPolicy(maxAttempts, base, value, jitter);
  }

  public RetryPolicy jitter(double value) {
    return new RetryPolicy(maxAttempts, base, cap, value);
  }

  /** Whether there may be another attempt after this one. */
  public boolean allowsAfter(int attempt) {
    return attempt < maxAttempts;
  }

  /** How long after the end of this attempt the next one is due. */
  public Duration delayAfter(int attempt, RandomGenerator random) {
    double doublings = StrictMath.scalb(1.0, Math.min(attempt, MAX_DOUBLINGS));
    double millis = Math.min((double) cap.toMillis(), base.toMillis() * doublings);
    double chance = 1 + jitter * (2 * random.nextDouble() - 1);
    return Duration.ofMillis(Math.round(millis * chance));
  }
}
