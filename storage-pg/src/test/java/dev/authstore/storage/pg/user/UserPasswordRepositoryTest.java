package dev.authstore.storage.pg.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.authstore.model.user.Password;
import dev.authstore.model.user.User;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.ReadOnlyException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UserPasswordRepositoryTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  @Nested
  class Active {
    @Test
    void isEmptyIfNoneWasEverSet() {
      User john = user("john");

      var active = active(john);

      assertThat(active).isEmpty();
    }

    @Test
    void isEmptyForAnUnknownUser() {
      User gone = goneUser();

      var active = active(gone);

      assertThat(active).isEmpty();
    }

    @Test
    void isNotAnotherUsers() {
      User john = user("john");
      User jim = user("jim");
      password(john, "hash");

      var active = active(jim);

      assertThat(active).isEmpty();
    }

    @Test
    void doesNotLookAtTheStateOfTheUser() {
      User john = user("john");
      Password password = password(john, "hash");
      store.run(repo -> repo.users().lock(repo.users().deactivate(john)));

      var active = active(john);

      assertThat(active).contains(password);
    }
  }

  @Nested
  class Add {
    @Test
    void returnsWhatActiveReturns() {
      User john = user("john");

      Password added =
          store.write(repo -> repo.userPasswords().add(john, 1, "hash", Optional.empty()));

      assertThat(active(john)).contains(added);
    }

    @Test
    void storesWhatItWasGiven() {
      User john = user("john");

      Password added =
          store.write(repo -> repo.userPasswords().add(john, 7, "hash", Optional.empty()));

      assertThat(added)
          .isEqualTo(new Password(added.id(), john.id(), "hash", 7, Optional.empty(), store.now()));
    }

    @Test
    void replacesTheActiveOne() {
      User john = user("john");
      password(john, "first");

      Password second = password(john, "second");

      assertThat(active(john)).contains(second);
    }

    @Test
    void replacesOneAddedAtTheSameInstant() {
      User john = user("john");

      Password second =
          store.write(
              repo -> {
                repo.userPasswords().add(john, 1, "first", Optional.empty());
                return repo.userPasswords().add(john, 1, "second", Optional.empty());
              });

      assertThat(active(john)).contains(second);
    }

    @Test
    void replacesOneFromAServerWhoseClockIsAhead() {
      User john = user("john");
      password(john, "first");
      store.clock().advance(Duration.ofHours(-1));

      Password second = password(john, "second");

      assertThat(active(john)).contains(second);
    }

    @Test
    void erasesTheHashOfTheOneBefore() {
      User john = user("john");
      Password first = password(john, "first");

      Password second = password(john, "second");

      assertThat(hashOf(first)).isEmpty();
      assertThat(hashOf(second)).contains("second");
    }

    @Test
    void keepsTheRowOfTheOneBefore() {
      User john = user("john");
      Password first = password(john, "first");
      String before = auditOf(first);

      password(john, "second");

      assertThat(auditOf(first)).isEqualTo(before);
    }

    @Test
    void writesDownWhenTheOneBeforeWasSuperseded() {
      User john = user("john");
      Password first = password(john, "first");

      Password second = password(john, "second");

      assertThat(
              store.select(
                  "SELECT superseded_at = (SELECT created_at FROM user_passwords WHERE id = ?)"
                      + " FROM user_passwords WHERE id = ?",
                  second.id(),
                  first.id()))
          .containsExactly("t");
    }

    @Test
    void leavesOtherUsersAlone() {
      User john = user("john");
      User jim = user("jim");
      Password ofJim = password(jim, "jim's");

      password(john, "john's");

      assertThat(active(jim)).contains(ofJim);
    }

    @Test
    void doesNotLookAtTheStateOfTheUser() {
      User john = user("john");
      store.run(repo -> repo.users().deactivate(john));

      Password added = password(john, "hash");

      assertThat(active(john)).contains(added);
    }

    @Test
    void refusesAMissingUser() {
      User gone = goneUser();

      var refusal =
          refused(
              NotFoundException.class,
              repo -> repo.userPasswords().add(gone, 1, "hash", Optional.empty()));

      assertThat(refusal.aggregate()).isEqualTo("user");
      assertThat(refusal.id()).isEqualTo(gone.id());
      assertThat(rows()).isZero();
    }

    @Test
    void isRefusedWhereOnlyReadingIsAllowed() {
      User john = user("john");

      var refusal =
          catchThrowableOfType(
              ReadOnlyException.class,
              () ->
                  store.read(repo -> repo.userPasswords().add(john, 1, "hash", Optional.empty())));

      assertThat(refusal).isNotNull();
      assertThat(rows()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 65_535})
    void acceptsVersionsUpToTheBounds(int version) {
      User john = user("john");

      Password added =
          store.write(repo -> repo.userPasswords().add(john, version, "hash", Optional.empty()));

      assertThat(added.version()).isEqualTo(version);
      assertThat(active(john)).contains(added);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 65_536})
    void refusesVersionsOutOfBounds(int version) {
      User john = user("john");
      Password before = password(john, "hash");

      var refusal =
          refused(
              InvalidInputException.class,
              repo -> repo.userPasswords().add(john, version, "other", Optional.empty()));

      assertThat(refusal).hasMessageContaining("version");
      assertThat(active(john)).contains(before);
    }

    @Test
    void acceptsTheLongestHash() {
      User john = user("john");

      Password added = password(john, "h".repeat(1024));

      assertThat(active(john)).contains(added);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "secret\u0000", "secret\uD800", "2000"})
    void refusesHashesThatCannotBeStored(String given) {
      User john = user("john");
      Password before = password(john, "hash");
      String hash = given.equals("2000") ? "secret".repeat(2000 / 6) : given;

      var refusal =
          refused(
              InvalidInputException.class,
              repo -> repo.userPasswords().add(john, 1, hash, Optional.empty()));

      assertThat(refusal).hasMessageContaining("hash");
      assertThat(refusal.getMessage()).doesNotContain("secret");
      assertThat(active(john)).contains(before);
    }

    @Test
    void doesNotPrintTheHash() {
      User john = user("john");

      Password added = password(john, "$argon2id$secret");

      assertThat(added.toString()).doesNotContain("secret");
    }

    @Test
    void leavesOneActiveRowIfManyAddAtOnce() throws InterruptedException {
      User john = user("john");
      RepositoryFactory repositories = store.repositories();

      var race =
          Race.of(10)
              .run(
                  number ->
                      repositories.<Password>call(
                          repo ->
                              repo.userPasswords()
                                  .add(john, number, "hash" + number, Optional.empty())));

      assertThat(race.failures()).isEmpty();
      assertThat(rows()).isEqualTo(10);
      assertThat(activeRows()).isOne();
      assertThat(race.values()).contains(active(john).orElseThrow());
    }

    @Test
    void letsTheLastToTakeEffectWin() {
      User john = user("john");
      Store.Held<Password> first =
          store.hold(repo -> repo.userPasswords().add(john, 1, "first", Optional.empty()));
      tick();
      Future<Password> second =
          store.start(repo -> repo.userPasswords().add(john, 1, "second", Optional.empty()));
      store.awaitBlocked(1);

      first.save();

      assertThat(second).succeedsWithin(PATIENCE);
      assertThat(hashOf(first.result())).isEmpty();
      assertThat(active(john).map(Password::hashedPassword)).contains("second");
    }
  }

  @Nested
  class AddUpgraded {
    @Test
    void returnsWhatActiveReturns() {
      User john = user("john");
      Password first = password(john, "first");

      Password second = store.write(repo -> upgrade(repo, john, first, "second"));

      assertThat(second.upgradedFromId()).contains(first.id());
      assertThat(active(john)).contains(second);
    }

    @Test
    void erasesTheHashOfTheOneBefore() {
      User john = user("john");
      Password first = password(john, "first");

      store.run(repo -> upgrade(repo, john, first, "second"));

      assertThat(hashOf(first)).isEmpty();
    }

    @Test
    void refusesToUpgradeASupersededOne() {
      User john = user("john");
      Password first = password(john, "first");
      Password second = password(john, "second");

      var refusal =
          refused(ConflictException.class, repo -> upgrade(repo, john, first, "first again"));

      assertThat(refusal.kind()).isEqualTo(ConflictKind.PASSWORD_SUPERSEDED);
      assertThat(active(john)).contains(second);
      assertThat(rows()).isEqualTo(2);
    }

    @Test
    void refusesToUpgradeTheSameOneTwice() {
      User john = user("john");
      Password first = password(john, "first");
      Password second = store.write(repo -> upgrade(repo, john, first, "second"));

      var refusal = refused(ConflictException.class, repo -> upgrade(repo, john, first, "third"));

      assertThat(refusal.kind()).isEqualTo(ConflictKind.PASSWORD_SUPERSEDED);
      assertThat(active(john)).contains(second);
    }

    @Test
    void refusesToUpgradeOneThatIsGone() {
      User john = user("john");
      Password first = password(john, "first");
      store.sql("DELETE FROM user_passwords WHERE id = ?", first.id());

      var refusal = refused(ConflictException.class, repo -> upgrade(repo, john, first, "second"));

      assertThat(refusal.kind()).isEqualTo(ConflictKind.PASSWORD_SUPERSEDED);
      assertThat(rows()).isZero();
    }

    @Test
    void refusesAnotherUsersPassword() {
      User john = user("john");
      User jim = user("jim");
      Password ofJohn = password(john, "john's");
      Password ofJim = password(jim, "jim's");

      var refusal = refused(InvalidInputException.class, repo -> upgrade(repo, john, ofJim, "new"));

      assertThat(refusal).hasMessageContaining("another user");
      assertThat(active(john)).contains(ofJohn);
      assertThat(active(jim)).contains(ofJim);
    }

    @Test
    void refusesAnotherUsersPasswordWithoutAskingTheDatabase() {
      User john = user("john");
      Password ofJim = password(user("jim"), "jim's");
      store.statements();

      var refusal =
          store.<InvalidInputException>write(
              repo ->
                  catchThrowableOfType(
                      InvalidInputException.class, () -> upgrade(repo, john, ofJim, "new")));

      assertThat(refusal).isNotNull();
      assertThat(store.statements()).isEmpty();
    }

    @Test
    void refusesAMissingUser() {
      User john = user("john");
      Password first = password(john, "first");
      store.sql("DELETE FROM user_passwords WHERE id = ?", first.id());
      store.sql("DELETE FROM users WHERE id = ?", john.id());

      var refusal = refused(NotFoundException.class, repo -> upgrade(repo, john, first, "second"));

      assertThat(refusal.id()).isEqualTo(john.id());
      assertThat(rows()).isZero();
    }

    @Test
    void doesNotResurrectAPasswordChangedMeanwhile() {
      User john = user("john");
      password(john, "old");
      Store.Held<Password> login =
          store.hold(repo -> repo.userPasswords().active(john).orElseThrow());
      Password changed = password(john, "new");

      var refusal =
          catchThrowableOfType(
              ConflictException.class,
              () -> upgrade(login.repo(), john, login.result(), "old again"));

      assertThat(refusal.kind()).isEqualTo(ConflictKind.PASSWORD_SUPERSEDED);
      assertThat(login.repo().userPasswords().active(john)).contains(changed);
      login.save();
      assertThat(active(john)).contains(changed);
    }

    @Test
    void letsOneOfTwoUpgradesSucceed() {
      User john = user("john");
      Password old = password(john, "old");
      Store.Held<Password> first = store.hold(repo -> upgrade(repo, john, old, "first"));
      tick();
      Future<Password> second = store.start(repo -> upgrade(repo, john, old, "second"));
      store.awaitBlocked(1);

      first.save();

      assertThat(second)
          .failsWithin(PATIENCE)
          .withThrowableOfType(ExecutionException.class)
          .havingCause()
          .isInstanceOfSatisfying(
              ConflictException.class,
              e -> assertThat(e.kind()).isEqualTo(ConflictKind.PASSWORD_SUPERSEDED));
      assertThat(active(john)).contains(first.result());
    }

    @Test
    void letsTheSecondSucceedIfTheFirstIsCancelled() {
      User john = user("john");
      Password old = password(john, "old");
      Store.Held<Password> first = store.hold(repo -> upgrade(repo, john, old, "first"));
      tick();
      Future<Password> second = store.start(repo -> upgrade(repo, john, old, "second"));
      store.awaitBlocked(1);

      first.cancel();

      assertThat(second).succeedsWithin(PATIENCE);
      assertThat(active(john).map(Password::hashedPassword)).contains("second");
    }

    @Test
    void losesAgainstAChangeThatIsNotYetSaved() {
      User john = user("john");
      Password old = password(john, "old");
      Store.Held<Password> change =
          store.hold(repo -> repo.userPasswords().add(john, 1, "new", Optional.empty()));
      tick();
      Future<Password> login = store.start(repo -> upgrade(repo, john, old, "old again"));
      store.awaitBlocked(1);

      change.save();

      assertThat(login)
          .failsWithin(PATIENCE)
          .withThrowableOfType(ExecutionException.class)
          .withCauseInstanceOf(ConflictException.class);
      assertThat(active(john)).contains(change.result());
    }

    @Test
    void letsOneOfManySucceed() throws InterruptedException {
      User john = user("john");
      Password old = password(john, "old");
      RepositoryFactory repositories = store.repositories();

      var race =
          Race.of(32)
              .run(
                  number ->
                      repositories.<Password>call(
                          repo -> upgrade(repo, john, old, "new" + number)));

      assertThat(race.values()).containsExactly(active(john).orElseThrow());
      assertThat(race.failures())
          .hasSize(31)
          .allSatisfy(failure -> assertThat(failure).isInstanceOf(ConflictException.class));
    }
  }

  private static Password upgrade(RepositoryAccess repo, User user, Password from, String hash) {
    return repo.userPasswords().add(user, from.version() + 1, hash, Optional.of(from));
  }

  private User user(String name) {
    tick();
    return store.write(repo -> repo.users().add(name));
  }

  private User goneUser() {
    User user = user("gone");
    store.sql("DELETE FROM users WHERE id = ?", user.id());
    return user;
  }

  private Password password(User user, String hash) {
    tick();
    return store.write(repo -> repo.userPasswords().add(user, 1, hash, Optional.empty()));
  }

  private Optional<Password> active(User user) {
    return store.<Optional<Password>>read(repo -> repo.userPasswords().active(user));
  }

  private Optional<String> hashOf(Password password) {
    return store
        .select(
            "SELECT coalesce(hashed_password, '') FROM user_passwords WHERE id = ?", password.id())
        .stream()
        .filter(hash -> !hash.isEmpty())
        .findFirst();
  }

  private String auditOf(Password password) {
    return store
        .select(
            "SELECT concat_ws(' ', id, user_id, version, upgraded_from_id, created_at)"
                + " FROM user_passwords WHERE id = ?",
            password.id())
        .get(0);
  }

  private int rows() {
    return store.select("SELECT id FROM user_passwords").size();
  }

  private int activeRows() {
    return store.select("SELECT id FROM user_passwords WHERE superseded_at IS NULL").size();
  }

  /** Work that is refused; the unit of work must go on, and what it writes afterwards be saved. */
  private <E extends StorageException> E refused(Class<E> type, Consumer<RepositoryAccess> work) {
    tick();
    E refusal =
        store.<E>write(
            repo -> {
              E caught = catchThrowableOfType(type, () -> work.accept(repo));
              assertThat(caught).isNotNull();
              repo.users().add("witness");
              return caught;
            });
    assertThat(store.<Boolean>read(repo -> repo.users().exists("witness"))).isTrue();
    return refusal;
  }

  /** Ids of different units of work differ by their millisecond. */
  private void tick() {
    store.clock().advance(Duration.ofMillis(1));
  }
}
