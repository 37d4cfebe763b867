package dev.authstore.storage.pg.personal;

import dev.authstore.model.Scope;
import dev.authstore.model.personal.PersonalAccessToken;
import dev.authstore.model.personal.PersonalSession;
import dev.authstore.model.personal.PersonalSessionOwner;
import dev.authstore.model.personal.PersonalSessionOwner.OwnerOAuth2Client;
import dev.authstore.model.personal.PersonalSessionOwner.OwnerUser;
import dev.authstore.model.user.User;
import dev.authstore.storage.pg.OAuth2Fixture;
import dev.authstore.storage.pg.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** What the tests of access for scripts have in common. Each new row is a millisecond later. */
final class Scripts {
  private final Store store;
  private int serial;

  Scripts(Store store) {
    this.store = store;
  }

  /** The time as the database keeps it. */
  Instant now() {
    return store.now();
  }

  User user() {
    tick();
    serial++;
    return store.write(repo -> repo.users().add("user " + serial));
  }

  PersonalSessionOwner client() {
    return new OwnerOAuth2Client(OAuth2Fixture.client(store).id());
  }

  /** A session of somebody for themselves. */
  PersonalSession session() {
    return session(user());
  }

  /** A session of a user for themselves. */
  PersonalSession session(User user) {
    return session(new OwnerUser(user.id()), user, "openid");
  }

  PersonalSession session(PersonalSessionOwner owner, User actor, String scope) {
    tick();
    return store.write(
        repo -> repo.personalSessions().add(owner, actor, "script", Scope.parse(scope)));
  }

  PersonalAccessToken token(PersonalSession session) {
    return token(session, Optional.empty());
  }

  PersonalAccessToken token(PersonalSession session, Optional<Duration> expiresAfter) {
    serial++;
    return token(session, "token " + serial, expiresAfter);
  }

  PersonalAccessToken token(
      PersonalSession session, String token, Optional<Duration> expiresAfter) {
    tick();
    return store.write(repo -> repo.personalAccessTokens().add(session, token, expiresAfter));
  }

  PersonalAccessToken replaced(PersonalSession session, String token) {
    tick();
    return store.write(
        repo -> repo.personalAccessTokens().replace(session, token, Optional.empty()));
  }

  PersonalSession revoked(PersonalSession session) {
    tick();
    return store.write(repo -> repo.personalSessions().revoke(session));
  }

  PersonalAccessToken revoked(PersonalAccessToken token) {
    tick();
    return store.write(repo -> repo.personalAccessTokens().revoke(token));
  }

  Optional<PersonalSession> stored(PersonalSession session) {
    return store.read(repo -> repo.personalSessions().lookup(session.id()));
  }

  Optional<PersonalAccessToken> stored(PersonalAccessToken token) {
    return store.read(repo -> repo.personalAccessTokens().lookup(token.id()));
  }

  Optional<PersonalAccessToken> activeTokenOf(PersonalSession session) {
    return store.read(repo -> repo.personalAccessTokens().findActiveForSession(session));
  }

  void remove(PersonalSession session) {
    store.sql("DELETE FROM personal_sessions WHERE id = ?", session.id());
  }

  /** How many tokens are not revoked although their session is. */
  int liveTokensOfDeadSessions() {
    return store
        .select(
            """
            SELECT t.id FROM personal_access_tokens t JOIN personal_sessions s ON s.id = t.session_id
            WHERE t.revoked_at IS NULL AND s.revoked_at IS NOT NULL
            """)
        .size();
  }

  private void tick() {
    store.clock().advance(Duration.ofMillis(1));
  }
}
