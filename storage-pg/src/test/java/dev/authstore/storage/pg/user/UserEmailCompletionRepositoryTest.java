package dev.authstore.storage.pg.user;

import static dev.authstore.storage.pg.user.EmailProofs.VALIDITY;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSession;
import dev.authstore.model.user.UserEmailAuthentication;
import dev.authstore.model.user.UserEmailAuthenticationCode;
import dev.authstore.model.user.UserEmailAuthenticationStage;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.user.UserEmailRepository;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How a proof of control over an address is completed: once. */
class UserEmailCompletionRepositoryTest {
  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final EmailProofs proofs = new EmailProofs(store);

  @Nested
  class CompleteAuthenticationWithCode {
    @Test
    void returnsTheStoredRow() {
      UserEmailAuthentication authentication = proofs.begun();
      UserEmailAuthenticationCode code = proofs.code(authentication, "123456");
      proofs.fail(authentication, 1);
      proofs.tick();

      UserEmailAuthentication completed = proofs.complete(authentication, code);

      assertThat(completed)
          .isEqualTo(
              new UserEmailAuthentication(
                  authentication.id(),
                  authentication.origin(),
                  authentication.email(),
                  authentication.createdAt(),
                  1,
                  new UserEmailAuthenticationStage.Completed(proofs.now())));
      assertThat(proofs.stored(authentication)).contains(completed);
    }

    @Test
    void deletesAllCodesOfTheAuthenticationAndNoOthers() {
      UserEmailAuthentication authentication = proofs.begun();
      UserEmailAuthentication other = proofs.begun();
      UserEmailAuthenticationCode first = proofs.code(authentication, "123456");
      proofs.code(authentication, "654321");
      UserEmailAuthenticationCode ofOther = proofs.code(other, "123456");

      proofs.complete(authentication, first);

      assertThat(proofs.find(authentication, "123456")).isEmpty();
      assertThat(proofs.find(other, "123456")).contains(ofOther);
      assertThat(proofs.codes()).isOne();
    }

    @Test
    void acceptsTheEarlierOfTwoCodes() {
      UserEmailAuthentication authentication = proofs.begun();
      UserEmailAuthenticationCode first = proofs.code(authentication, "123456");
      UserEmailAuthenticationCode second = proofs.code(authentication, "654321");

      UserEmailAuthentication completed = proofs.complete(authentication, first);

      assertThat(completed.isCompleted()).isTrue();
      assertThat(reason(authentication, second)).isEqualTo(StateReason.COMPLETED);
    }

    @Test
    void acceptsTheLaterOfTwoCodes() {
      UserEmailAuthentication authentication = proofs.begun();
      UserEmailAuthenticationCode first = proofs.code(authentication, "123456");
      UserEmailAuthenticationCode second = proofs.code(authentication, "654321");

      UserEmailAuthentication completed = proofs.complete(authentication, second);

      assertThat(completed.isCompleted()).isTrue();
      assertThat(reason(authentication, first)).isEqualTo(StateReason.COMPLETED);
    }

    @Test
    void acceptsACodeInItsLastMicrosecond() {
      UserEmailAuthentication authentication = proofs.begun();
      UserEmailAuthenticationCode code = proofs.code(authentication, "123456");
      store.clock().set(code.expiresAt().minusNanos(1));

      UserEmailAuthentication completed = proofs.complete(authentication, code);

      assertThat(completed.completedAt()).contains(code.expiresAt().minusNanos(1000));
    }

    @Test
    void refusesACodeFromTheInstantItExpiresAt() {
      UserEmailAuthentication authentication = proofs.begun();
      UserEmailAuthenticationCode code = proofs.code(authentication, "123456");

      for (int later : List.of(0, 1000)) {
        store.clock().set(code.expiresAt().plusNanos(later));
        InvalidStateException refusal =
            proofs.refusal(
                InvalidStateException.class,
                repo -> repo.userEmails().completeAuthenticationWithCode(authentication, code));

        assertThat(refusal.reason()).isEqualTo(StateReason.EXPIRED);
        assertThat(refusal.aggregate()).isEqualTo("user_email_authentication_code");
        assertThat(refusal.id()).isEqualTo(code.id());
      }
      assertThat(proofs.stored(authentication)).contains(authentication);
      assertThat(proofs.find(authentication, "123456")).contains(code);
    }

