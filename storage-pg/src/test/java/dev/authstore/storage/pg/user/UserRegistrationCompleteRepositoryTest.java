package dev.authstore.storage.pg.user;

import static dev.authstore.storage.pg.Store.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSession;
import dev.authstore.model.user.RegistrationPassword;
import dev.authstore.model.user.UserEmailAuthentication;
import dev.authstore.model.user.UserRegistration;
import dev.authstore.model.user.UserRegistrationStage;
import dev.authstore.model.user.UserRegistrationToken;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class UserRegistrationCompleteRepositoryTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final SignUps signUps = new SignUps(store);

  @Nested
  class Complete {
    @Test
    void setsTheInstant() {
      UserRegistration registration = signUps.registration();
      signUps.tick();

      UserRegistration completed = signUps.completed(registration);

      assertThat(completed.stage()).isEqualTo(new UserRegistrationStage.Completed(signUps.now()));
      assertThat(signUps.stored(registration)).contains(completed);
    }

    @Test
    void returnsThePasswordForTheLastTime() {
      UserRegistration registration = signUps.withPassword();

      UserRegistration completed = signUps.completed(registration);

      assertThat(completed.password()).contains(new RegistrationPassword("hash", 1));
      assertThat(signUps.stored(registration).flatMap(UserRegistration::password)).isEmpty();
      assertThat(
              store.select(
                  "SELECT id FROM user_registrations WHERE num_nonnulls(hashed_password, password_version) > 0"))
          .isEmpty();
    }

    @Test
    void returnsEverythingElseAsItIsStored() {
      UserRegistration stale = signUps.registration();
      UserRegistrationToken token = signUps.token();
      UserEmailAuthentication authentication = signUps.authentication(stale);
      UpstreamOAuthAuthorizationSession session = signUps.upstreamSession();
      store.run(
          repo -> {
            repo.userRegistrations().setDisplayName(stale, "John");
            repo.userRegistrations().setEmailAuthentication(stale, authentication);
            repo.userRegistrations().setRegistrationToken(stale, token);
            repo.userRegistrations().setUpstreamOAuthAuthorizationSession(stale, session);
          });

      UserRegistration completed = signUps.completed(stale);

      assertThat(completed.displayName()).contains("John");
      assertThat(signUps.stored(stale)).contains(completed);
    }

    @Test
    void isRefusedTheSecondTime() {
      UserRegistration registration = signUps.registration();
      UserRegistration completed = signUps.completed(registration);

      var refusal =
          signUps.refused(
              InvalidStateException.class, repo -> repo.userRegistrations().complete(registration));

      assertThat(refusal.reason()).isEqualTo(StateReason.COMPLETED);
      assertThat(signUps.stored(registration)).contains(completed);
    }

    @Test
    void doesNotFindARemovedSignUp() {
      UserRegistration registration = signUps.registration();
      signUps.remove(registration);

      var refusal =
          signUps.refused(
              NotFoundException.class, repo -> repo.userRegistrations().complete(registration));

      assertThat(refusal.id()).isEqualTo(registration.id());
    }
  }

  @Nested
  class LostRequirement {
    @Test
    void ofARemovedTokenIsMendedByAnother() {
      UserRegistration registration = signUps.withPassword();
      UserRegistrationToken token = signUps.token();
      store.run(repo -> repo.userRegistrations().setRegistrationToken(registration, token));
      store.sql("DELETE FROM user_registration_tokens");

      assertLost(registration);
      UserRegistrationToken other = signUps.token();
      store.run(repo -> repo.userRegistrations().setRegistrationToken(registration, other));

      assertThat(signUps.completed(registration).registrationTokenId()).contains(other.id());
    }

    @Test
    void ofARemovedAuthenticationIsMendedByAnother() {
      UserRegistration registration = signUps.withPassword();
      UserEmailAuthentication authentication = signUps.authentication(registration);
      store.run(
          repo -> repo.userRegistrations().setEmailAuthentication(registration, authentication));
      store.sql("DELETE FROM user_email_authentications");

      assertLost(registration);
      UserEmailAuthentication other = signUps.authentication(registration);
      store.run(repo -> repo.userRegistrations().setEmailAuthentication(registration, other));

      assertThat(signUps.completed(registration).emailAuthenticationId()).contains(other.id());
    }

    @Test
    void ofARemovedUpstreamSessionIsMendedByAnother() {
      UserRegistration registration = signUps.withPassword();
      UpstreamOAuthAuthorizationSession session = signUps.upstreamSession();
      store.run(
          repo ->
              repo.userRegistrations().setUpstreamOAuthAuthorizationSession(registration, session));
      store.sql("DELETE FROM upstream_oauth_authorization_sessions");

      assertLost(registration);
      UpstreamOAuthAuthorizationSession other = signUps.upstreamSession();
      store.run(
          repo ->
              repo.userRegistrations().setUpstreamOAuthAuthorizationSession(registration, other));

      assertThat(signUps.completed(registration).upstreamOAuthAuthorizationSessionId())
          .contains(other.id());
    }

    private void assertLost(UserRegistration registration) {
      Optional<UserRegistration> before = signUps.stored(registration);
      assertThat(before.flatMap(UserRegistration::registrationTokenId)).isEmpty();
      assertThat(before.flatMap(UserRegistration::emailAuthenticationId)).isEmpty();
      assertThat(before.flatMap(UserRegistration::upstreamOAuthAuthorizationSessionId)).isEmpty();

      var refusal =
          signUps.refused(
              InvalidStateException.class, repo -> repo.userRegistrations().complete(registration));

      assertThat(refusal.reason()).isEqualTo(StateReason.REQUIREMENT_LOST);
      assertThat(refusal.id()).isEqualTo(registration.id());
      assertThat(signUps.stored(registration)).isEqualTo(before);
      assertThat(before.flatMap(UserRegistration::password)).isPresent();
    }
  }

  @Nested
  class Races {
    @Test
    void haveOneWinner() throws InterruptedException {
      UserRegistration registration = signUps.withPassword();
      RepositoryFactory repositories = store.repositories();

      var race =
          Race.of(32)
              .run(
                  number ->
                      repositories.<UserRegistration>call(
                          repo -> repo.userRegistrations().complete(registration)));

      assertThat(race.values())
          .hasSize(1)
          .allSatisfy(completed -> assertThat(completed.password()).isPresent());
      assertThat(race.failures())
          .hasSize(31)
          .allSatisfy(failure -> assertReason(failure, StateReason.COMPLETED));
    }

    @Test
    void areLostByTheSecond() {
      UserRegistration registration = signUps.withPassword();
      var first = store.hold(repo -> repo.userRegistrations().complete(registration));
      signUps.tick();
      Future<UserRegistration> second = completing(registration);
      store.awaitBlocked(1);

      first.save();

      assertRefused(second, StateReason.COMPLETED);
      assertThat(signUps.stored(registration).map(UserRegistration::stage))
          .contains(first.result().stage());
    }

    @Test
    void areWonByTheSecondIfTheFirstIsCancelled() {
      UserRegistration registration = signUps.withPassword();
      var first = store.hold(repo -> repo.userRegistrations().complete(registration));
      Future<UserRegistration> second = completing(registration);
      store.awaitBlocked(1);

      first.cancel();

      assertThat(second)
          .succeedsWithin(PATIENCE)
          .satisfies(completed -> assertThat(completed.password()).isPresent());
    }

    @Test
    void returnAndEraseAPasswordSetMeanwhile() {
      UserRegistration registration = signUps.withPassword();
      var set = store.hold(repo -> repo.userRegistrations().setPassword(registration, 2, "new"));
      Future<UserRegistration> complete = completing(registration);
      store.awaitBlocked(1);

      set.save();

      assertThat(complete)
          .succeedsWithin(PATIENCE)
          .satisfies(
              completed ->
                  assertThat(completed.password()).contains(new RegistrationPassword("new", 2)));
      assertThat(signUps.stored(registration).flatMap(UserRegistration::password)).isEmpty();
    }

    @Test
    void leaveNoRoomForALaterPassword() {
      UserRegistration registration = signUps.withPassword();
      var complete = store.hold(repo -> repo.userRegistrations().complete(registration));
      Future<UserRegistration> set =
          store.start(repo -> repo.userRegistrations().setPassword(registration, 2, "new"));
      store.awaitBlocked(1);

      complete.save();

      assertRefused(set, StateReason.COMPLETED);
      assertThat(signUps.stored(registration).flatMap(UserRegistration::password)).isEmpty();
    }

    @Test
    void againstAStepLeaveNoCompletedRowWithAPassword() throws InterruptedException {
      RepositoryFactory repositories = store.repositories();
      for (int round = 0; round < 10; round++) {
        UserRegistration registration = signUps.withPassword();

        var race =
            Race.of(8)
                .run(
                    number ->
                        repositories.<UserRegistration>call(
                            repo ->
                                number == 0
                                    ? repo.userRegistrations().complete(registration)
                                    : repo.userRegistrations()
                                        .setPassword(registration, number, "new")));

        assertThat(race.failures())
            .allSatisfy(failure -> assertReason(failure, StateReason.COMPLETED));
        assertThat(signUps.stored(registration))
            .hasValueSatisfying(
                stored -> {
                  assertThat(stored.isCompleted()).isTrue();
                  assertThat(stored.password()).isEmpty();
                });
      }
    }

    @Test
    void againstTheRemovalOfAPartAreLost() {
      UserRegistration registration = signUps.withPassword();
      UserRegistrationToken gone = signUps.token();
      store.sql("DELETE FROM user_registration_tokens");
      UserRegistrationToken token = signUps.token();
      store.run(repo -> repo.userRegistrations().setRegistrationToken(registration, token));
      // locks the row and does not change it: after a change those who wait overtake each other
      var step =
          store.hold(
              repo ->
                  catchThrowable(
                      () -> repo.userRegistrations().setRegistrationToken(registration, gone)));
      Future<Integer> removal =
          store.start(repo -> store.sql("DELETE FROM user_registration_tokens"));
      store.awaitBlocked(1);
      Future<UserRegistration> complete = completing(registration);
      store.awaitBlocked(2);

      step.save();

      assertThat(removal).succeedsWithin(PATIENCE);
      assertRefused(complete, StateReason.REQUIREMENT_LOST);
    }

    @Test
    void areWonAgainstAPartAttachedAgainMeanwhile() {
      UserRegistration registration = signUps.withPassword();
      UserRegistrationToken lost = signUps.token();
      store.run(repo -> repo.userRegistrations().setRegistrationToken(registration, lost));
      store.sql("DELETE FROM user_registration_tokens");
      UserRegistrationToken token = signUps.token();
      var attach =
          store.hold(repo -> repo.userRegistrations().setRegistrationToken(registration, token));
      Future<UserRegistration> complete = completing(registration);
      store.awaitBlocked(1);

      attach.save();

      assertThat(complete)
          .succeedsWithin(PATIENCE)
          .satisfies(completed -> assertThat(completed.registrationTokenId()).contains(token.id()));
    }

    private Future<UserRegistration> completing(UserRegistration registration) {
      return store.start(repo -> repo.userRegistrations().complete(registration));
    }
  }

  private static void assertReason(@Nullable Throwable failure, StateReason reason) {
    assertThat(failure)
        .isInstanceOfSatisfying(
            InvalidStateException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }
}
