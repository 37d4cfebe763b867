package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.oauth2.Grants.CODE;
import static dev.authstore.storage.pg.oauth2.Grants.VERIFIER;
import static dev.authstore.storage.pg.oauth2.Grants.presented;
import static dev.authstore.storage.pg.oauth2.Grants.reason;
import static dev.authstore.storage.pg.oauth2.Grants.withVerifier;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.oauth2.OAuth2AuthorizationGrant;
import dev.authstore.model.oauth2.OAuth2AuthorizationGrantStage;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2SessionStage;
import dev.authstore.model.user.Authentication;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.Password;
import dev.authstore.storage.ConstraintViolationException;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.oauth2.CodeExchange;
import dev.authstore.storage.oauth2.CodeExchange.Reason;
import dev.authstore.storage.oauth2.Introspection;
import dev.authstore.storage.oauth2.NewTokens;
import dev.authstore.storage.oauth2.PresentedCode;
import dev.authstore.storage.oauth2.RefreshIntrospection;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A code for a session and its tokens, in one statement. */
class CodeExchangeRepositoryTest {
  private static final String GRANTS = "oauth2_authorization_grants";
  private static final Duration LIFETIME = Duration.ofMinutes(10);
  private static final Duration MICROSECOND = Duration.ofNanos(1000);

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final Grants grants = new Grants(store);

  @Nested
  class Exchanged {
    @Test
    void givesTheSessionWhatWasApproved() {
      OAuth2Client client = grants.client();
      BrowserSession browser = grants.browser();
      OAuth2AuthorizationGrant grant = grants.fulfilled(client, browser);
      store.clock().advance(Duration.ofMinutes(1));

      CodeExchange.Exchanged exchanged = success(grants.exchange(client));

      assertThat(exchanged.session().clientId()).isEqualTo(client.id());
      assertThat(exchanged.session().userId()).contains(browser.user().id());
      assertThat(exchanged.session().browserSessionId()).contains(browser.id());
      assertThat(exchanged.session().scope()).isEqualTo(grant.scope());
      assertThat(exchanged.session().userAgent().orElseThrow()).startsWith("agent ");
      assertThat(exchanged.session().createdAt()).isEqualTo(grants.now());
      assertThat(exchanged.session().stage()).isEqualTo(new OAuth2SessionStage.Valid());
    }

    @Test
    void showsTheGrantAsItIsStored() {
      OAuth2Client client = grants.client();
      OAuth2AuthorizationGrant grant = grants.fulfilled(client, grants.browser());
      store.clock().advance(Duration.ofMinutes(1));

      CodeExchange.Exchanged exchanged = success(grants.exchange(client));

      assertThat(exchanged.grant().stage())
          .isEqualTo(
              new OAuth2AuthorizationGrantStage.Exchanged(
                  exchanged.session().id(), grant.fulfilledAt().orElseThrow(), grants.now()));
      assertThat(grants.stored(grant)).contains(exchanged.grant());
    }

    @Test
    void storesBothTokensForTheirTime() {
      OAuth2Client client = grants.client();
      grants.fulfilled(client, grants.browser());

      CodeExchange.Exchanged exchanged = success(grants.exchange(client));

      assertThat(exchanged.accessToken().sessionId()).isEqualTo(exchanged.session().id());
      assertThat(exchanged.accessToken().expiresAt())
          .contains(grants.now().plus(Duration.ofMinutes(5)));
      assertThat(exchanged.accessToken().isUsed()).isFalse();
      assertThat(exchanged.refreshToken().orElseThrow().sessionId())
          .isEqualTo(exchanged.session().id());
      assertThat(exchanged.refreshToken().orElseThrow().accessTokenId())
          .contains(exchanged.accessToken().id());
      assertThat(grants.sessionsAndTokens()).containsExactly(1, 1, 1);
    }

