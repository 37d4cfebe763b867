package dev.authstore.storage.pg.compat;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Device;
import dev.authstore.model.compat.CompatAccessToken;
import dev.authstore.model.compat.CompatRefreshToken;
import dev.authstore.model.compat.CompatSession;
import dev.authstore.model.compat.CompatSsoLogin;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.compat.CompatSessionParams;
import dev.authstore.storage.pg.Store;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Future;

/** Logins by the older API, step by step, each a millisecond after the one before. */
final class Logins {
  static final URI REDIRECT = URI.create("element://vector/webapp?x=%20y#f");

  private final Store store;

  Logins(Store store) {
    this.store = store;
  }

  /** What the database keeps of now. */
  Instant now() {
    return store.now();
  }

  void tick() {
    store.clock().advance(Duration.ofMillis(1));
  }

  User user(String name) {
    tick();
    return store.write(repo -> repo.users().add(name));
  }

  BrowserSession browser(User user) {
    tick();
    return store.write(repo -> repo.browserSessions().add(user, Optional.empty()));
  }

  CompatSession session(User user, String device) {
    return session(user, CompatSessionParams.of(new Device(device)));
  }

  CompatSession session(BrowserSession browser, String device) {
    return session(
        browser.user(),
        new CompatSessionParams(
            new Device(device), Optional.of(browser), false, Optional.empty(), Optional.empty()));
  }

  CompatSession session(User user, CompatSessionParams params) {
    tick();
    return store.write(repo -> repo.compatSessions().add(user, params));
  }

  CompatSession finished(CompatSession session) {
    tick();
    return store.write(repo -> repo.compatSessions().finish(session));
  }

  Optional<CompatSession> stored(CompatSession session) {
    return store.read(repo -> repo.compatSessions().lookup(session.id()));
  }

  void remove(CompatSession session) {
    store.sql("DELETE FROM compat_sessions WHERE id = ?", session.id());
  }

  CompatSsoLogin pending() {
    tick();
    return store.write(repo -> repo.compatSsoLogins().add(REDIRECT));
  }

  CompatSsoLogin fulfilled(BrowserSession browser, String token) {
    CompatSsoLogin login = pending();
    tick();
    return store.write(repo -> repo.compatSsoLogins().fulfill(login, browser, token));
  }

  CompatSsoLogin exchanged(CompatSsoLogin login, CompatSession session) {
    tick();
    return store.write(repo -> repo.compatSsoLogins().exchange(login, session));
  }

  Optional<CompatSsoLogin> stored(CompatSsoLogin login) {
    return store.read(repo -> repo.compatSsoLogins().lookup(login.id()));
  }

  CompatAccessToken accessToken(CompatSession session, String token) {
    tick();
    return store.write(repo -> repo.compatAccessTokens().add(session, token, Optional.empty()));
  }

  CompatAccessToken accessToken(CompatSession session, String token, Duration lifetime) {
    tick();
    return store.write(
        repo -> repo.compatAccessTokens().add(session, token, Optional.of(lifetime)));
  }

  Optional<CompatAccessToken> stored(CompatAccessToken token) {
    return store.read(repo -> repo.compatAccessTokens().lookup(token.id()));
  }

  /** Together with an access token of its own. */
  CompatRefreshToken refreshToken(CompatSession session, String token) {
    return refreshToken(session, accessToken(session, "access for " + token), token);
  }

  CompatRefreshToken refreshToken(CompatSession session, CompatAccessToken access, String token) {
    tick();
    return store.write(repo -> repo.compatRefreshTokens().add(session, access, token));
  }

  Optional<CompatRefreshToken> stored(CompatRefreshToken token) {
    return store.read(repo -> repo.compatRefreshTokens().lookup(token.id()));
  }

  /** How many rows a table has. */
  int rows(String table) {
    return Integer.parseInt(store.select("SELECT count(*) FROM " + table).get(0));
  }

  /** That a row holds the digest of a secret and nowhere the secret itself. */
  void assertKeptAsDigest(String table, String column, UUID id, String secret) {
    String digest = "encode(%s, 'hex')".formatted(column);
    assertThat(store.select("SELECT %s FROM %s WHERE id = ?".formatted(digest, table), id))
        .containsExactly(store.select("SELECT encode(sha256(?::bytea), 'hex')", secret).get(0))
        .allMatch(hex -> hex.length() == 64);
    assertThat(store.select("SELECT t::text FROM %s t WHERE id = ?".formatted(table), id))
        .hasSize(1)
        .noneMatch(row -> row.contains(secret));
  }

  static <T> T get(Future<T> future) throws Exception {
    return future.get(20, SECONDS);
  }

  static boolean isRefusal(Throwable failure, StateReason reason) {
    return failure instanceof InvalidStateException refusal && refusal.reason() == reason;
  }
}
