package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.oauth2.OAuth2Sessions.ALL;
import static java.time.Duration.ofSeconds;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.authstore.model.Addresses;
import dev.authstore.model.SessionActivity;
import dev.authstore.model.TokenKind;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.InvalidDataException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.oauth2.Introspection;
import dev.authstore.storage.oauth2.OAuth2AccessTokenRepository;
import dev.authstore.storage.oauth2.TokenRevocation;
import dev.authstore.storage.pg.Counters;
import dev.authstore.storage.pg.PgRepository;
import dev.authstore.storage.pg.Store;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Isolated("others hold back what the server may prune, and with it updates that stay heap-only")
class OAuth2SessionPostgresTest {
  private static final Introspection UNKNOWN =
      new Introspection.Inactive(Introspection.Reason.UNKNOWN);

  @RegisterExtension final Store store = Store.fresh();

  private final OAuth2Sessions sessions = new OAuth2Sessions(store);

  @SuppressWarnings("NullAway.Init") // set before each test
  private OAuth2Client client;

  @SuppressWarnings("NullAway.Init") // set before each test
  private User john;

  @BeforeEach
  void addClientAndUser() {
    client = sessions.client();
    john = sessions.user("john");
  }

  @Nested
  class Locks {
    @Test
    void ofANewSessionAreTakenOnTheAccountFirst() throws Exception {
      BrowserSession browser = sessions.browserSession(john);
      Store.Held<Integer> holder = locking("users", john.id());

      Future<OAuth2Session> add = startAdding(browser);
      store.awaitBlocked(1);
      store.run(repo -> repo.browserSessions().finish(browser)); // not locked yet
      holder.save();

      assertThatExceptionOfType(ExecutionException.class)
          .isThrownBy(() -> add.get(20, SECONDS))
          .withMessageContaining("SESSION_FINISHED");
    }

    @Test
    void ofANewSessionAreTakenOnTheClientLast() throws Exception {
      BrowserSession browser = sessions.browserSession(john);
      Store.Held<Integer> holder = locking("browser_sessions", browser.id());

      Future<OAuth2Session> add = startAdding(browser);
      store.awaitBlocked(1);
      store.run(repo -> repo.oauth2Clients().delete(client)); // not locked yet
      holder.save();

      assertThatExceptionOfType(ExecutionException.class)
          .isThrownBy(() -> add.get(20, SECONDS))
          .withCauseInstanceOf(NotFoundException.class);
    }

    @Test
    void keepAClientFromBeingDeletedUnderANewSession() throws Exception {
      Store.Held<OAuth2Session> add =
          store.hold(
              repo ->
                  repo.oauth2Sessions()
                      .addFromClientCredentials(client, OAuth2Sessions.OPENID, Optional.empty()));

      Future<Boolean> deletion =
          store.start(
              repo -> {
                repo.oauth2Clients().delete(client);
                return true;
              });
      store.awaitBlocked(1);
      add.save();

      assertThat(deletion.get(20, SECONDS)).isTrue();
      assertThat(sessions.count(ALL)).isZero();
    }

    @Test
    void showThatTheTokenWasUsedUpMeanwhile() throws Exception {
      OAuth2Session session = sessions.session(client, john);
      String token = sessions.refreshToken(session);
      Store.Held<Integer> holder = locking("oauth2_sessions", session.id());

      Future<TokenRevocation> revocation =
          store.start(
              repo -> repo.oauth2Sessions().finishByToken(client, token, TokenKind.REFRESH_TOKEN));
      store.awaitBlocked(1);
      execute(holder, "UPDATE authstore.oauth2_refresh_tokens SET consumed_at = created_at");
      holder.save();

      assertThat(revocation.get(20, SECONDS)).isEqualTo(new TokenRevocation.Unknown());
      assertThat(sessions.stored(session)).contains(session);
    }

