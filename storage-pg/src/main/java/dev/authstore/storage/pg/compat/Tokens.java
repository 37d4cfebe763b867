package dev.authstore.storage.pg.compat;

import dev.authstore.model.Texts;
import dev.authstore.model.TokenDigest;
import dev.authstore.storage.Inputs;
import java.util.Optional;

/**
 * What is kept of tokens. They may be of any length: those of other servers are, and digests are
 * not.
 */
final class Tokens {
  private static final int ANY_LENGTH = Integer.MAX_VALUE;

  private Tokens() {}

  /** The digest of a token to be stored. */
  static TokenDigest digest(String name, String token) {
    return TokenDigest.of(Inputs.text(name, token, ANY_LENGTH));
  }

  /** The digest of a token that was presented; none if that text cannot have been stored. */
  static Optional<TokenDigest> presented(String token) {
    return Texts.isStorable(token, ANY_LENGTH)
        ? Optional.of(TokenDigest.of(token))
        : Optional.empty();
  }
}
