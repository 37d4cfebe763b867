package dev.authstore.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.testing.PostgresServer;
import dev.authstore.testing.TestDatabase;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class DemoFailureTest {
  private static final String SECRET = "s3cr3t-canary";

  @RegisterExtension final TestDatabase database = TestDatabase.empty();

  @Test
  void wrongTarget() {
    Invocation demo = Invocation.of("demo", "--database", "mysql://alice:" + SECRET + "@db/app");

    assertFailed(demo, Failures.USAGE, "uri: it is neither a URI of PostgreSQL");
  }

  @Test
  void targetThatIsNoOption() {
    Invocation demo = Invocation.of("demo", "postgresql://alice:" + SECRET + "@db/app");

    assertFailed(demo, Failures.USAGE, "an argument too many; see authstore demo --help");
  }

  @Test
  void targetOfAMisspeltOption() {
    Invocation demo = Invocation.of("demo", "--datbase=postgresql://alice:" + SECRET + "@db/app");

    assertFailed(demo, Failures.USAGE, "unknown option --datbase; see authstore demo --help");
  }

  @Test
  void serverThatIsDown() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }

    Invocation demo =
        Invocation.of(
            "demo", "--database", "postgresql://alice:%s@localhost:%d/app".formatted(SECRET, port));

    assertFailed(demo, Failures.NO_DATABASE, "connection refused (08001)");
  }

  @Test
  void unknownDatabase() {
    Invocation demo =
        Invocation.of("demo", "--database", database.url().replaceFirst("/[^/]*$", "/nowhere"));

    assertFailed(demo, Failures.NO_DATABASE, "the database does not exist (3D000)");
  }

  @Test
  void wrongPassword() throws Exception {
    execute("CREATE ROLE with_password LOGIN PASSWORD 'right'");
    requirePassword("with_password");

    Invocation demo =
        Invocation.of(
            "demo",
            "--database",
            database.url().replace("postgres@", "with_password:" + SECRET + "@"));

    assertFailed(demo, Failures.DENIED, "wrong password or unknown user (28P01)");
    execute("DROP ROLE with_password");
  }

  @Test
  void roleThatMayNotCreateASchema() throws SQLException {
    execute("CREATE ROLE without_rights LOGIN");

    Invocation demo =
        Invocation.of("demo", "--database", database.url().replace("postgres@", "without_rights@"));

    assertFailed(
        demo,
        Failures.DENIED,
        "may not migrate schema authstore_demo: it cannot create the schema");
    execute("DROP ROLE without_rights");
  }

  @Test
  void noCommand() {
    assertFailed(Invocation.of(), Failures.USAGE, "no command given; see authstore --help");
  }

  @Test
  void versionAndHelpAreNoFailures() {
    Invocation version = Invocation.of("--version");
    Invocation help = Invocation.of("demo", "--help");

    assertThat(version.exitCode()).isZero();
    assertThat(version.out()).startsWith("authstore ");
    assertThat(help.exitCode()).isZero();
    assertThat(help.out()).contains("--database", "--keep");
  }

  private static void assertFailed(Invocation demo, int exitCode, String message) {
    assertThat(demo.exitCode()).isEqualTo(exitCode);
    assertThat(demo.err()).startsWith("authstore: ").contains(message).hasLineCount(1);
    assertThat(demo.everything()).doesNotContain(SECRET, "Exception", "\tat ");
  }

  /** The server lets everybody in; here it asks this role for its password from now on. */
  private void requirePassword(String role) throws Exception {
    Path rules = Path.of(text("SHOW hba_file"));
    String rule = "host all %s all scram-sha-256\n".formatted(role);
    Files.writeString(rules, rule + Files.readString(rules));
    execute("SELECT pg_reload_conf()");
    long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (letsInWithoutPassword(role)) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
    }
  }

  private static boolean letsInWithoutPassword(String role) {
    String url =
        PostgresServer.shared().jdbcUrl("postgres").replace("user=postgres", "user=" + role);
    try (Connection connection = DriverManager.getConnection(url)) {
      return connection.isValid(1);
    } catch (SQLException e) {
      return false;
    }
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private String text(String query) throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getString(1);
    }
  }
}
