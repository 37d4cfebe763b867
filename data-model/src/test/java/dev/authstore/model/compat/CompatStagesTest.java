package dev.authstore.model.compat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Device;
import java.net.URI;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class CompatStagesTest {
  private static final UUID ID = new UUID(1, 2);
  private static final Instant ONE = Instant.parse("2022-01-01T00:00:00Z");
  private static final Instant TWO = Instant.parse("2022-01-02T00:00:00Z");

  @Nested
  class Session {
    @Test
    void isValidUntilItIsFinished() {
      CompatSession valid = session(new CompatSessionStage.Valid());
      CompatSession finished = session(new CompatSessionStage.Finished(TWO));

      assertThat(valid.isValid()).isTrue();
      assertThat(valid.isFinished()).isFalse();
      assertThat(valid.finishedAt()).isEmpty();
      assertThat(finished.isValid()).isFalse();
      assertThat(finished.isFinished()).isTrue();
      assertThat(finished.finishedAt()).contains(TWO);
    }

    private static CompatSession session(CompatSessionStage stage) {
      return new CompatSession(
          ID,
          ID,
          Optional.of(new Device("device")),
          Optional.empty(),
          Optional.empty(),
          false,
          ONE,
          stage,
          Optional.empty(),
          Optional.empty(),
          Optional.empty());
    }
  }

  @Nested
  class SsoLogin {
    @Test
    void isInOneStage() {
      CompatSsoLogin pending = login(new CompatSsoLoginStage.Pending());
      CompatSsoLogin fulfilled = login(new CompatSsoLoginStage.Fulfilled(ID, ONE));
      CompatSsoLogin exchanged = login(new CompatSsoLoginStage.Exchanged(ID, ONE, TWO));

      assertThat(stages(pending)).isEqualTo("true false false");
      assertThat(stages(fulfilled)).isEqualTo("false true false");
      assertThat(stages(exchanged)).isEqualTo("false false true");
    }

    @Test
    void knowsWhatHasHappened() {
      CompatSsoLogin pending = login(new CompatSsoLoginStage.Pending());
      CompatSsoLogin fulfilled = login(new CompatSsoLoginStage.Fulfilled(ID, ONE));
      CompatSsoLogin exchanged = login(new CompatSsoLoginStage.Exchanged(ID, ONE, TWO));

      assertThat(pending.fulfilledAt()).isEmpty();
      assertThat(fulfilled.fulfilledAt()).contains(ONE);
      assertThat(fulfilled.exchangedAt()).isEmpty();
      assertThat(fulfilled.compatSessionId()).isEmpty();
      assertThat(exchanged.fulfilledAt()).contains(ONE);
      assertThat(exchanged.exchangedAt()).contains(TWO);
      assertThat(exchanged.compatSessionId()).contains(ID);
    }

    private static CompatSsoLogin login(CompatSsoLoginStage stage) {
      return new CompatSsoLogin(ID, URI.create("app:x"), ONE, stage);
    }

    private static String stages(CompatSsoLogin login) {
      return login.isPending() + " " + login.isFulfilled() + " " + login.isExchanged();
    }
  }

  @Nested
  class AccessToken {
    @Test
    void isValidBeforeItsEnd() {
      CompatAccessToken token = new CompatAccessToken(ID, ID, ONE, Optional.of(TWO));

      assertThat(token.isValid(TWO.minusNanos(1000))).isTrue();
      assertThat(token.isValid(TWO)).isFalse();
      assertThat(token.isExpired(TWO)).isTrue();
    }

    @Test
    void isValidForEverWithoutEnd() {
      CompatAccessToken token = new CompatAccessToken(ID, ID, ONE, Optional.empty());

      assertThat(token.isValid(Instant.MAX)).isTrue();
      assertThat(token.isExpired(Instant.MAX)).isFalse();
    }
  }

  @Nested
  class RefreshToken {
    @Test
    void isValidUntilItIsConsumed() {
      CompatRefreshToken valid = token(new CompatRefreshTokenStage.Valid());
      CompatRefreshToken consumed = token(new CompatRefreshTokenStage.Consumed(TWO));

      assertThat(valid.isValid()).isTrue();
      assertThat(valid.isConsumed()).isFalse();
      assertThat(valid.consumedAt()).isEmpty();
      assertThat(consumed.isValid()).isFalse();
      assertThat(consumed.isConsumed()).isTrue();
      assertThat(consumed.consumedAt()).contains(TWO);
    }

    private static CompatRefreshToken token(CompatRefreshTokenStage stage) {
      return new CompatRefreshToken(ID, ID, ID, ONE, stage);
    }
  }
}
