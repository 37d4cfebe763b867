package dev.authstore.database;

import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * What a server says about itself.
 *
 * @param tls version and cipher of the connection, or {@code none}
 * @param inRecovery whether it is a standby
 * @param readOnly whether it cannot be written to now
 * @param freeConnections how many more ordinary users may open
 */
public record ServerFacts(
    String version,
    boolean encrypted,
    String tls,
    boolean inRecovery,
    boolean readOnly,
    int freeConnections) {

  public static final String QUERY =
      """
      SELECT current_setting('server_version'),
             coalesce(ssl, false),
             coalesce(version || ' ' || cipher, 'none'),
             pg_is_in_recovery(),
             current_setting('transaction_read_only')::boolean,
             current_setting('max_connections')::int
               - current_setting('superuser_reserved_connections')::int
               - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')
      FROM (SELECT) one LEFT JOIN pg_stat_ssl ON pid = pg_backend_pid()
      """;

  /** Reads the one row of {@link #QUERY}. */
  public static ServerFacts read(ResultSet row) throws SQLException {
    row.next();
    return new ServerFacts(
        row.getString(1),
        row.getBoolean(2),
        row.getString(3),
        row.getBoolean(4),
        row.getBoolean(5),
        row.getInt(6));
  }
}
