package dev.authstore.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.database.DatabaseConfig;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.pg.Authstore;
import dev.authstore.testing.Race;
import dev.authstore.testing.TestDatabase;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Through a pooler that hands out server sessions for one transaction each. */
@Tag("pgbouncer")
class PgBouncerTest {
  private static final int SERVER_SESSIONS = 3;
  private static final int CLIENTS = 16;
  private static final int ROUNDS = 200;

  @RegisterExtension final TestDatabase database = TestDatabase.empty();

  @Test
  void theDemoRunsAsWithoutOne() throws IOException {
    StringWriter out = new StringWriter();

    try (PgBouncer pooler = pooler()) {
      Demo.run(behind(pooler), new PrintWriter(out, true));
    }

    assertThat(out.toString()).containsPattern("Done: \\d+ steps, \\d+ statements");
  }

  @Test
  void manyClientsShareFewSessionsWithoutAnError() throws IOException, InterruptedException {
    try (PgBouncer pooler = pooler();
        Authstore authstore = Authstore.open(behind(pooler).poolSize(CLIENTS))) {
      RepositoryFactory repositories = authstore.repositories();

      Race.Results<List<BrowserSession>> race =
          Race.of(CLIENTS).run(number -> logInAgainAndAgain(repositories, "user" + number));

      assertThat(race.failures()).isEmpty();
      assertThat(race.values())
          .hasSize(CLIENTS)
          .allSatisfy(sessions -> assertThat(sessions).hasSize(ROUNDS));
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

  private PgBouncer pooler() throws IOException {
    return PgBouncer.start(URI.create(database.url()).getPort(), SERVER_SESSIONS);
  }

  /** Migrations lock with a session, so they go past the pooler. */
  private DatabaseConfig behind(PgBouncer pooler) {
    String direct = database.url();
    String name = URI.create(direct).getPath();
    return DatabaseConfig.fromEnvironment(
        Map.of(
            "DATABASE_URL",
            "postgresql://postgres@127.0.0.1:" + pooler.port() + name,
            "DB_TRANSACTION_POOLER",
            "true",
            "DB_MIGRATIONS_URL",
            direct));
  }
}
