package dev.authstore.model;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * What is kept of a secret: 32 bytes from which it cannot be found out, provided that it was long
 * and random. Prints its first four bytes only, which is enough to tell two apart in a log.
 */
public final class TokenDigest {
  /** How many bytes a digest has. */
  public static final int LENGTH = 32;

  private static final int PRINTED = 4;

  private final byte[] bytes;

  private TokenDigest(byte[] bytes) {
    this.bytes = bytes;
  }

  /** The SHA-256 digest (FIPS 180-4) of the text in UTF-8. */
  public static TokenDigest of(String secret) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      return new TokenDigest(sha256.digest(secret.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /**
   * A digest that was made elsewhere.
   *
   * @throws IllegalArgumentException unless there are 32 bytes
   */
  public static TokenDigest fromBytes(byte[] bytes) {
    if (bytes.length != LENGTH) {
      throw new IllegalArgumentException("digest has not " + LENGTH + " bytes");
    }
    return new TokenDigest(bytes.clone());
  }

  public byte[] toBytes() {
    return bytes.clone();
  }

  /** In constant time. */
  @Override
  public boolean equals(Object other) {
    return other instanceof TokenDigest digest && MessageDigest.isEqual(bytes, digest.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return "TokenDigest[" + HexFormat.of().formatHex(bytes, 0, PRINTED) + "…]";
  }
}
