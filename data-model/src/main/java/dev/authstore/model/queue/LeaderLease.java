package dev.authstore.model.queue;

import java.time.Instant;
import java.util.UUID;

/**
 * Which worker leads. Worker and election together tell one term of leadership from every other.
 *
 * @param electedAt when this term began; renewing does not move it
 * @param expiresAt the end, unless it is renewed
 */
public record LeaderLease(UUID workerId, Instant electedAt, Instant expiresAt) {

  /** Whether both are leases of one term. */
  public boolean isSameTerm(LeaderLease other) {
    return workerId.equals(other.workerId) && electedAt.equals(other.electedAt);
  }
}
