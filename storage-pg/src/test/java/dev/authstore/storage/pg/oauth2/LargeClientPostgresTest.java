package dev.authstore.storage.pg.oauth2;

import static java.util.concurrent.TimeUnit.MINUTES;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.storage.oauth2.Introspection;
import dev.authstore.storage.pg.PgRepository;
import dev.authstore.storage.pg.Store;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jooq.DSLContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A client with a million tokens, two access and two refresh tokens in each session. */
@Tag("scale")
class LargeClientPostgresTest {
  private static final int SESSIONS = 250_000;
  private static final int BATCH = 1_000;
  private static final int ROWS_OF_A_SESSION = 1 + 2 + 2;

  @RegisterExtension final Store store = Store.fresh();

  private final OAuth2Sessions sessions = new OAuth2Sessions(store);

  /** Each batch is held before it is saved, so that whatever waits for its locks is seen. */
  @Test
  void isDeletedInBoundedBatchesWhileTokensAreIntrospected() throws Exception {
    OAuth2Client client = sessions.client();
    String other = sessions.accessToken(sessions.session(sessions.client(), sessions.user("john")));
    insertTokens(client);
    List<String> doomed = addTokenToFirstOfEachBatch(client);
    AtomicBoolean deleted = new AtomicBoolean();
    CompletableFuture<Integer> introspections =
        CompletableFuture.supplyAsync(() -> introspectUntil(deleted, other));

    for (String token : doomed) {
      deleteBatch(client, token, other);
    }
    store.run(repo -> repo.oauth2Clients().delete(client));
    deleted.set(true);

    assertThat(introspections.get(1, MINUTES)).isGreaterThan(doomed.size());
    assertThat(store.select("SELECT count(*) FROM oauth2_access_tokens")).containsExactly("1");
    assertThat(store.select("SELECT count(*) FROM oauth2_refresh_tokens")).containsExactly("0");
  }

  private void deleteBatch(OAuth2Client client, String doomed, String other) {
    Store.Held<Integer> batch =
        store.hold(repo -> repo.oauth2Clients().deleteSessions(client, BATCH));

    Introspection ofTheBatch = introspect(doomed);
    Introspection ofAnother = introspect(other);
    long rows = deletedRows(batch);
    batch.save();

    assertThat(batch.result()).isEqualTo(BATCH);
    assertThat(rows).isEqualTo(BATCH * ROWS_OF_A_SESSION + 1); // and what was added to the first
    assertThat(List.of(ofTheBatch, ofAnother)).hasOnlyElementsOfType(Introspection.Active.class);
    assertThat(introspect(doomed))
        .isEqualTo(new Introspection.Inactive(Introspection.Reason.UNKNOWN));
  }

  /** Returns how many introspections found the token active; one that had to wait would fail. */
  private int introspectUntil(AtomicBoolean end, String token) {
    int active = 0;
    while (!end.get()) {
      assertThat(introspect(token)).isInstanceOf(Introspection.Active.class);
      active++;
    }
    return active;
  }

  private Introspection introspect(String token) {
    return store.write(
        repo -> {
          ((PgRepository) repo).dsl().execute("SET LOCAL lock_timeout = 1");
          return repo.oauth2AccessTokens().introspect(token);
        });
  }

  private static long deletedRows(Store.Held<?> unitOfWork) {
    DSLContext dsl = ((PgRepository) unitOfWork.repo()).dsl();
    return Long.parseLong(
        String.valueOf(dsl.fetchValue("SELECT sum(n_tup_del) FROM pg_stat_xact_user_tables")));
  }

  private List<String> addTokenToFirstOfEachBatch(OAuth2Client client) {
    return store
        .select(
            """
            SELECT id FROM (
              SELECT id, row_number() OVER (ORDER BY id) AS number FROM oauth2_sessions WHERE client_id = ?
            ) AS numbered
            WHERE number % ? = 1
            ORDER BY number
            """,
            client.id(), BATCH)
        .stream()
        .map(id -> sessions.accessToken(session(UUID.fromString(id))))
        .toList();
  }

  private OAuth2Session session(UUID id) {
    return store
        .<Optional<OAuth2Session>>read(repo -> repo.oauth2Sessions().lookup(id))
        .orElseThrow();
  }

  private void insertTokens(OAuth2Client client) {
    store.sql(
        """
        INSERT INTO oauth2_sessions (id, client_id, scope, created_at)
        SELECT md5('session' || n)::uuid, ?, '{openid}', '2022-01-01T00:00:00Z' FROM generate_series(1, ?) n
        """,
        client.id(),
        SESSIONS);
    store.sql(
        """
        INSERT INTO oauth2_access_tokens (id, session_id, token_digest, created_at)
        SELECT md5('access' || n || ' ' || m)::uuid, md5('session' || n)::uuid, sha256((n || ' ' || m)::bytea),
          '2022-01-01T00:00:00Z'
        FROM generate_series(1, ?) n CROSS JOIN generate_series(1, 2) m
        """,
        SESSIONS);
    store.sql(
        """
        INSERT INTO oauth2_refresh_tokens
          (id, session_id, access_token_id, next_refresh_token_id, token_digest, created_at, consumed_at)
        SELECT md5('refresh' || n || ' ' || m)::uuid, md5('session' || n)::uuid, md5('access' || n || ' ' || m)::uuid,
          CASE WHEN m = 1 THEN md5('refresh' || n || ' ' || 2)::uuid END, sha256((n || ' ' || m)::bytea),
          '2022-01-01T00:00:00Z', CASE WHEN m = 1 THEN timestamptz '2022-01-01T00:05:00Z' END
        FROM generate_series(1, ?) n CROSS JOIN generate_series(1, 2) m
        """,
        SESSIONS);
    store.sql("VACUUM ANALYZE");
  }
}
