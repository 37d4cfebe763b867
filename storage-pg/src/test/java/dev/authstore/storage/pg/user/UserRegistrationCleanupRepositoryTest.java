package dev.authstore.storage.pg.user;

import static java.time.Duration.ofDays;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Ids;
import dev.authstore.model.user.UserEmailAuthentication;
import dev.authstore.model.user.UserRegistration;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class UserRegistrationCleanupRepositoryTest {
  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final SignUps signUps = new SignUps(store);

  @Nested
  class Cleanup {
    @Test
    void goesOnFromTheCursorOldestFirst() {
      List<UserRegistration> signUp = signUps.registrations(5);
      UUID until = signUp.get(2).id();

      CleanupResult<UUID> one = cleanup(Optional.empty(), until, 2);
      CleanupResult<UUID> two = cleanup(one.cursor(), until, 2);
      CleanupResult<UUID> three = cleanup(two.cursor(), until, 2);

      assertThat(one).isEqualTo(new CleanupResult<>(2, Optional.of(signUp.get(1).id())));
      assertThat(two).isEqualTo(new CleanupResult<>(1, Optional.of(until)));
      assertThat(three).isEqualTo(new CleanupResult<UUID>(0, Optional.empty()));
      assertThat(ids()).containsExactly(signUp.get(3).id(), signUp.get(4).id());
    }

    @Test
    void beginsAfterSinceAndEndsWithUntil() {
      List<UserRegistration> signUp = signUps.registrations(4);

      CleanupResult<UUID> result = cleanup(Optional.of(signUp.get(0).id()), signUp.get(2).id(), 10);

      assertThat(result).isEqualTo(new CleanupResult<>(2, Optional.of(signUp.get(2).id())));
      assertThat(ids()).containsExactly(signUp.get(0).id(), signUp.get(3).id());
    }

    @Test
    void deletesCompletedOnesToo() {
      UserRegistration completed = signUps.completed(signUps.registration());

      CleanupResult<UUID> result = cleanup(Optional.empty(), completed.id(), 10);

      assertThat(result.count()).isOne();
      assertThat(signUps.stored(completed)).isEmpty();
    }

    @Test
    void deletesTheAuthenticationsAndCodesToo() {
      UserRegistration registration = signUps.registration();
      UserEmailAuthentication attached = signUps.authentication(registration);
      signUps.authentication(registration);
      store.run(repo -> repo.userRegistrations().setEmailAuthentication(registration, attached));
      addCodes();
      UserRegistration other = signUps.registration();
      UserEmailAuthentication ofOther = signUps.authentication(other);

      CleanupResult<UUID> result = cleanup(Optional.empty(), registration.id(), 10);

      assertThat(result.count()).isOne();
      assertThat(store.select("SELECT id FROM user_email_authentication_codes")).isEmpty();
      assertThat(store.select("SELECT id FROM user_email_authentications"))
          .containsExactly(ofOther.id().toString());
    }

    @Test
    void leavesTokensAlone() {
      UserRegistration registration = signUps.registration();
      var token = signUps.token();
      store.run(repo -> repo.userRegistrations().setRegistrationToken(registration, token));

      cleanup(Optional.empty(), registration.id(), 10);

      assertThat(
              store.<Boolean>read(
                  repo -> repo.userRegistrationTokens().lookup(token.id()).isPresent()))
          .isTrue();
    }

    @Test
    void refusesALimitBelowOne() {
      UserRegistration registration = signUps.registration();

      for (int limit : List.of(0, -1)) {
        var refusal =
            signUps.refused(
                InvalidInputException.class,
                repo ->
                    repo.userRegistrations().cleanup(Optional.empty(), registration.id(), limit));

        assertThat(refusal).hasMessageContaining("limit");
      }
      assertThat(signUps.stored(registration)).contains(registration);
    }

    @Test
    void refusesAnEndInTheFuture() {
      UserRegistration registration = signUps.registration();
      UUID future = Ids.minAt(signUps.now().plusSeconds(60));

      var refusal =
          signUps.refused(
              InvalidInputException.class,
              repo -> repo.userRegistrations().cleanup(Optional.empty(), future, 10));

      assertThat(refusal).hasMessageContaining("until");
      assertThat(signUps.stored(registration)).contains(registration);
    }

    @Test
    void leavesWhatAnotherCleanerHasInHand() {
      List<UserRegistration> signUp = signUps.registrations(6);
      UUID until = signUp.get(5).id();
      Store.Held<CleanupResult<UUID>> first =
          store.hold(repo -> repo.userRegistrations().cleanup(Optional.empty(), until, 4));

      CleanupResult<UUID> second = cleanup(Optional.empty(), until, 4);
      first.save();

      assertThat(first.result()).isEqualTo(new CleanupResult<>(4, Optional.of(signUp.get(3).id())));
      assertThat(second).isEqualTo(new CleanupResult<>(2, Optional.of(until)));
      assertThat(ids()).isEmpty();
    }

    @Test
    void leavesASignUpThatIsBeingCompleted() {
      List<UserRegistration> signUp = signUps.registrations(2);
      UserRegistration busy = signUp.get(0);
      var completion = store.hold(repo -> repo.userRegistrations().complete(busy));

      CleanupResult<UUID> result = cleanup(Optional.empty(), signUp.get(1).id(), 10);
      completion.save();

      assertThat(result).isEqualTo(new CleanupResult<>(1, Optional.of(signUp.get(1).id())));
      assertThat(signUps.stored(busy)).contains(completion.result());
    }

    @Test
    void deletesEveryRowOnceWithTwoCleaners() throws InterruptedException {
      insertRegistrations(500);
      UUID until = Ids.maxAt(signUps.now());
      RepositoryFactory repositories = store.repositories();

      Race.Results<Integer> results =
          Race.of(2)
              .run(
                  cleaner ->
                      Stream.generate(
                              () ->
                                  repositories
                                      .<CleanupResult<UUID>>call(
                                          repo ->
                                              repo.userRegistrations()
                                                  .cleanup(Optional.empty(), until, 30))
                                      .count())
                          .takeWhile(count -> count > 0)
                          .mapToInt(Integer::intValue)
                          .sum());

      assertThat(results.failures()).isEmpty();
      assertThat(results.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(500);
      assertThat(ids()).isEmpty();
      assertThat(store.statements()).noneMatch(statement -> statement.sqlState().isPresent());
    }

    private void addCodes() {
      store.sql(
          """
          INSERT INTO user_email_authentication_codes (id, authentication_id, digest, created_at, expires_at)
          SELECT id, id, sha256(id::text::bytea), created_at, created_at + interval '5 minutes'
          FROM user_email_authentications
          """);
    }

    private CleanupResult<UUID> cleanup(Optional<UUID> since, UUID until, int limit) {
      return store.write(repo -> repo.userRegistrations().cleanup(since, until, limit));
    }
  }

  @Nested
  class ErasePasswords {
    @Test
    void erasesThePasswordAlone() {
      UserRegistration registration = signUps.withPassword();
      store.run(repo -> repo.userRegistrations().setDisplayName(registration, "John"));
      Optional<UserRegistration> before = signUps.stored(registration);
      store.clock().advance(ofDays(1));

      int erased = erasePasswords(signUps.now().minus(UserRegistration.LIFETIME), 10);

      assertThat(erased).isOne();
      assertThat(signUps.stored(registration)).contains(withoutPassword(before.orElseThrow()));
    }

    @Test
    void leavesYoungerSignUpsAlone() {
      UserRegistration old = signUps.withPassword();
      UserRegistration young = signUps.withPassword();
      store.clock().advance(ofDays(1));

      int erased = erasePasswords(young.createdAt(), 10);

      assertThat(erased).isOne();
      assertThat(signUps.stored(old).flatMap(UserRegistration::password)).isEmpty();
      assertThat(signUps.stored(young)).contains(young);
    }

    @Test
    void takesTheOldestFirst() {
      UserRegistration one = signUps.withPassword();
      UserRegistration two = signUps.withPassword();
      UserRegistration three = signUps.withPassword();
      store.clock().advance(ofDays(1));

      int erased = erasePasswords(three.createdAt().plusMillis(1), 2);

      assertThat(erased).isEqualTo(2);
      assertThat(signUps.stored(one).flatMap(UserRegistration::password)).isEmpty();
      assertThat(signUps.stored(two).flatMap(UserRegistration::password)).isEmpty();
      assertThat(signUps.stored(three)).contains(three);
    }

    @Test
    void countsNoSignUpTwice() {
      signUps.registration();
      signUps.withPassword();
      store.clock().advance(ofDays(1));
      Instant end = signUps.now().minus(UserRegistration.LIFETIME);
      erasePasswords(end, 10);

      int again = erasePasswords(end, 10);

      assertThat(again).isZero();
    }

    @Test
    void leavesASignUpThatIsBeingCompleted() {
      UserRegistration registration = signUps.withPassword();
      store.clock().advance(ofDays(1));
      var completion = store.hold(repo -> repo.userRegistrations().complete(registration));

      int erased = erasePasswords(signUps.now().minus(UserRegistration.LIFETIME), 10);
      completion.save();

      assertThat(erased).isZero();
      assertThat(completion.result().password()).isPresent();
    }

    @Test
    void refusesToReachSignUpsThatMayGoOn() {
      UserRegistration registration = signUps.withPassword();
      store.clock().advance(ofDays(1));
      Instant tooLate = signUps.now().minus(UserRegistration.LIFETIME).plus(1, ChronoUnit.MICROS);

      var refusal = refusedToErase(tooLate.plusMillis(1), 10); // the refusal moves the clock by one

      assertThat(refusal).hasMessageContaining("createdBefore");
      assertThat(signUps.stored(registration)).contains(registration);
    }

    @Test
    void refusesALimitBelowOne() {
      UserRegistration registration = signUps.withPassword();
      store.clock().advance(ofDays(1));

      var refusal = refusedToErase(registration.createdAt(), 0);

      assertThat(refusal).hasMessageContaining("limit");
    }

    private InvalidInputException refusedToErase(Instant createdBefore, int limit) {
      return signUps.refused(
          InvalidInputException.class,
          repo -> repo.userRegistrations().erasePasswords(createdBefore, limit));
    }

    private int erasePasswords(Instant createdBefore, int limit) {
      return store.<Integer>write(
          repo -> repo.userRegistrations().erasePasswords(createdBefore, limit));
    }
  }

  private static UserRegistration withoutPassword(UserRegistration registration) {
    return new UserRegistration(
        registration.id(),
        registration.username(),
        registration.displayName(),
        registration.termsUrl(),
        registration.emailAuthenticationId(),
        registration.registrationTokenId(),
        Optional.empty(),
        registration.upstreamOAuthAuthorizationSessionId(),
        registration.postAuthAction(),
        registration.ipAddress(),
        registration.userAgent(),
        registration.createdAt(),
        registration.stage());
  }

  private void insertRegistrations(int count) {
    store.sql(
        """
        INSERT INTO user_registrations (id, username, created_at)
        SELECT lpad(to_hex(n), 32, '0')::uuid, 'john', '2022-01-01T00:00:00Z' FROM generate_series(1, ?) n
        """,
        count);
  }

  private List<UUID> ids() {
    return store.select("SELECT id FROM user_registrations ORDER BY id").stream()
        .map(UUID::fromString)
        .toList();
  }
}
