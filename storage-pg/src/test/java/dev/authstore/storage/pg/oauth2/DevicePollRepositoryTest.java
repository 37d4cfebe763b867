package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.oauth2.Grants.DEVICE_CODE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2DeviceCodeGrant;
import dev.authstore.model.oauth2.OAuth2DeviceCodeGrantStage;
import dev.authstore.model.oauth2.OAuth2SessionStage;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.storage.ConstraintViolationException;
import dev.authstore.storage.oauth2.DevicePoll;
import dev.authstore.storage.oauth2.NewTokens;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a device is told, and what it gets. */
class DevicePollRepositoryTest {
  private static final String GRANTS = "oauth2_device_code_grants";
  private static final Duration INTERVAL = Duration.ofSeconds(5);
  private static final Duration LIFETIME = Duration.ofMinutes(20);
  private static final Duration MICROSECOND = Duration.ofNanos(1000);

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final Grants grants = new Grants(store);

  @Nested
  class Exchanged {
    @Test
    void givesTheSessionWhatWasApproved() {
      OAuth2Client client = grants.client();
      BrowserSession browser = grants.browser();
      OAuth2DeviceCodeGrant grant = grants.deviceFulfilled(client, browser);

      DevicePoll.Exchanged exchanged = success(grants.poll(client));

      assertThat(exchanged.session().clientId()).isEqualTo(client.id());
      assertThat(exchanged.session().userId()).contains(browser.user().id());
      assertThat(exchanged.session().browserSessionId()).contains(browser.id());
      assertThat(exchanged.session().scope()).isEqualTo(grant.scope());
      assertThat(exchanged.session().userAgent().orElseThrow()).startsWith("agent ");
      assertThat(exchanged.session().createdAt()).isEqualTo(grants.now());
      assertThat(exchanged.session().stage()).isEqualTo(new OAuth2SessionStage.Valid());
      assertThat(exchanged.browserSession()).isEqualTo(browser);
    }

    @Test
    void showsTheGrantAsItIsStored() {
      OAuth2Client client = grants.client();
      BrowserSession browser = grants.browser();
      OAuth2DeviceCodeGrant pending = grants.devicePending(client);
      grants.deviceFulfilled(pending, browser);
      store.clock().advance(Duration.ofMinutes(1));

      DevicePoll.Exchanged exchanged = success(grants.poll(client));

      assertThat(exchanged.grant().stage())
          .isEqualTo(
              new OAuth2DeviceCodeGrantStage.Exchanged(
                  browser.id(),
                  grants.now().minus(Duration.ofMinutes(1)),
                  grants.now(),
                  exchanged.session().id()));
      assertThat(grants.stored(pending)).contains(exchanged.grant());
    }

    @Test
    void storesBothTokensForTheirTime() {
      OAuth2Client client = grants.client();
      grants.deviceFulfilled(client, grants.browser());

      DevicePoll.Exchanged exchanged = success(grants.poll(client));

      assertThat(exchanged.accessToken().sessionId()).isEqualTo(exchanged.session().id());
      assertThat(exchanged.accessToken().expiresAt())
          .contains(grants.now().plus(Duration.ofMinutes(5)));
      assertThat(exchanged.refreshToken().orElseThrow().accessTokenId())
          .contains(exchanged.accessToken().id());
      assertThat(grants.sessionsAndTokens()).containsExactly(1, 1, 1);
    }

    @Test
    void storesNoRefreshTokenUnlessThereIsOne() {
      OAuth2Client client = grants.client();
      grants.deviceFulfilled(client, grants.browser());
      NewTokens tokens = new NewTokens("access token", Optional.empty(), Optional.empty());

      DevicePoll.Exchanged exchanged =
          success(
              store.write(
                  repo ->
                      repo.oauth2DeviceCodeGrants()
                          .poll(client, DEVICE_CODE, tokens, Optional.empty())));

      assertThat(exchanged.refreshToken()).isEmpty();
      assertThat(grants.sessionsAndTokens()).containsExactly(1, 1, 0);
    }

    @Test
    void comesOnce() {
      OAuth2Client client = grants.client();
      grants.deviceFulfilled(client, grants.browser());
      grants.poll(client);
      List<String> before = grants.row(GRANTS);

      DevicePoll second = grants.poll(client);

      assertThat(second).isEqualTo(new DevicePoll.Unknown());
      assertThat(grants.row(GRANTS)).isEqualTo(before);
      assertThat(grants.sessionsAndTokens()).containsExactly(1, 1, 1);
    }

