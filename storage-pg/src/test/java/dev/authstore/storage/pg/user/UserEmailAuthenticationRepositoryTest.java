package dev.authstore.storage.pg.user;

import static dev.authstore.storage.pg.user.EmailProofs.VALIDITY;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.EmailAuthenticationOrigin;
import dev.authstore.model.user.UserEmailAuthentication;
import dev.authstore.model.user.UserEmailAuthenticationCode;
import dev.authstore.model.user.UserEmailAuthenticationStage;
import dev.authstore.model.user.UserRegistration;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How a proof of control over an address is begun, and which codes are good for it. */
class UserEmailAuthenticationRepositoryTest {
  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final EmailProofs proofs = new EmailProofs(store);

  @Nested
  class LookupAuthentication {
    @Test
    void isEmptyIfThereIsNone() {
      Optional<UserEmailAuthentication> found =
          store.read(repo -> repo.userEmails().lookupAuthentication(new UUID(1, 2)));

      assertThat(found).isEmpty();
    }
  }

  @Nested
  class AddAuthenticationForSession {
    @Test
    void beginsAProofInTheSession() {
      BrowserSession session = proofs.session();

      UserEmailAuthentication added = add(session, "John@Example.com");

      assertThat(added)
          .isEqualTo(
              new UserEmailAuthentication(
                  added.id(),
                  new EmailAuthenticationOrigin.ForBrowserSession(session.id()),
                  "John@Example.com",
                  proofs.now(),
                  0,
                  new UserEmailAuthenticationStage.Pending()));
      assertThat(proofs.stored(added)).contains(added);
    }

    @Test
    void isIndependentOfWhatWasBegunBefore() {
      BrowserSession session = proofs.session();
      UserEmailAuthentication first = add(session, "john@example.com");

      UserEmailAuthentication second = add(session, "john@example.com");

      assertThat(second.id()).isNotEqualTo(first.id());
      assertThat(proofs.stored(first)).contains(first);
    }

    @Test
    void doesNotAskWhoHasTheAddress() {
      BrowserSession session = proofs.session();
      store.run(repo -> repo.userEmails().add(session.user(), "john@example.com"));

      UserEmailAuthentication added = add(session, "john@example.com");

      assertThat(proofs.stored(added)).contains(added);
    }

    @ParameterizedTest
    @ValueSource(strings = {"o'hara\"x\"@a", "50%_\\@a", "😀@a", "\u200Fx\u200E@a", " @ "})
    void keepsTheAddressAsItIs(String address) {
      UserEmailAuthentication added = add(proofs.session(), address);

      assertThat(proofs.stored(added).map(UserEmailAuthentication::email)).contains(address);
    }

    @ParameterizedTest
    @MethodSource(
        "dev.authstore.storage.pg.user.UserEmailAuthenticationRepositoryTest#impossibleAddresses")
    void refusesAnAddressThatCannotBeStoredBeforeAskingTheDatabase(String address) {
      BrowserSession session = proofs.session();
      store.statements();

      assertThatThrownBy(() -> add(session, address)).isInstanceOf(InvalidInputException.class);

      assertThat(store.statements()).isEmpty();
    }

    @Test
    void refusesAFinishedSession() {
      BrowserSession session = proofs.session();
      store.run(repo -> repo.browserSessions().finish(session));

      InvalidStateException refusal =
          proofs.refusal(
              InvalidStateException.class,
              repo -> repo.userEmails().addAuthenticationForSession(session, "john@example.com"));

      assertThat(refusal.reason()).isEqualTo(StateReason.SESSION_FINISHED);
      assertThat(refusal.aggregate()).isEqualTo("browser_session");
      assertThat(refusal.id()).isEqualTo(session.id());
      assertThat(authentications()).isEmpty();
    }

    @Test
    void doesNotFindARemovedSession() {
      BrowserSession session = proofs.session();
      store.sql("DELETE FROM browser_sessions");

      NotFoundException refusal =
          proofs.refusal(
              NotFoundException.class,
              repo -> repo.userEmails().addAuthenticationForSession(session, "john@example.com"));

      assertThat(refusal.aggregate()).isEqualTo("browser_session");
      assertThat(refusal.id()).isEqualTo(session.id());
    }

