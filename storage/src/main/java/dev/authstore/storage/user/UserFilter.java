package dev.authstore.storage.user;

import dev.authstore.model.user.UserState;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Which accounts. Criteria not given do not restrict; those given must all hold.
 *
 * @param state ACTIVE: neither locked nor deactivated; LOCKED: locked, deactivated or not;
 *     DEACTIVATED: deactivated, locked or not
 * @param canRequestAdmin whether the account may ask for the administration scope
 * @param guest whether the account is an imported guest
 * @param search text that the user name contains, compared folded; every character stands for
 *     itself
 * @param activeOauth2SessionForAnyOf clients, with one of which the account has an unfinished OAuth
 *     2.0 session; no account has one with none of them
 * @param hasActiveOauth2Session whether the account has an unfinished OAuth 2.0 session at all
 * @param hasActiveCompatSession whether the account has an unfinished session of the older login
 *     API
 */
public record UserFilter(
    Optional<UserState> state,
    Optional<Boolean> canRequestAdmin,
    Optional<Boolean> guest,
    Optional<String> search,
    Optional<Set<UUID>> activeOauth2SessionForAnyOf,
    Optional<Boolean> hasActiveOauth2Session,
    Optional<Boolean> hasActiveCompatSession) {

  public UserFilter {
    activeOauth2SessionForAnyOf = activeOauth2SessionForAnyOf.map(Set::copyOf);
  }

  public static UserFilter all() {
    return new UserFilter(
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  public UserFilter state(UserState value) {
    return new UserFilter(
        Optional.of(value),
        canRequestAdmin,
        guest,
        search,
        activeOauth2SessionForAnyOf,
        hasActiveOauth2Session,
        hasActiveCompatSession);
  }

  public UserFilter canRequestAdmin(boolean value) {
    return new UserFilter(
        state,
        Optional.of(value),
        guest,
        search,
        activeOauth2SessionForAnyOf,
        hasActiveOauth2Session,
        hasActiveCompatSession);
  }

  public UserFilter guest(boolean value) {
    return new UserFilter(
        state,
        canRequestAdmin,
        Optional.of(value),
        search,
        activeOauth2SessionForAnyOf,
        hasActiveOauth2Session,
        hasActiveCompatSession);
  }

  public UserFilter search(String text) {
    return new UserFilter(
        state,
        canRequestAdmin,
        guest,
        Optional.of(text),
        activeOauth2SessionForAnyOf,
        hasActiveOauth2Session,
        hasActiveCompatSession);
  }

  public UserFilter activeOauth2SessionForAnyOf(Set<UUID> clientIds) {
    return new UserFilter(
        state,
        canRequestAdmin,
        guest,
        search,
        Optional.of(clientIds),
        hasActiveOauth2Session,
        hasActiveCompatSession);
  }

  public UserFilter hasActiveOauth2Session(boolean value) {
    return new UserFilter(
        state,
        canRequestAdmin,
        guest,
        search,
        activeOauth2SessionForAnyOf,
        Optional.of(value),
        hasActiveCompatSession);
  }

  public UserFilter hasActiveCompatSession(boolean value) {
    return new UserFilter(
        state,
        canRequestAdmin,
        guest,
        search,
        activeOauth2SessionForAnyOf,
        hasActiveOauth2Session,
        Optional.of(value));
  }
}
