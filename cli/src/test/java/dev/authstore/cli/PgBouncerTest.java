package dev.authstore.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.authstore.database.Connections;
import dev.authstore.database.DatabaseConfig;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StorageInternalException;
import dev.authstore.storage.pg.Authstore;
import dev.authstore.testing.Race;
import dev.authstore.testing.TestDatabase;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Through a pooler that hands out server sessions for one transaction each, unless it says so. */
@Tag("pgbouncer")
class PgBouncerTest {
  private static final int SERVER_SESSIONS = 3;
  private static final int CLIENTS = 16;
  private static final int ROUNDS = 200;

  /** The driver names a statement when it runs for the fifth time. */
  private static final int UNTIL_NAMED = 10;

  @RegisterExtension final TestDatabase database = TestDatabase.empty();

  @Test
  void theDemoRunsAsWithoutOne() throws IOException {
    StringWriter out = new StringWriter();

    try (PgBouncer pooler = pooler()) {
      Demo.run(behind(pooler, true), new PrintWriter(out, true));
    }

    assertThat(out.toString()).containsPattern("Done: \\d+ steps, \\d+ statements");
  }

  @Nested
  class ManyClients {

    @Test
    void shareFewSessionsWithoutAnError() throws IOException, InterruptedException {
      try (PgBouncer pooler = pooler()) {
        Race.Results<List<BrowserSession>> race = race(behind(pooler, true));

        assertThat(race.failures()).isEmpty();
        assertThat(race.values())
            .hasSize(CLIENTS)
            .allSatisfy(sessions -> assertThat(sessions).hasSize(ROUNDS));
      }
    }

    /** What the one above is worth: the same load, with statements that have names. */
    @Test
    void loseTheirStatementsWithoutTheSetting() throws IOException, InterruptedException {
      try (PgBouncer pooler = pooler()) {
        Race.Results<List<BrowserSession>> race = race(behind(pooler, false));

        assertThat(race.failures())
            .isNotEmpty()
            .anySatisfy(
                failure ->
                    assertThat(failure)
                        .isInstanceOfSatisfying(
                            StorageInternalException.class,
                            e -> assertThat(e.sqlState()).get().isIn("26000", "42P05")));
      }
    }

    private static Race.Results<List<BrowserSession>> race(DatabaseConfig config)
        throws InterruptedException {
      try (Authstore authstore = Authstore.open(config.poolSize(CLIENTS))) {
        RepositoryFactory repositories = authstore.repositories();
        return Race.of(CLIENTS).run(number -> logInAgainAndAgain(repositories, "user" + number));
      }
    }

    private static List<BrowserSession> logInAgainAndAgain(
        RepositoryFactory repositories, String name) {
      User user = repositories.call(repo -> repo.users().addIfAvailable(name));
      List<BrowserSession> sessions = new ArrayList<>();
      for (int i = 0; i < ROUNDS; i++) {
        BrowserSession session =
            repositories.call(
                repo -> {
                  repo.users().acquireLockForSync(user);
                  repo.userPasswords().add(user, 1, "hash", Optional.empty());
                  return repo.browserSessions().add(user, Optional.of(Demo.BROWSER));
                });
        sessions.add(
            repositories.read(repo -> repo.browserSessions().lookup(session.id())).orElseThrow());
      }
      return sessions;
    }
  }

  /** Two clients and one session, so that nothing is left to chance. */
  @Nested
  class TwoClients {

    @Test
    void meetOnOneSessionWithoutAnError() throws IOException {
      try (PgBouncer pooler = pooler(PgBouncer.Mode.TRANSACTION, 1)) {
        assertSecond(behind(pooler, true)).doesNotThrowAnyException();
      }
    }

    @Test
    void giveTheirStatementsTheSameNameWithoutTheSetting() throws IOException {
      try (PgBouncer pooler = pooler(PgBouncer.Mode.TRANSACTION, 1)) {
        assertSecond(behind(pooler, false))
            .isInstanceOfSatisfying(
                StorageInternalException.class,
                e -> assertThat(e.sqlState()).contains("42P05")); // there is one of that name
      }
    }

    private static AbstractThrowableAssert<?, ?> assertSecond(DatabaseConfig config) {
      try (Authstore first = Authstore.open(config.poolSize(1));
          Authstore second = Authstore.open(config.poolSize(1))) {
        for (int i = 0; i < UNTIL_NAMED; i++) {
          first.repositories().<Boolean>read(repo -> repo.users().exists("john"));
        }
        return assertThatCode(
            () -> {
              for (int i = 0; i < UNTIL_NAMED; i++) {
                second.repositories().read(repo -> repo.users().lookup(new UUID(7, 7)));
              }
            });
      }
    }
  }

  /** As {@code authstore database check} finds it. */
  @Nested
  class Check {

    @Test
    void findsTransactionMode() throws IOException, SQLException {
      try (PgBouncer pooler = pooler()) {
        assertThat(findings(behind(pooler, false)))
            .singleElement()
            .satisfies(
                finding -> {
                  assertThat(finding.level()).isEqualTo(Finding.Level.FAIL);
                  assertThat(finding.text()).startsWith("sessions change between statements");
                });
      }
    }

    @Test
    void acceptsItWhereItIsSaid() throws IOException, SQLException {
      try (PgBouncer pooler = pooler()) {
        assertThat(findings(behind(pooler, true)))
            .containsExactly(
                Finding.ok("pooler", "transaction mode, as DB_TRANSACTION_POOLER says"));
      }
    }

    @Test
    void findsNothingWrongWithSessionMode() throws IOException, SQLException {
      try (PgBouncer pooler = pooler(PgBouncer.Mode.SESSION, SERVER_SESSIONS)) {
        assertThat(findings(behind(pooler, false)))
            .containsExactly(
                Finding.ok("pooler", "sessions last"), Finding.ok("notify", "LISTEN hears NOTIFY"));
      }
    }

    private static List<Finding> findings(DatabaseConfig config) throws SQLException {
      try (Connection connection = Connections.open(config.dataSource())) {
        return new PoolerCheck(config).findings(connection);
      }
    }
  }

  private PgBouncer pooler() throws IOException {
    return pooler(PgBouncer.Mode.TRANSACTION, SERVER_SESSIONS);
  }

  private PgBouncer pooler(PgBouncer.Mode mode, int connections) throws IOException {
    return PgBouncer.start(URI.create(database.url()).getPort(), mode, connections);
  }

  /** Migrations lock with a session, so they go past the pooler. */
  private DatabaseConfig behind(PgBouncer pooler, boolean told) {
    String direct = database.url();
    String name = URI.create(direct).getPath();
    return DatabaseConfig.fromEnvironment(
        Map.of(
            "DATABASE_URL",
            "postgresql://postgres@127.0.0.1:" + pooler.port() + name,
            "DB_TRANSACTION_POOLER",
            String.valueOf(told),
            "DB_MIGRATIONS_URL",
            direct));
  }
}
