package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.oauth2.OAuth2Sessions.ALL;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.oauth2.OAuth2SessionFilter;
import dev.authstore.storage.page.FinishedSessions;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.user.BrowserSessionFilter;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class OAuth2SessionFinishRepositoryTest {
  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final OAuth2Sessions sessions = new OAuth2Sessions(store);

  @SuppressWarnings("NullAway.Init") // set before each test
  private OAuth2Client client;

  @SuppressWarnings("NullAway.Init") // set before each test
  private User john;

  @BeforeEach
  void addClientAndUser() {
    client = sessions.client();
    john = sessions.user("john");
  }

  @Nested
  class Finish {
    @Test
    void endsTheSessionNow() {
      OAuth2Session session = sessions.session(client, john);
      store.clock().advance(ofMinutes(1));

      OAuth2Session ended = sessions.finished(session);

      assertThat(ended.finishedAt()).contains(sessions.now());
      assertThat(sessions.stored(session)).contains(ended);
    }

    @Test
    void refusesToEndItTwice() {
      OAuth2Session session = sessions.session(client, john);
      OAuth2Session ended = sessions.finished(session);
      store.clock().advance(ofMinutes(1));

      StateReason known = store.reason(repo -> repo.oauth2Sessions().finish(ended));
      StateReason outdated = store.reason(repo -> repo.oauth2Sessions().finish(session));

      assertThat(List.of(known, outdated)).containsOnly(StateReason.SESSION_FINISHED);
      assertThat(sessions.stored(session)).contains(ended);
    }

    @Test
    void tellsThatTheSessionIsGone() {
      OAuth2Session session = sessions.session(client, john);
      sessions.remove(session);

      assertThat(store.missing(repo -> repo.oauth2Sessions().finish(session)))
          .isEqualTo("oauth2_session " + session.id());
    }

    @Test
    void losesAgainstWhoeverWasFaster() throws Exception {
      OAuth2Session session = sessions.session(client, john);
      Store.Held<OAuth2Session> first = store.hold(repo -> repo.oauth2Sessions().finish(session));
      store.clock().advance(ofMinutes(1));

      Future<OAuth2Session> second = store.start(repo -> repo.oauth2Sessions().finish(session));
      store.awaitBlocked(1);
      first.save();

      assertThatExceptionOfType(ExecutionException.class)
          .isThrownBy(() -> second.get(20, SECONDS))
          .havingCause()
          .isInstanceOfSatisfying(
              InvalidStateException.class,
              e -> assertThat(e.reason()).isEqualTo(StateReason.SESSION_FINISHED));
      assertThat(sessions.stored(session)).contains(first.result());
    }

    @Test
    void endsWhatTheOtherGaveUp() throws Exception {
      OAuth2Session session = sessions.session(client, john);
      Store.Held<OAuth2Session> first = store.hold(repo -> repo.oauth2Sessions().finish(session));

      Future<OAuth2Session> second = store.start(repo -> repo.oauth2Sessions().finish(session));
      store.awaitBlocked(1);
      first.cancel();

      OAuth2Session ended = second.get(20, SECONDS);
      assertThat(sessions.stored(session)).contains(ended);
    }

    @Test
    void hasOneWinnerAmongThirtyTwo() throws Exception {
      OAuth2Session session = sessions.session(client, john);
      RepositoryFactory repositories = store.repositories();

      Race.Results<OAuth2Session> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.<OAuth2Session>direct(
                          repo -> repo.oauth2Sessions().finish(session)));

      assertThat(race.values()).hasSize(1);
      assertThat(race.failures())
          .hasSize(31)
          .allSatisfy(e -> assertThat(e).isInstanceOf(InvalidStateException.class));
    }
  }

  @Nested
  class FinishIfActive {
    @Test
    void tellsWhetherItWasThisCall() {
      OAuth2Session session = sessions.session(client, john);
      boolean first = finishIfActive(session.id());
      Optional<OAuth2Session> ended = sessions.stored(session);
      store.clock().advance(ofMinutes(1));

      boolean second = finishIfActive(session.id());
      boolean unknown = finishIfActive(new UUID(0, 1));

      assertThat(first).isTrue();
      assertThat(ended.map(OAuth2Session::isFinished)).contains(true);
      assertThat(List.of(second, unknown)).containsOnly(false);
      assertThat(sessions.stored(session)).isEqualTo(ended);
    }

    @Test
    void losesAgainstWhoeverWasFaster() throws Exception {
      OAuth2Session session = sessions.session(client, john);
      Store.Held<OAuth2Session> first = store.hold(repo -> repo.oauth2Sessions().finish(session));

      Future<Boolean> second =
          store.start(repo -> repo.oauth2Sessions().finishIfActive(session.id()));
      store.awaitBlocked(1);
      first.save();

      assertThat(second.get(20, SECONDS)).isFalse();
      assertThat(sessions.stored(session)).contains(first.result());
    }

    @Test
    void hasOneWinnerAmongThirtyTwo() throws Exception {
      OAuth2Session session = sessions.session(client, john);
      RepositoryFactory repositories = store.repositories();

      Race.Results<Boolean> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.<Boolean>direct(
                          repo -> repo.oauth2Sessions().finishIfActive(session.id())));

      assertThat(race.failures()).isEmpty();
      assertThat(race.values()).hasSize(32).containsOnlyOnce(true);
    }

    private boolean finishIfActive(UUID id) {
      return store.write(repo -> repo.oauth2Sessions().finishIfActive(id));
    }
  }

  @Nested
  class FinishBulk {
    @Test
    void keepsTheInstantOfFinishedOnesWithoutBeingTold() {
      OAuth2Session ended = sessions.finished(sessions.session(client, john));
      OAuth2Session going = sessions.session(client, john);
      store.clock().advance(ofMinutes(5));

      int changed = finishBulk(ALL);

      assertThat(changed).isOne();
      assertThat(sessions.stored(ended)).contains(ended);
      assertThat(sessions.stored(going).flatMap(OAuth2Session::finishedAt))
          .contains(sessions.now());
    }

    @Test
    void endsWhatTheFilterSelects() {
      User jim = sessions.user("jim");
      BrowserSession browser = sessions.browserSession(john);
      sessions.session(client, browser);
      sessions.session(client, john);
      OAuth2Session other = sessions.session(client, jim);

      int ofBrowser =
          finishBulk(ALL.browserSessions(BrowserSessionFilter.all().user(john.id()).active(true)));
      int ofJohn = finishBulk(ALL.active(true).user(john.id()));

      assertThat(List.of(ofBrowser, ofJohn)).containsOnly(1);
      assertThat(sessions.list(ALL.active(true))).containsExactly(other);
    }

    @Test
    void changesNothingWhenFinishedOnesAreAskedFor() {
      OAuth2Session ended = sessions.finished(sessions.session(client, john));
      store.clock().advance(ofMinutes(5));

      int changed = finishBulk(ALL.active(false));

      assertThat(changed).isZero();
      assertThat(sessions.stored(ended)).contains(ended);
    }

    @Test
    void passesOverASessionFinishedMeanwhile() throws Exception {
      OAuth2Session session = sessions.session(client, john);
      Store.Held<OAuth2Session> first = store.hold(repo -> repo.oauth2Sessions().finish(session));
      store.clock().advance(ofMinutes(5));

      Future<Integer> bulk = store.start(repo -> repo.oauth2Sessions().finishBulk(ALL));
      store.awaitBlocked(1);
      first.save();

      assertThat(bulk.get(20, SECONDS)).isZero();
      assertThat(sessions.stored(session)).contains(first.result());
    }

    @Test
    void endsEachSessionOnceInEightParallelRuns() throws Exception {
      sessions.sessions(client, john, 200);
      RepositoryFactory repositories = store.repositories();

      Race.Results<Integer> race =
          Race.of(8)
              .run(
                  number ->
                      repositories.<Integer>call(repo -> repo.oauth2Sessions().finishBulk(ALL)));

      assertThat(race.failures()).isEmpty();
      assertThat(race.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(200);
      assertThat(store.statements()).noneMatch(sent -> sent.sqlState().isPresent());
    }

    private int finishBulk(OAuth2SessionFilter filter) {
      return store.write(repo -> repo.oauth2Sessions().finishBulk(filter));
    }
  }

  @Nested
  class FinishBatch {
    @Test
    void endsTheSmallestIdsFirst() {
      List<OAuth2Session> all = sessions.sessions(client, john, 5);

      FinishedSessions ended = finishBatch(ALL, 3);

      assertThat(ended.sessionIds())
          .containsExactlyElementsOf(all.stream().limit(3).map(OAuth2Session::id).toList());
      assertThat(ended.userIds()).containsExactly(john.id());
      assertThat(sessions.count(ALL.active(true))).isEqualTo(2);
    }

    @Test
    void endsInactiveSessionsOfDynamicClientsWithAUser() {
      User jim = sessions.user("jim");
      OAuth2Session neverUsed = sessions.session(client, john);
      OAuth2Session usedLongAgo = sessions.session(client, john);
      OAuth2Session alsoNeverUsed = sessions.session(client, jim);
      sessions.session(sessions.staticClient(), john);
      sessions.session(client);
      OAuth2Session used = sessions.session(client, john);
      sessions.used(usedLongAgo, sessions.now(), Optional.empty());
      store.clock().advance(ofHours(1));
      sessions.used(used, sessions.now(), Optional.empty());
      OAuth2Session young = sessions.session(client, john);
      store.clock().advance(ofMinutes(10));

      FinishedSessions ended = finishBatch(expired(), 10);

      assertThat(ended.sessionIds())
          .containsExactly(neverUsed.id(), usedLongAgo.id(), alsoNeverUsed.id());
      assertThat(ended.userIds()).containsExactlyInAnyOrder(john.id(), jim.id());
      assertThat(sessions.count(ALL.active(true))).isEqualTo(4);
      assertThat(sessions.stored(young)).contains(young);
      assertThat(finishBatch(expired(), 10).sessionIds()).isEmpty();
    }

    @Test
    void leavesASessionUsedAtTheVeryInstant() {
      OAuth2Session session = sessions.session(client, john);
      sessions.used(session, sessions.now(), Optional.empty());

      FinishedSessions atIt = finishBatch(ALL.inactiveSince(sessions.now()), 10);
      FinishedSessions later = finishBatch(ALL.inactiveSince(sessions.now().plusNanos(1000)), 10);

      assertThat(atIt.sessionIds()).isEmpty();
      assertThat(later.sessionIds()).containsExactly(session.id());
    }

    @Test
    void hasNoUsersForClientsThatActForThemselves() {
      OAuth2Session session = sessions.session(client);

      FinishedSessions ended = finishBatch(ALL, 10);

      assertThat(ended.sessionIds()).containsExactly(session.id());
      assertThat(ended.userIds()).isEmpty();
    }

    @Test
    void passesOverSessionsThatAnotherIsChanging() {
      List<OAuth2Session> all = sessions.sessions(client, john, 4);
      Store.Held<OAuth2Session> other =
          store.hold(repo -> repo.oauth2Sessions().finish(all.get(0)));

      FinishedSessions ended = finishBatch(ALL, 2);
      other.save();

      assertThat(ended.sessionIds()).containsExactly(all.get(1).id(), all.get(2).id());
    }

    @Test
    void endsEverySessionOnceWithManyJobs() throws Exception {
      sessions.sessions(client, john, 200);
      RepositoryFactory repositories = store.repositories();

      Race.Results<List<UUID>> race =
          Race.of(4)
              .run(
                  job ->
                      Stream.generate(
                              () ->
                                  repositories.<FinishedSessions>call(
                                      repo -> repo.oauth2Sessions().finishBatch(ALL, 20)))
                          .map(FinishedSessions::sessionIds)
                          .takeWhile(ended -> !ended.isEmpty())
                          .flatMap(List::stream)
                          .toList());

      assertThat(race.failures()).isEmpty();
      assertThat(race.values().stream().flatMap(List::stream).toList())
          .hasSize(200)
          .doesNotHaveDuplicates();
      assertThat(sessions.count(ALL.active(true))).isZero();
    }

    @Test
    void refusesALimitBelowOne() {
      OAuth2Session session = sessions.session(client, john);

      assertThat(store.refusal(repo -> repo.oauth2Sessions().finishBatch(ALL, 0)))
          .isInstanceOf(InvalidInputException.class);
      assertThat(sessions.stored(session)).contains(session);
    }

    private OAuth2SessionFilter expired() {
      return ALL.staticClient(false)
          .hasUser(true)
          .inactiveSince(sessions.now().minus(ofMinutes(30)));
    }

    private FinishedSessions finishBatch(OAuth2SessionFilter filter, int limit) {
      return store.write(repo -> repo.oauth2Sessions().finishBatch(filter, limit));
    }
  }
}
