package dev.authstore.migrations;

import static dev.authstore.migrations.ScriptFolder.ONE;
import static dev.authstore.migrations.ScriptFolder.THREE;
import static dev.authstore.migrations.ScriptFolder.TWO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.database.ConnectFailedException;
import dev.authstore.database.Identifiers;
import dev.authstore.testing.PostgresServer;
import dev.authstore.testing.Race;
import dev.authstore.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

class MigrationsTest {

  private static final MigrationSettings SETTINGS = MigrationSettings.defaults();

  private static final String CREATE_ROLE =
      """
      DO $$ BEGIN
        CREATE ROLE migrations_test LOGIN;
      EXCEPTION WHEN duplicate_object THEN NULL; -- roles outlive the database of a test
      END $$
      """;

  @RegisterExtension final TestDatabase database = TestDatabase.empty();

  @TempDir Path scripts;

  @RegisterExtension final LogLines log = new LogLines();

  /** With the scripts of the program. */
  private Migrations program(MigrationSettings settings) {
    return new Migrations(database.dataSource(), settings);
  }

  /** With the scripts that the test has written. */
  private Migrations written() {
    return new ScriptFolder(scripts).program(database.dataSource(), SETTINGS);
  }

  private void write(MigrationScript script, String sql) throws IOException {
    new ScriptFolder(scripts).write(script, sql);
  }

  @Nested
  class Status {

    @Test
    void ofAnEmptyDatabaseIsPending() throws IOException {
      write(ONE, "CREATE TABLE one ()");
      write(TWO, "CREATE TABLE two ()");

      SchemaStatus status = written().status();

      assertThat(status)
          .isEqualTo(
              new SchemaStatus(Optional.empty(), new SchemaState.Pending(List.of(ONE, TWO))));
    }

    @Test
    void changesNothing() throws Exception {
      program(SETTINGS).status();

      assertThat(read("SELECT to_regnamespace('authstore') IS NULL")).isEqualTo("t");
    }

    @Test
    void afterAllScriptsIsUpToDate() throws IOException {
      write(ONE, "CREATE TABLE one ()");
      written().apply();

      assertThat(written().status())
          .isEqualTo(new SchemaStatus(Optional.of("0001"), new SchemaState.UpToDate()));
    }

    @Test
    void afterSomeScriptsIsPending() throws IOException {
      write(ONE, "CREATE TABLE one ()");
      written().apply();
      write(TWO, "CREATE TABLE two ()");

      assertThat(written().status())
          .isEqualTo(new SchemaStatus(Optional.of("0001"), new SchemaState.Pending(List.of(TWO))));
    }

    @Test
    void isModifiedWhenAScriptHasOtherContents() throws IOException {
      write(ONE, "CREATE TABLE one ()");
      write(TWO, "CREATE TABLE two ()");
      written().apply();
      write(ONE, "CREATE TABLE other ()");

      assertThat(written().status().state()).isEqualTo(new SchemaState.Modified(List.of(ONE)));
    }

    @Test
    void isModifiedWhenAScriptIsGone() throws IOException {
      write(ONE, "CREATE TABLE one ()");
      write(TWO, "CREATE TABLE two ()");
      written().apply();
      new ScriptFolder(scripts).delete(ONE);

      assertThat(written().status().state()).isEqualTo(new SchemaState.Modified(List.of(ONE)));
    }

    @Test
    void isNewerWhenTheNewestScriptIsUnknown() throws IOException {
      write(ONE, "CREATE TABLE one ()");
      write(TWO, "CREATE TABLE two ()");
      written().apply();
      new ScriptFolder(scripts).delete(TWO);

      assertThat(written().status())
          .isEqualTo(
              new SchemaStatus(Optional.of("0002"), new SchemaState.Newer(List.of(TWO), false)));
    }

    @Test
    void isOutOfOrderWhenAnEarlierScriptIsMissing() throws IOException {
      write(ONE, "CREATE TABLE one ()");
      write(THREE, "CREATE TABLE three ()");
      written().apply();
      write(TWO, "CREATE TABLE two ()");

      assertThat(written().status().state()).isEqualTo(new SchemaState.OutOfOrder(List.of(TWO)));
    }

    @Test
    void isFailedAfterAScriptFailedOutsideATransaction() throws IOException {
      write(ONE, "CREATE TABLE one (a int); INSERT INTO one VALUES (1), (1)");
      write(TWO, "CREATE UNIQUE INDEX CONCURRENTLY one_a_key ON one (a)");
      assertThatThrownBy(written()::apply).isInstanceOf(MigrationFailedException.class);

      assertThat(written().status().state()).isEqualTo(new SchemaState.Failed(List.of(TWO)));
    }

    @Test
    void isForeignWhenTheSchemaHoldsOtherThings() throws Exception {
      execute("CREATE SCHEMA authstore");
      execute("CREATE TABLE authstore.letters (id int PRIMARY KEY)");
      execute("CREATE DOMAIN authstore.age AS int");

      assertThat(program(SETTINGS).status())
          .isEqualTo(
              new SchemaStatus(
                  Optional.empty(), new SchemaState.Foreign(List.of("age", "letters"))));
    }

