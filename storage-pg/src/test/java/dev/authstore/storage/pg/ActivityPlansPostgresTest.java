package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.SessionActivity;
import dev.authstore.storage.RepositoryAccess;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The plan that the server makes once for all batches of activity, not knowing how long they are.
 */
class ActivityPlansPostgresTest {
  private static final Pattern PARAMETER = Pattern.compile("\\?");

  @RegisterExtension final Store store = Store.fresh();

  /** One of the kinds of sessions. */
  @FunctionalInterface
  private interface Kind extends BiFunction<RepositoryAccess, List<SessionActivity>, Integer> {}

  @ParameterizedTest
  @MethodSource("kinds")
  void comparesNoSessionWithEachOfABatch(Kind kind) {
    insertSessions();

    String plan = keptPlan(kind);

    assertThat(plan).contains("Update on").doesNotContain("Nested Loop");
  }

  private static Stream<Named<Kind>> kinds() {
    return Stream.of(
        kind("browser", (repo, batch) -> repo.browserSessions().recordBatchActivity(batch)),
        kind("OAuth 2.0", (repo, batch) -> repo.oauth2Sessions().recordBatchActivity(batch)),
        kind("compat", (repo, batch) -> repo.compatSessions().recordBatchActivity(batch)),
        kind("personal", (repo, batch) -> repo.personalSessions().recordBatchActivity(batch)));
  }

  private static Named<Kind> kind(String name, Kind kind) {
    return Named.of(name, kind);
  }

  private void insertSessions() {
    store.sql(
        """
        INSERT INTO users (id, username, username_folded, created_at)
        SELECT md5('user')::uuid, 'user', 'user', '2021-12-01T00:00:00Z'
        """);
    store.sql(
        """
        INSERT INTO oauth2_clients (id, redirect_uris, grant_types, is_static)
        SELECT md5('client')::uuid, '{}', '{}', false
        """);
    store.sql(
        """
        INSERT INTO browser_sessions (id, user_id, created_at)
        SELECT md5('session' || n)::uuid, md5('user')::uuid, '2021-12-01T00:00:00Z' FROM generate_series(1, 1000) n
        """);
    store.sql(
        """
        INSERT INTO oauth2_sessions (id, client_id, scope, created_at)
        SELECT id, md5('client')::uuid, '{}', created_at FROM browser_sessions
        """);
    store.sql(
        """
        INSERT INTO compat_sessions (id, user_id, device_id, is_synapse_admin, created_at)
        SELECT id, user_id, id, false, created_at FROM browser_sessions
        """);
    store.sql(
        """
        INSERT INTO personal_sessions (id, actor_user_id, owner_user_id, human_name, scope, created_at)
        SELECT id, user_id, user_id, 'name', '{openid}', created_at FROM browser_sessions
        """);
    store.sql("ANALYZE");
  }

  private String keptPlan(Kind kind) {
    List<SessionActivity> batch =
        List.of(new SessionActivity(new UUID(0, 1), store.clock().instant(), Optional.empty()));
    store.write(repo -> kind.apply(repo, batch));
    String sent =
        store.statements().stream()
            .filter(statement -> statement.operation().endsWith("record_batch_activity"))
            .findFirst()
            .orElseThrow()
            .sql();
    try (Connection connection = store.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("SET LOCAL plan_cache_mode = force_generic_plan");
      statement.execute(
          "PREPARE batch (uuid[], uuid[], text[], text[], text[]) AS " + numbered(sent));
      List<String> lines = new ArrayList<>();
      try (ResultSet rows =
          statement.executeQuery("EXPLAIN EXECUTE batch (NULL, NULL, NULL, NULL, NULL)")) {
        while (rows.next()) {
          lines.add(rows.getString(1));
        }
      }
      statement.execute("DEALLOCATE batch");
      connection.rollback();
      return String.join("\n", lines);
    } catch (SQLException e) {
      throw new IllegalStateException(sent, e);
    }
  }

  private static String numbered(String sql) {
    String[] parts = PARAMETER.split(sql, -1);
    return IntStream.range(0, parts.length)
        .mapToObj(i -> i == 0 ? parts[i] : "$" + i + parts[i])
        .reduce("", String::concat);
  }
}
