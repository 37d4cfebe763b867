package dev.authstore.storage.pg.user;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Ids;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.model.user.UserEmail;
import dev.authstore.model.user.UserEmailAuthentication;
import dev.authstore.model.user.UserEmailAuthenticationCode;
import dev.authstore.model.user.UserRegistration;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.user.CodeAttempt;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** When authentications go: with what they began in, or after a while. */
class UserEmailAuthenticationCleanupTest {
  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final EmailProofs proofs = new EmailProofs(store);

  @Nested
  class CleanupAuthentications {
    @Test
    void goesOnFromTheCursorUpToUntil() {
      List<UserEmailAuthentication> five = begun(5);
      UUID until = five.get(2).id();

      CleanupResult<UUID> first = cleanup(Optional.empty(), until, 2);
      CleanupResult<UUID> second = cleanup(first.cursor(), until, 2);
      CleanupResult<UUID> third = cleanup(second.cursor(), until, 2);

      assertThat(first).isEqualTo(new CleanupResult<>(2, Optional.of(five.get(1).id())));
      assertThat(second).isEqualTo(new CleanupResult<>(1, Optional.of(until)));
      assertThat(third).isEqualTo(new CleanupResult<UUID>(0, Optional.empty()));
      assertThat(five.stream().filter(each -> proofs.stored(each).isPresent()))
          .isEqualTo(five.subList(3, 5));
    }

    @Test
    void beginsAfterSince() {
      List<UserEmailAuthentication> three = begun(3);

      CleanupResult<UUID> result = cleanup(Optional.of(three.get(0).id()), three.get(2).id(), 10);

      assertThat(result).isEqualTo(new CleanupResult<>(2, Optional.of(three.get(2).id())));
      assertThat(proofs.stored(three.get(0))).isPresent();
    }

    @Test
    void deletesInAnyStage() {
      proofs.begun();
      proofs.completed();
      proofs.dead();

      CleanupResult<UUID> result = cleanup(Optional.empty(), Ids.maxAt(proofs.now()), 10);

      assertThat(result.count()).isEqualTo(3);
      assertThat(authentications()).isEmpty();
    }

    @Test
    void deletesTheCodesToo() {
      UserEmailAuthentication old = proofs.begun();
      proofs.code(old, "123456");
      UserEmailAuthentication recent = proofs.begun();
      UserEmailAuthenticationCode kept = proofs.code(recent, "123456");

      cleanup(Optional.empty(), old.id(), 10);

      assertThat(proofs.codes()).isOne();
      assertThat(proofs.find(recent, "123456")).contains(kept);
    }

    @Test
    void emptiesThePointerOfTheSignUpWhichRemembers() {
      UserRegistration registration = proofs.registration();
      UserEmailAuthentication authentication = proofs.begun(registration);
      attach(authentication);

      cleanup(Optional.empty(), authentication.id(), 10);

      assertThat(
              store.select(
                  """
                  SELECT id FROM user_registrations
                  WHERE email_authentication_id IS NULL AND email_authentication_attached
                  """))
          .containsExactly(registration.id().toString());
    }

    @Test
    void hasNoCursorWhenThereIsNothingToDo() {
      CleanupResult<UUID> result = cleanup(Optional.empty(), Ids.maxAt(proofs.now()), 10);

      assertThat(result).isEqualTo(new CleanupResult<UUID>(0, Optional.empty()));
    }

    @Test
    void refusesALimitBelowOne() {
      UserEmailAuthentication authentication = proofs.begun();

      for (int limit : List.of(0, -1)) {
        InvalidInputException refusal =
            proofs.refusal(
                InvalidInputException.class,
                repo ->
                    repo.userEmails()
                        .cleanupAuthentications(Optional.empty(), authentication.id(), limit));

        assertThat(refusal).hasMessageContaining("limit");
      }
      assertThat(proofs.stored(authentication)).contains(authentication);
    }

    @Test
    void refusesAnEndInTheFuture() {
      UserEmailAuthentication authentication = proofs.begun();
      UUID future = Ids.minAt(proofs.now().plus(ofMillis(1)));

      InvalidInputException refusal =
          proofs.refusal(
              InvalidInputException.class,
              repo -> repo.userEmails().cleanupAuthentications(Optional.empty(), future, 10));

      assertThat(refusal).hasMessageContaining("until");
      assertThat(proofs.stored(authentication)).contains(authentication);
    }

    @Test
    void leavesWhatAnotherCleanerHasInHand() {
      List<UserEmailAuthentication> six = begun(6);
      UUID until = six.get(5).id();
      Store.Held<CleanupResult<UUID>> first =
          store.hold(repo -> repo.userEmails().cleanupAuthentications(Optional.empty(), until, 4));

      CleanupResult<UUID> second = cleanup(Optional.empty(), until, 4);
      first.save();

      assertThat(first.result()).isEqualTo(new CleanupResult<>(4, Optional.of(six.get(3).id())));
      assertThat(second).isEqualTo(new CleanupResult<>(2, Optional.of(until)));
      assertThat(authentications()).isEmpty();
    }

