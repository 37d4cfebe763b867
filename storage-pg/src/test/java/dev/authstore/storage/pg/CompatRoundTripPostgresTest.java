package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Device;
import dev.authstore.model.compat.CompatAccessToken;
import dev.authstore.model.compat.CompatRefreshToken;
import dev.authstore.model.compat.CompatSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.compat.CompatSessionFilter;
import dev.authstore.storage.compat.CompatSessionParams;
import dev.authstore.storage.page.Pagination;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the flows of the older login API cost. */
class CompatRoundTripPostgresTest {
  private static final Device PHONE = new Device("phone");

  @RegisterExtension final Store store = Store.fresh();

  @SuppressWarnings("NullAway.Init") // set before each test
  private CountingDataSource driver;

  @SuppressWarnings("NullAway.Init") // set before each test
  private RepositoryFactory repositories;

  @SuppressWarnings("NullAway.Init") // set before each test
  private User john;

  @BeforeEach
  void countTheDriver() {
    driver = new CountingDataSource(store.dataSource());
    repositories =
        Authstore.using(driver.dataSource(), store.schema(), store.settings()).repositories();
    john = store.write(repo -> repo.users().add("john"));
  }

  @Test
  void aLoginIsFiveStatementsInOneTransaction() {
    repositories.run(
        repo -> {
          repo.users().acquireLockForSync(john);
          logIn(repo);
        });

    assertThat(driver.roundTrips()).isEqualTo(transactionOf(5));
  }

  @Test
  void theCheckOfATokenIsOneStatement() {
    store.run(this::logIn);

    boolean active =
        repositories.read(repo -> repo.compatAccessTokens().findActive("access").isPresent());

    assertThat(active).isTrue();
    assertThat(driver.roundTrips()).containsExactly("statement");
  }

  @Test
  void aRefreshIsSixStatementsInOneTransaction() {
    store.run(this::logIn);

    repositories.run(
        repo -> {
          CompatRefreshToken old = repo.compatRefreshTokens().findByToken("refresh").orElseThrow();
          CompatSession session = session(repo);
          CompatAccessToken access =
              repo.compatAccessTokens()
                  .add(session, "new access", Optional.of(Duration.ofMinutes(5)));
          CompatRefreshToken next = repo.compatRefreshTokens().add(session, access, "new refresh");
          repo.compatRefreshTokens().consumeAndReplace(old, next);
        });

    assertThat(driver.roundTrips()).isEqualTo(transactionOf(6));
  }

  @Test
  void aPageOfSessionsWithTheirLoginsIsOneStatement() {
    store.run(this::logIn);

    repositories.read(
        repo -> repo.compatSessions().list(CompatSessionFilter.all(), Pagination.first(10)));

    assertThat(driver.roundTrips()).containsExactly("statement");
  }

  private void logIn(RepositoryAccess repo) {
    repo.compatSessions().finishBulk(CompatSessionFilter.all().user(john.id()).device(PHONE));
    CompatSession session = repo.compatSessions().add(john, CompatSessionParams.of(PHONE));
    CompatAccessToken access =
        repo.compatAccessTokens().add(session, "access", Optional.of(Duration.ofMinutes(5)));
    repo.compatRefreshTokens().add(session, access, "refresh");
  }

  private static CompatSession session(RepositoryAccess repo) {
    return repo.compatAccessTokens().findActive("access").orElseThrow().session();
  }

  private static List<String> transactionOf(int statements) {
    List<String> roundTrips = new ArrayList<>(Collections.nCopies(statements, "statement"));
    roundTrips.add("commit");
    return roundTrips;
  }
}
