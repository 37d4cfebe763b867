package dev.authstore.database;

import java.sql.SQLException;

/** A server was reached, and is not one that can be worked with. */
final class UnsuitableServerException extends SQLException {

  UnsuitableServerException(SessionTarget target) {
    super("the server is not " + target.text(), "08001");
  }
}
