package dev.authstore.storage.pg.user;

import dev.authstore.model.TokenDigest;
import dev.authstore.storage.KeyRing;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.SecretKey;

/**
 * What is stored of a code sent by e-mail: HMAC-SHA-256 (RFC 2104) with the key {@link
 * KeyRing.Purpose#CODE} over a label, the id of the authentication and the code, each with its
 * length in front, so that equal codes of two authentications look different.
 *
 * <p>Without a key it is SHA-256 of the same bytes. That hides a code of six digits from nobody who
 * has the time to try a million.
 */
final class EmailCodeDigest {
  private static final byte[] LABEL = "authstore.email-code.v1".getBytes(StandardCharsets.US_ASCII);

  private EmailCodeDigest() {}

  static TokenDigest of(KeyRing keys, UUID authenticationId, String code) {
    Optional<SecretKey> key = keys.find(KeyRing.Purpose.CODE);
    byte[] text = message(authenticationId, code);
    try {
      return TokenDigest.fromBytes(
          key.isPresent()
              ? keyed(key.get(), text)
              : MessageDigest.getInstance("SHA-256").digest(text));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has HMAC-SHA-256", e);
    }
  }

  private static byte[] keyed(SecretKey key, byte[] text) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(key);
    return mac.doFinal(text);
  }

  private static byte[] message(UUID authenticationId, String code) {
    byte[] digits = code.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(3 * Integer.BYTES + LABEL.length + 2 * Long.BYTES + digits.length)
        .putInt(LABEL.length)
        .put(LABEL)
        .putInt(2 * Long.BYTES)
        .putLong(authenticationId.getMostSignificantBits())
        .putLong(authenticationId.getLeastSignificantBits())
        .putInt(digits.length)
        .put(digits)
        .array();
  }
}
