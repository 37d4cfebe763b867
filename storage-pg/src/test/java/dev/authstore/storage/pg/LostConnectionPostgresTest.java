package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.authstore.model.user.User;
import dev.authstore.storage.Repository;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.StorageSettings;
import dev.authstore.storage.StorageUnavailableException;
import dev.authstore.storage.UnitOfWorkException;
import dev.authstore.testing.Backends;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class LostConnectionPostgresTest {
  @RegisterExtension final Store store = Store.fresh();

  private final ExecutorService other = Executors.newSingleThreadExecutor();

  @AfterEach
  void stop() {
    other.shutdownNow();
  }

  @Nested
  class Terminated {

    @Test
    void beforeAnOperation() {
      try (HikariDataSource pool = pool(1);
          Repository repo = on(pool).begin()) {
        repo.users().add("john");
        Backends.terminateOthers(store.dataSource());

        StorageUnavailableException failure =
            catchThrowableOfType(
                StorageUnavailableException.class, () -> repo.users().exists("john"));

        assertThat(failure.retryable()).isTrue();
        assertThat(failure.abortsUnitOfWork()).isTrue();
        assertThatThrownBy(repo::save).isInstanceOf(UnitOfWorkException.class);
        assertThat(names()).isEmpty();
      }
    }

    @Test
    void betweenAnOperationAndSave() {
      try (HikariDataSource pool = pool(1);
          Repository repo = on(pool).begin()) {
        repo.users().add("john");
        Backends.terminateOthers(store.dataSource());

        assertThatThrownBy(repo::save)
            .isInstanceOfAny(StorageUnavailableException.class, UnitOfWorkException.class);

        assertThat(names()).isEmpty();
        assertWorks(pool);
      }
    }

    @Test
    void whileAnOperationWaits() throws Exception {
      User john = store.write(repo -> repo.users().add("john"));
      try (HikariDataSource pool = pool(1)) {
        Store.Held<User> lock = store.hold(repo -> repo.users().lock(john));
        Repository repo = on(pool).begin();
        Future<User> waiting = other.submit(() -> repo.users().deactivate(john));
        store.awaitBlocked(1);
        store.select(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                + " WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0");

        assertThatThrownBy(() -> waiting.get(10, TimeUnit.SECONDS))
            .cause()
            .isInstanceOfSatisfying(
                StorageUnavailableException.class,
                e ->
                    assertThat(e.reason())
                        .isEqualTo(StorageUnavailableException.Reason.SHUTTING_DOWN));
        repo.cancel();
        lock.cancel();
        assertWorks(pool);
      }
    }

    @Test
    void aPoolRecovers() {
      try (HikariDataSource pool = pool(3)) {
        assertWorks(pool);
        Backends.terminateOthers(store.dataSource());

        assertWorks(pool);
      }
    }

    @Test
    void callRunsAgain() {
      AtomicInteger runs = new AtomicInteger();
      try (HikariDataSource pool = pool(1)) {
        on(pool)
            .run(
                repo -> {
                  repo.users().add("john");
                  if (runs.incrementAndGet() == 1) {
                    Backends.terminateOthers(store.dataSource());
                  }
                  repo.users().exists("john");
                });
      }

      assertThat(runs).hasValue(2);
      assertThat(names()).containsExactly("john");
    }

    @Test
    void duringTheCommitLeavesTheOutcomeUnknown() {
      store.sql(
          """
          CREATE FUNCTION public.die() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(10); RETURN NULL; END $$
          """);
      store.sql(
          """
          CREATE CONSTRAINT TRIGGER die AFTER INSERT ON users DEFERRABLE INITIALLY DEFERRED
          FOR EACH ROW EXECUTE FUNCTION public.die()
          """);
      AtomicInteger runs = new AtomicInteger();

      assertThatThrownBy(
              () ->
                  store.run(
                      repo -> {
                        runs.incrementAndGet();
                        repo.users().add("john");
                      }))
          .satisfies(LostConnectionPostgresTest::outcomeUnknown);

      assertThat(runs).hasValue(1);
    }
  }

  @Nested
  class CutLine {

    @Test
    void beforeTheServerHearsOfTheCommit() throws IOException {
      assertUnknown(CuttableServer.Moment.BEFORE_THE_SERVER_HEARS);

      assertThat(names()).isEmpty();
    }

    @Test
    void beforeTheAnswerToTheCommitArrives() throws IOException {
      assertUnknown(CuttableServer.Moment.BEFORE_THE_ANSWER_ARRIVES);

      assertThat(names()).containsExactly("john");
    }

    @Test
    void inAnOperationIsAPassingCondition() throws IOException {
      AtomicInteger runs = new AtomicInteger();
      try (CuttableServer line = CuttableServer.before(store)) {
        on(line.dataSource())
            .run(
                repo -> {
                  if (runs.incrementAndGet() == 1) {
                    line.cutAt("insert", CuttableServer.Moment.BEFORE_THE_SERVER_HEARS);
                  }
                  repo.users().add("john");
                });
      }

      assertThat(runs).hasValue(2);
      assertThat(names()).containsExactly("john");
    }

    @Test
    void inADirectWriteLeavesTheOutcomeUnknown() throws IOException {
      AtomicInteger runs = new AtomicInteger();
      try (CuttableServer line = CuttableServer.before(store)) {
        RepositoryFactory repositories = on(line.dataSource());
        line.cutAt("insert", CuttableServer.Moment.BEFORE_THE_ANSWER_ARRIVES);

        assertThatThrownBy(
                () ->
                    repositories.<User>direct(
                        repo -> {
                          runs.incrementAndGet();
                          return repo.users().add("john");
                        }))
            .satisfies(LostConnectionPostgresTest::outcomeUnknown);
      }

      assertThat(runs).hasValue(1);
      assertThat(names()).containsExactly("john");
    }

    @Test
    void inADirectOperationOfTwoStatementsLeavesTheOutcomeUnknown() throws IOException {
      try (CuttableServer line = CuttableServer.before(store)) {
        RepositoryFactory repositories = on(line.dataSource());
        line.cutAt("COMMIT", CuttableServer.Moment.BEFORE_THE_ANSWER_ARRIVES);

        assertThatThrownBy(
                () -> repositories.<User>direct(repo -> repo.users().addIfAvailable("john")))
            .satisfies(LostConnectionPostgresTest::outcomeUnknown);
      }

      assertThat(names()).containsExactly("john");
    }

    @Test
    void inADirectReadIsAPassingCondition() throws IOException {
      try (CuttableServer line = CuttableServer.before(store)) {
        RepositoryFactory repositories = on(line.dataSource());
        line.cutAt("username", CuttableServer.Moment.BEFORE_THE_ANSWER_ARRIVES);

        assertThatThrownBy(() -> repositories.<Boolean>direct(repo -> repo.users().exists("john")))
            .isInstanceOfSatisfying(
                StorageUnavailableException.class, e -> assertThat(e.retryable()).isTrue());
      }
    }

    @Test
    void inADirectStatementOfTheApplicationLeavesTheOutcomeUnknown() throws IOException {
      try (CuttableServer line = CuttableServer.before(store)) {
        RepositoryFactory repositories = on(line.dataSource());

        assertThatThrownBy(
                () ->
                    repositories.<Integer>direct(
                        repo -> {
                          repo.users().exists("john");
                          line.cutAt("mine", CuttableServer.Moment.BEFORE_THE_ANSWER_ARRIVES);
                          return ((PgRepository) repo).dsl().execute("CREATE TABLE public.mine ()");
                        }))
            .satisfies(LostConnectionPostgresTest::outcomeUnknown);
      }

      assertThat(store.select("SELECT relname FROM pg_class WHERE relname = 'mine'")).hasSize(1);
    }

    private void assertUnknown(CuttableServer.Moment moment) throws IOException {
      AtomicInteger runs = new AtomicInteger();
      try (CuttableServer line = CuttableServer.before(store)) {
        assertThatThrownBy(
                () ->
                    on(line.dataSource())
                        .run(
                            repo -> {
                              runs.incrementAndGet();
                              repo.users().add("john");
                              line.cutAt("COMMIT", moment);
                            }))
            .satisfies(LostConnectionPostgresTest::outcomeUnknown);
      }
      assertThat(runs).hasValue(1);
      Backends.terminateOthers(store.dataSource());
    }
  }

  private static void outcomeUnknown(Throwable failure) {
    assertThat(failure)
        .isInstanceOfSatisfying(
            UnitOfWorkException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(UnitOfWorkException.Kind.COMMIT_OUTCOME_UNKNOWN);
              assertThat(e.retryable()).isFalse();
              assertThat(e).hasCauseInstanceOf(StorageException.class);
            });
  }

  private void assertWorks(HikariDataSource pool) {
    String name = "user " + names().size();
    on(pool).run(repo -> repo.users().add(name));
    assertThat(names()).contains(name);
    assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
  }

  private HikariDataSource pool(int size) {
    HikariConfig config = new HikariConfig();
    config.setDataSource(store.dataSource());
    config.setMaximumPoolSize(size);
    config.setMinimumIdle(0);
    return new HikariDataSource(config);
  }

  private RepositoryFactory on(DataSource dataSource) {
    StorageSettings settings =
        store.settings().random(new SecureRandom()); // ids unlike the store's
    return Authstore.using(dataSource, store.schema(), settings).repositories();
  }

  private List<String> names() {
    return store.select("SELECT username FROM users");
  }
}
