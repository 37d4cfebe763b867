package dev.authstore.storage.app;

import dev.authstore.model.Device;
import dev.authstore.storage.page.TimeRange;
import java.util.Optional;
import java.util.UUID;

/**
 * Which sessions of applications. Criteria not given do not restrict; those given must all hold.
 *
 * @param user the account they belong to; a session of a client that acts for itself is nobody's
 * @param browserSession in which they were approved
 * @param device on which they are, or which their scope names, in either spelling
 * @param active true: not finished, whatever the state of the account; false: finished
 * @param created when the session began, in whole milliseconds: a session begun in the millisecond
 *     of a bound is outside
 * @param lastActive when activity was last recorded; a session without any is outside
 */
public record AppSessionFilter(
    Optional<UUID> user,
    Optional<UUID> browserSession,
    Optional<Device> device,
    Optional<Boolean> active,
    Optional<TimeRange> created,
    Optional<TimeRange> lastActive) {

  public static AppSessionFilter all() {
    return new AppSessionFilter(
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  public AppSessionFilter user(UUID id) {
    return new AppSessionFilter(
        Optional.of(id), browserSession, device, active, created, lastActive);
  }

  public AppSessionFilter browserSession(UUID id) {
    return new AppSessionFilter(user, Optional.of(id), device, active, created, lastActive);
  }

  public AppSessionFilter device(Device value) {
    return new AppSessionFilter(
        user, browserSession, Optional.of(value), active, created, lastActive);
  }

  public AppSessionFilter active(boolean value) {
    return new AppSessionFilter(
        user, browserSession, device, Optional.of(value), created, lastActive);
  }

  public AppSessionFilter created(TimeRange range) {
    return new AppSessionFilter(
        user, browserSession, device, active, Optional.of(range), lastActive);
  }

  public AppSessionFilter lastActive(TimeRange range) {
    return new AppSessionFilter(user, browserSession, device, active, created, Optional.of(range));
  }
}
