package dev.authstore.storage.pg;

import dev.authstore.model.Json;
import dev.authstore.model.SessionActivity;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2Session;
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
import dev.authstore.storage.oauth2.OAuth2ClientFilter;
import dev.authstore.storage.oauth2.OAuth2ClientParams;
import dev.authstore.storage.oauth2.StaticOAuth2ClientParams;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.user.BrowserSessionFilter;
import dev.authstore.storage.user.UserEmailFilter;
import dev.authstore.storage.user.UserFilter;
import dev.authstore.storage.user.UserRegistrationTokenChanges;
import dev.authstore.storage.user.UserRegistrationTokenFilter;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** One stored row of each aggregate, and an argument of each type that an operation takes. */
final class Fixture {
  /** In every text that is stored. */
  static final String CANARY = "canary";

  private final Map<Class<?>, Object> values = new HashMap<>();

  /** By operation and, of its parameters, the type or the position. */
  private final Map<String, Object> special = new HashMap<>();

  private final User user;

  private Fixture(User user) {
    this.user = user;
  }

  /** Stores the rows and moves the clock on by a few minutes. */
  static Fixture of(Store store) {
    Instant start = store.clock().instant();
    User user = store.write(repo -> repo.users().add(CANARY + " name"));
    Fixture fixture = new Fixture(user);
    fixture.put(UUID.class, user.id());
    fixture.put(User.class, user);
    fixture.put(Instant.class, start.minus(Duration.ofDays(1)));
    fixture.put(Duration.class, Duration.ofMinutes(1));
    fixture.put(Optional.class, Optional.empty());
    fixture.put(Pagination.class, Pagination.first(10));
    fixture.put(int.class, 1);
    fixture.put(boolean.class, true);
    fixture.put(String.class, CANARY + " text");
    fixture.put(URI.class, URI.create("https://example.com/" + CANARY));
    fixture.addCredentials(store);
    fixture.addSessions(store);
    fixture.addRecovery(store);
    fixture.addRegistration(store);
    fixture.addVerification(store);
    fixture.addClient(store);
    CompatTables.fill(store, fixture);
    PersonalTables.fill(store, fixture);
    UpstreamTables.fill(store, fixture);
    AppTables.fill(fixture);
    QueueTables.fill(store, fixture);
    store.clock().advance(Duration.ofMinutes(5));
    return fixture;
  }

  private void addCredentials(Store store) {
    String address = CANARY + "@example.com";
    put(UserEmail.class, store.write(repo -> repo.userEmails().add(user, address)));
    put(
        Password.class,
        store.write(repo -> repo.userPasswords().add(user, 1, CANARY + " hash", Optional.empty())));
    put(UserFilter.class, UserFilter.all().search(CANARY));
    put(UserEmailFilter.class, UserEmailFilter.all().user(user.id()).email(address));
  }

  private void addSessions(Store store) {
    Instant now = store.clock().instant();
    BrowserSession session =
        store.write(repo -> repo.browserSessions().add(user, Optional.of(CANARY + " agent")));
    put(BrowserSession.class, session);
    put(BrowserSessionFilter.class, BrowserSessionFilter.all().user(user.id()));
    put(
        Collection.class,
        List.of(
            new SessionActivity(session.id(), now, Optional.of(InetAddress.getLoopbackAddress()))));
  }

  private void addRecovery(Store store) {
    UserEmail email = get(UserEmail.class);
    UserRecoverySession session =
        store.write(
            repo ->
                repo.userRecovery()
                    .addSession(email.email(), CANARY + " agent", Optional.empty(), "en"));
    put(UserRecoverySession.class, session);
    put(
        UserRecoveryTicket.class,
        store.write(repo -> repo.userRecovery().addTicket(session, email, CANARY + " ticket")));
  }

  private void addRegistration(Store store) {
    UserRegistration registration =
        store.write(
            repo ->
                repo.userRegistrations()
                    .add(
                        CANARY + " wish",
                        Optional.of(InetAddress.getLoopbackAddress()),
                        Optional.of(CANARY + " agent"),
                        Optional.of(Json.parse("\"" + CANARY + "\""))));
    put(
        UserRegistration.class,
        store.write(
            repo -> repo.userRegistrations().setPassword(registration, 1, CANARY + " hash")));
    put(
        UserRegistrationToken.class,
        store.write(
            repo ->
                repo.userRegistrationTokens()
                    .add(CANARY + " token", Optional.empty(), Optional.empty())));
    put(UserRegistrationTokenFilter.class, UserRegistrationTokenFilter.all().valid(true));
    put(
        UserRegistrationTokenChanges.class,
        UserRegistrationTokenChanges.none().usageLimit(Optional.of(1)));
  }

  private void addVerification(Store store) {
    UserRegistration registration = get(UserRegistration.class);
    UserEmailAuthentication authentication =
        store.write(
            repo ->
                repo.userEmails()
                    .addAuthenticationForRegistration(registration, CANARY + "@proof.example.com"));
    put(UserEmailAuthentication.class, authentication);
    put(
        UserEmailAuthenticationCode.class,
        store.write(
            repo ->
                repo.userEmails()
                    .addAuthenticationCode(authentication, CANARY + " code", Duration.ofDays(1))));
  }

  private void addClient(Store store) {
    // under the id that operations on an id alone are given
    OAuth2Client client =
        store.write(
            repo -> repo.oauth2Clients().upsertStatic(OAuth2Fixture.ofConfiguration(user.id())));
    put(OAuth2Client.class, client);
    put(OAuth2ClientFilter.class, OAuth2ClientFilter.all().clientName(CANARY));
    put(OAuth2ClientParams.class, OAuth2Fixture.params(Optional.of("0a".repeat(32))));
    put("oauth2_client.find_by_client_id", String.class, client.clientId());
    put("oauth2_client.find_by_metadata_digest", String.class, "0b".repeat(32));
    put(StaticOAuth2ClientParams.class, OAuth2Fixture.ofConfiguration(client.id()));
    put(Set.class, Set.of(client.id()));
    OAuth2Tables.fill(store, this, client);
    OAuth2Fixture.addTokens(store, this, get(OAuth2Session.class));
    OAuth2Fixture.addGrants(store, this, client, get(BrowserSession.class));
  }

  User user() {
    return user;
  }

  /** Fails for a type that has no argument here yet. */
  Object argument(Operations.Operation operation, int index) {
    Class<?> type = operation.method().getParameterTypes()[index];
    Object value =
        special.getOrDefault(
            operation.name() + " " + index,
            special.getOrDefault(operation.name() + " " + type.getName(), values.get(type)));
    if (value == null) {
      throw new AssertionError("the fixture has no " + type);
    }
    return value;
  }

  <T> T get(Class<T> type) {
    return type.cast(Objects.requireNonNull(values.get(type)));
  }

  /** Where an operation does not take what others take. */
  <T> void put(String operation, Class<T> type, T value) {
    special.put(operation + " " + type.getName(), value);
  }

  /** Where an operation takes several of one type. */
  void put(String operation, int position, Object value) {
    special.put(operation + " " + position, value);
  }

  <T> void put(Class<T> type, T value) {
    values.put(type, value);
  }
}