    @Test
    void areNotWaitedForByOtherClientsAndWithOldTokens() {
      OAuth2Session session = sessions.session(client, john);
      String token = sessions.accessToken(session);
      String consumed = sessions.refreshToken(session);
      store.sql("UPDATE oauth2_refresh_tokens SET consumed_at = created_at");
      OAuth2Client other = sessions.client();
      Store.Held<Integer> holder = locking("oauth2_sessions", session.id());

      List<TokenRevocation> revocations =
          List.of(
              revoke(other, token, TokenKind.ACCESS_TOKEN),
              revoke(client, consumed, TokenKind.REFRESH_TOKEN));
      holder.cancel();

      assertThat(revocations)
          .containsExactly(new TokenRevocation.WrongClient(), new TokenRevocation.Unknown());
    }

    private Future<OAuth2Session> startAdding(BrowserSession browser) {
      return store.start(
          repo ->
              repo.oauth2Sessions()
                  .addFromBrowserSession(client, browser, OAuth2Sessions.OPENID, Optional.empty()));
    }

    private TokenRevocation revoke(OAuth2Client presenting, String token, TokenKind kind) {
      return store.write(repo -> repo.oauth2Sessions().finishByToken(presenting, token, kind));
    }
  }

  @Nested
  class DeletingAClientInBatches {
    @Test
    void lockNothingButTheBatch() {
      List<OAuth2Session> all = sessions.sessions(client, john, 4);
      String early = sessions.accessToken(all.get(0));
      Store.Held<Integer> batch =
          store.hold(repo -> repo.oauth2Clients().deleteSessions(client, 2));

      Optional<OAuth2Session> read = sessions.stored(all.get(0));
      store.run(repo -> repo.oauth2Sessions().recordUserAgent(all.get(3), "still there"));
      OAuth2Session added = sessions.session(client, john);
      batch.save();

      assertThat(read).contains(all.get(0));
      assertThat(sessions.list(ALL))
          .extracting(OAuth2Session::id)
          .containsExactly(all.get(2).id(), all.get(3).id(), added.id());
      assertThat(revoked(early)).isEqualTo(new TokenRevocation.Unknown());
    }

    @Test
    void getsThroughTwentyThousandSessionsWithTheirTokens() {
      insertSessionsWithTokens(20_000);
      OAuth2Client other = sessions.client();
      OAuth2Session kept = sessions.session(other, john);

      int batches = 0;
      while (store.<Integer>write(repo -> repo.oauth2Clients().deleteSessions(client, 5000))
          == 5000) {
        batches++;
      }
      store.run(repo -> repo.oauth2Clients().delete(client));

      assertThat(batches).isEqualTo(4);
      assertThat(sessions.list(ALL)).containsExactly(kept);
      assertThat(store.select("SELECT id FROM oauth2_access_tokens LIMIT 1")).isEmpty();
      assertThat(store.select("SELECT id FROM oauth2_refresh_tokens LIMIT 1")).isEmpty();
    }

    @Test
    void keepNoIntrospectionWaiting() {
      String doomed = sessions.accessToken(sessions.session(client, john));
      String other = sessions.accessToken(sessions.session(sessions.client(), john));
      Store.Held<Integer> batch =
          store.hold(repo -> repo.oauth2Clients().deleteSessions(client, 1));

      Introspection ofTheBatch = withoutWaiting(tokens -> tokens.introspect(doomed));
      Introspection ofAnother = withoutWaiting(tokens -> tokens.introspectAndMarkUsed(other));
      batch.save();

      assertThat(List.of(ofTheBatch, ofAnother)).hasOnlyElementsOfType(Introspection.Active.class);
      assertThat(withoutWaiting(tokens -> tokens.introspect(doomed))).isEqualTo(UNKNOWN);
    }

    @Test
    void letOnlyTheFirstUseOfTheirTokensWait() throws Exception {
      String used = sessions.accessToken(sessions.session(client, john));
      String unused = sessions.accessToken(sessions.session(client, john));
      store.run(repo -> repo.oauth2AccessTokens().introspectAndMarkUsed(used));
      Store.Held<Integer> batch =
          store.hold(repo -> repo.oauth2Clients().deleteSessions(client, 2));

      Introspection again = withoutWaiting(tokens -> tokens.introspectAndMarkUsed(used));
      Future<Introspection> first =
          store.start(repo -> repo.oauth2AccessTokens().introspectAndMarkUsed(unused));
      store.awaitBlocked(1);
      batch.save();

      assertThat(again).isInstanceOf(Introspection.Active.class);
      assertThat(first.get(20, SECONDS)).isEqualTo(UNKNOWN);
    }

