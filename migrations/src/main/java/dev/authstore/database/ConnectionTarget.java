package dev.authstore.database;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;
import org.postgresql.PGProperty;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * One database on one server, and who connects to it.
 *
 * @param parameters the driver's own, by name
 */
record ConnectionTarget(
    String host,
    int port,
    String database,
    String user,
    Optional<String> password,
    Map<String, String> parameters) {

  private static final int LOGIN_SECONDS = 10;

  ConnectionTarget {
    parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
  }

  DataSource dataSource() {
    PGSimpleDataSource dataSource = new PGSimpleDataSource();
    dataSource.setServerNames(new String[] {host});
    dataSource.setPortNumbers(new int[] {port});
    dataSource.setDatabaseName(database);
    dataSource.setUser(user);
    password.ifPresent(dataSource::setPassword);
    dataSource.setApplicationName("authstore");
    dataSource.setLoginTimeout(LOGIN_SECONDS);
    parameters.forEach((name, value) -> dataSource.setProperty(PGProperty.forName(name), value));
    return dataSource;
  }

  /** Neither the password nor the values of parameters, which may be secrets as well. */
  @Override
  public String toString() {
    String secret = password.isPresent() ? ":***" : "";
    String names = parameters.isEmpty() ? "" : "?" + String.join("&", parameters.keySet());
    return "postgresql://%s%s@%s:%d/%s%s".formatted(user, secret, host, port, database, names);
  }
}
