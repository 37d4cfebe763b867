package dev.authstore.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

/** In one go, since a standby that has been promoted is none any more. */
class ReplicatedPostgresTest {

  @Test
  void hasAStandbyThatFollowsUntilItIsPromoted() throws SQLException {
    try (ReplicatedPostgres servers = ReplicatedPostgres.start()) {
      execute(servers.primary(), "CREATE TABLE seen (id int)");
      execute(servers.primary(), "INSERT INTO seen VALUES (1), (2)");
      servers.awaitReplayed();
      assertThat(count(servers.standby())).isEqualTo(2);
      assertThatThrownBy(() -> execute(servers.standby(), "INSERT INTO seen VALUES (3)"))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("25006"));

      servers.primary().close();
      servers.promote();

      execute(servers.standby(), "INSERT INTO seen VALUES (3)");
      assertThat(count(servers.standby())).isEqualTo(3);
    }
  }

  private static void execute(PostgresServer server, String sql) throws SQLException {
    try (Connection connection = server.dataSource("postgres").getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static int count(PostgresServer server) throws SQLException {
    try (Connection connection = server.dataSource("postgres").getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT count(*) FROM seen")) {
      row.next();
      return row.getInt(1);
    }
  }
}
