package dev.authstore.storage.pg.user;

import static dev.authstore.storage.pg.user.EmailProofs.MAXIMUM;
import static dev.authstore.storage.pg.user.EmailProofs.VALIDITY;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.model.user.UserEmailAuthentication;
import dev.authstore.model.user.UserEmailAuthenticationCode;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.user.CodeAttempt;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What becomes of a code that somebody typed. */
class UserEmailCodeRepositoryTest {
  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final EmailProofs proofs = new EmailProofs(store);

  @Nested
  class TryAuthenticationCode {
    @Test
    void matchesTheRightCode() {
      UserEmailAuthentication authentication = proofs.begun();
      UserEmailAuthenticationCode code = proofs.code(authentication, "123456");

      CodeAttempt attempt = proofs.attempt(authentication, "123456");

      assertThat(attempt).isEqualTo(new CodeAttempt.Matched(code));
    }

    @Test
    void doesNotCountARightCode() {
      UserEmailAuthentication authentication = proofs.begun();
      proofs.code(authentication, "123456");

      proofs.attempt(authentication, "123456");

      assertThat(proofs.stored(authentication)).contains(authentication);
    }

    @Test
    void matchesUntilTheLastMicrosecond() {
      UserEmailAuthentication authentication = proofs.begun();
      UserEmailAuthenticationCode code = proofs.code(authentication, "123456");
      store.clock().set(code.expiresAt().minusNanos(1));

      CodeAttempt attempt = proofs.attempt(authentication, "123456");

      assertThat(attempt).isEqualTo(new CodeAttempt.Matched(code));
    }

    @Test
    void tellsThatACodeHasExpired() {
      UserEmailAuthentication authentication = proofs.begun();
      UserEmailAuthenticationCode code = proofs.code(authentication, "123456");
      store.clock().set(code.expiresAt());

      CodeAttempt attempt = proofs.attempt(authentication, "123456");

      assertThat(attempt).isEqualTo(new CodeAttempt.Expired(code));
      assertThat(proofs.stored(authentication)).contains(authentication);
    }

    @Test
    void countsAWrongCode() {
      UserEmailAuthentication authentication = proofs.begun();
      proofs.code(authentication, "123456");

      CodeAttempt attempt = proofs.attempt(authentication, "123457");

      assertThat(attempt).isEqualTo(new CodeAttempt.Wrong(MAXIMUM - 1));
      assertThat(failures(authentication)).isOne();
    }

    @Test
    void countsTheCodeOfAnotherAuthentication() {
      UserEmailAuthentication authentication = proofs.begun();
      UserEmailAuthentication other = proofs.begun();
      proofs.code(other, "123456");

      CodeAttempt attempt = proofs.attempt(authentication, "123456");

      assertThat(attempt).isEqualTo(new CodeAttempt.Wrong(MAXIMUM - 1));
      assertThat(proofs.stored(other)).contains(other);
    }

    @ParameterizedTest
    @MethodSource(
        "dev.authstore.storage.pg.user.UserEmailAuthenticationRepositoryTest#impossibleCodes")
    void countsTextThatCannotBeACode(String text) {
      UserEmailAuthentication authentication = proofs.begun();
      proofs.code(authentication, "?");

      CodeAttempt attempt = proofs.attempt(authentication, text);

      assertThat(attempt).isEqualTo(new CodeAttempt.Wrong(MAXIMUM - 1));
      assertThat(failures(authentication)).isOne();
    }

    @Test
    void matchesTheLastOfTenAttempts() {
      UserEmailAuthentication authentication = proofs.begun();
      UserEmailAuthenticationCode code = proofs.code(authentication, "123456");
      proofs.fail(authentication, 9);

      CodeAttempt attempt = proofs.attempt(authentication, "123456");

      assertThat(attempt).isEqualTo(new CodeAttempt.Matched(code));
    }

    @Test
    void leavesNothingAfterTenWrongCodes() {
      UserEmailAuthentication authentication = proofs.begun();
      proofs.fail(authentication, 9);

      CodeAttempt tenth = proofs.attempt(authentication, "wrong");

      assertThat(tenth).isEqualTo(new CodeAttempt.Wrong(0));
      assertThat(failures(authentication)).isEqualTo(10);
    }

