package dev.authstore.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class BackendsTest {

  @RegisterExtension final TestDatabase database = TestDatabase.empty();

  @Nested
  class AwaitBlocked {

    @Test
    void returnsWhenSomebodyWaitsForALock() throws SQLException {
      try (Connection holder = database.dataSource().getConnection();
          Statement statement = holder.createStatement()) {
        statement.execute("SELECT pg_advisory_lock(1)");
        CompletableFuture<Void> waiting =
            CompletableFuture.runAsync(() -> execute("SELECT pg_advisory_lock(1)"));

        Backends.awaitBlocked(database.dataSource(), 1);

        assertThat(waiting).isNotDone();
        statement.execute("SELECT pg_advisory_unlock(1)");
        waiting.join();
      }
    }
  }

  @Nested
  class TerminateOthers {

    @Test
    void cutsAllConnections() throws SQLException {
      try (Connection other = database.dataSource().getConnection()) {
        Backends.terminateOthers(database.dataSource());

        assertThat(other.isValid(1)).isFalse();
      }
    }

    @Test
    void doesNothingWhenThereIsNone() {
      Backends.terminateOthers(database.dataSource());
    }
  }

  private void execute(String sql) {
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new CompletionException(e);
    }
  }
}
