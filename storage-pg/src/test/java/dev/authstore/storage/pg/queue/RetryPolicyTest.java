package dev.authstore.storage.pg.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.queue.QueueSettings;
import dev.authstore.storage.queue.RetryPolicy;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryPolicyTest {
  private static final RetryPolicy EXACT = RetryPolicy.defaults().jitter(0);

  private final Random random = new Random(42);

  @ParameterizedTest
  @CsvSource({
    "0, 5",
    "1, 10",
    "2, 20",
    "3, 40",
    "4, 80",
    "5, 160",
    "6, 320",
    "7, 640",
    "8, 1280",
    "9, 2560",
    "10, 3600",
    "100, 3600",
    "2147483647, 3600"
  })
  void doublesTheDelayUpToTheCap(int attempt, long seconds) {
    assertThat(EXACT.delayAfter(attempt, random)).isEqualTo(Duration.ofSeconds(seconds));
  }

  @Test
  void leavesATenthToChance() {
    for (int i = 0; i < 1000; i++) {
      assertThat(RetryPolicy.defaults().delayAfter(0, random))
          .isBetween(Duration.ofMillis(4_500), Duration.ofMillis(5_500));
    }
  }

  @Test
  void isTheSameForTheSameChance() {
    Duration first = RetryPolicy.defaults().delayAfter(3, new Random(7));
    Duration second = RetryPolicy.defaults().delayAfter(3, new Random(7));

    assertThat(first).isEqualTo(second);
  }

  @Test
  void allowsTenRetries() {
    assertThat(EXACT.allowsAfter(9)).isTrue();
    assertThat(EXACT.allowsAfter(10)).isFalse();
  }

  @Test
  void refusesWhatCannotBe() {
    assertThatThrownBy(() -> EXACT.jitter(Double.NaN)).isInstanceOf(InvalidInputException.class);
    assertThatThrownBy(() -> EXACT.jitter(1.1)).isInstanceOf(InvalidInputException.class);
    assertThatThrownBy(() -> EXACT.maxAttempts(-1)).isInstanceOf(InvalidInputException.class);
    assertThatThrownBy(() -> EXACT.base(Duration.ofSeconds(-1)))
        .isInstanceOf(InvalidInputException.class);
    assertThatThrownBy(() -> EXACT.cap(Duration.ofSeconds(-1)))
        .isInstanceOf(InvalidInputException.class);
    assertThatThrownBy(() -> QueueSettings.defaults().leaderLease(Duration.ZERO))
        .isInstanceOf(InvalidInputException.class);
    assertThatThrownBy(() -> QueueSettings.defaults().dueBatch(0))
        .isInstanceOf(InvalidInputException.class);
    assertThatThrownBy(() -> QueueSettings.defaults().maxReasonLength(0))
        .isInstanceOf(InvalidInputException.class);
  }
}
