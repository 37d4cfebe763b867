package dev.authstore.migrations;

import static dev.authstore.migrations.ScriptFolder.ONE;
import static dev.authstore.migrations.ScriptFolder.THREE;
import static dev.authstore.migrations.ScriptFolder.TWO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.database.ConfigurationException;
import dev.authstore.migrations.ScriptStatus.Progress;
import dev.authstore.testing.PostgresServer;
import dev.authstore.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;

/** What becomes of a schema that is not simply old or new. */
class MigrationOutcomesTest {

  private static final MigrationSettings SETTINGS = MigrationSettings.defaults();

  private static final String UNIQUE_INDEX =
      "DROP INDEX CONCURRENTLY IF EXISTS one_a_key; CREATE UNIQUE INDEX CONCURRENTLY one_a_key ON one (a)";

  @RegisterExtension final TestDatabase database = TestDatabase.empty();
  @RegisterExtension final LogLines log = new LogLines();

  @TempDir Path directory;

  private ScriptFolder scripts() {
    return new ScriptFolder(directory);
  }

  private Migrations migrations(MigrationSettings settings) {
    return scripts().program(database.dataSource(), settings);
  }

  private Migrations migrations() {
    return migrations(SETTINGS);
  }

  private void execute(String sql) throws SQLException {
    Sql.execute(database.dataSource(), sql);
  }

  private String read(String query) throws SQLException {
    return Sql.read(database.dataSource(), query);
  }

  @Nested
  class NewerSchema {

    @BeforeEach
    void migrateWithANewerProgram() throws IOException {
      scripts()
          .write(
              ONE,
              "CREATE TABLE schema_compatibility (oldest_script int);"
                  + " INSERT INTO schema_compatibility VALUES (1)");
      scripts().write(TWO, "CREATE TABLE two ()");
      migrations().apply();
      scripts().delete(TWO);
      log.clear();
    }

    @Test
    void isRefused() {
      assertThatThrownBy(migrations()::apply)
          .isInstanceOf(SchemaStateException.class)
          .hasMessage(
              "schema authstore is newer than this program, it has the scripts 0002 (two), which"
                  + " allow to go on if DB_ALLOW_NEWER_SCHEMA is set");
      assertThatThrownBy(migrations()::verify).isInstanceOf(SchemaStateException.class);
    }

    @Test
    void isAcceptedWithAWarningIfItSaysSoAndTheOperatorToo() {
      Migrations migrations = migrations(SETTINGS.allowNewer(true));

      migrations.verify();

      assertThat(migrations.apply().applied()).isEmpty();
      assertThat(log.list()).contains("WARN Schema is newer than this program [newest=0002]");
    }

    @Test
    void isRefusedIfItNeedsANewerProgram() throws Exception {
      execute("UPDATE authstore.schema_compatibility SET oldest_script = 2");

      assertThatThrownBy(migrations(SETTINGS.allowNewer(true))::verify)
          .isInstanceOf(SchemaStateException.class)
          .hasMessageEndingWith("which need a newer program");
    }
  }

  @Nested
  class Target {

    @BeforeEach
    void writeScripts() throws IOException {
      scripts().write(ONE, "CREATE TABLE one ()");
      scripts().write(TWO, "CREATE TABLE two ()");
    }

    @Test
    void isTheLastScriptApplied() {
      MigrationReport report = migrations().apply(ApplyOptions.all().target("0001"));

      assertThat(report.applied()).containsExactly(ONE);
      assertThat(migrations().status().state()).isEqualTo(new SchemaState.Pending(List.of(TWO)));
    }

    @Test
    void thatWasReachedIsNothingToDo() {
      migrations().apply();

      assertThat(migrations().apply(ApplyOptions.all().target("0001")).applied()).isEmpty();
    }

    @Test
    void mustBeAScript() {
      assertThatThrownBy(() -> migrations().apply(ApplyOptions.all().target("9")))
          .isInstanceOf(ConfigurationException.class)
          .hasMessage("target: there is no script 9");
    }
  }

  @Nested
  class Listener {

    @Test
    void hearsOfEachScript() throws Exception {
      scripts().write(ONE, "CREATE TABLE one ()");
      scripts().write(TWO, "CREATE TABLE two ()");
      List<String> heard = new ArrayList<>();
      MigrationListener listener =
          new MigrationListener() {
            @Override
            public void pending(List<MigrationScript> scripts) {
              heard.add("pending " + scripts.size());
            }

            @Override
            public void begun(MigrationScript script) {
              heard.add("begun " + script.version());
            }

            @Override
            public void applied(MigrationScript script, Duration duration) {
              heard.add("applied " + script.version());
            }
          };

      migrations().apply(ApplyOptions.all().listener(listener));

      assertThat(heard)
          .containsExactly("pending 2", "begun 0001", "applied 0001", "begun 0002", "applied 0002");
    }
  }

