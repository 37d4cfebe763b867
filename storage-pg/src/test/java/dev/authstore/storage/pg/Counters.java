package dev.authstore.storage.pg;

import dev.authstore.testing.Backends;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * What the server has counted. A connection reports its own when it ends, so all of them are ended
 * first.
 */
public final class Counters {
  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(5);

  /** Before PostgreSQL 15, reports come by way of files, which serve for half a second. */
  private static final String CURRENT =
      """
      SELECT current_setting('server_version_num')::integer >= 150000
        OR clock_timestamp() > ?::timestamptz + interval '0.6 s'
      """;

  private Counters() {}

  /** The one number of a query. */
  public static long read(Store store, String query) {
    Backends.terminateOthers(store.dataSource());
    String reported = store.select("SELECT clock_timestamp()").get(0);
    long deadline = System.nanoTime() + DEADLINE.toNanos();
    while (!store.select(CURRENT, reported).equals(List.of("t"))) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("the clock of the server stands still");
      }
      LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
    }
    return Long.parseLong(store.select(query).get(0));
  }
}
