package dev.authstore.migrations;

import static dev.authstore.migrations.ScriptFolder.ONE;
import static dev.authstore.migrations.ScriptFolder.TWO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.authstore.database.DatabaseConfig;
import dev.authstore.database.Setting;
import dev.authstore.testing.Race;
import dev.authstore.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;

/** Several migrators of one schema. */
class MigrationLockTest {

  private static final MigrationSettings SETTINGS = MigrationSettings.defaults();

  @RegisterExtension final TestDatabase database = TestDatabase.empty();
  @RegisterExtension final LogLines log = new LogLines();

  @TempDir Path directory;

  private Migrations migrations(MigrationSettings settings) {
    return new ScriptFolder(directory).program(database.dataSource(), settings);
  }

  /** Somebody else, who calls himself something. */
  private MigrationLock takenByAnother() {
    DatabaseConfig config =
        DatabaseConfig.of(database.url()).with(Setting.APPLICATION_NAME, "another");
    return MigrationLock.take(
            config.migrationDataSource(), SETTINGS, MigrationListener.NONE, () -> true)
        .orElseThrow();
  }

  @BeforeEach
  void writeScripts() throws IOException {
    ScriptFolder scripts = new ScriptFolder(directory);
    scripts.write(ONE, "CREATE TABLE one (a int)");
    scripts.write(
        TWO,
        "DROP INDEX CONCURRENTLY IF EXISTS one_a_idx; CREATE INDEX CONCURRENTLY one_a_idx ON one (a)");
  }

  @Test
  void eightStartTogetherAndEachScriptIsAppliedOnce() throws Exception {
    Race.Results<MigrationReport> reports = Race.of(8).run(number -> migrations(SETTINGS).apply());

    assertThat(reports.failures()).isEmpty();
    assertThat(reports.values().stream().flatMap(report -> report.applied().stream()))
        .containsExactlyInAnyOrder(ONE, TWO);
    assertThat(
            Sql.read(database.dataSource(), "SELECT count(*) FROM pg_index WHERE NOT indisvalid"))
        .isEqualTo("0");
  }

  @Test
  void looksAgainIfAnotherHasMigratedWhileItLooked() {
    PGSimpleDataSource overtaken =
        new PGSimpleDataSource() {
          private int opened;

          @Override
          public Connection getConnection() throws SQLException {
            if (++opened == 2) {
              migrations(SETTINGS).apply();
            }
            return super.getConnection();
          }
        };
    overtaken.setUrl(database.jdbcUrl());

    SchemaStatus status = new ScriptFolder(directory).program(overtaken, SETTINGS).status();

    assertThat(status.state()).isInstanceOf(SchemaState.UpToDate.class);
  }

  @Test
  void waitsAndNamesTheHolder() throws Exception {
    MigrationLock lock = takenByAnother();
    CountDownLatch waiting = new CountDownLatch(1);
    MigrationListener listener =
        new MigrationListener() {
          @Override
          public void waiting(LockHolder holder, Duration waited) {
            waiting.countDown();
          }
        };
    CompletableFuture<MigrationReport> apply =
        CompletableFuture.supplyAsync(
            () -> migrations(SETTINGS).apply(ApplyOptions.all().listener(listener)));
    assertThat(waiting.await(10, TimeUnit.SECONDS)).isTrue();

    lock.close();

    assertThat(apply.get(30, TimeUnit.SECONDS).applied()).containsExactly(ONE, TWO);
    assertThat(log.list().get(0))
        .matches(
            "WARN Another process is already migrating, waiting \\[pid=\\d+,"
                + " application=another-migrate, since=\\S+Z, delay=PT0.25S]");
  }

  @Test
  void givesUpAfterAWhile() {
    MigrationLock lock = takenByAnother();

    MigrationLockTimeoutException refusal =
        catchThrowableOfType(
            MigrationLockTimeoutException.class,
            () -> migrations(SETTINGS.lockTimeout(Duration.ZERO)).apply());

    assertThat(refusal.holder().application()).contains("another-migrate");
    assertThat(refusal)
        .hasMessageMatching(
            "schema authstore is being migrated by process \\d+ \\(another-migrate, connected since"
                + " \\S+\\); waited PT0S \\(DB_MIGRATIONS_LOCK_TIMEOUT\\)");
    lock.close();
    assertThat(migrations(SETTINGS).status().version()).isEmpty();
  }

  @Test
  void goesOnWhenTheHolderDies() throws Exception {
    MigrationLock lock = takenByAnother();
    MigrationListener killer =
        new MigrationListener() {
          @Override
          public void waiting(LockHolder holder, Duration waited) {
            kill(holder.pid());
          }
        };

    MigrationReport report = migrations(SETTINGS).apply(ApplyOptions.all().listener(killer));

    assertThat(report.applied()).containsExactly(ONE, TWO);
    lock.close();
  }

  @Test
  void isOfOneSchemaOnly() {
    MigrationLock lock = takenByAnother();

    List<MigrationScript> applied =
        migrations(SETTINGS.schema("tenant").lockTimeout(Duration.ZERO)).apply().applied();

    assertThat(applied).containsExactly(ONE, TWO);
    lock.close();
  }

  @Test
  void isNotWantedWhereNothingIsPending() {
    migrations(SETTINGS).apply();
    MigrationLock lock = takenByAnother();

    MigrationReport report = migrations(SETTINGS.lockTimeout(Duration.ZERO)).apply();

    assertThat(report.applied()).isEmpty();
    lock.close();
  }

  private void kill(int pid) {
    try {
      Sql.execute(database.dataSource(), "SELECT pg_terminate_backend(%d)".formatted(pid));
    } catch (java.sql.SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
