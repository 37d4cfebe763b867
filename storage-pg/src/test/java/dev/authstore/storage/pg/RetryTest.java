package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.model.user.User;
import dev.authstore.storage.ConstraintViolationException;
import dev.authstore.storage.LockTimeoutException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.TransactionConflictException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RetryTest {
  @RegisterExtension final Store store = Store.fresh();

  private final AtomicInteger runs = new AtomicInteger();
  private final Queue<TransactionConflictException.Kind> conflicts = new ConcurrentLinkedQueue<>();

  @Test
  void letsBothSidesOfADeadlockSucceed() throws Exception {
    User john = store.write(repo -> repo.users().add("john"));
    User jim = store.write(repo -> repo.users().add("jim"));
    CyclicBarrier bothHaveOne = new CyclicBarrier(2);

    Future<User> first = store.start(repo -> lockAndDeactivate(repo, john, jim, bothHaveOne));
    Future<User> second = store.start(repo -> lockAndDeactivate(repo, jim, john, bothHaveOne));

    assertThat(first.get(20, TimeUnit.SECONDS).deactivatedAt()).isPresent();
    assertThat(second.get(20, TimeUnit.SECONDS).deactivatedAt()).isPresent();
    assertThat(runs).hasValue(3);
    assertThat(conflicts).containsExactly(TransactionConflictException.Kind.DEADLOCK);
    assertThat(store.select("SELECT id FROM users WHERE locked_at IS NOT NULL")).hasSize(2);
  }

  @Test
  void endsAfterThreeRuns() {
    assertThatThrownBy(
            () ->
                store.run(
                    repo -> {
                      runs.incrementAndGet();
                      raise(repo, "40001");
                    }))
        .isInstanceOfSatisfying(
            TransactionConflictException.class,
            e -> assertThat(e.kind()).isEqualTo(TransactionConflictException.Kind.SERIALIZATION));

    assertThat(runs).hasValue(3);
  }

  @Test
  void startsFromNothingEachTime() {
    store.run(
        repo -> {
          repo.users().add("john");
          if (runs.incrementAndGet() < 3) {
            raise(repo, "55P03");
          }
        });

    assertThat(runs).hasValue(3);
    assertThat(store.select("SELECT username FROM users")).containsExactly("john");
  }

  @Test
  void isNotForWhatWouldFailAgain() {
    assertThatThrownBy(
            () ->
                store.run(
                    repo -> {
                      runs.incrementAndGet();
                      raise(repo, "23514");
                    }))
        .isInstanceOf(ConstraintViolationException.class);

    assertThat(runs).hasValue(1);
  }

  @Test
  void isNotForTheCallersOwnFailures() {
    assertThatThrownBy(
            () ->
                store.run(
                    repo -> {
                      runs.incrementAndGet();
                      throw new IllegalStateException("work");
                    }))
        .isInstanceOf(IllegalStateException.class);

    assertThat(runs).hasValue(1);
  }

  @Test
  void isNotForDirectAccess() {
    assertThatThrownBy(
            () ->
                store
                    .repositories()
                    .direct(
                        repo -> {
                          runs.incrementAndGet();
                          raise(repo, "55P03");
                          return repo;
                        }))
        .isInstanceOf(LockTimeoutException.class);

    assertThat(runs).hasValue(1);
  }

  @Test
  void isCutShortByAnInterruptWhichTheCallerSees() {
    assertThatThrownBy(
            () ->
                store.run(
                    repo -> {
                      runs.incrementAndGet();
                      try {
                        raise(repo, "55P03");
                      } finally {
                        Thread.currentThread().interrupt();
                      }
                    }))
        .isInstanceOf(LockTimeoutException.class);

    assertThat(Thread.interrupted()).isTrue();
    assertThat(runs).hasValue(1);
  }

  private User lockAndDeactivate(
      RepositoryAccess repo, User first, User second, CyclicBarrier bothHaveOne) {
    int run = runs.incrementAndGet();
    repo.users().lock(first);
    if (run <= 2) {
      await(bothHaveOne);
    }
    try {
      return repo.users().deactivate(second);
    } catch (TransactionConflictException e) {
      conflicts.add(e.kind());
      throw e;
    }
  }

  private static void await(CyclicBarrier barrier) {
    try {
      barrier.await(10, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static void raise(RepositoryAccess repo, String state) {
    ((PgRepository) repo)
        .dsl()
        .execute("DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '" + state + "'; END $$");
  }
}
