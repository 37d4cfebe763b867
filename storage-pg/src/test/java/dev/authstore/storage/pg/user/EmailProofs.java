package dev.authstore.storage.pg.user;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSession;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSessionStage;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.model.user.UserEmailAuthentication;
import dev.authstore.model.user.UserEmailAuthenticationCode;
import dev.authstore.model.user.UserRegistration;
import dev.authstore.model.user.UserRegistrationStage;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.user.CodeAttempt;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** What the tests of e-mail authentications have in common. */
final class EmailProofs {
  static final Duration VALIDITY = Duration.ofMinutes(5);
  static final int MAXIMUM = 10;

  private final Store store;
  private int serial;

  EmailProofs(Store store) {
    this.store = store;
  }

  /** The time as the database keeps it. */
  Instant now() {
    return store.now();
  }

  User user() {
    tick();
    return store.write(repo -> repo.users().add("user " + nextId()));
  }

  BrowserSession session() {
    User user = user();
    return store.write(repo -> repo.browserSessions().add(user, Optional.empty()));
  }

  UserRegistration registration() {
    UUID id = nextId();
    store.sql(
        "INSERT INTO user_registrations (id, username, created_at) VALUES (?, 'john', ?::timestamptz)",
        id,
        now().toString());
    return new UserRegistration(
        id,
        "john",
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        now(),
        new UserRegistrationStage.InProgress());
  }

  /** Nobody has come back from the provider yet. */
  UpstreamOAuthAuthorizationSession upstreamSession() {
    UUID provider = nextId();
    UUID id = nextId();
    store.sql(
        """
        INSERT INTO upstream_oauth_providers (id, scope, client_id, token_endpoint_auth_method, created_at)
        VALUES (?, '{openid}', 'client', 'none', ?::timestamptz)
        """,
        provider,
        now().toString());
    store.sql(
        """
        INSERT INTO upstream_oauth_authorization_sessions (id, provider_id, state, created_at)
        VALUES (?, ?, ?, ?::timestamptz)
        """,
        id,
        provider,
        id.toString(),
        now().toString());
    return new UpstreamOAuthAuthorizationSession(
        id,
        provider,
        id.toString(),
        Optional.empty(),
        Optional.empty(),
        now(),
        new UpstreamOAuthAuthorizationSessionStage.Pending());
  }

  /** An authentication in a browser session of its own. */
  UserEmailAuthentication begun() {
    return begun(session());
  }

  UserEmailAuthentication begun(BrowserSession session) {
    tick();
    return store.write(
        repo -> repo.userEmails().addAuthenticationForSession(session, "john@example.com"));
  }

  UserEmailAuthentication begun(UserRegistration registration) {
    tick();
    return store.write(
        repo ->
            repo.userEmails().addAuthenticationForRegistration(registration, "john@example.com"));
  }

  UserEmailAuthentication completed() {
    UserEmailAuthentication authentication = begun();
    return complete(authentication, code(authentication, "000000"));
  }

  /** An authentication that too many wrong codes have killed. */
  UserEmailAuthentication dead() {
    UserEmailAuthentication authentication = begun();
    fail(authentication, MAXIMUM);
    return stored(authentication).orElseThrow();
  }

  UserEmailAuthenticationCode code(UserEmailAuthentication authentication, String code) {
    tick();
    return store.write(
        repo -> repo.userEmails().addAuthenticationCode(authentication, code, VALIDITY));
  }

  CodeAttempt attempt(UserEmailAuthentication authentication, String code) {
    return store.write(repo -> repo.userEmails().tryAuthenticationCode(authentication, code));
  }

  void fail(UserEmailAuthentication authentication, int times) {
    for (int i = 0; i < times; i++) {
      assertThat(attempt(authentication, "wrong")).isInstanceOf(CodeAttempt.Wrong.class);
    }
  }

  UserEmailAuthentication complete(
      UserEmailAuthentication authentication, UserEmailAuthenticationCode code) {
    return store.write(
        repo -> repo.userEmails().completeAuthenticationWithCode(authentication, code));
  }

  Optional<UserEmailAuthentication> stored(UserEmailAuthentication authentication) {
    return store.read(repo -> repo.userEmails().lookupAuthentication(authentication.id()));
  }

  Optional<UserEmailAuthenticationCode> find(UserEmailAuthentication authentication, String code) {
    return store.read(repo -> repo.userEmails().findAuthenticationCode(authentication, code));
  }

  void remove(UserEmailAuthentication authentication) {
    store.sql("DELETE FROM user_email_authentications WHERE id = ?", authentication.id());
  }

  /** How many codes are stored, for whomever. */
  int codes() {
    return store.select("SELECT id FROM user_email_authentication_codes").size();
  }

  /** Work that is refused; the unit of work must go on, and what it writes afterwards be saved. */
  <E extends StorageException> E refusal(Class<E> type, Consumer<RepositoryAccess> work) {
    String witness = "witness " + nextId();
    E refusal =
        store.write(
            repo -> {
              E caught = catchThrowableOfType(type, () -> work.accept(repo));
              assertThat(caught).isInstanceOf(type);
              repo.users().add(witness);
              return caught;
            });
    assertThat(store.<Boolean>read(repo -> repo.users().exists(witness))).isTrue();
    return refusal;
  }

  StateReason reason(Consumer<RepositoryAccess> work) {
    return refusal(InvalidStateException.class, work).reason();
  }

  static void assertRefused(Future<?> future, StateReason reason) {
    assertThatThrownBy(() -> future.get(20, SECONDS))
        .cause()
        .isInstanceOfSatisfying(
            InvalidStateException.class, refusal -> assertThat(refusal.reason()).isEqualTo(reason));
  }

  UUID nextId() {
    serial++;
    return new UUID(0x017E_6360_0000_7000L, 0x8000_0000_0000_0000L + serial);
  }

  /** Ids of different units of work differ by their millisecond. */
  void tick() {
    store.clock().advance(Duration.ofMillis(1));
  }
}
