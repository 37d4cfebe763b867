package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.Store.assertRefused;
import static dev.authstore.storage.pg.oauth2.Grants.CODE;
import static dev.authstore.storage.pg.oauth2.Grants.assertOneWinner;
import static dev.authstore.storage.pg.oauth2.Grants.assertRefused;
import static dev.authstore.storage.pg.oauth2.Grants.get;
import static dev.authstore.storage.pg.oauth2.Grants.presented;
import static dev.authstore.storage.pg.oauth2.Grants.reason;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.oauth2.OAuth2AuthorizationGrant;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.oauth2.CodeExchange;
import dev.authstore.storage.oauth2.CodeExchange.Reason;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.Race;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Whoever comes second to a code, or to a request, learns what the first has done. */
class AuthorizationGrantRaceRepositoryTest {
  @RegisterExtension final Store store = Store.fresh();

  private final Grants grants = new Grants(store);

  @Nested
  class ExchangeCode {
    @Test
    void isRefusedBehindAnotherWithTheSessionOfThat() throws Exception {
      OAuth2Client client = grants.client();
      grants.fulfilled(client, grants.browser());
      Store.Held<CodeExchange> first = store.hold(repo -> exchange(repo, client, 1));
      Future<CodeExchange> second = store.start(repo -> exchange(repo, client, 2));
      store.awaitBlocked(1);

      first.save();

      CodeExchange.Exchanged exchanged = (CodeExchange.Exchanged) first.result();
      assertThat(get(second))
          .isEqualTo(
              new CodeExchange.Refused(Reason.ALREADY_EXCHANGED, Optional.of(exchanged.grant())));
      assertThat(grants.sessionsAndTokens()).containsExactly(1, 1, 1);
    }

    @Test
    void succeedsBehindOneThatIsCalledOff() throws Exception {
      OAuth2Client client = grants.client();
      grants.fulfilled(client, grants.browser());
      Store.Held<CodeExchange> first = store.hold(repo -> exchange(repo, client, 1));
      Future<CodeExchange> second = store.start(repo -> exchange(repo, client, 2));
      store.awaitBlocked(1);

      first.cancel();

      assertThat(get(second)).isInstanceOf(CodeExchange.Exchanged.class);
      assertThat(grants.sessionsAndTokens()).containsExactly(1, 1, 1);
    }

    @Test
    void isRefusedBehindAnExchangeForAnotherSession() throws Exception {
      OAuth2Client client = grants.client();
      OAuth2AuthorizationGrant grant = grants.fulfilled(client, grants.browser());
      OAuth2Session session = grants.session(client);
      Store.Held<OAuth2AuthorizationGrant> first =
          store.hold(repo -> repo.oauth2AuthorizationGrants().exchange(grant, session));
      Future<CodeExchange> second = store.start(repo -> exchange(repo, client, 2));
      store.awaitBlocked(1);

      first.save();

      assertThat(get(second))
          .isEqualTo(
              new CodeExchange.Refused(Reason.ALREADY_EXCHANGED, Optional.of(first.result())));
      assertThat(grants.sessionsAndTokens()).containsExactly(1, 0, 0);
    }

    @Test
    void isRefusedBehindADeactivation() throws Exception {
      assertEndedBy((repo, browser) -> repo.users().deactivate(browser.user()));
    }

    @Test
    void isRefusedBehindALock() throws Exception {
      assertEndedBy((repo, browser) -> repo.users().lock(browser.user()));
    }

    @Test
    void isRefusedBehindALogout() throws Exception {
      assertEndedBy((repo, browser) -> repo.browserSessions().finish(browser));
    }

    @Test
    void isSeenByADeactivationBehindIt() throws Exception {
      OAuth2Client client = grants.client();
      BrowserSession browser = grants.browser();
      grants.fulfilled(client, browser);
      Store.Held<CodeExchange> first = store.hold(repo -> exchange(repo, client, 1));
      Future<User> second = store.start(repo -> repo.users().deactivate(browser.user()));
      store.awaitBlocked(1);

      first.save();

      assertThat(get(second).isValidActor()).isFalse();
      assertThat(first.result()).isInstanceOf(CodeExchange.Exchanged.class);
      assertThat(grants.sessionsAndTokens()).containsExactly(1, 1, 1);
    }

    @Test
    void isSeenByALogoutBehindIt() throws Exception {
      OAuth2Client client = grants.client();
      BrowserSession browser = grants.browser();
      grants.fulfilled(client, browser);
      Store.Held<CodeExchange> first = store.hold(repo -> exchange(repo, client, 1));
      Future<BrowserSession> second = store.start(repo -> repo.browserSessions().finish(browser));
      store.awaitBlocked(1);

      first.save();

      assertThat(get(second).isFinished()).isTrue();
      assertThat(grants.sessionsAndTokens()).containsExactly(1, 1, 1);
    }