  @Nested
  class ScriptList {

    @Test
    void tellsWhatIsAppliedAndWhatIsNot() throws Exception {
      scripts().write(ONE, "CREATE TABLE one ()");
      migrations().apply();
      scripts().write(TWO, "CREATE TABLE two ()");

      List<ScriptStatus> list = migrations().scripts();

      assertThat(list).extracting(ScriptStatus::script).containsExactly(ONE, TWO);
      assertThat(list)
          .extracting(ScriptStatus::progress)
          .containsExactly(Progress.APPLIED, Progress.PENDING);
      assertThat(list.get(0).appliedBy()).contains("postgres");
      Instant now =
          Instant.parse(
              read("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"));
      assertThat(list.get(0).appliedAt().orElseThrow())
          .isBetween(now.minusSeconds(600), now.plusSeconds(1));
      assertThat(list.get(1).appliedAt()).isEmpty();
    }
  }

  @Nested
  class WaitingForLocks {

    @Test
    void endsSoonAndIsTriedAgain() throws Exception {
      scripts().write(ONE, "CREATE TABLE one ()");
      migrations().apply();
      scripts().write(TWO, "ALTER TABLE one ADD a int");
      PGSimpleDataSource impatient = (PGSimpleDataSource) database.dataSource();
      impatient.setOptions("-c lock_timeout=50ms");
      try (Connection reader = database.dataSource().getConnection();
          Statement statement = reader.createStatement()) {
        reader.setAutoCommit(false);
        statement.execute("LOCK TABLE authstore.one IN ACCESS SHARE MODE");
        List<MigrationScript> begun = new ArrayList<>();
        MigrationListener listener =
            new MigrationListener() {
              @Override
              public void begun(MigrationScript script) {
                begun.add(script);
                if (begun.size() == 2) {
                  end(reader);
                }
              }
            };

        MigrationReport report =
            scripts().program(impatient, SETTINGS).apply(ApplyOptions.all().listener(listener));

        assertThat(report.applied()).containsExactly(TWO);
        assertThat(begun).containsExactly(TWO, TWO);
        assertThat(log.list())
            .contains("WARN A script waits for locks of others, trying again [attempt=1]");
      }
    }

