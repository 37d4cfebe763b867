package dev.authstore.storage.pg.oauth2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Scope;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.personal.PersonalSessionOwner.OwnerOAuth2Client;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.oauth2.ClientRegistration;
import dev.authstore.storage.oauth2.NewTokens;
import dev.authstore.storage.pg.OAuth2Fixture;
import dev.authstore.storage.pg.PgRepository;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.Race;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What goes with a client that is deleted, and what is passed over. */
class OAuth2ClientPostgresTest {
  private static final List<String> CHILDREN =
      List.of(
          "oauth2_sessions",
          "oauth2_access_tokens",
          "oauth2_refresh_tokens",
          "oauth2_authorization_grants",
          "oauth2_device_code_grants");

  @RegisterExtension final Store store = Store.fresh();

  @Nested
  class Delete {
    @Test
    void takesEverythingUnderTheClientAlong() {
      OAuth2Client client = OAuth2Fixture.client(store);
      OAuth2Client other = OAuth2Fixture.client(store);
      addChildren(client, 3);
      addChildren(other, 2);

      store.run(repo -> repo.oauth2Clients().delete(client));

      assertThat(exists(client)).isFalse();
      assertThat(exists(other)).isTrue();
      assertThat(CHILDREN).allSatisfy(table -> assertThat(count(table)).as(table).isEqualTo(2));
    }

    @Test
    void takesEveryStageAlongAndLeavesThePeople() {
      OAuth2Client client = OAuth2Fixture.client(store);
      Grants grants = new Grants(store);
      BrowserSession browser = grants.browser();
      addGrantsInEveryStage(grants, client, browser);
      addPersonalSession(client, browser.user());
      List<String> tables =
          Stream.concat(CHILDREN.stream(), Stream.of("personal_sessions", "personal_access_tokens"))
              .toList();
      assertThat(tables).allSatisfy(table -> assertThat(count(table)).as(table).isPositive());

      store.run(repo -> repo.oauth2Clients().deleteById(client.id()));

      assertThat(tables).allSatisfy(table -> assertThat(count(table)).as(table).isZero());
      assertThat(
              store.<Optional<BrowserSession>>read(
                  repo -> repo.browserSessions().lookup(browser.id())))
          .contains(browser);
    }

    @Test
    void happensOnce() {
      OAuth2Client client = OAuth2Fixture.client(store);
      store.run(repo -> repo.oauth2Clients().delete(client));

      assertThat(store.missing(repo -> repo.oauth2Clients().delete(client)))
          .isEqualTo("oauth2_client " + client.id());
      assertThat(store.missing(repo -> repo.oauth2Clients().deleteById(client.id())))
          .isEqualTo("oauth2_client " + client.id());
    }

    @Test
    void hasOneWinnerAmongThirtyTwo() throws Exception {
      OAuth2Client client = OAuth2Fixture.client(store);
      addChildren(client, 20);
      RepositoryFactory repositories = store.repositories();

      Race.Results<Boolean> race =
          Race.of(32)
              .run(
                  number -> {
                    repositories.run(repo -> repo.oauth2Clients().delete(client));
                    return true;
                  });

      assertThat(race.values()).hasSize(1);
      assertThat(race.failures())
          .hasSize(31)
          .allSatisfy(failure -> assertThat(failure).isInstanceOf(NotFoundException.class));
    }

    private void addGrantsInEveryStage(Grants grants, OAuth2Client client, BrowserSession browser) {
      grants.pending(client);
      grants.cancelled(grants.pending(client));
      grants.fulfilled(grants.pending(client), browser, "another code");
      grants.fulfilled(client, browser);
      NewTokens first = Tokens.pair();
      store.run(
          repo ->
              repo.oauth2AuthorizationGrants()
                  .exchangeCode(client, Grants.presented(Grants.CODE), first, Optional.empty()));
      Tokens.rotated(new Tokens(store).rotate(client, Tokens.refreshText(first), Tokens.pair()));
      grants.devicePending(client, "pending", "PENDING");
      grants.deviceRejected(grants.devicePending(client, "rejected", "REJECTED"), browser);
      grants.deviceFulfilled(client, browser);
      grants.poll(client);
    }

    private void addPersonalSession(OAuth2Client client, User actor) {
      store.run(
          repo ->
              repo.personalAccessTokens()
                  .add(
                      repo.personalSessions()
                          .add(
                              new OwnerOAuth2Client(client.id()),
                              actor,
                              "script",
                              Scope.of("openid")),
                      "token",
                      Optional.empty()));
    }
  }

