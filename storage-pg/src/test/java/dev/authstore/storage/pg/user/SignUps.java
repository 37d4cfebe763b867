package dev.authstore.storage.pg.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSession;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSessionStage;
import dev.authstore.model.user.EmailAuthenticationOrigin.ForRegistration;
import dev.authstore.model.user.UserEmailAuthentication;
import dev.authstore.model.user.UserEmailAuthenticationStage;
import dev.authstore.model.user.UserRegistration;
import dev.authstore.model.user.UserRegistrationToken;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.pg.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Sign-ups in the database of a test, and what can be attached to them. */
final class SignUps {
  private final Store store;
  private int serial;

  SignUps(Store store) {
    this.store = store;
  }

  Instant now() {
    return store.now();
  }

  /** Ids of different units of work differ by their millisecond. */
  void tick() {
    store.clock().advance(Duration.ofMillis(1));
  }

  UserRegistration registration() {
    tick();
    return store.write(
        repo ->
            repo.userRegistrations()
                .add("john", Optional.empty(), Optional.empty(), Optional.empty()));
  }

  List<UserRegistration> registrations(int count) {
    return Stream.generate(this::registration).limit(count).toList();
  }

  UserRegistration withPassword() {
    UserRegistration registration = registration();
    return store.write(repo -> repo.userRegistrations().setPassword(registration, 1, "hash"));
  }

  UserRegistration completed(UserRegistration registration) {
    return store.write(repo -> repo.userRegistrations().complete(registration));
  }

  Optional<UserRegistration> stored(UserRegistration registration) {
    return store.read(repo -> repo.userRegistrations().lookup(registration.id()));
  }

  void remove(UserRegistration registration) {
    store.sql("DELETE FROM user_registrations WHERE id = ?", registration.id());
  }

  UserRegistrationToken token(
      String text, Optional<Integer> usageLimit, Optional<Instant> expiresAt) {
    tick();
    return store.write(repo -> repo.userRegistrationTokens().add(text, usageLimit, expiresAt));
  }

  UserRegistrationToken token() {
    return token("token " + nextId(), Optional.empty(), Optional.empty());
  }

  UserEmailAuthentication authentication(UserRegistration registration) {
    UserEmailAuthentication authentication = authentication(registration, nextId());
    store.sql(
        """
        INSERT INTO user_email_authentications (id, user_registration_id, email, created_at)
        VALUES (?, ?, ?, ?::timestamptz)
        """,
        authentication.id(),
        registration.id(),
        authentication.email(),
        authentication.createdAt().toString());
    return authentication;
  }

  /** As it would be if it were stored. */
  UserEmailAuthentication authentication(UserRegistration registration, UUID id) {
    return new UserEmailAuthentication(
        id,
        new ForRegistration(registration.id()),
        "john@example.com",
        registration.createdAt(),
        0,
        new UserEmailAuthenticationStage.Pending());
  }

  UpstreamOAuthAuthorizationSession upstreamSession() {
    UUID provider = nextId();
    UUID session = nextId();
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
        session,
        provider,
        session.toString(),
        now().toString());
    return new UpstreamOAuthAuthorizationSession(
        session,
        provider,
        session.toString(),
        Optional.empty(),
        Optional.empty(),
        now(),
        new UpstreamOAuthAuthorizationSessionStage.Pending());
  }

  /** Work that is refused; the unit of work must go on. */
  <E extends StorageException> E refused(Class<E> type, Consumer<RepositoryAccess> work) {
    tick();
    return store.write(
        repo -> {
          E refusal = catchThrowableOfType(type, () -> work.accept(repo));
          assertThat(refusal).isInstanceOf(type);
          assertThat(repo.users().exists("still usable")).isFalse();
          return refusal;
        });
  }

  private UUID nextId() {
    serial++;
    return new UUID(0x017E_6360_0000_7000L, 0x8000_0000_0000_0000L + serial);
  }
}
