package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Addresses;
import dev.authstore.model.Device;
import dev.authstore.model.Json;
import dev.authstore.model.Pkce;
import dev.authstore.model.Scope;
import dev.authstore.model.compat.CompatAccessToken;
import dev.authstore.model.compat.CompatRefreshToken;
import dev.authstore.model.compat.CompatSession;
import dev.authstore.model.compat.CompatSsoLogin;
import dev.authstore.model.oauth2.CodeRequest;
import dev.authstore.model.oauth2.OAuth2AccessToken;
import dev.authstore.model.oauth2.OAuth2AuthorizationGrant;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2DeviceCodeGrant;
import dev.authstore.model.oauth2.OAuth2RefreshToken;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.personal.PersonalAccessToken;
import dev.authstore.model.personal.PersonalSession;
import dev.authstore.model.personal.PersonalSessionOwner.OwnerOAuth2Client;
import dev.authstore.model.personal.PersonalSessionOwner.OwnerUser;
import dev.authstore.model.policy.PolicyData;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSession;
import dev.authstore.model.upstream.UpstreamOAuthLink;
import dev.authstore.model.upstream.UpstreamOAuthProvider;
import dev.authstore.model.user.Authentication;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.Password;
import dev.authstore.model.user.User;
import dev.authstore.model.user.UserEmail;
import dev.authstore.model.user.UserEmailAuthentication;
import dev.authstore.model.user.UserEmailAuthenticationCode;
import dev.authstore.model.user.UserRecoverySession;
import dev.authstore.model.user.UserRecoveryTicket;
import dev.authstore.model.user.UserRegistration;
import dev.authstore.model.user.UserRegistrationToken;
import dev.authstore.storage.compat.CompatSessionParams;
import dev.authstore.storage.user.LoggedIn;
import dev.authstore.testing.MutableClock;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a creating operation returns is what is read again, whatever the clock says. */
class CreationTest {
  private static final Instant STORED = Instant.parse("2022-01-16T14:40:00.999999Z");

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  @SuppressWarnings("NullAway.Init") // before each test
  private User john;

  @BeforeEach
  void addJohn() {
    john = store.write(repo -> repo.users().add("John"));
  }

  @Test
  void operationsAreAllHere() {
    Set<String> creating =
        Operations.all().stream()
            .map(Operations.Operation::name)
            .filter(name -> name.matches("[a-z0-9_]+\\.(add.*|authenticate_with.*|login|start_.*)"))
            .collect(Collectors.toSet());

    assertThat(creating)
        .containsExactlyInAnyOrder(
            "user.add",
            "user.add_if_available",
            "user_email.add",
            "user_email.add_if_unused",
            "user_email.add_authentication_for_session",
            "user_email.add_authentication_for_registration",
            "user_email.add_authentication_code",
            "user_password.add",
            "user_recovery.add_session",
            "user_recovery.add_ticket",
            "user_registration.add",
            "user_registration_token.add",
            "browser_session.add",
            "browser_session.authenticate_with_password",
            "browser_session.authenticate_with_upstream",
            "browser_session.login",
            "compat_session.add",
            "compat_sso_login.add",
            "compat_access_token.add",
            "compat_refresh_token.add",
            "oauth2_client.add",
            "oauth2_session.add",
            "oauth2_session.add_from_browser_session",
            "oauth2_session.add_from_client_credentials",
            "oauth2_session.start_client_credentials",
            "oauth2_authorization_grant.add",
            "oauth2_device_code_grant.add",
            "personal_session.add",
            "personal_access_token.add",
            "oauth2_access_token.add",
            "oauth2_refresh_token.add",
            "upstream_oauth_provider.add",
            "upstream_oauth_link.add",
            "upstream_oauth_authorization_session.add");
  }

  @Test
  void ofUsers() {
    User jim = store.write(repo -> repo.users().addIfAvailable("Jim"));

    Optional<User> first = store.read(repo -> repo.users().lookup(john.id()));
    Optional<User> second = store.read(repo -> repo.users().lookup(jim.id()));

    assertThat(first).contains(john);
    assertThat(second).contains(jim);
    assertThat(john.createdAt()).isEqualTo(STORED);
  }

  @Test
  void ofEmails() {
    UserEmail one = store.write(repo -> repo.userEmails().add(john, "One@example.com"));
    UserEmail two = store.write(repo -> repo.userEmails().addIfUnused(john, "Two@example.com"));

    Optional<UserEmail> first = store.read(repo -> repo.userEmails().lookup(one.id()));
    Optional<UserEmail> second = store.read(repo -> repo.userEmails().lookup(two.id()));

    assertThat(first).contains(one);
    assertThat(second).contains(two);
    assertThat(one.createdAt()).isEqualTo(STORED);
  }

