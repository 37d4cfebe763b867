package dev.authstore.model;

import java.net.InetAddress;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * A sign of life of a session, of whatever kind.
 *
 * @param at when, truncated to microseconds
 * @param ip from where, normalised; personal data, not printed
 */
public record SessionActivity(UUID sessionId, Instant at, Optional<InetAddress> ip) {
  /**
   * Brings time and address into the form in which they are stored.
   *
   * @throws IllegalArgumentException if {@code at} is outside the years 1 to 9999
   */
  public SessionActivity {
    at = Instants.truncate(at);
    ip = ip.map(Addresses::normalise);
  }

  @Override
  public String toString() {
    return "SessionActivity[sessionId=" + sessionId + ", at=" + at + "]";
  }
}
