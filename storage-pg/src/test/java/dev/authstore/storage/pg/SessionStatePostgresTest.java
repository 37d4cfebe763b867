package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.authstore.storage.Repository;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StorageException;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The next unit of work on the same connection finds nothing of the one before. */
class SessionStatePostgresTest {

  /** Roles, settings, locks and channels of a session. */
  private static final String STATE =
      """
      SELECT 'role ' || current_user || ' of ' || session_user
      UNION ALL SELECT name || ' ' || setting FROM pg_settings WHERE source = 'session'
      UNION ALL SELECT 'lock ' || objid FROM pg_locks
        WHERE locktype = 'advisory' AND pid = pg_backend_pid()
      UNION ALL SELECT 'channel ' || channel FROM pg_listening_channels() AS channel
      ORDER BY 1
      """;

  @RegisterExtension final Store store = Store.fresh();

  @Test
  void isTheSameAfterEachOperation() throws SQLException {
    Fixture fixture = Fixture.of(store);
    try (HikariDataSource pool = pool()) {
      RepositoryFactory repositories = on(pool);
      List<String> before = state(pool);

      for (Operations.Operation operation : Operations.all()) {
        try (Repository repo = repositories.begin()) {
          saveOrCancel(repo, operation, fixture);
        }

        assertThat(state(pool)).as(operation.name()).isEqualTo(before);
      }

      assertThat(before).hasSizeGreaterThan(1).contains("role postgres of postgres");
    }
  }

  @Test
  void keepsNoRoleOfOneUnitOfWork() throws SQLException {
    store.sql("CREATE ROLE guest NOLOGIN");
    try (HikariDataSource pool = pool()) {
      List<String> before = state(pool);

      try (PgRepository repo = (PgRepository) on(pool).begin()) {
        repo.dsl().execute("SET LOCAL ROLE guest");
        assertThat(repo.dsl().fetchValue("SELECT current_user::text")).isEqualTo("guest");
        repo.save();
      }

      assertThat(state(pool)).isEqualTo(before);
    } finally {
      store.sql("DROP ROLE guest");
    }
  }

  @Test
  void keepsNoRoleOfACancelledUnitOfWork() throws SQLException {
    store.sql("CREATE ROLE guest NOLOGIN");
    try (HikariDataSource pool = pool()) {
      List<String> before = state(pool);

      try (PgRepository repo = (PgRepository) on(pool).begin()) {
        repo.dsl().execute("SET ROLE guest");
        repo.cancel();
      }

      assertThat(state(pool)).isEqualTo(before);
    } finally {
      store.sql("DROP ROLE guest");
    }
  }

  /** A refusal lets the unit of work be saved; only a failure does not. */
  private static void saveOrCancel(
      Repository repo, Operations.Operation operation, Fixture fixture) {
    try {
      operation.call(repo, fixture);
      repo.save();
    } catch (StorageException e) {
      repo.cancel();
    }
  }

  private static List<String> state(HikariDataSource pool) throws SQLException {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(STATE)) {
      List<String> state = new ArrayList<>();
      while (rows.next()) {
        state.add(rows.getString(1));
      }
      return state;
    }
  }

  private HikariDataSource pool() {
    HikariConfig config = new HikariConfig();
    config.setDataSource(store.dataSource());
    config.setMaximumPoolSize(1);
    return new HikariDataSource(config);
  }

  private RepositoryFactory on(HikariDataSource pool) {
    return Authstore.using(pool, store.schema(), store.settings().random(new SecureRandom()))
        .repositories();
  }
}