    @Test
    void isRefusedWhenTheSessionIsBeingFinished() {
      BrowserSession session = proofs.session();
      Store.Held<BrowserSession> finish =
          store.hold(repo -> repo.browserSessions().finish(session));

      Future<UserEmailAuthentication> adding =
          store.start(
              repo -> repo.userEmails().addAuthenticationForSession(session, "john@example.com"));
      store.awaitBlocked(1);
      finish.save();

      EmailProofs.assertRefused(adding, StateReason.SESSION_FINISHED);
      assertThat(authentications()).isEmpty();
    }

    @Test
    void succeedsWhenFinishingIsCancelled() throws Exception {
      BrowserSession session = proofs.session();
      Store.Held<BrowserSession> finish =
          store.hold(repo -> repo.browserSessions().finish(session));

      Future<UserEmailAuthentication> adding =
          store.start(
              repo -> repo.userEmails().addAuthenticationForSession(session, "john@example.com"));
      store.awaitBlocked(1);
      finish.cancel();
      UserEmailAuthentication added = adding.get(20, SECONDS);

      assertThat(proofs.stored(added)).contains(added);
    }

    private UserEmailAuthentication add(BrowserSession session, String email) {
      proofs.tick();
      return store.write(repo -> repo.userEmails().addAuthenticationForSession(session, email));
    }
  }

  @Nested
  class AddAuthenticationForRegistration {
    @Test
    void beginsAProofInTheSignUp() {
      UserRegistration registration = proofs.registration();

      UserEmailAuthentication added = add(registration, "John@Example.com");

      assertThat(added)
          .isEqualTo(
              new UserEmailAuthentication(
                  added.id(),
                  new EmailAuthenticationOrigin.ForRegistration(registration.id()),
                  "John@Example.com",
                  proofs.now(),
                  0,
                  new UserEmailAuthenticationStage.Pending()));
      assertThat(proofs.stored(added)).contains(added);
    }

    @Test
    void doesNotAttachItself() {
      UserRegistration registration = proofs.registration();

      add(registration, "john@example.com");

      assertThat(
              store.select(
                  "SELECT id FROM user_registrations WHERE NOT email_authentication_attached"))
          .containsExactly(registration.id().toString());
    }

    @ParameterizedTest
    @MethodSource(
        "dev.authstore.storage.pg.user.UserEmailAuthenticationRepositoryTest#impossibleAddresses")
    void refusesAnAddressThatCannotBeStoredBeforeAskingTheDatabase(String address) {
      UserRegistration registration = proofs.registration();
      store.statements();

      assertThatThrownBy(() -> add(registration, address))
          .isInstanceOf(InvalidInputException.class);

      assertThat(store.statements()).isEmpty();
    }

    @Test
    void refusesACompletedSignUp() {
      UserRegistration registration = proofs.registration();
      store.sql("UPDATE user_registrations SET completed_at = created_at");

      InvalidStateException refusal =
          proofs.refusal(
              InvalidStateException.class,
              repo -> repo.userEmails().addAuthenticationForRegistration(registration, "john@a"));

      assertThat(refusal.reason()).isEqualTo(StateReason.COMPLETED);
      assertThat(refusal.aggregate()).isEqualTo("user_registration");
      assertThat(refusal.id()).isEqualTo(registration.id());
      assertThat(authentications()).isEmpty();
    }

    @Test
    void doesNotFindARemovedSignUp() {
      UserRegistration registration = proofs.registration();
      store.sql("DELETE FROM user_registrations");

      NotFoundException refusal =
          proofs.refusal(
              NotFoundException.class,
              repo -> repo.userEmails().addAuthenticationForRegistration(registration, "john@a"));

      assertThat(refusal.aggregate()).isEqualTo("user_registration");
      assertThat(refusal.id()).isEqualTo(registration.id());
    }

    private UserEmailAuthentication add(UserRegistration registration, String email) {
      proofs.tick();
      return store.write(
          repo -> repo.userEmails().addAuthenticationForRegistration(registration, email));
    }
  }

