package dev.authstore.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class TestDatabaseTest {

  @Nested
  class InATest {

    @RegisterExtension final TestDatabase database = TestDatabase.fresh();

    @Test
    void hasTheSchema() throws SQLException {
      assertThat(read(database.dataSource(), "SELECT count(*) FROM authstore.users"))
          .isEqualTo("0");
      assertThat(database.schema()).isEqualTo("authstore");
    }

    @Test
    void isNamedByItsUrl() throws SQLException {
      String name = read(database.dataSource(), "SELECT current_database()");

      assertThat(database.url())
          .startsWith("postgresql://postgres@localhost:")
          .endsWith("/" + name);
    }

    @Test
    void isNamedByItsJdbcUrl() throws SQLException {
      try (Connection connection = DriverManager.getConnection(database.jdbcUrl())) {
        assertThat(database.url()).endsWith("/" + connection.getCatalog());
      }
    }

    @Test
    void belongsToOneTestAtATime() {
      assertThatThrownBy(database::take).hasMessageContaining("instance field");
    }
  }

  @Nested
  class Empty {

    @RegisterExtension final TestDatabase database = TestDatabase.empty();

    @Test
    void hasNoSchema() throws SQLException {
      assertThat(read(database.dataSource(), "SELECT to_regnamespace('authstore') IS NULL"))
          .isEqualTo("t");
    }
  }

  @Nested
  class Outside {

    @Test
    void thereIsNone() {
      TestDatabase database = TestDatabase.fresh();

      assertThatThrownBy(database::dataSource).hasMessageContaining("while a test runs");
    }
  }

  private static String read(DataSource dataSource, String query) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getString(1);
    }
  }
}
