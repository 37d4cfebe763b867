package dev.authstore.storage.user;

import dev.authstore.storage.Inputs;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.page.TimeRange;
import dev.authstore.storage.upstream.UpstreamOAuthSessionFilter;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * Which browser sessions. Criteria not given do not restrict; those given must all hold.
 *
 * @param user the account they belong to
 * @param active true: not finished, whatever the state of the account; false: finished
 * @param created when the session began, in whole milliseconds: a session begun in the millisecond
 *     of a bound is outside
 * @param lastActive when activity was last recorded; a session without any is outside
 * @param inactiveSince without activity since then: the last recorded activity, or the beginning
 *     where there is none, is earlier
 * @param linkedToUpstreamSessions sessions that an upstream login matching the nested filter has
 *     authenticated
 */
public record BrowserSessionFilter(
    Optional<UUID> user,
    Optional<Boolean> active,
    Optional<TimeRange> created,
    Optional<TimeRange> lastActive,
    Optional<Instant> inactiveSince,
    Optional<UpstreamOAuthSessionFilter> linkedToUpstreamSessions) {

  /**
   * @throws InvalidInputException if an instant lies outside the years 1 to 9999
   */
  public BrowserSessionFilter {
    inactiveSince = inactiveSince.map(instant -> Inputs.instant("inactiveSince", instant));
  }

  public static BrowserSessionFilter all() {
    return new BrowserSessionFilter(
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  public BrowserSessionFilter user(UUID id) {
    return new BrowserSessionFilter(
        Optional.of(id), active, created, lastActive, inactiveSince, linkedToUpstreamSessions);
  }

  public BrowserSessionFilter active(boolean value) {
    return new BrowserSessionFilter(
        user, Optional.of(value), created, lastActive, inactiveSince, linkedToUpstreamSessions);
  }

  public BrowserSessionFilter created(TimeRange range) {
    return new BrowserSessionFilter(
        user, active, Optional.of(range), lastActive, inactiveSince, linkedToUpstreamSessions);
  }

  public BrowserSessionFilter lastActive(TimeRange range) {
    return new BrowserSessionFilter(
        user, active, created, Optional.of(range), inactiveSince, linkedToUpstreamSessions);
  }

  public BrowserSessionFilter inactiveSince(Instant instant) {
    return new BrowserSessionFilter(
        user, active, created, lastActive, Optional.of(instant), linkedToUpstreamSessions);
  }

  public BrowserSessionFilter linkedToUpstreamSessions(UpstreamOAuthSessionFilter filter) {
    return new BrowserSessionFilter(
        user, active, created, lastActive, inactiveSince, Optional.of(filter));
  }
}