  @Nested
  class AddAuthenticationCode {
    @Test
    void makesTheCodeGoodForAsLongAsItSays() {
      UserEmailAuthentication authentication = proofs.begun();

      UserEmailAuthenticationCode added = proofs.code(authentication, "123456");

      assertThat(added)
          .isEqualTo(
              new UserEmailAuthenticationCode(
                  added.id(),
                  authentication.id(),
                  proofs.now(),
                  proofs.now().plus(Duration.ofMinutes(5))));
      assertThat(proofs.find(authentication, "123456")).contains(added);
    }

    @Test
    void leavesEarlierCodesAlone() {
      UserEmailAuthentication authentication = proofs.begun();
      UserEmailAuthenticationCode first = proofs.code(authentication, "123456");

      UserEmailAuthenticationCode second = proofs.code(authentication, "654321");

      assertThat(proofs.find(authentication, "123456")).contains(first);
      assertThat(proofs.find(authentication, "654321")).contains(second);
    }

    @Test
    void acceptsTheCodeOfAnotherAuthentication() {
      UserEmailAuthentication one = proofs.begun();
      UserEmailAuthentication other = proofs.begun();
      UserEmailAuthenticationCode first = proofs.code(one, "123456");

      UserEmailAuthenticationCode second = proofs.code(other, "123456");

      assertThat(proofs.find(one, "123456")).contains(first);
      assertThat(proofs.find(other, "123456")).contains(second);
    }

    @Test
    void refusesACodeThatIsThereAlready() {
      UserEmailAuthentication authentication = proofs.begun();
      UserEmailAuthenticationCode first = proofs.code(authentication, "123456");
      proofs.tick();

      ConflictException refusal =
          proofs.refusal(
              ConflictException.class,
              repo -> repo.userEmails().addAuthenticationCode(authentication, "123456", VALIDITY));

      assertThat(refusal.kind()).isEqualTo(ConflictKind.EMAIL_CODE_TAKEN);
      assertThat(proofs.find(authentication, "123456")).contains(first);
      assertThat(proofs.codes()).isOne();
    }

    @Test
    void refusesTheSecondOfTwoAtOnce() {
      UserEmailAuthentication authentication = proofs.begun();
      Store.Held<UserEmailAuthenticationCode> first =
          store.hold(
              repo -> repo.userEmails().addAuthenticationCode(authentication, "123456", VALIDITY));

      Future<UserEmailAuthenticationCode> second =
          store.start(
              repo -> repo.userEmails().addAuthenticationCode(authentication, "123456", VALIDITY));
      store.awaitBlocked(1);
      first.save();

      assertThatThrownBy(() -> second.get(20, SECONDS)).hasCauseInstanceOf(ConflictException.class);
      assertThat(proofs.find(authentication, "123456")).contains(first.result());
    }

    @Test
    void refusesACompletedAuthentication() {
      UserEmailAuthentication authentication = proofs.completed();

      StateReason reason =
          proofs.reason(
              repo -> repo.userEmails().addAuthenticationCode(authentication, "123456", VALIDITY));

      assertThat(reason).isEqualTo(StateReason.COMPLETED);
      assertThat(proofs.codes()).isZero();
    }

    @Test
    void refusesADeadAuthentication() {
      UserEmailAuthentication authentication = proofs.dead();

      StateReason reason =
          proofs.reason(
              repo -> repo.userEmails().addAuthenticationCode(authentication, "123456", VALIDITY));

      assertThat(reason).isEqualTo(StateReason.ATTEMPTS_EXHAUSTED);
      assertThat(proofs.codes()).isZero();
    }

    @Test
    void doesNotFindARemovedAuthentication() {
      UserEmailAuthentication authentication = proofs.begun();
      proofs.remove(authentication);

      NotFoundException refusal =
          proofs.refusal(
              NotFoundException.class,
              repo -> repo.userEmails().addAuthenticationCode(authentication, "123456", VALIDITY));

      assertThat(refusal.aggregate()).isEqualTo("user_email_authentication");
      assertThat(refusal.id()).isEqualTo(authentication.id());
    }

