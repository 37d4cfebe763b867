package dev.authstore.cli;

import dev.authstore.database.Connections;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;

/**
 * The schema that the demo has for itself in somebody's database. Closing it drops the schema, and
 * so does the end of the JVM. One thread uses it.
 */
final class DemoSchema implements AutoCloseable {

  static final String NAME = "authstore_demo";

  private static final String EXISTS =
      "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = '" + NAME + "')";

  /**
   * What the migrations have put there, one by one: CASCADE on the schema would take along the
   * extension, and with it the indexes of another Authstore schema that has come to use it
   * meanwhile.
   */
  private static final String DROP =
      """
      DO $$
      DECLARE
        item record;
      BEGIN
        FOR item IN SELECT tablename FROM pg_tables WHERE schemaname = 'authstore_demo' LOOP
          EXECUTE format('DROP TABLE authstore_demo.%I CASCADE', item.tablename);
        END LOOP;
        IF EXISTS (
            SELECT FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace
            WHERE extname = 'pg_trgm' AND nspname = 'authstore_demo') THEN
          BEGIN
            DROP EXTENSION pg_trgm;
          EXCEPTION WHEN dependent_objects_still_exist THEN
            ALTER EXTENSION pg_trgm SET SCHEMA public;
          END;
        END IF;
        DROP SCHEMA IF EXISTS authstore_demo;
      END $$
      """;

  private final DataSource dataSource;
  private final Thread dropper = new Thread(this::drop, "demo-schema-dropper");
  private boolean dropped;

  private DemoSchema(DataSource dataSource) {
    this.dataSource = dataSource;
  }

  /**
   * Makes sure that there is no such schema yet; migrating makes it.
   *
   * @throws DemoException if there is one
   */
  static DemoSchema claim(DataSource dataSource) {
    try (Connection connection = Connections.open(dataSource);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(EXISTS)) {
      row.next();
      if (row.getBoolean(1)) {
        throw new DemoException(
            "the database has a schema %1$s already; if it is of no use: DROP SCHEMA %1$s CASCADE"
                .formatted(NAME));
      }
    } catch (SQLException e) {
      throw new DemoException("the database cannot be read (" + e.getSQLState() + ")", e);
    }
    DemoSchema schema = new DemoSchema(dataSource);
    Runtime.getRuntime().addShutdownHook(schema.dropper);
    return schema;
  }

  /** Leaves the schema where it is. */
  void keep() {
    forgetHook();
    synchronized (this) {
      dropped = true;
    }
  }

  @Override
  public void close() {
    forgetHook();
    drop();
  }

  private synchronized void drop() {
    if (dropped) {
      return;
    }
    dropped = true;
    try (Connection connection = Connections.open(dataSource);
        Statement statement = connection.createStatement()) {
      statement.execute(DROP);
    } catch (SQLException e) {
      throw new DemoException(
          "the schema %s could not be dropped (%s)".formatted(NAME, e.getSQLState()), e);
    }
  }

  private void forgetHook() {
    try {
      Runtime.getRuntime().removeShutdownHook(dropper);
    } catch (IllegalStateException e) {
      // the JVM is ending, and the hook is at work
    }
  }
}
