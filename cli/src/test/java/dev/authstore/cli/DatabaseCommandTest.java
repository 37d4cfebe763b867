package dev.authstore.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.migrations.MigrationScript;
import dev.authstore.migrations.MigrationSettings;
import dev.authstore.migrations.Migrations;
import dev.authstore.model.Json;
import dev.authstore.testing.TestDatabase;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The commands that an operator lives with, and how they end. */
class DatabaseCommandTest {

  @RegisterExtension final TestDatabase empty = TestDatabase.empty();
  @RegisterExtension final TestDatabase migrated = TestDatabase.fresh();

  private static Invocation on(TestDatabase database, String... arguments) {
    return Invocation.of(
        Stream.concat(Arrays.stream(arguments), Stream.of("--database", database.url()))
            .toArray(String[]::new));
  }

  private static void execute(TestDatabase database, String sql) throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String newest(TestDatabase database) {
    return new Migrations(database.dataSource(), MigrationSettings.defaults())
        .scripts().stream().reduce((earlier, later) -> later).orElseThrow().script().version();
  }

  @Nested
  class Migrate {

    @Test
    void appliesAndTellsEachMigration() {
      Invocation migrate = on(empty, "database", "migrate");

      assertThat(migrate.exitCode()).isZero();
      assertThat(migrate.out().lines().toList())
          .first()
          .asString()
          .matches("0001  users +\\d+\\.\\d\\d s");
      assertThat(migrate.out())
          .containsPattern("applied in .* s: schema authstore is at " + newest(empty));
      assertThat(on(empty, "database", "status").exitCode()).isZero();
    }

    @Test
    void tellsThatThereIsNothingToDo() {
      Invocation migrate = on(migrated, "migrate", "up");

      assertThat(migrate.exitCode()).isZero();
      assertThat(migrate.out())
          .isEqualTo("Nothing to apply: schema authstore is at %s\n".formatted(newest(migrated)));
    }

    @Test
    void onlyTellsInADryRun() {
      Invocation dry = on(empty, "migrate", "--dry-run", "--target", "0002");

      assertThat(dry.exitCode()).isZero();
      assertThat(dry.out())
          .isEqualTo(
              "would apply 0001  users\nwould apply 0002  upstream\n2 to apply to schema authstore\n");
      assertThat(on(empty, "database", "status").exitCode()).isEqualTo(Failures.PENDING);
    }

    @ParameterizedTest
    @CsvSource({"2, 0", "x, 2"})
    void readsTheTargetOfADryRunAsThatOfARun(String target, int exitCode) {
      Invocation dry = on(empty, "migrate", "--dry-run", "--target", target);
      Invocation migrate = on(empty, "migrate", "--target", target);

      assertThat(dry.exitCode()).isEqualTo(exitCode).isEqualTo(migrate.exitCode());
      assertThat(dry.out().lines().filter(line -> line.startsWith("would apply")))
          .hasSize(exitCode == 0 ? 2 : 0);
    }

    @Test
    void stopsAtATarget() {
      Invocation migrate = on(empty, "migrate", "--target", "0001");

      assertThat(migrate.out()).contains("schema authstore is at 0001");
      assertThat(on(empty, "database", "status").exitCode()).isEqualTo(Failures.PENDING);
    }

    @Test
    void tellsWhichScriptFailed() throws SQLException {
      on(empty, "migrate", "--target", "0001");
      execute(empty, "CREATE TABLE authstore.upstream_oauth_links ()");

      Invocation migrate = on(empty, "migrate");

      assertThat(migrate.exitCode()).isEqualTo(Failures.NOT_MIGRATED);
      assertThat(migrate.err()).contains("0002 (upstream)", "42P07", "nothing");
      execute(empty, "DROP TABLE authstore.upstream_oauth_links");
      assertThat(on(empty, "migrate").exitCode()).isZero();
    }

    @Test
    void refusesToGoDown() {
      Invocation down = on(migrated, "migrate", "down");

      assertThat(down.exitCode()).isEqualTo(Failures.USAGE);
      assertThat(down.err()).contains("there is no way down: restore a backup");
    }

    @Test
    void refusesATargetThatIsNone() {
      assertThat(on(empty, "migrate", "--target", "x").exitCode()).isEqualTo(Failures.USAGE);
    }

    @Test
    void isJsonIfAsked() {
      Invocation migrate = on(empty, "migrate", "--json", "--target", "0001");

      List<Json> lines = migrate.out().lines().map(Json::parse).toList();
      assertThat(lines)
          .extracting(line -> line.get("event").orElseThrow().asString().orElseThrow())
          .containsExactly("applied", "done");
    }
  }

  @Nested
  class Status {

    @Test
    void listsMigrationsInColumns() {
      Invocation status = on(migrated, "database", "info");

      assertThat(status.exitCode()).isZero();
      assertThat(status.out().lines().toList().get(0))
          .matches("Version +Description +State +Applied at \\(UTC\\) +By");
      assertThat(status.out().lines().toList().get(1))
          .matches("0001 +users +applied +\\S+Z +postgres");
      assertThat(status.out()).endsWith("Schema authstore is up to date\n");
      assertThat(status.out().lines()).allSatisfy(line -> assertThat(line).hasSizeLessThan(101));
    }

    @Test
    void tellsAMismatch() throws SQLException {
      execute(empty, "CREATE SCHEMA authstore");
      execute(empty, "CREATE TABLE authstore.letters ()");

      Invocation status = on(empty, "database", "status", "--json");

      assertThat(status.exitCode()).isEqualTo(Failures.MISMATCH);
      assertThat(status.out().lines().reduce((a, b) -> b).orElseThrow())
          .contains("\"state\":\"Foreign\"");
    }
  }

