package dev.authstore.model;

import java.util.random.RandomGenerator;

/**
 * Text for tokens and codes, each character drawn uniformly and independently. The random source
 * must be hard to predict, like {@link java.security.SecureRandom}.
 */
public final class RandomText {
  private static final String DIGITS = "0123456789";
  private static final String ALPHANUMERICS =
      DIGITS + "ABCDEFGHIJKLMNOPQRSTUVWXYZ" + "abcdefghijklmnopqrstuvwxyz";
  private static final String UNAMBIGUOUS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
  private static final int USER_CODE_LENGTH = 6;

  private RandomText() {}

  /** Digits and letters of both cases, of about 5.95 bits each. */
  public static String alphanumerics(RandomGenerator random, int length) {
    return drawn(random, ALPHANUMERICS, length);
  }

  /** Decimal digits. */
  public static String digits(RandomGenerator random, int length) {
    return drawn(random, DIGITS, length);
  }

  /**
   * A code for a person to type: six digits and capital letters without 0, O, 1 and I, which look
   * alike. Its 30 bits protect nothing by themselves.
   */
  public static String userCode(RandomGenerator random) {
    return drawn(random, UNAMBIGUOUS, USER_CODE_LENGTH);
  }

  static boolean isAlphanumeric(int c) {
    return ALPHANUMERICS.indexOf(c) >= 0;
  }

  private static String drawn(RandomGenerator random, String alphabet, int length) {
    StringBuilder text = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return text.toString();
  }
}
