package dev.authstore.storage;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * Secret keys of the service, for what is too short to be safe under a plain digest. They never
 * reach the database: whoever reads its tables cannot try all six-digit codes.
 */
public final class KeyRing {
  /** How many bytes a key has. */
  public static final int KEY_LENGTH = 32;

  private static final KeyRing EMPTY = new KeyRing(Map.of());

  /** What a key is for. */
  public enum Purpose {
    /** Codes that people type, such as those sent by e-mail. */
    CODE,
  }

  private final Map<Purpose, SecretKey> keys;

  private KeyRing(Map<Purpose, SecretKey> keys) {
    this.keys = keys;
  }

  /** No key at all: digests are made without, and a warning is logged. */
  public static KeyRing empty() {
    return EMPTY;
  }

  /**
   * The same ring with one more key, or another one.
   *
   * @param key 32 random bytes, the same in every process on the database
   * @throws InvalidInputException if the key has another length
   */
  public KeyRing with(Purpose purpose, byte[] key) {
    Inputs.range("key length", key.length, KEY_LENGTH, KEY_LENGTH);
    Map<Purpose, SecretKey> changed = new EnumMap<>(Purpose.class);
    changed.putAll(keys);
    changed.put(purpose, new SecretKeySpec(key, "HmacSHA256"));
    return new KeyRing(changed);
  }

  /** The key for HMAC-SHA-256 (RFC 2104). */
  public Optional<SecretKey> find(Purpose purpose) {
    return Optional.ofNullable(keys.get(purpose));
  }

  @Override
  public String toString() {
    return "KeyRing" + keys.keySet();
  }
}
