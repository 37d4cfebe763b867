package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.oauth2.Tokens.accessText;
import static dev.authstore.storage.pg.oauth2.Tokens.pair;
import static dev.authstore.storage.pg.oauth2.Tokens.reason;
import static dev.authstore.storage.pg.oauth2.Tokens.refreshText;
import static dev.authstore.storage.pg.oauth2.Tokens.rotated;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.model.oauth2.OAuth2AccessTokenStage;
import dev.authstore.model.oauth2.OAuth2RefreshTokenStage;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.User;
import dev.authstore.storage.ConstraintViolationException;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.oauth2.NewTokens;
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

class OAuth2RotationRepositoryTest {
  private static final RotationPolicy DEFAULT = RotationPolicy.DEFAULT;

  @RegisterExtension final Store store = Store.fresh();

  private final Tokens tokens = new Tokens(store);

  @Nested
  class Rotate {
    @Test
    void issuesAPair() {
      Grant grant = tokens.grant();
      NewTokens next = pair();
      store.clock().advance(Duration.ofMinutes(1));

      Rotation.Rotated rotated = tokens.rotated(grant, next);

      assertThat(rotated.reissued()).isFalse();
      assertThat(rotated.session()).isEqualTo(grant.session());
      assertThat(rotated.user()).isEmpty();
      assertThat(rotated.accessToken().createdAt()).isEqualTo(tokens.now());
      assertThat(rotated.accessToken().expiresAt()).contains(tokens.now().plus(Tokens.TTL));
      assertThat(rotated.refreshToken().accessTokenId()).contains(rotated.accessToken().id());
      assertThat(tokens.stored(rotated.accessToken())).isEqualTo(rotated.accessToken());
      assertThat(tokens.stored(rotated.refreshToken())).isEqualTo(rotated.refreshToken());
      tokens.assertActive(next.accessToken());
      tokens.assertRefreshActive(refreshText(next));
    }

    @Test
    void endsTheOldPair() {
      Grant grant = tokens.grant();
      store.clock().advance(Duration.ofMinutes(1));

      Rotation.Rotated rotated = tokens.rotated(grant, pair());

      assertThat(rotated.previous().id()).isEqualTo(grant.refresh().id());
      assertThat(rotated.previous().stage())
          .isEqualTo(
              new OAuth2RefreshTokenStage.Consumed(
                  tokens.now(), Optional.of(rotated.refreshToken().id())));
      assertThat(tokens.stored(grant.refresh())).isEqualTo(rotated.previous());
      assertThat(tokens.stored(grant.access()).stage())
          .isEqualTo(new OAuth2AccessTokenStage.Revoked(tokens.now()));
    }

    @Test
    void leavesAnOldAccessTokenThatIsWithdrawnAsItIs() {
      Grant grant = tokens.grant();
      store.run(repo -> repo.oauth2AccessTokens().revoke(grant.access()));
      Instant revokedAt = tokens.now();
      store.clock().advance(Duration.ofMinutes(1));

      tokens.rotated(grant, pair());

      assertThat(tokens.stored(grant.access()).revokedAt()).contains(revokedAt);
    }

    @Test
    void leavesAnOldAccessTokenThatHasExpiredAsItIs() {
      Grant grant = tokens.grant();
      store.clock().advance(Tokens.TTL);

      tokens.rotated(grant, pair());

      assertThat(tokens.stored(grant.access())).isEqualTo(grant.access());
    }

    @Test
    void ofATokenWhoseAccessTokenIsGoneWorks() {
      Grant grant = tokens.grant();
      store.clock().advance(Duration.ofDays(1));
      store.run(
          repo -> repo.oauth2AccessTokens().cleanupExpired(Optional.empty(), tokens.now(), 10));

      Rotation.Rotated rotated = tokens.rotated(grant, pair());

      assertThat(rotated.previous().accessTokenId()).isEmpty();
    }

    @Test
    void tellsTheUser() {
      User john = tokens.user("john");
      Grant grant = tokens.grant(john);

      Rotation.Rotated rotated = tokens.rotated(grant, pair());

      assertThat(rotated.user()).contains(john);
      assertThat(rotated.session().userId()).contains(john.id());
    }

    @Test
    void issuesTokensThatDoNotExpireIfAsked() {
      Grant grant = tokens.grant();
      NewTokens next =
          new NewTokens(accessText(), Optional.empty(), Optional.of(Tokens.refreshText()));

      Rotation.Rotated rotated = tokens.rotated(grant, next);

      assertThat(rotated.accessToken().expiresAt()).isEmpty();
    }

    @Test
    void wantsARefreshToken() {
      Grant grant = tokens.grant();
      NewTokens next = new NewTokens(accessText(), Optional.empty(), Optional.empty());

      assertThat(
              store.refusal(repo -> Tokens.rotate(repo, grant.client(), grant.refreshText(), next)))
          .isInstanceOf(InvalidInputException.class);
    }

    @Test
    void failsIfANewTokenIsTaken() {
      Grant grant = tokens.grant();
      List<String> before = tokens.rows();
      NewTokens taken =
          new NewTokens(grant.accessText(), Optional.empty(), Optional.of(Tokens.refreshText()));
      NewTokens same =
          new NewTokens(accessText(), Optional.empty(), Optional.of(grant.refreshText()));

      assertThatThrownBy(() -> tokens.rotate(grant.client(), grant.refreshText(), taken))
          .isInstanceOf(ConstraintViolationException.class);
      assertThatThrownBy(() -> tokens.rotate(grant.client(), grant.refreshText(), same))
          .isInstanceOf(ConstraintViolationException.class);
      assertThat(tokens.rows()).isEqualTo(before);
    }
  }

