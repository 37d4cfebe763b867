package dev.authstore.storage.pg.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.authstore.model.user.Password;
import dev.authstore.model.user.User;
import dev.authstore.storage.InvalidDataException;
import dev.authstore.storage.StorageObserver;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UserPasswordRepositoryPostgresTest {
  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  @Nested
  class Active {
    @ParameterizedTest
    @ValueSource(ints = {-1, 65_536, 70_000})
    void reportsAStoredVersionOutOfBounds(int version) {
      User john = john();
      Password password = password(john, "hash");
      store.sql("ALTER TABLE user_passwords DROP CONSTRAINT user_passwords_version_check");
      store.sql("UPDATE user_passwords SET version = ?", version);

      var failure =
          store.<InvalidDataException>write(
              repo -> {
                var caught =
                    catchThrowableOfType(
                        InvalidDataException.class, () -> repo.userPasswords().active(john));
                repo.users().lock(john);
                return caught;
              });

      assertThat(failure.table()).isEqualTo("user_passwords");
      assertThat(failure.column()).isEqualTo("version");
      assertThat(failure.id()).contains(password.id());
      assertThat(store.select("SELECT locked_at IS NOT NULL FROM users")).containsExactly("t");
    }

    @Test
    void isOneStatement() {
      User john = john();
      store.statements();

      store.<Optional<Password>>read(repo -> repo.userPasswords().active(john));

      assertThat(store.statements()).hasSize(1);
    }

    @Test
    void isServedByTheIndexOfActiveRows() {
      User john = john();
      password(john, "hash");
      manyPasswords();
      store.statements();
      store.<Optional<Password>>read(repo -> repo.userPasswords().active(john));
      String sql = store.statements().get(0).sql();

      List<String> plan = store.select("EXPLAIN " + sql, john.id());

      assertThat(plan).anyMatch(line -> line.contains("user_passwords_active_key"));
    }

    /** Four of each of 25,000 users. */
    private void manyPasswords() {
      store.sql(
          """
          INSERT INTO users (id, username, username_folded, created_at)
          SELECT gen_random_uuid(), 'user' || n, 'user' || n, now() FROM generate_series(1, 25000) n
          """);
      store.sql(
          """
          INSERT INTO user_passwords (id, user_id, hashed_password, version, created_at, superseded_at)
          SELECT gen_random_uuid(), users.id, CASE WHEN n = 4 THEN 'hash' END, 1, now(),
                 CASE WHEN n < 4 THEN now() END
          FROM users, generate_series(1, 4) n
          WHERE username <> 'john'
          """);
      store.sql("ANALYZE user_passwords");
    }
  }

  @Nested
  class Add {
    @Test
    void isAtMostThreeStatements() {
      User john = john();
      password(john, "first");
      store.statements();

      password(john, "second");

      assertThat(store.statements())
          .filteredOn(statement -> statement.operation().equals("user_password.add"))
          .hasSizeLessThanOrEqualTo(3);
    }

    @Test
    void sendsNoHashInTheTextOfAStatement() {
      User john = john();
      store.statements();

      password(john, "secret");

      assertThat(store.statements())
          .extracting(StorageObserver.Statement::sql)
          .noneMatch(sql -> sql.contains("secret"));
    }
  }

  private User john() {
    return store.write(repo -> repo.users().add("john"));
  }

  private Password password(User user, String hash) {
    store.clock().advance(Duration.ofMillis(1));
    return store.write(repo -> repo.userPasswords().add(user, 1, hash, Optional.empty()));
  }
}
