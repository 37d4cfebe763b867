package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.oauth2.Tokens.accessText;
import static dev.authstore.storage.pg.oauth2.Tokens.pair;
import static dev.authstore.storage.pg.oauth2.Tokens.reason;
import static dev.authstore.storage.pg.oauth2.Tokens.refreshText;
import static dev.authstore.storage.pg.oauth2.Tokens.rotated;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.oauth2.OAuth2RefreshTokenStage;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.User;
import dev.authstore.storage.oauth2.Introspection;
import dev.authstore.storage.oauth2.NewTokens;
import dev.authstore.storage.oauth2.RefreshIntrospection;
import dev.authstore.storage.oauth2.RepeatPolicy;
import dev.authstore.storage.oauth2.Rotation;
import dev.authstore.storage.oauth2.Rotation.Reason;
import dev.authstore.storage.oauth2.RotationPolicy;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.pg.oauth2.Tokens.Grant;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A refresh token that is presented again, or late. */
class OAuth2RepeatedRotationRepositoryTest {
  private static final RotationPolicy DEFAULT = RotationPolicy.DEFAULT;

  @RegisterExtension final Store store = Store.fresh();

  private final Tokens tokens = new Tokens(store);

  @Nested
  class Repetition {
    @Test
    void replacesThePairThatWasLost() {
      User john = tokens.user("john");
      Grant grant = tokens.grant(john);
      NewTokens lost = pair();
      Rotation.Rotated first = tokens.rotated(grant, lost);
      store.clock().advance(Duration.ofSeconds(30));
      NewTokens next = pair();

      Rotation.Rotated second = tokens.rotated(grant, next);

      assertThat(second.reissued()).isTrue();
      assertThat(second.user()).contains(john);
      assertThat(second.session()).isEqualTo(grant.session());
      assertThat(second.previous().stage())
          .isEqualTo(
              new OAuth2RefreshTokenStage.Consumed(
                  tokens.now(), Optional.of(second.refreshToken().id())));
      assertThat(tokens.stored(grant.refresh())).isEqualTo(second.previous());
      assertThat(tokens.stored(first.refreshToken()).stage())
          .isEqualTo(new OAuth2RefreshTokenStage.Revoked(tokens.now()));
      assertThat(tokens.stored(first.accessToken()).revokedAt()).contains(tokens.now());
      tokens.assertActive(next.accessToken());
      tokens.assertRefreshActive(refreshText(next));
    }

    @Test
    void leavesOnePairHoweverOftenItHappens() {
      Grant grant = tokens.grant();

      for (int i = 0; i < 4; i++) {
        tokens.rotated(grant, pair());
      }

      assertThat(tokens.validRefreshTokens()).hasSize(1);
      assertThat(tokens.validAccessTokens()).hasSize(1);
    }

    @Test
    void afterTheNewAccessTokenWasUsedIsAReplay() {
      Grant grant = tokens.grant();
      NewTokens next = pair();
      tokens.rotated(grant, next);
      tokens.use(next.accessToken());

      assertRefused(grant, DEFAULT, Reason.REPLAYED);
      tokens.assertActive(next.accessToken());
    }

    @Test
    void afterTheNewRefreshTokenWasUsedIsAReplay() {
      Grant grant = tokens.grant();
      NewTokens next = pair();
      tokens.rotated(grant, next);
      Tokens.rotated(tokens.rotate(grant.client(), refreshText(next), pair()));

      assertRefused(grant, DEFAULT, Reason.REPLAYED);
    }

    @Test
    void ofALostTokenThatWasReplacedIsRefused() {
      Grant grant = tokens.grant();
      NewTokens lost = pair();
      tokens.rotated(grant, lost);
      tokens.rotated(grant, pair());

      Rotation rotation = tokens.rotate(grant.client(), refreshText(lost), pair());

      assertThat(reason(rotation)).isEqualTo(Reason.REVOKED);
    }

    @Test
    void afterTheSuccessorWasWithdrawnIsAReplay() {
      Grant grant = tokens.grant();
      Rotation.Rotated first = tokens.rotated(grant, pair());
      store.run(repo -> repo.oauth2RefreshTokens().revoke(first.refreshToken()));

      assertRefused(grant, DEFAULT, Reason.REPLAYED);
    }

    @Test
    void afterTheSuccessorWasCleanedUpIsAReplay() {
      Grant grant = tokens.grant();
      Rotation.Rotated first = tokens.rotated(grant, pair());
      store.run(repo -> repo.oauth2RefreshTokens().revoke(first.refreshToken()));
      store.clock().advance(Duration.ofHours(2));
      store.run(
          repo -> repo.oauth2RefreshTokens().cleanupRevoked(Optional.empty(), tokens.now(), 10));

      assertRefused(grant, DEFAULT, Reason.REPLAYED);
    }

