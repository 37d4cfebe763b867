package dev.authstore.storage.pg.compat;

import static java.time.Duration.ofDays;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Addresses;
import dev.authstore.model.SessionActivity;
import dev.authstore.model.compat.CompatAccessToken;
import dev.authstore.model.compat.CompatSession;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.compat.CompatSessionFilter;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class CompatSessionCleanupRepositoryTest {
  private static final Optional<Instant> START = Optional.empty();

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final Logins logins = new Logins(store);

  @SuppressWarnings("NullAway.Init") // set before each test
  private User john;

  @BeforeEach
  void addJohn() {
    john = logins.user("john");
  }

  @Nested
  class CleanupFinished {
    @Test
    void deletesTheLongestFinishedBatchByBatch() {
      List<CompatSession> ended = finishedDaysAgo(40, 35, 31, 29);
      CompatSession active = logins.session(john, "active");
      Instant until = logins.now().minus(ofDays(30));

      CleanupResult<Instant> first = cleanupFinished(START, until, 2);
      CleanupResult<Instant> second = cleanupFinished(first.cursor(), until, 2);
      CleanupResult<Instant> third = cleanupFinished(second.cursor(), until, 2);

      assertThat(first).isEqualTo(new CleanupResult<>(2, ended.get(1).finishedAt()));
      assertThat(second).isEqualTo(new CleanupResult<>(1, ended.get(2).finishedAt()));
      assertThat(third).isEqualTo(new CleanupResult<>(0, Optional.empty()));
      assertThat(logins.stored(ended.get(3))).contains(ended.get(3));
      assertThat(logins.stored(active)).contains(active);
    }

    @Test
    void takesTokensAndLoginsAlong() {
      BrowserSession browser = logins.browser(john);
      CompatSession gone = fullSession(browser, "gone");
      CompatSession kept = fullSession(browser, "kept");
      logins.finished(gone);
      logins.tick();

      CleanupResult<Instant> result = cleanupFinished(START, logins.now(), 10);

      assertThat(result.count()).isOne();
      assertThat(logins.rows("compat_access_tokens")).isEqualTo(2);
      assertThat(logins.rows("compat_refresh_tokens")).isEqualTo(2);
      assertThat(logins.rows("compat_sso_logins")).isOne();
      assertThat(store.select("SELECT DISTINCT session_id FROM compat_refresh_tokens"))
          .containsExactly(kept.id().toString());
    }

    @Test
    void beginsAtSinceAndEndsBeforeUntil() {
      List<CompatSession> ended = finishedDaysAgo(40, 35, 31);
      Instant since = ended.get(1).finishedAt().orElseThrow();
      Instant until = ended.get(2).finishedAt().orElseThrow();

      CleanupResult<Instant> result = cleanupFinished(Optional.of(since), until, 10);

      assertThat(result).isEqualTo(new CleanupResult<>(1, Optional.of(since)));
      assertThat(logins.stored(ended.get(0))).isPresent();
      assertThat(logins.stored(ended.get(1))).isEmpty();
      assertThat(logins.stored(ended.get(2))).isPresent();
    }

    @Test
    void getsThroughManyOfOneInstant() {
      for (int i = 0; i < 4; i++) {
        logins.session(john, "device" + i);
      }
      store.run(repo -> repo.compatSessions().finishBulk(CompatSessionFilter.all()));
      logins.tick();
      Optional<Instant> cursor = START;

      for (int i = 0; i < 4; i++) {
        CleanupResult<Instant> result = cleanupFinished(cursor, logins.now(), 1);
        assertThat(result.count()).isOne();
        cursor = result.cursor();
      }

      assertThat(logins.rows("compat_sessions")).isZero();
    }

    @Test
    void keepingTheBrowserSessionOfASessionThatGoesOn() {
      BrowserSession browser = logins.browser(john);
      CompatSession going = logins.session(browser, "phone");
      store.run(repo -> repo.browserSessions().finish(browser));
      logins.tick();

      int deleted = cleanupBrowserSessions();

      assertThat(deleted).isZero();
      assertThat(logins.stored(going)).contains(going);
    }

    @Test
    void lettingTheBrowserSessionGoAfterwards() {
      BrowserSession browser = logins.browser(john);
      logins.finished(logins.session(browser, "phone"));
      store.run(repo -> repo.browserSessions().finish(browser));
      logins.tick();

      int before = cleanupBrowserSessions();
      cleanupFinished(START, logins.now(), 10);
      int after = cleanupBrowserSessions();

      assertThat(before).isZero();
      assertThat(after).isOne();
    }

    @Test
    void isDoneByTwoAtOnceWithoutWaiting() {
      for (int i = 0; i < 10; i++) {
        logins.finished(logins.session(john, "device" + i));
      }
      logins.tick();
      Store.Held<CleanupResult<Instant>> first =
          store.hold(repo -> repo.compatSessions().cleanupFinished(START, logins.now(), 5));

      CleanupResult<Instant> second = cleanupFinished(START, logins.now(), 5);
      first.save();

      assertThat(first.result().count()).isEqualTo(5);
      assertThat(second.count()).isEqualTo(5);
      assertThat(logins.rows("compat_sessions")).isZero();
    }

    @Test
    void leavesASessionThatIsBeingChanged() {
      CompatSession ended = logins.finished(logins.session(john, "phone"));
      logins.tick();
      Store.Held<CompatSession> naming =
          store.hold(repo -> repo.compatSessions().setHumanName(ended, Optional.of("name")));

      CleanupResult<Instant> result = cleanupFinished(START, logins.now(), 10);
      naming.save();

      assertThat(result.count()).isZero();
      assertThat(logins.stored(ended)).contains(naming.result());
    }

    @Test
    void needsALimitAndAnEndThatIsPast() {
      for (int limit : new int[] {0, -1}) {
        assertThat(
                store.refusal(
                    repo -> repo.compatSessions().cleanupFinished(START, logins.now(), limit)))
            .isInstanceOf(InvalidInputException.class);
      }
      assertThat(
              store.refusal(
                  repo ->
                      repo.compatSessions()
                          .cleanupFinished(START, logins.now().plusSeconds(1), 10)))
          .isInstanceOf(InvalidInputException.class);
    }

    private CompatSession fullSession(BrowserSession browser, String device) {
      CompatSession session = logins.session(browser, device);
      CompatAccessToken access =
          logins.accessToken(session, device + " access", Duration.ofMinutes(5));
      logins.accessToken(session, device + " another");
      var one = logins.refreshToken(session, access, device + " refresh");
      var two = logins.refreshToken(session, access, device + " successor");
      store.run(repo -> repo.compatRefreshTokens().consumeAndReplace(one, two));
      logins.exchanged(logins.fulfilled(browser, device + " login"), session);
      return session;
    }

    private int cleanupBrowserSessions() {
      return store.write(
          repo -> repo.browserSessions().cleanupFinished(START, logins.now(), 10).count());
    }

    private CleanupResult<Instant> cleanupFinished(
        Optional<Instant> since, Instant until, int limit) {
      return store.write(repo -> repo.compatSessions().cleanupFinished(since, until, limit));
    }
  }

  @Nested
  class CleanupInactiveIps {
    @Test
    void erasesOldAddressesAlone() {
      CompatSession oldEnded = usedDaysAgo("old ended", 40);
      CompatSession old = usedDaysAgo("old", 35);
      CompatSession recent = usedDaysAgo("recent", 29);
      logins.finished(oldEnded);
      Instant threshold = logins.now().minus(ofDays(30));

      CleanupResult<Instant> first = cleanupInactiveIps(START, threshold, 1);
      CleanupResult<Instant> second = cleanupInactiveIps(first.cursor(), threshold, 1);
      CleanupResult<Instant> third = cleanupInactiveIps(second.cursor(), threshold, 1);

      assertThat(first).isEqualTo(new CleanupResult<>(1, oldEnded.lastActiveAt()));
      assertThat(second).isEqualTo(new CleanupResult<>(1, old.lastActiveAt()));
      assertThat(third).isEqualTo(new CleanupResult<>(0, Optional.empty()));
      assertThat(logins.stored(old).flatMap(CompatSession::lastActiveIp)).isEmpty();
      assertThat(logins.stored(old).flatMap(CompatSession::lastActiveAt))
          .isEqualTo(old.lastActiveAt());
      assertThat(logins.stored(recent)).contains(recent);
    }

    @Test
    void leavesASessionThatIsUsedMeanwhile() {
      CompatSession session = usedDaysAgo("phone", 40);
      Instant threshold = logins.now().minus(ofDays(30));
      Store.Held<Integer> activity =
          store.hold(repo -> repo.compatSessions().recordBatchActivity(use(session)));

      CleanupResult<Instant> during = cleanupInactiveIps(START, threshold, 10);
      activity.save();
      CleanupResult<Instant> after = cleanupInactiveIps(START, threshold, 10);

      assertThat(during.count()).isZero();
      assertThat(after.count()).isZero();
      assertThat(logins.stored(session).flatMap(CompatSession::lastActiveIp)).isPresent();
    }

    private CompatSession usedDaysAgo(String device, int days) {
      CompatSession session = logins.session(john, device);
      Instant now = store.clock().instant();
      store.clock().set(now.minus(ofDays(days)));
      store.run(repo -> repo.compatSessions().recordBatchActivity(use(session)));
      store.clock().set(now);
      return logins.stored(session).orElseThrow();
    }

    private List<SessionActivity> use(CompatSession session) {
      return List.of(
          new SessionActivity(
              session.id(), logins.now(), Optional.of(Addresses.parse("192.0.2.1"))));
    }

    private CleanupResult<Instant> cleanupInactiveIps(
        Optional<Instant> since, Instant threshold, int limit) {
      return store.write(repo -> repo.compatSessions().cleanupInactiveIps(since, threshold, limit));
    }
  }

  /** Sessions that ended so many days before now. */
  private List<CompatSession> finishedDaysAgo(int... days) {
    List<CompatSession> sessions = new ArrayList<>();
    for (int day : days) {
      sessions.add(logins.session(john, "device" + day));
    }
    Instant now = store.clock().instant();
    List<CompatSession> ended = new ArrayList<>();
    for (int i = 0; i < days.length; i++) {
      store.clock().set(now.minus(ofDays(days[i])));
      ended.add(logins.finished(sessions.get(i)));
    }
    store.clock().set(now);
    return ended;
  }
}
