package dev.authstore.storage.user;

import dev.authstore.storage.Inputs;
import dev.authstore.storage.InvalidInputException;
import java.time.Instant;
import java.util.Optional;

/**
 * Which registration tokens. Criteria not given do not restrict; those given must all hold.
 *
 * @param beenUsed whether a sign-up has used the token
 * @param revoked whether the token is revoked
 * @param expired true: its end has come; false: it has none, or it lies ahead
 * @param valid true: not revoked, not expired and not used up; false: all others
 * @param at the time at which the last two are asked; if not given, that of the call. To be given
 *     by who reads several pages
 */
public record UserRegistrationTokenFilter(
    Optional<Boolean> beenUsed,
    Optional<Boolean> revoked,
    Optional<Boolean> expired,
    Optional<Boolean> valid,
    Optional<Instant> at) {

  /**
   * @throws InvalidInputException if the instant lies outside the years 1 to 9999
   */
  public UserRegistrationTokenFilter {
    at = at.map(instant -> Inputs.instant("at", instant));
  }

  public static UserRegistrationTokenFilter all() {
    return new UserRegistrationTokenFilter(
        Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
  }

  public UserRegistrationTokenFilter beenUsed(boolean value) {
    return new UserRegistrationTokenFilter(Optional.of(value), revoked, expired, valid, at);
  }

  public UserRegistrationTokenFilter revoked(boolean value) {
    return new UserRegistrationTokenFilter(beenUsed, Optional.of(value), expired, valid, at);
  }

  public UserRegistrationTokenFilter expired(boolean value) {
    return new UserRegistrationTokenFilter(beenUsed, revoked, Optional.of(value), valid, at);
  }

  public UserRegistrationTokenFilter valid(boolean value) {
    return new UserRegistrationTokenFilter(beenUsed, revoked, expired, Optional.of(value), at);
  }

  public UserRegistrationTokenFilter at(Instant instant) {
    return new UserRegistrationTokenFilter(beenUsed, revoked, expired, valid, Optional.of(instant));
  }
}
