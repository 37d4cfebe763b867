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
import dev.authstore.storage.StorageSettings;
import dev.authstore.storage.StorageUnavailableException;
import dev.authstore.storage.pg.DatabaseHealth.Status;
import dev.authstore.testing.PostgresServer;
import dev.authstore.testing.ReplicatedPostgres;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
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

  @Nested
  @Order(Integer.MAX_VALUE) // the servers are not what they were afterwards
  class Promotion {

    @Test
    void isSurvivedWithoutARestart() {
      try (Authstore authstore = open(servers.url("postgres"))) {
        User jim = authstore.repositories().call(repo -> repo.users().add("jim"));
        servers.awaitReplayed();
        servers.primary().close();
        assertThatThrownBy(() -> authstore.repositories().read(repo -> repo.users().exists("jim")))
            .isInstanceOf(StorageUnavailableException.class);

        servers.promote();

        awaitUp(authstore);
        User locked = authstore.repositories().call(repo -> repo.users().lock(jim));
        assertThat(locked.lockedAt()).isPresent();
      }
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

  /** What is not there is not waited for. */
  private static DatabaseConfig config(String target) {
    return DatabaseConfig.of(target)
        .poolSize(2)
        .with(Setting.CONNECT_TIMEOUT, "500ms")
        .with(Setting.STARTUP_TIMEOUT, "0");
  }
}
