package dev.authstore.storage.pg.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.model.user.AuthenticationMethod;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.BrowserSessionStage;
import dev.authstore.model.user.Password;
import dev.authstore.model.user.User;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.user.BrowserSessionFilter;
import dev.authstore.storage.user.BrowserSessionRepository;
import dev.authstore.storage.user.LoggedIn;
import dev.authstore.storage.user.LoginCandidate;
import dev.authstore.testing.Race;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who is meant by what somebody typed, and their session once the password was right. */
class PasswordLoginRepositoryTest {
  private static final Optional<String> AGENT = Optional.of("Firefox");

  @RegisterExtension final Store store = Store.fresh();

  @SuppressWarnings("NullAway.Init") // set before each test
  private User john;

  @SuppressWarnings("NullAway.Init") // set before each test
  private Password password;

  @BeforeEach
  void addJohn() {
    john = user("John");
    password = password(john, "hash");
  }

  @Nested
  class FindForLogin {
    @Test
    void findsTheNameInAnySpelling() {
      assertThat(find("JOHN")).contains(new LoginCandidate(john, Optional.of(password)));
    }

    @Test
    void findsTheAddressInAnySpelling() {
      email(john, "John@Example.com");

      assertThat(find("john@EXAMPLE.com"))
          .contains(new LoginCandidate(john, Optional.of(password)));
    }

    @Test
    void bringsThePasswordThatCounts() {
      Password newer = password(john, "newer");

      assertThat(find("john").orElseThrow().password()).contains(newer);
    }

    @Test
    void findsAnAccountWithoutAPassword() {
      User jim = user("jim");

      assertThat(find("jim")).contains(new LoginCandidate(jim, Optional.empty()));
    }

    @Test
    void findsAnAccountInAnyState() {
      User blocked = store.write(repo -> repo.users().lock(john));
      User closed = store.write(repo -> repo.users().deactivate(blocked));

      assertThat(find("john")).contains(new LoginCandidate(closed, Optional.of(password)));
    }

    @Test
    void findsNoAddressIfNoneIsAllowed() {
      email(john, "john@example.com");

      assertThat(findByNameOnly("john@example.com")).isEmpty();
    }

    @Test
    void prefersTheAddressToTheName() {
      User impostor = user("john@example.com");
      email(john, "john@example.com");

      assertThat(find("john@example.com").orElseThrow().user()).isEqualTo(john);
      assertThat(findByNameOnly("john@example.com").orElseThrow().user()).isEqualTo(impostor);
    }

    @Test
    void fallsBackToTheNameWhenTheAddressIsUnknown() {
      User named = user("jim@example.com");

      assertThat(find("jim@example.com").orElseThrow().user()).isEqualTo(named);
    }

    @Test
    void fallsBackToTheNameWhenTheAddressIsShared() {
      User named = user("family@example.com");
      email(john, "family@example.com");
      email(user("jim"), "family@example.com");

      assertThat(find("family@example.com").orElseThrow().user()).isEqualTo(named);
    }

    @Test
    void decidesBetweenNamesByTheirSpelling() {
      User capital = user("BOB");
      User small = user("bob");

      assertThat(find("BOB").orElseThrow().user()).isEqualTo(capital);
      assertThat(find("bob").orElseThrow().user()).isEqualTo(small);
      assertThat(find("Bob")).isEmpty();
    }

    @Test
    void findsNobodyElse() {
      assertThat(find("johnny")).isEmpty();
      assertThat(find("john@example.com")).isEmpty();
    }

    @Test
    void asksNotAboutTextThatCannotBeStored() {
      store.statements();

      for (String login : List.of("", "\u0000", "\ud800", "a".repeat(256), "@".repeat(321))) {
        assertThat(find(login)).as(login).isEmpty();
      }
      assertThat(store.statements()).isEmpty();
    }

    @Test
    void asksAboutAnAddressThatIsTooLongForAName() {
      String address = "a".repeat(308) + "@example.com";
      email(john, address);

      assertThat(find(address).orElseThrow().user()).isEqualTo(john);
    }
  }

