package dev.authstore.storage.oauth2;

import dev.authstore.model.Device;
import dev.authstore.model.Scope;
import dev.authstore.storage.Inputs;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.page.TimeRange;
import dev.authstore.storage.user.BrowserSessionFilter;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Which OAuth 2.0 sessions. Criteria not given do not restrict; those given must all hold.
 *
 * @param user the account they belong to
 * @param hasUser true: with a user; false: of clients that act for themselves
 * @param browserSession in which they were approved
 * @param browserSessions approved in one of the browser sessions that the nested filter selects
 * @param device which the scope names, in either spelling
 * @param client which holds them
 * @param clients one of which holds them; of none, no session is
 * @param staticClient true: of clients mirrored from the configuration; false: of others
 * @param active true: not finished, whatever the state of the account; false: finished
 * @param scope whose tokens are all among the session's
 * @param created when the session began, in whole milliseconds: a session begun in the millisecond
 *     of a bound is outside
 * @param lastActive when activity was last recorded; a session without any is outside
 * @param inactiveSince without activity since then: the last recorded activity, or the beginning
 *     where there is none, is earlier
 */
public record OAuth2SessionFilter(
    Optional<UUID> user,
    Optional<Boolean> hasUser,
    Optional<UUID> browserSession,
    Optional<BrowserSessionFilter> browserSessions,
    Optional<Device> device,
    Optional<UUID> client,
    Optional<Set<UUID>> clients,
    Optional<Boolean> staticClient,
    Optional<Boolean> active,
    Optional<Scope> scope,
    Optional<TimeRange> created,
    Optional<TimeRange> lastActive,
    Optional<Instant> inactiveSince) {

  /**
   * @throws InvalidInputException if an instant lies outside the years 1 to 9999
   */
  public OAuth2SessionFilter {
    clients = clients.map(Set::copyOf);
    inactiveSince = inactiveSince.map(instant -> Inputs.instant("inactiveSince", instant));
  }

  public static OAuth2SessionFilter all() {
    return new OAuth2SessionFilter(
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
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

  public OAuth2SessionFilter user(UUID id) {
    return new OAuth2SessionFilter(
        Optional.of(id),
        hasUser,
        browserSession,
        browserSessions,
        device,
        client,
        clients,
        staticClient,
        active,
        scope,
        created,
        lastActive,
        inactiveSince);
  }

  public OAuth2SessionFilter hasUser(boolean value) {
    return new OAuth2SessionFilter(
        user,
        Optional.of(value),
        browserSession,
        browserSessions,
        device,
        client,
        clients,
        staticClient,
        active,
        scope,
        created,
        lastActive,
        inactiveSince);
  }

  public OAuth2SessionFilter browserSession(UUID id) {
    return new OAuth2SessionFilter(
        user,
        hasUser,
        Optional.of(id),
        browserSessions,
        device,
        client,
        clients,
        staticClient,
        active,
        scope,
        created,
        lastActive,
        inactiveSince);
  }

  public OAuth2SessionFilter browserSessions(BrowserSessionFilter filter) {
    return new OAuth2SessionFilter(
        user,
        hasUser,
        browserSession,
        Optional.of(filter),
        device,
        client,
        clients,
        staticClient,
        active,
        scope,
        created,
        lastActive,
        inactiveSince);
  }

  public OAuth2SessionFilter device(Device value) {
    return new OAuth2SessionFilter(
        user,
        hasUser,
        browserSession,
        browserSessions,
        Optional.of(value),
        client,
        clients,
        staticClient,
        active,
        scope,
        created,
        lastActive,
        inactiveSince);
  }

  public OAuth2SessionFilter client(UUID id) {
    return new OAuth2SessionFilter(
        user,
        hasUser,
        browserSession,
        browserSessions,
        device,
        Optional.of(id),
        clients,
        staticClient,
        active,
        scope,
        created,
        lastActive,
        inactiveSince);
  }

  public OAuth2SessionFilter clients(Set<UUID> ids) {
    return new OAuth2SessionFilter(
        user,
        hasUser,
        browserSession,
        browserSessions,
        device,
        client,
        Optional.of(ids),
        staticClient,
        active,
        scope,
        created,
        lastActive,
        inactiveSince);
  }

  public OAuth2SessionFilter staticClient(boolean value) {
    return new OAuth2SessionFilter(
        user,
        hasUser,
        browserSession,
        browserSessions,
        device,
        client,
        clients,
        Optional.of(value),
        active,
        scope,
        created,
        lastActive,
        inactiveSince);
  }

  public OAuth2SessionFilter active(boolean value) {
    return new OAuth2SessionFilter(
        user,
        hasUser,
        browserSession,
        browserSessions,
        device,
        client,
        clients,
        staticClient,
        Optional.of(value),
        scope,
        created,
        lastActive,
        inactiveSince);
  }

  public OAuth2SessionFilter scope(Scope value) {
    return new OAuth2SessionFilter(
        user,
        hasUser,
        browserSession,
        browserSessions,
        device,
        client,
        clients,
        staticClient,
        active,
        Optional.of(value),
        created,
        lastActive,
        inactiveSince);
  }

  public OAuth2SessionFilter created(TimeRange range) {
    return new OAuth2SessionFilter(
        user,
        hasUser,
        browserSession,
        browserSessions,
        device,
        client,
        clients,
        staticClient,
        active,
        scope,
        Optional.of(range),
        lastActive,
        inactiveSince);
  }

  public OAuth2SessionFilter lastActive(TimeRange range) {
    return new OAuth2SessionFilter(
        user,
        hasUser,
        browserSession,
        browserSessions,
        device,
        client,
        clients,
        staticClient,
        active,
        scope,
        created,
        Optional.of(range),
        inactiveSince);
  }

  public OAuth2SessionFilter inactiveSince(Instant instant) {
    return new OAuth2SessionFilter(
        user,
        hasUser,
        browserSession,
        browserSessions,
        device,
        client,
        clients,
        staticClient,
        active,
        scope,
        created,
        lastActive,
        Optional.of(instant));
  }
}
