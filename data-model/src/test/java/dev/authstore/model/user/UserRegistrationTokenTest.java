package dev.authstore.model.user;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UserRegistrationTokenTest {
  private static final Instant AT = Instant.parse("2022-01-16T14:40:00Z");

  @Nested
  class IsValid {
    @Test
    void holdsWithoutAnyLimit() {
      assertThat(token(Optional.empty(), 1000).isValid(AT)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"2, 1, true", "2, 2, false", "2, 3, false", "0, 0, false"})
    void holdsUntilTheLimitIsReached(int limit, int used, boolean valid) {
      assertThat(token(Optional.of(limit), used).isValid(AT)).isEqualTo(valid);
    }

    @Test
    void holdsUntilTheTokenExpires() {
      UserRegistrationToken token = token(Optional.of(AT), Optional.empty());

      assertThat(token.isValid(AT.minusNanos(1000))).isTrue();
      assertThat(token.isValid(AT)).isFalse();
    }

    @Test
    void failsOnceRevoked() {
      UserRegistrationToken token = token(Optional.empty(), Optional.of(AT));

      assertThat(token.isValid(AT.minusSeconds(60))).isFalse();
    }
  }

  @Nested
  class IsExpired {
    @Test
    void isFalseWithoutAnEnd() {
      assertThat(token(Optional.empty(), 0).isExpired(Instant.MAX)).isFalse();
    }

    @Test
    void isTrueFromTheEndOn() {
      UserRegistrationToken token = token(Optional.of(AT), Optional.empty());

      assertThat(token.isExpired(AT.minusNanos(1000))).isFalse();
      assertThat(token.isExpired(AT)).isTrue();
    }
  }

  private static UserRegistrationToken token(Optional<Integer> usageLimit, int timesUsed) {
    return new UserRegistrationToken(
        new UUID(0, 1),
        "token",
        usageLimit,
        timesUsed,
        AT,
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static UserRegistrationToken token(
      Optional<Instant> expiresAt, Optional<Instant> revokedAt) {
    return new UserRegistrationToken(
        new UUID(0, 1), "token", Optional.empty(), 0, AT, Optional.empty(), expiresAt, revokedAt);
  }
}
