package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.TokenKind;
import dev.authstore.model.oauth2.CodeRequest;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.User;
import dev.authstore.storage.Repository;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StorageObserver;
import dev.authstore.storage.oauth2.AuthorizationGrantParams;
import dev.authstore.storage.oauth2.CodeExchange;
import dev.authstore.storage.oauth2.DevicePoll;
import dev.authstore.storage.oauth2.Introspection;
import dev.authstore.storage.oauth2.NewTokens;
import dev.authstore.storage.oauth2.PresentedCode;
import dev.authstore.storage.oauth2.Rotation;
import dev.authstore.storage.oauth2.RotationPolicy;
import dev.authstore.storage.user.LoggedIn;
import dev.authstore.storage.user.LoginCandidate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RoundTripPostgresTest {
  private static final Random RANDOM = new Random(7);

  /** How many statements an operation takes that has not enough of one. */
  private static final Map<String, Integer> SEVERAL =
      Map.ofEntries(
          Map.entry("user.add_if_available", 2),
          Map.entry("user_email.add_if_unused", 2),
          Map.entry("user_email.try_authentication_code", 2),
          Map.entry("user_email.complete_authentication_with_code", 2),
          Map.entry("user_email.complete_authentication_with_upstream", 2),
          Map.entry("user_password.add", 2),
          Map.entry("user_recovery.consume_ticket", 3),
          Map.entry("compat_session.finish_least_recently_used", 2),
          Map.entry("compat_refresh_token.consume_and_replace", 2),
          Map.entry("personal_session.revoke", 2),
          Map.entry("personal_session.revoke_bulk", 2),
          Map.entry("personal_access_token.replace", 2),
          Map.entry("app_session.finish_sessions_to_replace_device", 2),
          Map.entry("policy_data.set", 2),
          Map.entry("upstream_oauth_link.remove", 2),
          Map.entry("upstream_oauth_link.remove_bulk", 2),
          Map.entry("upstream_oauth_link.cleanup_orphaned", 3),
          Map.entry("upstream_oauth_authorization_session.cleanup_orphaned", 2),
          Map.entry("queue_worker.shutdown", 2),
          Map.entry("queue_worker.shutdown_dead_workers", 2),
          Map.entry("queue_worker.try_begin_duties", 2),
          Map.entry("queue_schedule.prune", 2));

  private static final NewTokens TOKENS =
      new NewTokens("access token", Optional.empty(), Optional.of("refresh token"));

  @RegisterExtension final Store store = Store.fresh();

  @SuppressWarnings("NullAway.Init") // set before each test
  private CountingDataSource driver;

  @SuppressWarnings("NullAway.Init") // set before each test
  private RepositoryFactory repositories;

  @BeforeEach
  void countTheDriver() {
    driver = new CountingDataSource(store.dataSource());
    repositories =
        Authstore.using(driver.dataSource(), store.schema(), store.settings()).repositories();
  }

  @Test
  void aLookUpWhileReadingIsOneStatement() {
    User john = store.write(repo -> repo.users().add("john"));

    repositories.read(repo -> repo.users().lookup(john.id()));

    assertThat(driver.roundTrips()).containsExactly("statement");
  }

  @Test
  void aUnitOfWorkIsItsStatementsAndTheCommit() {
    repositories.run(
        repo -> {
          User john = repo.users().add("john");
          repo.userEmails().add(john, "john@example.com");
          repo.users().lock(john);
        });

    assertThat(driver.roundTrips())
        .containsExactly("statement", "statement", "statement", "commit");
  }

  @Test
  void aDirectOperationIsOneStatement() {
    repositories.<User>direct(repo -> repo.users().add("john"));

    assertThat(driver.roundTrips()).containsExactly("statement");
  }

  @Test
  void aDirectOperationOfTwoStatementsHasATransactionOfItsOwn() {
    repositories.<User>direct(repo -> repo.users().addIfAvailable("john"));

    assertThat(driver.roundTrips()).containsExactly("statement", "statement", "commit");
  }

  @Test
  void aLoginIsTwoStatementsAndTheCommit() {
    Fixture fixture = Fixture.of(store);
    String name = fixture.user().username();

    LoginCandidate candidate =
        repositories
            .<Optional<LoginCandidate>>read(repo -> repo.users().findForLogin(name, true))
            .orElseThrow();
    repositories.<LoggedIn>call(
        repo ->
            repo.browserSessions()
                .login(
                    candidate.user(), candidate.password().orElseThrow(), Optional.of("Firefox")));

    assertThat(driver.roundTrips()).containsExactly("statement", "statement", "commit");
  }

  @Test
  void anExchangeOfACodeIsTwoStatements() {
    OAuth2Client client = OAuth2Fixture.client(store);
    AuthorizationGrantParams params =
        OAuth2Fixture.request(Optional.of(new CodeRequest(Optional.empty())));
    store.run(
        repo ->
            repo.oauth2AuthorizationGrants()
                .fulfill(
                    repo.oauth2AuthorizationGrants().add(client, params),
                    repo.browserSessions().add(repo.users().add("john"), Optional.empty()),
                    Optional.of("code")));

    OAuth2Client authenticated = authenticated(client);
    CodeExchange exchange =
        repositories.direct(
            repo ->
                repo.oauth2AuthorizationGrants()
                    .exchangeCode(
                        authenticated,
                        new PresentedCode("code", Optional.empty(), Optional.empty()),
                        TOKENS,
                        Optional.of("agent")));

    assertThat(exchange).isInstanceOf(CodeExchange.Exchanged.class);
    assertThat(driver.roundTrips()).containsExactly("statement", "statement");
  }

  @Test
  void aPollIsTwoStatements() {
    OAuth2Client client = OAuth2Fixture.client(store);
    store.run(
        repo ->
            repo.oauth2DeviceCodeGrants()
                .fulfill(
                    repo.oauth2DeviceCodeGrants()
                        .add(client, OAuth2Fixture.deviceRequest("code", "USER")),
                    repo.browserSessions().add(repo.users().add("john"), Optional.empty()),
                    Optional.empty()));

    OAuth2Client authenticated = authenticated(client);
    DevicePoll poll =
        repositories.direct(
            repo ->
                repo.oauth2DeviceCodeGrants()
                    .poll(authenticated, "code", TOKENS, Optional.of("agent")));

    assertThat(poll).isInstanceOf(DevicePoll.Exchanged.class);
    assertThat(driver.roundTrips()).containsExactly("statement", "statement");
  }

  @Test
  void anIntrospectionIsOneStatement() {
    String text = TokenKind.ACCESS_TOKEN.generate(RANDOM);
    OAuth2Session session = OAuth2Fixture.session(store, OAuth2Fixture.client(store));
    store.run(repo -> repo.oauth2AccessTokens().add(session, text, Optional.empty()));

    Introspection worth = repositories.read(repo -> repo.oauth2AccessTokens().introspect(text));
    List<String> reading = driver.roundTrips();
    Introspection used =
        repositories.direct(repo -> repo.oauth2AccessTokens().introspectAndMarkUsed(text));
    List<String> marking = driver.roundTrips();

    assertThat(worth).isInstanceOf(Introspection.Active.class);
    assertThat(used).isInstanceOf(Introspection.Active.class);
    assertThat(reading).containsExactly("statement");
    assertThat(marking).containsExactly("statement");
  }

  @Test
  void aRotationIsTwoStatementsWithTheAuthenticationOfTheClient() {
    OAuth2Client client = OAuth2Fixture.client(store);
    OAuth2Session session = OAuth2Fixture.session(store, client);
    String text = TokenKind.REFRESH_TOKEN.generate(RANDOM);
    NewTokens next = new NewTokens("access", Optional.empty(), Optional.of("refresh"));
    store.run(
        repo ->
            repo.oauth2RefreshTokens()
                .add(
                    session,
                    repo.oauth2AccessTokens().add(session, "old", Optional.empty()),
                    text));

    Optional<OAuth2Client> found =
        repositories.read(repo -> repo.oauth2Clients().findByClientId(client.clientId()));
    Rotation rotation =
        repositories.direct(
            repo ->
                repo.oauth2RefreshTokens()
                    .rotate(
                        found.orElseThrow(),
                        text,
                        next,
                        RotationPolicy.DEFAULT,
                        Optional.of("agent")));

    assertThat(rotation).isInstanceOf(Rotation.Rotated.class);
    assertThat(driver.roundTrips()).containsExactly("statement", "statement");
  }

  @Test
  void eachOperationIsAsManyStatementsAsSpecified() {
    Fixture fixture = Fixture.of(store);

    for (Operations.Operation operation : Operations.all()) {
      try (Repository repo = repositories.begin()) {
        operation.call(repo, fixture);
        repo.cancel();
      }

      List<String> expected =
          new ArrayList<>(
              Collections.nCopies(SEVERAL.getOrDefault(operation.name(), 1), "statement"));
      expected.add("rollback");
      assertThat(driver.roundTrips()).as(operation.name()).isEqualTo(expected);
    }
  }

  @Test
  void theObserverHearsWhatTheDriverDoes() {
    Fixture fixture = Fixture.of(store);
    store.statements();

    for (Operations.Operation operation : Operations.all()) {
      try (Repository repo = repositories.begin()) {
        operation.call(repo, fixture);
        repo.cancel();
      }

      List<String> heard =
          store.statements().stream()
              .map(StorageObserver.Statement::sql)
              .map(sql -> sql.equals("ROLLBACK") ? "rollback" : "statement")
              .toList();
      assertThat(heard).as(operation.name()).isEqualTo(driver.roundTrips());
    }
  }

  @Test
  void aUnitOfWorkWithoutStatementsTakesNoConnection() {
    try (Repository repo = repositories.begin()) {
      repo.users();
      repo.save();
    }

    assertThat(driver.connectionsTaken()).isZero();
    assertThat(driver.roundTrips()).isEmpty();
  }

  @Test
  void theConnectionIsTakenByTheFirstStatement() {
    try (Repository repo = repositories.begin()) {
      repo.users().findByUsername("");
      assertThat(driver.connectionsTaken()).isZero();

      repo.users().findByUsername("john");
      repo.users().findByUsername("jim");
      assertThat(driver.connectionsTaken()).isOne();
    }
  }

  private OAuth2Client authenticated(OAuth2Client client) {
    return repositories
        .<Optional<OAuth2Client>>read(
            repo -> repo.oauth2Clients().findByClientId(client.clientId()))
        .orElseThrow();
  }
}
