package dev.authstore.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.database.DatabaseConfig;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Runs that use the shared server as if somebody else had started it. */
@ResourceLock("runs on an existing server") // each of them drops what dead ones have left
class ExistingServerTest {

  private static final String ROLE = "existing_server_tester";

  private final PostgresServer host = PostgresServer.shared();

  @Test
  void leavesNoDatabases() throws SQLException {
    ExistingServer server = ExistingServer.at(host.url("postgres"));
    String used = new TestDatabases(server).stock(TestSchema.None.class).take();
    assertThat(databases()).contains(used);

    server.close();

    assertThat(databases()).noneMatch(name -> name.startsWith(server.databasePrefix()));
  }

  @Test
  void dropsTheDatabasesOfARunThatWasKilled() throws SQLException {
    String left = "authstore_test_0badcafe_1";
    execute(host.dataSource("postgres"), "CREATE DATABASE " + left);

    ExistingServer.at(host.url("postgres")).close();

    assertThat(databases()).doesNotContain(left);
  }

  @Test
  void leavesTheDatabasesOfOtherRunsAlone() throws SQLException {
    try (ExistingServer running = ExistingServer.at(host.url("postgres"))) {
      String used = new TestDatabases(running).takeEmpty();

      ExistingServer.at(host.url("postgres")).close();

      assertThat(databases()).contains(used);
    }
  }

  @Test
  void isNamedByItsUrls() throws SQLException {
    try (ExistingServer server = ExistingServer.at(host.url("postgres") + "?sslmode=disable")) {
      String name = new TestDatabases(server).takeEmpty();

      assertThat(nameIn(DatabaseConfig.of(server.url(name)).dataSource().getConnection()))
          .isEqualTo(name);
      assertThat(nameIn(DriverManager.getConnection(server.jdbcUrl(name)))).isEqualTo(name);
      assertThat(server.port()).isEqualTo(host.port());
    }
  }

  @Nested
  class WithoutASuperuser {

    @BeforeEach
    void createRole() throws SQLException {
      execute(
          host.dataSource("postgres"),
          "CREATE ROLE %s LOGIN CREATEDB PASSWORD 'pass:word'".formatted(ROLE));
    }

    @AfterEach
    void dropRole() throws SQLException {
      execute(host.dataSource("postgres"), "DROP ROLE " + ROLE);
    }

    @Test
    void databasesAreMigratedAndEmptyAsWell() throws SQLException {
      String target = host.url("postgres").replace("postgres@", ROLE + ":pass%3Aword@");
      try (ExistingServer server = ExistingServer.at(target)) {
        TestDatabases.Stock stock = new TestDatabases(server).stock(TestSchema.None.class);
        String first = stock.take();
        execute(
            server.dataSource(first),
            "INSERT INTO authstore.policy_data VALUES (gen_random_uuid(), now(), '{}')");
        stock.giveBack(first);

        String second = stock.take();

        assertThat(read(server.dataSource(second), "SELECT count(*) FROM authstore.policy_data"))
            .containsExactly("0");
      }
    }
  }

  private List<String> databases() throws SQLException {
    return read(host.dataSource("postgres"), "SELECT datname FROM pg_database");
  }

  private static String nameIn(Connection opened) throws SQLException {
    try (opened) {
      return opened.getCatalog();
    }
  }

  private static void execute(DataSource dataSource, String sql) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static List<String> read(DataSource dataSource, String query) throws SQLException {
    List<String> texts = new ArrayList<>();
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      while (rows.next()) {
        texts.add(rows.getString(1));
      }
    }
    return texts;
  }
}