    @Test
    void doesNotLookAtTheRightCodeOfADeadAuthentication() {
      UserEmailAuthentication authentication = proofs.begun();
      UserEmailAuthenticationCode code = proofs.code(authentication, "123456");
      proofs.fail(authentication, MAXIMUM);

      CodeAttempt attempt = proofs.attempt(authentication, "123456");

      assertThat(attempt).isEqualTo(new CodeAttempt.Exhausted());
      assertThat(failures(authentication)).isEqualTo(MAXIMUM);
      assertThat(
              proofs.reason(
                  repo -> repo.userEmails().completeAuthenticationWithCode(authentication, code)))
          .isEqualTo(StateReason.ATTEMPTS_EXHAUSTED);
    }

    @Test
    void needsNoCodeOnceTheAuthenticationIsCompleted() {
      UserEmailAuthentication authentication = proofs.completed();

      CodeAttempt attempt = proofs.attempt(authentication, "wrong");

      assertThat(attempt).isEqualTo(new CodeAttempt.AlreadyCompleted());
      assertThat(proofs.stored(authentication)).contains(authentication);
    }

    @Test
    void doesNotFindARemovedAuthentication() {
      UserEmailAuthentication authentication = proofs.begun();
      proofs.remove(authentication);

      NotFoundException refusal =
          proofs.refusal(
              NotFoundException.class,
              repo -> repo.userEmails().tryAuthenticationCode(authentication, "123456"));

      assertThat(refusal.aggregate()).isEqualTo("user_email_authentication");
      assertThat(refusal.id()).isEqualTo(authentication.id());
    }

    @Test
    void isNotCountedIfTheCallerCancels() {
      UserEmailAuthentication authentication = proofs.begun();
      Store.Held<CodeAttempt> attempt =
          store.hold(repo -> repo.userEmails().tryAuthenticationCode(authentication, "wrong"));

      attempt.cancel();

      assertThat(attempt.result()).isEqualTo(new CodeAttempt.Wrong(MAXIMUM - 1));
      assertThat(proofs.stored(authentication)).contains(authentication);
    }

    @Test
    void isCountedAtOnceInDirectAccess() {
      UserEmailAuthentication authentication = proofs.begun();

      CodeAttempt attempt =
          store
              .repositories()
              .direct(repo -> repo.userEmails().tryAuthenticationCode(authentication, "wrong"));

      assertThat(attempt).isEqualTo(new CodeAttempt.Wrong(MAXIMUM - 1));
      assertThat(failures(authentication)).isOne();
    }

    @Test
    void letsTheCallerCompleteInTheSameUnitOfWork() {
      UserEmailAuthentication authentication = proofs.begun();
      proofs.code(authentication, "123456");

      UserEmailAuthentication completed =
          store.write(
              repo ->
                  repo.userEmails().tryAuthenticationCode(authentication, "123456")
                          instanceof CodeAttempt.Matched matched
                      ? repo.userEmails()
                          .completeAuthenticationWithCode(authentication, matched.code())
                      : authentication);

      assertThat(completed.isCompleted()).isTrue();
      assertThat(proofs.stored(authentication)).contains(completed);
    }
  }

  @Nested
  class TryAuthenticationCodeAtOnce {
    @Test
    void waitsForTheGuessBeforeIt() throws Exception {
      UserEmailAuthentication authentication = proofs.begun();
      Store.Held<CodeAttempt> first =
          store.hold(repo -> repo.userEmails().tryAuthenticationCode(authentication, "wrong"));

      Future<CodeAttempt> second =
          store.start(repo -> repo.userEmails().tryAuthenticationCode(authentication, "wrong"));
      store.awaitBlocked(1);
      first.save();

      assertThat(second.get(20, SECONDS)).isEqualTo(new CodeAttempt.Wrong(MAXIMUM - 2));
      assertThat(failures(authentication)).isEqualTo(2);
    }

    @Test
    void isExhaustedByTheGuessBeforeIt() throws Exception {
      UserEmailAuthentication authentication = proofs.begun();
      proofs.code(authentication, "123456");
      proofs.fail(authentication, 9);
      Store.Held<CodeAttempt> last =
          store.hold(repo -> repo.userEmails().tryAuthenticationCode(authentication, "wrong"));

      Future<CodeAttempt> late =
          store.start(repo -> repo.userEmails().tryAuthenticationCode(authentication, "123456"));
      store.awaitBlocked(1);
      last.save();

      assertThat(late.get(20, SECONDS)).isEqualTo(new CodeAttempt.Exhausted());
    }

    @Test
    void knowsACodeThatWasAddedWhileItWaited() throws Exception {
      UserEmailAuthentication authentication = proofs.begun();
      Store.Held<UserEmailAuthenticationCode> adding =
          store.hold(
              repo -> repo.userEmails().addAuthenticationCode(authentication, "123456", VALIDITY));

      Future<CodeAttempt> attempt =
          store.start(repo -> repo.userEmails().tryAuthenticationCode(authentication, "123456"));
      store.awaitBlocked(1);
      adding.save();

      assertThat(attempt.get(20, SECONDS)).isEqualTo(new CodeAttempt.Matched(adding.result()));
    }

