package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Json;
import dev.authstore.model.Scope;
import dev.authstore.model.TokenKind;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.queue.JobMetadata;
import dev.authstore.model.user.User;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.oauth2.OAuth2SessionFilter;
import dev.authstore.storage.oauth2.StartedSession;
import dev.authstore.storage.oauth2.TokenRevocation;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.page.CountedPage;
import dev.authstore.storage.page.FinishedSessions;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.queue.NewJob;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the flows around the sessions of clients cost. */
class OAuth2SessionRoundTripPostgresTest {
  private static final Json PAYLOAD = Json.parse("{}");

  @RegisterExtension final Store store = Store.fresh();

  @SuppressWarnings("NullAway.Init") // set before each test
  private CountingDataSource driver;

  @SuppressWarnings("NullAway.Init") // set before each test
  private RepositoryFactory repositories;

  @SuppressWarnings("NullAway.Init") // set before each test
  private OAuth2Client client;

  @SuppressWarnings("NullAway.Init") // set before each test
  private User john;

  @BeforeEach
  void countTheDriver() {
    client = OAuth2Fixture.client(store);
    john = store.write(repo -> repo.users().add("john"));
    driver = new CountingDataSource(store.dataSource());
    repositories =
        Authstore.using(driver.dataSource(), store.schema(), store.settings()).repositories();
  }

  @Test
  void clientCredentialsAreTwo() {
    OAuth2Client found = authenticated();
    repositories.<StartedSession>direct(
        repo ->
            repo.oauth2Sessions()
                .startClientCredentials(
                    found,
                    Scope.of("read"),
                    "token",
                    Optional.of(Duration.ofMinutes(5)),
                    Optional.of("agent")));

    assertThat(driver.roundTrips()).containsExactly("statement", "statement");
  }

  @Test
  void revocationIsFourWithTheJobThatTellsTheUsersDevices() {
    String token = TokenKind.REFRESH_TOKEN.generate(new Random(1));
    OAuth2Session session = session();
    store.sql(
        """
        INSERT INTO oauth2_refresh_tokens (id, session_id, token_digest, created_at)
        VALUES (gen_random_uuid(), ?, sha256(?::bytea), now())
        """,
        session.id(),
        token);

    OAuth2Client found = authenticated();
    TokenRevocation revocation =
        repositories.call(
            repo -> {
              TokenRevocation revoked =
                  repo.oauth2Sessions().finishByToken(found, token, TokenKind.REFRESH_TOKEN);
              repo.queueJobs().schedule("sync", PAYLOAD, JobMetadata.NONE);
              return revoked;
            });

    assertThat(revocation).isInstanceOf(TokenRevocation.Ended.class);
    assertThat(driver.roundTrips())
        .containsExactly("statement", "statement", "statement", "commit");
  }

  @Test
  void aListWithItsCountIsOne() {
    session();

    CountedPage<OAuth2Session> page =
        repositories.read(
            repo ->
                repo.oauth2Sessions()
                    .listWithCount(
                        OAuth2SessionFilter.all().user(john.id()).active(true),
                        Pagination.first(10)));

    assertThat(page.total()).isOne();
    assertThat(driver.roundTrips()).containsExactly("statement");
  }

  @Test
  void endingASessionByItsIdIsFourWithTheJob() {
    OAuth2Session session = session();

    repositories.run(
        repo -> {
          OAuth2Session found = repo.oauth2Sessions().lookup(session.id()).orElseThrow();
          repo.oauth2Sessions().finish(found);
          repo.queueJobs().schedule("sync", PAYLOAD, JobMetadata.NONE);
        });

    assertThat(driver.roundTrips())
        .containsExactly("statement", "statement", "statement", "commit");
  }

  @Test
  void inactivityIsThreeForAnyNumberOfSessions() {
    for (int i = 0; i < 20; i++) {
      session();
    }
    store.clock().advance(Duration.ofDays(1));
    OAuth2SessionFilter expired =
        OAuth2SessionFilter.all()
            .staticClient(false)
            .hasUser(true)
            .inactiveSince(store.clock().instant());

    FinishedSessions ended =
        repositories.call(
            repo -> {
              FinishedSessions finished = repo.oauth2Sessions().finishBatch(expired, 100);
              List<NewJob> jobs =
                  finished.userIds().stream()
                      .map(user -> new NewJob("sync", PAYLOAD, JobMetadata.NONE))
                      .toList();
              repo.queueJobs().scheduleBatch(jobs);
              return finished;
            });

    assertThat(ended.sessionIds()).hasSize(20);
    assertThat(driver.roundTrips()).containsExactly("statement", "statement", "commit");
  }

  @Test
  void aCleanupIsOne() {
    repositories.<CleanupResult<Instant>>direct(
        repo ->
            repo.oauth2Sessions().cleanupFinished(Optional.empty(), store.clock().instant(), 1000));

    assertThat(driver.roundTrips()).containsExactly("statement");
  }

  private OAuth2Client authenticated() {
    return repositories
        .<Optional<OAuth2Client>>read(
            repo -> repo.oauth2Clients().findByClientId(client.clientId()))
        .orElseThrow();
  }

  private OAuth2Session session() {
    return store.write(
        repo ->
            repo.oauth2Sessions()
                .add(
                    client,
                    Optional.of(john),
                    Optional.empty(),
                    Scope.of("openid"),
                    Optional.empty()));
  }
}
