package dev.authstore.storage.pg.queue;

import dev.authstore.storage.pg.Store;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/** Hears what the queue tells its workers. */
final class Listening implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 10_000;

  private final Connection connection;

  private Listening(Connection connection) {
    this.connection = connection;
  }

  static Listening to(Store store) throws SQLException {
    Listening listening = new Listening(store.dataSource().getConnection());
    listening.execute("LISTEN queue_available");
    listening.execute("LISTEN queue_leader_stepdown");
    listening.execute("LISTEN marker");
    return listening;
  }

  /** What has been told since the last call: channel and payload. */
  List<String> heard() throws SQLException {
    execute("NOTIFY marker"); // told in the order of commits, so nothing can come before it later
    List<String> heard = new ArrayList<>();
    while (true) {
      PGNotification[] notifications =
          connection.unwrap(PGConnection.class).getNotifications(PATIENCE_MILLIS);
      if (notifications == null || notifications.length == 0) {
        throw new AssertionError("not even the marker was heard, but " + heard);
      }
      for (PGNotification notification : notifications) {
        if (notification.getName().equals("marker")) {
          return heard;
        }
        heard.add((notification.getName() + " " + notification.getParameter()).strip());
      }
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