    @Test
    void knowsNoCodeBehindTheDeletionOfItsClient() throws Exception {
      OAuth2Client client = grants.client();
      grants.fulfilled(client, grants.browser());
      Store.Held<Boolean> first = store.hold(repo -> delete(repo, client));
      Future<CodeExchange> second = store.start(repo -> exchange(repo, client, 2));
      store.awaitBlocked(1);

      first.save();

      assertThat(reason(get(second))).isEqualTo(Reason.UNKNOWN_CODE);
      assertThat(grants.sessionsAndTokens()).containsExactly(0, 0, 0);
    }

    @Test
    void isDeletedByWhoeverDeletesItsClientBehindIt() throws Exception {
      OAuth2Client client = grants.client();
      grants.fulfilled(client, grants.browser());
      Store.Held<CodeExchange> first = store.hold(repo -> exchange(repo, client, 1));
      Future<Boolean> second = store.start(repo -> delete(repo, client));
      store.awaitBlocked(1);

      first.save();

      assertThat(get(second)).isTrue();
      assertThat(grants.sessionsAndTokens()).containsExactly(0, 0, 0);
    }

    private void assertEndedBy(Ending ending) throws Exception {
      OAuth2Client client = grants.client();
      BrowserSession browser = grants.browser();
      OAuth2AuthorizationGrant grant = grants.fulfilled(client, browser);
      Store.Held<Object> first = store.hold(repo -> ending.end(repo, browser));
      Future<CodeExchange> second = store.start(repo -> exchange(repo, client, 2));
      store.awaitBlocked(1);

      first.save();

      assertThat(get(second))
          .isEqualTo(new CodeExchange.Refused(Reason.BROWSER_SESSION_ENDED, Optional.of(grant)));
      assertThat(grants.stored(grant)).contains(grant);
      assertThat(grants.sessionsAndTokens()).containsExactly(0, 0, 0);
    }

    private static boolean delete(RepositoryAccess repo, OAuth2Client client) {
      repo.oauth2Clients().delete(client);
      return true;
    }
  }

  /** Ends a browser session, or what it depends on. */
  @FunctionalInterface
  private interface Ending {
    Object end(RepositoryAccess repo, BrowserSession browser);
  }

  @Nested
  class Exchange {
    @Test
    void isRefusedBehindAnother() throws Exception {
      OAuth2Client client = grants.client();
      OAuth2AuthorizationGrant grant = grants.fulfilled(client, grants.browser());
      OAuth2Session one = grants.session(client);
      OAuth2Session other = grants.session(client);
      Store.Held<OAuth2AuthorizationGrant> first =
          store.hold(repo -> repo.oauth2AuthorizationGrants().exchange(grant, one));
      Future<OAuth2AuthorizationGrant> second =
          store.start(repo -> repo.oauth2AuthorizationGrants().exchange(grant, other));
      store.awaitBlocked(1);

      first.save();

      assertRefused(second, StateReason.ALREADY_EXCHANGED);
      assertThat(grants.stored(grant)).contains(first.result());
    }

    @Test
    void isRefusedBehindTheExchangeOfTheCode() throws Exception {
      OAuth2Client client = grants.client();
      OAuth2AuthorizationGrant grant = grants.fulfilled(client, grants.browser());
      OAuth2Session session = grants.session(client);
      Store.Held<CodeExchange> first = store.hold(repo -> exchange(repo, client, 1));
      Future<OAuth2AuthorizationGrant> second =
          store.start(repo -> repo.oauth2AuthorizationGrants().exchange(grant, session));
      store.awaitBlocked(1);

      first.save();

      assertRefused(second, StateReason.ALREADY_EXCHANGED);
      assertThat(grants.stored(grant)).contains(((CodeExchange.Exchanged) first.result()).grant());
    }
  }

  @Nested
  class Decision {
    @Test
    void toCancelIsRefusedBehindAnApproval() throws Exception {
      OAuth2AuthorizationGrant pending = grants.pending(grants.client());
      BrowserSession browser = grants.browser();

      assertFirstWins(
          pending,
          repo -> fulfill(repo, pending, browser, CODE),
          repo -> repo.oauth2AuthorizationGrants().cancel(pending),
          StateReason.ALREADY_FULFILLED);
    }

    @Test
    void toApproveIsRefusedBehindACancellation() throws Exception {
      OAuth2AuthorizationGrant pending = grants.pending(grants.client());
      BrowserSession browser = grants.browser();

      assertFirstWins(
          pending,
          repo -> repo.oauth2AuthorizationGrants().cancel(pending),
          repo -> fulfill(repo, pending, browser, CODE),
          StateReason.CANCELLED);
    }

    @Test
    void toApproveIsRefusedBehindAnotherApproval() throws Exception {
      OAuth2AuthorizationGrant pending = grants.pending(grants.client());
      BrowserSession one = grants.browser();
      BrowserSession other = grants.browser();

      assertFirstWins(
          pending,
          repo -> fulfill(repo, pending, one, "code 1"),
          repo -> fulfill(repo, pending, other, "code 2"),
          StateReason.ALREADY_FULFILLED);
    }

