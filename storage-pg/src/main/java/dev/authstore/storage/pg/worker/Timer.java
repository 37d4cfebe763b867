package dev.authstore.storage.pg.worker;

import java.time.Duration;

/** When something is to be done again. Due at first. For one thread. */
final class Timer {
  private Duration interval;
  private long dueAt = System.nanoTime();

  Timer(Duration interval) {
    this.interval = interval;
  }

  boolean isDue() {
    return System.nanoTime() - dueAt >= 0;
  }

  Duration left() {
    return Duration.ofNanos(Math.max(0, dueAt - System.nanoTime()));
  }

  void restart() {
    dueAt = System.nanoTime() + interval.toNanos();
  }

  void restart(Duration newInterval) {
    interval = newInterval;
    restart();
  }

  void makeDue() {
    dueAt = System.nanoTime();
  }
}
