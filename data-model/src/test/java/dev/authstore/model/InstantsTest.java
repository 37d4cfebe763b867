package dev.authstore.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Instant;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InstantsTest {
  @Nested
  class Truncate {
    @Test
    void cutsNanosecondsOff() {
      assertThat(Instants.truncate(Instant.parse("2022-01-16T14:40:00.123456999Z")))
          .isEqualTo("2022-01-16T14:40:00.123456Z");
    }

    @Test
    void goesIntoThePastBefore1970Too() {
      assertThat(Instants.truncate(Instant.EPOCH.minusNanos(1)))
          .isEqualTo("1969-12-31T23:59:59.999999Z");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"})
    void keepsTheOutermostInstants(Instant instant) {
      assertThat(Instants.truncate(instant)).isEqualTo(instant);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0000-12-31T23:59:59.999999999Z", "+10000-01-01T00:00:00Z"})
    void refusesOtherYears(Instant instant) {
      assertThatIllegalArgumentException().isThrownBy(() -> Instants.truncate(instant));
    }
  }
}
