package dev.authstore.model;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Instants as the database keeps them: in microseconds, in the years 1 to 9999. */
public final class Instants {
  static final Instant FIRST = Instant.parse("0001-01-01T00:00:00Z");
  static final Instant LAST = Instant.parse("9999-12-31T23:59:59.999999999Z");

  private Instants() {}

  /**
   * The instant without the part below a microsecond. Always into the past: the driver would round,
   * and so move an instant into the future.
   *
   * @throws IllegalArgumentException outside the years 1 to 9999 (UTC), which the database would
   *     take for infinity or a year before Christ
   */
  public static Instant truncate(Instant instant) {
    if (instant.isBefore(FIRST) || instant.isAfter(LAST)) {
      throw new IllegalArgumentException("instant is outside the years 1 to 9999");
    }
    return instant.truncatedTo(ChronoUnit.MICROS);
  }
}