    @Test
    void comesUntilTheGrantExpires() {
      OAuth2Client client = grants.client();
      grants.deviceFulfilled(client, grants.browser());
      store.clock().advance(LIFETIME.minus(MICROSECOND));

      DevicePoll poll = grants.poll(client);

      assertThat(poll).isInstanceOf(DevicePoll.Exchanged.class);
    }
  }

  @Nested
  class Pending {
    @Test
    void isAnsweredWhileNobodyHasDecided() {
      OAuth2Client client = grants.client();
      OAuth2DeviceCodeGrant grant = grants.devicePending(client);

      DevicePoll poll = grants.poll(client);

      assertThat(poll).isEqualTo(new DevicePoll.Pending());
      assertThat(grants.stored(grant)).contains(grant);
      assertThat(grants.sessionsAndTokens()).containsExactly(0, 0, 0);
    }

    @Test
    void isAnsweredOncePerInterval() {
      OAuth2Client client = grants.client();
      grants.devicePending(client);

      DevicePoll first = grants.poll(client);
      store.clock().advance(INTERVAL.minus(MICROSECOND));
      DevicePoll tooSoon = grants.poll(client);
      store.clock().advance(MICROSECOND);
      DevicePoll next = grants.poll(client);

      assertThat(List.of(first, tooSoon, next))
          .containsExactly(
              new DevicePoll.Pending(), new DevicePoll.SlowDown(), new DevicePoll.Pending());
    }

    @Test
    void isNotDelayedByPollsThatWereTooSoon() {
      OAuth2Client client = grants.client();
      grants.devicePending(client);
      grants.poll(client);

      List<String> answers =
          List.of(afterASecond(client), afterASecond(client), afterASecond(client));
      store.clock().advance(Duration.ofSeconds(2));
      DevicePoll next = grants.poll(client);

      assertThat(answers).containsOnly("SlowDown");
      assertThat(next).isEqualTo(new DevicePoll.Pending());
    }

    @Test
    void delaysAnApprovalToo() {
      OAuth2Client client = grants.client();
      OAuth2DeviceCodeGrant grant = grants.devicePending(client);
      grants.poll(client);
      grants.deviceFulfilled(grant, grants.browser());

      DevicePoll tooSoon = grants.poll(client);
      store.clock().advance(INTERVAL);
      DevicePoll next = grants.poll(client);

      assertThat(tooSoon).isEqualTo(new DevicePoll.SlowDown());
      assertThat(next).isInstanceOf(DevicePoll.Exchanged.class);
    }

    private String afterASecond(OAuth2Client client) {
      store.clock().advance(Duration.ofSeconds(1));
      return grants.poll(client).getClass().getSimpleName();
    }
  }

