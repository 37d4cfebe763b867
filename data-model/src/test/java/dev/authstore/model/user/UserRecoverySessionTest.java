package dev.authstore.model.user;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.user.UserRecoverySessionStage.Consumed;
import dev.authstore.model.user.UserRecoverySessionStage.Pending;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class UserRecoverySessionTest {
  private static final Instant AT = Instant.parse("2022-01-16T14:40:00Z");

  @Nested
  class ConsumedAt {
    @Test
    void isAbsentWhilePending() {
      assertThat(session(new Pending()).consumedAt()).isEmpty();
      assertThat(session(new Pending()).isConsumed()).isFalse();
    }

    @Test
    void isTheInstantOfTheStage() {
      assertThat(session(new Consumed(AT)).consumedAt()).contains(AT);
      assertThat(session(new Consumed(AT)).isConsumed()).isTrue();
    }
  }

  private static UserRecoverySession session(UserRecoverySessionStage stage) {
    return new UserRecoverySession(
        new UUID(0, 1), "john@example.com", "", Optional.empty(), "en", AT, stage);
  }
}
