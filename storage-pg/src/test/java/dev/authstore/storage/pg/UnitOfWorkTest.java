package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.authstore.model.user.User;
import dev.authstore.model.user.UserEmail;
import dev.authstore.storage.ConstraintViolationException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.Repository;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.StorageInternalException;
import dev.authstore.storage.UnitOfWorkException;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.user.UserFilter;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class UnitOfWorkTest {
  private static final User NOBODY =
      new User(
          new UUID(0, 1),
          "nobody",
          Instant.EPOCH,
          Optional.empty(),
          Optional.empty(),
          false,
          false);

  @RegisterExtension final Store store = Store.fresh();

  private final ExecutorService other = Executors.newSingleThreadExecutor();

  @AfterEach
  void stop() {
    other.shutdownNow();
  }

  @Nested
  class Visibility {

    @Test
    void isOwnWritesBeforeSave() {
      store.run(
          repo -> {
            User john = repo.users().add("john");

            Optional<User> read = repo.users().lookup(john.id());

            assertThat(read).contains(john);
          });
    }

    @Test
    void isNothingForOthersBeforeSave() {
      Store.Held<User> held = store.hold(repo -> repo.users().add("john"));

      Optional<User> seen = store.read(repo -> repo.users().lookup(held.result().id()));

      assertThat(seen).isEmpty();
      held.cancel();
    }

    @Test
    void isEverythingAfterSave() {
      User john = store.write(repo -> repo.users().add("john"));

      Optional<User> seen = store.read(repo -> repo.users().lookup(john.id()));

      assertThat(seen).contains(john);
    }

    @Test
    void isNothingAfterCancel() {
      Store.Held<User> held = store.hold(repo -> repo.users().add("john"));

      held.cancel();

      assertThat(users()).isEmpty();
    }

    @Test
    void isNothingAfterClose() {
      try (Repository repo = store.repositories().begin()) {
        repo.users().add("john");
      }

      assertThat(users()).isEmpty();
      assertThat(store.abandoned()).containsExactly(List.of("user.add"));
    }

    @Test
    void isNothingAfterWorkThatThrows() {
      assertThatThrownBy(
              () ->
                  store.run(
                      repo -> {
                        repo.users().add("john");
                        throw new IllegalStateException("work");
                      }))
          .isInstanceOf(IllegalStateException.class);

      assertThat(users()).isEmpty();
      assertThat(store.abandoned()).isEmpty();
    }
  }

  /** The four ways to get into a state. */
  enum Before {
    OPEN,
    FAILED,
    SAVED,
    CANCELLED;

    private boolean hasEnded() {
      return this == SAVED || this == CANCELLED;
    }
  }

  @Nested
  class InEachState {

    @ParameterizedTest
    @EnumSource
    void anOperation(Before state) {
      Repository repo = in(state);

      UnitOfWorkException.Kind refusal = refusal(repo, r -> r.users().lookup(NOBODY.id()));

      assertThat(refusal).isEqualTo(expected(state));
      repo.cancel();
    }

    @ParameterizedTest
    @EnumSource
    void anOperationThroughAnOldView(Before state) {
      try (Repository repo = store.repositories().begin()) {
        var view = repo.users();
        bring(repo, state);
        store.statements();

        UnitOfWorkException.Kind refusal = refusal(repo, r -> view.lookup(NOBODY.id()));

        assertThat(refusal).isEqualTo(expected(state));
        assertThat(store.statements()).hasSize(state == Before.OPEN ? 1 : 0);
        repo.cancel();
      }
    }

    @ParameterizedTest
    @EnumSource
    void save(Before state) {
      Repository repo = in(state);

      UnitOfWorkException.Kind refusal = refusal(repo, Repository::save);

      assertThat(refusal).isEqualTo(expected(state));
      assertThat(refusal(repo, Repository::save)).isEqualTo(UnitOfWorkException.Kind.CLOSED);
      assertThat(users()).hasSize(state == Before.OPEN || state == Before.SAVED ? 1 : 0);
    }

    @ParameterizedTest
    @EnumSource
    void cancel(Before state) {
      Repository repo = in(state);

      assertThatCode(repo::cancel).doesNotThrowAnyException();

      assertThat(refusal(repo, Repository::save)).isEqualTo(UnitOfWorkException.Kind.CLOSED);
      assertThat(users()).hasSize(state == Before.SAVED ? 1 : 0);
    }

    @ParameterizedTest
    @EnumSource
    void close(Before state) {
      Repository repo = in(state);

      assertThatCode(repo::close).doesNotThrowAnyException();
      assertThatCode(repo::close).doesNotThrowAnyException();

      assertThat(users()).hasSize(state == Before.SAVED ? 1 : 0);
      assertThat(store.abandoned()).hasSize(state == Before.OPEN ? 1 : 0);
    }

    private Repository in(Before state) {
      Repository repo = store.repositories().begin();
      bring(repo, state);
      return repo;
    }

    private void bring(Repository repo, Before state) {
      repo.users().add("john");
      switch (state) {
        case OPEN -> {}
        case FAILED -> fail(repo);
        case SAVED -> repo.save();
        case CANCELLED -> repo.cancel();
      }
    }

    private UnitOfWorkException.@org.jspecify.annotations.Nullable Kind expected(Before state) {
      if (state == Before.OPEN) {
        return null;
      }
      return state.hasEnded() ? UnitOfWorkException.Kind.CLOSED : UnitOfWorkException.Kind.FAILED;
    }

    private UnitOfWorkException.@org.jspecify.annotations.Nullable Kind refusal(
        Repository repo, Consumer<Repository> call) {
      try {
        call.accept(repo);
        return null;
      } catch (UnitOfWorkException e) {
        return e.kind();
      }
    }
  }

  @Nested
  class Failing {

    @Test
    void letsNothingBeStored() {
      Repository repo = store.repositories().begin();
      repo.users().add("john");
      ConstraintViolationException first = fail(repo);

      assertThatThrownBy(() -> repo.users().add("jim"))
          .isInstanceOfSatisfying(
              UnitOfWorkException.class,
              e -> assertThat(e.kind()).isEqualTo(UnitOfWorkException.Kind.FAILED))
          .hasCause(first);
      assertThatThrownBy(repo::save)
          .isInstanceOfSatisfying(
              UnitOfWorkException.class,
              e -> assertThat(e.kind()).isEqualTo(UnitOfWorkException.Kind.FAILED))
          .hasCause(first);

      assertThat(users()).isEmpty();
    }

    @Test
    void sendsNoFurtherStatement() {
      try (Repository repo = store.repositories().begin()) {
        fail(repo);
        store.statements();

        assertThatThrownBy(() -> repo.users().exists("john"))
            .isInstanceOf(UnitOfWorkException.class);

        assertThat(store.statements()).isEmpty();
        repo.cancel();
      }
    }

    @Test
    void rollsBackAtSaveByItself() {
      Repository repo = store.repositories().begin();
      fail(repo);
      store.statements();

      assertThatThrownBy(repo::save).isInstanceOf(UnitOfWorkException.class);

      assertThat(store.statements()).extracting(s -> s.sql()).containsExactly("ROLLBACK");
    }

    @Test
    void isNotReportedAsForgotten() {
      try (Repository repo = store.repositories().begin()) {
        repo.users().add("john");
        fail(repo);
      }

      assertThat(store.abandoned()).isEmpty();
    }

    @Test
    void inTheMiddleOfCallKeepsTheFirstFailureEvenIfSwallowed() {
      assertThatThrownBy(
              () ->
                  store.run(
                      repo -> {
                        repo.users().add("john");
                        fail((Repository) repo);
                      }))
          .isInstanceOf(UnitOfWorkException.class)
          .hasCauseInstanceOf(ConstraintViolationException.class);

      assertThat(users()).isEmpty();
    }

    @Test
    void isWhatMoreRowsDoThanThereCanBe() {
      User john = store.write(repo -> repo.users().add("john"));
      store.sql("ALTER TABLE users DROP CONSTRAINT users_pk CASCADE");
      store.sql(
          "INSERT INTO users (id, username, username_folded, created_at) VALUES (?, 'jim', 'jim', now())",
          john.id());

      try (Repository repo = store.repositories().begin()) {
        assertThatThrownBy(() -> repo.users().lookup(john.id()))
            .isInstanceOf(StorageInternalException.class);

        assertThatThrownBy(repo::save)
            .isInstanceOfSatisfying(
                UnitOfWorkException.class,
                e -> assertThat(e.kind()).isEqualTo(UnitOfWorkException.Kind.FAILED))
            .hasCauseInstanceOf(StorageInternalException.class);
      }
    }

    @Test
    void isNotWhatARefusalDoes() {
      UserEmail gone = new UserEmail(NOBODY.id(), NOBODY.id(), "a@b", Instant.EPOCH);

      store.run(
          repo -> {
            repo.users().add("john");
            assertThatThrownBy(() -> repo.users().lock(NOBODY))
                .isInstanceOf(NotFoundException.class);
            assertThatThrownBy(() -> repo.userEmails().remove(gone))
                .isInstanceOf(NotFoundException.class);
            assertThatThrownBy(() -> repo.users().add("john")).isInstanceOf(StorageException.class);
          });

      assertThat(users()).extracting(User::username).containsExactly("john");
    }
  }

  @Nested
  class Threads {

    @Test
    void cannotEnterTogether() throws Exception {
      User john = store.write(repo -> repo.users().add("john"));
      Store.Held<User> lock = store.hold(repo -> repo.users().lock(john));
      Repository shared = store.repositories().begin();
      Future<User> first = other.submit(() -> shared.users().deactivate(john));
      store.awaitBlocked(1);
      store.statements();

      List<Consumer<Repository>> calls =
          List.of(
              r -> r.users().lookup(john.id()),
              r -> r.users().list(UserFilter.all(), Pagination.first(1)),
              r -> r.users().add("jim"),
              r -> ((PgRepository) r).dsl().fetch("SELECT 1"),
              Repository::save);
      for (Consumer<Repository> call : calls) {
        UnitOfWorkException refusal =
            catchThrowableOfType(UnitOfWorkException.class, () -> call.accept(shared));
        assertThat(refusal.kind()).isEqualTo(UnitOfWorkException.Kind.CONCURRENT_USE);
        assertThat(refusal.abortsUnitOfWork()).isFalse();
      }
      assertThat(store.statements()).isEmpty();

      lock.save();
      User both = first.get(10, TimeUnit.SECONDS);
      assertThat(both.lockedAt()).isPresent();
      assertThat(both.deactivatedAt()).isPresent();
      shared.save();
      assertThat(users()).containsExactly(both);
    }

    @Test
    void mayHandOverBetweenOperations() throws Exception {
      Repository repo = store.repositories().begin();
      User john = inOther(() -> repo.users().add("john"));

      repo.users().lock(john);
      inOther(
          () -> {
            repo.save();
            return john;
          });

      assertThat(users()).extracting(User::id).containsExactly(john.id());
    }

    private <T> T inOther(Callable<T> task) throws InterruptedException, ExecutionException {
      return other.submit(task).get();
    }
  }

  @Nested
  class Dsl {

    @Test
    void writesInTheSameTransaction() {
      store.run(
          repo -> {
            User john = repo.users().add("john");
            int changed =
                ((PgRepository) repo)
                    .dsl()
                    .execute("UPDATE authstore.users SET is_guest = true WHERE id = ?", john.id());
            assertThat(changed).isOne();
          });

      assertThat(users()).extracting(User::isGuest).containsExactly(true);
    }

    @Test
    void isRolledBackWithTheRest() {
      try (Repository repo = store.repositories().begin()) {
        ((PgRepository) repo).dsl().execute("CREATE TABLE public.mine (id int)");
        repo.cancel();
      }

      assertThat(store.select("SELECT relname FROM pg_class WHERE relname = 'mine'")).isEmpty();
    }

    @Test
    void failsTheUnitOfWork() {
      try (Repository repo = store.repositories().begin()) {
        assertThatThrownBy(() -> ((PgRepository) repo).dsl().fetch("SELECT nonsense"))
            .isInstanceOf(StorageException.class);

        assertThatThrownBy(() -> repo.users().exists("john"))
            .isInstanceOf(UnitOfWorkException.class);
        repo.cancel();
      }
    }

    @Test
    void endsWithTheUnitOfWork() {
      PgRepository repo = (PgRepository) store.repositories().begin();
      var dsl = repo.dsl();
      dsl.fetch("SELECT 1");
      repo.cancel();

      assertThatThrownBy(() -> dsl.fetch("SELECT 1"))
          .isInstanceOfSatisfying(
              UnitOfWorkException.class,
              e -> assertThat(e.kind()).isEqualTo(UnitOfWorkException.Kind.CLOSED));
    }

    @Test
    void isHeardByTheObserver() {
      try (PgRepository repo = (PgRepository) store.repositories().begin()) {
        repo.dsl().fetch("SELECT 1");
      }

      assertThat(store.statements()).hasSize(2).last().matches(s -> s.sql().equals("ROLLBACK"));
    }
  }

  @Test
  void aDeferredConstraintIsReportedBySave() {
    store.sql(
        """
        CREATE TABLE public.mine (
          id uuid CONSTRAINT mine_id_fk REFERENCES authstore.users (id) DEFERRABLE INITIALLY DEFERRED)
        """);
    Repository repo = store.repositories().begin();
    repo.users().add("john");
    ((PgRepository) repo).dsl().execute("INSERT INTO public.mine VALUES (?)", NOBODY.id());

    assertThatThrownBy(repo::save)
        .isInstanceOfSatisfying(
            ConstraintViolationException.class,
            e -> assertThat(e.constraint()).contains("mine_id_fk"));

    assertThatThrownBy(() -> repo.users().exists("john"))
        .isInstanceOfSatisfying(
            UnitOfWorkException.class,
            e -> assertThat(e.kind()).isEqualTo(UnitOfWorkException.Kind.CLOSED));
    assertThat(users()).isEmpty();
  }

  private List<User> users() {
    return store.read(repo -> repo.users().list(UserFilter.all(), Pagination.first(100)).nodes());
  }

  private static ConstraintViolationException fail(Repository repo) {
    return catchThrowableOfType(
        ConstraintViolationException.class,
        () ->
            ((PgRepository) repo)
                .dsl()
                .execute(
                    "INSERT INTO authstore.users (id, username, username_folded, created_at)"
                        + " VALUES (gen_random_uuid(), '', '', now())"));
  }
}