  @Nested
  class Login {
    @Test
    void beginsASessionWithItsAuthentication() {
      LoggedIn login = login(john, password);

      BrowserSession session = login.session();
      assertThat(session.user()).isEqualTo(john);
      assertThat(session.stage()).isEqualTo(new BrowserSessionStage.Active());
      assertThat(session.userAgent()).isEqualTo(AGENT);
      assertThat(session.createdAt()).isEqualTo(store.clock().instant());
      assertThat(login.authentication().browserSessionId()).isEqualTo(session.id());
      assertThat(login.authentication().method())
          .isEqualTo(new AuthenticationMethod.Password(password.id()));
    }

    @Test
    void embedsTheStoredAccount() {
      User admin = store.write(repo -> repo.users().setCanRequestAdmin(john, true));

      assertThat(login(john, password).session().user()).isEqualTo(admin);
    }

    @Test
    void cutsTheUserAgent() {
      LoggedIn login =
          store.write(
              repo ->
                  repo.browserSessions()
                      .login(john, password, Optional.of("\u0000" + "a".repeat(5000))));

      assertThat(login.session().userAgent()).contains("\uFFFD" + "a".repeat(1023));
    }

    @Test
    void refusesAPasswordThatNoLongerCounts() {
      password(john, "newer");

      ConflictKind conflict = store.conflict(repo -> login(repo.browserSessions(), john, password));

      assertThat(conflict).isEqualTo(ConflictKind.PASSWORD_SUPERSEDED);
      assertThat(sessions()).isZero();
    }

    @Test
    void refusesALockedAccount() {
      store.run(repo -> repo.users().lock(john));

      assertThat(store.reason(repo -> login(repo.browserSessions(), john, password)))
          .isEqualTo(StateReason.USER_LOCKED);
      assertThat(sessions()).isZero();
    }

    @Test
    void refusesADeactivatedAccount() {
      store.run(repo -> repo.users().deactivate(john));

      assertThat(store.reason(repo -> login(repo.browserSessions(), john, password)))
          .isEqualTo(StateReason.USER_DEACTIVATED);
      assertThat(sessions()).isZero();
    }

    @Test
    void tellsOfALockOnlyToWhoKnowsThePassword() {
      store.run(repo -> repo.users().lock(john));
      password(john, "newer");

      assertThat(store.refusal(repo -> login(repo.browserSessions(), john, password)))
          .isInstanceOf(ConflictException.class);
    }

    @Test
    void refusesThePasswordOfAnotherAccount() {
      User jim = user("jim");

      assertThat(store.refusal(repo -> login(repo.browserSessions(), jim, password)))
          .isInstanceOf(InvalidInputException.class);
      assertThat(sessions()).isZero();
    }

    @Test
    void believesTheStoredPassword() {
      User jim = user("jim");
      Password forged =
          new Password(password.id(), jim.id(), "hash", 1, Optional.empty(), password.createdAt());

      assertThat(store.reason(repo -> login(repo.browserSessions(), jim, forged)))
          .isEqualTo(StateReason.WRONG_USER);
      assertThat(sessions()).isZero();
    }

    @Test
    void refusesAnAccountThatIsGone() {
      UUID id = new UUID(0, 7);
      User nobody =
          new User(id, "x", john.createdAt(), Optional.empty(), Optional.empty(), false, false);
      Password forged =
          new Password(password.id(), id, "hash", 1, Optional.empty(), password.createdAt());

      assertThat(store.missing(repo -> login(repo.browserSessions(), nobody, forged)))
          .isEqualTo("user " + id);
    }

    @Test
    void refusesAPasswordThatIsGone() {
      store.sql("DELETE FROM user_passwords");

      assertThat(store.missing(repo -> login(repo.browserSessions(), john, password)))
          .isEqualTo("user_password " + password.id());
      assertThat(sessions()).isZero();
    }
  }

