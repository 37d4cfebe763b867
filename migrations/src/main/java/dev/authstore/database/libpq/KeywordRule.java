package dev.authstore.database.libpq;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Which values a keyword may have.
 *
 * @param expected the same in words
 */
record KeywordRule(Fault.Kind kind, Predicate<String> accepts, String expected) {

  static final KeywordRule ANY =
      new KeywordRule(Fault.Kind.OUT_OF_RANGE, value -> true, "any text");

  static final KeywordRule NONE =
      new KeywordRule(Fault.Kind.UNSUPPORTED_KEY, value -> false, "not supported");

  static KeywordRule oneOf(String... values) {
    List<String> allowed = List.of(values);
    return new KeywordRule(Fault.Kind.OUT_OF_RANGE, allowed::contains, listed(allowed));
  }

  /** The values that change nothing. */
  static KeywordRule only(String... values) {
    List<String> allowed = List.of(values);
    return new KeywordRule(
        Fault.Kind.UNSUPPORTED_KEY, allowed::contains, "only " + listed(allowed));
  }

  static KeywordRule integer(int min, int max) {
    return new KeywordRule(
        Fault.Kind.NO_INTEGER,
        value ->
            value.matches("[+-]?[0-9]{1,9}")
                && Integer.parseInt(value) >= min
                && Integer.parseInt(value) <= max,
        "an integer from %d to %d".formatted(min, max));
  }

  /** Methods of authentication, all plain or all with an exclamation mark in front. */
  static KeywordRule methods(String... names) {
    Set<String> known = Set.of(names);
    return new KeywordRule(
        Fault.Kind.OUT_OF_RANGE,
        value -> {
          List<String> items = List.of(value.split(",", -1));
          long negated = items.stream().filter(item -> item.startsWith("!")).count();
          return (negated == 0 || negated == items.size())
              && items.stream()
                  .allMatch(
                      item -> known.contains(item.startsWith("!") ? item.substring(1) : item));
        },
        "a list of %s, all or none with ! in front".formatted(listed(List.of(names))));
  }

  static KeywordRule with(String expected, Predicate<String> accepts) {
    return new KeywordRule(Fault.Kind.OUT_OF_RANGE, accepts, expected);
  }

  /** An empty value stands for the default and fits every rule but {@link #NONE}. */
  Optional<Fault.Kind> refusal(String value) {
    boolean accepted = accepts.test(value) || (value.isEmpty() && !equals(NONE));
    return accepted ? Optional.empty() : Optional.of(kindFor(value));
  }

  private Fault.Kind kindFor(String value) {
    boolean outside = kind == Fault.Kind.NO_INTEGER && value.matches("[+-]?[0-9]+");
    return outside ? Fault.Kind.OUT_OF_RANGE : kind;
  }

  private static String listed(List<String> values) {
    return String.join(", ", values);
  }
}
