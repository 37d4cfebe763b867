package dev.authstore.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.database.DatabaseConfig;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Runs with -Pcontainers, which says of which image. */
@Tag("containers")
class ContainerServerTest {

  private final PostgresServer server = PostgresServer.shared(); // the profile chooses it

  @Test
  void isInAContainer() {
    assertThat(server).isInstanceOf(ContainerServer.class);
  }

  @Test
  void givesTestsEmptyDatabasesThatAreUsedAgain() throws SQLException {
    TestDatabases.Stock stock = new TestDatabases(server).stock(TestSchema.None.class);
    String first = stock.take();
    addPolicy(first);
    stock.giveBack(first);

    String second = stock.take();

    assertThat(second).isEqualTo(first);
    assertThat(read(second, "SELECT count(*) FROM authstore.policy_data")).isEqualTo("0");
  }

  @Test
  void isNamedByItsUrls() throws SQLException {
    try (Connection connection =
            DatabaseConfig.of(server.url("postgres")).dataSource().getConnection();
        Connection other = DriverManager.getConnection(server.jdbcUrl("postgres"))) {
      assertThat(connection.getCatalog()).isEqualTo("postgres");
      assertThat(other.getCatalog()).isEqualTo("postgres");
    }
  }

  private void addPolicy(String database) throws SQLException {
    try (Connection connection = server.dataSource(database).getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(
          "INSERT INTO authstore.policy_data VALUES (gen_random_uuid(), now(), '{}')");
    }
  }

  private String read(String database, String query) throws SQLException {
    try (Connection connection = server.dataSource(database).getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getString(1);
    }
  }
}