  @Nested
  class Refused {
    @Test
    void tellsAnUnknownCode() {
      OAuth2Client client = grants.client();

      DevicePoll poll = grants.poll(client);

      assertThat(poll).isEqualTo(new DevicePoll.Unknown());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\0", "\ud800"})
    void knowsNoCodeThatCannotBeStored(String code) {
      OAuth2Client client = grants.client();

      DevicePoll poll =
          store.write(
              repo ->
                  repo.oauth2DeviceCodeGrants()
                      .poll(client, code, Grants.tokens(1), Optional.empty()));

      assertThat(poll).isEqualTo(new DevicePoll.Unknown());
    }

    @Test
    void tellsAnotherClientNothing() {
      OAuth2Client client = grants.client();
      OAuth2Client other = grants.client();
      grants.deviceFulfilled(client, grants.browser());
      List<String> before = grants.row(GRANTS);

      DevicePoll poll = grants.poll(other);

      assertThat(poll).isEqualTo(new DevicePoll.Unknown());
      assertThat(grants.row(GRANTS)).isEqualTo(before);
      assertThat(grants.poll(client)).isInstanceOf(DevicePoll.Exchanged.class);
    }

    @Test
    void tellsAnExpiredGrantInWhateverStage() {
      OAuth2Client client = grants.client();
      BrowserSession browser = grants.browser();
      OAuth2DeviceCodeGrant grant = grants.devicePending(client);
      store.clock().advance(LIFETIME);

      DevicePoll pending = grants.poll(client);
      grants.deviceRejected(grant, browser);
      DevicePoll rejected = grants.poll(client);

      assertThat(pending).isEqualTo(new DevicePoll.Expired());
      assertThat(rejected).isEqualTo(new DevicePoll.Expired());
    }

    @Test
    void tellsAnExpiredApproval() {
      OAuth2Client client = grants.client();
      OAuth2DeviceCodeGrant grant = grants.deviceFulfilled(client, grants.browser());
      store.clock().advance(LIFETIME);

      DevicePoll poll = grants.poll(client);

      assertThat(poll).isEqualTo(new DevicePoll.Expired());
      assertThat(grants.stored(grant)).contains(grant);
      assertThat(grants.sessionsAndTokens()).containsExactly(0, 0, 0);
    }

    @Test
    void tellsARejection() {
      OAuth2Client client = grants.client();
      grants.deviceRejected(grants.devicePending(client), grants.browser());

      DevicePoll poll = grants.poll(client);

      assertThat(poll).isEqualTo(new DevicePoll.Rejected());
    }

    @Test
    void tellsAFinishedBrowserSession() {
      OAuth2Client client = grants.client();
      BrowserSession browser = grants.browser();
      OAuth2DeviceCodeGrant grant = grants.deviceFulfilled(client, browser);
      store.run(repo -> repo.browserSessions().finish(browser));

      DevicePoll poll = grants.poll(client);

      assertThat(poll).isEqualTo(new DevicePoll.BrowserSessionEnded());
      assertThat(grants.stored(grant)).contains(grant);
      assertThat(grants.sessionsAndTokens()).containsExactly(0, 0, 0);
    }

    @Test
    void tellsALockedUserUntilThatIsUnlocked() {
      OAuth2Client client = grants.client();
      BrowserSession browser = grants.browser();
      grants.deviceFulfilled(client, browser);
      store.run(repo -> repo.users().lock(browser.user()));

      DevicePoll poll = grants.poll(client);

      assertThat(poll).isEqualTo(new DevicePoll.BrowserSessionEnded());
      store.run(repo -> repo.users().unlock(browser.user()));
      assertThat(grants.poll(client)).isInstanceOf(DevicePoll.Exchanged.class);
    }

    @Test
    void tellsADeactivatedUser() {
      OAuth2Client client = grants.client();
      BrowserSession browser = grants.browser();
      OAuth2DeviceCodeGrant grant = grants.deviceFulfilled(client, browser);
      store.run(repo -> repo.users().deactivate(browser.user()));

      DevicePoll poll = grants.poll(client);

      assertThat(poll).isEqualTo(new DevicePoll.BrowserSessionEnded());
      assertThat(grants.stored(grant)).contains(grant);
      assertThat(grants.sessionsAndTokens()).containsExactly(0, 0, 0);
    }

    @Test
    void leavesTheUnitOfWorkUsable() {
      OAuth2Client client = grants.client();
      OAuth2Client other = grants.client();
      grants.deviceFulfilled(client, grants.browser());

      DevicePoll second =
          store.write(
              repo -> {
                Grants.poll(repo, other, 1);
                return Grants.poll(repo, client, 2);
              });

      assertThat(second).isInstanceOf(DevicePoll.Exchanged.class);
    }
  }

  @Nested
  class TokenThatExists {
    @Test
    void failsThePollWithoutBurningTheGrant() {
      OAuth2Client client = grants.client();
      BrowserSession browser = grants.browser();
      grants.fulfilled(client, browser);
      store.run(repo -> Grants.exchange(repo, client, Grants.presented(Grants.CODE), 7));
      grants.deviceFulfilled(client, browser);

      Throwable failure = catchThrowable(() -> store.run(repo -> Grants.poll(repo, client, 7)));

      assertThat(failure).isInstanceOf(ConstraintViolationException.class);
      assertThat(grants.sessionsAndTokens()).containsExactly(1, 1, 1);
      assertThat(grants.poll(client)).isInstanceOf(DevicePoll.Exchanged.class);
    }
  }

  private static DevicePoll.Exchanged success(DevicePoll poll) {
    assertThat(poll).isInstanceOf(DevicePoll.Exchanged.class);
    return (DevicePoll.Exchanged) poll;
  }
}