    @Test
    void acceptsAFreshCodeAfterAnExpiredOne() {
      UserEmailAuthentication authentication = proofs.begun();
      UserEmailAuthenticationCode expired = proofs.code(authentication, "123456");
      store.clock().set(expired.expiresAt());
      UserEmailAuthenticationCode fresh = proofs.code(authentication, "654321");

      UserEmailAuthentication completed = proofs.complete(authentication, fresh);

      assertThat(completed.isCompleted()).isTrue();
    }

    @Test
    void judgesTheStoredCodeAndNotTheOnePassed() {
      UserEmailAuthentication authentication = proofs.begun();
      UserEmailAuthenticationCode code = proofs.code(authentication, "123456");
      store.clock().set(code.expiresAt());
      UserEmailAuthenticationCode prolonged =
          new UserEmailAuthenticationCode(
              code.id(),
              code.authenticationId(),
              code.createdAt(),
              code.expiresAt().plusSeconds(60));

      assertThat(reason(authentication, prolonged)).isEqualTo(StateReason.EXPIRED);
    }

    @Test
    void refusesTheSecondTimeForGood() {
      UserEmailAuthentication authentication = proofs.begun();
      UserEmailAuthenticationCode code = proofs.code(authentication, "123456");
      UserEmailAuthentication completed = proofs.complete(authentication, code);
      proofs.tick();

      StateReason reason = reason(authentication, code);

      assertThat(reason).isEqualTo(StateReason.COMPLETED);
      assertThat(proofs.stored(authentication)).contains(completed);
    }

    @Test
    void refusesADeadAuthentication() {
      UserEmailAuthentication authentication = proofs.begun();
      UserEmailAuthenticationCode code = proofs.code(authentication, "123456");
      proofs.fail(authentication, EmailProofs.MAXIMUM);

      StateReason reason = reason(authentication, code);

      assertThat(reason).isEqualTo(StateReason.ATTEMPTS_EXHAUSTED);
      assertThat(proofs.stored(authentication).orElseThrow().isCompleted()).isFalse();
      assertThat(proofs.codes()).isOne();
    }

    @Test
    void refusesTheCodeOfAnotherAuthenticationBeforeAskingTheDatabase() {
      UserEmailAuthentication authentication = proofs.begun();
      UserEmailAuthentication other = proofs.begun();
      UserEmailAuthenticationCode foreign = proofs.code(other, "123456");
      store.statements();

      assertThatThrownBy(() -> proofs.complete(authentication, foreign))
          .isInstanceOf(InvalidInputException.class);

      assertThat(store.statements()).isEmpty();
      assertThat(proofs.stored(authentication)).contains(authentication);
      assertThat(proofs.stored(other)).contains(other);
      assertThat(proofs.find(other, "123456")).contains(foreign);
    }

    @Test
    void doesNotFindACodeThatIsStoredForAnotherAuthentication() {
      UserEmailAuthentication authentication = proofs.begun();
      UserEmailAuthentication other = proofs.begun();
      UserEmailAuthenticationCode foreign = proofs.code(other, "123456");
      UserEmailAuthenticationCode disguised =
          new UserEmailAuthenticationCode(
              foreign.id(), authentication.id(), foreign.createdAt(), foreign.expiresAt());

      NotFoundException refusal = notFound(authentication, disguised);

      assertThat(refusal.aggregate()).isEqualTo("user_email_authentication_code");
      assertThat(proofs.stored(authentication)).contains(authentication);
      assertThat(proofs.stored(other)).contains(other);
    }

    @Test
    void doesNotFindARemovedCode() {
      UserEmailAuthentication authentication = proofs.begun();
      UserEmailAuthenticationCode code = proofs.code(authentication, "123456");
      store.sql("DELETE FROM user_email_authentication_codes");

      NotFoundException refusal = notFound(authentication, code);

      assertThat(refusal.aggregate()).isEqualTo("user_email_authentication_code");
      assertThat(refusal.id()).isEqualTo(code.id());
      assertThat(proofs.stored(authentication)).contains(authentication);
    }

    @Test
    void doesNotFindARemovedAuthentication() {
      UserEmailAuthentication authentication = proofs.begun();
      UserEmailAuthenticationCode code = proofs.code(authentication, "123456");
      proofs.remove(authentication);

      NotFoundException refusal = notFound(authentication, code);

      assertThat(refusal.aggregate()).isEqualTo("user_email_authentication");
      assertThat(refusal.id()).isEqualTo(authentication.id());
    }

