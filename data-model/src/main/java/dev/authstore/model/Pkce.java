package dev.authstore.model;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;

/**
 * What a client commits itself to before it gets a code (RFC 7636): only who knows the verifier can
 * use the code.
 *
 * @param method how the challenge was made of the verifier
 * @param challenge with {@link Method#PLAIN} the verifier itself, hence secret, not printed
 */
public record Pkce(Method method, String challenge) {
  private static final int MIN_VERIFIER = 43;
  private static final int MAX_VERIFIER = 128;

  /** How a challenge is made of a verifier (RFC 7636, section 4.2). */
  public enum Method {
    /** It is the verifier. */
    PLAIN("plain"),
    /** It is the SHA-256 digest of the verifier in unpadded base64url. */
    S256("S256");

    private final String value;

    Method(String value) {
      this.value = value;
    }

    /** As in {@code code_challenge_method}. */
    public String value() {
      return value;
    }

    /**
     * The method of that name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Method parse(String value) {
      for (Method method : values()) {
        if (method.value.equals(value)) {
          return method;
        }
      }
      throw new IllegalArgumentException("unknown challenge method");
    }

    /** The challenge for a verifier. */
    public String challenge(String verifier) {
      return switch (this) {
        case PLAIN -> verifier;
        case S256 ->
            Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(TokenDigest.of(verifier).toBytes());
      };
    }
  }

  /** What becomes of a verifier. */
  public enum Verification {
    /** It fits. */
    VERIFIED,
    /** It has less than 43 characters. */
    TOO_SHORT,
    /** It has more than 128 characters. */
    TOO_LONG,
    /** It has a character outside {@code A–Z a–z 0–9 - . _ ~}. */
    INVALID_CHARACTERS,
    /** It is well-formed, but another one. */
    VERIFICATION_FAILED
  }

  /** Judges a verifier, by its form first; the challenges are compared in constant time. */
  public Verification verify(String verifier) {
    Verification form = checkForm(verifier);
    if (form != Verification.VERIFIED) {
      return form;
    }
    return MessageDigest.isEqual(
            method.challenge(verifier).getBytes(StandardCharsets.UTF_8),
            challenge.getBytes(StandardCharsets.UTF_8))
        ? Verification.VERIFIED
        : Verification.VERIFICATION_FAILED;
  }

  /** Judges a verifier by its form alone, which is the same for both methods. */
  public static Verification checkForm(String verifier) {
    if (verifier.length() < MIN_VERIFIER) {
      return Verification.TOO_SHORT;
    }
    if (verifier.length() > MAX_VERIFIER) {
      return Verification.TOO_LONG;
    }
    return Texts.all(verifier, Pkce::isUnreserved)
        ? Verification.VERIFIED
        : Verification.INVALID_CHARACTERS;
  }

  @Override
  public String toString() {
    return "Pkce[method=" + method + "]";
  }

  private static boolean isUnreserved(int c) {
    return RandomText.isAlphanumeric(c) || "-._~".indexOf(c) >= 0;
  }
}
