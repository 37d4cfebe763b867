package dev.authstore.storage.compat;

import dev.authstore.model.Device;
import dev.authstore.storage.Inputs;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.page.TimeRange;
import dev.authstore.storage.user.BrowserSessionFilter;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * Which sessions. Criteria not given do not restrict; those given must all hold.
 *
 * @param user the account they belong to
 * @param device on which they are
 * @param browserSession in which the login was approved
 * @param browserSessions approved in one of the browser sessions that the nested filter selects
 * @param active true: not finished, whatever the state of the account; false: finished
 * @param hasSsoLogin true: a login through the browser was exchanged for it; false: none was
 * @param created when the session began, in whole milliseconds: a session begun in the millisecond
 *     of a bound is outside
 * @param lastActive when activity was last recorded; a session without any is outside
 * @param inactiveSince without activity since then: the last recorded activity, or the beginning
 *     where there is none, is earlier
 */
public record CompatSessionFilter(
    Optional<UUID> user,
    Optional<Device> device,
    Optional<UUID> browserSession,
    Optional<BrowserSessionFilter> browserSessions,
    Optional<Boolean> active,
    Optional<Boolean> hasSsoLogin,
    Optional<TimeRange> created,
    Optional<TimeRange> lastActive,
    Optional<Instant> inactiveSince) {

  /**
   * @throws InvalidInputException if an instant lies outside the years 1 to 9999
   */
  public CompatSessionFilter {
    inactiveSince = inactiveSince.map(instant -> Inputs.instant("inactiveSince", instant));
  }

  public static CompatSessionFilter all() {
    return new CompatSessionFilter(
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  public CompatSessionFilter user(UUID id) {
    return new CompatSessionFilter(
        Optional.of(id),
        device,
        browserSession,
        browserSessions,
        active,
        hasSsoLogin,
        created,
        lastActive,
        inactiveSince);
  }

  public CompatSessionFilter device(Device value) {
    return new CompatSessionFilter(
        user,
        Optional.of(value),
        browserSession,
        browserSessions,
        active,
        hasSsoLogin,
        created,
        lastActive,
        inactiveSince);
  }

  public CompatSessionFilter browserSession(UUID id) {
    return new CompatSessionFilter(
        user,
        device,
        Optional.of(id),
        browserSessions,
        active,
        hasSsoLogin,
        created,
        lastActive,
        inactiveSince);
  }

  public CompatSessionFilter browserSessions(BrowserSessionFilter filter) {
    return new CompatSessionFilter(
        user,
        device,
        browserSession,
        Optional.of(filter),
        active,
        hasSsoLogin,
        created,
        lastActive,
        inactiveSince);
  }

  public CompatSessionFilter active(boolean value) {
    return new CompatSessionFilter(
        user,
        device,
        browserSession,
        browserSessions,
        Optional.of(value),
        hasSsoLogin,
        created,
        lastActive,
        inactiveSince);
  }

  public CompatSessionFilter hasSsoLogin(boolean value) {
    return new CompatSessionFilter(
        user,
        device,
        browserSession,
        browserSessions,
        active,
        Optional.of(value),
        created,
        lastActive,
        inactiveSince);
  }

  public CompatSessionFilter created(TimeRange range) {
    return new CompatSessionFilter(
        user,
        device,
        browserSession,
        browserSessions,
        active,
        hasSsoLogin,
        Optional.of(range),
        lastActive,
        inactiveSince);
  }

  public CompatSessionFilter lastActive(TimeRange range) {
    return new CompatSessionFilter(
        user,
        device,
        browserSession,
        browserSessions,
        active,
        hasSsoLogin,
        created,
        Optional.of(range),
        inactiveSince);
  }

  public CompatSessionFilter inactiveSince(Instant instant) {
    return new CompatSessionFilter(
        user,
        device,
        browserSession,
        browserSessions,
        active,
        hasSsoLogin,
        created,
        lastActive,
        Optional.of(instant));
  }
}
