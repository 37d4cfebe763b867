package dev.authstore.storage;

import java.time.Duration;

/**
 * How long things live and how often they may be tried.
 *
 * @param emailCodeAttempts wrong codes after which an e-mail authentication is dead, from 1
 * @param recoveryTicketLifetime how long a recovery ticket can be used
 * @param pendingGrantLifetime how long an authorization request can be approved
 * @param authorizationCodeLifetime how long an authorization code can be exchanged, from the
 *     approval on
 * @param devicePollInterval a device that polls faster is told to slow down (RFC 8628, section
 *     3.5); zero: it never is
 */
public record StorageLimits(
    int emailCodeAttempts,
    Duration recoveryTicketLifetime,
    Duration pendingGrantLifetime,
    Duration authorizationCodeLifetime,
    Duration devicePollInterval) {

  /**
   * @throws InvalidInputException if an attempt limit is below 1, a lifetime is not positive or
   *     above 36,500 days, or the interval is negative or above
   */
  public StorageLimits {
    Inputs.range("e-mail code attempts", emailCodeAttempts, 1, Integer.MAX_VALUE);
    recoveryTicketLifetime = Inputs.lifetime("recovery ticket lifetime", recoveryTicketLifetime);
    pendingGrantLifetime = Inputs.lifetime("pending grant lifetime", pendingGrantLifetime);
    authorizationCodeLifetime =
        Inputs.lifetime("authorization code lifetime", authorizationCodeLifetime);
    if (!devicePollInterval.isZero()) {
      devicePollInterval = Inputs.lifetime("device poll interval", devicePollInterval);
    }
  }

  /** Ten wrong codes, ten minutes; a day to approve, ten minutes for a code, five seconds. */
  public static StorageLimits defaults() {
    return new StorageLimits(
        10,
        Duration.ofMinutes(10),
        Duration.ofHours(24),
        Duration.ofMinutes(10),
        Duration.ofSeconds(5));
  }

  public StorageLimits emailCodeAttempts(int value) {
    return new StorageLimits(
        value,
        recoveryTicketLifetime,
        pendingGrantLifetime,
        authorizationCodeLifetime,
        devicePollInterval);
  }

  public StorageLimits recoveryTicketLifetime(Duration value) {
    return new StorageLimits(
        emailCodeAttempts,
        value,
        pendingGrantLifetime,
        authorizationCodeLifetime,
        devicePollInterval);
  }

  public StorageLimits pendingGrantLifetime(Duration value) {
    return new StorageLimits(
        emailCodeAttempts,
        recoveryTicketLifetime,
        value,
        authorizationCodeLifetime,
        devicePollInterval);
  }

  public StorageLimits authorizationCodeLifetime(Duration value) {
    return new StorageLimits(
        emailCodeAttempts, recoveryTicketLifetime, pendingGrantLifetime, value, devicePollInterval);
  }

  public StorageLimits devicePollInterval(Duration value) {
    return new StorageLimits(
        emailCodeAttempts,
        recoveryTicketLifetime,
        pendingGrantLifetime,
        authorizationCodeLifetime,
        value);
  }
}
