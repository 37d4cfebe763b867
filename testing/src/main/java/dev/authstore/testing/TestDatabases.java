package dev.authstore.testing;

import dev.authstore.database.Identifiers;
import dev.authstore.migrations.MigrationSettings;
import dev.authstore.migrations.Migrations;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The databases that tests take and give back. Safe for use by any thread; a database is with one
 * test at a time.
 *
 * <p>A migrated database is a copy of a template. To empty a used one is several times faster than
 * to copy another, so used ones are kept. One that a test has left in any other state than with
 * rows too many is dropped.
 */
final class TestDatabases {

  /** Where servers begin to know several ways to copy; before, there is the one named here. */
  private static final int KNOWS_STRATEGIES = 15;

  private static final AtomicInteger COUNT = new AtomicInteger();

  private static @Nullable TestDatabases shared;

  private final PostgresServer server;
  private final Map<Class<? extends TestSchema>, Stock> stocks = new ConcurrentHashMap<>();

  TestDatabases(PostgresServer server) {
    this.server = server;
  }

  /** Those of the shared server. */
  static synchronized TestDatabases shared() {
    if (shared == null) {
      shared = new TestDatabases(PostgresServer.shared());
    }
    return shared;
  }

  PostgresServer server() {
    return server;
  }

  /** The databases with one schema. */
  Stock stock(Class<? extends TestSchema> schema) {
    return stocks.computeIfAbsent(schema, Stock::new);
  }

  /** A database with nothing in it. */
  String takeEmpty() {
    return create("template0");
  }

  void drop(String name) {
    try (Connection connection = connection();
        Statement statement = connection.createStatement()) {
      statement.execute(
          "DROP DATABASE IF EXISTS %s WITH (FORCE)".formatted(Identifiers.quoted(name)));
    } catch (SQLException e) {
      throw new IllegalStateException("a database cannot be dropped", e);
    }
  }

  private String create(String from) {
    String name = server.databasePrefix() + COUNT.incrementAndGet();
    try (Connection connection = connection();
        Statement statement = connection.createStatement()) {
      boolean choice = connection.getMetaData().getDatabaseMajorVersion() >= KNOWS_STRATEGIES;
      statement.execute(
          "CREATE DATABASE %s TEMPLATE %s %s"
              .formatted(
                  Identifiers.quoted(name),
                  Identifiers.quoted(from),
                  choice ? "STRATEGY FILE_COPY" : ""));
    } catch (SQLException e) {
      throw new IllegalStateException("a database cannot be made", e);
    }
    return name;
  }

  private Connection connection() throws SQLException {
    return server.dataSource(server.maintenanceDatabase()).getConnection();
  }

  private static TestSchema instance(Class<? extends TestSchema> schema) {
    try {
      return schema.getConstructor().newInstance();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(
          schema.getName() + " needs a public constructor without parameters", e);
    }
  }

  /** Migrated databases with one schema, used ones among them. */
  final class Stock {

    private final Class<? extends TestSchema> schema;
    private final Queue<String> used = new ConcurrentLinkedQueue<>();
    private @Nullable Template template;

    private Stock(Class<? extends TestSchema> schema) {
      this.schema = schema;
    }

    /** A database with the schema and no rows but those that making it has left. */
    String take() {
      Template migrated = template();
      // emptied as late as possible: connections closed at the end of a test take a moment to go
      for (String name = used.poll(); name != null; name = used.poll()) {
        if (migrated.restore(server.dataSource(name))) {
          return name;
        }
        drop(name);
      }
      return create(migrated.name());
    }

    void giveBack(String name) {
      used.add(name);
    }

    private synchronized Template template() {
      if (template == null) {
        String name = takeEmpty();
        DataSource database = server.dataSource(name);
        new Migrations(database, MigrationSettings.defaults()).apply();
        instance(schema).addTo(database);
        template = Template.of(name, database);
      }
      return template;
    }
  }
}
