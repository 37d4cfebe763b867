package dev.authstore.migrations;

import dev.authstore.database.Identifiers;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;

/** What a schema says to programs that are older than itself. */
final class Compatibility {

  private static final String EXISTS =
      "SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = ? AND tablename = ?)";

  private Compatibility() {}

  /** The oldest script that a program must know; empty if the schema does not tell. */
  static Optional<String> oldestScript(Connection connection, String schema) throws SQLException {
    if (!exists(connection, schema)) {
      return Optional.empty();
    }
    String table = Identifiers.quoted(schema) + "." + Identifiers.quoted(TableRights.COMPATIBILITY);
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT oldest_script::text FROM " + table)) {
      return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
    }
  }

  private static boolean exists(Connection connection, String schema) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(EXISTS)) {
      statement.setString(1, schema);
      statement.setString(2, TableRights.COMPATIBILITY);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getBoolean(1);
      }
    }
  }
}
