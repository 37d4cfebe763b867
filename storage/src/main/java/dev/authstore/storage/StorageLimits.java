package dev.authstore.storage;

import java.time.Duration;

/**
 * How long things live and how often they may be tried.
 *
 * @param emailCodeAttempts wrong codes after which an e-mail authentication is dead, from 1
 * @param recoveryTicketLifetime how long a recovery ticket can be used
 */
public record StorageLimits(int emailCodeAttempts, Duration recoveryTicketLifetime) {

  /**
   * @throws InvalidInputException if an attempt limit is below 1, or a lifetime is not positive or
   *     above 36,500 days
   */
  public StorageLimits {
    Inputs.range("e-mail code attempts", emailCodeAttempts, 1, Integer.MAX_VALUE);
    Inputs.lifetime("recovery ticket lifetime", recoveryTicketLifetime);
  }

  /** Ten wrong codes, ten minutes. */
  public static StorageLimits defaults() {
    return new StorageLimits(10, Duration.ofMinutes(10));
  }

  public StorageLimits emailCodeAttempts(int value) {
    return new StorageLimits(value, recoveryTicketLifetime);
  }

  public StorageLimits recoveryTicketLifetime(Duration value) {
    return new StorageLimits(emailCodeAttempts, value);
  }
}
