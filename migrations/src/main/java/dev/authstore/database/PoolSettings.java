package dev.authstore.database;

import java.time.Duration;

/**
 * The pool of connections. A time of zero is off.
 *
 * @param size most connections at the same time
 * @param minIdle connections kept open when idle
 * @param acquireTimeout how long a unit of work waits for one; never zero
 * @param idleTimeout when one above the minimum is closed
 * @param maxLifetime when one is replaced
 * @param keepAlive how often an idle one is tried
 * @param leakDetection when one that was not given back is reported
 * @param slowAcquire when waiting is worth a warning
 */
public record PoolSettings(
    int size,
    int minIdle,
    Duration acquireTimeout,
    Duration idleTimeout,
    Duration maxLifetime,
    Duration keepAlive,
    Duration leakDetection,
    Duration slowAcquire) {

  /** The same for those who have somewhere else to go. */
  public PoolSettings waitingAtMost(Duration longest) {
    return new PoolSettings(
        size,
        minIdle,
        acquireTimeout.compareTo(longest) < 0 ? acquireTimeout : longest,
        idleTimeout,
        maxLifetime,
        keepAlive,
        leakDetection,
        slowAcquire);
  }
}
