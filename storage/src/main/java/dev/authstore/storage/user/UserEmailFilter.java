package dev.authstore.storage.user;

import java.util.Optional;
import java.util.UUID;

/**
 * Which addresses. Criteria not given do not restrict; those given must all hold.
 *
 * @param user the account that has them
 * @param email the address, compared folded
 */
public record UserEmailFilter(Optional<UUID> user, Optional<String> email) {

  public static UserEmailFilter all() {
    return new UserEmailFilter(Optional.empty(), Optional.empty());
  }

  public UserEmailFilter user(UUID id) {
    return new UserEmailFilter(Optional.of(id), email);
  }

  public UserEmailFilter email(String address) {
    return new UserEmailFilter(user, Optional.of(address));
  }

  /** Whether no criterion is given. */
  public boolean isEmpty() {
    return user.isEmpty() && email.isEmpty();
  }
}