    @Test
    void afterTheSessionHasEndedSaysSo() {
      Grant grant = tokens.grant();
      tokens.rotated(grant, pair());
      tokens.finish(grant.session());

      assertRefused(grant, DEFAULT, Reason.SESSION_FINISHED);
    }

    @Test
    void byAPolicyThatRefusesIsAReplay() {
      Grant grant = tokens.grant();
      tokens.rotated(grant, pair());

      assertRefused(
          grant,
          new RotationPolicy(
              RepeatPolicy.REFUSE, Duration.ZERO, Optional.empty(), Optional.empty()),
          Reason.REPLAYED);
    }

    @Test
    void withoutEvidenceIsTakenForALostAnswer() {
      Grant grant = tokens.grant();
      NewTokens next = pair();
      tokens.rotated(grant, next);
      tokens.use(next.accessToken());
      store.clock().advance(Duration.ofDays(31));
      Instant until = tokens.now().minus(Duration.ofDays(1));
      store.run(
          repo -> {
            repo.oauth2AccessTokens().cleanupRevoked(Optional.empty(), until, 10);
            repo.oauth2AccessTokens().cleanupExpired(Optional.empty(), until, 10);
            repo.oauth2RefreshTokens().cleanupRevoked(Optional.empty(), until, 10);
            repo.oauth2RefreshTokens().cleanupConsumed(Optional.empty(), until, 10);
          });

      Rotation.Rotated rotated = tokens.rotated(grant, pair());

      assertThat(rotated.reissued()).isTrue();
      tokens.assertRefreshInactive(refreshText(next), RefreshIntrospection.Reason.REVOKED);
    }

    @Test
    void afterWithdrawalOfTheSuccessorsAccessTokenIsALostAnswer() {
      Grant grant = tokens.grant();
      Rotation.Rotated first = tokens.rotated(grant, pair());
      store.run(repo -> repo.oauth2AccessTokens().revoke(first.accessToken()));

      Rotation.Rotated second = tokens.rotated(grant, pair());

      assertThat(second.reissued()).isTrue();
    }

    @Test
    void afterTheSuccessorsAccessTokenExpiredUsedIsAReplay() {
      Grant grant = tokens.grant();
      NewTokens next = pair();
      tokens.rotated(grant, next);
      tokens.use(next.accessToken());
      store.clock().advance(Duration.ofDays(1));

      assertRefused(grant, DEFAULT, Reason.REPLAYED);
    }

    @Test
    void revokesAnAccessTokenThatTheFirstUseHadLeft() {
      Grant grant = tokens.grant();
      store.run(
          repo -> {
            var access =
                repo.oauth2AccessTokens().add(grant.session(), accessText(), Optional.empty());
            var refresh =
                repo.oauth2RefreshTokens().add(grant.session(), access, Tokens.refreshText());
            repo.oauth2RefreshTokens().consume(grant.refresh(), refresh);
          });

      tokens.rotated(grant, pair());

      tokens.assertInactive(grant.accessText(), Introspection.Reason.REVOKED);
      assertThat(tokens.validAccessTokens()).hasSize(1);
    }

    @Test
    void thatIsAReplayLetsTheCallerEndTheWholeFamilyAtOnce() {
      Grant grant = tokens.grant();
      NewTokens stolen = pair();
      tokens.rotated(grant, stolen);
      tokens.use(stolen.accessToken());

      Rotation rotation =
          store.write(
              repo -> {
                Rotation refused = Tokens.rotate(repo, grant.client(), grant.refreshText(), pair());
                repo.oauth2Sessions().finish(((Rotation.Refused) refused).session().orElseThrow());
                return refused;
              });

      assertThat(reason(rotation)).isEqualTo(Reason.REPLAYED);
      tokens.assertInactive(stolen.accessToken(), Introspection.Reason.SESSION_FINISHED);
      tokens.assertRefreshInactive(
          refreshText(stolen), RefreshIntrospection.Reason.SESSION_FINISHED);
      assertThat(reason(tokens.rotate(grant.client(), refreshText(stolen), pair())))
          .isEqualTo(Reason.SESSION_FINISHED);
    }

    private void assertRefused(Grant grant, RotationPolicy policy, Reason reason) {
      List<String> before = tokens.rows();

      Rotation rotation = tokens.rotate(grant.client(), grant.refreshText(), pair(), policy);

      assertThat(reason(rotation)).isEqualTo(reason);
      assertThat(((Rotation.Refused) rotation).session().map(OAuth2Session::id))
          .contains(grant.session().id());
      assertThat(tokens.rows()).isEqualTo(before);
    }
  }

  @Nested
  class Grace {
    private static final Duration GRACE = Duration.ofSeconds(10);

