package dev.authstore.storage.pg.internal;

import java.sql.Connection;
import java.sql.SQLException;

/** Where units of work have their connections from. A connection is given back by closing it. */
@FunctionalInterface
public interface Connections {

  Connection take() throws SQLException;
}
