package dev.authstore.storage.pg.worker;

import java.time.Duration;

/** Pauses after failures: each twice as long as the last, up to a limit. For one thread. */
final class Backoff {
  private static final Duration FIRST = Duration.ofMillis(250);
  private static final Duration LONGEST = Duration.ofSeconds(5);

  private final Stop stop;
  private Duration next = FIRST;

  Backoff(Stop stop) {
    this.stop = stop;
  }

  /** After something has gone well. */
  void reset() {
    next = FIRST;
  }

  /** Whether to try again: the pause was not cut short. */
  boolean pause() {
    Duration pause = next;
    Duration doubled = next.multipliedBy(2);
    next = doubled.compareTo(LONGEST) < 0 ? doubled : LONGEST;
    return stop.pause(pause);
  }
}
