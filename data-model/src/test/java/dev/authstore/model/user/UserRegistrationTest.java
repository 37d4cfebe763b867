package dev.authstore.model.user;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.user.UserRegistrationStage.Completed;
import dev.authstore.model.user.UserRegistrationStage.InProgress;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class UserRegistrationTest {
  private static final Instant AT = Instant.parse("2022-01-16T14:40:00Z");

  @Nested
  class IsExpired {
    @Test
    void isFalseAMicrosecondBeforeTheHour() {
      assertThat(registration(new InProgress()).isExpired(AT.plusSeconds(3600).minusNanos(1000)))
          .isFalse();
    }

    @Test
    void isTrueAtTheHour() {
      assertThat(registration(new InProgress()).isExpired(AT.plus(Duration.ofHours(1)))).isTrue();
    }
  }

  @Nested
  class CompletedAt {
    @Test
    void isAbsentInProgress() {
      assertThat(registration(new InProgress()).completedAt()).isEmpty();
      assertThat(registration(new InProgress()).isCompleted()).isFalse();
    }

    @Test
    void isTheInstantOfTheStage() {
      assertThat(registration(new Completed(AT)).completedAt()).contains(AT);
      assertThat(registration(new Completed(AT)).isCompleted()).isTrue();
    }
  }

  private static UserRegistration registration(UserRegistrationStage stage) {
    return new UserRegistration(
        new UUID(0, 1),
        "john",
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        AT,
        stage);
  }
}
