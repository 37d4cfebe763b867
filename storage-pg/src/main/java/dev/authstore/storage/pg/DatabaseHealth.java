package dev.authstore.storage.pg;

import dev.authstore.database.ServerFacts;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * How the database is. Liveness must not depend on it, since a restart would not help; readiness is
 * {@link #isReady()}.
 *
 * @param reason a code for what is wrong, empty when nothing is; never a text of the server
 * @param latency of the query that was tried
 * @param schemaVersion of the newest script when the database was opened
 * @param server what it said, if it answered
 */
public record DatabaseHealth(
    Status status,
    Optional<String> reason,
    Duration latency,
    Instant checkedAt,
    Pool pool,
    Optional<String> schemaVersion,
    Optional<ServerFacts> server) {

  /** From good to bad. */
  public enum Status {
    UP,
    /** It answers, but slowly, or late, or cannot be written to. */
    DEGRADED,
    /** It does not answer, or has had no connection to spare for some time. */
    DOWN
  }

  /** Connections now. */
  public record Pool(int max, int total, int active, int idle, int waiting) {
    @Override
    public String toString() {
      return "max=%d, total=%d, active=%d, idle=%d, waiting=%d"
          .formatted(max, total, active, idle, waiting);
    }
  }

  /** Whether requests should be sent here. */
  public boolean isReady() {
    return status != Status.DOWN;
  }
}
