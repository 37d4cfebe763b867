package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.Store.assertRefused;
import static dev.authstore.storage.pg.oauth2.Grants.assertOneWinner;
import static dev.authstore.storage.pg.oauth2.Grants.assertRefused;
import static dev.authstore.storage.pg.oauth2.Grants.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2DeviceCodeGrant;
import dev.authstore.model.oauth2.OAuth2DeviceCodeGrantStage;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.oauth2.DeviceCodeGrantParams;
import dev.authstore.storage.oauth2.DevicePoll;
import dev.authstore.storage.pg.OAuth2Fixture;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.Race;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Polls, approvals and rejections that meet: one wins, and the others learn which. */
class DeviceCodeGrantRaceRepositoryTest {
  @RegisterExtension final Store store = Store.fresh();

  private final Grants grants = new Grants(store);

  @Nested
  class Poll {
    @Test
    void getsNothingBehindOneThatGotTheSession() throws Exception {
      OAuth2Client client = grants.client();
      grants.deviceFulfilled(client, grants.browser());
      Store.Held<DevicePoll> first = store.hold(repo -> Grants.poll(repo, client, 1));
      Future<DevicePoll> second = store.start(repo -> Grants.poll(repo, client, 2));
      store.awaitBlocked(1);

      first.save();

      assertThat(first.result()).isInstanceOf(DevicePoll.Exchanged.class);
      assertThat(get(second)).isEqualTo(new DevicePoll.Unknown());
      assertThat(grants.sessionsAndTokens()).containsExactly(1, 1, 1);
    }

    @Test
    void getsTheSessionBehindOneThatIsCalledOff() throws Exception {
      OAuth2Client client = grants.client();
      grants.deviceFulfilled(client, grants.browser());
      Store.Held<DevicePoll> first = store.hold(repo -> Grants.poll(repo, client, 1));
      Future<DevicePoll> second = store.start(repo -> Grants.poll(repo, client, 2));
      store.awaitBlocked(1);

      first.cancel();

      assertThat(get(second)).isInstanceOf(DevicePoll.Exchanged.class);
      assertThat(grants.sessionsAndTokens()).containsExactly(1, 1, 1);
    }

    @Test
    void isToldToSlowDownBehindAPollOfTheSameTime() throws Exception {
      OAuth2Client client = grants.client();
      grants.devicePending(client);
      Store.Held<DevicePoll> first = store.hold(repo -> Grants.poll(repo, client, 1));
      Future<DevicePoll> second = store.start(repo -> Grants.poll(repo, client, 2));
      store.awaitBlocked(1);

      first.save();

      assertThat(first.result()).isEqualTo(new DevicePoll.Pending());
      assertThat(get(second)).isEqualTo(new DevicePoll.SlowDown());
    }

    @Test
    void isToldToComeAgainBehindAnApprovalThatItDidNotSeeWhenItBegan() throws Exception {
      OAuth2Client client = grants.client();
      OAuth2DeviceCodeGrant pending = grants.devicePending(client);
      BrowserSession browser = grants.browser();
      Store.Held<OAuth2DeviceCodeGrant> first = store.hold(repo -> fulfill(repo, pending, browser));
      Future<DevicePoll> second = store.start(repo -> Grants.poll(repo, client, 2));
      store.awaitBlocked(1);

      first.save();

      assertThat(get(second)).isEqualTo(new DevicePoll.Pending());
      assertThat(grants.stored(pending)).contains(first.result());
      store.clock().advance(Duration.ofSeconds(5));
      assertThat(grants.poll(client)).isInstanceOf(DevicePoll.Exchanged.class);
    }

    @Test
    void isToldOfARejectionBehindIt() throws Exception {
      OAuth2Client client = grants.client();
      OAuth2DeviceCodeGrant pending = grants.devicePending(client);
      BrowserSession browser = grants.browser();
      Store.Held<OAuth2DeviceCodeGrant> first =
          store.hold(repo -> repo.oauth2DeviceCodeGrants().reject(pending, browser));
      Future<DevicePoll> second = store.start(repo -> Grants.poll(repo, client, 2));
      store.awaitBlocked(1);

      first.save();

      assertThat(get(second)).isEqualTo(new DevicePoll.Rejected());
    }

