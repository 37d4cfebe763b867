package dev.authstore.storage.user;

import dev.authstore.storage.Inputs;
import dev.authstore.storage.InvalidInputException;
import java.time.Instant;
import java.util.Optional;

/**
 * What to change of a registration token. What is not given stays as it is; what is given as empty
 * is removed.
 *
 * @param expiresAt its new end, or none
 * @param usageLimit its new limit, or none
 */
public record UserRegistrationTokenChanges(
    Optional<Optional<Instant>> expiresAt, Optional<Optional<Integer>> usageLimit) {

  /**
   * @throws InvalidInputException if the limit is negative or the instant lies outside the years 1
   *     to 9999
   */
  public UserRegistrationTokenChanges {
    if (expiresAt.isPresent()) {
      expiresAt = Optional.of(expiresAt.get().map(end -> Inputs.instant("expiresAt", end)));
    }
    usageLimit
        .flatMap(limit -> limit)
        .ifPresent(limit -> Inputs.range("usage limit", limit, 0, Integer.MAX_VALUE));
  }

  public static UserRegistrationTokenChanges none() {
    return new UserRegistrationTokenChanges(Optional.empty(), Optional.empty());
  }

  public UserRegistrationTokenChanges expiresAt(Optional<Instant> value) {
    return new UserRegistrationTokenChanges(Optional.of(value), usageLimit);
  }

  public UserRegistrationTokenChanges usageLimit(Optional<Integer> value) {
    return new UserRegistrationTokenChanges(expiresAt, Optional.of(value));
  }
}
