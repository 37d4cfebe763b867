package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.model.user.Password;
import dev.authstore.model.user.User;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConstraintViolationException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.ReadOnlyException;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.StorageObserver;
import dev.authstore.storage.UnitOfWorkException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class DirectAndReadTest {
  private static final String FAILING =
      "INSERT INTO authstore.users (id, username, username_folded, created_at)"
          + " VALUES (gen_random_uuid(), '', '', now())";

  @RegisterExtension final Store store = Store.fresh();

  @Nested
  class Direct {

    @Test
    void commitsEachOperationByItself() {
      store
          .repositories()
          .direct(
              repo -> {
                User john = repo.users().add("john");

                Optional<User> elsewhere = store.read(other -> other.users().lookup(john.id()));

                assertThat(elsewhere).contains(john);
                return john;
              });
    }

    @Test
    void keepsWhatWasDoneBeforeAFailure() {
      assertThatThrownBy(
              () ->
                  store
                      .repositories()
                      .direct(
                          repo -> {
                            repo.users().add("john");
                            throw new IllegalStateException("work");
                          }))
          .isInstanceOf(IllegalStateException.class);

      assertThat(names()).containsExactly("john");
    }

    @Test
    void staysUsableAfterAFailedStatement() {
      store
          .repositories()
          .direct(
              repo -> {
                assertThatThrownBy(() -> ((PgRepository) repo).dsl().execute(FAILING))
                    .isInstanceOf(ConstraintViolationException.class);
                return repo.users().add("john");
              });

      assertThat(names()).containsExactly("john");
    }

    @Test
    void rollsBackAnOperationOfTwoStatementsThatRefuses() {
      store.sql(
          "INSERT INTO users (id, username, username_folded, created_at)"
              + " VALUES (gen_random_uuid(), 'John', 'john', now())");

      store
          .repositories()
          .direct(
              repo -> {
                assertThatThrownBy(() -> repo.users().addIfAvailable("john"))
                    .isInstanceOf(ConflictException.class);
                assertThat(sql()).last().isEqualTo("ROLLBACK");
                return repo.users().addIfAvailable("jim");
              });

      assertThat(names()).containsExactlyInAnyOrder("John", "jim");
    }

    @Test
    void leavesNoLockBehindAfterARefusal() {
      store.write(repo -> repo.users().add("john"));

      store
          .repositories()
          .direct(
              repo -> {
                assertThatThrownBy(() -> repo.users().addIfAvailable("JOHN"))
                    .isInstanceOf(ConflictException.class);
                assertThat(
                        store.select(
                            "SELECT mode FROM pg_locks WHERE locktype = 'advisory'"
                                + " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"))
                    .isEmpty();
                return repo;
              });
    }

    @Test
    void replacesAPasswordAsAWholeOrNotAtAll() {
      User john = store.write(repo -> repo.users().add("john"));
      Password first = add(john, "first", Optional.empty());
      Password second = add(john, "second", Optional.of(first));

      assertThatThrownBy(() -> add(john, "third", Optional.of(first)))
          .isInstanceOf(ConflictException.class);

      assertThat(store.<Optional<Password>>read(repo -> repo.userPasswords().active(john)))
          .contains(second);
      assertThat(store.select("SELECT id FROM user_passwords")).hasSize(2);
    }

    @Test
    void rollsBackTheFirstStatementWhenTheSecondFails() {
      User john = store.write(repo -> repo.users().add("john"));
      store.sql("ALTER TABLE user_passwords ADD CONSTRAINT no_check CHECK (version <> 7)");
      Password first = add(john, "first", Optional.empty());

      assertThatThrownBy(
              () ->
                  store
                      .repositories()
                      .<Password>direct(
                          repo -> repo.userPasswords().add(john, 7, "second", Optional.empty())))
          .isInstanceOf(ConstraintViolationException.class);

      assertThat(sql()).last().isEqualTo("ROLLBACK");
      assertThat(store.<Optional<Password>>read(repo -> repo.userPasswords().active(john)))
          .contains(first);
    }

    @Test
    void refusesALockThatWouldEndAtOnce() {
      User john = store.write(repo -> repo.users().add("john"));
      store.statements();

      assertThatThrownBy(
              () ->
                  store
                      .repositories()
                      .direct(
                          repo -> {
                            repo.users().acquireLockForSync(john);
                            return repo;
                          }))
          .isInstanceOfSatisfying(
              InvalidStateException.class,
              e -> {
                assertThat(e.reason()).isEqualTo(StateReason.NO_TRANSACTION);
                assertThat(e.id()).isEqualTo(john.id());
              });

      assertThat(store.statements()).isEmpty();
    }

    @Test
    void isOverAfterTheWork() {
      var kept = store.repositories().direct(repo -> repo.users());

      assertThatThrownBy(() -> kept.exists("john"))
          .isInstanceOfSatisfying(
              UnitOfWorkException.class,
              e -> assertThat(e.kind()).isEqualTo(UnitOfWorkException.Kind.CLOSED));
    }

    private Password add(User user, String hash, Optional<Password> from) {
      return store.repositories().direct(repo -> repo.userPasswords().add(user, 1, hash, from));
    }
  }

  @Nested
  class Read {

    @Test
    void seesWhatIsCommittedAtTheTimeOfEachOperation() {
      store.read(
          repo -> {
            assertThat(repo.users().exists("john")).isFalse();
            store.write(other -> other.users().add("john"));
            assertThat(repo.users().exists("john")).isTrue();
            return repo;
          });
    }

    @Test
    void refusesWritesAndGoesOn() {
      User john = store.write(repo -> repo.users().add("john"));
      store.statements();

      store.read(
          repo -> {
            assertThatThrownBy(() -> repo.users().lock(john)).isInstanceOf(ReadOnlyException.class);
            assertThatThrownBy(() -> repo.users().acquireLockForSync(john))
                .isInstanceOf(ReadOnlyException.class);
            assertThat(store.statements()).isEmpty();
            assertThat(repo.users().exists("john")).isTrue();
            return repo;
          });
    }

    @Test
    void beginsAndEndsNothing() {
      store.read(repo -> repo.users().exists("john"));

      assertThat(sql()).hasSize(1).noneMatch(List.of("COMMIT", "ROLLBACK")::contains);
    }

    @Test
    void staysUsableAfterAFailedStatement() {
      boolean exists =
          store.read(
              repo -> {
                assertThatThrownBy(() -> ((PgRepository) repo).dsl().fetch("SELECT nonsense"))
                    .isInstanceOf(RuntimeException.class);
                return repo.users().exists("john");
              });

      assertThat(exists).isFalse();
    }
  }

  private List<String> names() {
    return store.select("SELECT username FROM users");
  }

  private List<String> sql() {
    return store.statements().stream().map(StorageObserver.Statement::sql).toList();
  }
}
