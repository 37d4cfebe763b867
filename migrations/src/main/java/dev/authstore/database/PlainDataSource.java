package dev.authstore.database;

import dev.authstore.database.libpq.HostSpec;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.SocketException;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.postgresql.Driver;

/**
 * Opens connections, each a new one, and tries the hosts in turn. The driver could try several
 * hosts itself, but reports the last failure only, goes on after a refused password, and remembers
 * for ten seconds which hosts were down.
 */
final class PlainDataSource implements DataSource {

  private static final String BARE_URL = "jdbc:postgresql://";

  private final Driver driver = new Driver();
  private final SecureRandom random = new SecureRandom();
  private final ConnectionSpec spec;

  PlainDataSource(ConnectionSpec spec) {
    this.spec = spec;
  }

  @Override
  public Connection getConnection() throws SQLException {
    List<HostFailure> failures = new ArrayList<>();
    for (HostSpec host : inOrder()) {
      try {
        return connect(host);
      } catch (SQLException e) {
        HostFailure failure = new HostFailure(host, e);
        failures.add(failure);
        if (!failure.failure().reason().isPassing()) {
          break;
        }
      }
    }
    throw HostFailure.combined(failures);
  }

  private List<HostSpec> inOrder() {
    List<HostSpec> hosts = new ArrayList<>(spec.hosts());
    if (spec.shuffled()) {
      Collections.shuffle(hosts, random);
    }
    return hosts;
  }

  private Connection connect(HostSpec host) throws SQLException {
    Connection connection = login(host);
    try {
      requireSuitable(connection);
      setUp(connection);
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  private Connection login(HostSpec host) throws SQLException {
    try {
      Connection connection =
          driver.connect(BARE_URL, DriverProperties.of(spec, host, passwordFor(host)));
      if (connection == null) {
        throw new SQLException("the driver does not know its own URL");
      }
      return connection;
    } catch (SQLException e) {
      boolean unreachable =
          "08001".equals(e.getSQLState()) && e.getCause() instanceof SocketException;
      if (unreachable && host instanceof HostSpec.UnixSocket socket) {
        throw new SocketUnavailableException(socket.file(), e);
      }
      throw e;
    }
  }

  private Secret passwordFor(HostSpec host) throws SQLException {
    try {
      return spec.credentials().passwordFor(host, spec.database());
    } catch (IOException e) {
      throw new SQLException("the file with the password cannot be read", "08001", e);
    }
  }

  private void requireSuitable(Connection connection) throws SQLException {
    Optional<String> question = spec.target().question();
    if (question.isEmpty()) {
      return;
    }
    try (Statement statement = connection.createStatement();
        ResultSet answer = statement.executeQuery(question.get())) {
      answer.next();
      if (!answer.getString(1).equals("off")) {
        throw new UnsuitableServerException(spec.target());
      }
    }
  }

  private void setUp(Connection connection) throws SQLException {
    if (spec.sessions().setUp().isPresent()) {
      try (Statement statement = connection.createStatement()) {
        statement.execute(spec.sessions().setUp().get());
      }
    }
  }

  @Override
  public Connection getConnection(String username, String password) throws SQLException {
    throw new SQLFeatureNotSupportedException("user and password are settings");
  }

  @Override
  public int getLoginTimeout() {
    return (int) spec.connectTimeout().toSeconds();
  }

  @Override
  public void setLoginTimeout(int seconds) throws SQLException {
    throw new SQLFeatureNotSupportedException("it is a setting");
  }

  @Override
  public PrintWriter getLogWriter() throws SQLException {
    throw new SQLFeatureNotSupportedException();
  }

  @Override
  public void setLogWriter(PrintWriter out) throws SQLException {
    throw new SQLFeatureNotSupportedException();
  }

  @Override
  public Logger getParentLogger() throws SQLFeatureNotSupportedException {
    throw new SQLFeatureNotSupportedException();
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    throw new SQLException("it wraps nothing");
  }

  @Override
  public boolean isWrapperFor(Class<?> type) {
    return false;
  }

  @Override
  public String toString() {
    return "PlainDataSource[" + spec + "]";
  }
}
