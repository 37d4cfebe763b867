package dev.authstore.storage.pg;

import dev.authstore.model.SessionActivity;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSession;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSessionStage.Pending;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.Password;
import dev.authstore.model.user.User;
import dev.authstore.model.user.UserEmail;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.user.BrowserSessionFilter;
import dev.authstore.storage.user.UserEmailFilter;
import dev.authstore.storage.user.UserFilter;
import java.lang.reflect.Parameter;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** One stored row of each aggregate, and an argument of each type that an operation takes. */
final class Fixture {
  /** In every text that is stored. */
  static final String CANARY = "canary";

  private final Map<Class<?>, Object> values = new HashMap<>();
  private final User user;

  private Fixture(
      User user,
      UserEmail email,
      Password password,
      BrowserSession session,
      UpstreamOAuthAuthorizationSession upstream,
      Instant past) {
    this.user = user;
    put(UUID.class, user.id());
    put(User.class, user);
    put(UserEmail.class, email);
    put(Password.class, password);
    put(BrowserSession.class, session);
    put(UpstreamOAuthAuthorizationSession.class, upstream);
    put(Instant.class, past);
    put(Optional.class, Optional.empty());
    put(Collection.class, List.of(activity(session, past)));
    put(Pagination.class, Pagination.first(10));
    put(UserFilter.class, UserFilter.all().search(CANARY));
    put(UserEmailFilter.class, UserEmailFilter.all().user(user.id()).email(email.email()));
    put(BrowserSessionFilter.class, BrowserSessionFilter.all().user(user.id()));
    put(int.class, 1);
    put(boolean.class, true);
    put(String.class, CANARY + " text");
  }

  /** Stores the rows and moves the clock to a later day. */
  static Fixture of(Store store) {
    Instant start = store.clock().instant();
    User user = store.write(repo -> repo.users().add(CANARY + " name"));
    UserEmail email = store.write(repo -> repo.userEmails().add(user, CANARY + "@example.com"));
    Password password =
        store.write(repo -> repo.userPasswords().add(user, 1, CANARY + " hash", Optional.empty()));
    BrowserSession session =
        store.write(repo -> repo.browserSessions().add(user, Optional.of(CANARY + " agent")));
    UpstreamOAuthAuthorizationSession upstream = upstream(store, start);
    store.clock().advance(Duration.ofDays(2));
    return new Fixture(user, email, password, session, upstream, start.plusSeconds(60));
  }

  User user() {
    return user;
  }

  /** Fails for a type that has no argument here yet. */
  Object argument(Parameter parameter) {
    Object value = values.get(parameter.getType());
    if (value == null) {
      throw new AssertionError("the fixture has no " + parameter.getType());
    }
    return value;
  }

  private <T> void put(Class<T> type, T value) {
    values.put(type, value);
  }

  private static SessionActivity activity(BrowserSession session, Instant at) {
    return new SessionActivity(session.id(), at, Optional.of(InetAddress.getLoopbackAddress()));
  }

  private static UpstreamOAuthAuthorizationSession upstream(Store store, Instant createdAt) {
    UUID provider = new UUID(1, 1);
    UUID session = new UUID(1, 2);
    store.sql(
        """
        INSERT INTO upstream_oauth_providers (id, scope, client_id, token_endpoint_auth_method, created_at)
        VALUES (?, '{openid}', 'client', 'none', now())
        """,
        provider);
    store.sql(
        """
        INSERT INTO upstream_oauth_authorization_sessions (id, provider_id, state, created_at)
        VALUES (?, ?, 'state', now())
        """,
        session,
        provider);
    return new UpstreamOAuthAuthorizationSession(
        session, provider, "state", Optional.empty(), Optional.empty(), createdAt, new Pending());
  }
}
