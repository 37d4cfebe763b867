package dev.authstore.testing;

import dev.authstore.migrations.MigrationSettings;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Gives each test a database of its own, on the server that {@link PostgresServer} tells how to
 * choose:
 *
 * <pre>{@code
 * @RegisterExtension final TestDatabase database = TestDatabase.fresh();
 * }</pre>
 *
 * <p>or, for tests that take it as a parameter, {@link WithTestDatabase}.
 *
 * <p>Tests may do what they like to it, also at the same time as others. Each test needs an
 * instance of its own, so the field is not static. The databases are gone when the JVM ends.
 */
public final class TestDatabase implements BeforeEachCallback, AfterEachCallback {

  private final Optional<Class<? extends TestSchema>> kind;
  private @Nullable String name;

  private TestDatabase(Optional<Class<? extends TestSchema>> kind) {
    this.kind = kind;
  }

  /** A migrated database without rows. */
  public static TestDatabase fresh() {
    return with(TestSchema.None.class);
  }

  /** The same, with what an application adds. */
  public static TestDatabase with(Class<? extends TestSchema> schema) {
    return new TestDatabase(Optional.of(schema));
  }

  /** A database with nothing in it, for tests that migrate. */
  public static TestDatabase empty() {
    return new TestDatabase(Optional.empty());
  }

  /** Plain connections to the database of the running test. */
  public DataSource dataSource() {
    return PostgresServer.shared().dataSource(name());
  }

  /** The connection target of the same, for {@code DatabaseConfig.of}. */
  public String url() {
    return PostgresServer.shared().url(name());
  }

  /** The same for the driver, and for whatever wants a JDBC URL. */
  public String jdbcUrl() {
    return PostgresServer.shared().jdbcUrl(name());
  }

  /** The schema that holds the tables of Authstore. */
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
    name = kind.map(schema -> databases.stock(schema).take()).orElseGet(databases::takeEmpty);
  }

  synchronized void giveBack() {
    String used = name;
    if (used == null) { // none was to be had
      return;
    }
    TestDatabases databases = TestDatabases.shared();
    kind.ifPresentOrElse(
        schema -> databases.stock(schema).giveBack(used), () -> databases.drop(used));
    name = null;
  }

  private synchronized String name() {
    if (name == null) {
      throw new IllegalStateException("there is a database only while a test runs");
    }
    return name;
  }
}
