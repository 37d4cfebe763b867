package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.authstore.model.TokenKind;
import dev.authstore.model.oauth2.OAuth2AccessToken;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2RefreshToken;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.oauth2.NewTokens;
import dev.authstore.storage.oauth2.Rotation;
import dev.authstore.storage.oauth2.RotationPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * At a hundred thousand tokens of either kind, no statement reads a whole table; in the profile
 * {@code scale}, at a million and a half, none touches too many pages either.
 */
@Tag("plans")
class OAuth2TokenPlansPostgresTest {
  private static final int USERS = Plans.rows(34_000, 250_000);
  private static final int SESSIONS = Plans.rows(34_000, 1_000_000);

  /** Each three access and three refresh tokens. */
  private static final int CHAINS = Plans.rows(34_000, 500_000);

  private static final Optional<Instant> ALL = Optional.empty();
  private static final Optional<String> NO_AGENT = Optional.empty();

  @RegisterExtension final Store store = Store.fresh();

  private final Random random = new Random(7);

  @SuppressWarnings("NullAway.Init") // set before each test
  private OAuth2Client client;

  @BeforeEach
  void insertTokens() {
    client = OAuth2Fixture.client(store);
    store.sql(
        """
        INSERT INTO users (id, username, username_folded, created_at, can_request_admin, is_guest)
        SELECT md5('user' || n)::uuid, 'user' || n, 'user' || n, '2021-10-01T00:00:00Z', false, false
        FROM generate_series(1, ?) n
        """,
        USERS);
    store.sql(
        """
        INSERT INTO oauth2_sessions (id, client_id, user_id, scope, created_at)
        SELECT md5('session' || n)::uuid, ?, md5('user' || n % ? + 1)::uuid, '{openid}', '2021-11-01T00:00:00Z'
        FROM generate_series(1, ?) n
        """,
        client.id(), USERS, SESSIONS);
    insertChains();
    store.sql("VACUUM ANALYZE");
  }

  /** Three pairs in each session: of the first nothing is left to be done, the last is valid. */
  private void insertChains() {
    store.sql(
        """
        INSERT INTO oauth2_access_tokens (id, session_id, token_digest, created_at, expires_at, revoked_at)
        SELECT md5('access' || n || ' ' || m)::uuid, md5('session' || n)::uuid, sha256((n || ' ' || m)::bytea),
          at, at + interval '5 minutes', CASE WHEN m < 3 THEN at + interval '4 minutes' END
        FROM generate_series(1, ?) n CROSS JOIN generate_series(1, 3) m
        CROSS JOIN LATERAL (SELECT timestamptz '2021-11-01T00:00:00Z' + interval '1 minute' * (n + 5 * m) AS at) times
        """,
        CHAINS);
    store.sql(
        """
        INSERT INTO oauth2_refresh_tokens
          (id, session_id, access_token_id, token_digest, created_at, consumed_at, next_refresh_token_id)
        SELECT md5('refresh' || n || ' ' || m)::uuid, md5('session' || n)::uuid, md5('access' || n || ' ' || m)::uuid,
          sha256((n || ' ' || m)::bytea), at, CASE WHEN m < 3 THEN at + interval '4 minutes' END,
          CASE WHEN m < 3 THEN md5('refresh' || n || ' ' || m + 1)::uuid END
        FROM generate_series(1, ?) n CROSS JOIN generate_series(1, 3) m
        CROSS JOIN LATERAL (SELECT timestamptz '2021-11-01T00:00:00Z' + interval '1 minute' * (n + 5 * m) AS at) times
        """,
        CHAINS);
  }

  /** In one test, since the rows take longer to make than to look at. */
  @TestFactory
  Stream<DynamicContainer> statements() {
    return Stream.of(
        dynamicContainer("noTableIsReadAsAWhole", noTableIsReadAsAWhole()),
        dynamicContainer("norByWhatFollowsADeletion", norByWhatFollowsADeletion()));
  }

  private Stream<DynamicTest> noTableIsReadAsAWhole() {
    Plans plans = new Plans(store);
    return operations().entrySet().stream()
        .map(
            operation ->
                dynamicTest(
                    operation.getKey(),
                    () ->
                        plans.assertIndexed(
                            line(operation.getKey(), operation.getValue()),
                            Set.of("oauth2_clients"))));
  }

  private static Plans.Line line(String name, Consumer<RepositoryAccess> work) {
    Plans.Line line = new Plans.Line(name, work);
    return cleanups().containsKey(name) ? line.pages(Plans.PAGES_OF_A_BATCH) : line;
  }

  /** Counted by the server, so that what follows a deletion is seen as well. */
  private Stream<DynamicTest> norByWhatFollowsADeletion() {
    return cleanups().entrySet().stream()
        .map(
            operation ->
                dynamicTest(
                    operation.getKey(),
                    () -> {
                      long before = scans();

                      store.run(operation.getValue());

                      assertThat(scans()).isEqualTo(before);
                    }));
  }

