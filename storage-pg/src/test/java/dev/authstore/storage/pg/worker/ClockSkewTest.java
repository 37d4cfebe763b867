package dev.authstore.storage.pg.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ClockSkewTest {
  private static final Instant NOON = Instant.parse("2022-01-16T12:00:00Z");

  @Test
  void isNoneIfTheAnswerWasGivenInBetween() {
    Duration skew = ClockSkew.between(NOON, NOON.plusSeconds(30), NOON.plusSeconds(60));

    assertThat(skew).isZero();
  }

  @Test
  void isWhatTheDatabaseIsAheadAtLeast() {
    Duration skew = ClockSkew.between(NOON, NOON.plusSeconds(63), NOON.plusSeconds(60));

    assertThat(skew).isEqualTo(Duration.ofSeconds(3));
  }

  @Test
  void isNegativeIfTheDatabaseIsBehind() {
    Duration skew = ClockSkew.between(NOON, NOON.minusSeconds(3), NOON.plusSeconds(60));

    assertThat(skew).isEqualTo(Duration.ofSeconds(-3));
  }
}
