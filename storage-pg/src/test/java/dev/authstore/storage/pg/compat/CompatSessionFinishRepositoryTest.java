package dev.authstore.storage.pg.compat;

import static dev.authstore.storage.pg.Store.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Addresses;
import dev.authstore.model.Device;
import dev.authstore.model.SessionActivity;
import dev.authstore.model.compat.CompatSession;
import dev.authstore.model.compat.CompatSessionStage;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.compat.CompatSessionFilter;
import dev.authstore.storage.compat.CompatSessionParams;
import dev.authstore.storage.page.FinishedSessions;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class CompatSessionFinishRepositoryTest {
  private static final CompatSessionFilter ALL = CompatSessionFilter.all();

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final Logins logins = new Logins(store);

  @SuppressWarnings("NullAway.Init") // set before each test
  private User john;

  @SuppressWarnings("NullAway.Init") // set before each test
  private User jim;

  @BeforeEach
  void addUsers() {
    john = logins.user("john");
    jim = logins.user("jim");
  }

  @Nested
  class Finish {
    @Test
    void endsTheSessionNow() {
      CompatSession session = logins.session(john, "phone");

      CompatSession ended = logins.finished(session);

      assertThat(ended.stage()).isEqualTo(new CompatSessionStage.Finished(logins.now()));
      assertThat(logins.stored(session)).contains(ended);
    }

    @Test
    void happensOnce() {
      CompatSession session = logins.session(john, "phone");
      CompatSession ended = logins.finished(session);
      logins.tick();

      for (CompatSession copy : List.of(session, ended)) {
        StateReason reason = store.reason(repo -> repo.compatSessions().finish(copy));

        assertThat(reason).isEqualTo(StateReason.SESSION_FINISHED);
        assertThat(logins.stored(session)).contains(ended);
      }
    }

    @Test
    void findsNoSessionThatIsGone() {
      CompatSession session = logins.session(john, "phone");
      logins.remove(session);

      String missing = store.missing(repo -> repo.compatSessions().finish(session));

      assertThat(missing).isEqualTo("compat_session " + session.id());
    }

    @Test
    void losesAgainstTheOneThatCameFirst() {
      CompatSession session = logins.session(john, "phone");
      Store.Held<CompatSession> first = store.hold(repo -> repo.compatSessions().finish(session));
      logins.tick();
      Future<CompatSession> second = store.start(repo -> repo.compatSessions().finish(session));
      store.awaitBlocked(1);

      first.save();

      assertRefused(second, StateReason.SESSION_FINISHED);
      assertThat(logins.stored(session)).contains(first.result());
    }

    @Test
    void winsIfTheFirstIsCancelled() throws Exception {
      CompatSession session = logins.session(john, "phone");
      Store.Held<CompatSession> first = store.hold(repo -> repo.compatSessions().finish(session));
      Future<CompatSession> second = store.start(repo -> repo.compatSessions().finish(session));
      store.awaitBlocked(1);

      first.cancel();

      CompatSession finished = Logins.get(second);
      assertThat(logins.stored(session)).contains(finished);
    }

    @Test
    void hasOneWinnerAmongThirtyTwo() throws Exception {
      CompatSession session = logins.session(john, "phone");
      RepositoryFactory repositories = store.repositories();

      Race.Results<CompatSession> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.<CompatSession>call(
                          repo -> repo.compatSessions().finish(session)));

      assertThat(race.values()).containsExactly(logins.stored(session).orElseThrow());
      assertThat(race.failures())
          .hasSize(31)
          .allMatch(failure -> Logins.isRefusal(failure, StateReason.SESSION_FINISHED));
    }

    @Test
    void showsTheActivityThatItWaitedFor() throws Exception {
      CompatSession session = logins.session(john, "phone");
      Instant at = logins.now();
      Store.Held<Integer> activity = store.hold(repo -> record(repo, session, at));
      Future<CompatSession> finish = store.start(repo -> repo.compatSessions().finish(session));
      store.awaitBlocked(1);

      activity.save();

      assertThat(Logins.get(finish).lastActiveAt()).contains(at);
      assertThat(logins.stored(session)).contains(Logins.get(finish));
    }

    private int record(RepositoryAccess repo, CompatSession session, Instant at) {
      return repo.compatSessions()
          .recordBatchActivity(
              List.of(
                  new SessionActivity(
                      session.id(), at, Optional.of(Addresses.parse("192.0.2.1")))));
    }
  }

  @Nested
  class FinishBulk {
    @Test
    void endsTheSessionsOfAUserThatAreValid() {
      CompatSession ended = logins.finished(logins.session(john, "old"));
      CompatSession one = logins.session(john, "one");
      CompatSession two = logins.session(john, "two");
      CompatSession other = logins.session(jim, "one");
      logins.tick();

      int count = finishBulk(ALL.user(john.id()));

      assertThat(count).isEqualTo(2);
      assertThat(logins.stored(one).flatMap(CompatSession::finishedAt)).contains(logins.now());
      assertThat(logins.stored(two).flatMap(CompatSession::finishedAt)).contains(logins.now());
      assertThat(logins.stored(ended)).contains(ended);
      assertThat(logins.stored(other)).contains(other);
      assertThat(finishBulk(ALL.user(john.id()))).isZero();
    }

    @Test
    void endsNothingThatHasEnded() {
      CompatSession ended = logins.finished(logins.session(john, "old"));
      CompatSession valid = logins.session(john, "new");
      logins.tick();

      int count = finishBulk(ALL.active(false));

      assertThat(count).isZero();
      assertThat(logins.stored(ended)).contains(ended);
      assertThat(logins.stored(valid)).contains(valid);
    }

    @Test
    void endsThoseThatCameThroughTheBrowserAlone() {
      BrowserSession browser = logins.browser(john);
      CompatSession password = logins.session(john, "password");
      CompatSession sso = logins.session(browser, "sso");
      logins.exchanged(logins.fulfilled(browser, "token"), sso);
      logins.pending();

      int count = finishBulk(ALL.active(true).hasSsoLogin(true));

      assertThat(count).isOne();
      assertThat(logins.stored(sso).map(CompatSession::isFinished)).contains(true);
      assertThat(logins.stored(password)).contains(password);
    }

    @Test
    void endsThoseThatCameByPasswordAlone() {
      BrowserSession browser = logins.browser(john);
      CompatSession password = logins.session(john, "password");
      CompatSession sso = logins.session(browser, "sso");
      logins.exchanged(logins.fulfilled(browser, "token"), sso);
      logins.pending();

      int count = finishBulk(ALL.hasSsoLogin(false));

      assertThat(count).isOne();
      assertThat(logins.stored(password).map(CompatSession::isFinished)).contains(true);
      assertThat(logins.stored(sso)).contains(sso);
    }

    @Test
    void endsEverythingWithoutCriteria() {
      logins.session(john, "one");
      logins.session(jim, "one");

      assertThat(finishBulk(ALL)).isEqualTo(2);
    }

    @Test
    void leavesTheTokensAsTheyAre() {
      CompatSession session = logins.session(john, "one");
      var token = logins.accessToken(session, "secret");
      var refresh = logins.refreshToken(session, token, "refresh");

      finishBulk(ALL);

      assertThat(logins.stored(token)).contains(token);
      assertThat(logins.stored(refresh)).contains(refresh);
    }

    @Test
    void doesNotDeadlockWithItself() throws Exception {
      RepositoryFactory repositories = store.repositories();
      for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 20; i++) {
          logins.session(john, "device" + i);
        }
        logins.tick();

        Race.Results<Integer> race =
            Race.of(8)
                .run(
                    number ->
                        repositories.call(
                            repo ->
                                repo.compatSessions()
                                    .finishBulk(number % 2 == 0 ? ALL : ALL.user(john.id()))));

        assertThat(race.failures()).isEmpty();
        assertThat(race.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(20);
      }
      assertThat(store.statements()).noneMatch(statement -> statement.sqlState().isPresent());
    }

    private int finishBulk(CompatSessionFilter filter) {
      return store.write(repo -> repo.compatSessions().finishBulk(filter));
    }
  }

  @Nested
  class FinishBatch {
    @Test
    void endsTheOldestFirstAndTellsWhoseTheyWere() {
      CompatSession one = logins.session(john, "one");
      CompatSession two = logins.session(john, "two");
      CompatSession three = logins.session(jim, "three");

      FinishedSessions first = finishBatch(ALL, 2);
      FinishedSessions second = finishBatch(ALL, 2);
      FinishedSessions third = finishBatch(ALL, 2);

      assertThat(first)
          .isEqualTo(new FinishedSessions(List.of(one.id(), two.id()), Set.of(john.id())));
      assertThat(second).isEqualTo(new FinishedSessions(List.of(three.id()), Set.of(jim.id())));
      assertThat(third).isEqualTo(new FinishedSessions(List.of(), Set.of()));
      assertThat(logins.stored(one).map(CompatSession::isFinished)).contains(true);
    }

    @Test
    void endsInactiveSessions() {
      CompatSession used = logins.session(john, "used");
      CompatSession unused = logins.session(john, "unused");
      store.clock().advance(Duration.ofDays(90));
      use(used, logins.now());
      CompatSession fresh = logins.session(john, "fresh");
      Instant threshold = logins.now().minus(Duration.ofDays(30));

      FinishedSessions ended = finishBatch(ALL.inactiveSince(threshold), 100);

      assertThat(ended.sessionIds()).containsExactly(unused.id());
      assertThat(logins.stored(used).map(CompatSession::isValid)).contains(true);
      assertThat(logins.stored(fresh)).contains(fresh);
    }

    @Test
    void passesOverWhatAnotherIsChanging() {
      CompatSession one = logins.session(john, "one");
      CompatSession two = logins.session(john, "two");
      Store.Held<CompatSession> held =
          store.hold(repo -> repo.compatSessions().recordUserAgent(one, "busy"));

      FinishedSessions ended = finishBatch(ALL, 10);
      held.save();

      assertThat(ended.sessionIds()).containsExactly(two.id());
      assertThat(logins.stored(one)).contains(held.result());
    }

    @Test
    void needsALimit() {
      assertThat(store.refusal(repo -> repo.compatSessions().finishBatch(ALL, 0)))
          .isInstanceOf(InvalidInputException.class);
    }

    private FinishedSessions finishBatch(CompatSessionFilter filter, int limit) {
      return store.write(repo -> repo.compatSessions().finishBatch(filter, limit));
    }
  }

  @Nested
  class FinishLeastRecentlyUsed {
    @Test
    void endsTheUnusedThenTheLongestUnusedThenTheOlder() {
      CompatSession recent = logins.session(john, "recent");
      CompatSession older = logins.session(john, "older");
      CompatSession newer = logins.session(john, "newer");
      CompatSession unusedOlder = logins.session(john, "unused older");
      CompatSession unusedNewer = logins.session(john, "unused newer");
      use(newer, logins.now());
      use(older, logins.now());
      use(recent, logins.now().plusSeconds(60));

      List<CompatSession> order = List.of(unusedOlder, unusedNewer, older, newer, recent);

      for (CompatSession next : order) {
        assertThat(finishLeastRecentlyUsed(1)).containsExactly(logins.stored(next).orElseThrow());
        assertThat(logins.stored(next).map(CompatSession::isFinished)).contains(true);
      }
      assertThat(finishLeastRecentlyUsed(1)).isEmpty();
    }

    @Test
    void endsExactlySoManyAscendingById() {
      CompatSession one = logins.session(john, "one");
      CompatSession two = logins.session(john, "two");
      CompatSession three = logins.session(john, "three");
      use(one, logins.now());

      List<CompatSession> ended = finishLeastRecentlyUsed(2);

      assertThat(ended).extracting(CompatSession::id).containsExactly(two.id(), three.id());
      assertThat(logins.stored(one).map(CompatSession::isValid)).contains(true);
    }

    @Test
    void endsNoneIfThereAreNotSoMany() {
      CompatSession valid = logins.session(john, "one");
      logins.finished(logins.session(john, "two"));
      logins.session(jim, "one");

      List<CompatSession> ended = finishLeastRecentlyUsed(2);

      assertThat(ended).isEmpty();
      assertThat(logins.stored(valid)).contains(valid);
    }

    @Test
    void needsACountAndAnAccount() {
      User gone = logins.user("gone");
      store.sql("DELETE FROM users WHERE id = ?", gone.id());

      assertThat(store.refusal(repo -> repo.compatSessions().finishLeastRecentlyUsed(john, 0)))
          .isInstanceOf(InvalidInputException.class);
      assertThat(store.missing(repo -> repo.compatSessions().finishLeastRecentlyUsed(gone, 1)))
          .isEqualTo("user " + gone.id());
    }

    @Test
    void choosesFromWhatTheLogoutsThatItWaitedForHaveLeft() throws Exception {
      CompatSession one = logins.session(john, "one");
      CompatSession two = logins.session(john, "two");
      Store.Held<CompatSession> logout = store.hold(repo -> repo.compatSessions().finish(one));
      Future<List<CompatSession>> eviction =
          store.start(repo -> repo.compatSessions().finishLeastRecentlyUsed(john, 1));
      store.awaitBlocked(1);

      logout.save();

      assertThat(Logins.get(eviction)).extracting(CompatSession::id).containsExactly(two.id());
      assertThat(logins.stored(one)).contains(logout.result());
    }

    @Test
    void countsTheLoginThatItWaitedFor() throws Exception {
      CompatSession one = logins.session(john, "one");
      use(one, logins.now());
      Store.Held<CompatSession> login =
          store.hold(
              repo -> repo.compatSessions().add(john, CompatSessionParams.of(new Device("two"))));
      Future<List<CompatSession>> eviction =
          store.start(repo -> repo.compatSessions().finishLeastRecentlyUsed(john, 2));
      store.awaitBlocked(1);

      login.save();

      assertThat(Logins.get(eviction))
          .extracting(CompatSession::id)
          .containsExactly(one.id(), login.result().id());
    }

    @Test
    void endsEachSessionOnceHoweverManyMakeRoom() throws Exception {
      RepositoryFactory repositories = store.repositories();
      List<CompatSession> sessions =
          IntStream.range(0, 32).mapToObj(i -> logins.session(john, "device" + i)).toList();

      Race.Results<List<CompatSession>> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.<List<CompatSession>>call(
                          repo -> repo.compatSessions().finishLeastRecentlyUsed(john, 1)));

      assertThat(race.failures()).isEmpty();
      assertThat(race.values().stream().flatMap(List::stream).map(CompatSession::id))
          .containsExactlyInAnyOrderElementsOf(sessions.stream().map(CompatSession::id).toList());
    }

    private List<CompatSession> finishLeastRecentlyUsed(int count) {
      logins.tick();
      return store.write(repo -> repo.compatSessions().finishLeastRecentlyUsed(john, count));
    }
  }

  private void use(CompatSession session, Instant at) {
    store.run(
        repo ->
            repo.compatSessions()
                .recordBatchActivity(
                    List.of(new SessionActivity(session.id(), at, Optional.empty()))));
  }
}