    @Test
    void namesCompletionFirstThenExhaustionThenTheMissingCode() {
      UserEmailAuthentication authentication = proofs.begun();
      UserEmailAuthenticationCode code = proofs.code(authentication, "123456");
      store.clock().set(code.expiresAt());

      assertThat(reason(authentication, code)).isEqualTo(StateReason.EXPIRED);
      store.sql("DELETE FROM user_email_authentication_codes");
      assertThat(notFound(authentication, code).id()).isEqualTo(code.id());
      store.sql("UPDATE user_email_authentications SET failed_attempts = 10");
      assertThat(reason(authentication, code)).isEqualTo(StateReason.ATTEMPTS_EXHAUSTED);
      store.sql("UPDATE user_email_authentications SET completed_at = created_at");
      assertThat(reason(authentication, code)).isEqualTo(StateReason.COMPLETED);
      proofs.remove(authentication);
      assertThat(notFound(authentication, code).id()).isEqualTo(authentication.id());
    }

    private StateReason reason(
        UserEmailAuthentication authentication, UserEmailAuthenticationCode code) {
      return proofs.reason(
          repo -> repo.userEmails().completeAuthenticationWithCode(authentication, code));
    }

    private NotFoundException notFound(
        UserEmailAuthentication authentication, UserEmailAuthenticationCode code) {
      return proofs.refusal(
          NotFoundException.class,
          repo -> repo.userEmails().completeAuthenticationWithCode(authentication, code));
    }
  }

  @Nested
  class CompleteAuthenticationAtOnce {
    @Test
    void refusesTheSecond() {
      UserEmailAuthentication authentication = proofs.begun();
      UserEmailAuthenticationCode code = proofs.code(authentication, "123456");
      Store.Held<UserEmailAuthentication> first =
          store.hold(
              repo -> repo.userEmails().completeAuthenticationWithCode(authentication, code));

      Future<UserEmailAuthentication> second =
          store.start(
              repo -> repo.userEmails().completeAuthenticationWithCode(authentication, code));
      store.awaitBlocked(1);
      first.save();

      EmailProofs.assertRefused(second, StateReason.COMPLETED);
      assertThat(proofs.stored(authentication)).contains(first.result());
    }

    @Test
    void acceptsTheSecondWhenTheFirstIsCancelled() throws Exception {
      UserEmailAuthentication authentication = proofs.begun();
      UserEmailAuthenticationCode code = proofs.code(authentication, "123456");
      Store.Held<UserEmailAuthentication> first =
          store.hold(
              repo -> repo.userEmails().completeAuthenticationWithCode(authentication, code));

      Future<UserEmailAuthentication> second =
          store.start(
              repo -> repo.userEmails().completeAuthenticationWithCode(authentication, code));
      store.awaitBlocked(1);
      first.cancel();

      UserEmailAuthentication completed = second.get(20, SECONDS);
      assertThat(proofs.stored(authentication)).contains(completed);
      assertThat(proofs.codes()).isZero();
    }

    @Test
    void refusesWhatTheLastWrongCodeHasKilled() {
      UserEmailAuthentication authentication = proofs.begun();
      UserEmailAuthenticationCode code = proofs.code(authentication, "123456");
      proofs.fail(authentication, 9);
      Store.Held<?> last =
          store.hold(repo -> repo.userEmails().tryAuthenticationCode(authentication, "wrong"));

      Future<UserEmailAuthentication> completing =
          store.start(
              repo -> repo.userEmails().completeAuthenticationWithCode(authentication, code));
      store.awaitBlocked(1);
      last.save();

      EmailProofs.assertRefused(completing, StateReason.ATTEMPTS_EXHAUSTED);
    }

    @Test
    void deletesACodeThatWasAddedWhileItWaited() throws Exception {
      UserEmailAuthentication authentication = proofs.begun();
      UserEmailAuthenticationCode code = proofs.code(authentication, "123456");
      Store.Held<UserEmailAuthenticationCode> adding =
          store.hold(
              repo -> repo.userEmails().addAuthenticationCode(authentication, "654321", VALIDITY));

      Future<UserEmailAuthentication> completing =
          store.start(
              repo -> repo.userEmails().completeAuthenticationWithCode(authentication, code));
      store.awaitBlocked(1);
      adding.save();
      UserEmailAuthentication completed = completing.get(20, SECONDS);

      assertThat(proofs.stored(authentication)).contains(completed);
      assertThat(proofs.codes()).isZero();
    }

