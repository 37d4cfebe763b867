package dev.authstore.model.user;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.user.EmailAuthenticationOrigin.ForRegistration;
import dev.authstore.model.user.UserEmailAuthenticationStage.Completed;
import dev.authstore.model.user.UserEmailAuthenticationStage.Pending;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UserEmailAuthenticationTest {
  private static final Instant AT = Instant.parse("2022-01-16T14:40:00Z");

  @Nested
  class CompletedAt {
    @Test
    void isAbsentWhilePending() {
      assertThat(authentication(0, new Pending()).completedAt()).isEmpty();
      assertThat(authentication(0, new Pending()).isCompleted()).isFalse();
    }

    @Test
    void isTheInstantOfTheStage() {
      assertThat(authentication(0, new Completed(AT)).completedAt()).contains(AT);
      assertThat(authentication(0, new Completed(AT)).isCompleted()).isTrue();
    }
  }

  @Nested
  class AttemptsLeft {
    @ParameterizedTest
    @CsvSource({"0, 10, 10", "9, 10, 1", "10, 10, 0", "10, 3, 0"})
    void areWhatTheMaximumLeaves(int failed, int maximum, int left) {
      assertThat(authentication(failed, new Pending()).attemptsLeft(maximum)).isEqualTo(left);
    }
  }

  @Nested
  class IsExpired {
    private final UserEmailAuthenticationCode code =
        new UserEmailAuthenticationCode(new UUID(0, 1), new UUID(0, 2), AT.minusSeconds(300), AT);

    @Test
    void isFalseAMicrosecondBefore() {
      assertThat(code.isExpired(AT.minusNanos(1000))).isFalse();
    }

    @Test
    void isTrueAtTheInstant() {
      assertThat(code.isExpired(AT)).isTrue();
    }
  }

  private static UserEmailAuthentication authentication(
      int failedAttempts, UserEmailAuthenticationStage stage) {
    return new UserEmailAuthentication(
        new UUID(0, 1),
        new ForRegistration(new UUID(0, 2)),
        "john@example.com",
        AT,
        failedAttempts,
        stage);
  }
}
