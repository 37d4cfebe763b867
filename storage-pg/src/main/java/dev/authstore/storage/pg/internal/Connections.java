package dev.authstore.storage.pg.internal;

import java.sql.Connection;
import java.sql.SQLException;

/** Where units of work have their connections from. */
@FunctionalInterface
public interface Connections {

  /**
   * Takes a connection, which must be given back.
   *
   * @param operation what needs it; empty for statements of the caller's own
   */
  Connection take(String operation) throws SQLException;

  /** Takes one back that {@link #take} has handed out, after its last transaction. */
  default void giveBack(Connection connection) throws SQLException {
    connection.close();
  }
}