  @Test
  void ofEmailAuthentications() {
    BrowserSession session =
        store.write(repo -> repo.browserSessions().add(john, Optional.empty()));
    UserRegistration registration =
        store.write(
            repo ->
                repo.userRegistrations()
                    .add("jim", Optional.empty(), Optional.empty(), Optional.empty()));
    UserEmailAuthentication one =
        store.write(repo -> repo.userEmails().addAuthenticationForSession(session, "One@a"));
    UserEmailAuthentication two =
        store.write(
            repo -> repo.userEmails().addAuthenticationForRegistration(registration, "Two@a"));

    Optional<UserEmailAuthentication> first =
        store.read(repo -> repo.userEmails().lookupAuthentication(one.id()));
    Optional<UserEmailAuthentication> second =
        store.read(repo -> repo.userEmails().lookupAuthentication(two.id()));

    assertThat(first).contains(one);
    assertThat(second).contains(two);
    assertThat(one.createdAt()).isEqualTo(STORED);
    assertThat(two.createdAt()).isEqualTo(STORED);
  }

  @Test
  void ofEmailAuthenticationCodes() {
    BrowserSession session =
        store.write(repo -> repo.browserSessions().add(john, Optional.empty()));
    UserEmailAuthentication authentication =
        store.write(repo -> repo.userEmails().addAuthenticationForSession(session, "John@a"));
    UserEmailAuthenticationCode code =
        store.write(
            repo ->
                repo.userEmails()
                    .addAuthenticationCode(authentication, "123456", Duration.ofNanos(1999)));

    Optional<UserEmailAuthenticationCode> found =
        store.read(repo -> repo.userEmails().findAuthenticationCode(authentication, "123456"));

    assertThat(found).contains(code);
    assertThat(code.createdAt()).isEqualTo(STORED);
    assertThat(code.expiresAt()).isEqualTo(STORED.plusNanos(1000));
  }

  @Test
  void ofPasswords() {
    Password one = password(Optional.empty());
    Password two = password(Optional.of(one));

    Optional<Password> active = store.read(repo -> repo.userPasswords().active(john));

    assertThat(active).contains(two);
    assertThat(two.createdAt()).isEqualTo(STORED);
    assertThat(two.upgradedFromId()).contains(one.id());
  }

  @Test
  void ofRecovery() {
    UserEmail email = store.write(repo -> repo.userEmails().add(john, "john@example.com"));
    UserRecoverySession session =
        store.write(
            repo ->
                repo.userRecovery().addSession("john@example.com", "UA", Optional.empty(), "en"));
    UserRecoveryTicket ticket =
        store.write(repo -> repo.userRecovery().addTicket(session, email, "secret"));

    assertThat(
            store.<Optional<UserRecoverySession>>read(
                repo -> repo.userRecovery().lookupSession(session.id())))
        .contains(session);
    assertThat(
            store.<Optional<UserRecoveryTicket>>read(
                repo -> repo.userRecovery().findTicket("secret")))
        .contains(ticket);
    assertThat(session.createdAt()).isEqualTo(STORED);
    assertThat(ticket.createdAt()).isEqualTo(STORED);
  }

  @Test
  void ofRegistrations() {
    UserRegistration with =
        store.write(
            repo ->
                repo.userRegistrations()
                    .add(
                        "jim",
                        Optional.of(Addresses.parse("192.0.2.1")),
                        Optional.of("agent"),
                        Optional.of(Json.parse("{\"b\": 1.50, \"a\": null}"))));
    UserRegistration without =
        store.write(
            repo ->
                repo.userRegistrations()
                    .add("jim", Optional.empty(), Optional.empty(), Optional.empty()));

    Optional<UserRegistration> first =
        store.read(repo -> repo.userRegistrations().lookup(with.id()));
    Optional<UserRegistration> second =
        store.read(repo -> repo.userRegistrations().lookup(without.id()));

    assertThat(first).contains(with);
    assertThat(second).contains(without);
    assertThat(with.createdAt()).isEqualTo(STORED);
  }

  @Test
  void ofRegistrationTokens() {
    UserRegistrationToken with =
        store.write(
            repo ->
                repo.userRegistrationTokens()
                    .add("one", Optional.of(1), Optional.of(store.clock().instant())));
    UserRegistrationToken without =
        store.write(
            repo -> repo.userRegistrationTokens().add("two", Optional.empty(), Optional.empty()));

    Optional<UserRegistrationToken> first =
        store.read(repo -> repo.userRegistrationTokens().lookup(with.id()));
    Optional<UserRegistrationToken> second =
        store.read(repo -> repo.userRegistrationTokens().lookup(without.id()));

    assertThat(first).contains(with);
    assertThat(second).contains(without);
    assertThat(with.createdAt()).isEqualTo(STORED);
    assertThat(with.expiresAt()).contains(STORED);
  }

