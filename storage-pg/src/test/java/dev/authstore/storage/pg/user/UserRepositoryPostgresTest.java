package dev.authstore.storage.pg.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.authstore.model.user.User;
import dev.authstore.storage.LockTimeoutException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.StorageObserver;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.user.UserFilter;
import dev.authstore.testing.MutableClock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class UserRepositoryPostgresTest {
  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  /** Each operation that succeeds is one statement; those under an advisory lock are two. */
  @Nested
  class Statements {
    @Test
    void areOneToFind() {
      User john = add("john");

      var sent =
          List.of(
              sent(repo -> repo.users().lookup(john.id())),
              sent(repo -> repo.users().findByUsername("john")),
              sent(repo -> repo.users().exists("john")),
              sent(repo -> repo.users().list(UserFilter.all(), Pagination.first(5))),
              sent(repo -> repo.users().count(UserFilter.all())));

      assertThat(sent).containsOnly(1);
    }

    @Test
    void areOneToChange() {
      User john = add("john");

      var sent =
          List.of(
              sent(repo -> repo.users().lock(john)),
              sent(repo -> repo.users().unlock(john)),
              sent(repo -> repo.users().deactivate(john)),
              sent(repo -> repo.users().reactivate(john)),
              sent(repo -> repo.users().setCanRequestAdmin(john, true)),
              sent(repo -> repo.users().deleteUnsupportedThreepids(john)),
              sent(repo -> repo.users().acquireLockForSync(john)));

      assertThat(sent).containsOnly(1);
    }

    @Test
    void areOneToAdd() {
      tick();

      int sent = sent(repo -> repo.users().add("john"));

      assertThat(sent).isOne();
    }

    @Test
    void areTwoToAddIfAvailable() {
      tick();

      int sent = sent(repo -> repo.users().addIfAvailable("john"));

      assertThat(sent).isEqualTo(2);
    }

    private int sent(Consumer<RepositoryAccess> operation) {
      store.statements();
      store.run(operation);
      return (int)
          store.statements().stream()
              .map(StorageObserver.Statement::operation)
              .filter(name -> name.startsWith("user."))
              .count();
    }
  }

  @Nested
  class FindByUsername {
    @Test
    void fetchesALimitedNumberOfSpellings() {
      String sql = sqlOf(repo -> repo.users().findByUsername("bob"));

      List<String> plan = store.select("EXPLAIN " + sql, "bob", "bob", 2L);

      assertThat(plan.get(0)).startsWith("Limit");
    }
  }

  @Nested
  class AcquireLockForSync {
    @Test
    void givesUpAtTheTimeoutOfTheServer() {
      User john = add("john");
      store.sql("ALTER DATABASE " + database() + " SET lock_timeout = '100ms'");
      Store.Held<User> holder = store.hold(repo -> withLock(repo, john));

      var failure =
          catchThrowableOfType(
              LockTimeoutException.class, () -> store.<User>write(repo -> withLock(repo, john)));

      assertThat(failure).isNotNull();
      holder.save();
    }

    @Test
    void isNoLockOfTheWholeId() {
      User john = add("john");

      Store.Held<User> holder = store.hold(repo -> withLock(repo, john));

      assertThat(store.select("SELECT objsubid FROM pg_locks WHERE locktype = 'advisory'"))
          .containsExactly("2");
      holder.save();
      assertThat(store.select("SELECT objsubid FROM pg_locks WHERE locktype = 'advisory'"))
          .isEmpty();
    }

    private static User withLock(RepositoryAccess repo, User user) {
      repo.users().acquireLockForSync(user);
      return user;
    }

    private String database() {
      return store.select("SELECT quote_ident(current_database())").get(0);
    }
  }

  /** What serves the hot look-ups among 100,000 users. */
  @Nested
  class Plans {
    @BeforeEach
    void fill() {
      store.sql(
          """
          INSERT INTO users (id, username, username_folded, created_at)
          SELECT gen_random_uuid(), name, name, now()
          FROM (SELECT md5(n::text) AS name FROM generate_series(1, 100000) n) names
          """);
      store.sql("ANALYZE users");
    }

    @Test
    void areIndexed() {
      UUID id = new UUID(1, 2);
      String byId = sqlOf(repo -> repo.users().lookup(id));
      String byName = sqlOf(repo -> repo.users().findByUsername("john"));
      String search = sqlOf(repo -> repo.users().count(UserFilter.all().search("abcdefgh")));

      String plans =
          String.join(
              "\n",
              List.of(
                  plan(byId, id),
                  plan(byName, "john", "john", 2L),
                  plan(search, patterns(search))));

      assertThat(plans)
          .contains("users_pk", "users_username_folded_idx", "users_username_folded_trgm_idx")
          .doesNotContain("Seq Scan");
    }

    private Object[] patterns(String sql) {
      return sql.chars().filter(c -> c == '?').mapToObj(c -> (Object) "abcdefgh").toArray();
    }

    private String plan(String sql, Object... values) {
      return String.join("\n", store.select("EXPLAIN " + sql, values));
    }
  }

  private String sqlOf(Consumer<RepositoryAccess> operation) {
    store.statements();
    store.run(operation);
    return store.statements().get(0).sql();
  }

  private User add(String name) {
    tick();
    return store.write(repo -> repo.users().add(name));
  }

  /** Ids of different units of work differ by their millisecond. */
  private void tick() {
    store.clock().advance(Duration.ofMillis(1));
  }
}
