package dev.authstore.database;

import dev.authstore.database.ConfigProblem.Code;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a setting may hold.
 *
 * @param expected the same in words
 * @param unit of a bare number, if it is a time
 * @param refusal why a text is none of these, if so
 */
record ValueType(
    String expected, boolean secret, String unit, Function<String, Optional<Code>> refusal) {

  static final ValueType TEXT = plain("text");
  static final ValueType PATH = plain("a path");
  static final ValueType CONNECTION =
      new ValueType("a connection string", true, "", ValueType::accept);
  static final ValueType SECRET = new ValueType("text, shown nowhere", true, "", ValueType::accept);

  static final ValueType BOOLEAN =
      new ValueType(
          "true or false (or 1, 0, yes, no, on, off, t, f, y, n)",
          false,
          "",
          text -> truth(text).isPresent() ? Optional.empty() : Optional.of(Code.BAD_BOOLEAN));

  static final ValueType SCHEMA =
      new ValueType(
          "a name in lower case, or any name in double quotes, of at most 63 bytes",
          false,
          "",
          text ->
              SqlName.parse(text)
                      .filter(name -> name.parts().size() == 1 && name.isUsable())
                      .isPresent()
                  ? Optional.empty()
                  : Optional.of(Code.BAD_IDENTIFIER));

  static final ValueType TABLE =
      new ValueType(
          "table or schema.table, each in lower case or in double quotes, of at most 63 bytes",
          false,
          "",
          text ->
              SqlName.parse(text)
                      .filter(name -> name.parts().size() <= 2 && name.isUsable())
                      .isPresent()
                  ? Optional.empty()
                  : Optional.of(Code.BAD_IDENTIFIER));

  private static final Pattern INTEGER = Pattern.compile("[+-]?[0-9]+");
  private static final Pattern DURATION = Pattern.compile("([+-]?[0-9]{1,12})(ms|s|m|h|d)?");
  private static final List<String> TRUE = List.of("true", "1", "yes", "on", "t", "y");
  private static final List<String> FALSE = List.of("false", "0", "no", "off", "f", "n");

  private static final Map<String, Duration> UNITS =
      Map.of(
          "ms", Duration.ofMillis(1),
          "s", Duration.ofSeconds(1),
          "m", Duration.ofMinutes(1),
          "h", Duration.ofHours(1),
          "d", Duration.ofDays(1));

  /** One of these words, in any case. */
  static ValueType choice(String... values) {
    List<String> allowed = List.of(values);
    return new ValueType(
        "one of " + String.join(", ", allowed),
        false,
        "",
        text ->
            allowed.contains(text.toLowerCase(Locale.ROOT))
                ? Optional.empty()
                : Optional.of(Code.OUT_OF_RANGE));
  }

  static ValueType integer(int min, int max) {
    return new ValueType(
        "an integer from %d to %d".formatted(min, max),
        false,
        "",
        text -> {
          if (!INTEGER.matcher(text).matches()) {
            return Optional.of(Code.BAD_INTEGER);
          }
          boolean inside = text.length() <= 10 && between(Long.parseLong(text), min, max);
          return inside ? Optional.empty() : Optional.of(Code.OUT_OF_RANGE);
        });
  }

  /** A time, where a bare number counts seconds. */
  static ValueType seconds(Duration min, Duration max) {
    return duration("s", false, min, max);
  }

  /** The same, or zero, which switches it off. */
  static ValueType secondsOrOff(Duration min, Duration max) {
    return duration("s", true, min, max);
  }

  /** A time, where a bare number counts milliseconds, or zero, which switches it off. */
  static ValueType millisOrOff(Duration max) {
    return duration("ms", true, Duration.ofMillis(1), max);
  }

  /** The number, of a text that is one. */
  static int integerOf(String text) {
    return Integer.parseInt(text);
  }

  static Optional<Boolean> truth(String text) {
    String folded = text.toLowerCase(Locale.ROOT);
    return TRUE.contains(folded)
        ? Optional.of(true)
        : Optional.of(false).filter(no -> FALSE.contains(folded));
  }

  /** The time, of a text that is one. */
  Duration durationOf(String text) {
    return duration(text, unit).orElseThrow(IllegalArgumentException::new);
  }

  private static Optional<Duration> duration(String text, String unit) {
    Matcher parts = DURATION.matcher(text);
    if (!parts.matches()) {
      return Optional.empty();
    }
    Duration one =
        UNITS.getOrDefault(parts.group(2) == null ? unit : parts.group(2), Duration.ZERO);
    return Optional.of(one.multipliedBy(Long.parseLong(parts.group(1))));
  }

  /** Seconds where they are whole, as operators write them. */
  static String format(Duration duration) {
    return duration.toMillis() % 1000 == 0
        ? String.valueOf(duration.toSeconds())
        : duration.toMillis() + "ms";
  }

  private static ValueType duration(String unit, boolean off, Duration min, Duration max) {
    String name = unit.equals("s") ? "seconds" : "milliseconds";
    Duration one = unit.equals("s") ? Duration.ofSeconds(1) : Duration.ofMillis(1);
    boolean whole = min.toMillis() % one.toMillis() == 0;
    String range =
        "%s to %s"
            .formatted(whole ? min.dividedBy(one) : min.toMillis() + "ms", max.dividedBy(one));
    return new ValueType(
        "%s%s %s, or a number with ms, s, m, h or d"
            .formatted(off ? "0 (off) or " : "", range, name),
        false,
        unit,
        text -> {
          Optional<Duration> read = duration(text, unit);
          if (read.isEmpty()) {
            return Optional.of(Code.BAD_DURATION);
          }
          boolean inside =
              (off && read.get().isZero())
                  || (read.get().compareTo(min) >= 0 && read.get().compareTo(max) <= 0);
          return inside ? Optional.empty() : Optional.of(Code.OUT_OF_RANGE);
        });
  }

  private static ValueType plain(String expected) {
    return new ValueType(expected, false, "", ValueType::accept);
  }

  private static Optional<Code> accept(String text) {
    return Optional.empty();
  }

  private static boolean between(long number, long min, long max) {
    return number >= min && number <= max;
  }
}