    @Test
    void refusesATwinWhoseAnswerIsUnderWay() {
      Grant grant = tokens.grant();
      NewTokens first = pair();
      tokens.rotated(grant, first);
      store.clock().advance(GRACE.minusNanos(1_000));

      Rotation twin = rotate(grant, RepeatPolicy.REISSUE_IF_UNUSED);

      assertThat(reason(twin)).isEqualTo(Reason.CONCURRENT);
      tokens.assertActive(first.accessToken());
      tokens.assertRefreshActive(refreshText(first));
    }

    @Test
    void takesATwinForNoReplayEvenIfThePairWasUsed() {
      Grant grant = tokens.grant();
      NewTokens first = pair();
      tokens.rotated(grant, first);
      tokens.use(first.accessToken());

      assertThat(reason(rotate(grant, RepeatPolicy.REISSUE_IF_UNUSED)))
          .isEqualTo(Reason.CONCURRENT);
      assertThat(reason(rotate(grant, RepeatPolicy.REFUSE))).isEqualTo(Reason.CONCURRENT);
    }

    @Test
    void endsExactlyThen() {
      Grant grant = tokens.grant();
      tokens.rotated(grant, pair());
      store.clock().advance(GRACE);

      assertThat(reason(rotate(grant, RepeatPolicy.REFUSE))).isEqualTo(Reason.REPLAYED);
      assertThat(rotated(rotate(grant, RepeatPolicy.REISSUE_IF_UNUSED)).reissued()).isTrue();
    }

    @Test
    void beginsAgainWithAReissue() {
      Grant grant = tokens.grant();
      tokens.rotated(grant, pair());
      store.clock().advance(GRACE);
      rotate(grant, RepeatPolicy.REISSUE_IF_UNUSED);

      assertThat(reason(rotate(grant, RepeatPolicy.REISSUE_IF_UNUSED)))
          .isEqualTo(Reason.CONCURRENT);
    }

    private Rotation rotate(Grant grant, RepeatPolicy repeat) {
      RotationPolicy policy = new RotationPolicy(repeat, GRACE, Optional.empty(), Optional.empty());
      return tokens.rotate(grant.client(), grant.refreshText(), pair(), policy);
    }
  }

  @Nested
  class Age {
    private static final Duration DAY = Duration.ofDays(1);

    @Test
    void ofTheSessionIsLimited() {
      Grant grant = tokens.grant();
      NewTokens next = pair();
      store.clock().advance(DAY.minusNanos(1_000));
      rotated(rotate(grant, grant.refreshText(), chain(), next));

      store.clock().advance(Duration.ofNanos(1_000));

      assertThat(reason(rotate(grant, refreshText(next), chain(), pair())))
          .isEqualTo(Reason.EXPIRED);
      tokens.assertRefreshActive(refreshText(next));
    }

    @Test
    void ofTheTokenIsLimited() {
      Grant grant = tokens.grant();
      NewTokens next = pair();
      store.clock().advance(DAY.minusNanos(1_000));
      rotated(rotate(grant, grant.refreshText(), idle(), next));
      store.clock().advance(DAY.minusNanos(1_000));
      NewTokens last = pair();
      rotated(rotate(grant, refreshText(next), idle(), last));

      store.clock().advance(DAY);

      assertThat(reason(rotate(grant, refreshText(last), idle(), pair())))
          .isEqualTo(Reason.EXPIRED);
    }

    @Test
    void forbidsAReissue() {
      Grant grant = tokens.grant();
      tokens.rotated(grant, pair());
      store.clock().advance(DAY);
      List<String> before = tokens.rows();

      Rotation rotation = rotate(grant, grant.refreshText(), idle(), pair());

      assertThat(reason(rotation)).isEqualTo(Reason.EXPIRED);
      assertThat(tokens.rows()).isEqualTo(before);
    }

    @Test
    void hidesNoReplay() {
      Grant grant = tokens.grant();
      NewTokens next = pair();
      tokens.rotated(grant, next);
      tokens.use(next.accessToken());
      store.clock().advance(DAY);

      assertThat(reason(rotate(grant, grant.refreshText(), idle(), pair())))
          .isEqualTo(Reason.REPLAYED);
    }

    private static RotationPolicy chain() {
      return new RotationPolicy(
          RepeatPolicy.REISSUE_IF_UNUSED, Duration.ZERO, Optional.of(DAY), Optional.empty());
    }

    private static RotationPolicy idle() {
      return new RotationPolicy(
          RepeatPolicy.REISSUE_IF_UNUSED, Duration.ZERO, Optional.empty(), Optional.of(DAY));
    }

    private Rotation rotate(Grant grant, String text, RotationPolicy policy, NewTokens next) {
      return tokens.rotate(grant.client(), text, next, policy);
    }
  }
}
