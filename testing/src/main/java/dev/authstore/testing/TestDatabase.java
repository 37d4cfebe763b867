package dev.authstore.testing;

import dev.authstore.migrations.MigrationSettings;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Gives each test a database of its own, on the shared server:
 *
 * <pre>{@code
 * @RegisterExtension final TestDatabase database = TestDatabase.fresh();
 * }</pre>
 *
 * <p>Tests may do what they like to it, also at the same time as others. Each test needs an
 * instance of its own, so the field is not static. The databases are gone when the JVM ends.
 */
public final class TestDatabase implements BeforeEachCallback, AfterEachCallback {

  private enum Kind {
    MIGRATED,
    EMPTY
  }

  private final Kind kind;
  private @Nullable String name;

  private TestDatabase(Kind kind) {
    this.kind = kind;
  }

  /** A migrated database without rows. */
  public static TestDatabase fresh() {
    return new TestDatabase(Kind.MIGRATED);
  }

  /** A database with nothing in it, for tests that migrate. */
  public static TestDatabase empty() {
    return new TestDatabase(Kind.EMPTY);
  }

  /** Plain connections to the database of the running test. */
  public DataSource dataSource() {
    return PostgresServer.shared().dataSource(name());
  }

  /** The connection target of the same, for {@code DatabaseConfig.of}. */
  public String url() {
    return "postgresql://postgres@localhost:%d/%s"
        .formatted(PostgresServer.shared().port(), name());
  }

  /** The schema that holds the tables. */
  public String schema() {
    return MigrationSettings.defaults().schema();
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    take();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    giveBack();
  }

  synchronized void take() {
    if (name != null) {
      throw new IllegalStateException(
          "two tests share one TestDatabase: make the field an instance field");
    }
    TestDatabases databases = TestDatabases.shared();
    name =
        switch (kind) {
          case MIGRATED -> databases.takeMigrated();
          case EMPTY -> databases.takeEmpty();
        };
  }

  private synchronized void giveBack() {
    if (name == null) { // none was to be had
      return;
    }
    TestDatabases databases = TestDatabases.shared();
    switch (kind) {
      case MIGRATED -> databases.giveBackMigrated(name);
      case EMPTY -> databases.drop(name);
    }
    name = null;
  }

  private synchronized String name() {
    if (name == null) {
      throw new IllegalStateException("there is a database only while a test runs");
    }
    return name;
  }
}
