package dev.authstore.storage.pg.user;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.SessionActivity;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.Password;
import dev.authstore.model.user.User;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.user.BrowserSessionFilter;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class BrowserSessionCleanupTest {
  private static final BrowserSessionFilter ALL = BrowserSessionFilter.all();

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());
  private final BrowserSessions browsers = new BrowserSessions(store);

  @Nested
  class CleanupFinished {
    @Test
    void deletesSessionsFinishedLongAgoOnly() {
      User john = browsers.user("john");
      BrowserSession old = browsers.finished(browsers.session(john));
      store.clock().advance(ofDays(2));
      BrowserSession recent = browsers.finished(browsers.session(john));
      BrowserSession going = browsers.session(john);
      store.clock().advance(ofDays(29));

      CleanupResult<Instant> result =
          cleanupFinished(Optional.empty(), browsers.now().minus(ofDays(30)), 10);

      assertThat(result).isEqualTo(new CleanupResult<>(1, old.finishedAt()));
      assertThat(browsers.stored(old)).isEmpty();
      assertThat(browsers.stored(recent)).contains(recent);
      assertThat(browsers.stored(going)).contains(going);
    }

    @Test
    void deletesTheAuthenticationsToo() {
      User john = browsers.user("john");
      BrowserSession session = browsers.session(john);
      Password password =
          store.write(repo -> repo.userPasswords().add(john, 1, "hash", Optional.empty()));
      store.run(repo -> repo.browserSessions().authenticateWithPassword(session, password));
      browsers.finished(session);
      store.clock().advance(ofDays(1));

      CleanupResult<Instant> result = cleanupFinished(Optional.empty(), browsers.now(), 10);

      assertThat(result.count()).isOne();
      assertThat(store.select("SELECT id FROM browser_session_authentications")).isEmpty();
    }

    @Test
    void deletesTheRequestsApprovedInIt() {
      BrowserSession session = browsers.session(browsers.user("john"));
      approveRequests(session);
      browsers.finished(session);
      store.clock().advance(ofDays(1));

      CleanupResult<Instant> result = cleanupFinished(Optional.empty(), browsers.now(), 10);

      assertThat(result.count()).isOne();
      assertThat(store.select("SELECT id FROM oauth2_authorization_grants")).isEmpty();
      assertThat(store.select("SELECT id FROM oauth2_device_code_grants")).isEmpty();
    }

    @Test
    void emptiesThePointerOfTheUpstreamSession() {
      BrowserSession session = browsers.session(browsers.user("john"));
      browsers.authenticate(session, browsers.completedLogin(browsers.provider(), "sub", "sid"));
      browsers.finished(session);
      store.clock().advance(ofDays(1));

      CleanupResult<Instant> result = cleanupFinished(Optional.empty(), browsers.now(), 10);

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
      assertThat(browsers.stored(ended.get(0))).isPresent();
      assertThat(browsers.stored(ended.get(3))).isPresent();
    }

    @Test
    void takesTheOldestFirst() {
      List<BrowserSession> ended = finishedAMinuteApart(3);

      CleanupResult<Instant> result = cleanupFinished(Optional.empty(), browsers.now(), 2);

      assertThat(result).isEqualTo(new CleanupResult<>(2, ended.get(1).finishedAt()));
      assertThat(browsers.stored(ended.get(2))).contains(ended.get(2));
    }

    @Test
    void hasNoCursorWhenThereIsNothingToDo() {
      browsers.session(browsers.user("john"));

      CleanupResult<Instant> result = cleanupFinished(Optional.empty(), browsers.now(), 10);

      assertThat(result).isEqualTo(new CleanupResult<Instant>(0, Optional.empty()));
    }

    @Test
    void getsThroughManySessionsOfOneInstant() {
      browsers.insertSessions(browsers.user("john"), 2500);
      browsers.finishBulk(ALL);
      Instant ended = browsers.now();
      store.clock().advance(ofDays(1));

      CleanupResult<Instant> tooEarly = cleanupFinished(Optional.empty(), ended, 1000);
      CleanupResult<Instant> one = cleanupFinished(Optional.empty(), browsers.now(), 1000);
      CleanupResult<Instant> two = cleanupFinished(one.cursor(), browsers.now(), 1000);
      CleanupResult<Instant> three = cleanupFinished(two.cursor(), browsers.now(), 1000);
      CleanupResult<Instant> four = cleanupFinished(three.cursor(), browsers.now(), 1000);

      assertThat(tooEarly.count()).isZero();
      assertThat(List.of(one.count(), two.count(), three.count(), four.count()))
          .containsExactly(1000, 1000, 500, 0);
      assertThat(one.cursor()).contains(ended);
      assertThat(browsers.count(ALL)).isZero();
    }

    @Test
    void refusesALimitBelowOne() {
      BrowserSession ended = browsers.finished(browsers.session(browsers.user("john")));
      store.clock().advance(ofDays(1));

      for (int limit : List.of(0, -1)) {
        InvalidInputException refusal =
            browsers.refusal(
                InvalidInputException.class,
                repo ->
                    repo.browserSessions()
                        .cleanupFinished(Optional.empty(), browsers.now(), limit));

        assertThat(refusal).hasMessageContaining("limit");
      }
      assertThat(browsers.stored(ended)).contains(ended);
    }

    @Test
    void refusesAnEndInTheFuture() {
      BrowserSession ended = browsers.finished(browsers.session(browsers.user("john")));
      Instant future = browsers.now().plus(1, ChronoUnit.MICROS);

      InvalidInputException refusal =
          browsers.refusal(
              InvalidInputException.class,
              repo -> repo.browserSessions().cleanupFinished(Optional.empty(), future, 10));

      assertThat(refusal).hasMessageContaining("until");
      assertThat(browsers.stored(ended)).contains(ended);
    }

    @Test
    void leavesWhatAnotherCleanerHasInHand() {
      List<BrowserSession> ended = finishedAMinuteApart(6);
      Store.Held<CleanupResult<Instant>> first =
          store.hold(
              repo -> repo.browserSessions().cleanupFinished(Optional.empty(), browsers.now(), 4));

      CleanupResult<Instant> second = cleanupFinished(Optional.empty(), browsers.now(), 4);
      first.save();

      assertThat(first.result()).isEqualTo(new CleanupResult<>(4, ended.get(3).finishedAt()));
      assertThat(second).isEqualTo(new CleanupResult<>(2, ended.get(5).finishedAt()));
      assertThat(browsers.count(ALL)).isZero();
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
                              new SessionActivity(
                                  ended.get(0).id(), browsers.now(), Optional.empty()))));

      CleanupResult<Instant> result = cleanupFinished(Optional.empty(), browsers.now(), 10);
      batch.save();

      assertThat(result).isEqualTo(new CleanupResult<>(1, ended.get(1).finishedAt()));
      assertThat(browsers.stored(ended.get(0)).flatMap(BrowserSession::lastActiveAt))
          .contains(browsers.now());
    }

    @Test
    void deletesEveryRowOnceWithManyCleaners() throws Exception {
      browsers.insertSessions(browsers.user("john"), 1000);
      browsers.finishBulk(ALL);
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
                                          .cleanupFinished(Optional.empty(), browsers.now(), 30))));

      assertThat(results.failures()).isEmpty();
      assertThat(results.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(1000);
      assertThat(browsers.count(ALL)).isZero();
      assertThat(store.statements()).noneMatch(statement -> statement.sqlState().isPresent());
    }
  }

  @Nested
  class CleanupInactiveIps {
    @Test
    void erasesTheAddressAlone() {
      BrowserSession used = used(browsers.session(browsers.user("john")));
      store.clock().advance(ofDays(1));

      CleanupResult<Instant> result = cleanupIps(Optional.empty(), browsers.now(), 10);

      assertThat(result).isEqualTo(new CleanupResult<>(1, used.lastActiveAt()));
      assertThat(browsers.stored(used)).contains(withoutIp(used));
    }

    @Test
    void treatsFinishedSessionsToo() {
      BrowserSession ended = browsers.finished(used(browsers.session(browsers.user("john"))));
      store.clock().advance(ofDays(1));

      CleanupResult<Instant> result = cleanupIps(Optional.empty(), browsers.now(), 10);

      assertThat(result.count()).isOne();
      assertThat(browsers.stored(ended)).contains(withoutIp(ended));
    }

    @Test
    void doesNotTouchASessionUsedAtTheThreshold() {
      BrowserSession used = used(browsers.session(browsers.user("john")));

      CleanupResult<Instant> result =
          cleanupIps(Optional.empty(), used.lastActiveAt().orElseThrow(), 10);

      assertThat(result).isEqualTo(new CleanupResult<Instant>(0, Optional.empty()));
      assertThat(browsers.stored(used)).contains(used);
    }

    @Test
    void takesASessionUsedAtSince() {
      List<BrowserSession> used = usedAMinuteApart(3);

      CleanupResult<Instant> result = cleanupIps(used.get(1).lastActiveAt(), browsers.now(), 10);

      assertThat(result).isEqualTo(new CleanupResult<>(2, used.get(2).lastActiveAt()));
      assertThat(browsers.stored(used.get(0))).contains(used.get(0));
    }

    @Test
    void doesNotCountSessionsWithoutAddress() {
      User john = browsers.user("john");
      browsers.session(john);
      browsers.recordActivity(browsers.session(john), browsers.now(), Optional.empty());
      store.clock().advance(ofDays(1));

      CleanupResult<Instant> result = cleanupIps(Optional.empty(), browsers.now(), 10);

      assertThat(result.count()).isZero();
    }

    @Test
    void doesNotCountASessionTwice() {
      used(browsers.session(browsers.user("john")));
      store.clock().advance(ofDays(1));
      cleanupIps(Optional.empty(), browsers.now(), 10);

      CleanupResult<Instant> again = cleanupIps(Optional.empty(), browsers.now(), 10);

      assertThat(again).isEqualTo(new CleanupResult<Instant>(0, Optional.empty()));
    }

    @Test
    void goesOnFromTheCursorOldestFirst() {
      List<BrowserSession> used = usedAMinuteApart(5);

      CleanupResult<Instant> one = cleanupIps(Optional.empty(), browsers.now(), 2);
      CleanupResult<Instant> two = cleanupIps(one.cursor(), browsers.now(), 2);
      CleanupResult<Instant> three = cleanupIps(two.cursor(), browsers.now(), 2);

      assertThat(one).isEqualTo(new CleanupResult<>(2, used.get(1).lastActiveAt()));
      assertThat(two).isEqualTo(new CleanupResult<>(2, used.get(3).lastActiveAt()));
      assertThat(three).isEqualTo(new CleanupResult<>(1, used.get(4).lastActiveAt()));
    }

    @Test
    void takesTheOldestFirstAcrossDays() {
      User john = browsers.user("john");
      BrowserSession today = browsers.session(john);
      BrowserSession yesterday = browsers.session(john);
      browsers.recordActivity(
          today, Instant.parse("2022-01-20T00:00:00Z"), Optional.of("192.0.2.1"));
      browsers.recordActivity(
          yesterday, Instant.parse("2022-01-19T23:59:59.999999Z"), Optional.of("192.0.2.2"));
      store.clock().advance(ofDays(10));

      CleanupResult<Instant> result = cleanupIps(Optional.empty(), browsers.now(), 1);

      assertThat(result.count()).isOne();
      assertThat(browsers.stored(yesterday).flatMap(BrowserSession::lastActiveIp)).isEmpty();
      assertThat(browsers.stored(today).flatMap(BrowserSession::lastActiveIp)).isPresent();
    }

    @Test
    void refusesALimitBelowOne() {
      BrowserSession used = used(browsers.session(browsers.user("john")));

      InvalidInputException refusal =
          browsers.refusal(
              InvalidInputException.class,
              repo ->
                  repo.browserSessions().cleanupInactiveIps(Optional.empty(), browsers.now(), 0));

      assertThat(refusal).hasMessageContaining("limit");
      assertThat(browsers.stored(used)).contains(used);
    }

    @Test
    void refusesAThresholdInTheFuture() {
      BrowserSession used = used(browsers.session(browsers.user("john")));
      Instant future = browsers.now().plus(1, ChronoUnit.MICROS);

      InvalidInputException refusal =
          browsers.refusal(
              InvalidInputException.class,
              repo -> repo.browserSessions().cleanupInactiveIps(Optional.empty(), future, 10));

      assertThat(refusal).hasMessageContaining("future");
      assertThat(browsers.stored(used)).contains(used);
    }

    @Test
    void leavesWhatAnotherCleanerHasInHand() {
      List<BrowserSession> used = usedAMinuteApart(3);
      Store.Held<CleanupResult<Instant>> first =
          store.hold(
              repo ->
                  repo.browserSessions().cleanupInactiveIps(Optional.empty(), browsers.now(), 2));

      CleanupResult<Instant> second = cleanupIps(Optional.empty(), browsers.now(), 2);
      first.save();

      assertThat(first.result()).isEqualTo(new CleanupResult<>(2, used.get(1).lastActiveAt()));
      assertThat(second).isEqualTo(new CleanupResult<>(1, used.get(2).lastActiveAt()));
    }

    @Test
    void erasesEveryAddressOnceWithManyCleaners() throws Exception {
      browsers.insertSessions(browsers.user("john"), 600);
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
                                          .cleanupInactiveIps(
                                              Optional.empty(), browsers.now(), 30))));

      assertThat(results.failures()).isEmpty();
      assertThat(results.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(600);
      assertThat(store.statements()).noneMatch(statement -> statement.sqlState().isPresent());
    }
  }

  /** A client's and a device's, neither of which has been taken up. */
  private void approveRequests(BrowserSession session) {
    store.sql(
        """
        INSERT INTO oauth2_clients (id, redirect_uris, grant_types, is_static)
        VALUES (md5('client')::uuid, '{}', '{}', false)
        """);
    store.sql(
        """
        INSERT INTO oauth2_authorization_grants
          (id, client_id, browser_session_id, redirect_uri, scope, response_type_code, response_type_id_token,
           response_mode, raw_parameters, created_at, fulfilled_at, code_digest)
        SELECT id, md5('client')::uuid, id, 'https://example.com/', '{openid}', true, false, 'query', '{}', created_at,
          created_at, sha256('code')
        FROM browser_sessions WHERE id = ?
        """,
        session.id());
    store.sql(
        """
        INSERT INTO oauth2_device_code_grants
          (id, client_id, browser_session_id, scope, user_code, device_code_digest, created_at, expires_at, fulfilled_at)
        SELECT id, md5('client')::uuid, id, '{openid}', 'USER', sha256('code'), created_at, created_at, created_at
        FROM browser_sessions WHERE id = ?
        """,
        session.id());
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

  private List<BrowserSession> finishedAMinuteApart(int count) {
    List<BrowserSession> ended =
        browsers.sessions(browsers.user("john"), count).stream().map(this::later).toList();
    store.clock().advance(ofMinutes(1));
    return ended;
  }

  private BrowserSession later(BrowserSession session) {
    store.clock().advance(ofMinutes(1));
    return browsers.finished(session);
  }

  private List<BrowserSession> usedAMinuteApart(int count) {
    List<BrowserSession> used =
        browsers.sessions(browsers.user("john"), count).stream()
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
    browsers.recordActivity(session, browsers.now(), Optional.of("192.0.2.1"));
    return browsers.stored(session).orElseThrow();
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

  private CleanupResult<Instant> cleanupFinished(
      Optional<Instant> since, Instant until, int limit) {
    return store.write(repo -> repo.browserSessions().cleanupFinished(since, until, limit));
  }

  private CleanupResult<Instant> cleanupIps(Optional<Instant> since, Instant until, int limit) {
    return store.write(repo -> repo.browserSessions().cleanupInactiveIps(since, until, limit));
  }
}
