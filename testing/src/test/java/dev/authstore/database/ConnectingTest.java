package dev.authstore.database;

import static dev.authstore.database.ConfigurableServer.outcome;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.authstore.database.tls.TlsMode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TimeZone;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.jdbc.PgConnection;

/** Ways to a server, and what stands in them. */
class ConnectingTest {

  private static ConfigurableServer server;

  @TempDir Path directory;

  @BeforeAll
  static void start() {
    server = new ConfigurableServer();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @BeforeEach
  void letEverybodyIn() {
    server.rules("host all all all trust");
  }

  @Nested
  class Passwords {

    @BeforeEach
    void wanted() {
      server.rules("host all tester all scram-sha-256");
    }

    @Test
    void goThroughEveryDoorUnchanged() throws IOException {
      String encoded =
          URLEncoder.encode(ConfigurableServer.PASSWORD, StandardCharsets.UTF_8)
              .replace("+", "%20");
      Path file = secret("password", ConfigurableServer.PASSWORD + "\n");
      String escaped = ConfigurableServer.PASSWORD.replace("\\", "\\\\").replace(":", "\\:");
      Path passwords = secret("pgpass", "*:*:*:tester:" + escaped + "\n");

      assertThat(outcome(DatabaseConfig.of(uri("tester:" + encoded)))).isEqualTo("plain");
      assertThat(outcome(parts("DB_PASS", ConfigurableServer.PASSWORD))).isEqualTo("plain");
      assertThat(outcome(parts("DB_PASS_FILE", file.toString()))).isEqualTo("plain");
      assertThat(outcome(parts("PGPASSFILE", passwords.toString()))).isEqualTo("plain");
      assertThat(outcome(parts("PGPASSWORD", ConfigurableServer.PASSWORD))).isEqualTo("plain");
    }

    @Test
    void areMissedAndRefused() {
      assertThat(outcome(DatabaseConfig.of(uri("tester")))).isEqualTo("NO_PASSWORD");
      assertThat(outcome(DatabaseConfig.of(uri("tester:wrong")))).isEqualTo("PASSWORD");
      server.rules("host all tester all reject");
      assertThat(outcome(DatabaseConfig.of(uri("tester")))).isEqualTo("RULES");
    }

    private DatabaseConfig parts(String variable, String value) {
      return DatabaseConfig.from(
          ConfigSources.none()
              .home(directory)
              .environment(
                  Map.of(
                      "DB_HOST",
                      "localhost",
                      "DB_PORT",
                      String.valueOf(server.port()),
                      "DB_NAME",
                      "postgres",
                      "DB_USER",
                      "tester",
                      "DB_SSL_DISABLE",
                      "true",
                      variable,
                      value)));
    }

    private Path secret(String name, String text) throws IOException {
      Path file = Files.writeString(directory.resolve(name), text);
      return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }
  }

  @Nested
  class Options {

    @ParameterizedTest
    @CsvSource({
      "-c role=nobody, ROLE",
      "-c role=postgres, ROLE",
      "-c no_such_setting=1, OPTIONS",
      "-c work_mem=much, OPTIONS",
      "nonsense, OPTIONS",
      "-c role=tester -c work_mem=5MB, plain"
    })
    void areAcceptedOrNamedAsTheReason(String options, String expected) {
      assertThat(outcome(DatabaseConfig.of(uri("tester")).with(Setting.OPTIONS, options)))
          .isEqualTo(expected);
    }

    @Test
    void keepEscapedBlanks() throws SQLException {
      DatabaseConfig config =
          DatabaseConfig.of(uri("tester"))
              .with(Setting.OPTIONS, "-c work_mem=5MB -c my.text=a\\ b");

      assertThat(show(config, "my.text")).isEqualTo("a b");
      assertThat(show(config, "work_mem")).isEqualTo("5MB");
    }
  }

  @Nested
  class Sessions {

    @ParameterizedTest
    @ValueSource(strings = {"America/New_York", "Asia/Kathmandu"})
    void beginTheSameEverywhere(String zone) throws SQLException {
      TimeZone before = TimeZone.getDefault();
      TimeZone.setDefault(TimeZone.getTimeZone(zone));
      try {
        DatabaseConfig config = DatabaseConfig.of(uri("tester")).schema("My \"schema");

        assertThat(show(config, "TimeZone")).isEqualTo("UTC");
        assertThat(show(config, "search_path")).isEqualTo("\"My \"\"schema\"");
        assertThat(show(config, "statement_timeout")).isEqualTo("30s");
        assertThat(show(config, "lock_timeout")).isEqualTo("10s");
        assertThat(show(config, "idle_in_transaction_session_timeout")).isEqualTo("1min");
        assertThat(show(config, "application_name")).isEqualTo("authstore");
      } finally {
        TimeZone.setDefault(before);
      }
    }

    @Test
    void ofTheMigratorTakeTheirTime() throws SQLException {
      try (Connection connection =
          DatabaseConfig.of(uri("tester")).migrationDataSource().getConnection()) {
        assertThat(show(connection, "statement_timeout")).isEqualTo("0");
        assertThat(show(connection, "application_name")).isEqualTo("authstore-migrate");
      }
    }
  }

  @Nested
  class Timeouts {

    private final ExecutorService attempts = Executors.newCachedThreadPool();

    @AfterEach
    void endAttempts() {
      attempts.shutdownNow();
    }

    /** All at the same time, so that the test takes no longer than the longest of them. */
    @Test
    void holdAgainstASilentServerInEveryMode() throws Exception {
      try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
          ServerSocket another = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
        String one = "127.0.0.1:" + silent.getLocalPort();
        String two = one + ",127.0.0.1:" + another.getLocalPort();
        List<Callable<Attempt>> all = new ArrayList<>();
        for (TlsMode mode : TlsMode.values()) {
          all.add(() -> attempt(one, mode, Duration.ofSeconds(1)));
          all.add(() -> attempt(two, mode, Duration.ofSeconds(2)));
        }

        List<Future<Attempt>> ended = attempts.invokeAll(all);

        assertThat(ended).hasSize(12);
        for (Future<Attempt> attempt : ended) {
          attempt.get().assertInTime();
        }
      }
    }

    /** How one came to its end, and when. */
    private record Attempt(TlsMode mode, Duration limit, String outcome, Duration taken) {

      void assertInTime() {
        assertThat(outcome).as("%s", this).isEqualTo("TIMEOUT");
        assertThat(taken).as("%s", this).isBetween(limit.minusMillis(100), limit.plusSeconds(1));
      }
    }

    private Attempt attempt(String hosts, TlsMode mode, Duration limit) throws IOException {
      String target =
          "postgresql://u@%s/d?connect_timeout=1&sslmode=%s".formatted(hosts, mode.text());
      DatabaseConfig config =
          DatabaseConfig.from(
              mode == TlsMode.VERIFY_CA
                  ? ConfigSources.none()
                      .value(Setting.URI, target)
                      .value(Setting.SSL_CA, new Authority("any").pem())
                  : ConfigSources.none().value(Setting.URI, target));
      long start = System.nanoTime();
      String outcome = outcome(config);
      return new Attempt(mode, limit, outcome, Duration.ofNanos(System.nanoTime() - start));
    }
  }

