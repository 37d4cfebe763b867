package dev.authstore.model;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Reads one JSON text by recursive descent over the grammar of RFC 8259, and nothing beyond it: no
 * byte order mark, no comments, no trailing commas. The bound on nesting is what bounds the stack.
 */
final class JsonParser {
  private static final int MAX_DEPTH = 512;
  private static final int MAX_DIGITS = 1_000;
  private static final int END = -1;

  private final String text;
  private int position;
  private int depth;

  JsonParser(String text) {
    this.text = text;
  }

  Json parse() {
    Json value = value();
    skipWhitespace();
    if (peek() != END) {
      throw unexpected();
    }
    return value;
  }

  private Json value() {
    skipWhitespace();
    return switch (peek()) {
      case '{' -> object();
      case '[' -> array();
      case '"' -> Json.string(string());
      case 't' -> literal("true", Json.TRUE);
      case 'f' -> literal("false", Json.FALSE);
      case 'n' -> literal("null", Json.NULL);
      default -> Json.number(number());
    };
  }

  private Json object() {
    descend();
    SortedMap<String, Json> members = new TreeMap<>();
    if (!acceptToken('}')) {
      do {
        String name = string();
        expectToken(':');
        members.put(name, value());
      } while (acceptToken(','));
      expectToken('}');
    }
    depth--;
    return Json.object(members);
  }

  private Json array() {
    descend();
    List<Json> elements = new ArrayList<>();
    if (!acceptToken(']')) {
      do {
        elements.add(value());
      } while (acceptToken(','));
      expectToken(']');
    }
    depth--;
    return Json.array(elements);
  }

  /** Passes the opening bracket. */
  private void descend() {
    if (depth == MAX_DEPTH) {
      throw error("nested more than " + MAX_DEPTH + " deep");
    }
    depth++;
    position++;
  }

  private Json literal(String name, Json value) {
    if (!text.startsWith(name, position)) {
      throw unexpected();
    }
    position += name.length();
    return value;
  }

  private String string() {
    expectToken('"');
    StringBuilder string = new StringBuilder();
    for (char c = read(); c != '"'; c = read()) {
      if (c < ' ') {
        throw error("unescaped control character");
      }
      string.append(c == '\\' ? escaped() : c);
    }
    String read = string.toString();
    if (!Texts.all(read, Texts::isCharacter)) { // pairs may be escaped by halves
      throw error("U+0000 or unpaired surrogate in the string");
    }
    return read;
  }

  private char escaped() {
    char c = read();
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> codeUnit();
      default -> throw error("unknown escape");
    };
  }

  private char codeUnit() {
    int unit = 0;
    for (int i = 0; i < 4; i++) {
      char digit = read();
      if (!HexFormat.isHexDigit(digit)) { // Character.digit knows digits beyond ASCII
        throw error("malformed escape");
      }
      unit = unit << 4 | HexFormat.fromHexDigit(digit);
    }
    return (char) unit;
  }

  private BigDecimal number() {
    int start = position;
    accept('-');
    if (!accept('0')) {
      skipDigits();
    }
    if (accept('.')) {
      skipDigits();
    }
    if (position - start > MAX_DIGITS + 2) { // sign and point; BigDecimal's time is quadratic
      throw tooManyDigits();
    }
    if (accept('e') || accept('E')) {
      if (!accept('+')) {
        accept('-');
      }
      skipDigits();
    }
    return decimal(text.substring(start, position));
  }

  private BigDecimal decimal(String literal) {
    BigDecimal number;
    try {
      number = new BigDecimal(literal);
    } catch (NumberFormatException e) { // the exponent does not fit an int
      throw tooManyDigits();
    }
    long scale = number.scale();
    long plainDigits = Math.max(number.precision() - scale, 1) + Math.max(scale, 0);
    if (plainDigits > MAX_DIGITS) {
      throw tooManyDigits();
    }
    return number;
  }

  private void skipDigits() {
    if (!isDigit(peek())) {
      throw unexpected();
    }
    while (isDigit(peek())) {
      position++;
    }
  }

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  private void skipWhitespace() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') {
      position++;
    }
  }

  private boolean acceptToken(char token) {
    skipWhitespace();
    return accept(token);
  }

  private void expectToken(char token) {
    if (!acceptToken(token)) {
      throw unexpected();
    }
  }

  private boolean accept(char c) {
    if (peek() != c) {
      return false;
    }
    position++;
    return true;
  }

  private char read() {
    if (position == text.length()) {
      throw unexpected();
    }
    return text.charAt(position++);
  }

  private int peek() {
    return position < text.length() ? text.charAt(position) : END;
  }

  private IllegalArgumentException unexpected() {
    return error(peek() == END ? "unexpected end" : "unexpected character");
  }

  private IllegalArgumentException tooManyDigits() {
    return error("number of more than " + MAX_DIGITS + " digits");
  }

  private IllegalArgumentException error(String what) {
    return new IllegalArgumentException("JSON at offset " + position + ": " + what);
  }
}
