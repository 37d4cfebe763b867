package dev.authstore.testing;

import dev.authstore.database.ConnectFailedException;
import dev.authstore.database.Connections;
import dev.authstore.database.DatabaseConfig;
import dev.authstore.database.Identifiers;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import javax.sql.DataSource;

/**
 * A server that somebody else runs, and that several builds may use at once.
 *
 * <p>The databases of a run bear its number, and a connection that it keeps open bears the same
 * name: so those of a run that was killed can be told, and the next run drops them.
 */
final class ExistingServer extends PostgresServer {

  private static final String MARK = "authstore_test_";
  private static final String OF_RUN = MARK + "[0-9a-f]{8}";

  private static final String DATABASES =
      """
      SELECT datname FROM pg_database
      WHERE datdba = (SELECT oid FROM pg_roles WHERE rolname = current_user) AND datname ~ ?
      """;

  private static final String OF_DEAD_RUNS =
      DATABASES
          + """
          AND NOT EXISTS (
            SELECT FROM pg_stat_activity WHERE application_name = left(pg_database.datname, %d)
          )
          """
              .formatted(MARK.length() + 8);

  private final ServerUri target;
  private final String maintenanceDatabase;
  private final String run;
  private final Connection sign;

  private ExistingServer(
      ServerUri target, String maintenanceDatabase, String run, Connection sign) {
    this.target = target;
    this.maintenanceDatabase = maintenanceDatabase;
    this.run = run;
    this.sign = sign;
  }

  static ExistingServer at(String target) {
    DatabaseConfig config = DatabaseConfig.of(target);
    String run = MARK + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
    Connection sign = Connections.open(config.migrationDataSource());
    try {
      execute(sign, "SET application_name = " + run);
      ExistingServer server =
          new ExistingServer(ServerUri.of(target), config.databaseName(), run, sign);
      server.drop(OF_DEAD_RUNS, "^" + OF_RUN);
      return server;
    } catch (SQLException e) {
      throw ConnectFailedException.of(e);
    }
  }

  @Override
  public int port() {
    return target.port();
  }

  @Override
  public DataSource dataSource(String database) {
    return DatabaseConfig.of(url(database)).migrationDataSource();
  }

  @Override
  public String url(String database) {
    return target.url(database);
  }

  @Override
  public String jdbcUrl(String database) {
    return target.jdbcUrl(database);
  }

  @Override
  String maintenanceDatabase() {
    return maintenanceDatabase;
  }

  @Override
  String databasePrefix() {
    return run + "_";
  }

  /** Drops the databases of this run; the server goes on. */
  @Override
  public void close() {
    try (sign) {
      drop(DATABASES, "^" + run);
    } catch (SQLException e) {
      throw new IllegalStateException("databases of tests could not be dropped", e);
    }
  }

  private void drop(String query, String pattern) throws SQLException {
    List<String> names = new ArrayList<>();
    try (PreparedStatement search = sign.prepareStatement(query)) {
      search.setString(1, pattern);
      try (ResultSet rows = search.executeQuery()) {
        while (rows.next()) {
          names.add(rows.getString(1));
        }
      }
    }
    for (String name : names) {
      execute(sign, "DROP DATABASE IF EXISTS %s WITH (FORCE)".formatted(Identifiers.quoted(name)));
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
