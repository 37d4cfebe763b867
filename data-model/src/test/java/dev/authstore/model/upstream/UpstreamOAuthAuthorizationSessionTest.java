package dev.authstore.model.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Json;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSessionStage.Completed;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSessionStage.Consumed;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSessionStage.Pending;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSessionStage.Unlinked;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class UpstreamOAuthAuthorizationSessionTest {
  private static final Instant CREATED_AT = Instant.parse("2022-01-16T14:40:00Z");
  private static final Instant COMPLETED_AT = CREATED_AT.plusSeconds(1);
  private static final Instant CONSUMED_AT = CREATED_AT.plusSeconds(2);
  private static final Instant UNLINKED_AT = CREATED_AT.plusSeconds(3);
  private static final UUID LINK = new UUID(1, 3);
  private static final Optional<String> ID_TOKEN = Optional.of("e30.e30.");
  private static final Optional<Json> CLAIMS = Optional.of(Json.parse("{\"sub\":\"1\"}"));
  private static final Optional<Json> EXTRA = Optional.of(Json.parse("{\"user\":\"2\"}"));
  private static final Optional<Json> USERINFO = Optional.of(Json.NULL);

  private final UpstreamOAuthAuthorizationSession pending = session(new Pending());
  private final UpstreamOAuthAuthorizationSession completed =
      session(new Completed(COMPLETED_AT, LINK, ID_TOKEN, CLAIMS, EXTRA, USERINFO));
  private final UpstreamOAuthAuthorizationSession consumed =
      session(new Consumed(COMPLETED_AT, LINK, ID_TOKEN, CLAIMS, EXTRA, USERINFO, CONSUMED_AT));
  private final UpstreamOAuthAuthorizationSession unlinkedUnused =
      session(new Unlinked(COMPLETED_AT, Optional.empty(), UNLINKED_AT, CLAIMS));
  private final UpstreamOAuthAuthorizationSession unlinked =
      session(new Unlinked(COMPLETED_AT, Optional.of(CONSUMED_AT), UNLINKED_AT, CLAIMS));

  @Nested
  class WhenPending {
    @Test
    void isNothingElse() {
      assertThat(stages(pending)).containsExactly(true, false, false, false);
    }

    @Test
    void knowsNothingYet() {
      assertThat(pending.linkId()).isEmpty();
      assertThat(pending.completedAt()).isEmpty();
      assertThat(pending.consumedAt()).isEmpty();
      assertThat(pending.unlinkedAt()).isEmpty();
      assertThat(pending.idToken()).isEmpty();
      assertThat(pending.idTokenClaims()).isEmpty();
      assertThat(pending.extraCallbackParameters()).isEmpty();
      assertThat(pending.userinfo()).isEmpty();
    }
  }

  @Nested
  class WhenCompleted {
    @Test
    void isNothingElse() {
      assertThat(stages(completed)).containsExactly(false, true, false, false);
    }

    @Test
    void knowsWhoCameBack() {
      assertThat(completed.linkId()).contains(LINK);
      assertThat(completed.completedAt()).contains(COMPLETED_AT);
      assertThat(completed.idToken()).isEqualTo(ID_TOKEN);
      assertThat(completed.idTokenClaims()).isEqualTo(CLAIMS);
      assertThat(completed.extraCallbackParameters()).isEqualTo(EXTRA);
      assertThat(completed.userinfo()).isEqualTo(USERINFO);
    }

    @Test
    void isNeitherConsumedNorUnlinked() {
      assertThat(completed.consumedAt()).isEmpty();
      assertThat(completed.unlinkedAt()).isEmpty();
    }
  }

  @Nested
  class WhenConsumed {
    @Test
    void isNothingElse() {
      assertThat(stages(consumed)).containsExactly(false, false, true, false);
    }

    @Test
    void stillKnowsWhoCameBack() {
      assertThat(consumed.linkId()).contains(LINK);
      assertThat(consumed.completedAt()).contains(COMPLETED_AT);
      assertThat(consumed.idToken()).isEqualTo(ID_TOKEN);
      assertThat(consumed.idTokenClaims()).isEqualTo(CLAIMS);
      assertThat(consumed.extraCallbackParameters()).isEqualTo(EXTRA);
      assertThat(consumed.userinfo()).isEqualTo(USERINFO);
    }

    @Test
    void knowsWhen() {
      assertThat(consumed.consumedAt()).contains(CONSUMED_AT);
      assertThat(consumed.unlinkedAt()).isEmpty();
    }
  }

  @Nested
  class WhenUnlinked {
    @Test
    void isNothingElse() {
      assertThat(stages(unlinked)).containsExactly(false, false, false, true);
    }

    @Test
    void hasForgottenWhoCameBack() {
      assertThat(unlinked.linkId()).isEmpty();
      assertThat(unlinked.extraCallbackParameters()).isEmpty();
      assertThat(unlinked.userinfo()).isEmpty();
    }

    @Test
    void keepsTheClaimsThatALogoutNames() {
      assertThat(unlinked.idToken()).isEmpty();
      assertThat(unlinked.idTokenClaims()).isEqualTo(CLAIMS);
    }

    @Test
    void remembersWhenItWasUsed() {
      assertThat(unlinked.completedAt()).contains(COMPLETED_AT);
      assertThat(unlinked.consumedAt()).contains(CONSUMED_AT);
      assertThat(unlinked.unlinkedAt()).contains(UNLINKED_AT);
    }

    @Test
    void mayNeverHaveBeenUsed() {
      assertThat(unlinkedUnused.consumedAt()).isEmpty();
    }
  }

  private static boolean[] stages(UpstreamOAuthAuthorizationSession session) {
    return new boolean[] {
      session.isPending(), session.isCompleted(), session.isConsumed(), session.isUnlinked()
    };
  }

  private static UpstreamOAuthAuthorizationSession session(
      UpstreamOAuthAuthorizationSessionStage stage) {
    return new UpstreamOAuthAuthorizationSession(
        new UUID(1, 1),
        new UUID(1, 2),
        "af0ifjsldkj",
        Optional.of("dBjftJeZ4CVP"),
        Optional.of("n-0S6_WzA2Mj"),
        CREATED_AT,
        stage);
  }
}
