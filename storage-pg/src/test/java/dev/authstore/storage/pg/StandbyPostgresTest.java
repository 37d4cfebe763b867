package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.authstore.database.ConnectFailedException;
import dev.authstore.database.DatabaseConfig;
import dev.authstore.database.ServerFacts;
import dev.authstore.database.Setting;
import dev.authstore.migrations.MigrationMode;
import dev.authstore.migrations.MigrationSettings;
import dev.authstore.migrations.Migrations;
import dev.authstore.migrations.SchemaStateException;
import dev.authstore.model.user.User;
import dev.authstore.storage.ReadOnlyException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StorageObserver;
import dev.authstore.storage.StorageSettings;
import dev.authstore.storage.StorageUnavailableException;
import dev.authstore.storage.pg.DatabaseHealth.Status;
import dev.authstore.testing.PostgresServer;
import dev.authstore.testing.ReplicatedPostgres;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.ClassOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestClassOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A primary, and a standby that follows it until, in the end, it is promoted. */
@TestClassOrder(ClassOrderer.OrderAnnotation.class)
class StandbyPostgresTest {
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  private static ReplicatedPostgres servers;

  @BeforeAll
  static void start() {
    servers = ReplicatedPostgres.start();
    new Migrations(servers.primary().dataSource("postgres"), MigrationSettings.defaults()).apply();
    servers.awaitReplayed();
  }

  @AfterAll
  static void stop() {
    servers.close();
  }

  @Nested
  class Choosing {

    @ParameterizedTest
    @ValueSource(
        strings = {"", "?target_session_attrs=read-write", "?target_session_attrs=primary"})
    void passesOverTheStandby(String target) {
      try (Authstore authstore = open(standbyFirst() + target)) {
        User added =
            authstore.repositories().call(repo -> repo.users().addIfAvailable("u" + target));

        assertThat(added.username()).isEqualTo("u" + target);
        assertThat(server(authstore).inRecovery()).isFalse();
      }
    }

    @Test
    void takesTheStandbyIfAnyWillDo() {
      try (Authstore authstore = open(standbyFirst() + "?target_session_attrs=any")) {
        assertThat(server(authstore).inRecovery()).isTrue();
      }
    }

    @ParameterizedTest
    @ValueSource(strings = {"read-write", "primary"})
    void findsNothingAmongStandbys(String target) {
      String alone = url(servers.standby()) + "?target_session_attrs=" + target;

      ConnectFailedException failure =
          catchThrowableOfType(ConnectFailedException.class, () -> open(alone));

      assertThat(failure.reason()).isEqualTo(ConnectFailedException.Reason.UNSUITABLE);
      assertThat(failure).hasMessageContaining("no server that can be written to");
    }

    private static ServerFacts server(Authstore authstore) {
      return authstore.health().server().orElseThrow();
    }
  }

  @Nested
  class Standby {

    @Test
    void isNoPlaceToMigrate() {
      String unmigrated =
          "postgresql://postgres@localhost:%d/template1".formatted(servers.standby().port());

      assertThatThrownBy(() -> Authstore.open(config(unmigrated)))
          .isInstanceOf(SchemaStateException.class)
          .hasMessageContaining("the server is a standby");
    }

    @Test
    void willDoToStartWhereNothingIsPending() {
      try (Authstore authstore = Authstore.open(config(url(servers.standby())))) {
        assertThat(authstore.health().isReady()).isTrue();
      }
    }

    @Test
    void answersQuestions() {
      User john = add("john");
      servers.awaitReplayed();
      try (Authstore authstore = open(url(servers.standby()))) {
        Optional<User> found =
            authstore.repositories().read(repo -> repo.users().lookup(john.id()));

        assertThat(found).contains(john);
      }
    }

    @Test
    void refusesToWrite() {
      User jane = add("jane");
      servers.awaitReplayed();
      try (Authstore authstore = open(url(servers.standby()))) {
        StorageUnavailableException refusal =
            catchThrowableOfType(
                StorageUnavailableException.class,
                () -> authstore.repositories().direct(repo -> repo.users().lock(jane)));

        assertThat(refusal.reason()).isEqualTo(StorageUnavailableException.Reason.READ_ONLY);
        assertThat(refusal.sqlState()).contains("25006");
        assertThat(refusal.retryable()).isTrue();
      }
    }

