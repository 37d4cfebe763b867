package dev.authstore.storage.page;

import dev.authstore.storage.Inputs;
import dev.authstore.storage.InvalidInputException;
import java.time.Instant;
import java.util.Optional;

/**
 * A stretch of time, open on both sides. A row that has no such instant lies in none.
 *
 * @param after only later instants, if given
 * @param before only earlier instants, if given
 */
public record TimeRange(Optional<Instant> after, Optional<Instant> before) {

  /**
   * @throws InvalidInputException if a bound lies outside the years 1 to 9999
   */
  public TimeRange {
    after = after.map(instant -> Inputs.instant("after", instant));
    before = before.map(instant -> Inputs.instant("before", instant));
  }

  public static TimeRange after(Instant instant) {
    return new TimeRange(Optional.of(instant), Optional.empty());
  }

  public static TimeRange before(Instant instant) {
    return new TimeRange(Optional.empty(), Optional.of(instant));
  }

  public static TimeRange between(Instant after, Instant before) {
    return new TimeRange(Optional.of(after), Optional.of(before));
  }
}
