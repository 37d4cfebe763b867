package dev.authstore.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.testkit.engine.EventConditions.event;
import static org.junit.platform.testkit.engine.EventConditions.finishedWithFailure;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.message;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;

@WithTestDatabase
class WithTestDatabaseTest {

  private static final String ADD_POLICY =
      "INSERT INTO authstore.policy_data VALUES (gen_random_uuid(), now(), '{}')";

  @BeforeEach
  void prepare(TestDatabase database) throws SQLException {
    execute(database.dataSource(), ADD_POLICY);
  }

  @Test
  void givesATestTheSameDatabaseAsWhatPreparesIt(TestDatabase database) throws SQLException {
    assertThat(read(database.dataSource(), "SELECT count(*) FROM authstore.policy_data"))
        .isEqualTo("1");
  }

  @Nested
  class InANestedClass {
    @Test
    void itIsTheOneOfTheEnclosingClass(TestDatabase database) throws SQLException {
      assertThat(read(database.dataSource(), "SELECT count(*) FROM authstore.policy_data"))
          .isEqualTo("1");
    }
  }

  @Nested
  @WithTestDatabase(schema = NotesSchema.class)
  class WithASchemaOfTheApplication {

    @Test
    void hasItsTablesBesideOurs(TestDatabase database) throws SQLException {
      assertThat(read(database.dataSource(), "SELECT string_agg(text, ',') FROM notes.notes"))
          .isEqualTo("first");
    }
  }

  @Test
  void databasesWithASchemaOfTheApplicationBecomeLikeNew() throws SQLException {
    TestDatabases databases = new TestDatabases(PostgresServer.shared());
    TestDatabases.Stock stock = databases.stock(NotesSchema.class);
    String first = stock.take();
    DataSource used = databases.server().dataSource(first);
    execute(used, "INSERT INTO notes.readers (name) VALUES ('a'), ('b')");
    stock.giveBack(first);

    String second = stock.take();

    assertThat(second).isEqualTo(first);
    execute(used, "INSERT INTO notes.readers (name) VALUES ('c')");
    assertThat(read(used, "SELECT string_agg(id || name, ',') FROM notes.readers")).isEqualTo("1c");
  }

  @Test
  void givesNoTwoTestsTheSameDatabaseAtOneTime() {
    AtTheSameTime.NAMES.clear();

    EngineExecutionResults results =
        EngineTestKit.engine("junit-jupiter")
            .configurationParameter("junit.jupiter.execution.parallel.enabled", "true")
            .selectors(selectClass(AtTheSameTime.class))
            .execute();

    results.testEvents().assertStatistics(statistics -> statistics.succeeded(2));
    assertThat(AtTheSameTime.NAMES).hasSize(2);
  }

  @Test
  void givesNoneToAWholeClass() {
    EngineExecutionResults results =
        EngineTestKit.engine("junit-jupiter").selectors(selectClass(ForAll.class)).execute();

    results
        .containerEvents()
        .assertThatEvents()
        .haveExactly(
            1, event(finishedWithFailure(message(text -> text.contains("No ParameterResolver")))));
  }

  @Execution(ExecutionMode.CONCURRENT)
  @WithTestDatabase
  static class AtTheSameTime {
    static final Set<String> NAMES = ConcurrentHashMap.newKeySet();
    static final CountDownLatch BOTH = new CountDownLatch(2);

    @Test
    void one(TestDatabase database) throws InterruptedException {
      meet(database);
    }

    @Test
    void other(TestDatabase database) throws InterruptedException {
      meet(database);
    }

    private static void meet(TestDatabase database) throws InterruptedException {
      NAMES.add(database.url());
      BOTH.countDown();
      assertThat(BOTH.await(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @WithTestDatabase
  static class ForAll {
    @BeforeAll
    static void prepare(TestDatabase database) {
      database.take();
    }

    @Test
    void nothing() {}
  }

  /** A table with numbers that the server gives, and one with a row. */
  public static final class NotesSchema implements TestSchema {
    @Override
    public void addTo(DataSource database) {
      try {
        execute(
            database,
            """
            CREATE SCHEMA notes;
            CREATE TABLE notes.readers (id int GENERATED ALWAYS AS IDENTITY, name text);
            CREATE TABLE notes.notes (text text);
            INSERT INTO notes.notes VALUES ('first');
            """);
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private static void execute(DataSource dataSource, String sql) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
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