    @Test
    void deletesACodeThatWasAddedWhileTheWordOfAProviderWaited() throws Exception {
      UserEmailAuthentication authentication = proofs.begun();
      UpstreamOAuthAuthorizationSession upstream = proofs.upstreamSession();
      Store.Held<UserEmailAuthenticationCode> adding =
          store.hold(
              repo -> repo.userEmails().addAuthenticationCode(authentication, "654321", VALIDITY));

      Future<UserEmailAuthentication> completing =
          store.start(
              repo ->
                  repo.userEmails().completeAuthenticationWithUpstream(authentication, upstream));
      store.awaitBlocked(1);
      adding.save();
      UserEmailAuthentication completed = completing.get(20, SECONDS);

      assertThat(proofs.stored(authentication)).contains(completed);
      assertThat(proofs.codes()).isZero();
    }

    @Test
    void letsACodeWaitAndBeRefused() {
      UserEmailAuthentication authentication = proofs.begun();
      UserEmailAuthenticationCode code = proofs.code(authentication, "123456");
      Store.Held<UserEmailAuthentication> completing =
          store.hold(
              repo -> repo.userEmails().completeAuthenticationWithCode(authentication, code));

      Future<UserEmailAuthenticationCode> adding =
          store.start(
              repo -> repo.userEmails().addAuthenticationCode(authentication, "654321", VALIDITY));
      store.awaitBlocked(1);
      completing.save();

      EmailProofs.assertRefused(adding, StateReason.COMPLETED);
      assertThat(proofs.codes()).isZero();
    }

    @Test
    void doesNotFindWhatIsCleanedUpMeanwhile() {
      UserEmailAuthentication authentication = proofs.begun();
      UserEmailAuthenticationCode code = proofs.code(authentication, "123456");
      Store.Held<CleanupResult<UUID>> cleanup =
          store.hold(repo -> cleanup(repo.userEmails(), authentication));

      Future<UserEmailAuthentication> completing =
          store.start(
              repo -> repo.userEmails().completeAuthenticationWithCode(authentication, code));
      store.awaitBlocked(1);
      cleanup.save();

      assertThatThrownBy(() -> completing.get(20, SECONDS))
          .hasCauseInstanceOf(NotFoundException.class);
      assertThat(proofs.stored(authentication)).isEmpty();
    }

    @Test
    void isPassedOverByACleanup() {
      UserEmailAuthentication authentication = proofs.begun();
      UserEmailAuthenticationCode code = proofs.code(authentication, "123456");
      Store.Held<UserEmailAuthentication> completing =
          store.hold(
              repo -> repo.userEmails().completeAuthenticationWithCode(authentication, code));

      CleanupResult<UUID> result = store.write(repo -> cleanup(repo.userEmails(), authentication));
      completing.save();

      assertThat(result.count()).isZero();
      assertThat(proofs.stored(authentication)).contains(completing.result());
    }

    @Test
    void succeedsForOneOfThirtyTwo() throws Exception {
      UserEmailAuthentication authentication = proofs.begun();
      UserEmailAuthenticationCode code = proofs.code(authentication, "123456");
      RepositoryFactory repositories = store.repositories();

      Race.Results<UserEmailAuthentication> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.call(
                          repo ->
                              repo.userEmails()
                                  .completeAuthenticationWithCode(authentication, code)));

      assertThat(race.values()).hasSize(1);
      assertThat(race.failures()).hasSize(31).allSatisfy(this::assertCompleted);
      assertThat(proofs.stored(authentication)).contains(race.values().get(0));
      assertThat(store.statements()).noneMatch(statement -> statement.sqlState().isPresent());
    }

    @Test
    void succeedsForOneOfThirtyTwoByEitherProof() throws Exception {
      UserEmailAuthentication authentication = proofs.begun();
      UserEmailAuthenticationCode code = proofs.code(authentication, "123456");
      UpstreamOAuthAuthorizationSession upstream = proofs.upstreamSession();
      RepositoryFactory repositories = store.repositories();

      Race.Results<UserEmailAuthentication> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.direct(
                          repo ->
                              number % 2 == 0
                                  ? repo.userEmails()
                                      .completeAuthenticationWithCode(authentication, code)
                                  : repo.userEmails()
                                      .completeAuthenticationWithUpstream(
                                          authentication, upstream)));

