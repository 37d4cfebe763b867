package dev.authstore.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens connections so that a failure tells its reason. */
public final class Connections {

  private static final Logger LOG = LoggerFactory.getLogger("authstore.database");

  private Connections() {}

  /**
   * Opens a connection, which belongs to the caller.
   *
   * @throws ConnectFailedException if there is none to be had
   */
  public static Connection open(DataSource dataSource) {
    try {
      return dataSource.getConnection();
    } catch (SQLException e) {
      throw ConnectFailedException.of(e);
    }
  }

  /**
   * Connects once, to learn at start whether the database can be reached, and logs what answered.
   *
   * @throws ConnectFailedException if it cannot be reached
   */
  public static void check(DataSource dataSource) {
    long start = System.nanoTime();
    try (Connection connection = open(dataSource)) {
      LOG.info(
          "Database connected [server={}, duration={}]",
          connection.getMetaData().getDatabaseProductVersion(),
          Duration.ofNanos(System.nanoTime() - start));
    } catch (SQLException e) {
      throw ConnectFailedException.of(e);
    }
  }
}
