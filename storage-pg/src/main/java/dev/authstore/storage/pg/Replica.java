package dev.authstore.storage.pg;

import dev.authstore.storage.SchemaMismatchException;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.TransactionConflictException;
import dev.authstore.storage.pg.internal.Connections;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A replica, and whether it is worth asking. Safe for use by any thread.
 *
 * <p>Where it fails, the primary answers. Then it is left alone for a while, so that only one read
 * in that time waits for what is not there.
 */
final class Replica {
  private static final Logger LOG = LoggerFactory.getLogger("authstore.database");

  private static final Duration LEFT_ALONE = Duration.ofSeconds(5);

  private static final long ANSWERING = 0;

  private final Connections connections;
  private final LongSupplier nanoTime;
  private final AtomicLong nextTry = new AtomicLong(ANSWERING);

  Replica(Connections connections, LongSupplier nanoTime) {
    this.connections = connections;
    this.nanoTime = nanoTime;
  }

  /** Reads here, or from the primary where this has failed. */
  <T> T read(Connections primary, Function<? super Connections, ? extends T> reading) {
    if (!isWorthATry()) {
      return reading.apply(primary);
    }
    try {
      T result = reading.apply(connections);
      answered();
      return result;
    } catch (StorageException e) {
      if (!isOfAReplica(e)) {
        throw e;
      }
      if (!(e instanceof TransactionConflictException)) { // in favour of replay: it is well
        failed(e);
      }
      return reading.apply(primary);
    }
  }

  private boolean isWorthATry() {
    long next = nextTry.get();
    long now = nanoTime.getAsLong();
    return next == ANSWERING || (now - next >= 0 && nextTry.compareAndSet(next, later(now)));
  }

  private void answered() {
    if (nextTry.getAndSet(ANSWERING) != ANSWERING) {
      LOG.info("Replica answers again");
    }
  }

  private void failed(StorageException e) {
    if (nextTry.getAndSet(later(nanoTime.getAsLong())) == ANSWERING) {
      LOG.warn("Replica fails, reading from the primary [reason={}]", e.getMessage());
    }
  }

  private static long later(long now) {
    return (now + LEFT_ALONE.toNanos()) | 1; // never the mark of one that answers
  }

  /** What passes, and tables that a migration has made and replay has not. */
  private static boolean isOfAReplica(StorageException e) {
    return e.retryable() || e instanceof SchemaMismatchException;
  }
}