    @Test
    void leavesAnAuthenticationForWhichACodeIsBeingTried() {
      List<UserEmailAuthentication> two = begun(2);
      UserEmailAuthentication tried = two.get(0);
      Store.Held<CodeAttempt> attempt =
          store.hold(repo -> repo.userEmails().tryAuthenticationCode(tried, "wrong"));

      CleanupResult<UUID> result = cleanup(Optional.empty(), two.get(1).id(), 10);
      attempt.save();

      assertThat(result).isEqualTo(new CleanupResult<>(1, Optional.of(two.get(1).id())));
      assertThat(proofs.stored(tried).map(UserEmailAuthentication::failedAttempts)).contains(1);
    }

    @Test
    void deletesEveryRowOnceWithManyCleaners() throws Exception {
      BrowserSession session = proofs.session();
      store.sql(
          """
          INSERT INTO user_email_authentications (id, browser_session_id, email, created_at)
          SELECT lpad(to_hex(number), 32, '0')::uuid, ?, 'john@example.com', now()
          FROM generate_series(1, 1000) AS number
          """,
          session.id());
      store.clock().advance(ofDays(1));
      UUID until = Ids.maxAt(proofs.now());
      RepositoryFactory repositories = store.repositories();

      Race.Results<Integer> results =
          Race.of(2)
              .run(
                  cleaner ->
                      repeated(
                          () ->
                              repositories.call(
                                  repo ->
                                      repo.userEmails()
                                          .cleanupAuthentications(Optional.empty(), until, 30))));

      assertThat(results.failures()).isEmpty();
      assertThat(results.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(1000);
      assertThat(authentications()).isEmpty();
      assertThat(store.statements()).noneMatch(statement -> statement.sqlState().isPresent());
    }

    private static int repeated(Supplier<CleanupResult<UUID>> batch) {
      int total = 0;
      CleanupResult<UUID> result = batch.get();
      while (result.count() > 0) {
        total += result.count();
        result = batch.get();
      }
      return total;
    }
  }

  @Nested
  class Removal {
    @Test
    void ofABrowserSessionTakesAuthenticationsAndCodesAlong() {
      BrowserSession session = proofs.session();
      proofs.code(proofs.begun(session), "123456");
      UserEmailAuthentication other = proofs.begun();
      store.run(repo -> repo.browserSessions().finish(session));
      store.clock().advance(ofDays(1));

      store.run(repo -> repo.browserSessions().cleanupFinished(Optional.empty(), proofs.now(), 10));

      assertThat(authentications()).containsExactly(other.id().toString());
      assertThat(proofs.codes()).isZero();
    }

    @Test
    void ofAUserTakesTheAddressesAlong() {
      User john = proofs.user();
      User jim = proofs.user();
      store.run(repo -> repo.userEmails().add(john, "john@example.com"));
      UserEmail ofJim = store.write(repo -> repo.userEmails().add(jim, "jim@example.com"));

      store.sql("DELETE FROM users WHERE id = ?", john.id());

      assertThat(store.select("SELECT id FROM user_emails")).containsExactly(ofJim.id().toString());
    }

    @Test
    void ofASignUpTakesAuthenticationsAndCodesAlong() {
      UserRegistration registration = proofs.registration();
      UserEmailAuthentication attached = proofs.begun(registration);
      proofs.code(attached, "123456");
      proofs.code(proofs.begun(registration), "123456");
      attach(attached);
      UserEmailAuthentication other = proofs.begun(proofs.registration());

      store.sql("DELETE FROM user_registrations WHERE id = ?", registration.id());

      assertThat(authentications()).containsExactly(other.id().toString());
      assertThat(proofs.codes()).isZero();
    }
  }

  private List<UserEmailAuthentication> begun(int count) {
    return Stream.generate(proofs::begun).limit(count).toList();
  }

  private void attach(UserEmailAuthentication authentication) {
    store.sql(
        """
        UPDATE user_registrations SET email_authentication_id = a.id, email_authentication_attached = true
        FROM user_email_authentications a WHERE a.user_registration_id = user_registrations.id AND a.id = ?
        """,
        authentication.id());
  }

  private CleanupResult<UUID> cleanup(Optional<UUID> since, UUID until, int limit) {
    return store.write(repo -> repo.userEmails().cleanupAuthentications(since, until, limit));
  }

  private List<String> authentications() {
    return store.select("SELECT id FROM user_email_authentications");
  }
}