  @Nested
  class Sockets {

    @Test
    void areNamedInAnyWay() throws IOException {
      try (SocketServer socket =
          new SocketServer(directory.resolve(".s.PGSQL.5432"), server.port())) {
        String encoded = directory.toString().replace("/", "%2F");

        assertThat(socket).isNotNull();
        assertThat(outcome(DatabaseConfig.of("postgresql://tester@" + encoded + "/postgres")))
            .isEqualTo("plain");
        assertThat(outcome(DatabaseConfig.of("host=" + directory + " user=tester dbname=postgres")))
            .isEqualTo("plain");
        DatabaseConfig parts =
            DatabaseConfig.fromEnvironment(
                Map.of(
                    "DB_SOCKET_DIR", directory.toString(),
                    "DB_USER", "tester",
                    "DB_NAME", "postgres",
                    "DB_SSL_MODE", "require"));
        assertThat(outcome(parts)).isEqualTo("plain");
        assertThat(parts.notices())
            .containsExactly(Notice.warning("DB_SSL_MODE is ignored: there is no TLS on a socket"));
      }
    }

    /** In a directory where servers put them, with a port that no server has. */
    @Test
    void areFoundWithoutANameForThem() throws IOException {
      int port = Hosts.closedPort();
      Path file = Path.of("/tmp/.s.PGSQL." + port);
      try (SocketServer socket = new SocketServer(file, server.port())) {
        assertThat(socket).isNotNull();

        String found = outcome(DatabaseConfig.of("user=tester dbname=postgres port=" + port));

        assertThat(found).isEqualTo("plain");
      } finally {
        Files.deleteIfExists(file);
      }
    }