    @Test
    void isDegraded() {
      try (Authstore authstore = open(url(servers.standby()))) {
        DatabaseHealth health = authstore.health();

        assertThat(health.status()).isEqualTo(Status.DEGRADED);
        assertThat(health.reason()).contains("READ_ONLY");
        assertThat(health.server()).map(ServerFacts::inRecovery).contains(true);
      }
    }

    private static User add(String name) {
      try (Authstore authstore = open(url(servers.primary()))) {
        return authstore.repositories().call(repo -> repo.users().add(name));
      }
    }
  }

  /** What is asked of a replica, with the primary behind it. */
  @Nested
  class Replicas {
    private final List<StorageObserver.Statement> statements = new CopyOnWriteArrayList<>();
    private final Authstore authstore = open(withReplica(url(servers.standby())));

    @AfterEach
    void close() {
      authstore.close();
      execute(servers.standby(), "SELECT pg_wal_replay_resume()");
    }

    @Test
    void answerInOneStatement() {
      assertThat(asked(authstore.repositories()::readReplica)).isTrue();
      assertThat(statements).hasSize(1);
      assertThat(asked(authstore.repositories()::read)).isFalse();
    }

    @Test
    void refuseToWriteBeforeAnythingIsSent() {
      User jack = authstore.repositories().call(repo -> repo.users().add("jack"));
      statements.clear();

      assertThatThrownBy(
              () -> authstore.repositories().readReplica(repo -> repo.users().lock(jack)))
          .isInstanceOf(ReadOnlyException.class);

      assertThat(statements).isEmpty();
    }

    @Test
    void mayLag() {
      execute(servers.standby(), "SELECT pg_wal_replay_pause()");
      authstore.repositories().run(repo -> repo.users().add("late"));

      boolean atReplica = authstore.repositories().readReplica(Replicas::hasLate);
      boolean atPrimary = authstore.repositories().read(Replicas::hasLate);

      assertThat(atReplica).isFalse();
      assertThat(atPrimary).isTrue();
      execute(servers.standby(), "SELECT pg_wal_replay_resume()");
      servers.awaitReplayed();
      boolean later = authstore.repositories().readReplica(Replicas::hasLate);
      assertThat(later).isTrue();
    }

    private static boolean hasLate(RepositoryAccess repo) {
      return repo.users().exists("late");
    }

    @Test
    void leaveItToThePrimaryWhereTheyAreGone() {
      try (Authstore lonely = open(withReplica("postgresql://localhost:1"))) {
        assertThat(asked(lonely.repositories()::readReplica)).isFalse();
        assertThat(asked(lonely.repositories()::readReplica)).isFalse();
      }
    }

    @Test
    void areThePrimaryWhereNoneIsConfigured() {
      try (Authstore alone = open(config(url(servers.primary())))) {
        assertThat(asked(alone.repositories()::readReplica)).isFalse();
      }
    }

    @Test
    void mayBeADataSourceOfTheApplication() {
      RepositoryFactory own =
          Authstore.using(
                  servers.primary().dataSource("postgres"),
                  servers.standby().dataSource("postgres"),
                  "authstore",
                  StorageSettings.defaults())
              .repositories();

      assertThat(asked(own::readReplica)).isTrue();
      assertThat(asked(own.inSchema("authstore")::readReplica)).isTrue();
      assertThat(asked(own::read)).isFalse();
    }

    /** Replay wants a lock that the reader has, and does not wait for it. */
    @Test
    void leaveItToThePrimaryWhereReplayCutsThemOff() throws Exception {
      execute(servers.standby(), "ALTER SYSTEM SET max_standby_streaming_delay = 0");
      execute(servers.standby(), "SELECT pg_reload_conf()");
      ExecutorService reader = Executors.newSingleThreadExecutor();
      Future<Boolean> slow =
          reader.submit(() -> asked(authstore.repositories()::readReplica, SLOW_ON_A_STANDBY));
      awaitRunning(servers.standby());

      execute(
          servers.primary(), "BEGIN; LOCK TABLE authstore.users IN ACCESS EXCLUSIVE MODE; COMMIT");

      assertThat(slow.get(DEADLINE.toSeconds(), TimeUnit.SECONDS)).isFalse();
      assertThat(statements)
          .extracting(s -> s.sqlState().orElse("ok"))
          .containsExactly("40001", "ok");
      assertThat(asked(authstore.repositories()::readReplica)).isTrue();
      reader.shutdown();
    }

