package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.authstore.database.DatabaseConfig;
import dev.authstore.model.user.User;
import dev.authstore.storage.ConstraintViolationException;
import dev.authstore.storage.InvalidDataException;
import dev.authstore.storage.LockTimeoutException;
import dev.authstore.storage.Repository;
import dev.authstore.storage.SchemaMismatchException;
import dev.authstore.storage.StatementTimeoutException;
import dev.authstore.storage.StorageAccessDeniedException;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.StorageInternalException;
import dev.authstore.storage.StorageUnavailableException;
import dev.authstore.storage.TransactionConflictException;
import dev.authstore.storage.UnitOfWorkException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class FailuresPostgresTest {
  private static final String CANARY = "canary";
  private static final String INSERT_USER =
      "INSERT INTO authstore.users (id, username, username_folded, created_at) VALUES ";

  @RegisterExtension final Store store = Store.fresh();

  @Nested
  class Constraints {

    @Test
    void unique() {
      ConstraintViolationException e =
          violation(
              INSERT_USER
                  + "(gen_random_uuid(), 'canary', 'canary', now()), (gen_random_uuid(), 'canary', 'canary', now())");

      assertThat(e.kind()).isEqualTo(ConstraintViolationException.Kind.UNIQUE);
      assertThat(e.sqlState()).contains("23505");
      assertThat(e.table()).contains("users");
      assertThat(e.constraint()).contains("users_username_key");
      assertThat(e.columns()).containsExactly("username");
    }

    @Test
    void uniqueIndex() {
      User john = store.write(repo -> repo.users().add("john"));
      String insert =
          "INSERT INTO authstore.user_passwords (id, user_id, hashed_password, version, created_at)"
              + " SELECT gen_random_uuid(), '"
              + john.id()
              + "', 'canary', 1, now() FROM generate_series(1, 2)";

      ConstraintViolationException e = violation(insert);

      assertThat(e.kind()).isEqualTo(ConstraintViolationException.Kind.UNIQUE);
      assertThat(e.constraint()).contains("user_passwords_active_key");
      assertThat(e.columns()).containsExactly("user_id");
    }

    @Test
    void foreignKey() {
      ConstraintViolationException e =
          violation(
              "INSERT INTO authstore.user_emails (id, user_id, email, email_folded, created_at)"
                  + " VALUES (gen_random_uuid(), gen_random_uuid(), 'canary', 'canary', now())");

      assertThat(e.kind()).isEqualTo(ConstraintViolationException.Kind.FOREIGN_KEY);
      assertThat(e.sqlState()).contains("23503");
      assertThat(e.table()).contains("user_emails");
      assertThat(e.constraint()).contains("user_emails_user_id_fk");
      assertThat(e.columns()).containsExactly("user_id");
    }

    @Test
    void foreignKeyThatRestricts() {
      store.sql("CREATE TABLE public.a (id text PRIMARY KEY)");
      store.sql(
          "CREATE TABLE public.b (id text CONSTRAINT b_fk REFERENCES public.a ON DELETE RESTRICT)");
      store.sql("INSERT INTO public.a VALUES ('canary')");
      store.sql("INSERT INTO public.b VALUES ('canary')");

      ConstraintViolationException e = violation("DELETE FROM public.a");

      assertThat(e.kind()).isEqualTo(ConstraintViolationException.Kind.FOREIGN_KEY);
      assertThat(e.constraint()).contains("b_fk");
    }

    @Test
    void notNull() {
      ConstraintViolationException e =
          violation(INSERT_USER + "(gen_random_uuid(), 'canary', NULL, now())");

      assertThat(e.kind()).isEqualTo(ConstraintViolationException.Kind.NOT_NULL);
      assertThat(e.sqlState()).contains("23502");
      assertThat(e.table()).contains("users");
      assertThat(e.constraint()).isEmpty();
      assertThat(e.columns()).containsExactly("username_folded");
    }

    @Test
    void check() {
      ConstraintViolationException e =
          violation(INSERT_USER + "(gen_random_uuid(), '', 'canary', now())");

      assertThat(e.kind()).isEqualTo(ConstraintViolationException.Kind.CHECK);
      assertThat(e.sqlState()).contains("23514");
      assertThat(e.table()).contains("users");
      assertThat(e.constraint()).contains("users_username_check");
    }

    @Test
    void exclusion() {
      store.sql(
          "CREATE TABLE public.mine (during int4range, note text,"
              + " CONSTRAINT mine_excl EXCLUDE USING gist (during WITH &&))");

      ConstraintViolationException e =
          violation("INSERT INTO public.mine VALUES ('[1,3)', 'canary'), ('[2,4)', 'canary')");

      assertThat(e.kind()).isEqualTo(ConstraintViolationException.Kind.EXCLUSION);
      assertThat(e.sqlState()).contains("23P01");
      assertThat(e.constraint()).contains("mine_excl");
    }

    private ConstraintViolationException violation(String sql) {
      return failure(ConstraintViolationException.class, sql);
    }
  }

  @Nested
  class Conflicts {

    @Test
    void serialization() {
      User john = store.write(repo -> repo.users().add("john"));
      try (PgRepository repo = begin(store.dataSource())) {
        repo.dsl().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
        repo.users().lookup(john.id());
        store.write(other -> other.users().deactivate(john));

        TransactionConflictException e =
            catchThrowableOfType(TransactionConflictException.class, () -> repo.users().lock(john));

        assertThat(e.kind()).isEqualTo(TransactionConflictException.Kind.SERIALIZATION);
        assertThat(e.sqlState()).contains("40001");
        assertThat(e.retryable()).isTrue();
        repo.cancel();
      }
    }

    @Test
    void lockTimeout() {
      User john = store.write(repo -> repo.users().add("john"));
      Store.Held<User> held = store.hold(repo -> repo.users().lock(john));
      try (PgRepository repo = begin(store.dataSource())) {
        repo.dsl().execute("SET LOCAL lock_timeout = 10");

        LockTimeoutException e =
            catchThrowableOfType(LockTimeoutException.class, () -> repo.users().lock(john));

        assertThat(e.sqlState()).contains("55P03");
        assertThat(e.retryable()).isTrue();
        repo.cancel();
      }
      held.cancel();
    }

    @Test
    void lockTimeoutOfTheLockForSync() {
      User john = store.write(repo -> repo.users().add("john"));
      Store.Held<User> held =
          store.hold(
              repo -> {
                repo.users().acquireLockForSync(john);
                return john;
              });
      try (PgRepository repo = begin(store.dataSource())) {
        repo.dsl().execute("SET LOCAL lock_timeout = 10");

        assertThatThrownBy(() -> repo.users().acquireLockForSync(john))
            .isInstanceOf(LockTimeoutException.class);
        repo.cancel();
      }
      held.cancel();
    }
  }

  @Nested
  class Timeouts {

    @Test
    void statement() {
      User john = store.write(repo -> repo.users().add("john"));
      Store.Held<User> held = store.hold(repo -> repo.users().lock(john));
      try (PgRepository repo = begin(store.dataSource())) {
        repo.dsl().execute("SET LOCAL statement_timeout = 10");

        StatementTimeoutException e =
            catchThrowableOfType(StatementTimeoutException.class, () -> repo.users().lock(john));

        assertThat(e.kind()).isEqualTo(StatementTimeoutException.Kind.STATEMENT);
        assertThat(e.sqlState()).contains("57014");
        assertThat(e.retryable()).isFalse();
        repo.cancel();
      }
      held.cancel();
    }

    @Test
    void idleInTransaction() {
      // over a socket the driver fails to write before it reads what the server said last
      CuttableServer.assumeLine(store);
      try (PgRepository repo = begin(store.dataSource())) {
        repo.dsl().execute("SET idle_in_transaction_session_timeout = 10");
        while (!store
            .select(
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
                    + " AND pid <> pg_backend_pid() AND backend_type = 'client backend'")
            .isEmpty()) {
          Thread.onSpinWait();
        }

        StatementTimeoutException e =
            catchThrowableOfType(
                StatementTimeoutException.class, () -> repo.users().exists("john"));

        assertThat(e.kind()).isEqualTo(StatementTimeoutException.Kind.IDLE_IN_TRANSACTION);
        assertThat(e.sqlState()).contains("25P03");
        assertThat(e.retryable()).isFalse();
        repo.cancel();
      }
    }
  }

  @Nested
  class Availability {

    @Test
    void readOnly() {
      StorageUnavailableException e =
          failure(
              StorageUnavailableException.class,
              "SET TRANSACTION READ ONLY",
              INSERT_USER + "(gen_random_uuid(), 'canary', 'canary', now())");

      assertThat(e.reason()).isEqualTo(StorageUnavailableException.Reason.READ_ONLY);
      assertThat(e.sqlState()).contains("25006");
      assertThat(e.retryable()).isTrue();
    }

    @Test
    void shuttingDown() {
      StorageUnavailableException e =
          failure(
              StorageUnavailableException.class,
              "SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(10)");

      assertThat(e.reason()).isEqualTo(StorageUnavailableException.Reason.SHUTTING_DOWN);
      assertThat(e.sqlState()).contains("57P01");
      assertThat(e.retryable()).isTrue();
    }

    @Test
    void tooManyConnections() {
      role("NOSUPERUSER CONNECTION LIMIT 0");
      try (Repository repo = begin(store.dataSourceAs("tester"))) {
        StorageUnavailableException e =
            catchThrowableOfType(
                StorageUnavailableException.class, () -> repo.users().exists("john"));

        assertThat(e.reason()).isEqualTo(StorageUnavailableException.Reason.TOO_MANY_CONNECTIONS);
        assertThat(e.sqlState()).contains("53300");
        assertThat(e.retryable()).isTrue();
      } finally {
        dropRole();
      }
    }

    @Test
    void nobodyListens() {
      DataSource nowhere = DatabaseConfig.of("postgresql://postgres@localhost:1").dataSource();
      try (Repository repo = begin(nowhere)) {
        StorageUnavailableException e =
            catchThrowableOfType(
                StorageUnavailableException.class, () -> repo.users().exists("john"));

        assertThat(e.reason()).isEqualTo(StorageUnavailableException.Reason.NETWORK);
        assertThat(e.retryable()).isTrue();
      }
    }

    /** The table's file becomes the device that is always full. */
    @Test
    @EnabledOnOs(OS.LINUX) // which has it
    void diskFull() throws IOException {
      store.sql("CREATE TABLE public.growing (note text)");
      String name =
          "SELECT current_setting('data_directory') || '/' || pg_relation_filepath('public.growing')";
      Path file = Path.of(String.valueOf(store.select(name).get(0)));
      Files.delete(file);
      Files.createSymbolicLink(file, Path.of("/dev/full"));

      StorageUnavailableException e =
          failure(
              StorageUnavailableException.class, "INSERT INTO public.growing VALUES ('canary')");

      assertThat(e.reason()).isEqualTo(StorageUnavailableException.Reason.DISK_FULL);
      assertThat(e.sqlState()).contains("53100");
      assertThat(e.retryable()).isFalse();
    }

    /** What a crash does to others. No client gets it as an error, see OutagePostgresTest. */
    @Test
    void crashed() {
      StorageUnavailableException e =
          failure(
              StorageUnavailableException.class,
              "DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '57P02'; END $$");

      assertThat(e.reason()).isEqualTo(StorageUnavailableException.Reason.SHUTTING_DOWN);
      assertThat(e.retryable()).isTrue();
    }
  }

  @Nested
  class Access {

    @Test
    void toATable() {
      role("NOSUPERUSER");
      store.sql("GRANT USAGE ON SCHEMA authstore TO tester");
      try (Repository repo = begin(store.dataSourceAs("tester"))) {
        StorageAccessDeniedException e =
            catchThrowableOfType(
                StorageAccessDeniedException.class, () -> repo.users().exists("john"));

        assertThat(e.reason()).isEqualTo(StorageAccessDeniedException.Reason.PRIVILEGE);
        assertThat(e.sqlState()).contains("42501");
        assertThat(e.retryable()).isFalse();
        repo.cancel();
      } finally {
        dropRole();
      }
    }

    @Test
    void toTheServer() {
      try (Repository repo = begin(store.dataSourceAs("nobody"))) {
        StorageAccessDeniedException e =
            catchThrowableOfType(
                StorageAccessDeniedException.class, () -> repo.users().exists("john"));

        assertThat(e.sqlState()).hasValueSatisfying(state -> assertThat(state).startsWith("28"));
        assertThat(e.retryable()).isFalse();
      }
    }
  }

  @Nested
  class Defects {

    @ParameterizedTest
    @CsvSource({
      "42P01, SELECT 'canary' FROM authstore.nowhere",
      "42703, SELECT nothing FROM authstore.users WHERE username = 'canary'",
      "42883, SELECT authstore.nothing('canary')",
      "42704, SELECT 'canary'::nothing"
    })
    void ofTheSchema(String state, String sql) {
      SchemaMismatchException e = failure(SchemaMismatchException.class, sql);

      assertThat(e.sqlState()).contains(state);
      assertThat(e).hasMessageContaining("migrations");
      assertThat(e.retryable()).isFalse();
    }

    @Test
    void ofASchemaThatIsMissing() {
      assertThatThrownBy(
              () ->
                  store
                      .repositories()
                      .inSchema("missing")
                      .<Boolean>read(repo -> repo.users().exists(CANARY)))
          .isInstanceOf(SchemaMismatchException.class);
    }

    @ParameterizedTest
    @CsvSource({
      "22P02, SELECT 'canary'::uuid",
      "22P02, SELECT 'canary'::jsonb",
      "22007, SELECT 'canary'::timestamptz",
      "22003, SELECT '1' WHERE 2147483647 + length('canary') > 0",
      "42601, SELECT SELECT 'canary'"
    })
    void ofAStatement(String state, String sql) {
      StorageInternalException e = failure(StorageInternalException.class, sql);

      assertThat(e.sqlState()).contains(state);
      assertThat(e.retryable()).isFalse();
      assertThat(e.abortsUnitOfWork()).isTrue();
    }
  }

  @Nested
  class CorruptRows {

    @Test
    void ofPasswords() {
      User john = store.write(repo -> repo.users().add("john"));
      UUID id = new UUID(7, 7);
      store.sql(
          "ALTER TABLE user_passwords DROP CONSTRAINT user_passwords_version_check,"
              + " DROP CONSTRAINT user_passwords_hashed_password_check");
      store.sql(
          "INSERT INTO user_passwords (id, user_id, hashed_password, version, created_at)"
              + " VALUES (?, ?, 'canary', -1, now())",
          id,
          john.id());

      InvalidDataException e = invalid(john);
      assertThat(e.table()).isEqualTo("user_passwords");
      assertThat(e.column()).isEqualTo("version");
      assertThat(e.id()).contains(id);

      store.sql("UPDATE user_passwords SET hashed_password = NULL, version = 1");
      assertThat(invalid(john).column()).isEqualTo("hashed_password");
    }

    @Test
    void leaveTheUnitOfWorkOpen() {
      User john = store.write(repo -> repo.users().add("john"));
      store.sql("ALTER TABLE user_passwords DROP CONSTRAINT user_passwords_version_check");
      store.sql(
          "INSERT INTO user_passwords (id, user_id, hashed_password, version, created_at)"
              + " VALUES (gen_random_uuid(), ?, 'canary', 70000, now())",
          john.id());

      store.run(
          repo -> {
            assertThatThrownBy(() -> repo.userPasswords().active(john))
                .isInstanceOf(InvalidDataException.class);
            repo.users().lock(john);
          });

      assertThat(store.select("SELECT locked_at FROM users")).doesNotContainNull();
    }

    private InvalidDataException invalid(User user) {
      InvalidDataException e =
          catchThrowableOfType(
              InvalidDataException.class,
              () -> store.read(repo -> repo.userPasswords().active(user)));
      assertThat(printed(e)).doesNotContainIgnoringCase(CANARY);
      return e;
    }
  }

  @Nested
  class Messages {

    static Stream<String> statements() {
      return Stream.of(
          "SELECT 'canary'::bool",
          "SELECT ('canary' || random())::int",
          "SELECT '{\"a\": canary}'::json",
          "SELECT decode('canary', 'hex')",
          "SELECT 'canary'::inet",
          "DO $$ BEGIN RAISE EXCEPTION 'canary %', 'canary' USING DETAIL = 'canary', HINT = 'canary'; END $$",
          INSERT_USER + "(gen_random_uuid(), 'canary', NULL, now())",
          INSERT_USER + "(gen_random_uuid(), repeat('canary', 100), 'canary', now())",
          INSERT_USER
              + "(gen_random_uuid(), repeat('canary', 9999), repeat('canary', 9999), now())");
    }

    @ParameterizedTest
    @MethodSource("statements")
    void tellNoValues(String sql) {
      failure(StorageException.class, sql);
    }

    @Test
    void tellNoParameters() {
      try (PgRepository repo = begin(store.dataSource())) {
        StorageException e =
            catchThrowableOfType(
                StorageException.class, () -> repo.dsl().fetch("SELECT cast(? AS uuid)", "canary"));

        assertThat(printed(e)).doesNotContainIgnoringCase(CANARY);
        repo.cancel();
      }
    }
  }

  /** What the last of these statements, sent in one transaction, ends in. */
  private <E extends StorageException> E failure(Class<E> type, String... statements) {
    try (PgRepository repo = begin(store.dataSource())) {
      for (String sql : List.of(statements).subList(0, statements.length - 1)) {
        repo.dsl().execute(sql);
      }
      E failure =
          catchThrowableOfType(type, () -> repo.dsl().execute(statements[statements.length - 1]));
      assertThat(failure.abortsUnitOfWork()).isTrue();
      assertThat(printed(failure)).doesNotContainIgnoringCase(CANARY);
      assertThatThrownBy(repo::save).isInstanceOf(UnitOfWorkException.class).hasCause(failure);
      return failure;
    }
  }

  private PgRepository begin(DataSource dataSource) {
    return (PgRepository)
        Authstore.using(dataSource, store.schema(), store.settings()).repositories().begin();
  }

  private void role(String options) {
    store.sql("CREATE ROLE tester LOGIN " + options);
  }

  private void dropRole() {
    store.sql("DROP OWNED BY tester");
    store.sql("DROP ROLE tester");
  }

  private static String printed(Throwable failure) {
    StringWriter text = new StringWriter();
    failure.printStackTrace(new PrintWriter(text));
    return text.toString();
  }
}
