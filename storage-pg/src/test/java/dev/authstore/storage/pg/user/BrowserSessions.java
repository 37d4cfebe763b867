package dev.authstore.storage.pg.user;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Addresses;
import dev.authstore.model.SessionActivity;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSession;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSessionStage;
import dev.authstore.model.user.Authentication;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.Password;
import dev.authstore.model.user.User;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.user.BrowserSessionFilter;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The sessions of browsers in the database of a test, and the log-ins that they come from. */
final class BrowserSessions {
  private final Store store;
  private int serial;

  BrowserSessions(Store store) {
    this.store = store;
  }

  /** As the database keeps it. */
  Instant now() {
    return store.now();
  }

  User user(String name) {
    tick();
    return store.write(repo -> repo.users().add(name));
  }

  Password password(User user) {
    tick();
    return store.write(repo -> repo.userPasswords().add(user, 1, "hash", Optional.empty()));
  }

  BrowserSession session(User user) {
    tick();
    return store.write(repo -> repo.browserSessions().add(user, Optional.of("Firefox")));
  }

  List<BrowserSession> sessions(User user, int count) {
    tick();
    return store.write(
        repo ->
            Stream.generate(() -> repo.browserSessions().add(user, Optional.empty()))
                .limit(count)
                .toList());
  }

  /** Many sessions that a test has nothing to do with one by one. */
  void insertSessions(User user, int count) {
    store.sql(
        """
        INSERT INTO browser_sessions (id, user_id, created_at)
        SELECT gen_random_uuid(), ?, ?::timestamptz FROM generate_series(1, ?)
        """,
        user.id(),
        now().toString(),
        count);
  }

  BrowserSession finished(BrowserSession session) {
    return store.write(repo -> repo.browserSessions().finish(session));
  }

  int finishBulk(BrowserSessionFilter filter) {
    return store.write(repo -> repo.browserSessions().finishBulk(filter));
  }

  void recordActivity(BrowserSession session, Instant at, Optional<String> ip) {
    SessionActivity activity = new SessionActivity(session.id(), at, ip.map(Addresses::parse));
    store.run(repo -> repo.browserSessions().recordBatchActivity(List.of(activity)));
  }

  void remove(BrowserSession session) {
    store.sql("DELETE FROM browser_sessions WHERE id = ?", session.id());
  }

  void remove(Password password) {
    store.sql("DELETE FROM user_passwords WHERE id = ?", password.id());
  }

  Optional<BrowserSession> stored(BrowserSession session) {
    return store.read(repo -> repo.browserSessions().lookup(session.id()));
  }

  long count(BrowserSessionFilter filter) {
    return store.read(repo -> repo.browserSessions().count(filter));
  }

  /** All that match, those of them not finished, those finished. */
  List<Long> counts(BrowserSessionFilter filter) {
    return List.of(count(filter), count(filter.active(true)), count(filter.active(false)));
  }

  Authentication authenticate(BrowserSession session, Password password) {
    tick();
    return store.write(repo -> repo.browserSessions().authenticateWithPassword(session, password));
  }

  Authentication authenticate(BrowserSession session, UpstreamOAuthAuthorizationSession login) {
    tick();
    return store.write(repo -> repo.browserSessions().authenticateWithUpstream(session, login));
  }

  Optional<Authentication> last(BrowserSession session) {
    return store.read(repo -> repo.browserSessions().getLastAuthentication(session));
  }

  UUID provider() {
    UUID id = nextId();
    store.sql(
        """
        INSERT INTO upstream_oauth_providers (id, scope, client_id, token_endpoint_auth_method, created_at)
        VALUES (?, '{openid}', 'client', 'none', ?::timestamptz)
        """,
        id,
        now().toString());
    return id;
  }

  UpstreamOAuthAuthorizationSession pendingLogin(UUID provider) {
    UUID id = nextId();
    store.sql(
        """
        INSERT INTO upstream_oauth_authorization_sessions (id, provider_id, state, created_at)
        VALUES (?, ?, ?, ?::timestamptz)
        """,
        id,
        provider,
        id.toString(),
        now().toString());
    return login(id, provider, new UpstreamOAuthAuthorizationSessionStage.Pending());
  }

  /** With a link of its own. */
  UpstreamOAuthAuthorizationSession completedLogin(UUID provider, String sub, String sid) {
    UUID link = nextId();
    store.sql(
        """
        INSERT INTO upstream_oauth_links (id, provider_id, subject, created_at)
        VALUES (?, ?, ?, ?::timestamptz)
        """,
        link,
        provider,
        link.toString(),
        now().toString());
    UpstreamOAuthAuthorizationSession pending = pendingLogin(provider);
    store.sql(
        """
        UPDATE upstream_oauth_authorization_sessions
        SET link_id = ?,
            completed_at = created_at,
            id_token_claims = jsonb_build_object('sub', ?::text, 'sid', ?::text)
        WHERE id = ?
        """,
        link,
        sub,
        sid,
        pending.id());
    return login(
        pending.id(),
        provider,
        new UpstreamOAuthAuthorizationSessionStage.Completed(
            pending.createdAt(),
            link,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty()));
  }

  UpstreamOAuthAuthorizationSession login(
      UUID id, UUID provider, UpstreamOAuthAuthorizationSessionStage stage) {
    return new UpstreamOAuthAuthorizationSession(
        id, provider, id.toString(), Optional.empty(), Optional.empty(), now(), stage);
  }

  UUID nextId() {
    serial++;
    return new UUID(0x017E_6360_0000_7000L, 0x8000_0000_0000_0000L + serial);
  }

  /** What work is refused with, after which the unit of work can still be used. */
  <E extends StorageException> E refusal(Class<E> type, Consumer<RepositoryAccess> work) {
    StorageException refusal = store.refusal(work);
    assertThat(refusal).isInstanceOf(type);
    return type.cast(refusal);
  }

  /** Ids of different units of work differ by their millisecond. */
  private void tick() {
    store.clock().advance(ofMillis(1));
  }
}
