package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.oauth2.OAuth2Sessions.ALL;
import static java.time.Duration.ofDays;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.SessionActivity;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class OAuth2SessionCleanupRepositoryTest {
  private static final CleanupResult<Instant> NOTHING = new CleanupResult<>(0, Optional.empty());
  private static final List<String> CHILDREN =
      List.of(
          "oauth2_access_tokens",
          "oauth2_refresh_tokens",
          "oauth2_authorization_grants",
          "oauth2_device_code_grants");

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

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
  class CleanupFinished {
    @Test
    void deletesSessionsFinishedLongAgoWithAllThatHangsUnderThem() {
      BrowserSession browser = sessions.browserSession(john);
      OAuth2Session old = withChildren(browser);
      sessions.finished(old);
      store.clock().advance(ofDays(2));
      OAuth2Session recent = sessions.finished(withChildren(browser));
      OAuth2Session going = withChildren(browser);
      store.clock().advance(ofDays(29));

      CleanupResult<Instant> result =
          cleanupFinished(Optional.empty(), sessions.now().minus(ofDays(30)), 10);

      assertThat(result.count()).isOne();
      assertThat(sessions.list(ALL)).containsExactly(recent, going);
      assertThat(CHILDREN)
          .allSatisfy(
              table ->
                  assertThat(store.select("SELECT DISTINCT session_id::text FROM " + table))
                      .as(table)
                      .containsExactlyInAnyOrder(recent.id().toString(), going.id().toString()));
    }

    @Test
    void leavesPendingRequestsOfTheClient() {
      sessions.finished(sessions.session(client, john));
      store.sql(
          """
          INSERT INTO oauth2_device_code_grants
            (id, client_id, scope, user_code, device_code_digest, created_at, expires_at)
          VALUES (gen_random_uuid(), ?, '{}', 'ABCDEF', sha256('code'), now(), now())
          """,
          client.id());
      store.clock().advance(ofDays(1));

      CleanupResult<Instant> result = cleanupFinished(Optional.empty(), sessions.now(), 10);

      assertThat(result.count()).isOne();
      assertThat(store.select("SELECT id FROM oauth2_device_code_grants")).hasSize(1);
    }

    @Test
    void getsThroughSessionsOfOneInstantOneByOne() {
      sessions.sessions(client, john, 3);
      store.run(repo -> repo.oauth2Sessions().finishBulk(ALL));
      Instant ended = sessions.now();
      store.clock().advance(ofDays(1));

      assertThat(cleanupFinished(Optional.empty(), ended, 1)).isEqualTo(NOTHING);

      Optional<Instant> cursor = Optional.empty();
      for (int batch = 0; batch < 3; batch++) {
        CleanupResult<Instant> result = cleanupFinished(cursor, sessions.now(), 1);
        assertThat(result).isEqualTo(new CleanupResult<>(1, Optional.of(ended)));
        cursor = result.cursor();
      }
      assertThat(cleanupFinished(cursor, sessions.now(), 1)).isEqualTo(NOTHING);
      assertThat(sessions.count(ALL)).isZero();
    }

    @Test
    void takesTheOldestFirst() {
      List<OAuth2Session> ended = finishedAMinuteApart(3);

      CleanupResult<Instant> result = cleanupFinished(Optional.empty(), sessions.now(), 2);

      assertThat(result).isEqualTo(new CleanupResult<>(2, ended.get(1).finishedAt()));
      assertThat(sessions.list(ALL)).containsExactly(ended.get(2));
    }

    @Test
    void beginsAtSinceAndEndsBeforeUntil() {
      List<OAuth2Session> ended = finishedAMinuteApart(4);

      CleanupResult<Instant> result =
          cleanupFinished(ended.get(1).finishedAt(), ended.get(3).finishedAt().orElseThrow(), 10);

      assertThat(result).isEqualTo(new CleanupResult<>(2, ended.get(2).finishedAt()));
      assertThat(sessions.list(ALL)).containsExactly(ended.get(0), ended.get(3));
    }

    @Test
    void leavesWhatAnotherCleanerHasInHand() {
      List<OAuth2Session> ended = finishedAMinuteApart(6);
      Store.Held<CleanupResult<Instant>> first =
          store.hold(
              repo -> repo.oauth2Sessions().cleanupFinished(Optional.empty(), sessions.now(), 4));

      CleanupResult<Instant> second = cleanupFinished(Optional.empty(), sessions.now(), 4);
      first.save();

      assertThat(first.result()).isEqualTo(new CleanupResult<>(4, ended.get(3).finishedAt()));
      assertThat(second).isEqualTo(new CleanupResult<>(2, ended.get(5).finishedAt()));
      assertThat(sessions.count(ALL)).isZero();
    }

    @Test
    void leavesASessionThatIsBeingUsed() {
      List<OAuth2Session> ended = finishedAMinuteApart(2);
      SessionActivity use =
          new SessionActivity(ended.get(0).id(), sessions.now(), Optional.empty());
      Store.Held<Integer> batch =
          store.hold(repo -> repo.oauth2Sessions().recordBatchActivity(List.of(use)));

      CleanupResult<Instant> result = cleanupFinished(Optional.empty(), sessions.now(), 10);
      batch.save();

      assertThat(result).isEqualTo(new CleanupResult<>(1, ended.get(1).finishedAt()));
      assertThat(sessions.stored(ended.get(0))).isPresent();
    }

    @Test
    void keepsTheBrowserSessionOfASessionThatGoesOn() {
      BrowserSession browser = sessions.browserSession(john);
      OAuth2Session going = sessions.session(client, browser);
      store.run(repo -> repo.browserSessions().finish(browser));
      store.clock().advance(ofDays(1));

      CleanupResult<Instant> result = cleanupBrowserSessions();

      assertThat(result).isEqualTo(NOTHING);
      assertThat(sessions.stored(going)).contains(going);
    }

    @Test
    void makesTheBrowserSessionDeletable() {
      BrowserSession browser = sessions.browserSession(john);
      sessions.finished(sessions.session(client, browser));
      store.run(repo -> repo.browserSessions().finish(browser));
      store.clock().advance(ofDays(1));

      CleanupResult<Instant> before = cleanupBrowserSessions();
      cleanupFinished(Optional.empty(), sessions.now(), 10);
      CleanupResult<Instant> after = cleanupBrowserSessions();

      assertThat(before.count()).isZero();
      assertThat(after.count()).isOne();
    }

    @Test
    void deletesEveryRowOnceWithManyCleaners() throws Exception {
      sessions.sessions(client, john, 300);
      store.sql(
          """
          INSERT INTO oauth2_access_tokens (id, session_id, token_digest, created_at)
          SELECT id, id, sha256(id::text::bytea), created_at FROM oauth2_sessions
          """);
      store.run(repo -> repo.oauth2Sessions().finishBulk(ALL));
      store.clock().advance(ofDays(1));
      RepositoryFactory repositories = store.repositories();

      Race.Results<Integer> race =
          Race.of(4)
              .run(
                  cleaner ->
                      repeated(
                          () ->
                              repositories.call(
                                  repo ->
                                      repo.oauth2Sessions()
                                          .cleanupFinished(Optional.empty(), sessions.now(), 20))));

      assertThat(race.failures()).isEmpty();
      assertThat(race.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(300);
      assertThat(sessions.count(ALL)).isZero();
      assertThat(store.select("SELECT id FROM oauth2_access_tokens")).isEmpty();
      assertThat(store.statements()).noneMatch(sent -> sent.sqlState().isPresent());
    }

    @Test
    void refusesALimitBelowOneOrAnEndInTheFuture() {
      OAuth2Session ended = sessions.finished(sessions.session(client, john));
      Instant future = sessions.now().plus(1, ChronoUnit.MICROS);

      assertThat(
              store.refusal(
                  repo ->
                      repo.oauth2Sessions().cleanupFinished(Optional.empty(), sessions.now(), 0)))
          .isInstanceOf(InvalidInputException.class);
      assertThat(
              store.refusal(
                  repo -> repo.oauth2Sessions().cleanupFinished(Optional.empty(), future, 1)))
          .isInstanceOf(InvalidInputException.class);
      assertThat(sessions.stored(ended)).contains(ended);
    }

    private CleanupResult<Instant> cleanupBrowserSessions() {
      return store.write(
          repo -> repo.browserSessions().cleanupFinished(Optional.empty(), sessions.now(), 10));
    }
  }

  @Nested
  class CleanupInactiveIps {
    @Test
    void erasesTheAddressAloneOfActiveAndFinishedOnes() {
      OAuth2Session active = used("192.0.2.1");
      OAuth2Session ended = sessions.finished(used("2001:db8::17"));
      store.clock().advance(ofDays(1));

      CleanupResult<Instant> first = cleanupIps(sessions.now());
      CleanupResult<Instant> second = cleanupIps(sessions.now());

      assertThat(first).isEqualTo(new CleanupResult<>(2, ended.lastActiveAt()));
      assertThat(second).isEqualTo(NOTHING);
      assertThat(sessions.list(ALL)).containsExactly(withoutIp(active), withoutIp(ended));
    }

    @Test
    void leavesASessionUsedAtTheThreshold() {
      OAuth2Session used = used("192.0.2.1");

      CleanupResult<Instant> result = cleanupIps(used.lastActiveAt().orElseThrow());

      assertThat(result).isEqualTo(NOTHING);
      assertThat(sessions.stored(used)).contains(used);
    }

    @Test
    void leavesSessionsWithoutActivityOrAddress() {
      OAuth2Session unused = sessions.session(client, john);
      OAuth2Session session = sessions.session(client, john);
      sessions.used(session, sessions.now(), Optional.empty());
      store.clock().advance(ofDays(1));

      CleanupResult<Instant> result = cleanupIps(sessions.now());

      assertThat(result).isEqualTo(NOTHING);
      assertThat(sessions.stored(unused)).contains(unused);
    }

    @Test
    void leavesWhatAnotherCleanerHasInHand() {
      OAuth2Session first = used("192.0.2.1");
      OAuth2Session second = used("192.0.2.2");
      store.clock().advance(ofDays(1));
      Store.Held<CleanupResult<Instant>> holder =
          store.hold(
              repo ->
                  repo.oauth2Sessions().cleanupInactiveIps(Optional.empty(), sessions.now(), 1));

      CleanupResult<Instant> result = cleanupIps(sessions.now());
      holder.save();

      assertThat(holder.result()).isEqualTo(new CleanupResult<>(1, first.lastActiveAt()));
      assertThat(result).isEqualTo(new CleanupResult<>(1, second.lastActiveAt()));
    }

    @Test
    void refusesALimitBelowOneOrAThresholdInTheFuture() {
      OAuth2Session used = used("192.0.2.1");
      Instant future = sessions.now().plus(1, ChronoUnit.MICROS);

      assertThat(
              store.refusal(
                  repo ->
                      repo.oauth2Sessions()
                          .cleanupInactiveIps(Optional.empty(), sessions.now(), 0)))
          .isInstanceOf(InvalidInputException.class);
      assertThat(
              store.refusal(
                  repo -> repo.oauth2Sessions().cleanupInactiveIps(Optional.empty(), future, 1)))
          .isInstanceOf(InvalidInputException.class);
      assertThat(sessions.stored(used)).contains(used);
    }

    private OAuth2Session used(String ip) {
      OAuth2Session session = sessions.session(client, john);
      sessions.used(session, sessions.now(), Optional.of(ip));
      return sessions.stored(session).orElseThrow();
    }

    private CleanupResult<Instant> cleanupIps(Instant threshold) {
      return store.write(
          repo -> repo.oauth2Sessions().cleanupInactiveIps(Optional.empty(), threshold, 10));
    }

    private OAuth2Session withoutIp(OAuth2Session session) {
      return new OAuth2Session(
          session.id(),
          session.clientId(),
          session.userId(),
          session.browserSessionId(),
          session.scope(),
          session.createdAt(),
          session.stage(),
          session.userAgent(),
          session.humanName(),
          session.lastActiveAt(),
          Optional.empty());
    }
  }

  private CleanupResult<Instant> cleanupFinished(
      Optional<Instant> since, Instant until, int limit) {
    return store.write(repo -> repo.oauth2Sessions().cleanupFinished(since, until, limit));
  }

  private List<OAuth2Session> finishedAMinuteApart(int number) {
    List<OAuth2Session> ended =
        Stream.generate(() -> sessions.session(client, john))
            .limit(number)
            .map(
                session -> {
                  store.clock().advance(ofMinutes(1));
                  return sessions.finished(session);
                })
            .toList();
    store.clock().advance(ofDays(1));
    return ended;
  }

  /** A session with a chain of refresh tokens, and with the requests that it came from. */
  private OAuth2Session withChildren(BrowserSession browser) {
    OAuth2Session session = sessions.session(client, browser);
    sessions.accessToken(session);
    sessions.refreshToken(session);
    store.sql(
        "UPDATE oauth2_refresh_tokens SET consumed_at = created_at WHERE session_id = ?",
        session.id());
    sessions.refreshToken(session);
    store.sql(
        """
        UPDATE oauth2_refresh_tokens AS consumed
        SET next_refresh_token_id = valid.id, access_token_id = oauth2_access_tokens.id
        FROM oauth2_refresh_tokens AS valid
        JOIN oauth2_access_tokens ON oauth2_access_tokens.session_id = valid.session_id
        WHERE consumed.session_id = ? AND valid.session_id = consumed.session_id
          AND consumed.consumed_at IS NOT NULL AND valid.consumed_at IS NULL
        """,
        session.id());
    store.sql(
        """
        INSERT INTO oauth2_authorization_grants
          (id, client_id, session_id, browser_session_id, redirect_uri, scope, response_type_code, response_type_id_token,
           response_mode, code_digest, raw_parameters, created_at, fulfilled_at, exchanged_at)
        VALUES (gen_random_uuid(), ?, ?, ?, 'https://example.com/', '{}', true, false, 'query',
          sha256(gen_random_uuid()::text::bytea), '{}', now(), now(), now())
        """,
        client.id(),
        session.id(),
        browser.id());
    store.sql(
        """
        INSERT INTO oauth2_device_code_grants
          (id, client_id, session_id, browser_session_id, scope, user_code, device_code_digest, created_at, expires_at,
           fulfilled_at, exchanged_at)
        SELECT id, ?, ?, ?, '{}', left(id::text, 13), sha256(id::text::bytea), now(), now(), now(), now()
        FROM gen_random_uuid() AS id
        """,
        client.id(),
        session.id(),
        browser.id());
    return session;
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
}
