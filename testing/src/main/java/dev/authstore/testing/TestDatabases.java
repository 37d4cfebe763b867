package dev.authstore.testing;

import dev.authstore.migrations.MigrationSettings;
import dev.authstore.migrations.Migrations;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The databases that tests take and give back. Safe for use by any thread; a database is with one
 * test at a time.
 *
 * <p>A migrated database is a copy of a template. To empty a used one is about four times faster
 * than to copy another, so used ones are kept. One that a test has left in any other state than
 * with rows too many is dropped.
 */
final class TestDatabases {

  private static final AtomicInteger COUNT = new AtomicInteger();

  private static @Nullable TestDatabases shared;

  private final PostgresServer server;
  private final Queue<String> used = new ConcurrentLinkedQueue<>();
  private @Nullable Template template;

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

  /** A database with the schema and no rows. */
  String takeMigrated() {
    Template migrated = template();
    // emptied as late as possible: connections closed at the end of a test take a moment to vanish
    for (String name = used.poll(); name != null; name = used.poll()) {
      if (migrated.restore(server.dataSource(name))) {
        return name;
      }
      drop(name);
    }
    return create(migrated.name());
  }

  void giveBackMigrated(String name) {
    used.add(name);
  }

  /** A database with nothing in it. */
  String takeEmpty() {
    return create("template0");
  }

  void drop(String name) {
    execute("DROP DATABASE IF EXISTS %s WITH (FORCE)".formatted(name));
  }

  private synchronized Template template() {
    if (template == null) {
      String name = takeEmpty();
      new Migrations(server.dataSource(name), MigrationSettings.defaults()).apply();
      template = Template.of(name, server.dataSource(name));
    }
    return template;
  }

  private String create(String from) {
    String name = "test_" + COUNT.incrementAndGet();
    execute("CREATE DATABASE %s TEMPLATE %s STRATEGY FILE_COPY".formatted(name, from));
    return name;
  }

  private void execute(String sql) {
    try (Connection connection = server.dataSource("postgres").getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException("failed: " + sql, e);
    }
  }
}