    @Test
    void areRefusedWithoutTheLibraryForThem() throws Exception {
      int port = Hosts.closedPort();
      Path file = Files.createFile(Path.of("/tmp/.s.PGSQL." + port));
      try {
        List<String> outcomes =
            OutcomeProcess.outcomes(
                List.of(),
                library -> !library.contains("junixsocket"),
                "host=" + directory + " user=tester",
                "user=tester port=" + port,
                uri("tester"));

        assertThat(outcomes)
            .containsExactly(
                "uri host: sockets need a library that is not there;"
                    + " add com.kohlschutter.junixsocket:junixsocket-core",
                "REFUSED the local socket cannot be used without"
                    + " com.kohlschutter.junixsocket:junixsocket-core, localhost is taken",
                "plain");
      } finally {
        Files.delete(file);
      }
    }

    @Test
    void areNamedWhenTheyAreMissing() {
      ConnectFailedException failure =
          catchThrowableOfType(
              ConnectFailedException.class,
              () ->
                  Connections.open(
                      DatabaseConfig.of("host=" + directory + " user=u").dataSource()));

      assertThat(failure.reason()).isEqualTo(ConnectFailedException.Reason.SOCKET);
      assertThat(failure).hasMessageContaining(directory + "/.s.PGSQL.5432");
    }
  }

  @Nested
  class Hosts {

    @Test
    void areTriedInTurn() throws IOException {
      assertThat(outcome(hosts(closedPort(), server.port()))).isEqualTo("plain");
      assertThat(outcome(hosts(server.port(), closedPort()))).isEqualTo("plain");
    }

    @Test
    void areAllNamedWhenAllAreDown() throws IOException {
      int one = closedPort();
      int two = closedPort();

      ConnectFailedException failure =
          catchThrowableOfType(
              ConnectFailedException.class, () -> Connections.open(hosts(one, two).dataSource()));

      assertThat(failure.reason()).isEqualTo(ConnectFailedException.Reason.REFUSED);
      assertThat(failure)
          .hasMessageContaining("localhost:%d: connection refused (08001)\n".formatted(one))
          .hasMessageContaining("localhost:%d: connection refused (08001);".formatted(two));
    }

    @Test
    void areNotTriedAfterARefusedPassword() throws IOException {
      server.rules("host all tester all scram-sha-256");

      assertThat(outcome(hosts(server.port(), closedPort()))).isEqualTo("NO_PASSWORD");
    }

    @Test
    void mustBeWritableIfThereAreSeveral() throws IOException {
      server.execute("ALTER ROLE tester SET default_transaction_read_only = on");
      String several = outcome(hosts(server.port(), closedPort()));
      String one = outcome(DatabaseConfig.of(uri("tester")));
      String asked = outcome(DatabaseConfig.of(uri("tester") + "?target_session_attrs=read-write"));
      String primary = outcome(DatabaseConfig.of(uri("tester") + "?target_session_attrs=primary"));
      server.execute("ALTER ROLE tester RESET default_transaction_read_only");

      assertThat(several).isEqualTo("UNSUITABLE");
      assertThat(one).isEqualTo("plain");
      assertThat(asked).isEqualTo("UNSUITABLE");
      assertThat(primary).isEqualTo("plain");
    }

    @Test
    void mayBeAddresses() {
      String address = "postgresql://tester@/postgres?hostaddr=127.0.0.1&port=" + server.port();
      String named =
          "postgresql://tester@nowhere.invalid/postgres?hostaddr=127.0.0.1&port=" + server.port();
      String sixth = "postgresql://tester@[::1]:%d/postgres".formatted(server.port());

      assertThat(outcome(DatabaseConfig.of(address))).isEqualTo("plain");
      assertThat(outcome(DatabaseConfig.of(named))).isEqualTo("plain");
      assertThat(outcome(DatabaseConfig.of(sixth))).isIn("plain", "REFUSED", "LOST");
    }

