package dev.authstore.migrations;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

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
    String currentUser,
    Server server) {

  /** The server, as far as it matters. */
  record Server(int version, String encoding, boolean standby) {

    private static final int OLDEST = 130_000;

    /** Why the schema cannot be there. */
    Optional<String> problem() {
      if (version < OLDEST) {
        return Optional.of(
            "the server has version %d, 13 is the oldest that will do".formatted(version / 10_000));
      }
      return encoding.equals("UTF8")
          ? Optional.empty()
          : Optional.of("the database has the encoding %s instead of UTF8".formatted(encoding));
    }
  }

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
        EXISTS (SELECT FROM pg_tables WHERE schemaname = ? AND tablename = ?),
        ARRAY (SELECT DISTINCT name FROM own ORDER BY name LIMIT 5),
        session_user, current_user,
        current_setting('server_version_num')::int,
        current_setting('server_encoding'),
        pg_is_in_recovery()
      """;

  SchemaContents {
    objects = List.copyOf(objects);
  }

  static SchemaContents read(Connection connection, MigrationSettings settings)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(READ)) {
      statement.setString(1, settings.schema());
      statement.setString(2, settings.schema());
      statement.setString(3, settings.schemaOfHistory());
      statement.setString(4, settings.historyTable());
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return new SchemaContents(
            row.getBoolean(1),
            row.getBoolean(2),
            List.of((String[]) row.getArray(3).getArray()),
            row.getString(4),
            row.getString(5),
            new Server(row.getInt(6), row.getString(7), row.getBoolean(8)));
      }
    }
  }

  /** Whether there is something that no script of ours has made. */
  boolean isForeign() {
    return !hasHistory && !objects.isEmpty();
  }
}
