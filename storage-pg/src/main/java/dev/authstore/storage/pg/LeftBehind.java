package dev.authstore.storage.pg;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** What outlives a transaction in its session, so that the next one would come into it. */
final class LeftBehind {

  /** Only a reset tells which role the session began with, perhaps by its options. */
  private static final String LOOK =
      """
      SELECT current_setting('role');
      RESET ROLE;
      SELECT current_setting('role'),
             ARRAY(SELECT 'advisory lock ' || classid || '/' || objid FROM pg_locks
                   WHERE locktype = 'advisory' AND pid = pg_backend_pid()
                   ORDER BY 1);
      """;

  private LeftBehind() {}

  /** Its role and locks by name, in one round trip. */
  static List<String> in(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(LOOK);
      String role = first(statement);
      statement.getMoreResults(); // of the reset, which has none
      statement.getMoreResults();
      try (ResultSet row = statement.getResultSet()) {
        row.next();
        List<String> left = new ArrayList<>(List.of((String[]) row.getArray(2).getArray()));
        if (!row.getString(1).equals(role)) {
          left.add("role " + role);
        }
        return left;
      }
    }
  }

  private static String first(Statement statement) throws SQLException {
    try (ResultSet row = statement.getResultSet()) {
      row.next();
      return row.getString(1);
    }
  }
}
