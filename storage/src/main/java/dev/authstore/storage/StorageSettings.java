package dev.authstore.storage;

import dev.authstore.storage.queue.QueueSettings;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.random.RandomGenerator;

/**
 * What the repositories of a factory share.
 *
 * @param clock read once per operation; cut to microseconds
 * @param random for ids and for the pause before a retry; must be safe for use by many threads
 * @param observer hears statements and forgotten saves
 * @param keys for digests of short secrets
 * @param limits how long things live and how often they may be tried
 * @param queue how the job queue behaves
 */
public record StorageSettings(
    InstantSource clock,
    RandomGenerator random,
    StorageObserver observer,
    KeyRing keys,
    StorageLimits limits,
    QueueSettings queue) {

  /** The system clock, a secure random source, nobody listening, no key. */
  public static StorageSettings defaults() {
    return new StorageSettings(
        InstantSource.system(),
        new SecureRandom(),
        StorageObserver.NONE,
        KeyRing.empty(),
        StorageLimits.defaults(),
        QueueSettings.defaults());
  }

  public StorageSettings clock(InstantSource value) {
    return new StorageSettings(value, random, observer, keys, limits, queue);
  }

  public StorageSettings random(RandomGenerator value) {
    return new StorageSettings(clock, value, observer, keys, limits, queue);
  }

  public StorageSettings observer(StorageObserver value) {
    return new StorageSettings(clock, random, value, keys, limits, queue);
  }

  public StorageSettings keys(KeyRing value) {
    return new StorageSettings(clock, random, observer, value, limits, queue);
  }

  public StorageSettings limits(StorageLimits value) {
    return new StorageSettings(clock, random, observer, keys, value, queue);
  }

  public StorageSettings queue(QueueSettings value) {
    return new StorageSettings(clock, random, observer, keys, limits, value);
  }
}
