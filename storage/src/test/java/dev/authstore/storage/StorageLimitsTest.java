package dev.authstore.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class StorageLimitsTest {
  private final StorageLimits limits = StorageLimits.defaults();

  @Test
  void takeAPollIntervalOfZeroAsNone() {
    assertThat(limits.devicePollInterval(Duration.ZERO).devicePollInterval()).isZero();
  }

  @Test
  void refuseWhatIsNoLifetime() {
    assertThatExceptionOfType(InvalidInputException.class)
        .isThrownBy(() -> limits.pendingGrantLifetime(Duration.ZERO));
    assertThatExceptionOfType(InvalidInputException.class)
        .isThrownBy(() -> limits.authorizationCodeLifetime(Duration.ofSeconds(-1)));
    assertThatExceptionOfType(InvalidInputException.class)
        .isThrownBy(() -> limits.devicePollInterval(Duration.ofSeconds(-1)));
  }

  @Test
  void changeOneAtATime() {
    Duration hour = Duration.ofHours(1);

    StorageLimits changed =
        limits
            .pendingGrantLifetime(hour)
            .authorizationCodeLifetime(hour.plusSeconds(1))
            .devicePollInterval(hour.plusSeconds(2))
            .recoveryTicketLifetime(hour.plusSeconds(3))
            .emailCodeAttempts(4);

    assertThat(changed)
        .isEqualTo(
            new StorageLimits(
                4, hour.plusSeconds(3), hour, hour.plusSeconds(1), hour.plusSeconds(2)));
  }
}