  @Nested
  class Check {

    @Test
    void findsNothingWrongButTheOneRole() {
      Invocation check = on(migrated, "database", "check");

      assertThat(check.out().lines().filter(line -> !line.startsWith("ok")))
          .singleElement()
          .asString()
          .startsWith("warn  rights        role postgres may create tables in the schema");
      assertThat(check.out())
          .contains("ok    pooler        sessions last", "ok    notify        LISTEN hears NOTIFY")
          .contains("ok    drift         none, ")
          .contains("ok    queue         workers: 0, nobody leads; waiting jobs: 0\n");
      assertThat(check.exitCode()).isZero();
      assertThat(check.out().lines().count()).isLessThan(24);
    }

    @Test
    void findsWorkersWithoutALeader() throws SQLException {
      execute(
          migrated,
          "INSERT INTO authstore.queue_workers (id, queue_names, registered_at, last_seen_at)"
              + " VALUES (gen_random_uuid(), '{}', now(), now())");

      Invocation check = on(migrated, "database", "check");

      assertThat(check.exitCode()).isZero();
      assertThat(check.out())
          .contains(
              "warn  queue         workers: 1, nobody leads; waiting jobs: 0: what recurs is not");
    }

    @Test
    void findsJobsWithoutAWorker() throws SQLException {
      execute(
          migrated,
          "INSERT INTO authstore.queue_jobs"
              + " (id, status, queue_name, payload, metadata, attempt, created_at) VALUES"
              + " (gen_random_uuid(), 'available', 'mail', '{}', '{}', 0, now() - interval '1 hour')");

      Invocation check = on(migrated, "database", "check");

      assertThat(check.out())
          .containsPattern(
              "warn  queue         workers: 0, nobody leads; waiting jobs: 1, the oldest for 36\\d\\d s: start");
    }

    @Test
    void findsDrift() throws SQLException {
      execute(migrated, "DROP INDEX authstore.users_username_folded_idx");
      execute(migrated, "ALTER TABLE authstore.users ALTER is_guest SET DEFAULT true");
      execute(migrated, "CREATE TABLE authstore.letters ()");

      Invocation check = on(migrated, "database", "check");

      assertThat(check.exitCode()).isEqualTo(Failures.MISMATCH);
      assertThat(check.out())
          .contains("fail  drift         missing: index users_username_folded_idx on users\n")
          .contains("warn  drift         defined otherwise: column users.is_guest\n")
          .contains("warn  drift         not ours: table letters\n");
    }

    @Test
    void findsWhatIsPending() {
      Invocation check = on(empty, "database", "check");

      assertThat(check.exitCode()).isEqualTo(Failures.PENDING);
      assertThat(check.out())
          .contains("fail  schema        authstore lacks the scripts 0001 (users)");
    }

    @Test
    void findsNoServer() {
      Invocation check =
          Invocation.of(
              "database",
              "check",
              "--wait",
              "0",
              "--database",
              "postgresql://u:canary@localhost:1/d");

      assertThat(check.exitCode()).isEqualTo(Failures.NO_DATABASE);
      assertThat(check.out()).contains("fail  connection    u@localhost:1/d: no connection");
      assertThat(check.everything()).doesNotContain("canary");
    }
  }

  @Nested
  class Grants {

    @Test
    void areSqlThatCanBeRun() throws SQLException {
      Invocation grants =
          on(
              empty,
              "database",
              "grants",
              "--owner",
              "cli_test_owner",
              "--migrator",
              "cli_test_migrator",
              "--app",
              "cli_test_app");

      execute(empty, grants.out());

      assertThat(grants.exitCode()).isZero();
      assertThat(grants.out()).contains("DB_MIGRATIONS_OPTIONS=\"-c role=cli_test_owner\"");
    }
  }

  @Nested
  class Repair {

    @Test
    void asksFirst() throws SQLException {
      leaveInvalidIndex();

      Invocation asked = on(migrated, "database", "repair");

      assertThat(asked.exitCode()).isEqualTo(Failures.USAGE);
      assertThat(asked.out())
          .isEqualTo("drop invalid index broken\nNothing was changed; --yes does it\n");
      assertThat(on(migrated, "database", "check").out())
          .contains("fail  indexes       invalid: broken");
    }

    @Test
    void clearsAway() throws SQLException {
      leaveInvalidIndex();

      Invocation repair = on(migrated, "database", "repair", "--yes");

      assertThat(repair.exitCode()).isZero();
      assertThat(on(migrated, "database", "repair").out())
          .isEqualTo("Nothing to repair in schema authstore\n");
    }

    private void leaveInvalidIndex() throws SQLException {
      execute(migrated, "CREATE INDEX broken ON authstore.users (created_at)");
      execute(
          migrated,
          "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'authstore.broken'::regclass");
    }
  }

  @Nested
  class Progress {

    @Test
    void isOneLineThatGrowsOnATerminal() {
      StringWriter out = new StringWriter();
      try (Progression progression =
          new Progression(new ConfigOptions(), new PrintWriter(out, true), true)) {
        MigrationScript script = new MigrationScript("0001", "users");
        progression.begun(script);
        progression.applied(script, Duration.ofMillis(1230));
      }

      assertThat(out.toString().split("\r"))
          .containsExactly(
              "",
              "0001  users                        0.00 s",
              "0001  users                        1.23 s" + System.lineSeparator());
    }
  }

  @Test
  void completionIsWrittenForShells() {
    Invocation completion = Invocation.of("generate-completion");

    assertThat(completion.exitCode()).isZero();
    assertThat(completion.out()).contains("bash completion", "migrate");
  }
}