    @Test
    void isPendingWhenTheSchemaHoldsOnlyAnExtension() throws Exception {
      execute("CREATE SCHEMA authstore");
      execute("CREATE EXTENSION pg_trgm SCHEMA authstore");

      assertThat(program(SETTINGS).status().state()).isInstanceOf(SchemaState.Pending.class);
    }
  }

  @Nested
  class Verify {

    @Test
    void acceptsWhatApplyHasMade() {
      program(SETTINGS).apply();

      program(SETTINGS).verify();
    }

    @Test
    void refusesASchemaThatLacksScripts() throws IOException {
      write(ONE, "CREATE TABLE one ()");

      assertThatThrownBy(written()::verify)
          .isInstanceOfSatisfying(
              SchemaPendingException.class,
              refusal -> assertThat(refusal.scripts()).containsExactly(ONE))
          .hasMessage(
              "schema authstore lacks the scripts 0001 (one); run `authstore database migrate`");
    }

    @Test
    void refusesASchemaThatDoesNotFit() throws Exception {
      execute("CREATE SCHEMA authstore");
      execute("CREATE TABLE authstore.letters ()");

      assertThatThrownBy(program(SETTINGS)::verify)
          .isInstanceOf(SchemaStateException.class)
          .hasMessage("schema authstore is not an Authstore schema, it holds letters");
    }
  }

  @Nested
  class Apply {

    @Test
    void appliesTheScriptsInOrder() throws IOException {
      write(ONE, "CREATE TABLE one (a int)");
      write(TWO, "ALTER TABLE one ADD b int");

      MigrationReport report = written().apply();

      assertThat(report.applied()).containsExactly(ONE, TWO);
      assertThat(report.duration()).isPositive();
    }

    @Test
    void doesNothingTheSecondTime() {
      program(SETTINGS).apply();

      assertThat(program(SETTINGS).apply().applied()).isEmpty();
    }

    @Test
    void refusesASchemaThatDoesNotFit() throws Exception {
      write(ONE, "CREATE TABLE one ()");
      written().apply();
      write(ONE, "CREATE TABLE other ()");
      write(TWO, "CREATE TABLE two ()");

      assertThatThrownBy(written()::apply).isInstanceOf(SchemaStateException.class);
      assertThat(read("SELECT to_regclass('authstore.two') IS NULL")).isEqualTo("t");
    }

    @Test
    void needsNoRightToDefineThingsWhenNothingIsPending() throws Exception {
      program(SETTINGS).apply();
      execute(CREATE_ROLE);
      execute("GRANT USAGE ON SCHEMA authstore TO migrations_test");
      execute("GRANT SELECT ON authstore.authstore_schema_history TO migrations_test");
      Migrations migrations = new Migrations(asOrdinaryRole(), SETTINGS);

      assertThat(migrations.apply().applied()).isEmpty();
      migrations.verify();
    }

    @Test
    void keepsTheHistoryInUtc() throws Exception {
      program(SETTINGS).apply();

      String ages =
          read(
              "SELECT max(abs(extract(epoch FROM now() AT TIME ZONE 'UTC' - installed_on))) < 600"
                  + " FROM authstore.authstore_schema_history");
      assertThat(ages).isEqualTo("t");
    }