      assertThat(race.values()).hasSize(1);
      assertThat(race.failures()).hasSize(31).allSatisfy(this::assertCompleted);
      assertThat(proofs.codes()).isZero();
    }

    private CleanupResult<UUID> cleanup(
        UserEmailRepository emails, UserEmailAuthentication authentication) {
      return emails.cleanupAuthentications(Optional.empty(), authentication.id(), 10);
    }

    private void assertCompleted(Throwable failure) {
      assertThat(failure)
          .isInstanceOfSatisfying(
              InvalidStateException.class,
              refusal -> assertThat(refusal.reason()).isEqualTo(StateReason.COMPLETED));
    }
  }

  @Nested
  class CompleteAuthenticationWithUpstream {
    @Test
    void needsNoCode() {
      UserEmailAuthentication authentication = proofs.begun(proofs.registration());
      UpstreamOAuthAuthorizationSession upstream = proofs.upstreamSession();
      proofs.tick();

      UserEmailAuthentication completed = complete(authentication, upstream);

      assertThat(completed)
          .isEqualTo(
              new UserEmailAuthentication(
                  authentication.id(),
                  authentication.origin(),
                  authentication.email(),
                  authentication.createdAt(),
                  0,
                  new UserEmailAuthenticationStage.Completed(proofs.now())));
      assertThat(proofs.stored(authentication)).contains(completed);
    }

    @Test
    void deletesPendingCodes() {
      UserEmailAuthentication authentication = proofs.begun();
      proofs.code(authentication, "123456");
      proofs.code(authentication, "654321");

      complete(authentication, proofs.upstreamSession());

      assertThat(proofs.codes()).isZero();
    }

    @Test
    void refusesTheSecondTimeForGood() {
      UserEmailAuthentication authentication = proofs.begun();
      UpstreamOAuthAuthorizationSession upstream = proofs.upstreamSession();
      UserEmailAuthentication completed = complete(authentication, upstream);
      proofs.tick();

      StateReason reason = reason(authentication, upstream);

      assertThat(reason).isEqualTo(StateReason.COMPLETED);
      assertThat(proofs.stored(authentication)).contains(completed);
    }

    @Test
    void refusesWhatACodeHasCompleted() {
      UserEmailAuthentication authentication = proofs.completed();

      StateReason reason = reason(authentication, proofs.upstreamSession());

      assertThat(reason).isEqualTo(StateReason.COMPLETED);
      assertThat(proofs.stored(authentication)).contains(authentication);
    }

    @Test
    void refusesADeadAuthentication() {
      UserEmailAuthentication authentication = proofs.dead();

      StateReason reason = reason(authentication, proofs.upstreamSession());

      assertThat(reason).isEqualTo(StateReason.ATTEMPTS_EXHAUSTED);
      assertThat(proofs.stored(authentication)).contains(authentication);
    }

    @Test
    void doesNotFindARemovedUpstreamSession() {
      UserEmailAuthentication authentication = proofs.begun();
      UserEmailAuthenticationCode code = proofs.code(authentication, "123456");
      UpstreamOAuthAuthorizationSession upstream = proofs.upstreamSession();
      store.sql("DELETE FROM upstream_oauth_authorization_sessions");

      NotFoundException refusal = notFound(authentication, upstream);

      assertThat(refusal.aggregate()).isEqualTo("upstream_oauth_authorization_session");
      assertThat(refusal.id()).isEqualTo(upstream.id());
      assertThat(proofs.stored(authentication)).contains(authentication);
      assertThat(proofs.find(authentication, "123456")).contains(code);
    }

    @Test
    void doesNotFindARemovedAuthentication() {
      UserEmailAuthentication authentication = proofs.begun();
      UpstreamOAuthAuthorizationSession upstream = proofs.upstreamSession();
      proofs.remove(authentication);

      NotFoundException refusal = notFound(authentication, upstream);

      assertThat(refusal.aggregate()).isEqualTo("user_email_authentication");
      assertThat(refusal.id()).isEqualTo(authentication.id());
    }

    private UserEmailAuthentication complete(
        UserEmailAuthentication authentication, UpstreamOAuthAuthorizationSession upstream) {
      return store.write(
          repo -> repo.userEmails().completeAuthenticationWithUpstream(authentication, upstream));
    }

    private StateReason reason(
        UserEmailAuthentication authentication, UpstreamOAuthAuthorizationSession upstream) {
      return proofs.reason(
          repo -> repo.userEmails().completeAuthenticationWithUpstream(authentication, upstream));
    }

    private NotFoundException notFound(
        UserEmailAuthentication authentication, UpstreamOAuthAuthorizationSession upstream) {
      return proofs.refusal(
          NotFoundException.class,
          repo -> repo.userEmails().completeAuthenticationWithUpstream(authentication, upstream));
    }
  }
}