    @Test
    void doesNotKeepAnApprovalOff() throws Exception {
      OAuth2Client client = grants.client();
      OAuth2DeviceCodeGrant pending = grants.devicePending(client);
      BrowserSession browser = grants.browser();
      Store.Held<DevicePoll> first = store.hold(repo -> Grants.poll(repo, client, 1));
      Future<OAuth2DeviceCodeGrant> second = store.start(repo -> fulfill(repo, pending, browser));
      store.awaitBlocked(1);

      first.save();

      assertThat(first.result()).isEqualTo(new DevicePoll.Pending());
      assertThat(get(second).isFulfilled()).isTrue();
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
    void isSeenByALogoutBehindIt() throws Exception {
      OAuth2Client client = grants.client();
      BrowserSession browser = grants.browser();
      grants.deviceFulfilled(client, browser);
      Store.Held<DevicePoll> first = store.hold(repo -> Grants.poll(repo, client, 1));
      Future<BrowserSession> second = store.start(repo -> repo.browserSessions().finish(browser));
      store.awaitBlocked(1);

      first.save();

      assertThat(get(second).isFinished()).isTrue();
      assertThat(grants.sessionsAndTokens()).containsExactly(1, 1, 1);
    }

    private void assertEndedBy(Ending ending) throws Exception {
      OAuth2Client client = grants.client();
      BrowserSession browser = grants.browser();
      OAuth2DeviceCodeGrant grant = grants.deviceFulfilled(client, browser);
      Store.Held<Object> first = store.hold(repo -> ending.end(repo, browser));
      Future<DevicePoll> second = store.start(repo -> Grants.poll(repo, client, 2));
      store.awaitBlocked(1);

      first.save();

      assertThat(get(second)).isEqualTo(new DevicePoll.BrowserSessionEnded());
      assertThat(grants.stored(grant)).contains(grant);
      assertThat(grants.sessionsAndTokens()).containsExactly(0, 0, 0);
    }
  }

  /** Ends a browser session, or what it depends on. */
  @FunctionalInterface
  private interface Ending {
    Object end(RepositoryAccess repo, BrowserSession browser);
  }

  @Nested
  class Decision {
    @Test
    void toRejectIsRefusedBehindAnApproval() throws Exception {
      OAuth2DeviceCodeGrant pending = grants.devicePending(grants.client());
      BrowserSession browser = grants.browser();

      assertFirstWins(
          pending,
          repo -> fulfill(repo, pending, browser),
          repo -> repo.oauth2DeviceCodeGrants().reject(pending, browser),
          StateReason.ALREADY_FULFILLED);
    }

    @Test
    void toApproveIsRefusedBehindARejection() throws Exception {
      OAuth2DeviceCodeGrant pending = grants.devicePending(grants.client());
      BrowserSession browser = grants.browser();

      assertFirstWins(
          pending,
          repo -> repo.oauth2DeviceCodeGrants().reject(pending, browser),
          repo -> fulfill(repo, pending, browser),
          StateReason.REJECTED);
    }

    @Test
    void toExchangeIsRefusedBehindAPollThatGotTheSession() throws Exception {
      OAuth2Client client = grants.client();
      OAuth2DeviceCodeGrant grant = grants.deviceFulfilled(client, grants.browser());
      OAuth2Session session = grants.session(client);
      Store.Held<DevicePoll> first = store.hold(repo -> Grants.poll(repo, client, 1));
      Future<OAuth2DeviceCodeGrant> second =
          store.start(repo -> repo.oauth2DeviceCodeGrants().exchange(grant, session));
      store.awaitBlocked(1);

      first.save();

      assertRefused(second, StateReason.ALREADY_EXCHANGED);
      assertThat(grants.stored(grant)).contains(((DevicePoll.Exchanged) first.result()).grant());
    }

    @Test
    void toApproveIsRefusedBehindALogout() throws Exception {
      OAuth2DeviceCodeGrant pending = grants.devicePending(grants.client());
      BrowserSession browser = grants.browser();
      Store.Held<BrowserSession> first = store.hold(repo -> repo.browserSessions().finish(browser));
      Future<OAuth2DeviceCodeGrant> second = store.start(repo -> fulfill(repo, pending, browser));
      store.awaitBlocked(1);

      first.save();

      assertRefused(second, StateReason.SESSION_FINISHED);
      assertThat(grants.stored(pending)).contains(pending);
    }

    private void assertFirstWins(
        OAuth2DeviceCodeGrant pending,
        Function<RepositoryAccess, OAuth2DeviceCodeGrant> winner,
        Function<RepositoryAccess, OAuth2DeviceCodeGrant> loser,
        StateReason reason)
        throws Exception {
      Store.Held<OAuth2DeviceCodeGrant> first = store.hold(winner);
      Future<OAuth2DeviceCodeGrant> second = store.start(loser);
      store.awaitBlocked(1);

      first.save();

      assertRefused(second, reason);
      assertThat(grants.stored(pending)).contains(first.result());
    }
  }

  @Nested
  class Add {
    @Test
    void isRefusedBehindAnotherWithTheSameUserCode() throws Exception {
      OAuth2Client client = grants.client();
      Store.Held<OAuth2DeviceCodeGrant> first = store.hold(repo -> add(repo, client, "one"));
      Future<OAuth2DeviceCodeGrant> second = store.start(repo -> add(repo, client, "two"));
      store.awaitBlocked(1);

      first.save();

      assertThatThrownBy(() -> get(second))
          .cause()
          .isInstanceOfSatisfying(
              ConflictException.class,
              conflict -> assertThat(conflict.kind()).isEqualTo(ConflictKind.USER_CODE_TAKEN));
    }

