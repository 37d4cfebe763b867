package dev.authstore.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Test;

class RaceTest {

  @Test
  void tellsHowEachContenderEnded() throws InterruptedException {
    IllegalStateException lost = new IllegalStateException("lost");

    Race.Results<String> results =
        Race.of(3)
            .run(
                number -> {
                  if (number == 1) {
                    throw lost;
                  }
                  return "contender " + number;
                });

    assertThat(results.outcomes())
        .containsExactly(
            new Race.Outcome.Returned<>("contender 0"),
            new Race.Outcome.Threw<>(lost),
            new Race.Outcome.Returned<>("contender 2"));
    assertThat(results.values()).containsExactly("contender 0", "contender 2");
    assertThat(results.failures()).containsExactly(lost);
  }

  @Test
  void runsAllAtTheSameTime() throws InterruptedException {
    CyclicBarrier meeting = new CyclicBarrier(8);

    Race.Results<Integer> results = Race.of(8).run(number -> meeting.await());

    assertThat(results.values()).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7);
  }

  @Test
  void failsAtTheDeadline() {
    CountDownLatch never = new CountDownLatch(1);
    Race race = Race.of(2).deadline(Duration.ofMillis(50));

    assertThatThrownBy(
            () ->
                race.run(
                    number -> {
                      if (number == 0) {
                        never.await();
                      }
                      return number;
                    }))
        .isInstanceOf(AssertionError.class)
        .hasMessage("1 of 2 contenders still run after PT0.05S");
  }
}
