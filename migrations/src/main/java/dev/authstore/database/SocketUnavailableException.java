package dev.authstore.database;

import java.nio.file.Path;
import java.sql.SQLException;

/** There is no socket, or it may not be used; the driver would not say which. */
final class SocketUnavailableException extends SQLException {

  SocketUnavailableException(Path socket, SQLException cause) {
    super("socket " + socket, cause.getSQLState(), cause);
  }
}
