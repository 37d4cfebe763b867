package dev.authstore.migrations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.authstore.database.DatabaseConfig;
import dev.authstore.database.Setting;
import dev.authstore.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who may do what, with one role, two and three. Roles belong to the whole server. */
class RolesTest {

  private static final RoleScript ROLES =
      new RoleScript("Roles \"Owner\"", "roles_test_migrator", "roles_test_app");
  private static final MigrationSettings SETTINGS = MigrationSettings.defaults();

  /** What the role of a service may not do. */
  private static final List<String> FORBIDDEN =
      List.of(
          "CREATE TABLE authstore.mine ()",
          "CREATE TABLE public.mine ()",
          "CREATE TEMPORARY TABLE mine ()",
          "CREATE SCHEMA mine",
          "ALTER TABLE authstore.users ADD mine text",
          "CREATE INDEX mine ON authstore.users (id)",
          "DROP TABLE authstore.users",
          "TRUNCATE authstore.users",
          "INSERT INTO authstore.authstore_schema_history SELECT * FROM authstore.authstore_schema_history",
          "UPDATE authstore.authstore_schema_history SET success = false",
          "DELETE FROM authstore.authstore_schema_history",
          "UPDATE authstore.schema_compatibility SET oldest_script = 99",
          "SET ROLE \"Roles \"\"Owner\"\"\"");

  private static final String CREATE_ROLE =
      """
      DO $$ BEGIN
        CREATE ROLE roles_test_other LOGIN;
      EXCEPTION WHEN duplicate_object THEN NULL;
      END $$
      """;

  private static final String OWNERS =
      """
      SELECT string_agg(DISTINCT pg_get_userbyid(relowner), ',') FROM pg_class
      JOIN pg_namespace ON pg_namespace.oid = relnamespace
      WHERE nspname = 'authstore'
      """;

  @RegisterExtension final TestDatabase database = TestDatabase.empty();
  @RegisterExtension final LogLines log = new LogLines();

  private void execute(String sql) throws SQLException {
    Sql.execute(database.dataSource(), sql);
  }

  private String read(String query) throws SQLException {
    return Sql.read(database.dataSource(), query);
  }

  private String databaseName() throws SQLException {
    return read("SELECT current_database()");
  }

  /** The service, with the migrator's credentials beside its own. */
  private DatabaseConfig service(String role) {
    return DatabaseConfig.of(database.url().replace("postgres@", role + "@"));
  }

  private DatabaseConfig serviceWithMigrator() {
    return service(ROLES.app())
        .with(Setting.MIGRATIONS_USERNAME, ROLES.migrator())
        .with(Setting.MIGRATIONS_OPTIONS, "-c role=Roles\\ \"Owner\"");
  }

  @Nested
  class Three {

    @BeforeEach
    void runTheScript() throws SQLException {
      execute(ROLES.text(databaseName(), SETTINGS));
    }

    @Test
    void makeEverythingTheOwners() throws Exception {
      Migrations.of(serviceWithMigrator()).apply();

      assertThat(read(OWNERS)).isEqualTo(ROLES.owner());
      assertThat(
              read(
                  "SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'authstore'"))
          .isEqualTo(ROLES.owner());
    }

    @Test
    void letTheServiceWorkAndNothingElse() {
      Migrations.of(serviceWithMigrator()).apply();

      RunRights rights = RunRights.of(serviceWithMigrator());

      assertThat(rights).isEqualTo(new RunRights(ROLES.app(), List.of(), List.of(), List.of()));
    }

    @Test
    void letTheServiceReadAndWriteRows() throws Exception {
      Migrations.of(serviceWithMigrator()).apply();

      asService(
          "INSERT INTO authstore.queue_workers (id, queue_names, registered_at, last_seen_at)"
              + " VALUES (gen_random_uuid(), '{}', now(), now())");
      asService("UPDATE authstore.queue_workers SET last_seen_at = now()");
      asService("DELETE FROM authstore.queue_workers");

      assertThat(read("SELECT count(*) FROM authstore.queue_workers")).isEqualTo("0");
    }

    @Test
    void keepTheServiceFromEverythingElse() {
      Migrations.of(serviceWithMigrator()).apply();

      assertThat(FORBIDDEN)
          .allSatisfy(
              statement -> {
                SQLException refusal =
                    catchThrowableOfType(SQLException.class, () -> asService(statement));
                assertThat(refusal.getSQLState()).isEqualTo("42501");
              });
    }

    @Test
    void letTheServiceStartWhenNothingIsPending() {
      Migrations.of(serviceWithMigrator()).apply();
      DatabaseConfig split = service(ROLES.app());

      assertThat(Migrations.of(split).apply().applied()).isEmpty();
      Migrations.of(split).verify();
      RunRights.require(split);
      assertThat(log.list()).noneMatch(line -> line.startsWith("WARN"));
    }

