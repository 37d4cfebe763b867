package dev.authstore.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MutableClockTest {

  private static final Instant START = Instant.parse("2022-01-16T14:40:00Z");

  @Test
  void standsStill() {
    MutableClock clock = MutableClock.standing();

    assertThat(clock.instant()).isEqualTo(START);
    assertThat(clock.instant()).isEqualTo(START);
  }

  @Test
  void movesForwardsAndBackwards() {
    MutableClock clock = MutableClock.standing();

    clock.advance(Duration.ofMinutes(5));
    assertThat(clock.instant()).isEqualTo("2022-01-16T14:45:00Z");

    clock.advance(Duration.ofMinutes(-6));
    assertThat(clock.instant()).isEqualTo("2022-01-16T14:39:00Z");
  }

  @Test
  void isSet() {
    MutableClock clock = MutableClock.standing();

    clock.set(Instant.EPOCH);

    assertThat(clock.instant()).isEqualTo(Instant.EPOCH);
  }

  @Test
  void stepsWithEachReading() {
    MutableClock clock = MutableClock.stepping(Duration.ofSeconds(1));

    assertThat(clock.instant()).isEqualTo(START);
    assertThat(clock.instant()).isEqualTo("2022-01-16T14:40:01Z");
  }

  @Test
  void hasNanoseconds() {
    MutableClock clock = MutableClock.withNanoseconds();

    assertThat(clock.instant()).isEqualTo("2022-01-16T14:40:00.999999999Z");
  }

  @Test
  void givesEachThreadItsOwnStep() throws InterruptedException {
    MutableClock clock = MutableClock.stepping(Duration.ofNanos(1));

    Race.Results<Set<Instant>> readings = Race.of(4).run(number -> read(clock, 1000));

    Set<Instant> all = new HashSet<>();
    readings.values().forEach(all::addAll);
    assertThat(all).hasSize(4 * 1000);
  }

  private static Set<Instant> read(MutableClock clock, int times) {
    Set<Instant> readings = new HashSet<>();
    for (int i = 0; i < times; i++) {
      readings.add(clock.instant());
    }
    return readings;
  }
}
