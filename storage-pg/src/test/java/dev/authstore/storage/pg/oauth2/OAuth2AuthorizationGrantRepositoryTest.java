package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.oauth2.Grants.CODE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Ids;
import dev.authstore.model.Pkce;
import dev.authstore.model.ResponseMode;
import dev.authstore.model.Scope;
import dev.authstore.model.oauth2.CodeRequest;
import dev.authstore.model.oauth2.OAuth2AuthorizationGrant;
import dev.authstore.model.oauth2.OAuth2AuthorizationGrantStage;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.oauth2.AuthorizationGrantParams;
import dev.authstore.storage.oauth2.AuthorizationGrantWithClient;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.pg.OAuth2Fixture;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class OAuth2AuthorizationGrantRepositoryTest {
  private static final String GRANTS = "oauth2_authorization_grants";

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final Grants grants = new Grants(store);

  @Nested
  class Lookup {
    @Test
    void findsNothingUnderAnotherId() {
      grants.pending(grants.client());

      Optional<OAuth2AuthorizationGrant> found =
          store.read(repo -> repo.oauth2AuthorizationGrants().lookup(new UUID(1, 2)));

      assertThat(found).isEmpty();
    }

    @Test
    void bringsTheClientAlong() {
      OAuth2Client client = grants.client();
      OAuth2AuthorizationGrant grant = grants.pending(client);

      Optional<AuthorizationGrantWithClient> found =
          store.read(repo -> repo.oauth2AuthorizationGrants().lookupWithClient(grant.id()));

      assertThat(found).contains(new AuthorizationGrantWithClient(grant, client));
    }

    @Test
    void bringsNothingAlongUnderAnotherId() {
      Optional<AuthorizationGrantWithClient> found =
          store.read(repo -> repo.oauth2AuthorizationGrants().lookupWithClient(new UUID(1, 2)));

      assertThat(found).isEmpty();
    }
  }

  @Nested
  class FindByCode {
    @Test
    void findsAnApprovedRequestAlsoWhenItIsExpired() {
      OAuth2AuthorizationGrant grant = grants.fulfilled(grants.client(), grants.browser());
      store.clock().advance(Duration.ofHours(1));

      assertThat(find(CODE)).contains(grant);
    }

    @Test
    void findsAnExchangedOne() {
      OAuth2Client client = grants.client();
      OAuth2AuthorizationGrant grant =
          grants.exchanged(grants.fulfilled(client, grants.browser()), grants.session(client));

      assertThat(find(CODE)).contains(grant);
    }

    @ParameterizedTest
    @ValueSource(strings = {"another code", "Authorization code", "", "\0", "\ud800"})
    void findsNothingByAnythingElse(String code) {
      grants.fulfilled(grants.client(), grants.browser());

      assertThat(find(code)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\0", "\ud800"})
    void sendsNothingForWhatCannotBeStored(String code) {
      store.statements();

      find(code);

      assertThat(store.statements()).isEmpty();
    }

    private Optional<OAuth2AuthorizationGrant> find(String code) {
      return store.read(repo -> repo.oauth2AuthorizationGrants().findByCode(code));
    }
  }

  @Nested
  class Add {
    @ParameterizedTest
    @EnumSource(ResponseMode.class)
    void storesWhatItIsGiven(ResponseMode mode) {
      OAuth2Client client = grants.client();
      Scope scope = Scope.of("openid", "urn:matrix:client:device:ABC");
      CodeRequest code = new CodeRequest(Optional.of(new Pkce(Pkce.Method.PLAIN, "a".repeat(128))));
      AuthorizationGrantParams params =
          new AuthorizationGrantParams(
              URI.create("org.example:/callback?a=%20"),
              scope,
              Optional.of(code),
              Optional.of("state ✓"),
              Optional.of("nonce"),
              mode,
              true,
              Optional.of("mxid:@alice:example.com"),
              Optional.of("de-CH"),
              Map.of("b", "2", "a", "", "", "no name"));

      OAuth2AuthorizationGrant grant = add(client, params);

      assertThat(grant)
          .isEqualTo(
              new OAuth2AuthorizationGrant(
                  grant.id(),
                  client.id(),
                  params.redirectUri(),
                  scope,
                  params.code(),
                  params.state(),
                  params.nonce(),
                  mode,
                  true,
                  params.loginHint(),
                  params.locale(),
                  params.rawParameters(),
                  grants.now(),
                  new OAuth2AuthorizationGrantStage.Pending()));
      assertThat(grants.stored(grant)).contains(grant);
    }

    @Test
    void needsNothingThatIsOptional() {
      OAuth2Client client = grants.client();

      OAuth2AuthorizationGrant grant = add(client, bare());

      assertThat(grant.code()).isEmpty();
      assertThat(grant.rawParameters()).isEmpty();
      assertThat(grant.scope()).isEqualTo(Scope.EMPTY);
      assertThat(grants.stored(grant)).contains(grant);
    }

    @Test
    void keepsAChallengeByEitherMethod() {
      OAuth2Client client = grants.client();

      OAuth2AuthorizationGrant plain = grants.pending(client, Optional.of(Grants.PLAIN));
      OAuth2AuthorizationGrant hashed = grants.pending(client, Optional.of(Grants.S256));

      assertThat(grants.stored(plain).orElseThrow().code())
          .contains(new CodeRequest(Optional.of(Grants.PLAIN)));
      assertThat(grants.stored(hashed).orElseThrow().code())
          .contains(new CodeRequest(Optional.of(Grants.S256)));
    }

    @Test
    void refusesAClientThatIsGone() {
      OAuth2Client client = grants.client();
      store.run(repo -> repo.oauth2Clients().delete(client));

      String missing = store.missing(repo -> repo.oauth2AuthorizationGrants().add(client, bare()));

      assertThat(missing).isEqualTo("oauth2_client " + client.id());
      assertThat(grants.row(GRANTS)).isEmpty();
    }

    private OAuth2AuthorizationGrant add(OAuth2Client client, AuthorizationGrantParams params) {
      return store.write(repo -> repo.oauth2AuthorizationGrants().add(client, params));
    }

    private static AuthorizationGrantParams bare() {
      return new AuthorizationGrantParams(
          URI.create("https://example.com/"),
          Scope.EMPTY,
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          ResponseMode.FORM_POST,
          false,
          Optional.empty(),
          Optional.empty(),
          Map.of());
    }
  }

  @Nested
  class Fulfill {
    @Test
    void recordsTheBrowserSessionAndTheTime() {
      OAuth2AuthorizationGrant pending = grants.pending(grants.client());
      BrowserSession browser = grants.browser();
      store.clock().advance(Duration.ofMinutes(5));

      OAuth2AuthorizationGrant grant = grants.fulfilled(pending, browser, CODE);

      assertThat(grant.stage())
          .isEqualTo(new OAuth2AuthorizationGrantStage.Fulfilled(browser.id(), grants.now()));
      assertThat(grants.stored(pending)).contains(grant);
    }

    @Test
    void needsNoCodeIfNoneWasAskedFor() {
      OAuth2AuthorizationGrant pending = withoutCode();
      BrowserSession browser = grants.browser();

      OAuth2AuthorizationGrant grant =
          store.write(repo -> fulfill(repo, pending, browser, Optional.empty()));

      assertThat(grant.isFulfilled()).isTrue();
      assertThat(grants.stored(pending)).contains(grant);
    }

    @Test
    void refusesACodeThatNobodyAskedFor() {
      OAuth2AuthorizationGrant pending = withoutCode();
      BrowserSession browser = grants.browser();

      assertThat(store.refusal(repo -> fulfill(repo, pending, browser, Optional.of(CODE))))
          .isInstanceOf(InvalidInputException.class);
      assertThat(grants.stored(pending)).contains(pending);
    }

    @Test
    void refusesToGoWithoutTheCodeThatWasAskedFor() {
      OAuth2AuthorizationGrant pending = grants.pending(grants.client());
      BrowserSession browser = grants.browser();

      assertThat(store.refusal(repo -> fulfill(repo, pending, browser, Optional.empty())))
          .isInstanceOf(InvalidInputException.class);
      assertThat(grants.stored(pending)).contains(pending);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\0", "\ud800"})
    void refusesACodeThatCannotBeStored(String code) {
      OAuth2AuthorizationGrant pending = grants.pending(grants.client());
      BrowserSession browser = grants.browser();

      assertThat(store.refusal(repo -> fulfill(repo, pending, browser, Optional.of(code))))
          .isInstanceOf(InvalidInputException.class);
      assertThat(grants.stored(pending)).contains(pending);
    }

    @Test
    void isPossibleUntilTheRequestIsTooOld() {
      OAuth2AuthorizationGrant pending = grants.pending(grants.client());
      BrowserSession browser = grants.browser();
      store.clock().advance(Duration.ofHours(24).minusNanos(1000));

      OAuth2AuthorizationGrant grant = grants.fulfilled(pending, browser, CODE);

      assertThat(grant.isFulfilled()).isTrue();
    }

    @Test
    void refusesARequestThatIsTooOld() {
      OAuth2AuthorizationGrant pending = grants.pending(grants.client());
      BrowserSession browser = grants.browser();
      store.clock().advance(Duration.ofHours(24));

      StateReason reason = store.reason(repo -> fulfill(repo, pending, browser, Optional.of(CODE)));

      assertThat(reason).isEqualTo(StateReason.EXPIRED);
      assertThat(grants.stored(pending)).contains(pending);
    }

    @Test
    void refusesABrowserSessionThatIsGone() {
      OAuth2AuthorizationGrant pending = grants.pending(grants.client());
      BrowserSession browser = grants.browser();
      store.sql("DELETE FROM browser_sessions");

      String missing = store.missing(repo -> fulfill(repo, pending, browser, Optional.of(CODE)));

      assertThat(missing).isEqualTo("browser_session " + browser.id());
      assertThat(grants.stored(pending)).contains(pending);
    }

    @Test
    void refusesABrowserSessionThatHasEnded() {
      OAuth2AuthorizationGrant pending = grants.pending(grants.client());
      BrowserSession browser = grants.browser();
      store.run(repo -> repo.browserSessions().finish(browser));

      StateReason reason = store.reason(repo -> fulfill(repo, pending, browser, Optional.of(CODE)));

      assertThat(reason).isEqualTo(StateReason.SESSION_FINISHED);
      assertThat(grants.stored(pending)).contains(pending);
    }

    private OAuth2AuthorizationGrant withoutCode() {
      OAuth2Client client = grants.client();
      return store.write(
          repo ->
              repo.oauth2AuthorizationGrants()
                  .add(client, OAuth2Fixture.request(Optional.empty())));
    }

    private static OAuth2AuthorizationGrant fulfill(
        RepositoryAccess repo,
        OAuth2AuthorizationGrant grant,
        BrowserSession browser,
        Optional<String> code) {
      return repo.oauth2AuthorizationGrants().fulfill(grant, browser, code);
    }
  }

  @Nested
  class Cancel {
    @Test
    void recordsTheTime() {
      OAuth2AuthorizationGrant pending = grants.pending(grants.client());
      store.clock().advance(Duration.ofDays(2));

      OAuth2AuthorizationGrant grant = grants.cancelled(pending);

      assertThat(grant.stage())
          .isEqualTo(new OAuth2AuthorizationGrantStage.Cancelled(grants.now()));
      assertThat(grants.stored(pending)).contains(grant);
    }
  }

  @Nested
  class Exchange {
    @Test
    void recordsTheSessionAndTheTime() {
      OAuth2Client client = grants.client();
      OAuth2AuthorizationGrant fulfilled = grants.fulfilled(client, grants.browser());
      OAuth2Session session = grants.session(client);
      store.clock().advance(Duration.ofHours(1));

      OAuth2AuthorizationGrant grant = grants.exchanged(fulfilled, session);

      assertThat(grant.stage())
          .isEqualTo(
              new OAuth2AuthorizationGrantStage.Exchanged(
                  session.id(), fulfilled.fulfilledAt().orElseThrow(), grants.now()));
      assertThat(grants.stored(grant)).contains(grant);
    }

    @Test
    void refusesASessionOfAnotherClient() {
      OAuth2AuthorizationGrant fulfilled = grants.fulfilled(grants.client(), grants.browser());
      OAuth2Session session = grants.session(grants.client());

      assertThat(
              store.refusal(repo -> repo.oauth2AuthorizationGrants().exchange(fulfilled, session)))
          .isInstanceOf(InvalidInputException.class);
      assertThat(grants.stored(fulfilled)).contains(fulfilled);
    }

    @Test
    void refusesASessionThatIsGone() {
      OAuth2Client client = grants.client();
      OAuth2AuthorizationGrant fulfilled = grants.fulfilled(client, grants.browser());
      OAuth2Session session = grants.session(client);
      store.sql("DELETE FROM oauth2_sessions");

      String missing =
          store.missing(repo -> repo.oauth2AuthorizationGrants().exchange(fulfilled, session));

      assertThat(missing).isEqualTo("oauth2_session " + session.id());
      assertThat(grants.stored(fulfilled)).contains(fulfilled);
    }
  }

  /** Each step from each stage that does not allow it, also by a record that shows another. */
  @Nested
  class OtherStages {
    @Test
    void ofAFulfilledOneAllowTheExchangeOnly() {
      OAuth2Client client = grants.client();
      OAuth2AuthorizationGrant pending = grants.pending(client);
      OAuth2AuthorizationGrant fulfilled = grants.fulfilled(pending, grants.browser(), CODE);

      for (OAuth2AuthorizationGrant shown : List.of(pending, fulfilled)) {
        assertRefused(shown, fulfil(), StateReason.ALREADY_FULFILLED);
        assertRefused(shown, OtherStages::cancel, StateReason.ALREADY_FULFILLED);
      }
    }

    @Test
    void ofAnExchangedOneAllowNothing() {
      OAuth2Client client = grants.client();
      OAuth2AuthorizationGrant pending = grants.pending(client);
      OAuth2AuthorizationGrant fulfilled = grants.fulfilled(pending, grants.browser(), CODE);
      OAuth2AuthorizationGrant exchanged = grants.exchanged(fulfilled, grants.session(client));

      for (OAuth2AuthorizationGrant shown : List.of(pending, fulfilled, exchanged)) {
        assertRefused(shown, fulfil(), StateReason.ALREADY_EXCHANGED);
        assertRefused(shown, OtherStages::cancel, StateReason.ALREADY_EXCHANGED);
        assertRefused(shown, exchange(client), StateReason.ALREADY_EXCHANGED);
      }
    }

    @Test
    void ofACancelledOneAllowNothing() {
      OAuth2Client client = grants.client();
      OAuth2AuthorizationGrant pending = grants.pending(client);
      OAuth2AuthorizationGrant cancelled = grants.cancelled(pending);

      for (OAuth2AuthorizationGrant shown : List.of(pending, cancelled)) {
        assertRefused(shown, fulfil(), StateReason.CANCELLED);
        assertRefused(shown, OtherStages::cancel, StateReason.CANCELLED);
        assertRefused(shown, exchange(client), StateReason.CANCELLED);
      }
    }

    @Test
    void ofAPendingOneAllowNoExchange() {
      OAuth2Client client = grants.client();
      OAuth2AuthorizationGrant pending = grants.pending(client);

      assertRefused(pending, exchange(client), StateReason.NOT_FULFILLED);
    }

    @Test
    void cannotBeLeftByOneThatIsGone() {
      OAuth2Client client = grants.client();
      OAuth2AuthorizationGrant pending = grants.pending(client);
      store.sql("DELETE FROM " + GRANTS);

      for (BiConsumer<RepositoryAccess, OAuth2AuthorizationGrant> step :
          List.of(fulfil(), OtherStages::cancel, exchange(client))) {
        assertThat(store.missing(repo -> step.accept(repo, pending)))
            .isEqualTo("oauth2_authorization_grant " + pending.id());
      }
    }

    private BiConsumer<RepositoryAccess, OAuth2AuthorizationGrant> fulfil() {
      BrowserSession browser = grants.browser();
      return (repo, grant) ->
          repo.oauth2AuthorizationGrants().fulfill(grant, browser, Optional.of("another code"));
    }

    private static void cancel(RepositoryAccess repo, OAuth2AuthorizationGrant grant) {
      repo.oauth2AuthorizationGrants().cancel(grant);
    }

    private BiConsumer<RepositoryAccess, OAuth2AuthorizationGrant> exchange(OAuth2Client client) {
      OAuth2Session session = grants.session(client);
      return (repo, grant) -> repo.oauth2AuthorizationGrants().exchange(grant, session);
    }

    private void assertRefused(
        OAuth2AuthorizationGrant grant,
        BiConsumer<RepositoryAccess, OAuth2AuthorizationGrant> step,
        StateReason expected) {
      List<String> before = grants.row(GRANTS);

      StateReason reason = store.reason(repo -> step.accept(repo, grant));

      assertThat(reason).isEqualTo(expected);
      assertThat(grants.row(GRANTS)).isEqualTo(before);
    }
  }

  @Nested
  class Cleanup {
    private static final Duration WEEK = Duration.ofDays(7);

    @Test
    void deletesWhatIsOldInWhateverStageInBatches() {
      OAuth2Client client = grants.client();
      List<OAuth2AuthorizationGrant> old = inAllStages(client, "old");
      store.clock().advance(Duration.ofMillis(1));
      OAuth2AuthorizationGrant young = grants.pending(client);
      store.clock().advance(WEEK.minusMillis(1));
      UUID until = Ids.maxAt(store.clock().instant().minus(WEEK));

      List<CleanupResult<UUID>> batches = batches(until);

      assertThat(batches).extracting(CleanupResult::count).containsExactly(2, 2, 0);
      assertThat(batches.get(0).cursor()).contains(old.get(1).id());
      assertThat(batches.get(1).cursor()).contains(old.get(3).id());
      assertThat(batches.get(2).cursor()).isEmpty();
      assertThat(store.select("SELECT id FROM " + GRANTS)).containsExactly(young.id().toString());
    }

    @Test
    void deletesUpToAndIncludingTheLast() {
      OAuth2Client client = grants.client();
      OAuth2AuthorizationGrant first = grants.pending(client);
      OAuth2AuthorizationGrant second = grants.pending(client);

      CleanupResult<UUID> upToTheFirst = cleanup(Optional.empty(), first.id(), 10);
      CleanupResult<UUID> afterTheSecond = cleanup(Optional.of(second.id()), second.id(), 10);

      assertThat(upToTheFirst).isEqualTo(new CleanupResult<>(1, Optional.of(first.id())));
      assertThat(afterTheSecond).isEqualTo(new CleanupResult<>(0, Optional.empty()));
      assertThat(grants.stored(second)).contains(second);
    }

    @Test
    void refusesALimitBelowOne() {
      UUID until = Ids.maxAt(store.clock().instant().minus(WEEK));

      assertThat(
              store.refusal(
                  repo -> repo.oauth2AuthorizationGrants().cleanup(Optional.empty(), until, 0)))
          .isInstanceOf(InvalidInputException.class);
    }

    @Test
    void refusesAnEndInTheFuture() {
      Instant future = store.clock().instant().plus(Duration.ofSeconds(1));

      assertThat(
              store.refusal(
                  repo ->
                      repo.oauth2AuthorizationGrants()
                          .cleanup(Optional.empty(), Ids.minAt(future), 1)))
          .isInstanceOf(InvalidInputException.class);
    }

    private List<OAuth2AuthorizationGrant> inAllStages(OAuth2Client client, String code) {
      BrowserSession browser = grants.browser();
      return List.of(
          grants.pending(client),
          grants.cancelled(grants.pending(client)),
          grants.fulfilled(grants.pending(client), browser, code + " 1"),
          grants.exchanged(
              grants.fulfilled(grants.pending(client), browser, code + " 2"),
              grants.session(client)));
    }

    private List<CleanupResult<UUID>> batches(UUID until) {
      List<CleanupResult<UUID>> batches = new ArrayList<>();
      Optional<UUID> since = Optional.empty();
      do {
        CleanupResult<UUID> batch = cleanup(since, until, 2);
        batches.add(batch);
        since = batch.cursor();
      } while (since.isPresent());
      return batches;
    }

    private CleanupResult<UUID> cleanup(Optional<UUID> since, UUID until, int limit) {
      return store.write(repo -> repo.oauth2AuthorizationGrants().cleanup(since, until, limit));
    }
  }
}