    @Test
    void storesNoRefreshTokenUnlessThereIsOne() {
      OAuth2Client client = grants.client();
      grants.fulfilled(client, grants.browser());
      NewTokens tokens = new NewTokens("access token", Optional.empty(), Optional.empty());

      CodeExchange.Exchanged exchanged =
          success(
              store.write(
                  repo ->
                      repo.oauth2AuthorizationGrants()
                          .exchangeCode(client, presented(CODE), tokens, Optional.empty())));

      assertThat(exchanged.refreshToken()).isEmpty();
      assertThat(exchanged.accessToken().expiresAt()).isEmpty();
      assertThat(exchanged.session().userAgent()).isEmpty();
      assertThat(grants.sessionsAndTokens()).containsExactly(1, 1, 0);
    }

    @Test
    void showsTheBrowserSessionWithItsLastAuthentication() {
      OAuth2Client client = grants.client();
      BrowserSession browser = grants.browser();
      Password password =
          store.write(
              repo -> repo.userPasswords().add(browser.user(), 1, "hash", Optional.empty()));
      store.run(repo -> repo.browserSessions().authenticateWithPassword(browser, password));
      store.clock().advance(Duration.ofSeconds(1));
      Authentication last =
          store.write(repo -> repo.browserSessions().authenticateWithPassword(browser, password));
      grants.fulfilled(client, browser);

      CodeExchange.Exchanged exchanged = success(grants.exchange(client));

      assertThat(exchanged.browserSession()).isEqualTo(browser);
      assertThat(exchanged.lastAuthentication()).contains(last);
    }

    @Test
    void needsNoAuthentication() {
      OAuth2Client client = grants.client();
      grants.fulfilled(client, grants.browser());

      CodeExchange.Exchanged exchanged = success(grants.exchange(client));

      assertThat(exchanged.lastAuthentication()).isEmpty();
    }

    @Test
    void acceptsTheRedirectUriOfTheRequest() {
      OAuth2Client client = grants.client();
      OAuth2AuthorizationGrant grant = grants.fulfilled(client, grants.browser());

      CodeExchange exchange = grants.exchange(client, withRedirectUri(grant.redirectUri()));

      assertThat(exchange).isInstanceOf(CodeExchange.Exchanged.class);
    }

    @Test
    void acceptsACodeUntilItExpires() {
      OAuth2Client client = grants.client();
      grants.fulfilled(client, grants.browser());
      store.clock().advance(LIFETIME.minus(MICROSECOND));

      CodeExchange exchange = grants.exchange(client);

      assertThat(exchange).isInstanceOf(CodeExchange.Exchanged.class);
    }

    @Test
    void acceptsTheVerifierOfAPlainChallenge() {
      OAuth2Client client = grants.client();
      grants.fulfilled(client, Grants.PLAIN);

      CodeExchange exchange = grants.exchange(client, withVerifier(VERIFIER));

      assertThat(exchange).isInstanceOf(CodeExchange.Exchanged.class);
    }

    @Test
    void acceptsTheVerifierOfAHashedChallenge() {
      OAuth2Client client = grants.client();
      grants.fulfilled(client, Grants.S256);

      CodeExchange exchange = grants.exchange(client, withVerifier(VERIFIER));

      assertThat(exchange).isInstanceOf(CodeExchange.Exchanged.class);
    }
  }

