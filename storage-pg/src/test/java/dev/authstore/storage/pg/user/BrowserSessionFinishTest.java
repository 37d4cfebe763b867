package dev.authstore.storage.pg.user;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.authstore.model.Addresses;
import dev.authstore.model.SessionActivity;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSession;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSessionStage;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.page.FinishedSessions;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.upstream.UpstreamOAuthSessionFilter;
import dev.authstore.storage.user.BrowserSessionFilter;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class BrowserSessionFinishTest {
  private static final BrowserSessionFilter ALL = BrowserSessionFilter.all();

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private int serial;

  @Nested
  class FinishBulk {
    @Test
    void endsTheSessionsOfOneUserOnly() {
      User john = user("john");
      User jane = user("jane");
      sessions(john, 5);
      sessions(jane, 5);
      BrowserSession ended = finished(session(john));
      store.clock().advance(ofMinutes(5));

      int changed = finishBulk(ALL.user(john.id()).active(true));

      assertThat(changed).isEqualTo(5);
      assertThat(counts(ALL.user(john.id()))).containsExactly(6L, 0L, 6L);
      assertThat(counts(ALL.user(jane.id()))).containsExactly(5L, 5L, 0L);
      assertThat(stored(ended)).contains(ended);
    }

    @Test
    void keepsTheInstantOfFinishedOnesWithoutBeingTold() {
      User john = user("john");
      BrowserSession ended = finished(session(john));
      BrowserSession going = session(john);
      store.clock().advance(ofMinutes(5));

      int changed = finishBulk(ALL.user(john.id()));

      assertThat(changed).isOne();
      assertThat(stored(ended)).contains(ended);
      assertThat(stored(going).flatMap(BrowserSession::finishedAt)).contains(now());
    }

    @Test
    void changesNothingWhenFinishedOnesAreAskedFor() {
      BrowserSession ended = finished(session(user("john")));
      store.clock().advance(ofMinutes(5));

      int changed = finishBulk(ALL.active(false));

      assertThat(changed).isZero();
      assertThat(stored(ended)).contains(ended);
    }

    @Test
    void endsEverybodysSessionsWithAnEmptyFilter() {
      sessions(user("john"), 2);
      sessions(user("jane"), 3);

      int changed = finishBulk(ALL);

      assertThat(changed).isEqualTo(5);
      assertThat(count(ALL.active(true))).isZero();
    }

    @Test
    void endsExactlyTheSessionOfTheUpstreamLogin() {
      UUID provider = provider();
      User john = user("john");
      BrowserSession linked = session(john);
      BrowserSession other = session(john);
      authenticate(linked, completedLogin(provider, "sub-1", "sid-1"));
      authenticate(other, completedLogin(provider, "sub-2", "sid-2"));

      int changed =
          finishBulk(
              ALL.linkedToUpstreamSessions(
                  UpstreamOAuthSessionFilter.all().provider(provider).sid("sid-1")));

      assertThat(changed).isOne();
      assertThat(stored(linked).map(BrowserSession::isFinished)).contains(true);
      assertThat(stored(other)).contains(other);
    }

    @Test
    void passesOverASessionFinishedMeanwhile() throws Exception {
      User john = user("john");
      BrowserSession session = session(john);
      Store.Held<BrowserSession> first = store.hold(repo -> repo.browserSessions().finish(session));
      store.clock().advance(ofMinutes(5));

      Future<Integer> bulk = store.start(repo -> repo.browserSessions().finishBulk(ALL));
      store.awaitBlocked(1);
      first.save();
      int changed = bulk.get(20, SECONDS);

      assertThat(changed).isZero();
      assertThat(stored(session)).contains(first.result());
    }

    @Test
    void doesNotDeadlockAgainstItself() throws Exception {
      User john = user("john");
      RepositoryFactory repositories = store.repositories();
      for (int round = 0; round < 5; round++) {
        store.clock().advance(ofMinutes(1));
        sessions(john, 100);

        Race.Results<Integer> results =
            Race.of(4)
                .run(number -> repositories.call(repo -> repo.browserSessions().finishBulk(ALL)));

        assertThat(results.failures()).isEmpty();
        assertThat(results.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(100);
      }
      assertThat(store.statements()).noneMatch(statement -> statement.sqlState().isPresent());
    }
  }

  @Nested
  class FinishBatch {
    @Test
    void endsTheSmallestIdsFirst() {
      User john = user("john");
      List<BrowserSession> sessions = sessions(john, 5);

      FinishedSessions ended = finishBatch(ALL, 3);

      assertThat(ended.sessionIds())
          .containsExactlyElementsOf(sessions.stream().limit(3).map(BrowserSession::id).toList());
      assertThat(ended.userIds()).containsExactly(john.id());
      assertThat(counts(ALL)).containsExactly(5L, 2L, 3L);
    }

    @Test
    void tellsWhoseSessionsTheyWere() {
      User john = user("john");
      User jane = user("jane");
      sessions(john, 2);
      sessions(jane, 1);

      FinishedSessions ended = finishBatch(ALL, 10);

      assertThat(ended.sessionIds()).hasSize(3);
      assertThat(ended.userIds()).containsExactlyInAnyOrder(john.id(), jane.id());
    }

    @Test
    void returnsNothingWhenNothingIsLeft() {
      finished(session(user("john")));

      FinishedSessions ended = finishBatch(ALL, 10);

      assertThat(ended.sessionIds()).isEmpty();
      assertThat(ended.userIds()).isEmpty();
    }

    @Test
    void keepsTheInstantOfFinishedOnes() {
      BrowserSession ended = finished(session(user("john")));
      store.clock().advance(ofMinutes(5));

      finishBatch(ALL.active(false), 10);

      assertThat(stored(ended)).contains(ended);
    }

    @Test
    void endsTheInactiveOnes() {
      User john = user("john");
      BrowserSession forgotten = session(john);
      BrowserSession used = session(john);
      store.clock().advance(ofMinutes(60));
      recordActivity(used, now(), Optional.empty());

      FinishedSessions ended = finishBatch(ALL.inactiveSince(now()), 10);

      assertThat(ended.sessionIds()).containsExactly(forgotten.id());
      assertThat(stored(used).map(BrowserSession::isFinished)).contains(false);
    }

    @Test
    void passesOverSessionsThatAnotherIsChanging() {
      List<BrowserSession> sessions = sessions(user("john"), 4);
      Store.Held<BrowserSession> other =
          store.hold(repo -> repo.browserSessions().finish(sessions.get(0)));

      FinishedSessions ended = finishBatch(ALL, 2);
      other.save();

      assertThat(ended.sessionIds()).containsExactly(sessions.get(1).id(), sessions.get(2).id());
    }

    @Test
    void endsEverySessionOnceWithManyJobs() throws Exception {
      insertSessions(user("john"), 300);
      RepositoryFactory repositories = store.repositories();

      Race.Results<List<UUID>> results =
          Race.of(4)
              .run(
                  job ->
                      Stream.generate(
                              () ->
                                  repositories.call(
                                      repo -> repo.browserSessions().finishBatch(ALL, 20)))
                          .map(FinishedSessions::sessionIds)
                          .takeWhile(ended -> !ended.isEmpty())
                          .flatMap(List::stream)
                          .toList());

      assertThat(results.failures()).isEmpty();
      assertThat(results.values().stream().flatMap(List::stream).toList())
          .hasSize(300)
          .doesNotHaveDuplicates();
      assertThat(counts(ALL)).containsExactly(300L, 0L, 300L);
    }

    @Test
    void refusesALimitBelowOne() {
      BrowserSession session = session(user("john"));

      InvalidInputException refusal =
          refusal(InvalidInputException.class, repo -> repo.browserSessions().finishBatch(ALL, 0));

      assertThat(refusal).hasMessageContaining("limit");
      assertThat(stored(session)).contains(session);
    }
  }

  private <E extends StorageException> E refusal(Class<E> type, Consumer<RepositoryAccess> work) {
    return store.write(
        repo -> {
          E refusal = catchThrowableOfType(type, () -> work.accept(repo));
          assertThat(refusal).isInstanceOf(type);
          assertThat(repo.users().exists("still usable")).isFalse();
          return refusal;
        });
  }

  private Instant now() {
    return store.clock().instant().truncatedTo(ChronoUnit.MICROS);
  }

  private User user(String name) {
    store.clock().advance(ofMillis(1));
    return store.write(repo -> repo.users().add(name));
  }

  private BrowserSession session(User user) {
    store.clock().advance(ofMillis(1));
    return store.write(repo -> repo.browserSessions().add(user, Optional.of("Firefox")));
  }

  private List<BrowserSession> sessions(User user, int count) {
    store.clock().advance(ofMillis(1));
    return store.write(
        repo ->
            Stream.generate(() -> repo.browserSessions().add(user, Optional.empty()))
                .limit(count)
                .toList());
  }

  private void insertSessions(User user, int count) {
    store.sql(
        """
        INSERT INTO browser_sessions (id, user_id, created_at)
        SELECT gen_random_uuid(), ?, ?::timestamptz FROM generate_series(1, ?)
        """,
        user.id(),
        now().toString(),
        count);
  }

  private BrowserSession finished(BrowserSession session) {
    return store.write(repo -> repo.browserSessions().finish(session));
  }

  private void recordActivity(BrowserSession session, Instant at, Optional<String> ip) {
    SessionActivity activity = new SessionActivity(session.id(), at, ip.map(Addresses::parse));
    store.run(repo -> repo.browserSessions().recordBatchActivity(List.of(activity)));
  }

  private UUID provider() {
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

  private UpstreamOAuthAuthorizationSession completedLogin(UUID provider, String sub, String sid) {
    UUID link = nextId();
    UUID id = nextId();
    store.sql(
        "INSERT INTO upstream_oauth_links (id, provider_id, subject, created_at)"
            + " VALUES (?, ?, ?, ?::timestamptz)",
        link,
        provider,
        link.toString(),
        now().toString());
    store.sql(
        """
        INSERT INTO upstream_oauth_authorization_sessions
          (id, provider_id, state, created_at, link_id, completed_at, id_token_claims)
        VALUES (?, ?, ?, ?::timestamptz, ?, ?::timestamptz, jsonb_build_object('sub', ?::text, 'sid', ?::text))
        """,
        id,
        provider,
        id.toString(),
        now().toString(),
        link,
        now().toString(),
        sub,
        sid);
    return new UpstreamOAuthAuthorizationSession(
        id,
        provider,
        id.toString(),
        Optional.empty(),
        Optional.empty(),
        now(),
        new UpstreamOAuthAuthorizationSessionStage.Pending());
  }

  private UUID nextId() {
    serial++;
    return new UUID(0x017E_6360_0000_7000L, 0x8000_0000_0000_0000L + serial);
  }

  private void authenticate(BrowserSession session, UpstreamOAuthAuthorizationSession login) {
    store.clock().advance(ofMillis(1));
    store.run(repo -> repo.browserSessions().authenticateWithUpstream(session, login));
  }

  private int finishBulk(BrowserSessionFilter filter) {
    return store.write(repo -> repo.browserSessions().finishBulk(filter));
  }

  private FinishedSessions finishBatch(BrowserSessionFilter filter, int limit) {
    return store.write(repo -> repo.browserSessions().finishBatch(filter, limit));
  }

  private Optional<BrowserSession> stored(BrowserSession session) {
    return store.read(repo -> repo.browserSessions().lookup(session.id()));
  }

  private long count(BrowserSessionFilter filter) {
    return store.read(repo -> repo.browserSessions().count(filter));
  }

  /** All that match, those of them not finished, those finished. */
  private List<Long> counts(BrowserSessionFilter filter) {
    return List.of(count(filter), count(filter.active(true)), count(filter.active(false)));
  }
}