  @Test
  void ofBrowserSessions() {
    BrowserSession with =
        store.write(repo -> repo.browserSessions().add(john, Optional.of("agent")));
    BrowserSession without =
        store.write(repo -> repo.browserSessions().add(john, Optional.empty()));

    Optional<BrowserSession> first = store.read(repo -> repo.browserSessions().lookup(with.id()));
    Optional<BrowserSession> second =
        store.read(repo -> repo.browserSessions().lookup(without.id()));

    assertThat(first).contains(with);
    assertThat(second).contains(without);
    assertThat(with.createdAt()).isEqualTo(STORED);
  }

  @Test
  void ofAuthentications() {
    Password password = password(Optional.empty());
    BrowserSession session =
        store.write(repo -> repo.browserSessions().add(john, Optional.empty()));
    Authentication authentication =
        store.write(repo -> repo.browserSessions().authenticateWithPassword(session, password));

    Optional<Authentication> last =
        store.read(repo -> repo.browserSessions().getLastAuthentication(session));

    assertThat(last).contains(authentication);
    assertThat(authentication.createdAt()).isEqualTo(STORED);
  }

  @Test
  void ofLogins() {
    Password password = password(Optional.empty());
    LoggedIn login =
        store.write(repo -> repo.browserSessions().login(john, password, Optional.of("agent")));

    Optional<BrowserSession> session =
        store.read(repo -> repo.browserSessions().lookup(login.session().id()));
    Optional<Authentication> last =
        store.read(repo -> repo.browserSessions().getLastAuthentication(login.session()));

    assertThat(session).contains(login.session());
    assertThat(last).contains(login.authentication());
    assertThat(login.session().createdAt()).isEqualTo(STORED);
    assertThat(login.authentication().createdAt()).isEqualTo(STORED);
  }

  @Test
  void ofSessionsOfTheOlderApi() {
    BrowserSession browser =
        store.write(repo -> repo.browserSessions().add(john, Optional.empty()));
    CompatSession with =
        store.write(
            repo ->
                repo.compatSessions()
                    .add(
                        john,
                        new CompatSessionParams(
                            new Device("one"),
                            Optional.of(browser),
                            true,
                            Optional.of("phone"),
                            Optional.of("agent"))));
    CompatSession without =
        store.write(
            repo -> repo.compatSessions().add(john, CompatSessionParams.of(new Device("two"))));

    Optional<CompatSession> first = store.read(repo -> repo.compatSessions().lookup(with.id()));
    Optional<CompatSession> second = store.read(repo -> repo.compatSessions().lookup(without.id()));

    assertThat(first).contains(with);
    assertThat(second).contains(without);
    assertThat(with.createdAt()).isEqualTo(STORED);
  }

  @Test
  void ofLoginsAndTokensOfTheOlderApi() {
    CompatSession session =
        store.write(
            repo -> repo.compatSessions().add(john, CompatSessionParams.of(new Device("one"))));
    CompatSsoLogin login =
        store.write(repo -> repo.compatSsoLogins().add(URI.create("app://host?q=%20")));
    CompatAccessToken access =
        store.write(
            repo ->
                repo.compatAccessTokens()
                    .add(session, "secret", Optional.of(Duration.ofNanos(1999))));
    CompatRefreshToken refresh =
        store.write(repo -> repo.compatRefreshTokens().add(session, access, "secret"));

    Optional<CompatSsoLogin> first = store.read(repo -> repo.compatSsoLogins().lookup(login.id()));
    Optional<CompatAccessToken> second =
        store.read(repo -> repo.compatAccessTokens().lookup(access.id()));
    Optional<CompatRefreshToken> third =
        store.read(repo -> repo.compatRefreshTokens().lookup(refresh.id()));

    assertThat(first).contains(login);
    assertThat(second).contains(access);
    assertThat(third).contains(refresh);
    assertThat(login.createdAt()).isEqualTo(STORED);
    assertThat(access.createdAt()).isEqualTo(STORED);
    assertThat(refresh.createdAt()).isEqualTo(STORED);
  }

  @Test
  void ofClients() {
    OAuth2Client client = OAuth2Fixture.client(store);

    Optional<OAuth2Client> found = store.read(repo -> repo.oauth2Clients().lookup(client.id()));

    assertThat(found).contains(client);
  }