    @Test
    void toApproveIsRefusedBehindALogout() throws Exception {
      OAuth2AuthorizationGrant pending = grants.pending(grants.client());
      BrowserSession browser = grants.browser();
      Store.Held<BrowserSession> first = store.hold(repo -> repo.browserSessions().finish(browser));
      Future<OAuth2AuthorizationGrant> second =
          store.start(repo -> fulfill(repo, pending, browser, CODE));
      store.awaitBlocked(1);

      first.save();

      assertRefused(second, StateReason.SESSION_FINISHED);
      assertThat(grants.stored(pending)).contains(pending);
    }

    private void assertFirstWins(
        OAuth2AuthorizationGrant pending,
        Function<RepositoryAccess, OAuth2AuthorizationGrant> winner,
        Function<RepositoryAccess, OAuth2AuthorizationGrant> loser,
        StateReason reason)
        throws Exception {
      Store.Held<OAuth2AuthorizationGrant> first = store.hold(winner);
      Future<OAuth2AuthorizationGrant> second = store.start(loser);
      store.awaitBlocked(1);

      first.save();

      assertRefused(second, reason);
      assertThat(grants.stored(pending)).contains(first.result());
    }
  }

  @Nested
  class ThirtyTwo {
    @Test
    void exchangesOfACodeHaveOneWinner() throws Exception {
      OAuth2Client client = grants.client();
      grants.fulfilled(client, grants.browser());
      RepositoryFactory repositories = store.repositories();

      Race.Results<CodeExchange> race =
          Race.of(32).run(number -> repositories.direct(repo -> exchange(repo, client, number)));

      assertThat(race.failures()).isEmpty();
      assertThat(race.values()).filteredOn(CodeExchange.Exchanged.class::isInstance).hasSize(1);
      assertThat(race.values())
          .filteredOn(CodeExchange.Refused.class::isInstance)
          .allSatisfy(refused -> assertThat(reason(refused)).isEqualTo(Reason.ALREADY_EXCHANGED));
      assertThat(grants.sessionsAndTokens()).containsExactly(1, 1, 1);
    }

    @Test
    void exchangesForSessionsOfTheirOwnHaveOneWinner() throws Exception {
      OAuth2Client client = grants.client();
      OAuth2AuthorizationGrant grant = grants.fulfilled(client, grants.browser());
      List<OAuth2Session> sessions =
          IntStream.range(0, 32).mapToObj(number -> grants.session(client)).toList();
      RepositoryFactory repositories = store.repositories();

      Race.Results<OAuth2AuthorizationGrant> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.call(
                          repo ->
                              repo.oauth2AuthorizationGrants()
                                  .exchange(grant, sessions.get(number))));

      assertOneWinner(race.values(), race.failures(), StateReason.ALREADY_EXCHANGED);
      assertThat(grants.stored(grant)).contains(race.values().get(0));
    }

    @Test
    void approvalsAndCancellationsHaveOneWinner() throws Exception {
      OAuth2AuthorizationGrant pending = grants.pending(grants.client());
      BrowserSession browser = grants.browser();
      RepositoryFactory repositories = store.repositories();

      Race.Results<OAuth2AuthorizationGrant> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.call(
                          repo ->
                              number % 2 == 0
                                  ? fulfill(repo, pending, browser, "code " + number)
                                  : repo.oauth2AuthorizationGrants().cancel(pending)));

      assertOneWinner(
          race.values(), race.failures(), StateReason.ALREADY_FULFILLED, StateReason.CANCELLED);
      assertThat(grants.stored(pending)).contains(race.values().get(0));
    }

    @Test
    void exchangesOfEitherKindAndAnEndMeetWithoutDeadlock() throws Exception {
      OAuth2Client client = grants.client();
      BrowserSession browser = grants.browser();
      OAuth2AuthorizationGrant grant = grants.fulfilled(client, browser);
      OAuth2Session session = grants.session(client);
      RepositoryFactory repositories = store.repositories();

      Race.Results<Object> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.direct(
                          repo ->
                              switch (number % 8) {
                                case 0 -> repo.users().deactivate(browser.user());
                                case 1 -> repo.browserSessions().finish(browser);
                                case 2 -> repo.oauth2AuthorizationGrants().exchange(grant, session);
                                default -> exchange(repo, client, number);
                              }));

      List<Object> exchanged =
          race.values().stream()
              .filter(
                  value ->
                      value instanceof CodeExchange.Exchanged
                          || value instanceof OAuth2AuthorizationGrant)
              .toList();
      assertOneWinner(exchanged, race.failures(), StateReason.ALREADY_EXCHANGED);
      assertThat(grants.stored(grant).orElseThrow().isExchanged()).isTrue();
      assertThat(store.select("SELECT id FROM oauth2_access_tokens").size()).isLessThan(2);
    }
  }

  private static CodeExchange exchange(RepositoryAccess repo, OAuth2Client client, int number) {
    return Grants.exchange(repo, client, presented(CODE), number);
  }

  private static OAuth2AuthorizationGrant fulfill(
      RepositoryAccess repo, OAuth2AuthorizationGrant grant, BrowserSession browser, String code) {
    return repo.oauth2AuthorizationGrants().fulfill(grant, browser, Optional.of(code));
  }
}
