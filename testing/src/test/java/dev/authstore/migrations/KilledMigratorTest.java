package dev.authstore.migrations;

import static dev.authstore.migrations.ScriptFolder.ONE;
import static dev.authstore.migrations.ScriptFolder.TWO;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.testing.Backends;
import dev.authstore.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A migrator that is killed while it works: the next one completes what it has begun. */
class KilledMigratorTest {

  private static final String INDEX =
      "DROP INDEX CONCURRENTLY IF EXISTS one_a_idx; CREATE INDEX CONCURRENTLY one_a_idx ON one (a)";

  @RegisterExtension final TestDatabase database = TestDatabase.empty();

  @TempDir Path directory;

  private Migrations migrations() {
    return new ScriptFolder(directory).program(database.dataSource(), MigrationSettings.defaults());
  }

  private void write(MigrationScript script, String sql) throws IOException {
    new ScriptFolder(directory).write(script, sql);
  }

  @Test
  void inATransactionLeavesNothing() throws Exception {
    write(ONE, "CREATE TABLE one (a int)");
    migrations().apply();
    write(TWO, "CREATE TABLE two (); ALTER TABLE one ADD b int");

    killBlockedBy("LOCK TABLE authstore.one IN ACCESS SHARE MODE");

    assertThat(read("SELECT to_regclass('authstore.two') IS NULL")).isEqualTo("t");
    assertThat(migrations().apply().applied()).containsExactly(TWO);
  }

  @Test
  void whileAnIndexIsBuiltLeavesAnInvalidOneThatIsReplaced() throws Exception {
    write(ONE, "CREATE TABLE one (a int)");
    migrations().apply();
    write(TWO, INDEX);

    killBlockedBy("INSERT INTO authstore.one VALUES (1)");

    assertThat(invalidIndexes()).isEqualTo("1");
    assertThat(migrations().apply().applied()).containsExactly(TWO);
    assertThat(invalidIndexes()).isEqualTo("0");
  }

  @Test
  void betweenAnIndexAndTheNoteOfIt() throws Exception {
    write(ONE, "CREATE TABLE one (a int)");
    migrations().apply();
    write(TWO, INDEX);

    killBlockedBy("LOCK TABLE authstore.authstore_schema_history IN SHARE MODE");

    assertThat(read("SELECT to_regclass('authstore.one_a_idx') IS NULL")).isEqualTo("f");
    assertThat(migrations().apply().applied()).containsExactly(TWO);
    assertThat(invalidIndexes()).isEqualTo("0");
  }

  /** Lets a migrator run into that obstacle and kills it there; the server cuts its sessions. */
  private void killBlockedBy(String obstacle) throws Exception {
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute(obstacle);
      Process migrator = MigratorProcess.start(database.url(), directory);
      try {
        Backends.awaitBlocked(database.dataSource(), 1);
      } finally {
        migrator.destroyForcibly();
      }
      assertThat(migrator.waitFor(10, TimeUnit.SECONDS)).isTrue();
      Backends.terminateBlocked(database.dataSource());
    }
  }

  private String invalidIndexes() throws SQLException {
    return read("SELECT count(*) FROM pg_index WHERE NOT indisvalid");
  }

  private String read(String query) throws SQLException {
    return Sql.read(database.dataSource(), query);
  }
}
