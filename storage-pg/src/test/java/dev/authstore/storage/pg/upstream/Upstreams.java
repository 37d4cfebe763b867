package dev.authstore.storage.pg.upstream;

import dev.authstore.model.Json;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSession;
import dev.authstore.model.upstream.UpstreamOAuthLink;
import dev.authstore.model.upstream.UpstreamOAuthProvider;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.model.user.UserRegistration;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.pg.UpstreamFixture;
import dev.authstore.storage.upstream.UpstreamAnswer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Providers, links and logins in the database of a test, each a millisecond after the other. */
final class Upstreams {
  private final Store store;
  private int serial;

  Upstreams(Store store) {
    this.store = store;
  }

  Instant now() {
    return store.now();
  }

  void tick() {
    store.clock().advance(Duration.ofMillis(1));
  }

  static <T> List<T> several(int count, Supplier<T> one) {
    return Stream.generate(one).limit(count).toList();
  }

  UpstreamOAuthProvider provider() {
    return provider(0);
  }

  UpstreamOAuthProvider provider(int uiOrder) {
    tick();
    return store.write(repo -> repo.upstreamOAuthProviders().add(UpstreamFixture.minimal(uiOrder)));
  }

  UpstreamOAuthProvider disabled(UpstreamOAuthProvider provider) {
    return store.write(repo -> repo.upstreamOAuthProviders().disable(provider));
  }

  Optional<UpstreamOAuthProvider> stored(UpstreamOAuthProvider provider) {
    return store.read(repo -> repo.upstreamOAuthProviders().lookup(provider.id()));
  }

  void delete(UpstreamOAuthProvider provider) {
    store.run(repo -> repo.upstreamOAuthProviders().delete(provider));
  }

  UpstreamOAuthLink link(UpstreamOAuthProvider provider) {
    return link(provider, text("subject"));
  }

  UpstreamOAuthLink link(UpstreamOAuthProvider provider, String subject) {
    tick();
    return store.write(repo -> repo.upstreamOAuthLinks().add(provider, subject, Optional.empty()));
  }

  UpstreamOAuthLink link(UpstreamOAuthProvider provider, User user) {
    return associated(link(provider), user);
  }

  UpstreamOAuthLink associated(UpstreamOAuthLink link, User user) {
    return store.write(repo -> repo.upstreamOAuthLinks().associateToUser(link, user));
  }

  Optional<UpstreamOAuthLink> stored(UpstreamOAuthLink link) {
    return store.read(repo -> repo.upstreamOAuthLinks().lookup(link.id()));
  }

  void remove(UpstreamOAuthLink link) {
    store.run(repo -> repo.upstreamOAuthLinks().remove(link));
  }

  UpstreamOAuthAuthorizationSession pending(UpstreamOAuthProvider provider) {
    tick();
    return store.write(
        repo ->
            repo.upstreamOAuthSessions()
                .add(provider, text("state"), Optional.of("verifier"), Optional.of("nonce")));
  }

  UpstreamOAuthAuthorizationSession completed(
      UpstreamOAuthProvider provider, UpstreamOAuthLink link) {
    return completed(pending(provider), link, answer("subject", "session"));
  }

  UpstreamOAuthAuthorizationSession completed(
      UpstreamOAuthAuthorizationSession session, UpstreamOAuthLink link, UpstreamAnswer answer) {
    return store.write(
        repo -> repo.upstreamOAuthSessions().completeWithLink(session, link, answer));
  }

  UpstreamOAuthAuthorizationSession consumed(
      UpstreamOAuthAuthorizationSession session, BrowserSession browserSession) {
    return store.write(repo -> repo.upstreamOAuthSessions().consume(session, browserSession));
  }

  Optional<UpstreamOAuthAuthorizationSession> stored(UpstreamOAuthAuthorizationSession session) {
    return store.read(repo -> repo.upstreamOAuthSessions().lookup(session.id()));
  }

  void delete(UpstreamOAuthAuthorizationSession session) {
    store.sql("DELETE FROM upstream_oauth_authorization_sessions WHERE id = ?", session.id());
  }

  /** Everything a provider may tell. */
  static UpstreamAnswer answer(String sub, String sid) {
    return new UpstreamAnswer(
        Optional.of("e30.e30."),
        Optional.of(Json.ofStrings(Map.of("sub", sub, "sid", sid))),
        Optional.of(Json.parse("{\"user\": \"John\", \"extra\": 1.50}")),
        Optional.of(Json.NULL));
  }

  User user(String name) {
    tick();
    return store.write(repo -> repo.users().add(name));
  }

  BrowserSession browserSession(User user) {
    tick();
    return store.write(repo -> repo.browserSessions().add(user, Optional.empty()));
  }

  void delete(BrowserSession session) {
    store.sql("DELETE FROM browser_sessions WHERE id = ?", session.id());
  }

  /** A sign-up that goes on from a login. */
  UserRegistration signUp(UpstreamOAuthAuthorizationSession session) {
    tick();
    return store.write(
        repo ->
            repo.userRegistrations()
                .setUpstreamOAuthAuthorizationSession(
                    repo.userRegistrations()
                        .add("john", Optional.empty(), Optional.empty(), Optional.empty()),
                    session));
  }

  private String text(String what) {
    serial++;
    return what + " " + serial;
  }
}
