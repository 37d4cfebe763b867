package dev.authstore.storage.personal;

import dev.authstore.model.Device;
import dev.authstore.model.Scope;
import dev.authstore.storage.page.TimeRange;
import java.util.Optional;
import java.util.UUID;

/**
 * Which personal sessions. Criteria not given do not restrict; those given must all hold. The token
 * of a session is the one that is not revoked.
 *
 * @param ownerUser the account that owns them
 * @param ownerClient the client that owns them
 * @param actorUser the account they act as
 * @param device which the scope names, in either spelling
 * @param scope whose tokens are all among the session's
 * @param active true: not revoked, whatever the state of owner, actor and token; false: revoked
 * @param lastActive when activity was last recorded; a session without any is outside
 * @param expires true: the token expires some day, or has; false: it never does; a session without
 *     token is neither
 * @param expiry when the token expires; a session without such an instant is outside
 */
public record PersonalSessionFilter(
    Optional<UUID> ownerUser,
    Optional<UUID> ownerClient,
    Optional<UUID> actorUser,
    Optional<Device> device,
    Optional<Scope> scope,
    Optional<Boolean> active,
    Optional<TimeRange> lastActive,
    Optional<Boolean> expires,
    Optional<TimeRange> expiry) {

  public static PersonalSessionFilter all() {
    return new PersonalSessionFilter(
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

  public PersonalSessionFilter ownerUser(UUID id) {
    return new PersonalSessionFilter(
        Optional.of(id),
        ownerClient,
        actorUser,
        device,
        scope,
        active,
        lastActive,
        expires,
        expiry);
  }

  public PersonalSessionFilter ownerClient(UUID id) {
    return new PersonalSessionFilter(
        ownerUser, Optional.of(id), actorUser, device, scope, active, lastActive, expires, expiry);
  }

  public PersonalSessionFilter actorUser(UUID id) {
    return new PersonalSessionFilter(
        ownerUser,
        ownerClient,
        Optional.of(id),
        device,
        scope,
        active,
        lastActive,
        expires,
        expiry);
  }

  public PersonalSessionFilter device(Device value) {
    return new PersonalSessionFilter(
        ownerUser,
        ownerClient,
        actorUser,
        Optional.of(value),
        scope,
        active,
        lastActive,
        expires,
        expiry);
  }

  public PersonalSessionFilter scope(Scope value) {
    return new PersonalSessionFilter(
        ownerUser,
        ownerClient,
        actorUser,
        device,
        Optional.of(value),
        active,
        lastActive,
        expires,
        expiry);
  }

  public PersonalSessionFilter active(boolean value) {
    return new PersonalSessionFilter(
        ownerUser,
        ownerClient,
        actorUser,
        device,
        scope,
        Optional.of(value),
        lastActive,
        expires,
        expiry);
  }

  public PersonalSessionFilter lastActive(TimeRange range) {
    return new PersonalSessionFilter(
        ownerUser,
        ownerClient,
        actorUser,
        device,
        scope,
        active,
        Optional.of(range),
        expires,
        expiry);
  }

  public PersonalSessionFilter expires(boolean value) {
    return new PersonalSessionFilter(
        ownerUser,
        ownerClient,
        actorUser,
        device,
        scope,
        active,
        lastActive,
        Optional.of(value),
        expiry);
  }

  public PersonalSessionFilter expiry(TimeRange range) {
    return new PersonalSessionFilter(
        ownerUser,
        ownerClient,
        actorUser,
        device,
        scope,
        active,
        lastActive,
        expires,
        Optional.of(range));
  }
}
