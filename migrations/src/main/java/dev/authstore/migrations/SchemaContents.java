package dev.authstore.migrations;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/**
 * What the catalogue says about the schema, read in one statement so that a migrator at work cannot
 * make the parts contradict each other.
 *
 * @param objects names of up to five relations, functions and types that belong to no extension
 */
record SchemaContents(
    boolean hasSchema,
    boolean hasHistory,
    List<String> objects,
    String sessionUser,
    String currentUser) {

  private static final String READ =
      """
      WITH named AS (
        SELECT 'pg_class'::regclass AS catalogue, oid, relname AS name, relnamespace AS namespace
        FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c')
        UNION ALL
        SELECT 'pg_proc'::regclass, oid, proname, pronamespace FROM pg_proc
        UNION ALL
        SELECT 'pg_type'::regclass, oid, typname, typnamespace FROM pg_type WHERE typtype IN ('d', 'e', 'r')
      ), own AS (
        SELECT name::text FROM named
        JOIN pg_namespace ON pg_namespace.oid = namespace
        WHERE nspname = ? AND NOT EXISTS (
          SELECT FROM pg_depend WHERE classid = catalogue AND objid = named.oid AND deptype = 'e')
      )
      SELECT
        EXISTS (SELECT FROM pg_namespace WHERE nspname = ?),
        EXISTS (SELECT FROM own WHERE name = ?),
        ARRAY (SELECT DISTINCT name FROM own ORDER BY name LIMIT 5),
        session_user, current_user
      """;

  SchemaContents {
    objects = List.copyOf(objects);
  }

  static SchemaContents read(Connection connection, MigrationSettings settings)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(READ)) {
      statement.setString(1, settings.schema());
      statement.setString(2, settings.schema());
      statement.setString(3, settings.historyTable());
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return new SchemaContents(
            row.getBoolean(1),
            row.getBoolean(2),
            List.of((String[]) row.getArray(3).getArray()),
            row.getString(4),
            row.getString(5));
      }
    }
  }

  boolean isForeign() {
    return !hasHistory && !objects.isEmpty();
  }
}