    @Test
    void buildsIndexesConcurrently() throws Exception {
      write(ONE, "CREATE TABLE one (a int)");
      write(TWO, "CREATE INDEX CONCURRENTLY one_a_idx ON one (a)");

      written().apply();

      assertThat(read("SELECT to_regclass('authstore.one_a_idx') IS NULL")).isEqualTo("f");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "Upper",
          "with blank",
          "with \"quotes\" and 'apostrophes'",
          "punctuation: ., $x ${y} %s",
          "Türkçe",
          "select"
        })
    void takesAnySchemaName(String name) throws Exception {
      MigrationSettings settings = SETTINGS.schema(name);

      program(settings).apply();

      program(settings).verify();
      String users = Identifiers.quoted(name) + ".users";
      assertThat(read("SELECT count(*) FROM " + users)).isEqualTo("0");
      assertThat(read("SELECT to_regclass('public.users') IS NULL")).isEqualTo("t");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "Upper",
          "with blank and 'apostrophes'",
          "punctuation: ., $x ${y} %s",
          "Türkçe",
          "select",
          "a_history_table_with_a_name_that_has_exactly_57_bytes____"
        })
    void takesAnyHistoryNameWithoutQuotationMark(String name) {
      MigrationSettings settings = SETTINGS.historyTable(name);

      program(settings).apply();

      program(settings).verify();
    }

    @Test
    void makesSeveralSchemasInOneDatabase() {
      program(SETTINGS).apply();
      program(SETTINGS.schema("tenant")).apply();

      program(SETTINGS).verify();
      program(SETTINGS.schema("tenant")).verify();
    }

    @Test
    void usesAnExtensionThatAnotherSchemaHas() throws Exception {
      execute("CREATE SCHEMA extensions");
      execute("CREATE EXTENSION pg_trgm SCHEMA extensions");

      program(SETTINGS).apply();

      program(SETTINGS).verify();
    }

    @Test
    void saysWhatItMayNotDo() throws Exception {
      execute(CREATE_ROLE);

      assertThatThrownBy(new Migrations(asOrdinaryRole(), SETTINGS)::apply)
          .isInstanceOf(SchemaAccessDeniedException.class)
          .hasMessageStartingWith(
              "role migrations_test may not migrate schema authstore: it cannot create the schema");
    }

    @Test
    void failsWithoutADatabase() {
      DataSource nobody = PostgresServer.shared().dataSource("gone");

      assertThatThrownBy(new Migrations(nobody, SETTINGS)::apply)
          .isInstanceOfSatisfying(
              ConnectFailedException.class,
              failure ->
                  assertThat(failure.reason())
                      .isEqualTo(ConnectFailedException.Reason.NO_DATABASE));
    }
  }

  @Nested
  class FailingScript {

    @Test
    void isUndoneWhileEarlierOnesStay() throws Exception {
      write(ONE, "CREATE TABLE one ()");
      write(TWO, "CREATE TABLE two ();\n\nALTER TABLE missing ADD a int");

      assertThatThrownBy(written()::apply)
          .isInstanceOfSatisfying(
              MigrationFailedException.class, failure -> assertThat(failure.script()).contains(TWO))
          .hasMessage(
              "script 0002 (two) failed at line 3: relation \"missing\" does not exist (42P01);"
                  + " nothing of it was applied, the scripts before it stay");
      assertThat(read("SELECT to_regclass('authstore.two') IS NULL")).isEqualTo("t");
      assertThat(written().status())
          .isEqualTo(new SchemaStatus(Optional.of("0001"), new SchemaState.Pending(List.of(TWO))));
    }

    @Test
    void outsideATransactionMayBeHalfDone() throws Exception {
      write(ONE, "CREATE TABLE one (a int); INSERT INTO one VALUES (47110815), (47110815)");
      write(TWO, "CREATE UNIQUE INDEX CONCURRENTLY one_a_key ON one (a)");

      assertThatThrownBy(written()::apply)
          .hasMessage(
              "script 0002 (two) failed at line 1: could not create unique index \"one_a_key\""
                  + " (23505); it ran outside a transaction and may be half done: look into the"
                  + " cause, then run `authstore database repair`");
    }

    @Test
    void isTriedAgain() throws Exception {
      write(ONE, "ALTER TABLE missing ADD a int");
      assertThatThrownBy(written()::apply).isInstanceOf(MigrationFailedException.class);
      write(ONE, "CREATE TABLE one ()");

      assertThat(written().apply().applied()).containsExactly(ONE);
    }
  }

  @Nested
  class AtTheSameTime {

    @Test
    void eachScriptIsAppliedOnce() throws Exception {
      List<MigrationScript> all =
          ((SchemaState.Pending) program(SETTINGS).status().state()).scripts();

      Race.Results<MigrationReport> reports = Race.of(8).run(number -> program(SETTINGS).apply());

      assertThat(reports.failures()).isEmpty();
      assertThat(reports.values().stream().flatMap(report -> report.applied().stream()))
          .containsExactlyInAnyOrderElementsOf(all);
      program(SETTINGS).verify();
    }

    @Test
    void schemasDoNotDisturbEachOther() throws Exception {
      Race.Results<MigrationReport> reports =
          Race.of(4).run(number -> program(SETTINGS.schema("tenant_" + number)).apply());

      assertThat(reports.failures()).isEmpty();
    }
  }

  @Nested
  class Log {

    @Test
    void tellEachScript() throws Exception {
      write(ONE, "CREATE TABLE one ()");
      write(TWO, "CREATE TABLE two ()");

      written().apply();

      assertThat(log.list())
          .startsWith(
              "INFO Running pending database migrations"
                  + " [count=2, from=0001, to=0002, session_user=postgres, role=postgres]",
              "INFO Applying migration [version=0001, description=one]",
              "INFO Applying migration [version=0002, description=two]")
          .last()
          .asString()
          .startsWith("INFO Migrations applied [count=2, version=0002, duration=PT");
    }

    @Test
    void tellThatThereIsNothingToDo() throws Exception {
      write(ONE, "CREATE TABLE one ()");
      written().apply();
      log.clear();

      written().apply();

      assertThat(log.list()).containsExactly("INFO Schema is up to date [version=0001]");
    }

    @Test
    void tellAFailure() throws Exception {
      write(ONE, "ALTER TABLE missing ADD a int");

      assertThatThrownBy(written()::apply).isInstanceOf(MigrationFailedException.class);

      assertThat(log.list()).last().asString().startsWith("ERROR Migration failed");
    }
  }

  private DataSource asOrdinaryRole() {
    PGSimpleDataSource dataSource = (PGSimpleDataSource) database.dataSource();
    dataSource.setUser("migrations_test");
    return dataSource;
  }

  private void execute(String sql) throws SQLException {
    Sql.execute(database.dataSource(), sql);
  }

  private String read(String query) throws SQLException {
    return Sql.read(database.dataSource(), query);
  }
}