    @Test
    void areShuffledIfAsked() throws SQLException {
      DatabaseConfig config =
          DatabaseConfig.of(
              "postgresql://tester@localhost:%1$d,127.0.0.1:%1$d/postgres?load_balance_hosts=random"
                  .formatted(server.port()));
      int first = 0;
      for (int i = 0; i < 200; i++) {
        try (Connection connection = config.dataSource().getConnection()) {
          String host =
              connection.unwrap(PgConnection.class).getQueryExecutor().getHostSpec().getHost();
          first += host.equals("localhost") ? 1 : 0;
        }
      }

      assertThat(first).isBetween(60, 140);
    }

    @Test
    void mayHaveTimesForKeepingThemAlive() {
      assertThat(
              outcome(DatabaseConfig.of(uri("tester") + "?keepalives_idle=30&keepalives_count=3")))
          .isEqualTo("plain");
    }

    private static DatabaseConfig hosts(int one, int two) {
      return DatabaseConfig.of(
          "postgresql://tester@localhost:%d,localhost:%d/postgres".formatted(one, two));
    }

    static int closedPort() throws IOException {
      try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        return free.getLocalPort();
      }
    }
  }

  /** The server has no Kerberos, so that its half of it is all there is to try. */
  @Nested
  class Gss {

    @Test
    void isNotOfferedByTheServer() {
      assertThat(outcome(DatabaseConfig.of(uri("tester") + "?gssencmode=require")))
          .isEqualTo("GSS");
      assertThat(outcome(DatabaseConfig.of(uri("tester") + "?gssencmode=prefer")))
          .isEqualTo("plain");
      assertThat(outcome(DatabaseConfig.of(uri("tester") + "?require_auth=gss")))
          .isEqualTo("AUTH_METHOD");
    }
  }

  @Nested
  class Limits {

    @Test
    void ofARoleAreTold() {
      server.execute("ALTER ROLE tester CONNECTION LIMIT 0");
      String outcome = outcome(DatabaseConfig.of(uri("tester")));
      server.execute("ALTER ROLE tester CONNECTION LIMIT -1");

      assertThat(outcome).isEqualTo("TOO_MANY_CONNECTIONS");
    }

    @Test
    void passWhileAStartWaits() throws Exception {
      server.execute("ALTER ROLE tester CONNECTION LIMIT 0");
      Thread opening = new Thread(() -> Connections.awaitServer(DatabaseConfig.of(uri("tester"))));
      opening.start();
      while (opening.getState() != Thread.State.TIMED_WAITING) {
        Thread.onSpinWait();
      }

      server.execute("ALTER ROLE tester CONNECTION LIMIT -1");

      opening.join(10_000);
      assertThat(opening.isAlive()).isFalse();
    }

    @Test
    void ofDatabasesAreTold() {
      assertThat(outcome(DatabaseConfig.of(uri("tester") + "_none"))).isEqualTo("NO_DATABASE");
    }
  }

  @Nested
  class Starting {

    @Test
    void failsAtOnceWhereWaitingCannotHelp() {
      server.rules("host all tester all scram-sha-256");
      long start = System.nanoTime();

      ConnectFailedException failure =
          catchThrowableOfType(
              ConnectFailedException.class,
              () -> Connections.awaitServer(DatabaseConfig.of(uri("tester:canary"))));

      assertThat(failure.reason()).isEqualTo(ConnectFailedException.Reason.PASSWORD);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
      assertThat(failure.toString()).doesNotContain("canary");
    }
  }

  private static String uri(String user) {
    return "postgresql://%s@localhost:%d/postgres".formatted(user, server.port());
  }

  private static String show(DatabaseConfig config, String setting) throws SQLException {
    try (Connection connection = config.dataSource().getConnection()) {
      return show(connection, setting);
    }
  }

  private static String show(Connection connection, String setting) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SHOW " + setting)) {
      row.next();
      return row.getString(1);
    }
  }
}
