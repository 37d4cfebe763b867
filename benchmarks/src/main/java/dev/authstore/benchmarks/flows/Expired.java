package dev.authstore.benchmarks.flows;

import dev.authstore.benchmarks.Database;
import dev.authstore.benchmarks.data.AuthstoreTables;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.function.IntSupplier;

/**
 * Expired tokens in Authstore's tables, for the peers that use them.
 *
 * @param count how many there are before each cleanup
 */
public record Expired(Database database, int count) {
  /** How many a statement deletes. */
  static final int BATCH = 1_000;

  /** How many sessions a page shows. */
  static final int PAGE = 20;

  private static final Duration KEPT = Duration.ofDays(31);

  void prepare(Flow flow) throws SQLException {
    if (flow == Flow.CLEANUP) {
      AuthstoreTables.addExpired(database, count);
    }
  }

  /** Tokens that expired before this are cleaned up. */
  static Instant until() {
    return Instant.now().minus(KEPT);
  }

  /** Runs a cleanup until it finds no whole batch any more. */
  public Object inBatches(IntSupplier batch) {
    int deleted = 0;
    int last;
    do {
      last = batch.getAsInt();
      deleted += last;
    } while (last == BATCH);
    return require(deleted);
  }

  Object require(int deleted) {
    if (deleted != count) {
      throw new IllegalStateException("%d of %d were deleted".formatted(deleted, count));
    }
    return deleted;
  }
}
