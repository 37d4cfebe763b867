package dev.authstore.benchmarks.data;

import dev.authstore.model.Pkce;
import dev.authstore.model.RandomText;
import dev.authstore.model.TokenKind;
import java.util.SplittableRandom;

/** Tokens and codes by their numbers, so that millions need not be remembered. */
public final class Texts {
  public static final String VERIFIER = "v".repeat(43);
  public static final Pkce PKCE = new Pkce(Pkce.Method.S256, Pkce.Method.S256.challenge(VERIFIER));

  private static final int CODE_LENGTH = 32;
  private static final long KINDS = 4;

  private Texts() {}

  public static String accessToken(int number) {
    return TokenKind.ACCESS_TOKEN.generate(new SplittableRandom(KINDS * number));
  }

  public static String refreshToken(int number) {
    return TokenKind.REFRESH_TOKEN.generate(new SplittableRandom(KINDS * number + 1));
  }

  public static String code(int number) {
    return RandomText.alphanumerics(new SplittableRandom(KINDS * number + 2), CODE_LENGTH);
  }

  public static String deviceCode(int number) {
    return RandomText.alphanumerics(new SplittableRandom(KINDS * number + 3), CODE_LENGTH);
  }

  /** Of an account's session of Matrix's login API. */
  public static String compatToken(int account) {
    return "mct_" + account;
  }

  /** Of an account's personal session. */
  public static String personalToken(int account) {
    return "mpt_" + account;
  }

  public static String username(int number) {
    return "user" + number;
  }
}