    private static final String IN_RECOVERY = "SELECT pg_is_in_recovery()";
    private static final String SLOW_ON_A_STANDBY =
        "SELECT pg_is_in_recovery() FROM (SELECT count(*) FROM authstore.users) u,"
            + " (SELECT CASE WHEN pg_is_in_recovery() THEN pg_sleep(60) END) s";

    private static boolean asked(Reading reading) {
      return asked(reading, IN_RECOVERY);
    }

    private static boolean asked(Reading reading, String query) {
      return reading.read(
          repo -> Boolean.TRUE.equals(((PgRepository) repo).dsl().fetchValue(query)));
    }

    private static void awaitRunning(PostgresServer server) {
      long start = System.nanoTime();
      while (!isTrue(
          server, "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep')")) {
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(DEADLINE);
      }
    }

    private Authstore open(DatabaseConfig config) {
      StorageSettings heard =
          StorageSettings.defaults()
              .observer(
                  new StorageObserver() {
                    @Override
                    public void statement(StorageObserver.Statement statement) {
                      statements.add(statement);
                    }
                  });
      return Authstore.open(config, heard, MigrationMode.SKIP);
    }
  }

  @FunctionalInterface
  private interface Reading {
    Boolean read(Function<RepositoryAccess, Boolean> work);
  }

  @Nested
  @Order(Integer.MAX_VALUE) // the servers are not what they were afterwards
  class Promotion {

    @Test
    void isSurvivedWithoutARestart() {
      try (Authstore authstore =
          Authstore.open(
              config(servers.url("postgres")).with(Setting.REPLICA_URI, url(servers.standby())),
              StorageSettings.defaults(),
              MigrationMode.SKIP)) {
        User jim = authstore.repositories().call(repo -> repo.users().add("jim"));
        servers.awaitReplayed();
        servers.primary().close();
        assertThatThrownBy(() -> authstore.repositories().read(repo -> repo.users().exists("jim")))
            .isInstanceOf(StorageUnavailableException.class);
        assertThat(isThere(authstore, "jim")).isTrue();

        servers.promote();

        assertThat(isThere(authstore, "jim")).isTrue();
        awaitUp(authstore);
        User locked = authstore.repositories().call(repo -> repo.users().lock(jim));
        assertThat(locked.lockedAt()).isPresent();
      }
    }

    private static boolean isThere(Authstore authstore, String name) {
      return authstore.repositories().<Boolean>readReplica(repo -> repo.users().exists(name));
    }

    private static void awaitUp(Authstore authstore) {
      long start = System.nanoTime();
      while (authstore.health().status() != Status.UP) {
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(DEADLINE);
      }
    }
  }

  private static String standbyFirst() {
    return "postgresql://postgres@localhost:%d,localhost:%d/postgres"
        .formatted(servers.standby().port(), servers.primary().port());
  }

  private static String url(PostgresServer server) {
    return "postgresql://postgres@localhost:%d/postgres".formatted(server.port());
  }

  private static Authstore open(String target) {
    return Authstore.open(config(target), StorageSettings.defaults(), MigrationMode.SKIP);
  }

  private static DatabaseConfig withReplica(String replica) {
    return config(url(servers.primary())).with(Setting.REPLICA_URI, replica);
  }

  private static void execute(PostgresServer server, String sql) {
    try (Connection connection = server.dataSource("postgres").getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean isTrue(PostgresServer server, String query) {
    try (Connection connection = server.dataSource("postgres").getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      return row.next() && row.getBoolean(1);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What is not there is not waited for. */
  private static DatabaseConfig config(String target) {
    return DatabaseConfig.of(target)
        .poolSize(2)
        .with(Setting.CONNECT_TIMEOUT, "500ms")
        .with(Setting.STARTUP_TIMEOUT, "0");
  }
}
