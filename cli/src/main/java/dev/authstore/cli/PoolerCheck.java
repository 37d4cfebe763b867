package dev.authstore.cli;

import dev.authstore.database.Connections;
import dev.authstore.database.DatabaseConfig;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.postgresql.PGConnection;

/**
 * Whether two statements of one connection meet the same session. Behind a pooler in transaction
 * mode they need not, and then neither session locks nor notifications work.
 */
final class PoolerCheck {

  private static final String TOPIC = "pooler";
  private static final int STATEMENTS = 3;
  private static final int MILLIS = 1_000;

  private final DatabaseConfig config;

  PoolerCheck(DatabaseConfig config) {
    this.config = config;
  }

  List<Finding> findings(Connection connection) throws SQLException {
    List<Finding> findings = new ArrayList<>();
    if (!keepsSession(connection)) {
      findings.add(
          config.transactionPooler()
              ? Finding.ok(TOPIC, "transaction mode, as DB_TRANSACTION_POOLER says")
              : Finding.fail(
                  TOPIC,
                  "sessions change between statements: set DB_TRANSACTION_POOLER=true, or use"
                      + " session mode; migrations need session mode or the server itself",
                  Failures.USAGE));
      return findings;
    }
    findings.add(Finding.ok(TOPIC, "sessions last"));
    findings.add(
        hearsNotifications(connection)
            ? Finding.ok("notify", "LISTEN hears NOTIFY")
            : Finding.warn("notify", "LISTEN hears no NOTIFY: jobs start late, by polling"));
    return findings;
  }

  /**
   * Another session in between makes a pooler hand over what it has. Its transaction is begun and
   * ended by hand: the driver gives the statements for that names, which collide in such a pooler.
   */
  private boolean keepsSession(Connection connection) throws SQLException {
    Set<String> sessions = new HashSet<>();
    for (int i = 0; i < STATEMENTS; i++) {
      sessions.add(text(connection, "SELECT pg_backend_pid()::text"));
      try (Connection other = Connections.open(config.dataSource());
          Statement statement = other.createStatement()) {
        statement.execute("BEGIN");
        sessions.add(text(connection, "SELECT pg_backend_pid()::text"));
        statement.execute("ROLLBACK");
      }
    }
    return sessions.size() == 1;
  }

  private boolean hearsNotifications(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        Connection other = Connections.open(config.dataSource());
        Statement notifying = other.createStatement()) {
      statement.execute("LISTEN authstore_check");
      notifying.execute("NOTIFY authstore_check");
      boolean heard = connection.unwrap(PGConnection.class).getNotifications(MILLIS).length > 0;
      statement.execute("UNLISTEN authstore_check");
      return heard;
    }
  }

  private static String text(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getString(1);
    }
  }
}
