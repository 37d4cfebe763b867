package dev.authstore.storage.pg.compat;

import static dev.authstore.storage.pg.Store.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.model.Device;
import dev.authstore.model.compat.CompatSession;
import dev.authstore.model.compat.CompatSessionStage;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.compat.CompatSessionFilter;
import dev.authstore.storage.compat.CompatSessionParams;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class CompatSessionRepositoryTest {
  private static final Device PHONE = new Device("AABBCCDDEE");

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final Logins logins = new Logins(store);

  @SuppressWarnings("NullAway.Init") // set before each test
  private User john;

  @BeforeEach
  void addJohn() {
    john = logins.user("john");
  }

  @Nested
  class Lookup {
    @Test
    void findsNothingUnderAnotherId() {
      Optional<CompatSession> found =
          store.read(repo -> repo.compatSessions().lookup(new UUID(0, 1)));

      assertThat(found).isEmpty();
    }

    @Test
    void findsFinishedSessions() {
      CompatSession ended = logins.finished(logins.session(john, "phone"));

      assertThat(logins.stored(ended)).contains(ended);
    }
  }

  @Nested
  class Add {
    @Test
    void storesWhatItIsGiven() {
      BrowserSession browser = logins.browser(john);

      CompatSession session =
          logins.session(
              john,
              new CompatSessionParams(
                  PHONE,
                  Optional.of(browser),
                  true,
                  Optional.of("my phone"),
                  Optional.of("Element/1.0")));

      assertThat(session)
          .isEqualTo(
              new CompatSession(
                  session.id(),
                  john.id(),
                  Optional.of(PHONE),
                  Optional.of(browser.id()),
                  Optional.of("my phone"),
                  true,
                  logins.now(),
                  new CompatSessionStage.Valid(),
                  Optional.of("Element/1.0"),
                  Optional.empty(),
                  Optional.empty()));
      assertThat(logins.stored(session)).contains(session);
    }

    @Test
    void needsADeviceOnly() {
      CompatSession session = logins.session(john, CompatSessionParams.of(PHONE));

      assertThat(session.isValid()).isTrue();
      assertThat(session.isSynapseAdmin()).isFalse();
      assertThat(session.browserSessionId()).isEmpty();
      assertThat(session.humanName()).isEmpty();
      assertThat(session.userAgent()).isEmpty();
    }

    @Test
    void takesDevicesThatNoScopeCanName() {
      for (String id : new String[] {"dev ice", "a\"b", "ü"}) {
        assertThat(logins.session(john, id).device()).contains(new Device(id));
      }
    }

    @Test
    void cutsTheUserAgent() {
      CompatSessionParams params =
          new CompatSessionParams(
              PHONE,
              Optional.empty(),
              false,
              Optional.empty(),
              Optional.of("a\0" + "b".repeat(2000)));

      CompatSession session = logins.session(john, params);

      assertThat(session.userAgent()).contains("a\ufffd" + "b".repeat(1022));
      assertThat(logins.stored(session)).contains(session);
    }

    @Test
    void refusesTheBrowserSessionOfAnotherUserWithoutAsking() {
      BrowserSession browser = logins.browser(logins.user("jim"));
      CompatSessionParams params = approvedIn(browser);
      store.statements();

      assertThatThrownBy(() -> store.write(repo -> repo.compatSessions().add(john, params)))
          .isInstanceOf(InvalidInputException.class);

      assertThat(store.statements()).isEmpty();
    }

    @Test
    void findsNoUserThatIsGone() {
      User jim = logins.user("jim");
      store.sql("DELETE FROM users WHERE id = ?", jim.id());

      String missing =
          store.missing(repo -> repo.compatSessions().add(jim, CompatSessionParams.of(PHONE)));

      assertThat(missing).isEqualTo("user " + jim.id());
    }

    @Test
    void findsNoBrowserSessionThatIsGone() {
      BrowserSession browser = logins.browser(john);
      store.sql("DELETE FROM browser_sessions WHERE id = ?", browser.id());

      String missing = store.missing(repo -> repo.compatSessions().add(john, approvedIn(browser)));

      assertThat(missing).isEqualTo("browser_session " + browser.id());
      assertThat(logins.rows("compat_sessions")).isZero();
    }

    @Test
    void refusesAFinishedBrowserSession() {
      BrowserSession browser = logins.browser(john);
      store.run(repo -> repo.browserSessions().finish(browser));

      StateReason reason =
          store.reason(repo -> repo.compatSessions().add(john, approvedIn(browser)));

      assertThat(reason).isEqualTo(StateReason.SESSION_FINISHED);
      assertThat(logins.rows("compat_sessions")).isZero();
    }

    @Test
    void refusesADeactivatedUser() {
      store.run(repo -> repo.users().deactivate(john));

      StateReason reason =
          store.reason(repo -> repo.compatSessions().add(john, CompatSessionParams.of(PHONE)));

      assertThat(reason).isEqualTo(StateReason.USER_DEACTIVATED);
      assertThat(logins.rows("compat_sessions")).isZero();
    }

    @Test
    void takesALockedUser() {
      store.run(repo -> repo.users().lock(john));

      CompatSession session = logins.session(john, "phone");

      assertThat(logins.stored(session)).contains(session);
    }

    @Test
    void givesADeviceOneSessionAtATime() {
      CompatSession first = logins.session(john, "phone");

      ConflictKind taken =
          store.conflict(
              repo -> repo.compatSessions().add(john, CompatSessionParams.of(new Device("phone"))));

      assertThat(taken).isEqualTo(ConflictKind.DEVICE_TAKEN);
      assertThat(logins.stored(first)).contains(first);
      assertThat(logins.rows("compat_sessions")).isOne();
    }

    @Test
    void givesADeviceTheNextSessionAfterTheEndOfTheLast() {
      CompatSession first = logins.finished(logins.session(john, "phone"));

      CompatSession second = logins.session(john, "phone");

      assertThat(logins.stored(first)).contains(first);
      assertThat(logins.stored(second)).contains(second);
    }

    @Test
    void givesTwoUsersSessionsOnDevicesOfOneName() {
      CompatSession first = logins.session(john, "phone");

      CompatSession second = logins.session(logins.user("jim"), "phone");

      assertThat(first.device()).isEqualTo(second.device());
    }

    @Test
    void tellsDevicesApartByCase() {
      logins.session(john, "phone");

      CompatSession second = logins.session(john, "PHONE");

      assertThat(second.isValid()).isTrue();
    }

    @Test
    void waitsForTheLoginOfTheSameDevice() throws Exception {
      Store.Held<CompatSession> first = holdAdd();
      Future<CompatSession> second =
          store.start(repo -> repo.compatSessions().add(john, CompatSessionParams.of(PHONE)));
      store.awaitBlocked(1);

      first.save();

      assertThatThrownBy(() -> Logins.get(second))
          .cause()
          .isInstanceOfSatisfying(
              ConflictException.class,
              refusal -> assertThat(refusal.kind()).isEqualTo(ConflictKind.DEVICE_TAKEN));
      assertThat(logins.rows("compat_sessions")).isOne();
    }

    @Test
    void succeedsIfTheLoginOfTheSameDeviceIsCancelled() throws Exception {
      Store.Held<CompatSession> first = holdAdd();
      Future<CompatSession> second =
          store.start(repo -> repo.compatSessions().add(john, CompatSessionParams.of(PHONE)));
      store.awaitBlocked(1);

      first.cancel();

      assertThat(logins.stored(Logins.get(second))).contains(Logins.get(second));
    }

    @Test
    void seesADeactivationThatItWaitedFor() {
      Store.Held<User> deactivation = store.hold(repo -> repo.users().deactivate(john));
      Future<CompatSession> login =
          store.start(repo -> repo.compatSessions().add(john, CompatSessionParams.of(PHONE)));
      store.awaitBlocked(1);

      deactivation.save();

      assertRefused(login, StateReason.USER_DEACTIVATED);
      assertThat(logins.rows("compat_sessions")).isZero();
    }

    @Test
    void seesALogoutThatItWaitedFor() {
      BrowserSession browser = logins.browser(john);
      Store.Held<BrowserSession> logout =
          store.hold(repo -> repo.browserSessions().finish(browser));
      Future<CompatSession> login =
          store.start(repo -> repo.compatSessions().add(john, approvedIn(browser)));
      store.awaitBlocked(1);

      logout.save();

      assertRefused(login, StateReason.SESSION_FINISHED);
      assertThat(logins.rows("compat_sessions")).isZero();
    }

    @Test
    void isEndedByADeactivationThatWaitedForIt() throws Exception {
      Store.Held<CompatSession> login = holdAdd();
      CompatSessionFilter theirs = CompatSessionFilter.all().user(john.id());
      Future<Integer> deactivation =
          store.start(
              repo -> {
                repo.users().deactivate(john);
                return repo.compatSessions().finishBulk(theirs);
              });
      store.awaitBlocked(1);

      login.save();

      assertThat(Logins.get(deactivation)).isOne();
      assertThat(logins.stored(login.result()).map(CompatSession::isFinished)).contains(true);
    }

    @Test
    void hasOneWinnerAmongThirtyTwoLoginsOfADevice() throws Exception {
      RepositoryFactory repositories = store.repositories();

      Race.Results<CompatSession> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.<CompatSession>call(
                          repo -> repo.compatSessions().add(john, CompatSessionParams.of(PHONE))));

      assertThat(race.values()).hasSize(1);
      assertThat(race.failures()).hasSize(31).allMatch(ConflictException.class::isInstance);
      assertThat(logins.rows("compat_sessions")).isOne();
    }

    @Test
    void leavesOneSessionWhenThirtyTwoLoginsReplaceIt() throws Exception {
      RepositoryFactory repositories = store.repositories();
      CompatSessionFilter before = CompatSessionFilter.all().user(john.id()).device(PHONE);
      logins.session(john, CompatSessionParams.of(PHONE));

      Race.Results<CompatSession> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.<CompatSession>call(
                          repo -> {
                            repo.users().acquireLockForSync(john);
                            repo.compatSessions().finishBulk(before);
                            return repo.compatSessions().add(john, CompatSessionParams.of(PHONE));
                          }));

      assertThat(race.failures()).isEmpty();
      assertThat(race.values()).hasSize(32);
      assertThat(store.<Long>read(repo -> repo.compatSessions().count(before.active(true))))
          .isOne();
    }

    private Store.Held<CompatSession> holdAdd() {
      return store.hold(repo -> repo.compatSessions().add(john, CompatSessionParams.of(PHONE)));
    }

    private CompatSessionParams approvedIn(BrowserSession browser) {
      return new CompatSessionParams(
          PHONE, Optional.of(browser), false, Optional.empty(), Optional.empty());
    }
  }

  @Nested
  class RecordUserAgent {
    @Test
    void replacesTheOneBefore() {
      CompatSession session = logins.session(john, "phone");
      store.run(repo -> repo.compatSessions().recordUserAgent(session, "one"));

      CompatSession changed =
          store.write(repo -> repo.compatSessions().recordUserAgent(session, "two"));

      assertThat(changed.userAgent()).contains("two");
      assertThat(logins.stored(session)).contains(changed);
    }

    @Test
    void cutsWhatIsTooLongAndReplacesWhatCannotBeStored() {
      CompatSession session = logins.session(john, "phone");

      CompatSession changed =
          store.write(
              repo -> repo.compatSessions().recordUserAgent(session, "\0" + "a".repeat(2000)));

      assertThat(changed.userAgent()).contains("\ufffd" + "a".repeat(1023));
    }

    @Test
    void reachesFinishedSessions() {
      CompatSession ended = logins.finished(logins.session(john, "phone"));

      CompatSession changed =
          store.write(repo -> repo.compatSessions().recordUserAgent(ended, "late"));

      assertThat(changed.finishedAt()).isEqualTo(ended.finishedAt());
      assertThat(changed.userAgent()).contains("late");
    }

    @Test
    void findsNoSessionThatIsGone() {
      CompatSession session = logins.session(john, "phone");
      logins.remove(session);

      String missing =
          store.missing(repo -> repo.compatSessions().recordUserAgent(session, "agent"));

      assertThat(missing).isEqualTo("compat_session " + session.id());
    }
  }

  @Nested
  class SetHumanName {
    @Test
    void givesAndTakesTheName() {
      CompatSession session = logins.session(john, "phone");

      CompatSession named = setHumanName(session, Optional.of("my phone"));
      CompatSession unnamed = setHumanName(named, Optional.empty());

      assertThat(named.humanName()).contains("my phone");
      assertThat(unnamed).isEqualTo(session);
      assertThat(logins.stored(session)).contains(session);
    }

    @Test
    void reachesFinishedSessions() {
      CompatSession ended = logins.finished(logins.session(john, "phone"));

      CompatSession named = setHumanName(ended, Optional.of("lost"));

      assertThat(named.finishedAt()).isEqualTo(ended.finishedAt());
      assertThat(logins.stored(ended)).contains(named);
    }

    @Test
    void returnsTheRowAsItIsAndNotAsItWasPassed() {
      CompatSession session = logins.session(john, "phone");
      CompatSession ended = logins.finished(session);

      CompatSession named = setHumanName(session, Optional.of("name"));

      assertThat(named.finishedAt()).isEqualTo(ended.finishedAt());
    }

    @Test
    void refusesWhatIsNoName() {
      CompatSession session = logins.session(john, "phone");

      for (String name : new String[] {"", "a\0", "a".repeat(513), "\ud800"}) {
        assertThat(
                store.refusal(
                    repo -> repo.compatSessions().setHumanName(session, Optional.of(name))))
            .isInstanceOf(InvalidInputException.class);
      }
      assertThat(logins.stored(session)).contains(session);
    }

    @Test
    void findsNoSessionThatIsGone() {
      CompatSession session = logins.session(john, "phone");
      logins.remove(session);

      String missing =
          store.missing(repo -> repo.compatSessions().setHumanName(session, Optional.empty()));

      assertThat(missing).isEqualTo("compat_session " + session.id());
    }

    private CompatSession setHumanName(CompatSession session, Optional<String> name) {
      return store.write(repo -> repo.compatSessions().setHumanName(session, name));
    }
  }
}
