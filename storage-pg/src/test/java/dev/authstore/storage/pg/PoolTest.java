package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.authstore.database.DatabaseConfig;
import dev.authstore.model.user.User;
import dev.authstore.storage.Repository;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StorageObserver;
import dev.authstore.storage.StorageSettings;
import dev.authstore.storage.StorageUnavailableException;
import dev.authstore.storage.UnitOfWorkException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PoolTest {
  private static final int ABANDONED = 10_000;

  @RegisterExtension final Store store = Store.fresh();

  private final ExecutorService other = Executors.newCachedThreadPool();

  @AfterEach
  void stop() {
    other.shutdownNow();
  }

  @Test
  void ofOneLetsTheSecondUnitOfWorkWaitAndGiveUp() {
    try (HikariDataSource pool = pool(250);
        Repository first = on(pool).begin()) {
      first.users().exists("john");

      long start = System.nanoTime();
      assertThatThrownBy(() -> on(pool).<Boolean>read(repo -> repo.users().exists("john")))
          .isInstanceOfSatisfying(
              StorageUnavailableException.class,
              e -> {
                assertThat(e.reason()).isEqualTo(StorageUnavailableException.Reason.POOL_TIMEOUT);
                assertThat(e.retryable()).isTrue();
              });
      assertThat(System.nanoTime() - start).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(240));
    }
  }

  @Test
  void ofOneServesTheSecondUnitOfWorkWhenTheFirstHasEnded() throws Exception {
    try (HikariDataSource pool = pool(20_000)) {
      Repository first = on(pool).begin();
      User john = first.users().add("john");
      Future<Boolean> second =
          other.submit(() -> on(pool).<Boolean>read(repo -> repo.users().exists("john")));
      while (pool.getHikariPoolMXBean().getThreadsAwaitingConnection() == 0) {
        Thread.onSpinWait();
      }

      first.save();

      assertThat(second.get(10, TimeUnit.SECONDS)).isTrue();
      assertThat(john.isValid()).isTrue();
    }
  }

  @Test
  void ofOneServesThoseWhoWaitInTheirOrder() throws Exception {
    try (HikariDataSource pool = pool(20_000)) {
      Repository first = on(pool).begin();
      first.users().exists("john");
      Queue<Integer> served = new ConcurrentLinkedQueue<>();
      List<Future<?>> waiting = new ArrayList<>();
      for (int i = 1; i <= 5; i++) {
        int number = i;
        AtomicReference<@Nullable Thread> thread = new AtomicReference<>();
        waiting.add(
            other.submit(
                () -> {
                  thread.set(Thread.currentThread());
                  on(pool)
                      .run(
                          repo -> {
                            repo.users().exists("john");
                            served.add(number);
                          });
                }));
        // one that is counted takes its place in the row a moment later
        while (pool.getHikariPoolMXBean().getThreadsAwaitingConnection() < i
            || Objects.requireNonNull(thread.get()).getState() != Thread.State.TIMED_WAITING) {
          Thread.onSpinWait();
        }
      }

      first.cancel();

      for (Future<?> each : waiting) {
        each.get(10, TimeUnit.SECONDS);
      }
      assertThat(served).containsExactly(1, 2, 3, 4, 5);
    }
  }

  @Test
  void ofOneMakesAUnitOfWorkThatCannotConnectFail() {
    try (HikariDataSource pool = pool(250);
        Repository first = on(pool).begin();
        Repository second = on(pool).begin()) {
      first.users().exists("john");
      assertThatThrownBy(() -> second.users().exists("john"))
          .isInstanceOf(StorageUnavailableException.class);
      first.cancel();

      assertThatThrownBy(second::save).hasCauseInstanceOf(StorageUnavailableException.class);
    }
  }

  @Test
  void thatWasClosedSaysSo() {
    Authstore authstore = Authstore.open(DatabaseConfig.of(store.url()).poolSize(1));
    RepositoryFactory repositories = authstore.repositories();
    repositories.run(repo -> repo.users().add("john"));
    authstore.close();

    assertThatThrownBy(() -> repositories.<Boolean>read(repo -> repo.users().exists("john")))
        .isInstanceOfSatisfying(
            StorageUnavailableException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(StorageUnavailableException.Reason.POOL_CLOSED);
              assertThat(e.retryable()).isFalse();
            });
  }

  @Test
  void losesNothingToAbandonedUnitsOfWork() {
    try (HikariDataSource pool = pool(5_000)) {
      RepositoryFactory repositories = on(pool);
      User john = store.write(repo -> repo.users().add("john"));

      for (int i = 0; i < ABANDONED; i++) {
        try (Repository repo = repositories.begin()) {
          if (i % 100 == 0) {
            repo.users().acquireLockForSync(john);
            repo.users().lock(john);
          } else {
            repo.users().lookup(john.id());
          }
        }
        store.statements();
      }

      assertThat(store.abandoned()).hasSize(ABANDONED / 100);
      assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
      assertThat(pool.getHikariPoolMXBean().getTotalConnections()).isOne();
      assertThat(
              store.select(
                  "SELECT state FROM pg_stat_activity WHERE datname = current_database()"
                      + " AND pid <> pg_backend_pid() AND (xact_start IS NOT NULL OR state <> 'idle')"))
          .isEmpty();
      assertThat(
              store.select(
                  "SELECT mode FROM pg_locks WHERE pid <> pg_backend_pid()"
                      + " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"))
          .isEmpty();
      assertThat(
              store.<Boolean>read(repo -> repo.users().lookup(john.id()).orElseThrow().isValid()))
          .isTrue();
    }
  }

  @Test
  void getsItsConnectionsBackInAutoCommitMode() throws Exception {
    try (HikariDataSource pool = pool(5_000)) {
      try (Repository repo = on(pool).begin()) {
        repo.users().exists("john");
      }

      try (var connection = pool.getConnection()) {
        assertThat(connection.getAutoCommit()).isTrue();
      }
    }
  }

  @Test
  void getsItsConnectionsBackFromUnitsOfWorkWhoseObserverThrows() {
    StorageObserver throwing =
        new StorageObserver() {
          @Override
          public void statement(Statement statement) {
            if (!statement.sql().startsWith("select")) { // at the end of a transaction
              throw new IllegalStateException("observer");
            }
          }
        };
    try (HikariDataSource pool = pool(5_000)) {
      RepositoryFactory repositories =
          Authstore.using(pool, store.schema(), store.settings().observer(throwing)).repositories();

      for (Consumer<Repository> end :
          List.<Consumer<Repository>>of(Repository::save, Repository::cancel, Repository::close)) {
        Repository repo = repositories.begin();
        repo.users().exists("john");
        assertThatThrownBy(() -> end.accept(repo)).hasMessage("observer");

        assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
        assertThatThrownBy(repo::save)
            .isInstanceOfSatisfying(
                UnitOfWorkException.class,
                e -> assertThat(e.kind()).isEqualTo(UnitOfWorkException.Kind.CLOSED));
      }
    }
  }

  private HikariDataSource pool(long timeoutMillis) {
    HikariConfig config = new HikariConfig();
    config.setDataSource(store.dataSource());
    config.setMaximumPoolSize(1);
    config.setConnectionTimeout(timeoutMillis);
    return new HikariDataSource(config);
  }

  private RepositoryFactory on(HikariDataSource pool) {
    StorageSettings settings =
        store.settings().random(new SecureRandom()); // ids unlike the store's
    return Authstore.using(pool, store.schema(), settings).repositories();
  }
}
