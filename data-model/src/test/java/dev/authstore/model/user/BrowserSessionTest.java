package dev.authstore.model.user;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class BrowserSessionTest {
  private static final Instant AT = Instant.parse("2022-01-16T14:40:00Z");
  private static final BrowserSessionStage ACTIVE = new BrowserSessionStage.Active();
  private static final BrowserSessionStage FINISHED = new BrowserSessionStage.Finished(AT);

  private final BrowserSession active = session(Optional.empty(), ACTIVE);
  private final BrowserSession finished = session(Optional.empty(), FINISHED);
  private final BrowserSession ofLockedUser = session(Optional.of(AT), ACTIVE);

  @Nested
  class IsActive {
    @Test
    void holdsForAnUnfinishedSessionOfAValidUser() {
      assertThat(active.isActive()).isTrue();
    }

    @Test
    void failsOnceFinished() {
      assertThat(finished.isActive()).isFalse();
    }

    @Test
    void failsWhileTheUserIsLocked() {
      assertThat(ofLockedUser.isActive()).isFalse();
    }
  }

  @Nested
  class IsFinished {
    @Test
    void isTheStage() {
      assertThat(active.isFinished()).isFalse();
      assertThat(finished.isFinished()).isTrue();
    }

    @Test
    void doesNotAskTheUser() {
      assertThat(ofLockedUser.isFinished()).isFalse();
    }
  }

  @Nested
  class FinishedAt {
    @Test
    void isEmptyBefore() {
      assertThat(active.finishedAt()).isEmpty();
    }

    @Test
    void isTheInstantAfterwards() {
      assertThat(finished.finishedAt()).contains(AT);
    }
  }

  private static BrowserSession session(Optional<Instant> lockedAt, BrowserSessionStage stage) {
    User user = new User(new UUID(1, 1), "alice", AT, lockedAt, Optional.empty(), false, false);
    return new BrowserSession(
        new UUID(1, 2), user, AT, stage, Optional.empty(), Optional.empty(), Optional.empty());
  }
}
