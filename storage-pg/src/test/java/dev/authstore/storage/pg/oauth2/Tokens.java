package dev.authstore.storage.pg.oauth2;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.TokenKind;
import dev.authstore.model.oauth2.OAuth2AccessToken;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2RefreshToken;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.User;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.oauth2.Introspection;
import dev.authstore.storage.oauth2.NewTokens;
import dev.authstore.storage.oauth2.RefreshIntrospection;
import dev.authstore.storage.oauth2.Rotation;
import dev.authstore.storage.oauth2.RotationPolicy;
import dev.authstore.storage.pg.OAuth2Fixture;
import dev.authstore.storage.pg.PgRepository;
import dev.authstore.storage.pg.Store;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Future;

/** What the tests of tokens have in common. */
final class Tokens {
  static final Duration TTL = Duration.ofMinutes(5);
  static final Optional<String> NO_AGENT = Optional.empty();

  private static final SecureRandom RANDOM = new SecureRandom();

  private final Store store;

  Tokens(Store store) {
    this.store = store;
  }

  /** A session with a valid pair of tokens, and the texts that only its client knows. */
  record Grant(
      OAuth2Client client,
      OAuth2Session session,
      OAuth2AccessToken access,
      String accessText,
      OAuth2RefreshToken refresh,
      String refreshText) {}

  static String accessText() {
    return TokenKind.ACCESS_TOKEN.generate(RANDOM);
  }

  static String refreshText() {
    return TokenKind.REFRESH_TOKEN.generate(RANDOM);
  }

  /** A new pair that lasts for {@link #TTL}. */
  static NewTokens pair() {
    return new NewTokens(accessText(), Optional.of(TTL), Optional.of(refreshText()));
  }

  static String refreshText(NewTokens tokens) {
    return tokens.refreshToken().orElseThrow();
  }

  User user(String name) {
    return store.write(repo -> repo.users().add(name));
  }

  OAuth2Client client() {
    return OAuth2Fixture.client(store);
  }

  OAuth2Session session() {
    return OAuth2Fixture.session(store, client());
  }

  /** For a client that acts for itself. */
  Grant grant() {
    return grant(Optional.empty());
  }

  Grant grant(User user) {
    return grant(Optional.of(user));
  }

  private Grant grant(Optional<User> user) {
    OAuth2Client client = client();
    OAuth2Session session = OAuth2Fixture.session(store, client, user);
    String accessText = accessText();
    String refreshText = refreshText();
    return store.write(
        repo -> {
          OAuth2AccessToken access =
              repo.oauth2AccessTokens().add(session, accessText, Optional.of(TTL));
          OAuth2RefreshToken refresh = repo.oauth2RefreshTokens().add(session, access, refreshText);
          return new Grant(client, session, access, accessText, refresh, refreshText);
        });
  }

  OAuth2AccessToken access(OAuth2Session session, String text) {
    return store.write(repo -> repo.oauth2AccessTokens().add(session, text, Optional.of(TTL)));
  }

  OAuth2RefreshToken refresh(OAuth2Session session, OAuth2AccessToken access) {
    return store.write(repo -> repo.oauth2RefreshTokens().add(session, access, refreshText()));
  }

  OAuth2AccessToken stored(OAuth2AccessToken token) {
    return store
        .<Optional<OAuth2AccessToken>>read(repo -> repo.oauth2AccessTokens().lookup(token.id()))
        .orElseThrow();
  }

  OAuth2RefreshToken stored(OAuth2RefreshToken token) {
    return refreshToken(token.id());
  }

  Optional<OAuth2RefreshToken> find(OAuth2RefreshToken token) {
    return store.read(repo -> repo.oauth2RefreshTokens().lookup(token.id()));
  }

  Optional<OAuth2AccessToken> find(OAuth2AccessToken token) {
    return store.read(repo -> repo.oauth2AccessTokens().lookup(token.id()));
  }

  /** Uses a refresh token by the default policy, as the token endpoint does. */
  Rotation rotate(OAuth2Client client, String refreshText, NewTokens tokens) {
    return rotate(client, refreshText, tokens, RotationPolicy.DEFAULT);
  }

  Rotation rotate(
      OAuth2Client client, String refreshText, NewTokens tokens, RotationPolicy policy) {
    return store.repositories().direct(repo -> rotate(repo, client, refreshText, tokens, policy));
  }

  static Rotation rotate(
      RepositoryAccess repo, OAuth2Client client, String refreshText, NewTokens tokens) {
    return rotate(repo, client, refreshText, tokens, RotationPolicy.DEFAULT);
  }

  static Rotation rotate(
      RepositoryAccess repo,
      OAuth2Client client,
      String refreshText,
      NewTokens tokens,
      RotationPolicy policy) {
    return repo.oauth2RefreshTokens().rotate(client, refreshText, tokens, policy, NO_AGENT);
  }

  Rotation.Rotated rotated(Grant grant, NewTokens tokens) {
    return rotated(rotate(grant.client(), grant.refreshText(), tokens));
  }

