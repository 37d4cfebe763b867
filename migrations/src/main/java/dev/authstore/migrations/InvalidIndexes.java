package dev.authstore.migrations;

import dev.authstore.database.Identifiers;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Indexes whose concurrent building came to nothing: they cost time and help nobody. */
final class InvalidIndexes {

  private static final String LIST =
      """
      SELECT relname FROM pg_index
      JOIN pg_class ON pg_class.oid = indexrelid
      JOIN pg_namespace ON pg_namespace.oid = relnamespace
      WHERE nspname = ? AND NOT indisvalid AND NOT EXISTS (
        SELECT FROM pg_stat_progress_create_index WHERE index_relid = indexrelid)
      ORDER BY relname
      """;

  private InvalidIndexes() {}

  /** Their names, without those that are being built right now. */
  static List<String> list(Connection connection, String schema) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(LIST)) {
      statement.setString(1, schema);
      try (ResultSet rows = statement.executeQuery()) {
        List<String> names = new ArrayList<>();
        while (rows.next()) {
          names.add(rows.getString(1));
        }
        return names;
      }
    }
  }

  /** Needs a connection that commits by itself. */
  static void drop(Connection connection, String schema, List<String> names) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String name : names) {
        statement.execute(
            "DROP INDEX CONCURRENTLY IF EXISTS %s.%s"
                .formatted(Identifiers.quoted(schema), Identifiers.quoted(name)));
      }
    }
  }
}
