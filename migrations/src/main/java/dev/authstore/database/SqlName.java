package dev.authstore.database;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The name of a schema or table, as settings write it. */
record SqlName(List<Part> parts) {

  private static final Pattern PART =
      Pattern.compile("(?<plain>[a-z_][a-z0-9_]*)|\"(?<quoted>(?:[^\"]|\"\")+)\"");

  /**
   * @param name without the quotation marks around it
   */
  record Part(String name, boolean quoted) {}

  SqlName {
    parts = List.copyOf(parts);
  }

  /** Upper case without quotation marks is refused: PostgreSQL would fold it without a word. */
  static Optional<SqlName> parse(String text) {
    Matcher matcher = PART.matcher(text);
    List<Part> parts = new ArrayList<>();
    int at = 0;
    while (matcher.region(at, text.length()).lookingAt()) {
      boolean quoted = matcher.group("quoted") != null;
      parts.add(
          quoted
              ? new Part(matcher.group("quoted").replace("\"\"", "\""), true)
              : new Part(matcher.group("plain"), false));
      if (matcher.end() == text.length()) {
        return Optional.of(new SqlName(parts));
      }
      if (text.charAt(matcher.end()) != '.') {
        return Optional.empty();
      }
      at = matcher.end() + 1;
    }
    return Optional.empty();
  }

  /** The text that reads as this one name. */
  static String text(String name) {
    boolean plain = name.matches("[a-z_][a-z0-9_]*");
    return plain ? name : Identifiers.quoted(name);
  }

  boolean isUsable() {
    return parts.stream().allMatch(part -> Identifiers.problem(part.name).isEmpty());
  }

  String last() {
    return parts.get(parts.size() - 1).name;
  }

  /** The schema in front, if there is one. */
  Optional<String> first() {
    return parts.size() > 1 ? Optional.of(parts.get(0).name) : Optional.empty();
  }

  boolean allQuoted(boolean wanted) {
    return parts.stream().allMatch(part -> part.quoted == wanted);
  }

  @Override
  public String toString() {
    return parts.stream().map(part -> text(part.name)).collect(Collectors.joining("."));
  }
}
