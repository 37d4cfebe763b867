package dev.authstore.model;

import java.util.Optional;
import java.util.function.IntPredicate;

/**
 * Text from outside, on its way into the database.
 *
 * <p>PostgreSQL refuses U+0000 and whatever is not UTF-8, and an error there costs the whole
 * transaction; so the text is judged here.
 */
public final class Texts {
  private static final int ADVISORY_CODE_POINTS = 1024;
  private static final int REPLACEMENT_CHARACTER = 0xFFFD;

  private Texts() {}

  /**
   * Text that identifies something: taken as it is or not at all.
   *
   * @param maxBytes how long it may be, in bytes of UTF-8
   * @return the same text
   * @throws IllegalArgumentException if it is empty or too long, or contains U+0000 or an unpaired
   *     surrogate
   */
  public static String identity(String text, int maxBytes) {
    Optional<String> defect = defect(text, maxBytes);
    if (defect.isPresent()) {
      throw new IllegalArgumentException(defect.get());
    }
    return text;
  }

  /**
   * Whether {@link #identity} would accept the text. A look-up by any other text finds nothing and
   * need not ask the database.
   */
  public static boolean isStorable(String text, int maxBytes) {
    return defect(text, maxBytes).isEmpty();
  }

  /**
   * Text that is kept for information, like a user agent, and must never make a login fail: U+0000
   * and unpaired surrogates become U+FFFD, and the rest after 1,024 code points is cut off.
   */
  public static String advisory(String text) {
    return advisory(text, ADVISORY_CODE_POINTS);
  }

  /** As {@link #advisory(String)}, with another limit. */
  public static String advisory(String text, int maxCodePoints) {
    if (text.length() <= maxCodePoints && all(text, Texts::isCharacter)) {
      return text;
    }
    return text.codePoints()
        .limit(maxCodePoints)
        .map(codePoint -> isCharacter(codePoint) ? codePoint : REPLACEMENT_CHARACTER)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  /** Whether a code point of a string can be stored: a character other than U+0000. */
  static boolean isCharacter(int codePoint) {
    return codePoint != 0
        && (codePoint < Character.MIN_SURROGATE || codePoint > Character.MAX_SURROGATE);
  }

  /**
   * Whether every code point is one of those; a loop, as tokens and scopes are read all the time.
   */
  static boolean all(String text, IntPredicate those) {
    int at = 0;
    while (at < text.length()) {
      int codePoint = text.codePointAt(at);
      if (!those.test(codePoint)) {
        return false;
      }
      at += Character.charCount(codePoint);
    }
    return true;
  }

  private static Optional<String> defect(String text, int maxBytes) {
    if (text.isEmpty()) {
      return Optional.of("text is empty");
    }
    if (text.length() > maxBytes || utf8Length(text) > maxBytes) { // a char is a byte at least
      return Optional.of("text is longer than " + maxBytes + " bytes");
    }
    if (!all(text, Texts::isCharacter)) {
      return Optional.of("text contains U+0000 or an unpaired surrogate");
    }
    return Optional.empty();
  }

  private static int utf8Length(String text) {
    int bytes = 0;
    int at = 0;
    while (at < text.length()) {
      int codePoint = text.codePointAt(at);
      bytes += utf8Length(codePoint);
      at += Character.charCount(codePoint);
    }
    return bytes;
  }

  private static int utf8Length(int codePoint) {
    if (codePoint < 0x80) {
      return 1;
    }
    if (codePoint < 0x800) {
      return 2;
    }
    return Character.isBmpCodePoint(codePoint) ? 3 : 4;
  }
}
