package dev.authstore.migrations;

import java.time.Instant;
import java.util.Optional;

/**
 * The session that migrates a schema right now.
 *
 * @param pid its process on the server, zero if it has just ended
 * @param application what it calls itself; empty if the server tells nobody but its owner
 * @param since when it connected; empty for the same reason
 */
public record LockHolder(int pid, Optional<String> application, Optional<Instant> since) {

  @Override
  public String toString() {
    return "process %d (%s, connected since %s)"
        .formatted(
            pid,
            application.orElse("application unknown"),
            since.map(Instant::toString).orElse("an unknown time"));
  }
}