  @Nested
  class DeleteSessions {
    @Test
    void goesInBatchesFromTheOldestOn() {
      OAuth2Client client = OAuth2Fixture.client(store);
      OAuth2Client other = OAuth2Fixture.client(store);
      addChildren(client, 5);
      addChildren(other, 1);

      List<Integer> deleted =
          List.of(deleteSessions(client, 2), deleteSessions(client, 2), deleteSessions(client, 2));

      assertThat(deleted).containsExactly(2, 2, 1);
      assertThat(CHILDREN.subList(0, 3)).allSatisfy(t -> assertThat(count(t)).as(t).isOne());
      assertThat(exists(client)).isTrue();
    }

    @Test
    void passesOverWhatIsLocked() {
      OAuth2Client client = OAuth2Fixture.client(store);
      addChildren(client, 3);
      Store.Held<Integer> holder =
          store.hold(
              repo ->
                  ((PgRepository) repo)
                      .dsl()
                      .execute(
                          "UPDATE authstore.oauth2_sessions SET human_name = 'held' WHERE id ="
                              + " (SELECT id FROM authstore.oauth2_sessions ORDER BY id LIMIT 1)"));

      int deleted = deleteSessions(client, 10);
      holder.save();

      assertThat(deleted).isEqualTo(2);
    }

    @Test
    void refusesALimitBelowOne() {
      OAuth2Client client = OAuth2Fixture.client(store);

      assertThat(store.refusal(repo -> repo.oauth2Clients().deleteSessions(client, 0)))
          .isInstanceOf(InvalidInputException.class);
    }
  }

  @Nested
  class Registration {
    @Test
    void isOneStatement() {
      store.statements();

      register();
      register();

      assertThat(store.statements())
          .extracting(statement -> statement.operation())
          .containsExactly("oauth2_client.register_or_reuse", "oauth2_client.register_or_reuse");
    }

    private ClientRegistration register() {
      return store
          .repositories()
          .direct(
              repo ->
                  repo.oauth2Clients()
                      .registerOrReuse(OAuth2Fixture.params(Optional.of("ab".repeat(32)))));
    }
  }

  private int deleteSessions(OAuth2Client client, int limit) {
    return store.write(repo -> repo.oauth2Clients().deleteSessions(client, limit));
  }

  private boolean exists(OAuth2Client client) {
    return store
        .<Optional<OAuth2Client>>read(repo -> repo.oauth2Clients().lookup(client.id()))
        .isPresent();
  }

  private int count(String table) {
    return store.select("SELECT id FROM " + table).size();
  }

  /** Sessions, each with an access token, a refresh token and a grant of either kind. */
  private void addChildren(OAuth2Client client, int number) {
    store.sql(
        """
        WITH session AS (
          INSERT INTO oauth2_sessions (id, client_id, scope, created_at)
          SELECT gen_random_uuid(), ?, '{}', now() FROM generate_series(1, ?) RETURNING id
        ), access_token AS (
          INSERT INTO oauth2_access_tokens (id, session_id, token_digest, created_at)
          SELECT id, id, sha256(id::text::bytea), now() FROM session RETURNING id
        ), refresh_token AS (
          INSERT INTO oauth2_refresh_tokens (id, session_id, access_token_id, token_digest, created_at)
          SELECT session.id, session.id, session.id, sha256(session.id::text::bytea), now()
          FROM session JOIN access_token ON access_token.id = session.id RETURNING id
        ), device_code_grant AS (
          INSERT INTO oauth2_device_code_grants
            (id, client_id, scope, user_code, device_code_digest, created_at, expires_at)
          SELECT id, ?, '{}', left(id::text, 20), sha256(id::text::bytea), now(), now() FROM session RETURNING id
        )
        INSERT INTO oauth2_authorization_grants
          (id, client_id, redirect_uri, scope, response_type_code, response_type_id_token, response_mode, raw_parameters,
           created_at)
        SELECT session.id, ?, 'https://example.com/', '{}', true, false, 'query', '{}', now()
        FROM session JOIN refresh_token ON refresh_token.id = session.id
        JOIN device_code_grant ON device_code_grant.id = session.id
        """,
        client.id(),
        number,
        client.id(),
        client.id());
  }
}
