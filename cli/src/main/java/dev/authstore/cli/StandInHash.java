package dev.authstore.cli;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * A stand-in for the password hashing of a service, with what the JDK has. The library stores
 * hashes and neither makes nor reads them; a real service uses Argon2id or scrypt.
 */
final class StandInHash {

  /** Of this scheme, for the column that tells which one made a hash. */
  static final int VERSION = 1;

  private static final String PREFIX = "stand-in-pbkdf2";
  private static final int ITERATIONS = 100_000;
  private static final int SALT_BYTES = 16;
  private static final int KEY_BITS = 256;

  private StandInHash() {}

  static String of(String password) {
    byte[] salt = new byte[SALT_BYTES];
    new SecureRandom().nextBytes(salt);
    return "%s$%s$%s".formatted(PREFIX, text(salt), text(derive(password, salt)));
  }

  static boolean matches(String password, String hash) {
    String[] parts = hash.split("\\$", -1);
    return parts.length == 3
        && parts[0].equals(PREFIX)
        && MessageDigest.isEqual(derive(password, bytes(parts[1])), bytes(parts[2]));
  }

  private static byte[] derive(String password, byte[] salt) {
    PBEKeySpec key = new PBEKeySpec(password.toCharArray(), salt, ITERATIONS, KEY_BITS);
    try {
      return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256").generateSecret(key).getEncoded();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no PBKDF2", e);
    } finally {
      key.clearPassword();
    }
  }

  private static String text(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  private static byte[] bytes(String text) {
    return Base64.getDecoder().decode(text);
  }
}
