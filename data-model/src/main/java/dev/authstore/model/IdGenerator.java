package dev.authstore.model;

import java.time.Instant;
import java.util.UUID;
import java.util.random.RandomGenerator;

/**
 * Makes UUIDs of version 7 (RFC 9562, section 5.7), each greater than the one before.
 *
 * <p>The 12 bits {@code rand_a} are a counter (section 6.2, method 1). It starts every millisecond
 * at a random value in its lower half, which leaves room for at least 2,048 ids. When it is full,
 * and when the clock stands still or goes backwards, ids continue from the last one and the counter
 * carries into the time: an id may bear a later millisecond than the one asked for, never an
 * earlier one. It follows that a generator once given an instant far ahead stays there.
 *
 * <p>Safe for use by several threads. The random source is read under the generator's own lock and
 * need not be thread-safe, unless it is used elsewhere too.
 */
public final class IdGenerator {
  private static final int COUNTER_BITS = 12;
  private static final int COUNTER_MASK = (1 << COUNTER_BITS) - 1;
  private static final int COUNTER_STARTS_BELOW = 1 << (COUNTER_BITS - 1);
  private static final long VERSION_7 = 0x7000;
  private static final long VARIANT = 0x8000_0000_0000_0000L; // binary 10, then the tail
  private static final int VARIANT_BITS = 2;

  private final RandomGenerator random;

  /** Millisecond and counter of the last id as one number, so that adding one carries. */
  private long last;

  /**
   * A generator that has made no id yet.
   *
   * @param random makes ids hard to guess if it is hard to predict, like {@link
   *     java.security.SecureRandom}
   */
  public IdGenerator(RandomGenerator random) {
    this.random = random;
  }

  /**
   * The next id, in unsigned order greater than all that this generator has made.
   *
   * @param at counts in whole milliseconds; before 1970 it counts as 1970
   * @throws IllegalArgumentException after the year 9999
   */
  public synchronized UUID next(Instant at) {
    long millis = Ids.millis(at);
    last = millis > last >>> COUNTER_BITS ? first(millis) : last + 1;
    long upper = last >>> COUNTER_BITS << 16 | VERSION_7 | (last & COUNTER_MASK);
    return new UUID(upper, VARIANT | random.nextLong() >>> VARIANT_BITS);
  }

  private long first(long millis) {
    return millis << COUNTER_BITS | random.nextInt(COUNTER_STARTS_BELOW);
  }
}