    private Introspection withoutWaiting(
        Function<OAuth2AccessTokenRepository, Introspection> introspection) {
      return store.write(
          repo -> {
            ((PgRepository) repo).dsl().execute("SET LOCAL lock_timeout = 1");
            return introspection.apply(repo.oauth2AccessTokens());
          });
    }

    private TokenRevocation revoked(String token) {
      return store.write(
          repo -> repo.oauth2Sessions().finishByToken(client, token, TokenKind.ACCESS_TOKEN));
    }

    private void insertSessionsWithTokens(int number) {
      store.sql(
          """
          WITH session AS (
            INSERT INTO oauth2_sessions (id, client_id, scope, created_at)
            SELECT gen_random_uuid(), ?, '{}', now() FROM generate_series(1, ?) RETURNING id
          ), access_token AS (
            INSERT INTO oauth2_access_tokens (id, session_id, token_digest, created_at)
            SELECT id, id, sha256(id::text::bytea), now() FROM session RETURNING id
          )
          INSERT INTO oauth2_refresh_tokens (id, session_id, access_token_id, token_digest, created_at)
          SELECT id, id, id, sha256(id::text::bytea), now() FROM access_token
          """,
          client.id(),
          number);
      store.sql("ANALYZE oauth2_sessions, oauth2_access_tokens, oauth2_refresh_tokens");
    }
  }

  @Nested
  class HeapOnlyUpdates {
    @Test
    void areAllUpdatesByActivityWithinADay() {
      List<OAuth2Session> all = sessions.sessions(client, john, 5); // they fit into one page
      Instant morning = Instant.parse("2022-01-17T08:00:00Z");
      record(all, morning, "192.0.2.1");
      long changedBefore = updates("n_tup_upd");
      long heapOnlyBefore = updates("n_tup_hot_upd");

      for (int i = 1; i <= 10; i++) {
        record(all, morning.plus(ofSeconds(60L * i)), "192.0.2." + (i + 1));
      }

      assertThat(updates("n_tup_upd") - changedBefore).isEqualTo(5 * 10);
      assertThat(updates("n_tup_hot_upd") - heapOnlyBefore).isEqualTo(5 * 10);
    }

    private void record(List<OAuth2Session> all, Instant at, String ip) {
      List<SessionActivity> events =
          all.stream()
              .map(
                  session ->
                      new SessionActivity(session.id(), at, Optional.of(Addresses.parse(ip))))
              .toList();
      store.run(repo -> repo.oauth2Sessions().recordBatchActivity(events));
    }

    private long updates(String counter) {
      return Counters.read(
          store,
          "SELECT " + counter + " FROM pg_stat_user_tables WHERE relname = 'oauth2_sessions'");
    }
  }

  @Nested
  class CorruptRows {
    @ParameterizedTest
    @CsvSource({
      "scope, scope = '{a b}'",
      "last_active_ip, 'last_active_at = created_at, last_active_ip = ''10.0.0.0/8'''"
    })
    void areNamedWithTableColumnAndId(String column, String change) {
      OAuth2Session session = sessions.session(client, john);
      store.sql("UPDATE oauth2_sessions SET " + change);

      InvalidDataException refusal =
          (InvalidDataException) store.refusal(repo -> repo.oauth2Sessions().lookup(session.id()));

      assertThat(refusal.table()).isEqualTo("oauth2_sessions");
      assertThat(refusal.column()).isEqualTo(column);
      assertThat(refusal.id()).contains(session.id());
    }
  }

  /** A unit of work that holds the lock of a row and has not changed it. */
  private Store.Held<Integer> locking(String table, Object id) {
    return store.hold(
        repo ->
            ((PgRepository) repo)
                .dsl()
                .fetch("SELECT id FROM authstore." + table + " WHERE id = ? FOR NO KEY UPDATE", id)
                .size());
  }

  private static void execute(Store.Held<Integer> holder, String sql) {
    ((PgRepository) holder.repo()).dsl().execute(sql);
  }
}
