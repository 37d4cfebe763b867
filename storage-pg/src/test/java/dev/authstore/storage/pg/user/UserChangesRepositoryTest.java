package dev.authstore.storage.pg.user;

import static dev.authstore.model.user.UserState.ACTIVE;
import static dev.authstore.model.user.UserState.DEACTIVATED;
import static dev.authstore.model.user.UserState.LOCKED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.authstore.model.user.User;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.ReadOnlyException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.user.UserFilter;
import dev.authstore.testing.MutableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What operations on an existing user change. */
class UserChangesRepositoryTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  @Nested
  class Lock {
    @Test
    void returnsWhatLookupReturns() {
      User john = add("john");

      User locked = store.write(repo -> repo.users().lock(john));

      assertThat(locked.lockedAt()).contains(now());
      assertThat(locked.state()).isEqualTo(LOCKED);
      assertThat(lookup(john)).contains(locked);
    }

    @Test
    void keepsTheFirstInstant() {
      User locked = locked("john");
      store.clock().advance(Duration.ofMinutes(5));

      User again = store.write(repo -> repo.users().lock(locked));

      assertThat(again).isEqualTo(locked);
      assertThat(lookup(locked)).contains(locked);
    }

    @Test
    void keepsTheFirstInstantGivenAStaleSnapshot() {
      User john = add("john");
      User locked = store.write(repo -> repo.users().lock(john));
      store.clock().advance(Duration.ofMinutes(5));

      User again = store.write(repo -> repo.users().lock(john));

      assertThat(again).isEqualTo(locked);
    }

    @Test
    void keepsTheFirstInstantOfTwoAtOnce() {
      User john = add("john");
      Store.Held<User> first = store.hold(repo -> repo.users().lock(john));
      store.clock().advance(Duration.ofMinutes(5));
      Future<User> second = store.start(repo -> repo.users().lock(john));
      store.awaitBlocked(1);

      first.save();

      assertThat(second).succeedsWithin(PATIENCE).isEqualTo(first.result());
    }

    @Test
    void leavesOtherUsersAlone() {
      User john = add("john");
      User jim = add("jim");

      store.run(repo -> repo.users().lock(john));

      assertThat(lookup(jim)).contains(jim);
    }

    @Test
    void refusesAUserThatIsGone() {
      assertRefusedIfGone((repo, user) -> repo.users().lock(user));
    }

    @Test
    void isRefusedWhereOnlyReadingIsAllowed() {
      User john = add("john");

      var refusal =
          catchThrowableOfType(
              ReadOnlyException.class, () -> store.read(repo -> repo.users().lock(john)));

      assertThat(refusal).isNotNull();
      assertThat(lookup(john)).contains(john);
    }
  }

  @Nested
  class Unlock {
    @Test
    void returnsWhatLookupReturns() {
      User john = add("john");
      User locked = store.write(repo -> repo.users().lock(john));

      User unlocked = store.write(repo -> repo.users().unlock(locked));

      assertThat(unlocked).isEqualTo(john);
      assertThat(lookup(john)).contains(john);
    }

    @Test
    void changesNothingTheSecondTime() {
      User john = add("john");

      User unlocked = store.write(repo -> repo.users().unlock(repo.users().unlock(john)));

      assertThat(unlocked).isEqualTo(john);
    }

    @Test
    void looksAtTheStoredRowOnly() {
      User stale = add("john");
      store.run(repo -> repo.users().lock(stale));

      User unlocked = store.write(repo -> repo.users().unlock(stale));

      assertThat(unlocked.lockedAt()).isEmpty();
      assertThat(lookup(stale)).contains(unlocked);
    }

    @Test
    void doesNotReactivate() {
      User john = add("john");
      User both = store.write(repo -> repo.users().lock(repo.users().deactivate(john)));

      User unlocked = store.write(repo -> repo.users().unlock(both));

      assertThat(unlocked.deactivatedAt()).isEqualTo(both.deactivatedAt());
      assertThat(unlocked.state()).isEqualTo(DEACTIVATED);
    }

    @Test
    void returnsEverythingThatIsStored() {
      User stale = locked("john");
      store.run(repo -> repo.users().setCanRequestAdmin(stale, true));

      User unlocked = store.write(repo -> repo.users().unlock(stale));

      assertThat(unlocked.canRequestAdmin()).isTrue();
    }

    @Test
    void refusesAUserThatIsGone() {
      assertRefusedIfGone((repo, user) -> repo.users().unlock(user));
    }
  }

  @Nested
  class Deactivate {
    @Test
    void returnsWhatLookupReturns() {
      User john = add("john");

      User deactivated = store.write(repo -> repo.users().deactivate(john));

      assertThat(deactivated.deactivatedAt()).contains(now());
      assertThat(deactivated.isValidActor()).isFalse();
      assertThat(lookup(john)).contains(deactivated);
    }

    @Test
    void keepsTheFirstInstant() {
      User deactivated = deactivated("john");
      store.clock().advance(Duration.ofMinutes(5));

      User again = store.write(repo -> repo.users().deactivate(deactivated));

      assertThat(again).isEqualTo(deactivated);
    }

    @Test
    void keepsTheFirstInstantGivenAStaleSnapshot() {
      User john = add("john");
      User deactivated = store.write(repo -> repo.users().deactivate(john));
      store.clock().advance(Duration.ofMinutes(5));

      User again = store.write(repo -> repo.users().deactivate(john));

      assertThat(again).isEqualTo(deactivated);
    }

    @Test
    void outweighsTheLockButKeepsIt() {
      User locked = locked("john");

      User both = store.write(repo -> repo.users().deactivate(locked));

      assertThat(both.state()).isEqualTo(DEACTIVATED);
      assertThat(both.lockedAt()).isEqualTo(locked.lockedAt());
    }

    @Test
    void leavesAddressesAndPasswordAlone() {
      User john = add("john");
      store.run(repo -> repo.userEmails().add(john, "john@a"));
      store.run(repo -> repo.userPasswords().add(john, 1, "hash", Optional.empty()));

      store.run(repo -> repo.users().deactivate(john));

      assertThat(store.<Integer>read(repo -> repo.userEmails().all(john).size())).isOne();
      assertThat(store.<Boolean>read(repo -> repo.userPasswords().active(john).isPresent()))
          .isTrue();
    }

    @Test
    void refusesAUserThatIsGone() {
      assertRefusedIfGone((repo, user) -> repo.users().deactivate(user));
    }
  }

  @Nested
  class Reactivate {
    @Test
    void returnsWhatLookupReturns() {
      User john = add("john");
      User deactivated = store.write(repo -> repo.users().deactivate(john));

      User reactivated = store.write(repo -> repo.users().reactivate(deactivated));

      assertThat(reactivated).isEqualTo(john);
      assertThat(lookup(john)).contains(john);
    }

    @Test
    void changesNothingTheSecondTime() {
      User john = add("john");

      User reactivated = store.write(repo -> repo.users().reactivate(john));

      assertThat(reactivated).isEqualTo(john);
    }

    @Test
    void looksAtTheStoredRowOnly() {
      User stale = add("john");
      store.run(repo -> repo.users().deactivate(stale));

      User reactivated = store.write(repo -> repo.users().reactivate(stale));

      assertThat(reactivated.state()).isEqualTo(ACTIVE);
      assertThat(lookup(stale)).contains(reactivated);
    }

    @Test
    void doesNotUnlock() {
      User locked = locked("john");
      store.run(repo -> repo.users().deactivate(locked));

      User reactivated = store.write(repo -> repo.users().reactivate(locked));

      assertThat(reactivated).isEqualTo(locked);
    }

    @Test
    void refusesAUserThatIsGone() {
      assertRefusedIfGone((repo, user) -> repo.users().reactivate(user));
    }
  }

  @Nested
  class SetCanRequestAdmin {
    @Test
    void returnsWhatLookupReturns() {
      User john = add("john");

      User admin = store.write(repo -> repo.users().setCanRequestAdmin(john, true));

      assertThat(admin.canRequestAdmin()).isTrue();
      assertThat(lookup(john)).contains(admin);
      assertThat(adminCounts()).containsExactly(1L, 0L);
    }

    @Test
    void takesThePermissionBack() {
      User john = add("john");
      User admin = store.write(repo -> repo.users().setCanRequestAdmin(john, true));

      User ordinary = store.write(repo -> repo.users().setCanRequestAdmin(admin, false));

      assertThat(ordinary).isEqualTo(john);
      assertThat(lookup(john)).contains(john);
      assertThat(adminCounts()).containsExactly(0L, 1L);
    }

    @Test
    void isAllowedOnADeactivatedUser() {
      User deactivated = deactivated("john");

      User admin = store.write(repo -> repo.users().setCanRequestAdmin(deactivated, true));

      assertThat(admin.canRequestAdmin()).isTrue();
      assertThat(admin.deactivatedAt()).isEqualTo(deactivated.deactivatedAt());
    }

    @Test
    void refusesAUserThatIsGone() {
      assertRefusedIfGone((repo, user) -> repo.users().setCanRequestAdmin(user, true));
    }

    private List<Long> adminCounts() {
      return store.<List<Long>>read(
          repo ->
              List.of(
                  repo.users().count(UserFilter.all().canRequestAdmin(true)),
                  repo.users().count(UserFilter.all().canRequestAdmin(false))));
    }
  }

  @Nested
  class DeleteUnsupportedThreepids {
    @Test
    void deletesThoseOfTheUser() {
      User john = add("john");
      User jim = add("jim");
      threepids(john, 3);
      threepids(jim, 2);

      int deleted = deleteThreepids(john);

      assertThat(deleted).isEqualTo(3);
      assertThat(store.select("SELECT user_id FROM user_unsupported_third_party_ids"))
          .hasSize(2)
          .containsOnly(jim.id().toString());
    }

    @Test
    void deletesNothingTheSecondTime() {
      User john = add("john");
      threepids(john, 3);
      deleteThreepids(john);

      int deleted = deleteThreepids(john);

      assertThat(deleted).isZero();
    }

    @Test
    void deletesNothingOfAnUnknownUser() {
      User gone = gone("john");

      int deleted = deleteThreepids(gone);

      assertThat(deleted).isZero();
    }

    private void threepids(User user, int count) {
      store.sql(
          """
          INSERT INTO user_unsupported_third_party_ids (user_id, medium, address, created_at)
          SELECT ?, 'msisdn', '+' || n, now() FROM generate_series(1, ?) n
          """,
          user.id(),
          count);
    }

    private int deleteThreepids(User user) {
      return store.<Integer>write(repo -> repo.users().deleteUnsupportedThreepids(user));
    }
  }

  @Nested
  class AcquireLockForSync {
    @Test
    void waitsUntilTheHolderSaves() {
      User john = add("john");
      Store.Held<User> first = store.hold(repo -> withLock(repo, john));
      Future<User> second = store.start(repo -> withLock(repo, john));
      store.awaitBlocked(1);

      first.save();

      assertThat(second).succeedsWithin(PATIENCE);
    }

    @Test
    void waitsUntilTheHolderCancels() {
      User john = add("john");
      Store.Held<User> first = store.hold(repo -> withLock(repo, john));
      Future<User> second = store.start(repo -> withLock(repo, john));
      store.awaitBlocked(1);

      first.cancel();

      assertThat(second).succeedsWithin(PATIENCE);
    }

    @Test
    void doesNotWaitForAnotherUser() {
      User john = add("john");
      User jim = add("jim");
      Store.Held<User> first = store.hold(repo -> withLock(repo, john));

      Future<User> second = store.start(repo -> withLock(repo, jim));

      assertThat(second).succeedsWithin(PATIENCE);
      first.save();
    }

    @Test
    void doesNotWaitForANameThatReadsAsTheId() {
      User john = add("john");
      Store.Held<User> holder = store.hold(repo -> withLock(repo, john));
      tick();

      Future<User> named = store.start(repo -> repo.users().addIfAvailable(john.id().toString()));

      assertThat(named).succeedsWithin(PATIENCE);
      holder.save();
    }

    @Test
    void doesNotWaitForItself() {
      User john = add("john");

      Future<User> twice = store.start(repo -> withLock(repo, withLock(repo, john)));

      assertThat(twice).succeedsWithin(PATIENCE);
    }

    @Test
    void leavesTheRowReadable() {
      User john = add("john");
      Store.Held<User> holder = store.hold(repo -> withLock(repo, john));

      Future<Optional<User>> found = store.start(repo -> repo.users().lookup(john.id()));

      assertThat(found).succeedsWithin(PATIENCE).isEqualTo(Optional.of(john));
      holder.save();
    }

    @Test
    void leavesTheRowChangeable() {
      User john = add("john");
      Store.Held<User> holder = store.hold(repo -> withLock(repo, john));

      Future<User> locked = store.start(repo -> repo.users().lock(john));

      assertThat(locked).succeedsWithin(PATIENCE);
      holder.save();
    }

    @Test
    void needsNoRow() {
      User gone = gone("john");
      Store.Held<User> first = store.hold(repo -> withLock(repo, gone));
      Future<User> second = store.start(repo -> withLock(repo, gone));
      store.awaitBlocked(1);

      first.save();

      assertThat(second).succeedsWithin(PATIENCE);
    }

    @Test
    void writesNothing() {
      User john = add("john");

      store.run(repo -> repo.users().acquireLockForSync(john));

      assertThat(lookup(john)).contains(john);
    }

    @Test
    void isRefusedWhereNoTransactionWouldHoldIt() {
      User john = add("john");

      var refusal =
          catchThrowableOfType(
              InvalidStateException.class,
              () -> store.repositories().<User>direct(repo -> withLock(repo, john)));

      assertThat(refusal.reason()).isEqualTo(StateReason.NO_TRANSACTION);
      assertThat(refusal.id()).isEqualTo(john.id());
    }

    @Test
    void isRefusedWhereOnlyReadingIsAllowed() {
      User john = add("john");
      store.statements();

      var refusal =
          catchThrowableOfType(
              ReadOnlyException.class, () -> store.<User>read(repo -> withLock(repo, john)));

      assertThat(refusal).isNotNull();
      assertThat(store.statements()).isEmpty();
    }

    private static User withLock(RepositoryAccess repo, User user) {
      repo.users().acquireLockForSync(user);
      return user;
    }
  }

  private void assertRefusedIfGone(BiConsumer<RepositoryAccess, User> change) {
    User gone = gone("john");

    var refusal = refused(NotFoundException.class, repo -> change.accept(repo, gone));

    assertThat(refusal.aggregate()).isEqualTo("user");
    assertThat(refusal.id()).isEqualTo(gone.id());
    assertThat(lookup(gone)).isEmpty();
  }

  private Optional<User> lookup(User user) {
    return store.<Optional<User>>read(repo -> repo.users().lookup(user.id()));
  }

  private User add(String name) {
    tick();
    return store.write(repo -> repo.users().add(name));
  }

  private User locked(String name) {
    User user = add(name);
    return store.write(repo -> repo.users().lock(user));
  }

  private User deactivated(String name) {
    User user = add(name);
    return store.write(repo -> repo.users().deactivate(user));
  }

  private User gone(String name) {
    User user = add(name);
    store.sql("DELETE FROM users WHERE id = ?", user.id());
    return user;
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

  private Instant now() {
    return store.now();
  }

  /** Ids of different units of work differ by their millisecond. */
  private void tick() {
    store.clock().advance(Duration.ofMillis(1));
  }
}
