package dev.authstore.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each test has a stock of its own on the shared server. */
class TestDatabasesTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final PostgresServer server = PostgresServer.shared();
  private final TestDatabases databases = new TestDatabases(server);
  private final TestDatabases.Stock stock = databases.stock(TestSchema.None.class);

  @Nested
  class Used {

    @Test
    void isTakenAgain() throws SQLException {
      String first = stock.take();
      stock.giveBack(first);

      assertThat(stock.take()).isEqualTo(first);
    }

    @Test
    void hasLostItsRows() throws SQLException {
      String first = stock.take();
      addUser(first);
      stock.giveBack(first);

      String second = stock.take();

      assertThat(second).isEqualTo(first);
      assertThat(read(second, "SELECT count(*) FROM authstore.users")).isEqualTo("0");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "ALTER TABLE authstore.users DROP CONSTRAINT users_username_check",
          "ALTER TABLE authstore.users ALTER COLUMN is_guest SET DEFAULT true",
          "ALTER TABLE authstore.users DISABLE TRIGGER ALL",
          "CREATE INDEX again ON authstore.users (created_at)",
          "CREATE TABLE authstore.extra (id int)",
          "CREATE SCHEMA other",
          "CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'",
          "DROP SCHEMA authstore CASCADE",
          "GRANT SELECT ON authstore.users TO PUBLIC",
          "DELETE FROM authstore.authstore_schema_history WHERE version = '0001'",
          "SELECT lo_create(4711)",
          """
          INSERT INTO authstore.users (id, username, username_folded, created_at)
          SELECT gen_random_uuid(), n, n, now() FROM generate_series(1, 5000) n
          """,
          """
          INSERT INTO authstore.users (id, username, username_folded, created_at)
          VALUES (gen_random_uuid(), 'bob', 'bob', now());
          ANALYZE authstore.users
          """
        })
    void isDroppedWhenMoreThanRowsHaveChanged(String change) throws SQLException {
      String first = stock.take();
      execute(first, change);
      stock.giveBack(first);

      String second = stock.take();

      assertThat(second).isNotEqualTo(first);
      assertThat(exists(first)).isFalse();
    }

    @Test
    void isDroppedWhenItsOwnSettingsHaveChanged() throws SQLException {
      String first = stock.take();
      execute(first, "ALTER DATABASE %s SET work_mem = '1MB'".formatted(first));
      stock.giveBack(first);

      assertThat(stock.take()).isNotEqualTo(first);
    }

    @Test
    void isDroppedWhenSomebodyIsStillConnected() throws SQLException {
      String first = stock.take();
      try (Connection forgotten = server.dataSource(first).getConnection()) {
        stock.giveBack(first);

        assertThat(stock.take()).isNotEqualTo(first);
        assertThat(forgotten.isValid(1)).isFalse();
      }
    }

    @Test
    void isDroppedWhenSomebodyHasDroppedIt() throws SQLException {
      String first = stock.take();
      databases.drop(first);
      stock.giveBack(first);

      assertThat(stock.take()).isNotEqualTo(first);
    }
  }

  @Nested
  class AtTheSameTime {

    @Test
    void nobodySharesADatabase() throws Exception {
      Set<String> taken = ConcurrentHashMap.newKeySet();

      Race.Results<Boolean> results =
          Race.of(4)
              .run(
                  number -> {
                    for (int round = 0; round < 10; round++) {
                      String name = stock.take();
                      if (!taken.add(name)) {
                        return false;
                      }
                      addUser(name);
                      taken.remove(name);
                      stock.giveBack(name);
                    }
                    return true;
                  });

      assertThat(results.outcomes()).containsOnly(new Race.Outcome.Returned<>(true));
    }
  }

  private void addUser(String database) throws SQLException {
    execute(
        database,
        """
        INSERT INTO authstore.users (id, username, username_folded, created_at)
        VALUES (gen_random_uuid(), 'alice', 'alice', now())
        """);
  }

  private boolean exists(String database) throws SQLException {
    return read(
            "postgres", "SELECT count(*) FROM pg_database WHERE datname = '%s'".formatted(database))
        .equals("1");
  }

  private void execute(String database, String sql) throws SQLException {
    try (Connection connection = server.dataSource(database).getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
    awaitUnused(database);
  }

  // A session takes a moment to go after its connection was closed.
  private void awaitUnused(String database) throws SQLException {
    String sessions =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = '%s'".formatted(database);
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!read("postgres", sessions).equals("0")) {
      assertThat(System.nanoTime() - deadline).as("sessions of %s", database).isNegative();
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