  static Rotation.Rotated rotated(Rotation rotation) {
    assertThat(rotation).isInstanceOf(Rotation.Rotated.class);
    return (Rotation.Rotated) rotation;
  }

  static Rotation.Reason reason(Rotation rotation) {
    assertThat(rotation).isInstanceOf(Rotation.Refused.class);
    return ((Rotation.Refused) rotation).reason();
  }

  Introspection introspect(String accessText) {
    return store.read(repo -> repo.oauth2AccessTokens().introspect(accessText));
  }

  Introspection use(String accessText) {
    return store
        .repositories()
        .direct(repo -> repo.oauth2AccessTokens().introspectAndMarkUsed(accessText));
  }

  RefreshIntrospection introspectRefresh(String refreshText) {
    return store.read(repo -> repo.oauth2RefreshTokens().introspect(refreshText));
  }

  void assertActive(String accessText) {
    assertThat(introspect(accessText)).isInstanceOf(Introspection.Active.class);
  }

  void assertInactive(String accessText, Introspection.Reason reason) {
    assertThat(introspect(accessText)).isEqualTo(new Introspection.Inactive(reason));
  }

  void assertRefreshActive(String refreshText) {
    assertThat(introspectRefresh(refreshText)).isInstanceOf(RefreshIntrospection.Active.class);
  }

  void assertRefreshInactive(String refreshText, RefreshIntrospection.Reason reason) {
    assertThat(introspectRefresh(refreshText)).isEqualTo(new RefreshIntrospection.Inactive(reason));
  }

  void finish(OAuth2Session session) {
    store.run(repo -> repo.oauth2Sessions().finish(session));
  }

  /** Everything stored about sessions and tokens, to see that nothing has changed. */
  List<String> rows() {
    return store.select(
        """
        SELECT concat_ws(' ', 's', ctid, xmin, s) FROM oauth2_sessions s
        UNION ALL SELECT concat_ws(' ', 'a', ctid, xmin, a) FROM oauth2_access_tokens a
        UNION ALL SELECT concat_ws(' ', 'r', ctid, xmin, r) FROM oauth2_refresh_tokens r
        ORDER BY 1
        """);
  }

  /** The refresh tokens in force. */
  List<String> validRefreshTokens() {
    return store.select(
        "SELECT id FROM oauth2_refresh_tokens WHERE consumed_at IS NULL AND revoked_at IS NULL");
  }

  /** The access tokens in force. */
  List<String> validAccessTokens() {
    return store.select(
        "SELECT id FROM oauth2_access_tokens WHERE revoked_at IS NULL"
            + " AND (expires_at IS NULL OR expires_at > ?)",
        now().atOffset(ZoneOffset.UTC));
  }

  Instant now() {
    return store.clock().instant();
  }

  static <T> T get(Future<T> future) throws Exception {
    return future.get(20, SECONDS);
  }

  /** By the default policy. */
  static Rotation rotate(RepositoryAccess repo, Grant grant, NewTokens next) {
    return rotate(repo, grant.client(), grant.refreshText(), next);
  }

  /** The granular flow: the same as a rotation, in steps. */
  static OAuth2RefreshToken replaced(RepositoryAccess repo, Grant grant) {
    OAuth2AccessToken access =
        repo.oauth2AccessTokens().add(grant.session(), accessText(), Optional.of(TTL));
    OAuth2RefreshToken next =
        repo.oauth2RefreshTokens().add(grant.session(), access, refreshText());
    OAuth2RefreshToken consumed = repo.oauth2RefreshTokens().consume(grant.refresh(), next);
    repo.oauth2AccessTokens().revoke(grant.access());
    return consumed;
  }

  static OAuth2Session finish(RepositoryAccess repo, Grant grant) {
    return repo.oauth2Sessions().finish(grant.session());
  }

  static int lockSession(RepositoryAccess repo, Grant grant) {
    return ((PgRepository) repo)
        .dsl()
        .execute(
            "SELECT FROM authstore.oauth2_sessions WHERE id = ? FOR NO KEY UPDATE",
            grant.session().id());
  }

  /** One pair in force, at the end of the chain. */
  void assertOnePair(Grant grant) {
    List<String> refresh = validRefreshTokens();
    assertThat(refresh).hasSize(1);
    assertThat(validAccessTokens()).hasSize(1);
    OAuth2RefreshToken last = stored(grant.refresh());
    while (last.nextRefreshTokenId().isPresent()) {
      last = refreshToken(last.nextRefreshTokenId().get());
    }
    assertThat(last.id()).hasToString(refresh.get(0));
    assertThat(last.accessTokenId().map(UUID::toString)).hasValue(validAccessTokens().get(0));
  }

  private OAuth2RefreshToken refreshToken(UUID id) {
    return store
        .<Optional<OAuth2RefreshToken>>read(repo -> repo.oauth2RefreshTokens().lookup(id))
        .orElseThrow();
  }
}
