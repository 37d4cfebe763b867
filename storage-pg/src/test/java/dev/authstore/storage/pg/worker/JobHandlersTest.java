package dev.authstore.storage.pg.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JobHandlersTest {
  @Test
  void areOnePerQueue() {
    JobHandlers handlers = Workers.greeting();

    assertThatThrownBy(() -> handlers.with(Workers.GREET, (repo, name, job) -> {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("two handlers for queue greet");
  }

  @Test
  void haveNoLimitsUnlessTheyAreGiven() {
    JobLimits limits = JobLimits.none();

    assertThat(limits.concurrency()).isEqualTo(Integer.MAX_VALUE);
    assertThat(limits.timeout()).isEmpty();
  }

  @Test
  void keepOneLimitWhenTheOtherIsSet() {
    JobLimits limits = JobLimits.none().timeout(Duration.ofSeconds(1)).concurrency(2);

    assertThat(limits.concurrency()).isEqualTo(2);
    assertThat(limits.timeout()).contains(Duration.ofSeconds(1));
  }

  @Test
  void cannotRunLessThanOneJob() {
    assertThatThrownBy(() -> JobLimits.none().concurrency(0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1})
  void cannotEndBeforeTheyBegin(long seconds) {
    assertThatThrownBy(() -> JobLimits.none().timeout(Duration.ofSeconds(seconds)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