    @Test
    void mayBeMadeAgainAndOfOne() throws Exception {
      new Migrations(database.dataSource(), SETTINGS).apply();
      assertThat(read(OWNERS)).isEqualTo("postgres");

      execute(ROLES.text(databaseName(), SETTINGS));

      assertThat(
              read(
                  "SELECT string_agg(DISTINCT tableowner, ',') FROM pg_tables WHERE schemaname = 'authstore'"))
          .isEqualTo(ROLES.owner());
      assertThat(RunRights.of(service(ROLES.app())).missing()).isEmpty();
      assertThat(RunRights.of(service(ROLES.app())).excessive()).isEmpty();
    }

    @Test
    void workWithAHistoryElsewhere() throws Exception {
      MigrationSettings elsewhere = SETTINGS.historySchema("history");
      execute(ROLES.text(databaseName(), elsewhere));
      DatabaseConfig config =
          serviceWithMigrator().with(Setting.MIGRATIONS_TABLE, "history.authstore_schema_history");

      Migrations.of(config).apply();

      RunRights rights = RunRights.of(config);
      assertThat(rights.missing()).isEmpty();
      assertThat(rights.excessive()).isEmpty();
      Migrations.of(
              service(ROLES.app())
                  .with(Setting.MIGRATIONS_TABLE, "history.authstore_schema_history"))
          .verify();
    }

    private void asService(String sql) throws SQLException {
      Sql.execute(service(ROLES.app()).dataSource(), sql);
    }
  }

  @Nested
  class Two {

    @Test
    void areToldWhatTheServiceLacks() throws Exception {
      execute(CREATE_ROLE);
      new Migrations(database.dataSource(), SETTINGS).apply();
      DatabaseConfig service =
          service("roles_test_other").with(Setting.MIGRATIONS_USERNAME, "postgres");

      SchemaAccessDeniedException refusal =
          catchThrowableOfType(SchemaAccessDeniedException.class, () -> RunRights.require(service));

      assertThat(refusal)
          .hasMessageStartingWith(
              "role roles_test_other may not work in schema authstore: it lacks USAGE on the schema, lacks SELECT on ");
      for (String grant : refusal.grants()) {
        execute(grant);
      }
      RunRights.require(service);
    }

    @Test
    void areWarnedIfTheServiceMayDoTooMuch() {
      new Migrations(database.dataSource(), SETTINGS).apply();

      RunRights.require(
          service("postgres")
              .with(Setting.MIGRATIONS_OPTIONS, "-c role=postgres")
              .with(Setting.MIGRATIONS_URI, database.url().replace("localhost", "127.0.0.1")));

      assertThat(log.list())
          .last()
          .asString()
          .isEqualTo(
              "WARN The service's role may do more than it needs [role=postgres, excess=create"
                  + " tables in the schema, alter and drop tables, which are its own]");
    }
  }

  @Nested
  class One {

    @Test
    void isToldAtOnceWhatItLacks() throws Exception {
      execute(CREATE_ROLE);
      Migrations migrations = Migrations.of(service("roles_test_other"));
      long start = System.nanoTime();

      SchemaAccessDeniedException refusal =
          catchThrowableOfType(SchemaAccessDeniedException.class, migrations::apply);

      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
      assertThat(refusal.grants())
          .containsExactly(
              "CREATE SCHEMA \"authstore\" AUTHORIZATION \"roles_test_other\";",
              "CREATE EXTENSION pg_trgm SCHEMA \"authstore\";");
      for (String grant : refusal.grants()) {
        execute(grant);
      }
      migrations.apply();
      RunRights.require(service("roles_test_other"));
    }

    @Test
    void isToldWhoMustCreateTheExtension() throws Exception {
      execute(CREATE_ROLE);
      execute("CREATE SCHEMA authstore AUTHORIZATION roles_test_other");
      Migrations migrations = Migrations.of(service("roles_test_other"));

      SchemaAccessDeniedException refusal =
          catchThrowableOfType(SchemaAccessDeniedException.class, migrations::apply);

      assertThat(refusal).hasMessageContaining("cannot create the extension pg_trgm");
      assertThat(refusal.grants())
          .containsExactly("CREATE EXTENSION pg_trgm SCHEMA \"authstore\";");
      execute(refusal.grants().get(0));
      migrations.apply();
      RunRights.require(service("roles_test_other"));
    }

    @Test
    void isToldThatTheTablesAreAnothers() throws Exception {
      execute(CREATE_ROLE);
      new Migrations(database.dataSource(), SETTINGS).apply(ApplyOptions.all().target("0001"));
      execute("GRANT USAGE ON SCHEMA authstore TO roles_test_other");
      execute("GRANT SELECT ON authstore.authstore_schema_history TO roles_test_other");

      assertThatThrownBy(Migrations.of(service("roles_test_other"))::apply)
          .isInstanceOfSatisfying(
              SchemaAccessDeniedException.class,
              refusal ->
                  assertThat(refusal.grants())
                      .containsExactly(
                          "GRANT USAGE, CREATE ON SCHEMA \"authstore\" TO \"roles_test_other\";",
                          "GRANT \"postgres\" TO \"roles_test_other\";"));
    }
  }
}