    private static void end(Connection transaction) {
      try {
        transaction.rollback();
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @Nested
  class Repair {

    @BeforeEach
    void failOutsideATransaction() throws IOException {
      scripts().write(ONE, "CREATE TABLE one (a int); INSERT INTO one VALUES (1), (1)");
      scripts().write(TWO, UNIQUE_INDEX);
      assertThatThrownBy(migrations()::apply).isInstanceOf(MigrationFailedException.class);
    }

    @Test
    void isNeededBeforeAnythingElse() {
      assertThatThrownBy(migrations()::apply)
          .isInstanceOf(SchemaStateException.class)
          .hasMessageContaining(
              "0002 (two); look into the cause, then run `authstore database repair`");
    }

    @Test
    void isAnnounced() throws Exception {
      RepairReport report = migrations().repairs();

      assertThat(report).isEqualTo(new RepairReport(List.of(TWO), List.of("one_a_key")));
      assertThat(read("SELECT to_regclass('authstore.one_a_key') IS NULL")).isEqualTo("f");
    }

    @Test
    void letsTheScriptRunAgain() throws Exception {
      execute("DELETE FROM authstore.one WHERE ctid = '(0,1)'");

      RepairReport report = migrations().repair();

      assertThat(report).isEqualTo(new RepairReport(List.of(TWO), List.of("one_a_key")));
      assertThat(read("SELECT to_regclass('authstore.one_a_key') IS NULL")).isEqualTo("t");
      assertThat(migrations().apply().applied()).containsExactly(TWO);
      assertThat(migrations().repairs().isEmpty()).isTrue();
    }

    @Test
    void doesNotExcuseWhatWasModified() throws Exception {
      migrations().repair();
      scripts().write(ONE, "CREATE TABLE other ()");

      assertThatThrownBy(migrations()::repair).isInstanceOf(SchemaStateException.class);
    }
  }

  @Nested
  class InvalidIndex {

    @Test
    void leftByAScriptThatRanWellIsAFailure() throws Exception {
      scripts().write(ONE, "CREATE TABLE one (a int); INSERT INTO one VALUES (1), (1)");
      migrations().apply();
      assertThatThrownBy(
              () -> execute("CREATE UNIQUE INDEX CONCURRENTLY one_a_key ON authstore.one (a)"))
          .isInstanceOf(SQLException.class);
      scripts().write(TWO, "CREATE INDEX CONCURRENTLY IF NOT EXISTS one_a_key ON one (a)");

      assertThatThrownBy(migrations()::apply)
          .isInstanceOf(MigrationFailedException.class)
          .hasMessage(
              "all scripts ran, but these indexes are invalid: one_a_key; run `authstore database"
                  + " repair`");
      assertThat(migrations().repair().invalidIndexes()).containsExactly("one_a_key");
    }
  }

  @Nested
  class HistoryElsewhere {

    private final MigrationSettings elsewhere = SETTINGS.historySchema("public");

    @Test
    void leavesNeighboursAlone() throws Exception {
      execute("CREATE TABLE schema_migrations (version bigint PRIMARY KEY)");
      execute("INSERT INTO schema_migrations VALUES (7)");
      Migrations program = new Migrations(database.dataSource(), elsewhere);

      program.apply();

      program.verify();
      assertThat(program.apply().applied()).isEmpty();
      assertThat(read("SELECT string_agg(version::text, ',') FROM schema_migrations"))
          .isEqualTo("7");
      assertThat(
              read(
                  "SELECT string_agg(tablename, ',' ORDER BY tablename) FROM pg_tables"
                      + " WHERE schemaname = 'public'"))
          .isEqualTo("authstore_schema_history,schema_migrations");
    }

    @Test
    void isNotTakenForThatOfAnotherSchema() throws Exception {
      scripts().write(ONE, "CREATE TABLE one ()");
      migrations(elsewhere).apply();

      assertThatThrownBy(migrations(elsewhere.schema("tenant"))::apply)
          .isInstanceOf(SchemaStateException.class)
          .hasMessage("schema tenant has a history of scripts, but nothing that they made");
    }

    @Test
    void needsItsSchema() throws Exception {
      scripts().write(ONE, "CREATE TABLE one ()");

      assertThatThrownBy(migrations(SETTINGS.historySchema("nowhere"))::apply)
          .isInstanceOfSatisfying(
              SchemaAccessDeniedException.class,
              refusal ->
                  assertThat(refusal.grants())
                      .containsExactly("CREATE SCHEMA \"nowhere\" AUTHORIZATION \"postgres\";"));
    }
  }

  @Nested
  class UnsuitableDatabase {

    @Test
    void isOneOfAnotherEncoding() throws Exception {
      scripts().write(ONE, "CREATE TABLE one ()");
      execute("CREATE DATABASE ascii_test ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0");
      Migrations ascii =
          scripts().program(PostgresServer.shared().dataSource("ascii_test"), SETTINGS);

      assertThatThrownBy(ascii::apply)
          .isInstanceOf(SchemaStateException.class)
          .hasMessage(
              "schema authstore cannot be here: the database has the encoding SQL_ASCII instead of"
                  + " UTF8");
      execute("DROP DATABASE ascii_test WITH (FORCE)");
    }

    @Test
    void isOneOnAnOldServer() {
      assertThat(new SchemaContents.Server(120_022, "UTF8", false).problem())
          .contains("the server has version 12, 13 is the oldest that will do");
      assertThat(new SchemaContents.Server(130_023, "UTF8", false).problem()).isEmpty();
    }
  }

  @Nested
  class Extension {

    @Test
    void isUsedWhereverItIs() throws Exception {
      execute("CREATE SCHEMA extensions");
      execute("CREATE EXTENSION pg_trgm SCHEMA extensions");

      new Migrations(database.dataSource(), SETTINGS).apply();

      assertThat(
              read("SELECT extnamespace::regnamespace FROM pg_extension WHERE extname = 'pg_trgm'"))
          .isEqualTo("extensions");
    }
  }

  @Test
  void aProcessThatIsOutOfOrderIsRefused() throws Exception {
    scripts().write(ONE, "CREATE TABLE one ()");
    scripts().write(THREE, "CREATE TABLE three ()");
    migrations().apply();
    scripts().write(TWO, "CREATE TABLE two ()");

    assertThatThrownBy(migrations()::apply)
        .isInstanceOf(SchemaStateException.class)
        .hasMessage("schema authstore has later scripts but lacks 0002 (two)");
  }
}
