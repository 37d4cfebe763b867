package dev.authstore.storage.pg.oauth2;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Pkce;
import dev.authstore.model.oauth2.CodeRequest;
import dev.authstore.model.oauth2.OAuth2AuthorizationGrant;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2DeviceCodeGrant;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.oauth2.CodeExchange;
import dev.authstore.storage.oauth2.DevicePoll;
import dev.authstore.storage.oauth2.NewTokens;
import dev.authstore.storage.oauth2.PresentedCode;
import dev.authstore.storage.pg.OAuth2Fixture;
import dev.authstore.storage.pg.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;

/** What the tests of grants have in common. */
final class Grants {
  static final String CODE = "authorization code";
  static final String DEVICE_CODE = "device code";
  static final String USER_CODE = "ABC234";
  static final String VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  static final Pkce S256 = new Pkce(Pkce.Method.S256, Pkce.Method.S256.challenge(VERIFIER));
  static final Pkce PLAIN = new Pkce(Pkce.Method.PLAIN, VERIFIER);

  private final Store store;
  private int serial;

  Grants(Store store) {
    this.store = store;
  }

  /** The time as the database keeps it. */
  Instant now() {
    return store.now();
  }

  OAuth2Client client() {
    return OAuth2Fixture.client(store);
  }

  OAuth2Session session(OAuth2Client client) {
    return OAuth2Fixture.session(store, client);
  }

  User user() {
    serial++;
    return store.write(repo -> repo.users().add("user " + serial));
  }

  BrowserSession browser(User user) {
    return store.write(repo -> repo.browserSessions().add(user, Optional.of("browser")));
  }

  /** In which somebody is logged in. */
  BrowserSession browser() {
    return browser(user());
  }

  /** A request for a code without challenge. */
  OAuth2AuthorizationGrant pending(OAuth2Client client) {
    return pending(client, Optional.empty());
  }

  OAuth2AuthorizationGrant pending(OAuth2Client client, Optional<Pkce> pkce) {
    return store.write(
        repo ->
            repo.oauth2AuthorizationGrants()
                .add(client, OAuth2Fixture.request(Optional.of(new CodeRequest(pkce)))));
  }

  OAuth2AuthorizationGrant fulfilled(
      OAuth2AuthorizationGrant pending, BrowserSession browser, String code) {
    return store.write(
        repo -> repo.oauth2AuthorizationGrants().fulfill(pending, browser, Optional.of(code)));
  }

  /** An approved request with {@link #CODE}. */
  OAuth2AuthorizationGrant fulfilled(OAuth2Client client, BrowserSession browser) {
    return fulfilled(pending(client), browser, CODE);
  }

  OAuth2AuthorizationGrant fulfilled(OAuth2Client client, Pkce pkce) {
    return fulfilled(pending(client, Optional.of(pkce)), browser(), CODE);
  }

  OAuth2AuthorizationGrant exchanged(OAuth2AuthorizationGrant fulfilled, OAuth2Session session) {
    return store.write(repo -> repo.oauth2AuthorizationGrants().exchange(fulfilled, session));
  }

  OAuth2AuthorizationGrant cancelled(OAuth2AuthorizationGrant pending) {
    return store.write(repo -> repo.oauth2AuthorizationGrants().cancel(pending));
  }

  Optional<OAuth2AuthorizationGrant> stored(OAuth2AuthorizationGrant grant) {
    return store.read(repo -> repo.oauth2AuthorizationGrants().lookup(grant.id()));
  }

  /** A request with {@link #DEVICE_CODE}. */
  OAuth2DeviceCodeGrant devicePending(OAuth2Client client) {
    return devicePending(client, DEVICE_CODE, USER_CODE);
  }

  OAuth2DeviceCodeGrant devicePending(OAuth2Client client, String deviceCode, String userCode) {
    return store.write(
        repo ->
            repo.oauth2DeviceCodeGrants()
                .add(client, OAuth2Fixture.deviceRequest(deviceCode, userCode)));
  }

