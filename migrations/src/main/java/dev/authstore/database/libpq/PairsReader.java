package dev.authstore.database.libpq;

/** Reads pairs of keyword and value, separated by white space. */
final class PairsReader {

  private final String text;
  private final Pairs pairs;
  private int at;

  PairsReader(String text, Pairs pairs) {
    this.text = text;
    this.pairs = pairs;
  }

  void read() {
    skipBlanks();
    while (at < text.length()) {
      String name = name();
      skipBlanks();
      pairs.named(name, next() == '\'' ? quoted() : unquoted());
      skipBlanks();
    }
  }

  private String name() {
    int start = at;
    while (at < text.length() && next() != '=' && !isBlank(next())) {
      at++;
    }
    String name = text.substring(start, at);
    skipBlanks();
    if (next() != '=') {
      throw new MalformedException(
          "a keyword has no value", "write keyword=value, or a URI that begins with postgresql://");
    }
    at++;
    return name;
  }

  private String unquoted() {
    StringBuilder value = new StringBuilder();
    while (at < text.length() && !isBlank(next())) {
      append(value);
    }
    return value.toString();
  }

  private String quoted() {
    StringBuilder value = new StringBuilder();
    at++;
    while (at < text.length() && next() != '\'') {
      append(value);
    }
    if (at == text.length()) {
      throw new MalformedException(
          "a quoted value does not end", "inside quotes, ' is written \\' and \\ is written \\\\");
    }
    at++;
    return value.toString();
  }

  /** The next character, or the one that a backslash protects. */
  private void append(StringBuilder value) {
    if (next() == '\\') {
      at++;
    }
    if (at < text.length()) {
      value.append(next());
      at++;
    }
  }

  private void skipBlanks() {
    while (at < text.length() && isBlank(next())) {
      at++;
    }
  }

  private char next() {
    return at < text.length() ? text.charAt(at) : '\0';
  }

  private static boolean isBlank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
  }
}
