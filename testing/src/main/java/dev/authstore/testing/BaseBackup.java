package dev.authstore.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * A copy of the data directory of a running server, made with what SQL offers for it, since the
 * binaries come without the program for it.
 */
final class BaseBackup {

  /** What was called otherwise before. */
  private static final int NEW_NAMES = 15;

  private static final Path WRITE_AHEAD_LOG = Path.of("pg_wal");

  private BaseBackup() {}

  static void copy(PostgresServer server, Path from, Path to) throws IOException, SQLException {
    try (Connection connection = server.dataSource("postgres").getConnection();
        Statement statement = connection.createStatement()) {
      boolean renamed = connection.getMetaData().getDatabaseMajorVersion() >= NEW_NAMES;
      statement.execute(
          renamed
              ? "SELECT pg_backup_start('standby', true)"
              : "SELECT pg_start_backup('standby', true, false)");
      // whoever begins with the copy asks the server for its log
      Directories.copyData(from, to, name -> !name.startsWith(WRITE_AHEAD_LOG));
      try (ResultSet row =
          statement.executeQuery(
              renamed
                  ? "SELECT labelfile FROM pg_backup_stop()"
                  : "SELECT labelfile FROM pg_stop_backup(false)")) {
        row.next();
        Files.writeString(to.resolve("backup_label"), row.getString(1));
      }
    }
  }
}
