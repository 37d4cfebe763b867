package dev.authstore.storage.pg.user;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Addresses;
import dev.authstore.model.SessionActivity;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.Password;
import dev.authstore.model.user.User;
import dev.authstore.storage.InvalidDataException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.StorageObserver;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.page.TimeRange;
import dev.authstore.storage.pg.Counters;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.user.BrowserSessionFilter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class BrowserSessionPostgresTest {
  private static final BrowserSessionFilter ALL = BrowserSessionFilter.all();
  private static final Instant MID_FIXTURE = Instant.parse("2022-01-02T00:00:00Z");

  @RegisterExtension final Store store = Store.fresh();
  private final BrowserSessions browsers = new BrowserSessions(store);

  /** Counted by the server while the operations run, so these are the plans with real values. */
  @Nested
  class SequentialScans {
    @Test
    void areCounted() {
      store.sql("ANALYZE browser_sessions");
      long before = sequentialScans();

      store.select("SELECT id FROM browser_sessions WHERE user_agent = 'unknown'");

      assertThat(sequentialScans()).isGreaterThan(before);
    }

    @Test
    void areNotNeededToServeRequests() {
      insertHundredThousandSessions();
      User user = store.read(repo -> repo.users().findByUsername("user17")).orElseThrow();
      BrowserSessionFilter mine = ALL.user(user.id());
      BrowserSession session = firstOf(mine.active(true));
      Map<String, Consumer<RepositoryAccess>> operations = new LinkedHashMap<>();
      operations.put("lookup", repo -> repo.browserSessions().lookup(session.id()));
      operations.put(
          "list of a user", repo -> repo.browserSessions().list(mine, Pagination.first(20)));
      operations.put(
          "list of a user backward",
          repo -> repo.browserSessions().list(mine, Pagination.last(20)));
      operations.put(
          "list of everybody", repo -> repo.browserSessions().list(ALL, Pagination.first(20)));
      operations.put("count of a user", repo -> repo.browserSessions().count(mine));
      operations.put(
          "list by creation",
          repo ->
              repo.browserSessions()
                  .list(ALL.created(TimeRange.after(MID_FIXTURE)), Pagination.first(20)));
      operations.put(
          "last authentication", repo -> repo.browserSessions().getLastAuthentication(session));
      operations.put("add", repo -> repo.browserSessions().add(user, Optional.empty()));
      operations.put(
          "activity",
          repo ->
              repo.browserSessions()
                  .recordBatchActivity(
                      List.of(new SessionActivity(session.id(), MID_FIXTURE, Optional.empty()))));
      operations.put("finish", repo -> repo.browserSessions().finish(session));
      operations.put("finish bulk of a user", repo -> repo.browserSessions().finishBulk(mine));

      List<String> scanning = scanning(operations);

      assertThat(scanning).isEmpty();
    }

    @Test
    void areNotNeededByJobs() {
      insertHundredThousandSessions();
      Map<String, Consumer<RepositoryAccess>> operations = new LinkedHashMap<>();
      operations.put(
          "finish inactive",
          repo -> repo.browserSessions().finishBatch(inactive(MID_FIXTURE), 100));
      operations.put(
          "cleanup of finished",
          repo -> repo.browserSessions().cleanupFinished(Optional.empty(), MID_FIXTURE, 1000));
      operations.put(
          "cleanup of addresses",
          repo -> repo.browserSessions().cleanupInactiveIps(Optional.empty(), MID_FIXTURE, 1000));

      List<String> scanning = scanning(operations);

      assertThat(scanning).isEmpty();
    }

    private List<String> scanning(Map<String, Consumer<RepositoryAccess>> operations) {
      List<String> scanning = new ArrayList<>();
      operations.forEach(
          (name, operation) -> {
            long before = sequentialScans();
            store.run(operation);
            if (sequentialScans() > before) {
              scanning.add(name);
            }
          });
      return scanning;
    }

    private BrowserSessionFilter inactive(Instant since) {
      return ALL.active(true).inactiveSince(since);
    }
  }

  @Nested
  class HeapOnlyUpdates {
    @Test
    void areAllUpdatesByActivityWithinADay() {
      List<BrowserSession> sessions =
          browsers.sessions(browsers.user("john"), 5); // all versions of them fit into one page
      Instant morning = Instant.parse("2022-01-17T08:00:00Z");
      record(sessions, morning, "192.0.2.1");
      long changedBefore = updates("n_tup_upd");
      long heapOnlyBefore = updates("n_tup_hot_upd");

      for (int i = 1; i <= 10; i++) {
        record(sessions, morning.plus(ofSeconds(60L * i)), "192.0.2." + (i + 1));
      }

      assertThat(updates("n_tup_upd") - changedBefore).isEqualTo(5 * 10);
      assertThat(updates("n_tup_hot_upd") - heapOnlyBefore).isEqualTo(5 * 10);
    }

    @Test
    void areNotMadeWhereNothingChanges() {
      List<BrowserSession> sessions = browsers.sessions(browsers.user("john"), 20);
      Instant morning = Instant.parse("2022-01-17T08:00:00Z");
      record(sessions, morning, "192.0.2.1");
      long before = updates("n_tup_upd");

      record(sessions, morning, "192.0.2.1");
      record(sessions, morning.minusSeconds(60), "192.0.2.9");

      assertThat(updates("n_tup_upd")).isEqualTo(before);
    }
  }

  @Nested
  class CorruptRows {
    @Test
    void nameAnAuthenticationWithTwoMethods() {
      User john = browsers.user("john");
      BrowserSession session = browsers.sessions(john, 1).get(0);
      Password password =
          store.write(repo -> repo.userPasswords().add(john, 1, "hash", Optional.empty()));
      store.run(repo -> repo.browserSessions().authenticateWithPassword(session, password));
      String id = store.select("SELECT id FROM browser_session_authentications").get(0);
      dropConstraint("browser_session_authentications_method_check");
      dropConstraint("browser_session_authentications_upstream_session_id_fk");
      store.sql("UPDATE browser_session_authentications SET upstream_session_id = id");

      InvalidDataException refusal =
          browsers.refusal(
              InvalidDataException.class,
              repo -> repo.browserSessions().getLastAuthentication(session));

      assertThat(refusal.table()).isEqualTo("browser_session_authentications");
      assertThat(refusal.column()).isEqualTo("upstream_session_id");
      assertThat(refusal.id().map(Object::toString)).contains(id);
    }

    @Test
    void nameASessionWithANetworkInsteadOfAnAddress() {
      BrowserSession session = browsers.sessions(browsers.user("john"), 1).get(0);
      store.sql(
          "UPDATE browser_sessions SET last_active_at = created_at, last_active_ip = '10.0.0.0/8'");

      InvalidDataException refusal =
          browsers.refusal(
              InvalidDataException.class, repo -> repo.browserSessions().lookup(session.id()));

      assertThat(refusal.table()).isEqualTo("browser_sessions");
      assertThat(refusal.column()).isEqualTo("last_active_ip");
      assertThat(refusal.id()).contains(session.id());
    }

    @Test
    void doNotPrintTheAddressTheyHold() {
      BrowserSession session = browsers.sessions(browsers.user("john"), 1).get(0);
      store.sql(
          "UPDATE browser_sessions SET last_active_at = created_at, last_active_ip = '10.0.0.0/8'");

      InvalidDataException refusal =
          browsers.refusal(
              InvalidDataException.class, repo -> repo.browserSessions().lookup(session.id()));

      assertThat(refusal).hasMessageNotContaining("10.0.0.0");
      assertThat(refusal).hasStackTraceContaining("last_active_ip");
    }

    @Test
    void doNotStopTheErasureOfAddresses() {
      BrowserSession session = browsers.sessions(browsers.user("john"), 1).get(0);
      store.sql(
          "UPDATE browser_sessions SET last_active_at = created_at, last_active_ip = '10.0.0.0/8'");
      store.clock().advance(ofSeconds(1));

      int erased =
          store.write(
              repo ->
                  repo.browserSessions()
                      .cleanupInactiveIps(Optional.empty(), store.clock().instant(), 10)
                      .count());

      assertThat(erased).isOne();
      assertThat(store.select("SELECT id FROM browser_sessions WHERE last_active_ip IS NULL"))
          .containsExactly(session.id().toString());
    }

    @Test
    void ofAnAuthenticationWithoutMethodAreNotCorrupt() {
      BrowserSession session = browsers.sessions(browsers.user("john"), 1).get(0);
      store.sql(
          """
          INSERT INTO browser_session_authentications (id, browser_session_id, created_at)
          SELECT id, id, created_at FROM browser_sessions
          """);

      boolean known =
          store.read(repo -> repo.browserSessions().getLastAuthentication(session)).isPresent();

      assertThat(known).isTrue();
    }

    private void dropConstraint(String name) {
      store.sql("ALTER TABLE browser_session_authentications DROP CONSTRAINT " + name);
    }
  }

  @Nested
  class Statements {
    @Test
    void areOneForEachOperation() {
      User john = browsers.user("john");
      BrowserSession session = browsers.sessions(john, 1).get(0);
      Password password =
          store.write(repo -> repo.userPasswords().add(john, 1, "hash", Optional.empty()));
      store.clock().advance(ofSeconds(1));
      store.statements();

      store.run(
          repo -> {
            repo.browserSessions().lookup(session.id());
            repo.browserSessions().list(ALL.user(john.id()), Pagination.first(10));
            repo.browserSessions().count(ALL);
            repo.browserSessions().add(john, Optional.empty());
            repo.browserSessions().authenticateWithPassword(session, password);
            repo.browserSessions().getLastAuthentication(session);
            repo.browserSessions()
                .recordBatchActivity(
                    List.of(
                        new SessionActivity(
                            session.id(), store.clock().instant(), Optional.empty())));
            repo.browserSessions().finish(session);
            repo.browserSessions().finishBulk(ALL);
            repo.browserSessions().finishBatch(ALL, 10);
            repo.browserSessions()
                .cleanupInactiveIps(Optional.empty(), store.clock().instant(), 10);
            repo.browserSessions().cleanupFinished(Optional.empty(), store.clock().instant(), 10);
          });

      assertThat(store.statements())
          .extracting(StorageObserver.Statement::operation)
          .containsExactly(
              "browser_session.lookup",
              "browser_session.list",
              "browser_session.count",
              "browser_session.add",
              "browser_session.authenticate_with_password",
              "browser_session.get_last_authentication",
              "browser_session.record_batch_activity",
              "browser_session.finish",
              "browser_session.finish_bulk",
              "browser_session.finish_batch",
              "browser_session.cleanup_inactive_ips",
              "browser_session.cleanup_finished",
              "save");
    }
  }

  private void insertHundredThousandSessions() {
    store.sql(
        """
        INSERT INTO users (id, username, username_folded, created_at)
        SELECT gen_random_uuid(), 'user' || n, 'user' || n, '2021-12-01T00:00:00Z'
        FROM generate_series(1, 1000) n
        """);
    store.sql(
        """
        INSERT INTO browser_sessions
          (id, user_id, created_at, finished_at, user_agent, last_active_at, last_active_ip)
        SELECT
          gen_random_uuid(),
          users.id,
          day,
          CASE WHEN n % 5 = 0 THEN day + interval '1 day' END,
          'Mozilla/5.0 (X11; Linux x86_64; rv:95.0) Gecko/20100101 Firefox/95.0',
          CASE WHEN n % 3 > 0 THEN day + interval '1 minute' * n END,
          CASE WHEN n % 3 = 1 THEN inet '192.0.2.1' END
        FROM users
        CROSS JOIN generate_series(1, 100) n
        CROSS JOIN LATERAL (SELECT timestamptz '2021-12-01T00:00:00Z' + interval '10 hours' * n AS day) days
        """);
    store.sql(
        """
        INSERT INTO browser_session_authentications (id, browser_session_id, created_at)
        SELECT gen_random_uuid(), id, created_at FROM browser_sessions
        """);
    store.sql("ANALYZE users, browser_sessions, browser_session_authentications");
  }

  /** Those of the two tables so far. */
  private long sequentialScans() {
    return Counters.read(
        store,
        """
        SELECT sum(seq_scan) FROM pg_stat_user_tables
        WHERE relname IN ('browser_sessions', 'browser_session_authentications')
        """);
  }

  private long updates(String counter) {
    return Counters.read(
        store,
        "SELECT " + counter + " FROM pg_stat_user_tables WHERE relname = 'browser_sessions'");
  }

  private BrowserSession firstOf(BrowserSessionFilter filter) {
    return store.read(
        repo -> repo.browserSessions().list(filter, Pagination.first(1)).nodes().get(0));
  }

  private void record(List<BrowserSession> sessions, Instant at, String ip) {
    List<SessionActivity> events =
        sessions.stream()
            .map(session -> new SessionActivity(session.id(), at, Optional.of(Addresses.parse(ip))))
            .toList();
    store.run(repo -> repo.browserSessions().recordBatchActivity(events));
  }
}