  @Test
  void ofSessionsOfClients() {
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
  void ofPersonalSessions() {
    OAuth2Client client = OAuth2Fixture.client(store);
    PersonalSession ofUser =
        store.write(
            repo ->
                repo.personalSessions()
                    .add(new OwnerUser(john.id()), john, "script", Scope.of("b", "a")));
    PersonalSession ofClient =
        store.write(
            repo ->
                repo.personalSessions()
                    .add(new OwnerOAuth2Client(client.id()), john, "script", Scope.EMPTY));

    Optional<PersonalSession> first =
        store.read(repo -> repo.personalSessions().lookup(ofUser.id()));
    Optional<PersonalSession> second =
        store.read(repo -> repo.personalSessions().lookup(ofClient.id()));

    assertThat(first).contains(ofUser);
    assertThat(second).contains(ofClient);
    assertThat(ofUser.createdAt()).isEqualTo(STORED);
  }

  @Test
  void ofPersonalAccessTokens() {
    PersonalSession session =
        store.write(
            repo ->
                repo.personalSessions().add(new OwnerUser(john.id()), john, "script", Scope.EMPTY));
    PersonalAccessToken one =
        store.write(
            repo ->
                repo.personalAccessTokens()
                    .add(session, "one", Optional.of(Duration.ofNanos(1999))));
    Optional<PersonalAccessToken> first =
        store.read(repo -> repo.personalAccessTokens().lookup(one.id()));
    PersonalAccessToken two =
        store.write(repo -> repo.personalAccessTokens().replace(session, "two", Optional.empty()));

    Optional<PersonalAccessToken> second =
        store.read(repo -> repo.personalAccessTokens().lookup(two.id()));

    assertThat(first).contains(one);
    assertThat(second).contains(two);
    assertThat(one.createdAt()).isEqualTo(STORED);
    assertThat(one.expiresAt()).contains(STORED.plusNanos(1000));
  }

  @Test
  void ofPolicyData() {
    PolicyData policy =
        store.write(repo -> repo.policyData().set(Json.parse("{\"b\": 1.50, \"a\": null}")));

    Optional<PolicyData> found = store.read(repo -> repo.policyData().lookup(policy.id()));

    assertThat(found).contains(policy);
    assertThat(policy.createdAt()).isEqualTo(STORED);
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

  @Test
  void ofUpstreamProviders() {
    UpstreamOAuthProvider full =
        store.write(repo -> repo.upstreamOAuthProviders().add(UpstreamFixture.full()));
    UpstreamOAuthProvider minimal =
        store.write(repo -> repo.upstreamOAuthProviders().add(UpstreamFixture.minimal()));

    Optional<UpstreamOAuthProvider> first =
        store.read(repo -> repo.upstreamOAuthProviders().lookup(full.id()));
    Optional<UpstreamOAuthProvider> second =
        store.read(repo -> repo.upstreamOAuthProviders().lookup(minimal.id()));

    assertThat(first).contains(full);
    assertThat(second).contains(minimal);
    assertThat(full.createdAt()).isEqualTo(STORED);
  }

  @Test
  void ofUpstreamLinks() {
    UpstreamOAuthProvider provider =
        store.write(repo -> repo.upstreamOAuthProviders().add(UpstreamFixture.minimal()));
    UpstreamOAuthLink with =
        store.write(repo -> repo.upstreamOAuthLinks().add(provider, "1", Optional.of("John")));
    UpstreamOAuthLink without =
        store.write(repo -> repo.upstreamOAuthLinks().add(provider, "2", Optional.empty()));

    Optional<UpstreamOAuthLink> first =
        store.read(repo -> repo.upstreamOAuthLinks().lookup(with.id()));
    Optional<UpstreamOAuthLink> second =
        store.read(repo -> repo.upstreamOAuthLinks().lookup(without.id()));

    assertThat(first).contains(with);
    assertThat(second).contains(without);
    assertThat(with.createdAt()).isEqualTo(STORED);
  }

  @Test
  void ofUpstreamAuthorizationSessions() {
    UpstreamOAuthProvider provider =
        store.write(repo -> repo.upstreamOAuthProviders().add(UpstreamFixture.minimal()));
    UpstreamOAuthAuthorizationSession with =
        store.write(
            repo ->
                repo.upstreamOAuthSessions()
                    .add(provider, "one", Optional.of("verifier"), Optional.of("nonce")));
    UpstreamOAuthAuthorizationSession without =
        store.write(
            repo ->
                repo.upstreamOAuthSessions()
                    .add(provider, "two", Optional.empty(), Optional.empty()));

    Optional<UpstreamOAuthAuthorizationSession> first =
        store.read(repo -> repo.upstreamOAuthSessions().lookup(with.id()));
    Optional<UpstreamOAuthAuthorizationSession> second =
        store.read(repo -> repo.upstreamOAuthSessions().lookup(without.id()));

    assertThat(first).contains(with);
    assertThat(second).contains(without);
    assertThat(with.createdAt()).isEqualTo(STORED);
  }

  private Password password(Optional<Password> upgradedFrom) {
    return store.write(repo -> repo.userPasswords().add(john, 1, "hash", upgradedFrom));
  }
}