    @Test
    void succeedsBehindOneThatIsCalledOff() throws Exception {
      OAuth2Client client = grants.client();
      Store.Held<OAuth2DeviceCodeGrant> first = store.hold(repo -> add(repo, client, "one"));
      Future<OAuth2DeviceCodeGrant> second = store.start(repo -> add(repo, client, "two"));
      store.awaitBlocked(1);

      first.cancel();

      assertThat(grants.stored(get(second))).isPresent();
    }

    private static OAuth2DeviceCodeGrant add(
        RepositoryAccess repo, OAuth2Client client, String deviceCode) {
      DeviceCodeGrantParams params = OAuth2Fixture.deviceRequest(deviceCode, Grants.USER_CODE);
      return repo.oauth2DeviceCodeGrants().add(client, params);
    }
  }

  @Nested
  class ThirtyTwo {
    @Test
    void pollsHaveOneWinner() throws Exception {
      OAuth2Client client = grants.client();
      grants.deviceFulfilled(client, grants.browser());
      RepositoryFactory repositories = store.repositories();

      Race.Results<DevicePoll> race =
          Race.of(32).run(number -> repositories.direct(repo -> Grants.poll(repo, client, number)));

      assertThat(race.failures()).isEmpty();
      assertThat(race.values()).filteredOn(DevicePoll.Exchanged.class::isInstance).hasSize(1);
      assertThat(race.values()).filteredOn(new DevicePoll.Unknown()::equals).hasSize(31);
      assertThat(grants.sessionsAndTokens()).containsExactly(1, 1, 1);
    }

    @Test
    void exchangesForSessionsOfTheirOwnHaveOneWinner() throws Exception {
      OAuth2Client client = grants.client();
      OAuth2DeviceCodeGrant grant = grants.deviceFulfilled(client, grants.browser());
      List<OAuth2Session> sessions =
          IntStream.range(0, 32).mapToObj(number -> grants.session(client)).toList();
      RepositoryFactory repositories = store.repositories();

      Race.Results<OAuth2DeviceCodeGrant> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.call(
                          repo ->
                              repo.oauth2DeviceCodeGrants().exchange(grant, sessions.get(number))));

      assertOneWinner(race.values(), race.failures(), StateReason.ALREADY_EXCHANGED);
      assertThat(grants.stored(grant)).contains(race.values().get(0));
    }

    @Test
    void approvalsAndRejectionsHaveOneWinner() throws Exception {
      OAuth2DeviceCodeGrant pending = grants.devicePending(grants.client());
      BrowserSession browser = grants.browser();
      RepositoryFactory repositories = store.repositories();

      Race.Results<OAuth2DeviceCodeGrant> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.call(
                          repo ->
                              number % 2 == 0
                                  ? fulfill(repo, pending, browser)
                                  : repo.oauth2DeviceCodeGrants().reject(pending, browser)));

      assertOneWinner(
          race.values(), race.failures(), StateReason.ALREADY_FULFILLED, StateReason.REJECTED);
      assertThat(grants.stored(pending)).contains(race.values().get(0));
    }

    @Test
    void pollsApprovalsRejectionsAndALogoutMeetWithoutDeadlock() throws Exception {
      OAuth2Client client = grants.client();
      OAuth2DeviceCodeGrant pending = grants.devicePending(client);
      BrowserSession browser = grants.browser();
      RepositoryFactory repositories = store.repositories();

      Race.Results<Object> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.direct(
                          repo ->
                              switch (number % 8) {
                                case 0 -> repo.browserSessions().finish(browser);
                                case 1, 2 -> fulfill(repo, pending, browser);
                                case 3 -> repo.oauth2DeviceCodeGrants().reject(pending, browser);
                                default -> Grants.poll(repo, client, number);
                              }));

      boolean undecided =
          grants.stored(pending).orElseThrow().stage()
              instanceof OAuth2DeviceCodeGrantStage.Pending;
      assertThat(race.values().stream().filter(OAuth2DeviceCodeGrant.class::isInstance))
          .as("nobody decides after the logout, and one does before")
          .hasSize(undecided ? 0 : 1);
      Grants.assertRefused(
          race.failures(),
          StateReason.ALREADY_FULFILLED,
          StateReason.ALREADY_EXCHANGED,
          StateReason.REJECTED,
          StateReason.SESSION_FINISHED);
      assertThat(store.select("SELECT id FROM oauth2_access_tokens").size()).isLessThan(2);
    }
  }

  private static OAuth2DeviceCodeGrant fulfill(
      RepositoryAccess repo, OAuth2DeviceCodeGrant grant, BrowserSession browser) {
    return repo.oauth2DeviceCodeGrants().fulfill(grant, browser, Optional.empty());
  }
}
