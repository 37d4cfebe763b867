package dev.authstore.model.user;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class UserTest {
  private static final UUID ID = UUID.fromString("017e6369-5a00-7000-8000-000000000001");
  private static final Instant AT = Instant.parse("2022-01-16T14:40:00Z");

  private final User active = user(Optional.empty(), Optional.empty());
  private final User locked = user(Optional.of(AT), Optional.empty());
  private final User deactivated = user(Optional.empty(), Optional.of(AT));
  private final User both = user(Optional.of(AT), Optional.of(AT));

  @Nested
  class Sub {
    @Test
    void isTheIdAsText() {
      assertThat(active.sub()).isEqualTo("017e6369-5a00-7000-8000-000000000001");
    }
  }

  @Nested
  class State {
    @Test
    void isActiveWithNeitherSwitchSet() {
      assertThat(active.state()).isEqualTo(UserState.ACTIVE);
    }

    @Test
    void isLockedWithThatSwitchAlone() {
      assertThat(locked.state()).isEqualTo(UserState.LOCKED);
    }

    @Test
    void isDeactivatedWhetherLockedOrNot() {
      assertThat(deactivated.state()).isEqualTo(UserState.DEACTIVATED);
      assertThat(both.state()).isEqualTo(UserState.DEACTIVATED);
    }
  }

  @Nested
  class IsValid {
    @Test
    void holdsWithNeitherSwitchSet() {
      assertThat(active.isValid()).isTrue();
    }

    @Test
    void failsWithAnySwitchSet() {
      assertThat(locked.isValid()).isFalse();
      assertThat(deactivated.isValid()).isFalse();
      assertThat(both.isValid()).isFalse();
    }
  }

  @Nested
  class IsValidActor {
    @Test
    void holdsUnlessDeactivated() {
      assertThat(active.isValidActor()).isTrue();
      assertThat(locked.isValidActor()).isTrue();
    }

    @Test
    void failsOnceDeactivated() {
      assertThat(deactivated.isValidActor()).isFalse();
      assertThat(both.isValidActor()).isFalse();
    }
  }

  private static User user(Optional<Instant> lockedAt, Optional<Instant> deactivatedAt) {
    return new User(ID, "alice", AT, lockedAt, deactivatedAt, false, false);
  }
}
