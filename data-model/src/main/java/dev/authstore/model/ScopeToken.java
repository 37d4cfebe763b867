package dev.authstore.model;

/**
 * One element of a scope (RFC 6749, appendix A.4), compared byte by byte.
 *
 * @param value printable ASCII without blank, quotation mark and backslash
 */
public record ScopeToken(String value) implements Comparable<ScopeToken> {
  /** How many characters a token may have; the RFC knows no limit, an index does. */
  public static final int MAX_LENGTH = 1024;

  /**
   * @throws IllegalArgumentException if the value is empty, too long, or has another character
   */
  public ScopeToken {
    if (!isValid(value)) {
      throw new IllegalArgumentException("not a scope token");
    }
  }

  /** Whether there is a token of that value. */
  public static boolean isValid(String value) {
    return !value.isEmpty()
        && value.length() <= MAX_LENGTH
        && Texts.all(value, c -> c > ' ' && c < 0x7F && c != '"' && c != '\\');
  }

  @Override
  public int compareTo(ScopeToken other) {
    return value.compareTo(other.value);
  }
}
