package dev.authstore.storage.pg.oauth2;

import dev.authstore.model.Texts;
import dev.authstore.model.TokenDigest;
import dev.authstore.storage.Inputs;
import java.util.Optional;

/** What is kept of tokens and codes. */
final class Secrets {
  private static final int MAX_BYTES = 8192;

  private Secrets() {}

  /** The digest of a secret to be stored. */
  static TokenDigest digest(String name, String secret) {
    return TokenDigest.of(Inputs.text(name, secret, MAX_BYTES));
  }

  /** The digest of a secret that was presented; none if that text cannot have been stored. */
  static Optional<TokenDigest> presented(String secret) {
    return Texts.isStorable(secret, MAX_BYTES)
        ? Optional.of(TokenDigest.of(secret))
        : Optional.empty();
  }
}
