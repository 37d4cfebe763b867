package dev.authstore.storage.pg.user;

import static java.time.Duration.ofMinutes;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.page.FinishedSessions;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.upstream.UpstreamOAuthSessionFilter;
import dev.authstore.storage.user.BrowserSessionFilter;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class BrowserSessionFinishTest {
  private static final BrowserSessionFilter ALL = BrowserSessionFilter.all();

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());
  private final BrowserSessions browsers = new BrowserSessions(store);

  @Nested
  class FinishBulk {
    @Test
    void endsTheSessionsOfOneUserOnly() {
      User john = browsers.user("john");
      User jane = browsers.user("jane");
      browsers.sessions(john, 5);
      browsers.sessions(jane, 5);
      BrowserSession ended = browsers.finished(browsers.session(john));
      store.clock().advance(ofMinutes(5));

      int changed = browsers.finishBulk(ALL.user(john.id()).active(true));

      assertThat(changed).isEqualTo(5);
      assertThat(browsers.counts(ALL.user(john.id()))).containsExactly(6L, 0L, 6L);
      assertThat(browsers.counts(ALL.user(jane.id()))).containsExactly(5L, 5L, 0L);
      assertThat(browsers.stored(ended)).contains(ended);
    }

    @Test
    void keepsTheInstantOfFinishedOnesWithoutBeingTold() {
      User john = browsers.user("john");
      BrowserSession ended = browsers.finished(browsers.session(john));
      BrowserSession going = browsers.session(john);
      store.clock().advance(ofMinutes(5));

      int changed = browsers.finishBulk(ALL.user(john.id()));

      assertThat(changed).isOne();
      assertThat(browsers.stored(ended)).contains(ended);
      assertThat(browsers.stored(going).flatMap(BrowserSession::finishedAt))
          .contains(browsers.now());
    }

    @Test
    void changesNothingWhenFinishedOnesAreAskedFor() {
      BrowserSession ended = browsers.finished(browsers.session(browsers.user("john")));
      store.clock().advance(ofMinutes(5));

      int changed = browsers.finishBulk(ALL.active(false));

      assertThat(changed).isZero();
      assertThat(browsers.stored(ended)).contains(ended);
    }

    @Test
    void endsEverybodysSessionsWithAnEmptyFilter() {
      browsers.sessions(browsers.user("john"), 2);
      browsers.sessions(browsers.user("jane"), 3);

      int changed = browsers.finishBulk(ALL);

      assertThat(changed).isEqualTo(5);
      assertThat(browsers.count(ALL.active(true))).isZero();
    }

    @Test
    void endsExactlyTheSessionOfTheUpstreamLogin() {
      UUID provider = browsers.provider();
      User john = browsers.user("john");
      BrowserSession linked = browsers.session(john);
      BrowserSession other = browsers.session(john);
      browsers.authenticate(linked, browsers.completedLogin(provider, "sub-1", "sid-1"));
      browsers.authenticate(other, browsers.completedLogin(provider, "sub-2", "sid-2"));

      int changed =
          browsers.finishBulk(
              ALL.linkedToUpstreamSessions(
                  UpstreamOAuthSessionFilter.all().provider(provider).sid("sid-1")));

      assertThat(changed).isOne();
      assertThat(browsers.stored(linked).map(BrowserSession::isFinished)).contains(true);
      assertThat(browsers.stored(other)).contains(other);
    }

    @Test
    void passesOverASessionFinishedMeanwhile() throws Exception {
      User john = browsers.user("john");
      BrowserSession session = browsers.session(john);
      Store.Held<BrowserSession> first = store.hold(repo -> repo.browserSessions().finish(session));
      store.clock().advance(ofMinutes(5));

      Future<Integer> bulk = store.start(repo -> repo.browserSessions().finishBulk(ALL));
      store.awaitBlocked(1);
      first.save();
      int changed = bulk.get(20, SECONDS);

      assertThat(changed).isZero();
      assertThat(browsers.stored(session)).contains(first.result());
    }

    @Test
    void doesNotDeadlockAgainstItself() throws Exception {
      User john = browsers.user("john");
      RepositoryFactory repositories = store.repositories();
      for (int round = 0; round < 5; round++) {
        store.clock().advance(ofMinutes(1));
        browsers.sessions(john, 100);

        Race.Results<Integer> results =
            Race.of(4)
                .run(number -> repositories.call(repo -> repo.browserSessions().finishBulk(ALL)));

        assertThat(results.failures()).isEmpty();
        assertThat(results.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(100);
      }
      assertThat(store.statements()).noneMatch(statement -> statement.sqlState().isPresent());
    }
  }

  @Nested
  class FinishBatch {
    @Test
    void endsTheSmallestIdsFirst() {
      User john = browsers.user("john");
      List<BrowserSession> sessions = browsers.sessions(john, 5);

      FinishedSessions ended = finishBatch(ALL, 3);

      assertThat(ended.sessionIds())
          .containsExactlyElementsOf(sessions.stream().limit(3).map(BrowserSession::id).toList());
      assertThat(ended.userIds()).containsExactly(john.id());
      assertThat(browsers.counts(ALL)).containsExactly(5L, 2L, 3L);
    }

    @Test
    void tellsWhoseSessionsTheyWere() {
      User john = browsers.user("john");
      User jane = browsers.user("jane");
      browsers.sessions(john, 2);
      browsers.sessions(jane, 1);

      FinishedSessions ended = finishBatch(ALL, 10);

      assertThat(ended.sessionIds()).hasSize(3);
      assertThat(ended.userIds()).containsExactlyInAnyOrder(john.id(), jane.id());
    }

    @Test
    void returnsNothingWhenNothingIsLeft() {
      browsers.finished(browsers.session(browsers.user("john")));

      FinishedSessions ended = finishBatch(ALL, 10);

      assertThat(ended.sessionIds()).isEmpty();
      assertThat(ended.userIds()).isEmpty();
    }

    @Test
    void keepsTheInstantOfFinishedOnes() {
      BrowserSession ended = browsers.finished(browsers.session(browsers.user("john")));
      store.clock().advance(ofMinutes(5));

      finishBatch(ALL.active(false), 10);

      assertThat(browsers.stored(ended)).contains(ended);
    }

    @Test
    void endsTheInactiveOnes() {
      User john = browsers.user("john");
      BrowserSession forgotten = browsers.session(john);
      BrowserSession used = browsers.session(john);
      store.clock().advance(ofMinutes(60));
      browsers.recordActivity(used, browsers.now(), Optional.empty());

      FinishedSessions ended = finishBatch(ALL.inactiveSince(browsers.now()), 10);

      assertThat(ended.sessionIds()).containsExactly(forgotten.id());
      assertThat(browsers.stored(used).map(BrowserSession::isFinished)).contains(false);
    }

    @Test
    void passesOverSessionsThatAnotherIsChanging() {
      List<BrowserSession> sessions = browsers.sessions(browsers.user("john"), 4);
      Store.Held<BrowserSession> other =
          store.hold(repo -> repo.browserSessions().finish(sessions.get(0)));

      FinishedSessions ended = finishBatch(ALL, 2);
      other.save();

      assertThat(ended.sessionIds()).containsExactly(sessions.get(1).id(), sessions.get(2).id());
    }

    @Test
    void endsEverySessionOnceWithManyJobs() throws Exception {
      browsers.insertSessions(browsers.user("john"), 300);
      RepositoryFactory repositories = store.repositories();

      Race.Results<List<UUID>> results =
          Race.of(4)
              .run(
                  job ->
                      Stream.generate(
                              () ->
                                  repositories.call(
                                      repo -> repo.browserSessions().finishBatch(ALL, 20)))
                          .map(FinishedSessions::sessionIds)
                          .takeWhile(ended -> !ended.isEmpty())
                          .flatMap(List::stream)
                          .toList());

      assertThat(results.failures()).isEmpty();
      assertThat(results.values().stream().flatMap(List::stream).toList())
          .hasSize(300)
          .doesNotHaveDuplicates();
      assertThat(browsers.counts(ALL)).containsExactly(300L, 0L, 300L);
    }

    @Test
    void refusesALimitBelowOne() {
      BrowserSession session = browsers.session(browsers.user("john"));

      InvalidInputException refusal =
          browsers.refusal(
              InvalidInputException.class, repo -> repo.browserSessions().finishBatch(ALL, 0));

      assertThat(refusal).hasMessageContaining("limit");
      assertThat(browsers.stored(session)).contains(session);
    }
  }

  private FinishedSessions finishBatch(BrowserSessionFilter filter, int limit) {
    return store.write(repo -> repo.browserSessions().finishBatch(filter, limit));
  }
}
