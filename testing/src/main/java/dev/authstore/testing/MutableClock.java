package dev.authstore.testing;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoField;

/** A clock that tests move. Safe for use by any thread: two readings never cross a move. */
public final class MutableClock implements InstantSource {

  private static final Instant START = Instant.parse("2022-01-16T14:40:00Z");

  private final Duration step;
  private Instant next;

  private MutableClock(Instant start, Duration step) {
    this.next = start;
    this.step = step;
  }

  /** Stands still at 2022-01-16T14:40:00Z until it is moved. */
  public static MutableClock standing() {
    return new MutableClock(START, Duration.ZERO);
  }

  /** Begins at the same instant and is later by the step at every further reading. */
  public static MutableClock stepping(Duration step) {
    return new MutableClock(START, step);
  }

  /** Stands still at the last nanosecond of that second, which no database column can hold. */
  public static MutableClock withNanoseconds() {
    return new MutableClock(START.with(ChronoField.NANO_OF_SECOND, 999_999_999), Duration.ZERO);
  }

  @Override
  public synchronized Instant instant() {
    Instant reading = next;
    next = next.plus(step);
    return reading;
  }

  /** Moves it, also backwards. */
  public synchronized void advance(Duration amount) {
    next = next.plus(amount);
  }

  public synchronized void set(Instant instant) {
    next = instant;
  }
}