  OAuth2DeviceCodeGrant deviceFulfilled(OAuth2Client client, BrowserSession browser) {
    return deviceFulfilled(devicePending(client), browser);
  }

  OAuth2DeviceCodeGrant deviceFulfilled(OAuth2DeviceCodeGrant pending, BrowserSession browser) {
    return store.write(
        repo -> repo.oauth2DeviceCodeGrants().fulfill(pending, browser, Optional.empty()));
  }

  OAuth2DeviceCodeGrant deviceRejected(OAuth2DeviceCodeGrant pending, BrowserSession browser) {
    return store.write(repo -> repo.oauth2DeviceCodeGrants().reject(pending, browser));
  }

  OAuth2DeviceCodeGrant deviceExchanged(OAuth2DeviceCodeGrant fulfilled, OAuth2Session session) {
    return store.write(repo -> repo.oauth2DeviceCodeGrants().exchange(fulfilled, session));
  }

  Optional<OAuth2DeviceCodeGrant> stored(OAuth2DeviceCodeGrant grant) {
    return store.read(repo -> repo.oauth2DeviceCodeGrants().lookup(grant.id()));
  }

  /** New tokens, told apart by a number. */
  static NewTokens tokens(int number) {
    return new NewTokens(
        "access token " + number,
        Optional.of(Duration.ofMinutes(5)),
        Optional.of("refresh token " + number));
  }

  static PresentedCode presented(String code) {
    return new PresentedCode(code, Optional.empty(), Optional.empty());
  }

  static PresentedCode withVerifier(String verifier) {
    return new PresentedCode(CODE, Optional.empty(), Optional.of(verifier));
  }

  /** Exchanges {@link #CODE}. */
  CodeExchange exchange(OAuth2Client client) {
    return exchange(client, presented(CODE));
  }

  CodeExchange exchange(OAuth2Client client, PresentedCode code) {
    serial++;
    int number = serial;
    return store.write(repo -> exchange(repo, client, code, number));
  }

  static CodeExchange exchange(
      RepositoryAccess repo, OAuth2Client client, PresentedCode code, int number) {
    return repo.oauth2AuthorizationGrants()
        .exchangeCode(client, code, tokens(number), Optional.of("agent " + number));
  }

  /** Polls with {@link #DEVICE_CODE}. */
  DevicePoll poll(OAuth2Client client) {
    serial++;
    int number = serial;
    return store.write(repo -> poll(repo, client, number));
  }

  static DevicePoll poll(RepositoryAccess repo, OAuth2Client client, int number) {
    return repo.oauth2DeviceCodeGrants()
        .poll(client, DEVICE_CODE, tokens(number), Optional.of("agent " + number));
  }

  /** Why an exchange is refused; the reason and nothing else has come of it. */
  static CodeExchange.Reason reason(CodeExchange exchange) {
    assertThat(exchange).isInstanceOf(CodeExchange.Refused.class);
    return ((CodeExchange.Refused) exchange).reason();
  }

  /** How many sessions, access tokens and refresh tokens are stored, for whomever. */
  List<Integer> sessionsAndTokens() {
    return List.of(
        count("oauth2_sessions"), count("oauth2_access_tokens"), count("oauth2_refresh_tokens"));
  }

  /** All that is stored of a grant. */
  List<String> row(String table) {
    return store.select("SELECT t::text FROM " + table + " t ORDER BY id");
  }

  private int count(String table) {
    return store.select("SELECT id FROM " + table).size();
  }

  static <T> T get(Future<T> future) throws Exception {
    return future.get(20, SECONDS);
  }

  /** That one contender has won, and that the others were told so. */
  static void assertOneWinner(List<?> winners, List<Throwable> losers, StateReason... reasons) {
    assertThat(winners).hasSize(1);
    assertRefused(losers, reasons);
  }

  static void assertRefused(List<Throwable> losers, StateReason... reasons) {
    assertThat(losers)
        .allSatisfy(
            loser ->
                assertThat(loser)
                    .isInstanceOfSatisfying(
                        InvalidStateException.class,
                        refusal -> assertThat(refusal.reason()).isIn((Object[]) reasons)));
  }
}
