package dev.authstore.storage;

import dev.authstore.model.Instants;
import dev.authstore.model.Texts;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.function.Supplier;

/**
 * The checks of arguments that more than one place makes. All throw {@link InvalidInputException}.
 */
public final class Inputs {
  private static final Duration MAX_LIFETIME = Duration.ofDays(36_500);

  private Inputs() {}

  /**
   * Text that must be storable as it is: not empty, no U+0000, no unpaired surrogate, bounded in
   * UTF-8 bytes.
   */
  public static String text(String name, String text, int maxBytes) {
    return checked(name, () -> Texts.identity(text, maxBytes));
  }

  /** An instant cut to microseconds, in the years 1 to 9999. */
  public static Instant instant(String name, Instant instant) {
    return checked(name, () -> Instants.truncate(instant));
  }

  /** A whole number within bounds, both inclusive. */
  public static int range(String name, int value, int min, int max) {
    if (value < min || value > max) {
      throw new InvalidInputException(name + " must be from " + min + " to " + max);
    }
    return value;
  }

  /** The end of the time a clean-up covers: an instant not later than now. */
  public static Instant past(String name, Instant instant, Instant now) {
    Instant cut = instant(name, instant);
    if (cut.isAfter(now)) {
      throw new InvalidInputException(name + " lies in the future");
    }
    return cut;
  }

  /** The text of an address that has a scheme, unchanged and bounded in bytes of UTF-8. */
  public static String absolute(String name, URI uri, int maxBytes) {
    if (!uri.isAbsolute()) {
      throw new InvalidInputException(name + " is relative");
    }
    return text(name, uri.toString(), maxBytes);
  }

  /** How long something may be used, cut to microseconds: from one to 36,500 days. */
  public static Duration lifetime(String name, Duration lifetime) {
    Duration cut = lifetime.truncatedTo(ChronoUnit.MICROS);
    if (cut.isNegative() || cut.isZero() || cut.compareTo(MAX_LIFETIME) > 0) {
      throw new InvalidInputException(
          name + " must be positive and at most " + MAX_LIFETIME.toDays() + " days");
    }
    return cut;
  }

  private static <T> T checked(String name, Supplier<T> check) {
    try {
      return check.get();
    } catch (IllegalArgumentException e) {
      throw new InvalidInputException(name + " " + e.getMessage(), e);
    }
  }
}
