package dev.authstore.storage.pg.user;

import static dev.authstore.storage.pg.Store.assertRefused;
import static java.time.Duration.ofMinutes;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.BrowserSessionStage;
import dev.authstore.model.user.User;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.user.BrowserSessionFilter;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class BrowserSessionRepositoryTest {
  private static final BrowserSessionFilter ALL = BrowserSessionFilter.all();

  private static final UUID NOBODY = UUID.fromString("017e6360-0000-7000-8000-000000000000");

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());
  private final BrowserSessions browsers = new BrowserSessions(store);

  @Nested
  class Lookup {
    @Test
    void findsFinishedSessionsToo() {
      BrowserSession session = browsers.finished(browsers.session(browsers.user("john")));

      Optional<BrowserSession> found = browsers.stored(session);

      assertThat(found).contains(session);
    }

    @Test
    void findsNothingUnderAnUnknownId() {
      Optional<BrowserSession> found = store.read(repo -> repo.browserSessions().lookup(NOBODY));

      assertThat(found).isEmpty();
    }

    @Test
    void showsTheLockOfTheUserAtOnce() {
      BrowserSession session = browsers.session(browsers.user("john"));
      store.run(repo -> repo.users().lock(session.user()));

      BrowserSession found = browsers.stored(session).orElseThrow();

      assertThat(found.isActive()).isFalse();
      assertThat(found.isFinished()).isFalse();
      assertThat(browsers.count(ALL.active(true))).isOne();
    }

    @Test
    void showsTheSessionActiveAgainAfterUnlocking() {
      BrowserSession session = browsers.session(browsers.user("john"));
      store.run(repo -> repo.users().lock(session.user()));
      store.run(repo -> repo.users().unlock(session.user()));

      Optional<BrowserSession> found = browsers.stored(session);

      assertThat(found).contains(session);
    }

    @Test
    void showsTheDeactivationOfTheUser() {
      BrowserSession session = browsers.session(browsers.user("john"));
      User closed = store.write(repo -> repo.users().deactivate(session.user()));

      BrowserSession found = browsers.stored(session).orElseThrow();

      assertThat(found.user()).isEqualTo(closed);
      assertThat(found.isActive()).isFalse();
    }
  }

  @Nested
  class Add {
    @Test
    void returnsWhatLookupReturns() {
      User john = browsers.user("john");

      BrowserSession added =
          store.write(repo -> repo.browserSessions().add(john, Optional.of("Firefox")));

      assertThat(browsers.stored(added)).contains(added);
      assertThat(added.createdAt()).isEqualTo(browsers.now());
      assertThat(added.user()).isEqualTo(john);
      assertThat(added.userAgent()).contains("Firefox");
    }

    @Test
    void beginsActiveWithoutActivity() {
      BrowserSession added = browsers.session(browsers.user("john"));

      assertThat(added.stage()).isEqualTo(new BrowserSessionStage.Active());
      assertThat(added.lastActiveAt()).isEmpty();
      assertThat(added.lastActiveIp()).isEmpty();
      assertThat(browsers.counts(ALL)).containsExactly(1L, 1L, 0L);
    }

    @Test
    void embedsTheUserAsStored() {
      User old = browsers.user("john");
      User promoted = store.write(repo -> repo.users().setCanRequestAdmin(old, true));

      BrowserSession added = browsers.session(old);

      assertThat(added.user()).isEqualTo(promoted);
    }

    @Test
    void refusesAUserLockedMeanwhile() {
      User john = browsers.user("john");
      store.run(repo -> repo.users().lock(john));

      InvalidStateException refusal =
          browsers.refusal(
              InvalidStateException.class,
              repo -> repo.browserSessions().add(john, Optional.empty()));

      assertThat(refusal.reason()).isEqualTo(StateReason.USER_LOCKED);
      assertThat(browsers.count(ALL)).isZero();
    }

    @Test
    void refusesAUserDeactivatedMeanwhile() {
      User john = browsers.user("john");
      store.run(repo -> repo.users().deactivate(john));

      InvalidStateException refusal =
          browsers.refusal(
              InvalidStateException.class,
              repo -> repo.browserSessions().add(john, Optional.empty()));

      assertThat(refusal.reason()).isEqualTo(StateReason.USER_DEACTIVATED);
      assertThat(refusal.id()).isEqualTo(john.id());
      assertThat(browsers.count(ALL)).isZero();
    }

    @Test
    void believesTheStoredStateAndNotThePassedOne() {
      User john = browsers.user("john");
      User locked = store.write(repo -> repo.users().lock(john));
      store.run(repo -> repo.users().unlock(john));

      BrowserSession added = browsers.session(locked);

      assertThat(added.user()).isEqualTo(john);
    }

    @Test
    void doesNotFindARemovedUser() {
      User john = browsers.user("john");
      store.sql("DELETE FROM users WHERE id = ?", john.id());

      NotFoundException refusal =
          browsers.refusal(
              NotFoundException.class, repo -> repo.browserSessions().add(john, Optional.empty()));

      assertThat(refusal.id()).isEqualTo(john.id());
      assertThat(browsers.count(ALL)).isZero();
    }

    @Test
    void shortensAnEndlessUserAgentWithUnstorableCharacters() {
      User john = browsers.user("john");
      String endless = "\u0000\u0007\uD83D\uDE00\uD83D" + "x".repeat(100_000);

      BrowserSession added =
          store.write(repo -> repo.browserSessions().add(john, Optional.of(endless)));

      assertThat(added.userAgent()).contains("\uFFFD\u0007\uD83D\uDE00\uFFFD" + "x".repeat(1020));
      assertThat(browsers.stored(added)).contains(added);
    }
  }

  @Nested
  class LoginAgainstDeactivation {
    @Test
    void isRefusedWhenDeactivationCameFirst() throws Exception {
      User john = browsers.user("john");
      Store.Held<User> deactivation = store.hold(repo -> repo.users().deactivate(john));

      Future<BrowserSession> login = startLogin(john);
      store.awaitBlocked(1);
      deactivation.repo().browserSessions().finishBulk(ALL.user(john.id()).active(true));
      deactivation.save();

      assertRefused(login, StateReason.USER_DEACTIVATED);
      assertThat(browsers.count(ALL)).isZero();
    }

    @Test
    void isRefusedWhenDeactivationHasEndedAllSessionsAlready() throws Exception {
      User john = browsers.user("john");
      Store.Held<User> deactivation = store.hold(closing(john));

      Future<BrowserSession> login = startLogin(john);
      store.awaitBlocked(1);
      deactivation.save();

      assertRefused(login, StateReason.USER_DEACTIVATED);
      assertThat(browsers.count(ALL)).isZero();
    }

    @Test
    void isEndedWhenItCameFirst() throws Exception {
      User john = browsers.user("john");
      Store.Held<BrowserSession> login =
          store.hold(repo -> repo.browserSessions().add(john, Optional.empty()));

      Future<User> deactivation = store.start(closing(john));
      store.awaitBlocked(1);
      login.save();
      deactivation.get(20, SECONDS);

      assertThat(browsers.counts(ALL.user(john.id()))).containsExactly(1L, 0L, 1L);
    }

    @Test
    void leavesNothingWhenItIsCancelled() throws Exception {
      User john = browsers.user("john");
      Store.Held<BrowserSession> login =
          store.hold(repo -> repo.browserSessions().add(john, Optional.empty()));

      Future<User> deactivation = store.start(closing(john));
      store.awaitBlocked(1);
      login.cancel();
      deactivation.get(20, SECONDS);

      assertThat(browsers.count(ALL)).isZero();
    }

    @Test
    void succeedsWhenDeactivationIsCancelled() throws Exception {
      User john = browsers.user("john");
      Store.Held<User> deactivation = store.hold(closing(john));

      Future<BrowserSession> login = startLogin(john);
      store.awaitBlocked(1);
      deactivation.cancel();
      BrowserSession session = login.get(20, SECONDS);

      assertThat(browsers.stored(session)).contains(session);
      assertThat(session.isActive()).isTrue();
    }

    @Test
    void isRefusedWhenALockCameFirst() throws Exception {
      User john = browsers.user("john");
      Store.Held<User> lock = store.hold(repo -> repo.users().lock(john));

      Future<BrowserSession> login = startLogin(john);
      store.awaitBlocked(1);
      lock.save();

      assertRefused(login, StateReason.USER_LOCKED);
    }

    @Test
    void neverLeavesALiveSessionBehind() throws Exception {
      RepositoryFactory repositories = store.repositories();
      for (int round = 0; round < 15; round++) {
        store.clock().advance(ofMinutes(1));
        String name = "john" + round;
        User john = repositories.call(repo -> repo.users().add(name));

        Race.Results<User> results =
            Race.of(4)
                .run(
                    number ->
                        number == 0
                            ? repositories.call(closing(john))
                            : repositories.call(
                                repo -> repo.browserSessions().add(john, Optional.empty()).user()));

        assertThat(results.failures()).allMatch(InvalidStateException.class::isInstance);
        assertThat(browsers.count(ALL.user(john.id()).active(true))).isZero();
      }
    }

    private Future<BrowserSession> startLogin(User user) {
      return store.start(repo -> repo.browserSessions().add(user, Optional.empty()));
    }
  }

  @Nested
  class Finish {
    @Test
    void endsTheSessionNow() {
      BrowserSession session = browsers.session(browsers.user("john"));
      store.clock().advance(ofMinutes(5));

      BrowserSession ended = store.write(repo -> repo.browserSessions().finish(session));

      assertThat(ended.stage()).isEqualTo(new BrowserSessionStage.Finished(browsers.now()));
      assertThat(ended.isActive()).isFalse();
      assertThat(browsers.stored(session)).contains(ended);
      assertThat(browsers.counts(ALL)).containsExactly(1L, 0L, 1L);
    }

    @Test
    void keepsTheFirstInstant() {
      BrowserSession session = browsers.session(browsers.user("john"));
      BrowserSession ended = browsers.finished(session);
      store.clock().advance(ofMinutes(5));

      BrowserSession again = store.write(repo -> repo.browserSessions().finish(session));

      assertThat(again).isEqualTo(ended);
      assertThat(browsers.stored(session)).contains(ended);
    }

    @Test
    void returnsTheUserAsStored() {
      BrowserSession session = browsers.session(browsers.user("john"));
      User locked = store.write(repo -> repo.users().lock(session.user()));

      BrowserSession ended = store.write(repo -> repo.browserSessions().finish(session));

      assertThat(ended.user()).isEqualTo(locked);
    }

    @Test
    void leavesOtherSessionsAlone() {
      User john = browsers.user("john");
      BrowserSession one = browsers.session(john);
      BrowserSession other = browsers.session(john);

      store.run(repo -> repo.browserSessions().finish(one));

      assertThat(browsers.stored(other)).contains(other);
    }

    @Test
    void doesNotFindARemovedSession() {
      BrowserSession session = browsers.session(browsers.user("john"));
      browsers.remove(session);

      NotFoundException refusal =
          browsers.refusal(NotFoundException.class, repo -> repo.browserSessions().finish(session));

      assertThat(refusal.id()).isEqualTo(session.id());
    }

    @Test
    void givesBothOfTwoFinishersTheInstantOfTheFirst() throws Exception {
      BrowserSession session = browsers.session(browsers.user("john"));
      Store.Held<BrowserSession> first = store.hold(repo -> repo.browserSessions().finish(session));
      store.clock().advance(ofMinutes(5));

      Future<BrowserSession> second = store.start(repo -> repo.browserSessions().finish(session));
      store.awaitBlocked(1);
      first.save();
      BrowserSession again = second.get(20, SECONDS);

      assertThat(again).isEqualTo(first.result());
      assertThat(browsers.stored(session)).contains(first.result());
    }
  }

  private static Function<RepositoryAccess, User> closing(User user) {
    return repo -> {
      User closed = repo.users().deactivate(user);
      repo.browserSessions().finishBulk(ALL.user(user.id()).active(true));
      return closed;
    };
  }
}
