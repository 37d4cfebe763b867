package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.oauth2.Grants.DEVICE_CODE;
import static dev.authstore.storage.pg.oauth2.Grants.USER_CODE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Addresses;
import dev.authstore.model.Ids;
import dev.authstore.model.Scope;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2DeviceCodeGrant;
import dev.authstore.model.oauth2.OAuth2DeviceCodeGrantStage;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.oauth2.DeviceCodeGrantParams;
import dev.authstore.storage.oauth2.DeviceCodeGrantWithClient;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.pg.OAuth2Fixture;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OAuth2DeviceCodeGrantRepositoryTest {
  private static final String GRANTS = "oauth2_device_code_grants";
  private static final Duration LIFETIME = Duration.ofMinutes(20);

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final Grants grants = new Grants(store);

  @Nested
  class Lookup {
    @Test
    void findsNothingUnderAnotherId() {
      grants.devicePending(grants.client());

      Optional<OAuth2DeviceCodeGrant> found =
          store.read(repo -> repo.oauth2DeviceCodeGrants().lookup(new UUID(1, 2)));

      assertThat(found).isEmpty();
    }

    @Test
    void bringsTheClientAlong() {
      OAuth2Client client = grants.client();
      OAuth2DeviceCodeGrant grant = grants.devicePending(client);

      Optional<DeviceCodeGrantWithClient> found =
          store.read(repo -> repo.oauth2DeviceCodeGrants().lookupWithClient(grant.id()));

      assertThat(found).contains(new DeviceCodeGrantWithClient(grant, client));
    }
  }

  @Nested
  class FindByCodes {
    @Test
    void findsAGrantInWhateverStage() {
      OAuth2Client client = grants.client();
      BrowserSession browser = grants.browser();
      OAuth2DeviceCodeGrant pending = grants.devicePending(client);
      assertFound(pending);

      OAuth2DeviceCodeGrant fulfilled = grants.deviceFulfilled(pending, browser);
      assertFound(fulfilled);

      assertFound(grants.deviceExchanged(fulfilled, grants.session(client)));
    }

    @Test
    void findsARejectedAndExpiredOne() {
      OAuth2DeviceCodeGrant pending = grants.devicePending(grants.client());
      store.clock().advance(LIFETIME);

      assertFound(grants.deviceRejected(pending, grants.browser()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"another", "Device code", "", "\0", "\ud800"})
    void findsNothingByAnotherDeviceCode(String code) {
      grants.devicePending(grants.client());

      assertThat(byDeviceCode(code)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"abc234", "ABC23", " ABC234", "", "\0", "\ud800"})
    void findsNothingByAnotherSpellingOfTheUserCode(String code) {
      grants.devicePending(grants.client());

      assertThat(byUserCode(code)).isEmpty();
    }

    private void assertFound(OAuth2DeviceCodeGrant grant) {
      assertThat(byDeviceCode(DEVICE_CODE)).contains(grant);
      assertThat(byUserCode(USER_CODE)).contains(grant);
    }

    private Optional<OAuth2DeviceCodeGrant> byDeviceCode(String code) {
      return store.read(repo -> repo.oauth2DeviceCodeGrants().findByDeviceCode(code));
    }

    private Optional<OAuth2DeviceCodeGrant> byUserCode(String code) {
      return store.read(repo -> repo.oauth2DeviceCodeGrants().findByUserCode(code));
    }
  }

  @Nested
  class Add {
    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.1", "2001:db8::1"})
    void storesWhatItIsGiven(String address) {
      OAuth2Client client = grants.client();
      DeviceCodeGrantParams params =
          new DeviceCodeGrantParams(
              Scope.of("openid", "email"),
              DEVICE_CODE,
              USER_CODE,
              LIFETIME,
              Optional.of(Addresses.parse(address)),
              Optional.of("television"));

      OAuth2DeviceCodeGrant grant = add(client, params);

      assertThat(grant)
          .isEqualTo(
              new OAuth2DeviceCodeGrant(
                  grant.id(),
                  client.id(),
                  params.scope(),
                  USER_CODE,
                  grants.now(),
                  grants.now().plus(LIFETIME),
                  new OAuth2DeviceCodeGrantStage.Pending(),
                  params.ipAddress(),
                  params.userAgent(),
                  Optional.empty()));
      assertThat(grants.stored(grant)).contains(grant);
    }

    @Test
    void needsNothingThatIsOptional() {
      OAuth2Client client = grants.client();
      DeviceCodeGrantParams params =
          new DeviceCodeGrantParams(
              Scope.EMPTY, DEVICE_CODE, USER_CODE, LIFETIME, Optional.empty(), Optional.empty());

      OAuth2DeviceCodeGrant grant = add(client, params);

      assertThat(grant.scope()).isEqualTo(Scope.EMPTY);
      assertThat(grants.stored(grant)).contains(grant);
    }

    @Test
    void refusesADeviceCodeThatIsTaken() {
      OAuth2Client client = grants.client();
      grants.devicePending(client);
      List<String> before = grants.row(GRANTS);

      ConflictKind conflict = conflict(client, DEVICE_CODE, "OTHER");

      assertThat(conflict).isEqualTo(ConflictKind.DEVICE_CODE_TAKEN);
      assertThat(grants.row(GRANTS)).isEqualTo(before);
    }

    @Test
    void refusesAUserCodeThatIsTakenByWhateverGrant() {
      OAuth2Client client = grants.client();
      grants.deviceRejected(grants.devicePending(client), grants.browser());
      store.clock().advance(LIFETIME);
      List<String> before = grants.row(GRANTS);

      ConflictKind conflict = conflict(grants.client(), "another device code", USER_CODE);

      assertThat(conflict).isEqualTo(ConflictKind.USER_CODE_TAKEN);
      assertThat(grants.row(GRANTS)).isEqualTo(before);
    }

    @Test
    void saysDeviceCodeBeforeUserCode() {
      OAuth2Client client = grants.client();
      grants.devicePending(client);

      ConflictKind conflict = conflict(client, DEVICE_CODE, USER_CODE);

      assertThat(conflict).isEqualTo(ConflictKind.DEVICE_CODE_TAKEN);
    }

    @Test
    void refusesAClientThatIsGone() {
      OAuth2Client client = grants.client();
      store.run(repo -> repo.oauth2Clients().delete(client));
      DeviceCodeGrantParams params = OAuth2Fixture.deviceRequest(DEVICE_CODE, USER_CODE);

      String missing = store.missing(repo -> repo.oauth2DeviceCodeGrants().add(client, params));

      assertThat(missing).isEqualTo("oauth2_client " + client.id());
      assertThat(grants.row(GRANTS)).isEmpty();
    }

    private OAuth2DeviceCodeGrant add(OAuth2Client client, DeviceCodeGrantParams params) {
      return store.write(repo -> repo.oauth2DeviceCodeGrants().add(client, params));
    }

    private ConflictKind conflict(OAuth2Client client, String deviceCode, String userCode) {
      DeviceCodeGrantParams params = OAuth2Fixture.deviceRequest(deviceCode, userCode);
      return store.conflict(repo -> repo.oauth2DeviceCodeGrants().add(client, params));
    }
  }

  @Nested
  class Fulfill {
    @Test
    void recordsTheBrowserSessionItsLanguageAndTheTime() {
      OAuth2DeviceCodeGrant pending = grants.devicePending(grants.client());
      BrowserSession browser = grants.browser();
      store.clock().advance(Duration.ofMinutes(5));

      OAuth2DeviceCodeGrant grant =
          store.write(repo -> fulfill(repo, pending, browser, Optional.of("de-CH")));

      assertThat(grant.stage())
          .isEqualTo(new OAuth2DeviceCodeGrantStage.Fulfilled(browser.id(), grants.now()));
      assertThat(grant.locale()).contains("de-CH");
      assertThat(grants.stored(pending)).contains(grant);
    }

    @Test
    void needsNoLanguage() {
      OAuth2DeviceCodeGrant pending = grants.devicePending(grants.client());

      OAuth2DeviceCodeGrant grant = grants.deviceFulfilled(pending, grants.browser());

      assertThat(grant.locale()).isEmpty();
      assertThat(grants.stored(pending)).contains(grant);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "",
          "\0",
          "\ud800",
          "01234567890123456789012345678901234567890123456789012345678901234"
        })
    void refusesALanguageThatCannotBeStored(String locale) {
      OAuth2DeviceCodeGrant pending = grants.devicePending(grants.client());
      BrowserSession browser = grants.browser();

      assertThat(store.refusal(repo -> fulfill(repo, pending, browser, Optional.of(locale))))
          .isInstanceOf(InvalidInputException.class);
      assertThat(grants.stored(pending)).contains(pending);
    }

    @Test
    void isPossibleUntilTheGrantExpires() {
      OAuth2DeviceCodeGrant pending = grants.devicePending(grants.client());
      store.clock().advance(LIFETIME.minusNanos(1000));

      OAuth2DeviceCodeGrant grant = grants.deviceFulfilled(pending, grants.browser());

      assertThat(grant.isFulfilled()).isTrue();
    }

    @Test
    void refusesAnExpiredGrant() {
      OAuth2DeviceCodeGrant pending = grants.devicePending(grants.client());
      BrowserSession browser = grants.browser();
      store.clock().advance(LIFETIME);

      StateReason reason = store.reason(repo -> fulfill(repo, pending, browser, Optional.empty()));

      assertThat(reason).isEqualTo(StateReason.EXPIRED);
      assertThat(grants.stored(pending)).contains(pending);
    }

    @Test
    void refusesABrowserSessionThatIsGone() {
      OAuth2DeviceCodeGrant pending = grants.devicePending(grants.client());
      BrowserSession browser = grants.browser();
      store.sql("DELETE FROM browser_sessions");

      String missing = store.missing(repo -> fulfill(repo, pending, browser, Optional.empty()));

      assertThat(missing).isEqualTo("browser_session " + browser.id());
      assertThat(grants.stored(pending)).contains(pending);
    }

    @Test
    void refusesABrowserSessionThatHasEnded() {
      OAuth2DeviceCodeGrant pending = grants.devicePending(grants.client());
      BrowserSession browser = grants.browser();
      store.run(repo -> repo.browserSessions().finish(browser));

      StateReason reason = store.reason(repo -> fulfill(repo, pending, browser, Optional.empty()));

      assertThat(reason).isEqualTo(StateReason.SESSION_FINISHED);
      assertThat(grants.stored(pending)).contains(pending);
    }

    private static OAuth2DeviceCodeGrant fulfill(
        RepositoryAccess repo,
        OAuth2DeviceCodeGrant grant,
        BrowserSession browser,
        Optional<String> locale) {
      return repo.oauth2DeviceCodeGrants().fulfill(grant, browser, locale);
    }
  }

  @Nested
  class Reject {
    @Test
    void recordsTheBrowserSessionAndTheTimeAlsoOfAnExpiredGrant() {
      OAuth2DeviceCodeGrant pending = grants.devicePending(grants.client());
      BrowserSession browser = grants.browser();
      store.clock().advance(LIFETIME);

      OAuth2DeviceCodeGrant grant = grants.deviceRejected(pending, browser);

      assertThat(grant.stage())
          .isEqualTo(new OAuth2DeviceCodeGrantStage.Rejected(browser.id(), grants.now()));
      assertThat(grants.stored(pending)).contains(grant);
    }

    @Test
    void refusesABrowserSessionThatHasEnded() {
      OAuth2DeviceCodeGrant pending = grants.devicePending(grants.client());
      BrowserSession browser = grants.browser();
      store.run(repo -> repo.browserSessions().finish(browser));

      StateReason reason =
          store.reason(repo -> repo.oauth2DeviceCodeGrants().reject(pending, browser));

      assertThat(reason).isEqualTo(StateReason.SESSION_FINISHED);
      assertThat(grants.stored(pending)).contains(pending);
    }
  }

  @Nested
  class Exchange {
    @Test
    void recordsTheSessionAndTheTimeAlsoOfAnExpiredGrant() {
      OAuth2Client client = grants.client();
      BrowserSession browser = grants.browser();
      OAuth2DeviceCodeGrant fulfilled = grants.deviceFulfilled(client, browser);
      OAuth2Session session = grants.session(client);
      store.clock().advance(LIFETIME);

      OAuth2DeviceCodeGrant grant = grants.deviceExchanged(fulfilled, session);

      assertThat(grant.stage())
          .isEqualTo(
              new OAuth2DeviceCodeGrantStage.Exchanged(
                  browser.id(), grants.now().minus(LIFETIME), grants.now(), session.id()));
      assertThat(grants.stored(grant)).contains(grant);
    }

    @Test
    void refusesASessionOfAnotherClient() {
      OAuth2DeviceCodeGrant fulfilled = grants.deviceFulfilled(grants.client(), grants.browser());
      OAuth2Session session = grants.session(grants.client());

      assertThat(store.refusal(repo -> repo.oauth2DeviceCodeGrants().exchange(fulfilled, session)))
          .isInstanceOf(InvalidInputException.class);
      assertThat(grants.stored(fulfilled)).contains(fulfilled);
    }

    @Test
    void refusesASessionThatIsGone() {
      OAuth2Client client = grants.client();
      OAuth2DeviceCodeGrant fulfilled = grants.deviceFulfilled(client, grants.browser());
      OAuth2Session session = grants.session(client);
      store.sql("DELETE FROM oauth2_sessions");

      String missing =
          store.missing(repo -> repo.oauth2DeviceCodeGrants().exchange(fulfilled, session));

      assertThat(missing).isEqualTo("oauth2_session " + session.id());
      assertThat(grants.stored(fulfilled)).contains(fulfilled);
    }
  }

  /** Each step from each stage that does not allow it, also by a record that shows another. */
  @Nested
  class OtherStages {
    @Test
    void ofAFulfilledOneAllowTheExchangeOnly() {
      OAuth2DeviceCodeGrant pending = grants.devicePending(grants.client());
      OAuth2DeviceCodeGrant fulfilled = grants.deviceFulfilled(pending, grants.browser());

      for (OAuth2DeviceCodeGrant shown : List.of(pending, fulfilled)) {
        assertRefused(shown, fulfil(), StateReason.ALREADY_FULFILLED);
        assertRefused(shown, reject(), StateReason.ALREADY_FULFILLED);
      }
    }

    @Test
    void ofAnExchangedOneAllowNothing() {
      OAuth2Client client = grants.client();
      OAuth2DeviceCodeGrant pending = grants.devicePending(client);
      OAuth2DeviceCodeGrant fulfilled = grants.deviceFulfilled(pending, grants.browser());
      OAuth2DeviceCodeGrant exchanged = grants.deviceExchanged(fulfilled, grants.session(client));

      for (OAuth2DeviceCodeGrant shown : List.of(pending, fulfilled, exchanged)) {
        assertRefused(shown, fulfil(), StateReason.ALREADY_EXCHANGED);
        assertRefused(shown, reject(), StateReason.ALREADY_EXCHANGED);
        assertRefused(shown, exchange(client), StateReason.ALREADY_EXCHANGED);
      }
    }

    @Test
    void ofARejectedOneAllowNothing() {
      OAuth2Client client = grants.client();
      OAuth2DeviceCodeGrant pending = grants.devicePending(client);
      OAuth2DeviceCodeGrant rejected = grants.deviceRejected(pending, grants.browser());

      for (OAuth2DeviceCodeGrant shown : List.of(pending, rejected)) {
        assertRefused(shown, fulfil(), StateReason.REJECTED);
        assertRefused(shown, reject(), StateReason.REJECTED);
        assertRefused(shown, exchange(client), StateReason.REJECTED);
      }
    }

    @Test
    void ofAPendingOneAllowNoExchange() {
      OAuth2Client client = grants.client();
      OAuth2DeviceCodeGrant pending = grants.devicePending(client);

      assertRefused(pending, exchange(client), StateReason.NOT_FULFILLED);
    }

    @Test
    void cannotBeLeftByOneThatIsGone() {
      OAuth2Client client = grants.client();
      OAuth2DeviceCodeGrant pending = grants.devicePending(client);
      store.sql("DELETE FROM " + GRANTS);

      for (BiConsumer<RepositoryAccess, OAuth2DeviceCodeGrant> step :
          List.of(fulfil(), reject(), exchange(client))) {
        assertThat(store.missing(repo -> step.accept(repo, pending)))
            .isEqualTo("oauth2_device_code_grant " + pending.id());
      }
    }

    private BiConsumer<RepositoryAccess, OAuth2DeviceCodeGrant> fulfil() {
      BrowserSession browser = grants.browser();
      return (repo, grant) ->
          repo.oauth2DeviceCodeGrants().fulfill(grant, browser, Optional.empty());
    }

    private BiConsumer<RepositoryAccess, OAuth2DeviceCodeGrant> reject() {
      BrowserSession browser = grants.browser();
      return (repo, grant) -> repo.oauth2DeviceCodeGrants().reject(grant, browser);
    }

    private BiConsumer<RepositoryAccess, OAuth2DeviceCodeGrant> exchange(OAuth2Client client) {
      OAuth2Session session = grants.session(client);
      return (repo, grant) -> repo.oauth2DeviceCodeGrants().exchange(grant, session);
    }

    private void assertRefused(
        OAuth2DeviceCodeGrant grant,
        BiConsumer<RepositoryAccess, OAuth2DeviceCodeGrant> step,
        StateReason expected) {
      List<String> before = grants.row(GRANTS);

      StateReason reason = store.reason(repo -> step.accept(repo, grant));

      assertThat(reason).isEqualTo(expected);
      assertThat(grants.row(GRANTS)).isEqualTo(before);
    }
  }

  @Nested
  class Cleanup {
    @Test
    void deletesWhatIsOldInWhateverStageInBatches() {
      OAuth2Client client = grants.client();
      BrowserSession browser = grants.browser();
      OAuth2DeviceCodeGrant pending = grants.devicePending(client, "1", "1");
      OAuth2DeviceCodeGrant fulfilled =
          grants.deviceFulfilled(grants.devicePending(client, "2", "2"), browser);
      OAuth2DeviceCodeGrant rejected =
          grants.deviceRejected(grants.devicePending(client, "3", "3"), browser);
      grants.deviceExchanged(
          grants.deviceFulfilled(grants.devicePending(client, "4", "4"), browser),
          grants.session(client));
      store.clock().advance(Duration.ofMillis(1));
      UUID until = Ids.maxAt(store.clock().instant().minusMillis(1));
      OAuth2DeviceCodeGrant young = grants.devicePending(client, "5", "5");

      CleanupResult<UUID> first = cleanup(Optional.empty(), until, 3);
      CleanupResult<UUID> second = cleanup(first.cursor(), until, 3);
      CleanupResult<UUID> third = cleanup(second.cursor(), until, 3);

      assertThat(first).isEqualTo(new CleanupResult<>(3, Optional.of(rejected.id())));
      assertThat(second.count()).isOne();
      assertThat(third).isEqualTo(new CleanupResult<>(0, Optional.empty()));
      assertThat(List.of(pending, fulfilled))
          .allSatisfy(grant -> assertThat(grants.stored(grant)).isEmpty());
      assertThat(grants.stored(young)).contains(young);
    }

    @Test
    void deletesUpToAndIncludingTheLast() {
      OAuth2Client client = grants.client();
      OAuth2DeviceCodeGrant first = grants.devicePending(client, "1", "1");
      OAuth2DeviceCodeGrant second = grants.devicePending(client, "2", "2");

      CleanupResult<UUID> upToTheFirst = cleanup(Optional.empty(), first.id(), 10);
      CleanupResult<UUID> afterTheSecond = cleanup(Optional.of(second.id()), second.id(), 10);

      assertThat(upToTheFirst).isEqualTo(new CleanupResult<>(1, Optional.of(first.id())));
      assertThat(afterTheSecond).isEqualTo(new CleanupResult<>(0, Optional.empty()));
      assertThat(grants.stored(second)).contains(second);
    }

    @Test
    void refusesAnEndInTheFuture() {
      UUID future = Ids.minAt(store.clock().instant().plus(Duration.ofSeconds(1)));

      assertThat(
              store.refusal(
                  repo -> repo.oauth2DeviceCodeGrants().cleanup(Optional.empty(), future, 1)))
          .isInstanceOf(InvalidInputException.class);
    }

    @Test
    void refusesALimitBelowOne() {
      UUID until = Ids.maxAt(store.clock().instant().minusMillis(1));

      assertThat(
              store.refusal(
                  repo -> repo.oauth2DeviceCodeGrants().cleanup(Optional.empty(), until, 0)))
          .isInstanceOf(InvalidInputException.class);
    }

    private CleanupResult<UUID> cleanup(Optional<UUID> since, UUID until, int limit) {
      return store.write(repo -> repo.oauth2DeviceCodeGrants().cleanup(since, until, limit));
    }
  }
}
