package dev.authstore.storage.pg.user;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Addresses;
import dev.authstore.model.Json;
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
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.user.LoggedIn;
import dev.authstore.testing.MutableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a creating operation of accounts returns is what is read again, whatever the clock says. */
class UserCreationTest {
  private static final Instant STORED = Instant.parse("2022-01-16T14:40:00.999999Z");

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  @SuppressWarnings("NullAway.Init") // set before each test
  private User john;

  @BeforeEach
  void addJohn() {
    john = store.write(repo -> repo.users().add("John"));
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

  private Password password(Optional<Password> upgradedFrom) {
    return store.write(repo -> repo.userPasswords().add(john, 1, "hash", upgradedFrom));
  }
}
