package dev.authstore.storage.pg.oauth2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Pkce;
import dev.authstore.model.Scope;
import dev.authstore.model.oauth2.CodeRequest;
import dev.authstore.model.oauth2.OAuth2AccessToken;
import dev.authstore.model.oauth2.OAuth2AuthorizationGrant;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2DeviceCodeGrant;
import dev.authstore.model.oauth2.OAuth2RefreshToken;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.pg.OAuth2Fixture;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a creating operation of clients returns is what is read again, whatever the clock says. */
class OAuth2CreationTest {
  private static final Instant STORED = Instant.parse("2022-01-16T14:40:00.999999Z");

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  @SuppressWarnings("NullAway.Init") // set before each test
  private User john;

  @BeforeEach
  void addJohn() {
    john = store.write(repo -> repo.users().add("John"));
  }

  @Test
  void ofClients() {
    OAuth2Client client = OAuth2Fixture.client(store);

    Optional<OAuth2Client> found = store.read(repo -> repo.oauth2Clients().lookup(client.id()));

    assertThat(found).contains(client);
  }

  @Test
  void ofSessions() {
    OAuth2Client client = OAuth2Fixture.client(store);
    BrowserSession browser =
        store.write(repo -> repo.browserSessions().add(john, Optional.empty()));
    Scope scope = Scope.of("openid", "email");
    Optional<String> agent = Optional.of("agent");
    List<OAuth2Session> sessions =
        store.write(
            repo ->
                List.of(
                    repo.oauth2Sessions()
                        .add(client, Optional.of(john), Optional.empty(), scope, agent),
                    repo.oauth2Sessions().addFromBrowserSession(client, browser, scope, agent),
                    repo.oauth2Sessions()
                        .addFromClientCredentials(client, Scope.EMPTY, Optional.empty()),
                    repo.oauth2Sessions()
                        .startClientCredentials(
                            client, scope, "token", Optional.of(Duration.ofNanos(1999)), agent)
                        .session()));

    assertThat(sessions)
        .allSatisfy(
            session ->
                assertThat(
                        store.<Optional<OAuth2Session>>read(
                            repo -> repo.oauth2Sessions().lookup(session.id())))
                    .contains(session))
        .extracting(OAuth2Session::createdAt)
        .containsOnly(STORED);
  }

  @Test
  void ofAuthorizationGrants() {
    OAuth2Client client = OAuth2Fixture.client(store);
    OAuth2AuthorizationGrant grant =
        store.write(
            repo ->
                repo.oauth2AuthorizationGrants()
                    .add(client, OAuth2Fixture.request(Optional.of(new CodeRequest(pkce())))));

    Optional<OAuth2AuthorizationGrant> found =
        store.read(repo -> repo.oauth2AuthorizationGrants().lookup(grant.id()));

    assertThat(found).contains(grant);
    assertThat(grant.createdAt()).isEqualTo(STORED);
  }

  @Test
  void ofDeviceCodeGrants() {
    OAuth2Client client = OAuth2Fixture.client(store);
    OAuth2DeviceCodeGrant grant =
        store.write(
            repo ->
                repo.oauth2DeviceCodeGrants()
                    .add(client, OAuth2Fixture.deviceRequest("device code", "USER")));

    Optional<OAuth2DeviceCodeGrant> found =
        store.read(repo -> repo.oauth2DeviceCodeGrants().lookup(grant.id()));

    assertThat(found).contains(grant);
    assertThat(grant.createdAt()).isEqualTo(STORED);
  }

  @Test
  void ofTokens() {
    OAuth2Session session = OAuth2Fixture.session(store, OAuth2Fixture.client(store));
    OAuth2AccessToken with =
        store.write(
            repo ->
                repo.oauth2AccessTokens()
                    .add(session, "with", Optional.of(Duration.ofNanos(1_999))));
    OAuth2AccessToken without =
        store.write(repo -> repo.oauth2AccessTokens().add(session, "without", Optional.empty()));
    OAuth2RefreshToken refresh =
        store.write(repo -> repo.oauth2RefreshTokens().add(session, with, "refresh"));

    assertThat(
            store.<Optional<OAuth2AccessToken>>read(
                repo -> repo.oauth2AccessTokens().lookup(with.id())))
        .contains(with);
    assertThat(
            store.<Optional<OAuth2AccessToken>>read(
                repo -> repo.oauth2AccessTokens().findByToken("without")))
        .contains(without);
    assertThat(
            store.<Optional<OAuth2RefreshToken>>read(
                repo -> repo.oauth2RefreshTokens().lookup(refresh.id())))
        .contains(refresh);
    assertThat(with.createdAt()).isEqualTo(STORED);
    assertThat(with.expiresAt()).contains(STORED.plusNanos(1_000));
    assertThat(refresh.createdAt()).isEqualTo(STORED);
  }

  private static Optional<Pkce> pkce() {
    return Optional.of(new Pkce(Pkce.Method.S256, "challenge"));
  }
}
