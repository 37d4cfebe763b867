package dev.authstore.model.user;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class UserRecoveryTicketTest {
  private static final Instant AT = Instant.parse("2022-01-16T14:40:00Z");

  private final UserRecoveryTicket ticket =
      new UserRecoveryTicket(
          new UUID(0, 1), new UUID(0, 2), new UUID(0, 3), AT.minusSeconds(600), AT);

  @Nested
  class IsActive {
    @Test
    void holdsUntilAMicrosecondBeforeTheEnd() {
      assertThat(ticket.isActive(AT.minusNanos(1000))).isTrue();
    }

    @Test
    void failsFromTheEndOn() {
      assertThat(ticket.isActive(AT)).isFalse();
      assertThat(ticket.isActive(AT.plusNanos(1000))).isFalse();
    }
  }
}
