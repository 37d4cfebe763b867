package dev.authstore.model;

import java.math.BigDecimal;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A JSON value (RFC 8259) in a canonical form.
 *
 * <p>PostgreSQL's {@code jsonb} changes what it is given: the order of members, white space,
 * duplicates, the spelling of numbers. Here every value is brought into one form before it is
 * written and after it is read, so that both are equal:
 *
 * <ul>
 *   <li>members are sorted by name (UTF-16 code units, as in RFC 8785, section 3.2.3); of several
 *       with one name the last counts;
 *   <li>numbers are plain decimals without trailing zeros: {@code 1.50e1} becomes {@code 15};
 *   <li>there is no white space, and strings escape only what they must (RFC 8785, section
 *       3.2.2.2).
 * </ul>
 *
 * <p>JSON's {@code null} is a value, {@link #NULL}; absence is an empty {@link Optional}.
 */
public final class Json {
  /** The value {@code null}. */
  public static final Json NULL = new Json(Kind.NULL, "null", Map.of(), List.of());

  static final Json TRUE = new Json(Kind.BOOLEAN, "true", Map.of(), List.of());
  static final Json FALSE = new Json(Kind.BOOLEAN, "false", Map.of(), List.of());

  private enum Kind {
    OBJECT,
    ARRAY,
    STRING,
    NUMBER,
    BOOLEAN,
    NULL
  }

  private final Kind kind;
  private final String scalar; // a string without its quotes, otherwise the canonical text
  private final Map<String, Json> members;
  private final List<Json> elements;

  private Json(Kind kind, String scalar, Map<String, Json> members, List<Json> elements) {
    this.kind = kind;
    this.scalar = scalar;
    this.members = members;
    this.elements = elements;
  }

  static Json object(SortedMap<String, Json> members) {
    return new Json(Kind.OBJECT, "", Collections.unmodifiableMap(members), List.of());
  }

  static Json array(List<Json> elements) {
    return new Json(Kind.ARRAY, "", Map.of(), Collections.unmodifiableList(elements));
  }

  static Json string(String string) {
    return new Json(Kind.STRING, string, Map.of(), List.of());
  }

  static Json number(BigDecimal number) {
    String plain = number.stripTrailingZeros().toPlainString();
    return new Json(Kind.NUMBER, plain, Map.of(), List.of());
  }

  /**
   * Reads one JSON text.
   *
   * @throws IllegalArgumentException if the text does not follow RFC 8259, or if it cannot be
   *     stored: a string with U+0000 or an unpaired surrogate; a number of more than 1,000 digits,
   *     as it stands or without its exponent; more than 512 arrays and objects inside one another.
   *     The message tells the place, never the text
   */
  public static Json parse(String text) {
    return new JsonParser(text).parse();
  }

  /**
   * The object whose members are these strings.
   *
   * @throws IllegalArgumentException if a name or a string has U+0000 or an unpaired surrogate
   */
  public static Json ofStrings(Map<String, String> members) {
    SortedMap<String, Json> strings = new TreeMap<>();
    members.forEach((name, string) -> strings.put(storable(name), string(storable(string))));
    return object(strings);
  }

  /**
   * The object with these members.
   *
   * @throws IllegalArgumentException if a name has U+0000 or an unpaired surrogate, or if this
   *     would be one object too many inside one another
   */
  public static Json ofMembers(Map<String, Json> members) {
    return parse(object(new TreeMap<>(members)).text()); // the parser has all the rules
  }

  /**
   * The array of these elements.
   *
   * @throws IllegalArgumentException if this would be one array too many inside one another
   */
  public static Json ofElements(List<Json> elements) {
    return parse(array(List.copyOf(elements)).text());
  }

  /**
   * The string.
   *
   * @throws IllegalArgumentException if it has U+0000 or an unpaired surrogate
   */
  public static Json of(String string) {
    return string(storable(string));
  }

  /** The boolean. */
  public static Json of(boolean value) {
    return value ? TRUE : FALSE;
  }

  /** Whether this is the value {@code null}. */
  public boolean isNull() {
    return kind == Kind.NULL;
  }

  /** Whether this is an object, possibly without members. */
  public boolean isObject() {
    return kind == Kind.OBJECT;
  }

  /** Whether this is an array, possibly without elements. */
  public boolean isArray() {
    return kind == Kind.ARRAY;
  }

  /** The member of that name, {@link #NULL} included; empty also if this is not an object. */
  public Optional<Json> get(String member) {
    return Optional.ofNullable(members.get(member));
  }

  /** The members sorted by name, unmodifiable; none if this is not an object. */
  public Map<String, Json> members() {
    return members;
  }

  /** The elements in their order, unmodifiable; none if this is not an array. */
  public List<Json> elements() {
    return elements;
  }

  /** The string, if this is one. */
  public Optional<String> asString() {
    return scalarOf(Kind.STRING);
  }

  /** The number, if this is one. */
  public Optional<BigDecimal> asNumber() {
    return scalarOf(Kind.NUMBER).map(BigDecimal::new);
  }

  /** The boolean, if this is one. */
  public Optional<Boolean> asBoolean() {
    return scalarOf(Kind.BOOLEAN).map(Boolean::valueOf);
  }

  /** The canonical text, rendered by each call. */
  public String text() {
    StringBuilder text = new StringBuilder();
    appendTo(text);
    return text.toString();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Json that
        && kind == that.kind
        && scalar.equals(that.scalar)
        && members.equals(that.members)
        && elements.equals(that.elements);
  }

  @Override
  public int hashCode() {
    return Objects.hash(kind, scalar, members, elements);
  }

  /** The kind and the length of the text only: the value may be personal data. */
  @Override
  public String toString() {
    return "Json[" + kind + ", " + text().length() + " characters]";
  }

  private static String storable(String string) {
    if (!Texts.all(string, Texts::isCharacter)) {
      throw new IllegalArgumentException("string contains U+0000 or an unpaired surrogate");
    }
    return string;
  }

  private Optional<String> scalarOf(Kind wanted) {
    return kind == wanted ? Optional.of(scalar) : Optional.empty();
  }

  private void appendTo(StringBuilder text) {
    switch (kind) {
      case OBJECT -> appendMembers(text);
      case ARRAY -> appendElements(text);
      case STRING -> appendQuoted(text, scalar);
      case NUMBER, BOOLEAN, NULL -> text.append(scalar);
    }
  }

  private void appendMembers(StringBuilder text) {
    char separator = '{';
    for (Map.Entry<String, Json> member : members.entrySet()) {
      appendQuoted(text.append(separator), member.getKey());
      member.getValue().appendTo(text.append(':'));
      separator = ',';
    }
    text.append(members.isEmpty() ? "{}" : "}");
  }

  private void appendElements(StringBuilder text) {
    char separator = '[';
    for (Json element : elements) {
      element.appendTo(text.append(separator));
      separator = ',';
    }
    text.append(elements.isEmpty() ? "[]" : "]");
  }

  private static void appendQuoted(StringBuilder text, String string) {
    text.append('"');
    for (int i = 0; i < string.length(); i++) {
      char c = string.charAt(i);
      switch (c) {
        case '"', '\\' -> text.append('\\').append(c);
        case '\b' -> text.append("\\b");
        case '\t' -> text.append("\\t");
        case '\n' -> text.append("\\n");
        case '\f' -> text.append("\\f");
        case '\r' -> text.append("\\r");
        default -> {
          if (c < ' ') {
            text.append("\\u").append(HexFormat.of().toHexDigits(c));
          } else {
            text.append(c);
          }
        }
      }
    }
    text.append('"');
  }
}