  @Nested
  class Races {
    @Test
    void aLoginThatWaitedForAChangeOfPasswordIsRefused() throws Exception {
      Store.Held<Password> change =
          store.hold(repo -> repo.userPasswords().add(john, 1, "newer", Optional.empty()));

      Future<LoggedIn> login = store.start(repo -> login(repo.browserSessions(), john, password));
      store.awaitBlocked(1);
      change.save();

      assertThatThrownBy(login::get).hasCauseInstanceOf(ConflictException.class);
      assertThat(sessions()).isZero();
    }

    @Test
    void aChangeOfPasswordWaitsForALogin() throws Exception {
      Store.Held<LoggedIn> login =
          store.hold(repo -> login(repo.browserSessions(), john, password));

      Future<Password> change =
          store.start(repo -> repo.userPasswords().add(john, 1, "newer", Optional.empty()));
      store.awaitBlocked(1);
      login.save();

      assertThat(change.get().hashedPassword()).isEqualTo("newer");
      assertThat(sessions()).isOne();
    }

    @Test
    void aLoginThatWaitedForADeactivationIsRefused() throws Exception {
      Store.Held<User> deactivation = store.hold(repo -> repo.users().deactivate(john));

      Future<LoggedIn> login = store.start(repo -> login(repo.browserSessions(), john, password));
      store.awaitBlocked(1);
      deactivation.save();

      assertThatThrownBy(login::get).hasCauseInstanceOf(InvalidStateException.class);
    }

    @Test
    void aDeactivationSeesTheSessionOfALoginItWaitedFor() throws Exception {
      Store.Held<LoggedIn> login =
          store.hold(repo -> login(repo.browserSessions(), john, password));

      Future<Integer> deactivation =
          store.start(
              repo -> {
                User closed = repo.users().deactivate(john);
                return repo.browserSessions()
                    .finishBulk(BrowserSessionFilter.all().user(closed.id()));
              });
      store.awaitBlocked(1);
      login.save();

      assertThat(deactivation.get()).isOne();
    }

    @Test
    void leaveNoSessionOfADeactivatedAccountAndNeverDeadlock() throws Exception {
      RepositoryFactory repositories = store.repositories();

      Race.Results<Boolean> race =
          Race.of(32)
              .run(
                  number -> {
                    repositories.direct(
                        repo -> {
                          switch (number % 8) {
                            case 0 -> repo.userPasswords().add(john, 1, "n", Optional.empty());
                            case 1 -> repo.users().deactivate(john);
                            default -> login(repo.browserSessions(), john, password);
                          }
                          return true;
                        });
                    return true;
                  });
      store.run(
          repo -> repo.browserSessions().finishBulk(BrowserSessionFilter.all().user(john.id())));

      assertThat(race.failures())
          .allMatch(
              failure ->
                  failure instanceof ConflictException || failure instanceof InvalidStateException);
      assertThat(store.<Long>read(repo -> repo.browserSessions().count(active()))).isZero();
    }
  }

  private static LoggedIn login(BrowserSessionRepository sessions, User user, Password password) {
    return sessions.login(user, password, AGENT);
  }

  private LoggedIn login(User user, Password password) {
    return store.write(repo -> login(repo.browserSessions(), user, password));
  }

  private Optional<LoginCandidate> find(String login) {
    return store.read(repo -> repo.users().findForLogin(login, true));
  }

  private Optional<LoginCandidate> findByNameOnly(String login) {
    return store.read(repo -> repo.users().findForLogin(login, false));
  }

  private long sessions() {
    return store.<Long>read(repo -> repo.browserSessions().count(BrowserSessionFilter.all()));
  }

  private static BrowserSessionFilter active() {
    return BrowserSessionFilter.all().active(true);
  }

  private User user(String name) {
    return store.write(repo -> repo.users().add(name));
  }

  private void email(User user, String address) {
    store.run(repo -> repo.userEmails().add(user, address));
  }

  private Password password(User user, String hash) {
    return store.write(repo -> repo.userPasswords().add(user, 1, hash, Optional.empty()));
  }
}
