package dev.authstore.benchmarks.flows;

import dev.authstore.model.Pkce;
import dev.authstore.model.RandomText;
import dev.authstore.model.TokenKind;
import java.util.SplittableRandom;

/** Tokens and codes by their numbers, so that millions need not be remembered. */
final class Texts {
  static final String VERIFIER = "v".repeat(43);
  static final Pkce PKCE = new Pkce(Pkce.Method.S256, Pkce.Method.S256.challenge(VERIFIER));

  private static final int CODE_LENGTH = 32;

  private Texts() {}

  static String accessToken(int number) {
    return TokenKind.ACCESS_TOKEN.generate(new SplittableRandom(3L * number));
  }

  static String refreshToken(int number) {
    return TokenKind.REFRESH_TOKEN.generate(new SplittableRandom(3L * number + 1));
  }

  static String code(int number) {
    return RandomText.alphanumerics(new SplittableRandom(3L * number + 2), CODE_LENGTH);
  }
}