  private Map<String, Consumer<RepositoryAccess>> operations() {
    Map<String, Consumer<RepositoryAccess>> operations = new LinkedHashMap<>();
    String accessText = TokenKind.ACCESS_TOKEN.generate(random);
    String refreshText = TokenKind.REFRESH_TOKEN.generate(random);
    String usedText = TokenKind.REFRESH_TOKEN.generate(random);
    OAuth2AccessToken access = access("17 3", accessText);
    OAuth2RefreshToken refresh = refresh("17 3", refreshText);
    OAuth2RefreshToken used = refresh("18 2", usedText);
    OAuth2Session session = session(refresh.sessionId());
    operations.put("access token by id", repo -> repo.oauth2AccessTokens().lookup(access.id()));
    operations.put(
        "access token by text", repo -> repo.oauth2AccessTokens().findByToken(accessText));
    operations.put("introspection", repo -> repo.oauth2AccessTokens().introspect(accessText));
    operations.put(
        "introspection with first use",
        repo -> repo.oauth2AccessTokens().introspectAndMarkUsed(accessText));
    operations.put(
        "new access token",
        repo -> repo.oauth2AccessTokens().add(session, "new", Optional.empty()));
    operations.put("first use", repo -> repo.oauth2AccessTokens().markUsed(access));
    operations.put(
        "withdrawal of an access token", repo -> repo.oauth2AccessTokens().revoke(access));
    operations.put("refresh token by id", repo -> repo.oauth2RefreshTokens().lookup(refresh.id()));
    operations.put(
        "refresh token by text", repo -> repo.oauth2RefreshTokens().findByToken(refreshText));
    operations.put(
        "introspection of a refresh token",
        repo -> repo.oauth2RefreshTokens().introspect(refreshText));
    operations.put(
        "new refresh token", repo -> repo.oauth2RefreshTokens().add(session, access, "new"));
    operations.put(
        "consumption",
        repo ->
            repo.oauth2RefreshTokens()
                .consume(refresh, repo.oauth2RefreshTokens().add(session, access, "new")));
    operations.put(
        "withdrawal of a refresh token", repo -> repo.oauth2RefreshTokens().revoke(refresh));
    operations.put("rotation", repo -> rotate(repo, refreshText));
    operations.put(
        "repeated rotation",
        repo -> assertThat(((Rotation.Rotated) rotate(repo, usedText)).reissued()).isTrue());
    operations.putAll(cleanups());
    assertThat(used.isConsumed()).isTrue();
    return operations;
  }

  private static Map<String, Consumer<RepositoryAccess>> cleanups() {
    Instant until = Instant.parse("2022-01-01T00:00:00Z");
    Map<String, Consumer<RepositoryAccess>> cleanups = new LinkedHashMap<>();
    cleanups.put(
        "deletion of revoked access tokens",
        repo ->
            assertThat(repo.oauth2AccessTokens().cleanupRevoked(ALL, until, 1_000).count())
                .isEqualTo(1_000));
    cleanups.put(
        "deletion of expired access tokens",
        repo ->
            assertThat(repo.oauth2AccessTokens().cleanupExpired(ALL, until, 1_000).count())
                .isEqualTo(1_000));
    cleanups.put(
        "deletion of revoked refresh tokens",
        repo ->
            assertThat(repo.oauth2RefreshTokens().cleanupRevoked(ALL, until, 1_000).count())
                .isZero());
    cleanups.put(
        "deletion of consumed refresh tokens",
        repo ->
            assertThat(repo.oauth2RefreshTokens().cleanupConsumed(ALL, until, 1_000).count())
                .isEqualTo(1_000));
    return cleanups;
  }

  private Rotation rotate(RepositoryAccess repo, String text) {
    NewTokens next =
        new NewTokens(
            TokenKind.ACCESS_TOKEN.generate(random),
            Optional.of(Duration.ofMinutes(5)),
            Optional.of(TokenKind.REFRESH_TOKEN.generate(random)));
    return repo.oauth2RefreshTokens().rotate(client, text, next, RotationPolicy.DEFAULT, NO_AGENT);
  }

  private OAuth2AccessToken access(String name, String text) {
    store.sql(
        "UPDATE oauth2_access_tokens SET token_digest = sha256(?::text::bytea), expires_at = NULL WHERE id = ?",
        text,
        id("access" + name));
    return store
        .<Optional<OAuth2AccessToken>>read(repo -> repo.oauth2AccessTokens().findByToken(text))
        .orElseThrow();
  }

  private OAuth2RefreshToken refresh(String name, String text) {
    store.sql(
        "UPDATE oauth2_refresh_tokens SET token_digest = sha256(?::text::bytea) WHERE id = ?",
        text,
        id("refresh" + name));
    return store
        .<Optional<OAuth2RefreshToken>>read(repo -> repo.oauth2RefreshTokens().findByToken(text))
        .orElseThrow();
  }

  private OAuth2Session session(UUID id) {
    return store
        .<Optional<OAuth2Session>>read(repo -> repo.oauth2Sessions().lookup(id))
        .orElseThrow();
  }

  private UUID id(String name) {
    return UUID.fromString(store.select("SELECT md5(?::text)::uuid", name).get(0));
  }

  private long scans() {
    return Counters.read(
        store,
        "SELECT sum(seq_scan) FROM pg_stat_user_tables"
            + " WHERE relname ~ '^oauth2_(sessions|access|refresh)'");
  }
}
