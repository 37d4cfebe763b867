package dev.authstore.storage;

import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.random.RandomGenerator;

/**
 * What the repositories of a factory share.
 *
 * @param clock read once per operation; cut to microseconds
 * @param random for ids and for the pause before a retry; must be safe for use by many threads
 * @param observer hears statements and forgotten saves
 */
public record StorageSettings(
    InstantSource clock, RandomGenerator random, StorageObserver observer) {

  /** The system clock, a secure random source, nobody listening. */
  public static StorageSettings defaults() {
    return new StorageSettings(InstantSource.system(), new SecureRandom(), StorageObserver.NONE);
  }

  public StorageSettings clock(InstantSource value) {
    return new StorageSettings(value, random, observer);
  }

  public StorageSettings random(RandomGenerator value) {
    return new StorageSettings(clock, value, observer);
  }

  public StorageSettings observer(StorageObserver value) {
    return new StorageSettings(clock, random, value);
  }
}
