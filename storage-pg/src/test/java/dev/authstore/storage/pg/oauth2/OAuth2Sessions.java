package dev.authstore.storage.pg.oauth2;

import static java.time.Duration.ofMillis;

import dev.authstore.model.Addresses;
import dev.authstore.model.Ids;
import dev.authstore.model.Scope;
import dev.authstore.model.SessionActivity;
import dev.authstore.model.TokenKind;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.oauth2.OAuth2SessionFilter;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.OAuth2Fixture;
import dev.authstore.storage.pg.Store;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;

/** The sessions of a test, what they hang under, and what hangs under them. */
final class OAuth2Sessions {
  static final OAuth2SessionFilter ALL = OAuth2SessionFilter.all();
  static final Scope OPENID = Scope.of("openid");

  private final Store store;
  private final Random random = new Random(7);

  OAuth2Sessions(Store store) {
    this.store = store;
  }

  /** As the database keeps it. */
  Instant now() {
    return store.now();
  }

  User user(String name) {
    return store.write(repo -> repo.users().add(name));
  }

  BrowserSession browserSession(User user) {
    return store.write(repo -> repo.browserSessions().add(user, Optional.empty()));
  }

  OAuth2Client client() {
    return OAuth2Fixture.client(store);
  }

  OAuth2Client staticClient() {
    UUID id = new UUID(Ids.minAt(now()).getMostSignificantBits(), random.nextLong());
    return store.write(
        repo -> repo.oauth2Clients().upsertStatic(OAuth2Fixture.ofConfiguration(id)));
  }

  /** Of a user who approved it nowhere. */
  OAuth2Session session(OAuth2Client client, User user) {
    return session(client, user, OPENID);
  }

  OAuth2Session session(OAuth2Client client, User user, Scope scope) {
    store.clock().advance(ofMillis(1));
    return store.write(
        repo ->
            repo.oauth2Sessions()
                .add(client, Optional.of(user), Optional.empty(), scope, Optional.empty()));
  }

  OAuth2Session session(OAuth2Client client, BrowserSession browserSession) {
    store.clock().advance(ofMillis(1));
    return store.write(
        repo ->
            repo.oauth2Sessions()
                .addFromBrowserSession(client, browserSession, OPENID, Optional.empty()));
  }

  /** Of a client that acts for itself. */
  OAuth2Session session(OAuth2Client client) {
    store.clock().advance(ofMillis(1));
    return store.write(
        repo -> repo.oauth2Sessions().addFromClientCredentials(client, OPENID, Optional.empty()));
  }

  /** Many at once. */
  List<OAuth2Session> sessions(OAuth2Client client, User user, int number) {
    return store.write(
        repo ->
            Stream.generate(
                    () ->
                        repo.oauth2Sessions()
                            .add(
                                client,
                                Optional.of(user),
                                Optional.empty(),
                                OPENID,
                                Optional.empty()))
                .limit(number)
                .toList());
  }

  OAuth2Session finished(OAuth2Session session) {
    return store.write(repo -> repo.oauth2Sessions().finish(session));
  }

  void used(OAuth2Session session, Instant at, Optional<String> ip) {
    SessionActivity activity = new SessionActivity(session.id(), at, ip.map(Addresses::parse));
    store.run(repo -> repo.oauth2Sessions().recordBatchActivity(List.of(activity)));
  }

  Optional<OAuth2Session> stored(OAuth2Session session) {
    return store.read(repo -> repo.oauth2Sessions().lookup(session.id()));
  }

  List<OAuth2Session> list(OAuth2SessionFilter filter) {
    return store.read(repo -> repo.oauth2Sessions().list(filter, Pagination.first(1000)).nodes());
  }

  long count(OAuth2SessionFilter filter) {
    return store.read(repo -> repo.oauth2Sessions().count(filter));
  }

  /** Deletes a session as an administrator would who deletes its client. */
  void remove(OAuth2Session session) {
    store.sql("DELETE FROM oauth2_sessions WHERE id = ?", session.id());
  }

  /** A stored access token of the session, as its client presents it. */
  String accessToken(OAuth2Session session) {
    String token = TokenKind.ACCESS_TOKEN.generate(random);
    store.sql(
        """
        INSERT INTO oauth2_access_tokens (id, session_id, token_digest, created_at, expires_at)
        VALUES (gen_random_uuid(), ?, sha256(?::bytea), ?::timestamptz, ?::timestamptz + interval '5 minutes')
        """,
        session.id(),
        token,
        now().toString(),
        now().toString());
    return token;
  }

  /** A stored refresh token of the session, as its client presents it. */
  String refreshToken(OAuth2Session session) {
    String token = TokenKind.REFRESH_TOKEN.generate(random);
    store.sql(
        """
        INSERT INTO oauth2_refresh_tokens (id, session_id, token_digest, created_at)
        VALUES (gen_random_uuid(), ?, sha256(?::bytea), ?::timestamptz)
        """,
        session.id(),
        token,
        now().toString());
    return token;
  }
}