  @Nested
  class Refused {
    @Test
    void tellsAnUnknownCode() {
      OAuth2Client client = grants.client();
      grants.fulfilled(client, grants.browser());

      CodeExchange exchange = grants.exchange(client, presented("another code"));

      assertThat(exchange)
          .isEqualTo(new CodeExchange.Refused(Reason.UNKNOWN_CODE, Optional.empty()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\0", "\ud800"})
    void knowsNoCodeThatCannotBeStored(String code) {
      OAuth2Client client = grants.client();
      store.statements();

      CodeExchange exchange = grants.exchange(client, presented(code));

      assertThat(reason(exchange)).isEqualTo(Reason.UNKNOWN_CODE);
      assertThat(store.statements()).isEmpty();
    }

    @Test
    void tellsTheClientOfAnotherNothing() {
      OAuth2Client client = grants.client();
      OAuth2Client other = grants.client();
      grants.fulfilled(client, grants.browser());
      List<String> before = grants.row(GRANTS);

      CodeExchange exchange = grants.exchange(other);

      assertThat(exchange)
          .isEqualTo(new CodeExchange.Refused(Reason.UNKNOWN_CODE, Optional.empty()));
      assertThat(grants.row(GRANTS)).isEqualTo(before);
      assertThat(grants.exchange(client)).isInstanceOf(CodeExchange.Exchanged.class);
    }

    @Test
    void tellsTheClientOfAnotherNothingOfAnExchangeEither() {
      OAuth2Client client = grants.client();
      OAuth2Client other = grants.client();
      grants.fulfilled(client, grants.browser());
      grants.exchange(client);
      store.clock().advance(Duration.ofHours(1));

      CodeExchange exchange = grants.exchange(other);

      assertThat(reason(exchange)).isEqualTo(Reason.UNKNOWN_CODE);
      assertThat(store.select("SELECT id FROM oauth2_sessions WHERE finished_at IS NULL"))
          .hasSize(1);
    }

    @Test
    void tellsAReplayAndTheSessionThatMustEnd() {
      OAuth2Client client = grants.client();
      grants.fulfilled(client, grants.browser());
      CodeExchange.Exchanged first = success(grants.exchange(client));
      store.clock().advance(Duration.ofHours(1));

      CodeExchange second = grants.exchange(client);

      assertThat(second)
          .isEqualTo(
              new CodeExchange.Refused(Reason.ALREADY_EXCHANGED, Optional.of(first.grant())));
      assertThat(grants.sessionsAndTokens()).containsExactly(1, 1, 1);
    }

    @Test
    void namesTheSessionWhoseEndMakesEveryTokenOfTheCodeInactive() {
      Tokens tokens = new Tokens(store);
      OAuth2Client client = grants.client();
      grants.fulfilled(client, grants.browser());
      NewTokens first = Tokens.pair();
      store.run(
          repo ->
              repo.oauth2AuthorizationGrants()
                  .exchangeCode(client, presented(CODE), first, Optional.empty()));
      NewTokens next = Tokens.pair();
      Tokens.rotated(tokens.rotate(client, Tokens.refreshText(first), next));
      tokens.assertActive(next.accessToken());
      tokens.assertRefreshActive(Tokens.refreshText(next));

      boolean ended =
          store.write(
              repo -> {
                CodeExchange replay = Grants.exchange(repo, client, presented(CODE), 1);
                return repo.oauth2Sessions().finishIfActive(replayedSession(replay));
              });

      assertThat(ended).isTrue();
      tokens.assertInactive(first.accessToken(), Introspection.Reason.REVOKED);
      tokens.assertRefreshInactive(Tokens.refreshText(first), RefreshIntrospection.Reason.CONSUMED);
      tokens.assertInactive(next.accessToken(), Introspection.Reason.SESSION_FINISHED);
      tokens.assertRefreshInactive(
          Tokens.refreshText(next), RefreshIntrospection.Reason.SESSION_FINISHED);
    }

    @Test
    void tellsAnExpiredCode() {
      OAuth2Client client = grants.client();
      OAuth2AuthorizationGrant grant = grants.fulfilled(client, grants.browser());
      store.clock().advance(LIFETIME);

      CodeExchange exchange = grants.exchange(client);

      assertThat(exchange).isEqualTo(new CodeExchange.Refused(Reason.EXPIRED, Optional.of(grant)));
      assertThat(grants.sessionsAndTokens()).containsExactly(0, 0, 0);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "https://canary.example.com/callback/",
          "https://canary.example.com/Callback",
          "https://canary.example.com/callback?a",
          "http://canary.example.com/callback"
        })
    void tellsAnotherRedirectUri(String uri) {
      OAuth2Client client = grants.client();
      grants.fulfilled(client, grants.browser());

      CodeExchange exchange = grants.exchange(client, withRedirectUri(URI.create(uri)));

      assertThat(reason(exchange)).isEqualTo(Reason.REDIRECT_URI_MISMATCH);
      assertThat(grants.exchange(client)).isInstanceOf(CodeExchange.Exchanged.class);
    }

    @Test
    void tellsAMissingVerifier() {
      OAuth2Client client = grants.client();
      grants.fulfilled(client, Grants.S256);

      CodeExchange exchange = grants.exchange(client);

      assertThat(reason(exchange)).isEqualTo(Reason.VERIFIER_MISSING);
      assertThat(grants.exchange(client, withVerifier(VERIFIER)))
          .isInstanceOf(CodeExchange.Exchanged.class);
    }

    @Test
    void tellsAVerifierThatNobodyAskedFor() {
      OAuth2Client client = grants.client();
      grants.fulfilled(client, grants.browser());

      CodeExchange exchange = grants.exchange(client, withVerifier(VERIFIER));

      assertThat(reason(exchange)).isEqualTo(Reason.VERIFIER_UNEXPECTED);
      assertThat(grants.exchange(client)).isInstanceOf(CodeExchange.Exchanged.class);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "",
          "\0",
          "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjX",
          "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk ",
          "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl",
          "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        })
    void tellsAWrongVerifierWithoutBurningTheCode(String verifier) {
      OAuth2Client client = grants.client();
      grants.fulfilled(client, Grants.S256);

      CodeExchange exchange = grants.exchange(client, withVerifier(verifier));

      assertThat(reason(exchange)).isEqualTo(Reason.VERIFIER_INVALID);
      assertThat(grants.sessionsAndTokens()).containsExactly(0, 0, 0);
      assertThat(grants.exchange(client, withVerifier(VERIFIER)))
          .isInstanceOf(CodeExchange.Exchanged.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {42, 43, 128, 129})
    void tellsAWrongVerifierOfAPlainChallenge(int length) {
      OAuth2Client client = grants.client();
      grants.fulfilled(client, Grants.PLAIN);

      CodeExchange exchange = grants.exchange(client, withVerifier("a".repeat(length)));

      assertThat(reason(exchange)).isEqualTo(Reason.VERIFIER_INVALID);
      assertThat(grants.exchange(client, withVerifier(VERIFIER)))
          .isInstanceOf(CodeExchange.Exchanged.class);
    }

    @Test
    void tellsAFinishedBrowserSession() {
      OAuth2Client client = grants.client();
      BrowserSession browser = grants.browser();
      OAuth2AuthorizationGrant grant = grants.fulfilled(client, browser);
      store.run(repo -> repo.browserSessions().finish(browser));

      CodeExchange exchange = grants.exchange(client);

      assertThat(exchange)
          .isEqualTo(new CodeExchange.Refused(Reason.BROWSER_SESSION_ENDED, Optional.of(grant)));
      assertThat(grants.stored(grant)).contains(grant);
      assertThat(grants.sessionsAndTokens()).containsExactly(0, 0, 0);
    }

    @Test
    void tellsALockedUserUntilThatIsUnlocked() {
      OAuth2Client client = grants.client();
      BrowserSession browser = grants.browser();
      grants.fulfilled(client, browser);
      store.run(repo -> repo.users().lock(browser.user()));

      CodeExchange exchange = grants.exchange(client);

      assertThat(reason(exchange)).isEqualTo(Reason.BROWSER_SESSION_ENDED);
      assertThat(grants.sessionsAndTokens()).containsExactly(0, 0, 0);
      store.run(repo -> repo.users().unlock(browser.user()));
      assertThat(grants.exchange(client)).isInstanceOf(CodeExchange.Exchanged.class);
    }

    @Test
    void tellsADeactivatedUser() {
      OAuth2Client client = grants.client();
      BrowserSession browser = grants.browser();
      OAuth2AuthorizationGrant grant = grants.fulfilled(client, browser);
      store.run(repo -> repo.users().deactivate(browser.user()));

      CodeExchange exchange = grants.exchange(client);

      assertThat(reason(exchange)).isEqualTo(Reason.BROWSER_SESSION_ENDED);
      assertThat(grants.stored(grant)).contains(grant);
      assertThat(grants.sessionsAndTokens()).containsExactly(0, 0, 0);
    }

    @Test
    void tellsTheFirstReasonOfSeveral() {
      OAuth2Client client = grants.client();
      BrowserSession browser = grants.browser();
      grants.fulfilled(grants.pending(client, Optional.of(Grants.S256)), browser, CODE);
      store.run(repo -> repo.browserSessions().finish(browser));
      URI other = URI.create("https://other.example.com/");

      Reason withOtherUri =
          reason(
              grants.exchange(
                  client, new PresentedCode(CODE, Optional.of(other), Optional.of("short"))));
      Reason withoutVerifier = reason(grants.exchange(client));
      Reason withWrongVerifier = reason(grants.exchange(client, withVerifier("short")));
      Reason withVerifier = reason(grants.exchange(client, withVerifier(VERIFIER)));
      store.clock().advance(LIFETIME);
      Reason tooLate = reason(grants.exchange(client, withRedirectUri(other)));

      assertThat(List.of(withOtherUri, withoutVerifier, withWrongVerifier, withVerifier, tooLate))
          .containsExactly(
              Reason.REDIRECT_URI_MISMATCH,
              Reason.VERIFIER_MISSING,
              Reason.VERIFIER_INVALID,
              Reason.BROWSER_SESSION_ENDED,
              Reason.EXPIRED);
    }

    @Test
    void saysExchangedBeforeExpired() {
      OAuth2Client client = grants.client();
      grants.fulfilled(client, grants.browser());
      grants.exchange(client);
      store.clock().advance(LIFETIME);

      CodeExchange exchange = grants.exchange(client);

      assertThat(reason(exchange)).isEqualTo(Reason.ALREADY_EXCHANGED);
    }

    @Test
    void leavesTheUnitOfWorkUsable() {
      OAuth2Client client = grants.client();
      grants.fulfilled(client, grants.browser());

      CodeExchange second =
          store.write(
              repo -> {
                Grants.exchange(repo, client, presented("another code"), 1);
                return Grants.exchange(repo, client, presented(CODE), 2);
              });

      assertThat(second).isInstanceOf(CodeExchange.Exchanged.class);
    }
  }

  @Nested
  class TokenThatExists {
    @Test
    void failsTheExchangeWithoutBurningTheCode() {
      OAuth2Client client = grants.client();
      grants.fulfilled(grants.pending(client), grants.browser(), "first");
      grants.fulfilled(grants.pending(client), grants.browser(), CODE);
      store.run(repo -> Grants.exchange(repo, client, presented("first"), 7));

      Throwable failure =
          Assertions.catchThrowable(
              () -> store.run(repo -> Grants.exchange(repo, client, presented(CODE), 7)));

      assertThat(failure)
          .isInstanceOfSatisfying(
              ConstraintViolationException.class,
              violation ->
                  assertThat(violation.constraint())
                      .contains("oauth2_access_tokens_token_digest_key"))
          .extracting(thrown -> ((StorageException) thrown).abortsUnitOfWork())
          .isEqualTo(true);
      assertThat(grants.sessionsAndTokens()).containsExactly(1, 1, 1);
      assertThat(grants.exchange(client)).isInstanceOf(CodeExchange.Exchanged.class);
    }
  }

  private static CodeExchange.Exchanged success(CodeExchange exchange) {
    assertThat(exchange).isInstanceOf(CodeExchange.Exchanged.class);
    return (CodeExchange.Exchanged) exchange;
  }

  /** Of the grant whose code comes a second time. */
  private static UUID replayedSession(CodeExchange exchange) {
    assertThat(reason(exchange)).isEqualTo(Reason.ALREADY_EXCHANGED);
    OAuth2AuthorizationGrant grant = ((CodeExchange.Refused) exchange).grant().orElseThrow();
    return ((OAuth2AuthorizationGrantStage.Exchanged) grant.stage()).sessionId();
  }

  private static PresentedCode withRedirectUri(URI uri) {
    return new PresentedCode(CODE, Optional.of(uri), Optional.empty());
  }
}
