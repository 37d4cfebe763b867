package dev.authstore.storage.pg.user;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.authstore.model.Addresses;
import dev.authstore.model.SessionActivity;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSession;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSessionStage;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.Password;
import dev.authstore.model.user.User;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.user.BrowserSessionFilter;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class BrowserSessionCleanupTest {
  private static final BrowserSessionFilter ALL = BrowserSessionFilter.all();

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private int serial;

  @Nested
  class CleanupFinished {
    @Test
    void deletesSessionsFinishedLongAgoOnly() {
      User john = user("john");
      BrowserSession old = finished(session(john));
      store.clock().advance(ofDays(2));
      BrowserSession recent = finished(session(john));
      BrowserSession going = session(john);
      store.clock().advance(ofDays(29));

      CleanupResult<Instant> result =
          cleanupFinished(Optional.empty(), now().minus(ofDays(30)), 10);

      assertThat(result).isEqualTo(new CleanupResult<>(1, old.finishedAt()));
      assertThat(stored(old)).isEmpty();
      assertThat(stored(recent)).contains(recent);
      assertThat(stored(going)).contains(going);
    }

    @Test
    void deletesTheAuthenticationsToo() {
      User john = user("john");
      BrowserSession session = session(john);
      Password password =
          store.write(repo -> repo.userPasswords().add(john, 1, "hash", Optional.empty()));
      store.run(repo -> repo.browserSessions().authenticateWithPassword(session, password));
      finished(session);
      store.clock().advance(ofDays(1));

      CleanupResult<Instant> result = cleanupFinished(Optional.empty(), now(), 10);

      assertThat(result.count()).isOne();
      assertThat(store.select("SELECT id FROM browser_session_authentications")).isEmpty();
    }

    @Test
    void emptiesThePointerOfTheUpstreamSession() {
      BrowserSession session = session(user("john"));
      authenticate(session, completedLogin(provider(), "sub", "sid"));
      finished(session);
      store.clock().advance(ofDays(1));

      CleanupResult<Instant> result = cleanupFinished(Optional.empty(), now(), 10);

      assertThat(result.count()).isOne();
      assertThat(
              store.select(
                  "SELECT browser_session_id IS NULL FROM upstream_oauth_authorization_sessions"))
          .containsExactly("t");
    }

    @Test
    void beginsAtSinceAndEndsBeforeUntil() {
      List<BrowserSession> ended = finishedAMinuteApart(4);
      Instant since = ended.get(1).finishedAt().orElseThrow();
      Instant until = ended.get(3).finishedAt().orElseThrow();

      CleanupResult<Instant> result = cleanupFinished(Optional.of(since), until, 10);

      assertThat(result).isEqualTo(new CleanupResult<>(2, ended.get(2).finishedAt()));
      assertThat(stored(ended.get(0))).isPresent();
      assertThat(stored(ended.get(3))).isPresent();
    }

    @Test
    void takesTheOldestFirst() {
      List<BrowserSession> ended = finishedAMinuteApart(3);

      CleanupResult<Instant> result = cleanupFinished(Optional.empty(), now(), 2);

      assertThat(result).isEqualTo(new CleanupResult<>(2, ended.get(1).finishedAt()));
      assertThat(stored(ended.get(2))).contains(ended.get(2));
    }

    @Test
    void hasNoCursorWhenThereIsNothingToDo() {
      session(user("john"));

      CleanupResult<Instant> result = cleanupFinished(Optional.empty(), now(), 10);

      assertThat(result).isEqualTo(new CleanupResult<Instant>(0, Optional.empty()));
    }

    @Test
    void getsThroughManySessionsOfOneInstant() {
      insertSessions(user("john"), 2500);
      finishBulk(ALL);
      Instant ended = now();
      store.clock().advance(ofDays(1));

      CleanupResult<Instant> tooEarly = cleanupFinished(Optional.empty(), ended, 1000);
      CleanupResult<Instant> one = cleanupFinished(Optional.empty(), now(), 1000);
      CleanupResult<Instant> two = cleanupFinished(one.cursor(), now(), 1000);
      CleanupResult<Instant> three = cleanupFinished(two.cursor(), now(), 1000);
      CleanupResult<Instant> four = cleanupFinished(three.cursor(), now(), 1000);

      assertThat(tooEarly.count()).isZero();
      assertThat(List.of(one.count(), two.count(), three.count(), four.count()))
          .containsExactly(1000, 1000, 500, 0);
      assertThat(one.cursor()).contains(ended);
      assertThat(count(ALL)).isZero();
    }

    @Test
    void refusesALimitBelowOne() {
      BrowserSession ended = finished(session(user("john")));
      store.clock().advance(ofDays(1));

      for (int limit : List.of(0, -1)) {
        InvalidInputException refusal =
            refusal(
                InvalidInputException.class,
                repo -> repo.browserSessions().cleanupFinished(Optional.empty(), now(), limit));

        assertThat(refusal).hasMessageContaining("limit");
      }
      assertThat(stored(ended)).contains(ended);
    }

    @Test
    void refusesAnEndInTheFuture() {
      BrowserSession ended = finished(session(user("john")));
      Instant future = now().plus(1, ChronoUnit.MICROS);

      InvalidInputException refusal =
          refusal(
              InvalidInputException.class,
              repo -> repo.browserSessions().cleanupFinished(Optional.empty(), future, 10));

      assertThat(refusal).hasMessageContaining("until");
      assertThat(stored(ended)).contains(ended);
    }

    @Test
    void leavesWhatAnotherCleanerHasInHand() {
      List<BrowserSession> ended = finishedAMinuteApart(6);
      Store.Held<CleanupResult<Instant>> first =
          store.hold(repo -> repo.browserSessions().cleanupFinished(Optional.empty(), now(), 4));

      CleanupResult<Instant> second = cleanupFinished(Optional.empty(), now(), 4);
      first.save();

      assertThat(first.result()).isEqualTo(new CleanupResult<>(4, ended.get(3).finishedAt()));
      assertThat(second).isEqualTo(new CleanupResult<>(2, ended.get(5).finishedAt()));
      assertThat(count(ALL)).isZero();
    }

    @Test
    void leavesASessionWhoseActivityIsBeingRecorded() {
      List<BrowserSession> ended = finishedAMinuteApart(2);
      Store.Held<Integer> batch =
          store.hold(
              repo ->
                  repo.browserSessions()
                      .recordBatchActivity(
                          List.of(
                              new SessionActivity(ended.get(0).id(), now(), Optional.empty()))));

      CleanupResult<Instant> result = cleanupFinished(Optional.empty(), now(), 10);
      batch.save();

      assertThat(result).isEqualTo(new CleanupResult<>(1, ended.get(1).finishedAt()));
      assertThat(stored(ended.get(0)).flatMap(BrowserSession::lastActiveAt)).contains(now());
    }

    @Test
    void deletesEveryRowOnceWithManyCleaners() throws Exception {
      insertSessions(user("john"), 1000);
      finishBulk(ALL);
      store.clock().advance(ofDays(1));
      RepositoryFactory repositories = store.repositories();

      Race.Results<Integer> results =
          Race.of(4)
              .run(
                  cleaner ->
                      repeated(
                          () ->
                              repositories.call(
                                  repo ->
                                      repo.browserSessions()
                                          .cleanupFinished(Optional.empty(), now(), 30))));

      assertThat(results.failures()).isEmpty();
      assertThat(results.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(1000);
      assertThat(count(ALL)).isZero();
      assertThat(store.statements()).noneMatch(statement -> statement.sqlState().isPresent());
    }
  }

  @Nested
  class CleanupInactiveIps {
    @Test
    void erasesTheAddressAlone() {
      BrowserSession used = used(session(user("john")));
      store.clock().advance(ofDays(1));

      CleanupResult<Instant> result = cleanupIps(Optional.empty(), now(), 10);

      assertThat(result).isEqualTo(new CleanupResult<>(1, used.lastActiveAt()));
      assertThat(stored(used)).contains(withoutIp(used));
    }

    @Test
    void treatsFinishedSessionsToo() {
      BrowserSession ended = finished(used(session(user("john"))));
      store.clock().advance(ofDays(1));

      CleanupResult<Instant> result = cleanupIps(Optional.empty(), now(), 10);

      assertThat(result.count()).isOne();
      assertThat(stored(ended)).contains(withoutIp(ended));
    }

    @Test
    void doesNotTouchASessionUsedAtTheThreshold() {
      BrowserSession used = used(session(user("john")));

      CleanupResult<Instant> result =
          cleanupIps(Optional.empty(), used.lastActiveAt().orElseThrow(), 10);

      assertThat(result).isEqualTo(new CleanupResult<Instant>(0, Optional.empty()));
      assertThat(stored(used)).contains(used);
    }

    @Test
    void takesASessionUsedAtSince() {
      List<BrowserSession> used = usedAMinuteApart(3);

      CleanupResult<Instant> result = cleanupIps(used.get(1).lastActiveAt(), now(), 10);

      assertThat(result).isEqualTo(new CleanupResult<>(2, used.get(2).lastActiveAt()));
      assertThat(stored(used.get(0))).contains(used.get(0));
    }

    @Test
    void doesNotCountSessionsWithoutAddress() {
      User john = user("john");
      session(john);
      recordActivity(session(john), now(), Optional.empty());
      store.clock().advance(ofDays(1));

      CleanupResult<Instant> result = cleanupIps(Optional.empty(), now(), 10);

      assertThat(result.count()).isZero();
    }

    @Test
    void doesNotCountASessionTwice() {
      used(session(user("john")));
      store.clock().advance(ofDays(1));
      cleanupIps(Optional.empty(), now(), 10);

      CleanupResult<Instant> again = cleanupIps(Optional.empty(), now(), 10);

      assertThat(again).isEqualTo(new CleanupResult<Instant>(0, Optional.empty()));
    }

    @Test
    void goesOnFromTheCursorOldestFirst() {
      List<BrowserSession> used = usedAMinuteApart(5);

      CleanupResult<Instant> one = cleanupIps(Optional.empty(), now(), 2);
      CleanupResult<Instant> two = cleanupIps(one.cursor(), now(), 2);
      CleanupResult<Instant> three = cleanupIps(two.cursor(), now(), 2);

      assertThat(one).isEqualTo(new CleanupResult<>(2, used.get(1).lastActiveAt()));
      assertThat(two).isEqualTo(new CleanupResult<>(2, used.get(3).lastActiveAt()));
      assertThat(three).isEqualTo(new CleanupResult<>(1, used.get(4).lastActiveAt()));
    }

    @Test
    void takesTheOldestFirstAcrossDays() {
      User john = user("john");
      BrowserSession today = session(john);
      BrowserSession yesterday = session(john);
      recordActivity(today, Instant.parse("2022-01-20T00:00:00Z"), Optional.of("192.0.2.1"));
      recordActivity(
          yesterday, Instant.parse("2022-01-19T23:59:59.999999Z"), Optional.of("192.0.2.2"));
      store.clock().advance(ofDays(10));

      CleanupResult<Instant> result = cleanupIps(Optional.empty(), now(), 1);

      assertThat(result.count()).isOne();
      assertThat(stored(yesterday).flatMap(BrowserSession::lastActiveIp)).isEmpty();
      assertThat(stored(today).flatMap(BrowserSession::lastActiveIp)).isPresent();
    }

    @Test
    void refusesALimitBelowOne() {
      BrowserSession used = used(session(user("john")));

      InvalidInputException refusal =
          refusal(
              InvalidInputException.class,
              repo -> repo.browserSessions().cleanupInactiveIps(Optional.empty(), now(), 0));

      assertThat(refusal).hasMessageContaining("limit");
      assertThat(stored(used)).contains(used);
    }

    @Test
    void refusesAThresholdInTheFuture() {
      BrowserSession used = used(session(user("john")));
      Instant future = now().plus(1, ChronoUnit.MICROS);

      InvalidInputException refusal =
          refusal(
              InvalidInputException.class,
              repo -> repo.browserSessions().cleanupInactiveIps(Optional.empty(), future, 10));

      assertThat(refusal).hasMessageContaining("future");
      assertThat(stored(used)).contains(used);
    }

    @Test
    void leavesWhatAnotherCleanerHasInHand() {
      List<BrowserSession> used = usedAMinuteApart(3);
      Store.Held<CleanupResult<Instant>> first =
          store.hold(repo -> repo.browserSessions().cleanupInactiveIps(Optional.empty(), now(), 2));

      CleanupResult<Instant> second = cleanupIps(Optional.empty(), now(), 2);
      first.save();

      assertThat(first.result()).isEqualTo(new CleanupResult<>(2, used.get(1).lastActiveAt()));
      assertThat(second).isEqualTo(new CleanupResult<>(1, used.get(2).lastActiveAt()));
    }

    @Test
    void erasesEveryAddressOnceWithManyCleaners() throws Exception {
      insertSessions(user("john"), 600);
      store.sql(
          "UPDATE browser_sessions SET last_active_at = created_at, last_active_ip = '192.0.2.1'");
      store.clock().advance(ofDays(1));
      RepositoryFactory repositories = store.repositories();

      Race.Results<Integer> results =
          Race.of(4)
              .run(
                  cleaner ->
                      repeated(
                          () ->
                              repositories.call(
                                  repo ->
                                      repo.browserSessions()
                                          .cleanupInactiveIps(Optional.empty(), now(), 30))));

      assertThat(results.failures()).isEmpty();
      assertThat(results.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(600);
      assertThat(store.statements()).noneMatch(statement -> statement.sqlState().isPresent());
    }
  }

  private static int repeated(Supplier<CleanupResult<Instant>> batch) {
    int total = 0;
    CleanupResult<Instant> result = batch.get();
    while (result.count() > 0) {
      total += result.count();
      result = batch.get();
    }
    return total;
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

  private List<BrowserSession> finishedAMinuteApart(int count) {
    List<BrowserSession> ended = sessions(user("john"), count).stream().map(this::later).toList();
    store.clock().advance(ofMinutes(1));
    return ended;
  }

  private BrowserSession later(BrowserSession session) {
    store.clock().advance(ofMinutes(1));
    return finished(session);
  }

  private List<BrowserSession> usedAMinuteApart(int count) {
    List<BrowserSession> used =
        sessions(user("john"), count).stream()
            .map(
                session -> {
                  store.clock().advance(ofMinutes(1));
                  return used(session);
                })
            .toList();
    store.clock().advance(ofMinutes(1));
    return used;
  }

  private BrowserSession used(BrowserSession session) {
    recordActivity(session, now(), Optional.of("192.0.2.1"));
    return stored(session).orElseThrow();
  }

  private void recordActivity(BrowserSession session, Instant at, Optional<String> ip) {
    SessionActivity activity = new SessionActivity(session.id(), at, ip.map(Addresses::parse));
    store.run(repo -> repo.browserSessions().recordBatchActivity(List.of(activity)));
  }

  private static BrowserSession withoutIp(BrowserSession session) {
    return new BrowserSession(
        session.id(),
        session.user(),
        session.createdAt(),
        session.stage(),
        session.userAgent(),
        session.lastActiveAt(),
        Optional.empty());
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

  private CleanupResult<Instant> cleanupFinished(
      Optional<Instant> since, Instant until, int limit) {
    return store.write(repo -> repo.browserSessions().cleanupFinished(since, until, limit));
  }

  private CleanupResult<Instant> cleanupIps(Optional<Instant> since, Instant until, int limit) {
    return store.write(repo -> repo.browserSessions().cleanupInactiveIps(since, until, limit));
  }

  private Optional<BrowserSession> stored(BrowserSession session) {
    return store.read(repo -> repo.browserSessions().lookup(session.id()));
  }

  private long count(BrowserSessionFilter filter) {
    return store.read(repo -> repo.browserSessions().count(filter));
  }
}
