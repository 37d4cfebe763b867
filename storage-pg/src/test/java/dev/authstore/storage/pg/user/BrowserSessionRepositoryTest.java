package dev.authstore.storage.pg.user;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.BrowserSessionStage;
import dev.authstore.model.user.User;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.pg.Store;
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
import java.util.function.Function;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class BrowserSessionRepositoryTest {
  private static final BrowserSessionFilter ALL = BrowserSessionFilter.all();

  private static final UUID NOBODY = UUID.fromString("017e6360-0000-7000-8000-000000000000");

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  @Nested
  class Lookup {
    @Test
    void findsFinishedSessionsToo() {
      BrowserSession session = finished(session(user("john")));

      Optional<BrowserSession> found = stored(session);

      assertThat(found).contains(session);
    }

    @Test
    void findsNothingUnderAnUnknownId() {
      Optional<BrowserSession> found = store.read(repo -> repo.browserSessions().lookup(NOBODY));

      assertThat(found).isEmpty();
    }

    @Test
    void showsTheLockOfTheUserAtOnce() {
      BrowserSession session = session(user("john"));
      store.run(repo -> repo.users().lock(session.user()));

      BrowserSession found = stored(session).orElseThrow();

      assertThat(found.isActive()).isFalse();
      assertThat(found.isFinished()).isFalse();
      assertThat(count(ALL.active(true))).isOne();
    }

    @Test
    void showsTheSessionActiveAgainAfterUnlocking() {
      BrowserSession session = session(user("john"));
      store.run(repo -> repo.users().lock(session.user()));
      store.run(repo -> repo.users().unlock(session.user()));

      Optional<BrowserSession> found = stored(session);

      assertThat(found).contains(session);
    }

    @Test
    void showsTheDeactivationOfTheUser() {
      BrowserSession session = session(user("john"));
      User closed = store.write(repo -> repo.users().deactivate(session.user()));

      BrowserSession found = stored(session).orElseThrow();

      assertThat(found.user()).isEqualTo(closed);
      assertThat(found.isActive()).isFalse();
    }
  }

  @Nested
  class Add {
    @Test
    void returnsWhatLookupReturns() {
      User john = user("john");

      BrowserSession added =
          store.write(repo -> repo.browserSessions().add(john, Optional.of("Firefox")));

      assertThat(stored(added)).contains(added);
      assertThat(added.createdAt()).isEqualTo(now());
      assertThat(added.user()).isEqualTo(john);
      assertThat(added.userAgent()).contains("Firefox");
    }

    @Test
    void beginsActiveWithoutActivity() {
      BrowserSession added = session(user("john"));

      assertThat(added.stage()).isEqualTo(new BrowserSessionStage.Active());
      assertThat(added.lastActiveAt()).isEmpty();
      assertThat(added.lastActiveIp()).isEmpty();
      assertThat(counts(ALL)).containsExactly(1L, 1L, 0L);
    }

    @Test
    void embedsTheUserAsStored() {
      User old = user("john");
      User promoted = store.write(repo -> repo.users().setCanRequestAdmin(old, true));

      BrowserSession added = session(old);

      assertThat(added.user()).isEqualTo(promoted);
    }

    @Test
    void refusesAUserLockedMeanwhile() {
      User john = user("john");
      store.run(repo -> repo.users().lock(john));

      InvalidStateException refusal =
          refusal(
              InvalidStateException.class,
              repo -> repo.browserSessions().add(john, Optional.empty()));

      assertThat(refusal.reason()).isEqualTo(StateReason.USER_LOCKED);
      assertThat(count(ALL)).isZero();
    }

    @Test
    void refusesAUserDeactivatedMeanwhile() {
      User john = user("john");
      store.run(repo -> repo.users().deactivate(john));

      InvalidStateException refusal =
          refusal(
              InvalidStateException.class,
              repo -> repo.browserSessions().add(john, Optional.empty()));

      assertThat(refusal.reason()).isEqualTo(StateReason.USER_DEACTIVATED);
      assertThat(refusal.id()).isEqualTo(john.id());
      assertThat(count(ALL)).isZero();
    }

    @Test
    void believesTheStoredStateAndNotThePassedOne() {
      User john = user("john");
      User locked = store.write(repo -> repo.users().lock(john));
      store.run(repo -> repo.users().unlock(john));

      BrowserSession added = session(locked);

      assertThat(added.user()).isEqualTo(john);
    }

    @Test
    void doesNotFindARemovedUser() {
      User john = user("john");
      store.sql("DELETE FROM users WHERE id = ?", john.id());

      NotFoundException refusal =
          refusal(
              NotFoundException.class, repo -> repo.browserSessions().add(john, Optional.empty()));

      assertThat(refusal.id()).isEqualTo(john.id());
      assertThat(count(ALL)).isZero();
    }

    @Test
    void shortensAnEndlessUserAgentWithUnstorableCharacters() {
      User john = user("john");
      String endless = "\u0000\u0007\uD83D\uDE00\uD83D" + "x".repeat(100_000);

      BrowserSession added =
          store.write(repo -> repo.browserSessions().add(john, Optional.of(endless)));

      assertThat(added.userAgent()).contains("\uFFFD\u0007\uD83D\uDE00\uFFFD" + "x".repeat(1020));
      assertThat(stored(added)).contains(added);
    }
  }

  @Nested
  class LoginAgainstDeactivation {
    @Test
    void isRefusedWhenDeactivationCameFirst() throws Exception {
      User john = user("john");
      Store.Held<User> deactivation = store.hold(repo -> repo.users().deactivate(john));

      Future<BrowserSession> login = startLogin(john);
      store.awaitBlocked(1);
      deactivation.repo().browserSessions().finishBulk(ALL.user(john.id()).active(true));
      deactivation.save();

      assertRefused(login, StateReason.USER_DEACTIVATED);
      assertThat(count(ALL)).isZero();
    }

    @Test
    void isRefusedWhenDeactivationHasEndedAllSessionsAlready() throws Exception {
      User john = user("john");
      Store.Held<User> deactivation = store.hold(closing(john));

      Future<BrowserSession> login = startLogin(john);
      store.awaitBlocked(1);
      deactivation.save();

      assertRefused(login, StateReason.USER_DEACTIVATED);
      assertThat(count(ALL)).isZero();
    }

    @Test
    void isEndedWhenItCameFirst() throws Exception {
      User john = user("john");
      Store.Held<BrowserSession> login =
          store.hold(repo -> repo.browserSessions().add(john, Optional.empty()));

      Future<User> deactivation = store.start(closing(john));
      store.awaitBlocked(1);
      login.save();
      deactivation.get(20, SECONDS);

      assertThat(counts(ALL.user(john.id()))).containsExactly(1L, 0L, 1L);
    }

    @Test
    void leavesNothingWhenItIsCancelled() throws Exception {
      User john = user("john");
      Store.Held<BrowserSession> login =
          store.hold(repo -> repo.browserSessions().add(john, Optional.empty()));

      Future<User> deactivation = store.start(closing(john));
      store.awaitBlocked(1);
      login.cancel();
      deactivation.get(20, SECONDS);

      assertThat(count(ALL)).isZero();
    }

    @Test
    void succeedsWhenDeactivationIsCancelled() throws Exception {
      User john = user("john");
      Store.Held<User> deactivation = store.hold(closing(john));

      Future<BrowserSession> login = startLogin(john);
      store.awaitBlocked(1);
      deactivation.cancel();
      BrowserSession session = login.get(20, SECONDS);

      assertThat(stored(session)).contains(session);
      assertThat(session.isActive()).isTrue();
    }

    @Test
    void isRefusedWhenALockCameFirst() throws Exception {
      User john = user("john");
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
        assertThat(count(ALL.user(john.id()).active(true))).isZero();
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
      BrowserSession session = session(user("john"));
      store.clock().advance(ofMinutes(5));

      BrowserSession ended = store.write(repo -> repo.browserSessions().finish(session));

      assertThat(ended.stage()).isEqualTo(new BrowserSessionStage.Finished(now()));
      assertThat(ended.isActive()).isFalse();
      assertThat(stored(session)).contains(ended);
      assertThat(counts(ALL)).containsExactly(1L, 0L, 1L);
    }

    @Test
    void keepsTheFirstInstant() {
      BrowserSession session = session(user("john"));
      BrowserSession ended = finished(session);
      store.clock().advance(ofMinutes(5));

      BrowserSession again = store.write(repo -> repo.browserSessions().finish(session));

      assertThat(again).isEqualTo(ended);
      assertThat(stored(session)).contains(ended);
    }

    @Test
    void returnsTheUserAsStored() {
      BrowserSession session = session(user("john"));
      User locked = store.write(repo -> repo.users().lock(session.user()));

      BrowserSession ended = store.write(repo -> repo.browserSessions().finish(session));

      assertThat(ended.user()).isEqualTo(locked);
    }

    @Test
    void leavesOtherSessionsAlone() {
      User john = user("john");
      BrowserSession one = session(john);
      BrowserSession other = session(john);

      store.run(repo -> repo.browserSessions().finish(one));

      assertThat(stored(other)).contains(other);
    }

    @Test
    void doesNotFindARemovedSession() {
      BrowserSession session = session(user("john"));
      remove(session);

      NotFoundException refusal =
          refusal(NotFoundException.class, repo -> repo.browserSessions().finish(session));

      assertThat(refusal.id()).isEqualTo(session.id());
    }

    @Test
    void givesBothOfTwoFinishersTheInstantOfTheFirst() throws Exception {
      BrowserSession session = session(user("john"));
      Store.Held<BrowserSession> first = store.hold(repo -> repo.browserSessions().finish(session));
      store.clock().advance(ofMinutes(5));

      Future<BrowserSession> second = store.start(repo -> repo.browserSessions().finish(session));
      store.awaitBlocked(1);
      first.save();
      BrowserSession again = second.get(20, SECONDS);

      assertThat(again).isEqualTo(first.result());
      assertThat(stored(session)).contains(first.result());
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

  private static void assertRefused(Future<?> future, StateReason reason) {
    assertThatThrownBy(() -> future.get(20, SECONDS))
        .cause()
        .isInstanceOfSatisfying(
            InvalidStateException.class, refusal -> assertThat(refusal.reason()).isEqualTo(reason));
  }

  private static Function<RepositoryAccess, User> closing(User user) {
    return repo -> {
      User closed = repo.users().deactivate(user);
      repo.browserSessions().finishBulk(ALL.user(user.id()).active(true));
      return closed;
    };
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
    return store.write(repo -> repo.browserSessions().add(user, Optional.empty()));
  }

  private BrowserSession finished(BrowserSession session) {
    return store.write(repo -> repo.browserSessions().finish(session));
  }

  private void remove(BrowserSession session) {
    store.sql("DELETE FROM browser_sessions WHERE id = ?", session.id());
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