    @Test
    void learnsThatTheAuthenticationWasCompletedWhileItWaited() throws Exception {
      UserEmailAuthentication authentication = proofs.begun();
      UserEmailAuthenticationCode code = proofs.code(authentication, "123456");
      Store.Held<UserEmailAuthentication> completing =
          store.hold(
              repo -> repo.userEmails().completeAuthenticationWithCode(authentication, code));

      Future<CodeAttempt> attempt =
          store.start(repo -> repo.userEmails().tryAuthenticationCode(authentication, "wrong"));
      store.awaitBlocked(1);
      completing.save();

      assertThat(attempt.get(20, SECONDS)).isEqualTo(new CodeAttempt.AlreadyCompleted());
      assertThat(failures(authentication)).isZero();
    }

    @Test
    void letsTheRightCodeCompleteWhatItWasWrongFor() throws Exception {
      UserEmailAuthentication authentication = proofs.begun();
      UserEmailAuthenticationCode code = proofs.code(authentication, "123456");
      Store.Held<CodeAttempt> wrong =
          store.hold(repo -> repo.userEmails().tryAuthenticationCode(authentication, "wrong"));

      Future<UserEmailAuthentication> completing =
          store.start(
              repo -> repo.userEmails().completeAuthenticationWithCode(authentication, code));
      store.awaitBlocked(1);
      wrong.save();

      UserEmailAuthentication completed = completing.get(20, SECONDS);
      assertThat(completed.isCompleted()).isTrue();
      assertThat(completed.failedAttempts()).isOne();
      assertThat(proofs.stored(authentication)).contains(completed);
    }

    @Test
    void doesNotFindAnAuthenticationThatIsCleanedUpMeanwhile() {
      UserEmailAuthentication authentication = proofs.begun();
      proofs.tick();
      Store.Held<CleanupResult<UUID>> cleanup =
          store.hold(
              repo ->
                  repo.userEmails()
                      .cleanupAuthentications(Optional.empty(), authentication.id(), 10));

      Future<CodeAttempt> attempt =
          store.start(repo -> repo.userEmails().tryAuthenticationCode(authentication, "wrong"));
      store.awaitBlocked(1);
      cleanup.save();

      assertThatThrownBy(() -> attempt.get(20, SECONDS))
          .hasCauseInstanceOf(NotFoundException.class);
    }

    @Test
    void isWrongForNoMoreThanTheMaximum() throws Exception {
      UserEmailAuthentication authentication = proofs.begun();
      proofs.code(authentication, "123456");
      RepositoryFactory repositories = store.repositories();

      Race.Results<CodeAttempt> race =
          Race.of(50)
              .run(
                  number ->
                      repositories.call(
                          repo ->
                              repo.userEmails()
                                  .tryAuthenticationCode(authentication, "wrong " + number)));

      assertThat(race.failures()).isEmpty();
      assertThat(race.values())
          .filteredOn(CodeAttempt.Wrong.class::isInstance)
          .containsExactlyInAnyOrderElementsOf(wrongs());
      assertThat(race.values())
          .filteredOn(CodeAttempt.Exhausted.class::isInstance)
          .hasSize(50 - MAXIMUM);
      assertThat(failures(authentication)).isEqualTo(MAXIMUM);
    }

    @Test
    void isWrongForNoMoreThanTheMaximumWithThirtyTwoInDirectAccess() throws Exception {
      UserEmailAuthentication authentication = proofs.begun();
      RepositoryFactory repositories = store.repositories();

      Race.Results<CodeAttempt> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.direct(
                          repo ->
                              repo.userEmails()
                                  .tryAuthenticationCode(authentication, "wrong " + number)));

      assertThat(race.failures()).isEmpty();
      assertThat(race.values())
          .filteredOn(CodeAttempt.Wrong.class::isInstance)
          .containsExactlyInAnyOrderElementsOf(wrongs());
      assertThat(failures(authentication)).isEqualTo(MAXIMUM);
    }

    /** Each number of attempts that can be left, once. */
    private static List<CodeAttempt> wrongs() {
      return IntStream.range(0, MAXIMUM).<CodeAttempt>mapToObj(CodeAttempt.Wrong::new).toList();
    }
  }

  private int failures(UserEmailAuthentication authentication) {
    return proofs.stored(authentication).orElseThrow().failedAttempts();
  }
}