    @ParameterizedTest
    @ValueSource(strings = {"P0D", "PT-1S", "PT0.000000999S", "PT-0.000000001S", "P36501D"})
    void refusesAValidityOutOfRangeBeforeAskingTheDatabase(Duration validity) {
      UserEmailAuthentication authentication = proofs.begun();
      store.statements();

      assertThatThrownBy(
              () ->
                  store.write(
                      repo ->
                          repo.userEmails()
                              .addAuthenticationCode(authentication, "123456", validity)))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("validity");

      assertThat(store.statements()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource(
        "dev.authstore.storage.pg.user.UserEmailAuthenticationRepositoryTest#impossibleCodes")
    void refusesACodeThatCannotBeStoredBeforeAskingTheDatabase(String code) {
      UserEmailAuthentication authentication = proofs.begun();
      store.statements();

      assertThatThrownBy(() -> proofs.code(authentication, code))
          .isInstanceOf(InvalidInputException.class);

      assertThat(store.statements()).isEmpty();
    }

    @Test
    void acceptsTheLongestCode() {
      UserEmailAuthentication authentication = proofs.begun();
      String longest = "1".repeat(64);

      UserEmailAuthenticationCode added = proofs.code(authentication, longest);

      assertThat(proofs.find(authentication, longest)).contains(added);
    }
  }

  @Nested
  class FindAuthenticationCode {
    @ParameterizedTest
    @ValueSource(strings = {"012346", "12345", "0012345", " 012345", "012345 ", "０１２３４５"})
    void doesNotFindAnotherCode(String code) {
      UserEmailAuthentication authentication = proofs.begun();
      proofs.code(authentication, "012345");

      Optional<UserEmailAuthenticationCode> found = proofs.find(authentication, code);

      assertThat(found).isEmpty();
    }

    @Test
    void doesNotFindTheCodeOfAnotherAuthentication() {
      proofs.code(proofs.begun(), "123456");

      Optional<UserEmailAuthenticationCode> found = proofs.find(proofs.begun(), "123456");

      assertThat(found).isEmpty();
    }

    @Test
    void findsAnExpiredCode() {
      UserEmailAuthentication authentication = proofs.begun();
      UserEmailAuthenticationCode code = proofs.code(authentication, "123456");
      store.clock().advance(Duration.ofDays(1));

      Optional<UserEmailAuthenticationCode> found = proofs.find(authentication, "123456");

      assertThat(found).contains(code);
      assertThat(code.isExpired(proofs.now())).isTrue();
    }

    @Test
    void countsNothing() {
      UserEmailAuthentication authentication = proofs.begun();

      proofs.find(authentication, "123456");

      assertThat(proofs.stored(authentication)).contains(authentication);
    }

    @Test
    void findsNothingForADeadAuthentication() {
      UserEmailAuthentication authentication = proofs.begun();
      proofs.code(authentication, "123456");
      proofs.fail(authentication, EmailProofs.MAXIMUM);

      Optional<UserEmailAuthenticationCode> found = proofs.find(authentication, "123456");

      assertThat(found).isEmpty();
    }

    @ParameterizedTest
    @MethodSource(
        "dev.authstore.storage.pg.user.UserEmailAuthenticationRepositoryTest#impossibleCodes")
    void findsNothingByACodeThatCannotBeStoredWithoutAskingTheDatabase(String code) {
      UserEmailAuthentication authentication = proofs.begun();
      store.statements();

      Optional<UserEmailAuthenticationCode> found = proofs.find(authentication, code);

      assertThat(found).isEmpty();
      assertThat(store.statements()).isEmpty();
    }
  }

  static List<String> impossibleAddresses() {
    return List.of("", "a".repeat(321), "é".repeat(161), "a\u0000@b", "a\uD800@b", "\uDC00");
  }

  static List<String> impossibleCodes() {
    return List.of("", "1".repeat(65), "é".repeat(33), "1\u0000", "\uD800", "1\uDC00");
  }

  private List<String> authentications() {
    return store.select("SELECT id FROM user_email_authentications");
  }
}
