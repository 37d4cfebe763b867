package dev.authstore.storage.pg.worker;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How far the clock of this process is from that of the database. For one thread. */
final class ClockSkew {
  private static final Logger LOG = LoggerFactory.getLogger("authstore.queue");
  private static final Duration WORTH_A_WARNING = Duration.ofSeconds(1);
  private static final Duration TOO_MUCH_FOR_A_LEADER = Duration.ofSeconds(10);

  private final WorkerSetup setup;
  private Duration skew = Duration.ZERO;

  ClockSkew(WorkerSetup setup) {
    this.setup = setup;
  }

  void measure() {
    InstantSource clock = setup.storage().clock();
    Instant before = clock.instant();
    Instant there = setup.repositories().read(repo -> repo.queueWorkers().time());
    skew = between(before, there, clock.instant());
    if (skew.abs().compareTo(WORTH_A_WARNING) > 0) {
      LOG.warn("the clock of the database is {} ahead of the clock of this process", skew);
    }
    setup.observer().clockSkew(skew);
  }

  boolean forbidsLeading() {
    return skew.abs().compareTo(TOO_MUCH_FOR_A_LEADER) > 0;
  }

  /**
   * The least that explains an answer that was given at some time between two readings: a slow
   * answer is no skew. Positive if the database is ahead.
   */
  static Duration between(Instant before, Instant there, Instant after) {
    if (there.isBefore(before)) {
      return Duration.between(before, there);
    }
    return there.isAfter(after) ? Duration.between(after, there) : Duration.ZERO;
  }
}
