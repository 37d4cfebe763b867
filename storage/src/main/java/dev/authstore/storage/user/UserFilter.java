package dev.authstore.storage.user;

import dev.authstore.model.user.UserState;
import java.util.Optional;

/**
 * Which accounts. Criteria not given do not restrict; those given must all hold.
 *
 * @param state ACTIVE: neither locked nor deactivated; LOCKED: locked, deactivated or not;
 *     DEACTIVATED: deactivated, locked or not
 * @param canRequestAdmin whether the account may ask for the administration scope
 * @param guest whether the account is an imported guest
 * @param search text that the user name contains, compared folded; every character stands for
 *     itself
 */
public record UserFilter(
    Optional<UserState> state,
    Optional<Boolean> canRequestAdmin,
    Optional<Boolean> guest,
    Optional<String> search) {

  public static UserFilter all() {
    return new UserFilter(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
  }

  public UserFilter state(UserState value) {
    return new UserFilter(Optional.of(value), canRequestAdmin, guest, search);
  }

  public UserFilter canRequestAdmin(boolean value) {
    return new UserFilter(state, Optional.of(value), guest, search);
  }

  public UserFilter guest(boolean value) {
    return new UserFilter(state, canRequestAdmin, Optional.of(value), search);
  }

  public UserFilter search(String text) {
    return new UserFilter(state, canRequestAdmin, guest, Optional.of(text));
  }
}
