package dev.authstore.benchmarks.flows;

import dev.authstore.benchmarks.Database;
import dev.authstore.benchmarks.data.AuthstoreTables;
import dev.authstore.storage.page.CleanupResult;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

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

  /** Deletes one batch, and begins where the last one ended. */
  @FunctionalInterface
  public interface Batch {
    CleanupResult<Instant> delete(Optional<Instant> since);
  }

  /** Runs a cleanup until it finds no whole batch any more. */
  public Object inBatches(Batch batch) {
    int deleted = 0;
    CleanupResult<Instant> last = new CleanupResult<>(0, Optional.empty());
    do {
      last = batch.delete(last.cursor());
      deleted += last.count();
    } while (last.count() == BATCH);
    return require(deleted);
  }

  Object require(int deleted) {
    if (deleted != count) {
      throw new IllegalStateException("%d of %d were deleted".formatted(deleted, count));
    }
    return deleted;
  }
}