  @Nested
  class UserAgent {
    @Test
    void isSet() {
      Grant grant = tokens.grant();

      OAuth2Session session = rotate(grant, "agent");

      assertThat(session.userAgent()).contains("agent");
      assertThat(storedAgent()).containsExactly("agent");
    }

    @Test
    void isReplaced() {
      Grant grant = tokens.grant();
      store.sql("UPDATE oauth2_sessions SET user_agent = 'old'");

      OAuth2Session session = rotate(grant, "new");

      assertThat(session.userAgent()).contains("new");
      assertThat(storedAgent()).containsExactly("new");
    }

    @Test
    void isKeptIfNoneIsGiven() {
      Grant grant = tokens.grant();
      store.sql("UPDATE oauth2_sessions SET user_agent = 'old'");

      Rotation.Rotated rotated = tokens.rotated(grant, pair());

      assertThat(rotated.session().userAgent()).contains("old");
      assertThat(storedAgent()).containsExactly("old");
    }

    @Test
    void isNotWrittenAgain() {
      Grant grant = tokens.grant();
      store.sql("UPDATE oauth2_sessions SET user_agent = 'same'");
      List<String> version = store.select("SELECT ctid FROM oauth2_sessions");

      OAuth2Session session = rotate(grant, "same");

      assertThat(session.userAgent()).contains("same");
      assertThat(store.select("SELECT ctid FROM oauth2_sessions")).isEqualTo(version);
    }

    @Test
    void isCut() {
      Grant grant = tokens.grant();

      OAuth2Session session = rotate(grant, "\u0000" + "a".repeat(5_000));

      assertThat(session.userAgent()).contains("\uFFFD" + "a".repeat(1_023));
    }

    @Test
    void isWrittenAtAReissue() {
      Grant grant = tokens.grant();
      rotate(grant, "first");

      OAuth2Session session = rotate(grant, "second");

      assertThat(session.userAgent()).contains("second");
      assertThat(storedAgent()).containsExactly("second");
    }

    private OAuth2Session rotate(Grant grant, String agent) {
      return rotated(
              store
                  .repositories()
                  .direct(
                      repo ->
                          repo.oauth2RefreshTokens()
                              .rotate(
                                  grant.client(),
                                  grant.refreshText(),
                                  pair(),
                                  DEFAULT,
                                  Optional.of(agent))))
          .session();
    }

    private List<String> storedAgent() {
      return store.select("SELECT user_agent FROM oauth2_sessions");
    }
  }

  @Nested
  class Refusals {
    @Test
    void ofAnUnknownToken() {
      Grant grant = tokens.grant();

      assertRefused(grant, Tokens.refreshText(), Reason.UNKNOWN, false);
    }

    @Test
    void ofTextThatIsNoRefreshToken() {
      Grant grant = tokens.grant();

      assertRefused(grant, grant.accessText(), Reason.UNKNOWN, false);
      assertRefused(grant, "", Reason.UNKNOWN, false);
      assertRefused(grant, grant.refreshText() + "\u0000", Reason.UNKNOWN, false);
    }

    @Test
    void ofAnotherClientsToken() {
      Grant grant = tokens.grant();
      Grant other = tokens.grant();

      assertRefused(grant, other.refreshText(), Reason.WRONG_CLIENT, false);
    }

    @Test
    void ofAnotherClientsUsedToken() {
      Grant grant = tokens.grant();
      Grant other = tokens.grant();
      tokens.rotated(other, pair());

      assertRefused(grant, other.refreshText(), Reason.WRONG_CLIENT, false);
    }

    @Test
    void ofATokenOfAFinishedSession() {
      Grant grant = tokens.grant();
      tokens.finish(grant.session());

      assertRefused(grant, grant.refreshText(), Reason.SESSION_FINISHED, true);
    }

    @Test
    void ofATokenOfALockedUser() {
      User john = tokens.user("john");
      Grant grant = tokens.grant(john);
      store.run(repo -> repo.users().lock(john));

      assertRefused(grant, grant.refreshText(), Reason.USER_INVALID, true);
    }

    @Test
    void ofATokenOfADeactivatedUser() {
      User john = tokens.user("john");
      Grant grant = tokens.grant(john);
      store.run(repo -> repo.users().deactivate(john));

      assertRefused(grant, grant.refreshText(), Reason.USER_INVALID, true);
    }

    @Test
    void ofAWithdrawnToken() {
      Grant grant = tokens.grant();
      store.run(repo -> repo.oauth2RefreshTokens().revoke(grant.refresh()));

      assertRefused(grant, grant.refreshText(), Reason.REVOKED, true);
    }

    @Test
    void giveTheFirstReason() {
      User john = tokens.user("john");
      Grant grant = tokens.grant(john);
      store.run(repo -> repo.oauth2RefreshTokens().revoke(grant.refresh()));
      assertRefused(grant, grant.refreshText(), Reason.REVOKED, true);

      store.run(repo -> repo.users().lock(john));
      assertRefused(grant, grant.refreshText(), Reason.USER_INVALID, true);

      tokens.finish(grant.session());
      assertRefused(grant, grant.refreshText(), Reason.SESSION_FINISHED, true);
    }

    private void assertRefused(Grant grant, String text, Reason reason, boolean withSession) {
      List<String> before = tokens.rows();

      Rotation rotation =
          store
              .repositories()
              .direct(
                  repo ->
                      repo.oauth2RefreshTokens()
                          .rotate(
                              grant.client(), text, pair(), DEFAULT, Optional.of("another agent")));

      assertThat(reason(rotation)).isEqualTo(reason);
      assertThat(((Rotation.Refused) rotation).session().isPresent()).isEqualTo(withSession);
      assertThat(tokens.rows()).isEqualTo(before);
    }
  }
}
