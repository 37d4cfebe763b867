package dev.authstore.storage.pg.user;

import static java.time.Duration.ofMinutes;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Addresses;
import dev.authstore.model.SessionActivity;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.user.BrowserSessionFilter;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class BrowserSessionActivityTest {
  private static final BrowserSessionFilter ALL = BrowserSessionFilter.all();

  private static final Instant NOON = Instant.parse("2022-01-17T12:00:00Z");

  private static final String HOME = "192.0.2.1";

  private static final String AWAY = "198.51.100.7";

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());
  private final BrowserSessions browsers = new BrowserSessions(store);

  @Nested
  class RecordBatchActivity {
    @Test
    void setsInstantAndAddress() {
      BrowserSession session = browsers.session(browsers.user("john"));

      int known = recordActivity(activity(session, NOON, HOME));

      assertThat(known).isOne();
      assertThat(browsers.stored(session)).contains(used(session, NOON, HOME));
    }

    @Test
    void cutsTheInstantToMicroseconds() {
      BrowserSession session = browsers.session(browsers.user("john"));

      recordActivity(activity(session, store.clock().instant(), HOME));

      assertThat(browsers.stored(session)).contains(used(session, browsers.now(), HOME));
    }

    @Test
    void movesOnWithALaterEvent() {
      BrowserSession session = browsers.session(browsers.user("john"));
      recordActivity(activity(session, NOON, HOME));

      recordActivity(activity(session, NOON.plusSeconds(1), AWAY));

      assertThat(browsers.stored(session)).contains(used(session, NOON.plusSeconds(1), AWAY));
    }

    @Test
    void ignoresAnOlderEventWithItsAddress() {
      BrowserSession session = browsers.session(browsers.user("john"));
      recordActivity(activity(session, NOON, HOME));

      int known = recordActivity(activity(session, NOON.minus(1, ChronoUnit.MICROS), AWAY));

      assertThat(known).isOne();
      assertThat(browsers.stored(session)).contains(used(session, NOON, HOME));
    }

    @Test
    void takesAnotherAddressOfTheStoredInstant() {
      BrowserSession session = browsers.session(browsers.user("john"));
      recordActivity(activity(session, NOON, AWAY));

      recordActivity(activity(session, NOON, HOME));

      assertThat(browsers.stored(session)).contains(used(session, NOON, HOME));
    }

    @Test
    void keepsTheAddressWhenANewerEventHasNone() {
      BrowserSession session = browsers.session(browsers.user("john"));
      recordActivity(activity(session, NOON, HOME));

      recordActivity(activity(session, NOON.plusSeconds(1)));

      assertThat(browsers.stored(session)).contains(used(session, NOON.plusSeconds(1), HOME));
    }

    @Test
    void doesNotTakeAnOldAddressOnlyBecauseNoneIsStored() {
      BrowserSession session = browsers.session(browsers.user("john"));
      recordActivity(activity(session, NOON));

      recordActivity(activity(session, NOON.minusSeconds(1), HOME));

      assertThat(browsers.stored(session).flatMap(BrowserSession::lastActiveAt)).contains(NOON);
      assertThat(browsers.stored(session).flatMap(BrowserSession::lastActiveIp)).isEmpty();
    }

    @Test
    void takesTheAddressOfAnOlderEventWhenNothingIsStored() {
      BrowserSession session = browsers.session(browsers.user("john"));

      recordActivity(activity(session, NOON), activity(session, NOON.minusSeconds(1), HOME));

      assertThat(browsers.stored(session)).contains(used(session, NOON, HOME));
    }

    @Test
    void judgesTheAddressOfAMergedEventByItsOwnInstant() {
      BrowserSession session = browsers.session(browsers.user("john"));
      recordActivity(activity(session, NOON, HOME));

      recordActivity(
          activity(session, NOON.minusSeconds(1), AWAY), activity(session, NOON.plusSeconds(1)));

      assertThat(browsers.stored(session)).contains(used(session, NOON.plusSeconds(1), HOME));
    }

    @Test
    void doesNotDependOnTheOrderOfEvents() {
      BrowserSession session = browsers.session(browsers.user("john"));
      SessionActivity a = activity(session, NOON, HOME);
      SessionActivity b = activity(session, NOON.plusSeconds(1), AWAY);
      SessionActivity c = activity(session, NOON.plusSeconds(2));

      for (List<SessionActivity> order :
          List.of(
              List.of(a, b, c),
              List.of(a, c, b),
              List.of(b, a, c),
              List.of(b, c, a),
              List.of(c, a, b),
              List.of(c, b, a))) {
        store.sql("UPDATE browser_sessions SET last_active_at = NULL, last_active_ip = NULL");

        int known = recordActivity(order);

        assertThat(known).isOne();
        assertThat(browsers.stored(session)).contains(used(session, NOON.plusSeconds(2), AWAY));
      }
    }

    @Test
    void prefersTheGreaterAddressOfOneInstant() {
      BrowserSession session = browsers.session(browsers.user("john"));
      SessionActivity low = activity(session, NOON, "10.0.0.1");
      SessionActivity high = activity(session, NOON, "200.0.0.1"); // negative as a signed byte

      for (List<SessionActivity> order : List.of(List.of(low, high), List.of(high, low))) {
        store.sql("UPDATE browser_sessions SET last_active_at = NULL, last_active_ip = NULL");

        recordActivity(order);

        assertThat(browsers.stored(session)).contains(used(session, NOON, "200.0.0.1"));
      }
    }

    @Test
    void ignoresUnknownSessions() {
      BrowserSession session = browsers.session(browsers.user("john"));
      BrowserSession gone = browsers.session(session.user());
      browsers.remove(gone);

      int known = recordActivity(activity(gone, NOON, HOME), activity(session, NOON, HOME));

      assertThat(known).isOne();
      assertThat(browsers.stored(session)).contains(used(session, NOON, HOME));
      assertThat(browsers.stored(gone)).isEmpty();
    }

    @Test
    void recordsFinishedSessionsToo() {
      BrowserSession ended = browsers.finished(browsers.session(browsers.user("john")));

      recordActivity(activity(ended, NOON, HOME));

      assertThat(browsers.stored(ended)).contains(used(ended, NOON, HOME));
    }

    @Test
    void leavesOtherSessionsAlone() {
      BrowserSession session = browsers.session(browsers.user("john"));
      BrowserSession other = browsers.session(session.user());

      recordActivity(activity(session, NOON, HOME));

      assertThat(browsers.stored(other)).contains(other);
    }

    @Test
    void keepsAnAddressOfIpVersion6() {
      BrowserSession session = browsers.session(browsers.user("john"));

      recordActivity(activity(session, NOON, "2001:db8::17"));

      assertThat(browsers.stored(session)).contains(used(session, NOON, "2001:db8::17"));
    }

    @Test
    void asksNothingWithoutEvents() {
      store.statements();

      int known = recordActivity(List.of());

      assertThat(known).isZero();
      assertThat(store.statements()).isEmpty();
    }

    @Test
    void recordsAThousandSessionsInTwoStatements() {
      List<BrowserSession> sessions = browsers.sessions(browsers.user("john"), 1000);
      List<SessionActivity> events =
          sessions.stream().map(session -> activity(session, NOON, HOME)).toList();
      store.statements();

      int known = recordActivity(events);

      assertThat(known).isEqualTo(1000);
      assertThat(store.statements())
          .filteredOn(
              statement -> statement.operation().equals("browser_session.record_batch_activity"))
          .hasSize(2);
      assertThat(
              store.select(
                  "SELECT DISTINCT last_active_at = ?::timestamptz FROM browser_sessions",
                  NOON.toString()))
          .containsExactly("t");
    }

    @Test
    void storesTheMaximumOfTwoOverlappingBatches() throws Exception {
      List<BrowserSession> sessions = browsers.sessions(browsers.user("john"), 200);
      Store.Held<Integer> first =
          store.hold(
              repo -> repo.browserSessions().recordBatchActivity(events(sessions, NOON, AWAY)));

      Future<Integer> second =
          store.start(
              repo ->
                  repo.browserSessions()
                      .recordBatchActivity(reversed(events(sessions, NOON.minusSeconds(1), HOME))));
      store.awaitBlocked(1);
      first.save();
      int known = second.get(20, SECONDS);

      assertThat(known).isEqualTo(200);
      assertThat(browsers.stored(sessions.get(0))).contains(used(sessions.get(0), NOON, AWAY));
      assertThat(activeAt(NOON)).isEqualTo(200);
    }

    @Test
    void doesNotDeadlockWithBatchesInOppositeOrder() throws Exception {
      List<BrowserSession> sessions = browsers.sessions(browsers.user("john"), 200);
      RepositoryFactory repositories = store.repositories();
      store.statements();
      for (int round = 1; round <= 40; round++) {
        Instant at = NOON.plusSeconds(round);
        List<SessionActivity> ascending = events(sessions, at, HOME);
        List<SessionActivity> descending = reversed(events(sessions, at.minusMillis(1), AWAY));

        Race.Results<Integer> results =
            Race.of(4)
                .run(
                    number ->
                        repositories.call(
                            repo ->
                                repo.browserSessions()
                                    .recordBatchActivity(
                                        number % 2 == 0 ? ascending : descending)));

        assertThat(results.failures()).isEmpty();
        assertThat(results.values()).containsOnly(200);
        assertThat(activeAt(at)).isEqualTo(200);
      }
      assertThat(store.statements()).noneMatch(statement -> statement.sqlState().isPresent());
    }

    @Test
    void doesNotDeadlockWithBulkFinishing() throws Exception {
      User john = browsers.user("john");
      RepositoryFactory repositories = store.repositories();
      for (int round = 0; round < 10; round++) {
        store.clock().advance(ofMinutes(1));
        List<BrowserSession> sessions = browsers.sessions(john, 100);
        List<SessionActivity> descending = reversed(events(sessions, NOON, HOME));

        Race.Results<Integer> results =
            Race.of(4)
                .run(
                    number ->
                        repositories.call(
                            repo ->
                                number % 2 == 0
                                    ? repo.browserSessions().recordBatchActivity(descending)
                                    : repo.browserSessions().finishBulk(ALL)));

        assertThat(results.failures()).isEmpty();
      }
      assertThat(store.statements()).noneMatch(statement -> statement.sqlState().isPresent());
    }

    @Test
    void ignoresSessionsThatACleanupIsDeleting() throws Exception {
      List<BrowserSession> sessions = browsers.sessions(browsers.user("john"), 3);
      BrowserSession ended = browsers.finished(sessions.get(1));
      store.clock().advance(Duration.ofDays(1));
      Store.Held<CleanupResult<Instant>> cleanup =
          store.hold(
              repo -> repo.browserSessions().cleanupFinished(Optional.empty(), browsers.now(), 10));

      Future<Integer> batch =
          store.start(
              repo -> repo.browserSessions().recordBatchActivity(events(sessions, NOON, HOME)));
      store.awaitBlocked(1);
      cleanup.save();
      int known = batch.get(20, SECONDS);

      assertThat(known).isEqualTo(2);
      assertThat(browsers.stored(ended)).isEmpty();
      assertThat(activeAt(NOON)).isEqualTo(2);
    }

    @Test
    void keepsTheEndOfASessionThatIsBeingFinished() throws Exception {
      BrowserSession session = browsers.session(browsers.user("john"));
      Store.Held<BrowserSession> finish =
          store.hold(repo -> repo.browserSessions().finish(session));

      Future<Integer> batch =
          store.start(
              repo ->
                  repo.browserSessions()
                      .recordBatchActivity(List.of(activity(session, NOON, HOME))));
      store.awaitBlocked(1);
      finish.save();
      int known = batch.get(20, SECONDS);

      assertThat(known).isOne();
      assertThat(browsers.stored(session)).contains(used(finish.result(), NOON, HOME));
    }

    @Test
    void toleratesCleanupsAtTheSameTime() throws Exception {
      User john = browsers.user("john");
      RepositoryFactory repositories = store.repositories();
      for (int round = 0; round < 10; round++) {
        store.clock().advance(ofMinutes(1));
        List<BrowserSession> sessions = browsers.sessions(john, 100);
        store.run(repo -> repo.browserSessions().finishBulk(ALL));
        store.clock().advance(ofMinutes(1));

        Race.Results<Integer> results =
            Race.of(4)
                .run(
                    number ->
                        number % 2 == 0
                            ? repositories.call(
                                repo ->
                                    repo.browserSessions()
                                        .recordBatchActivity(events(sessions, NOON, HOME)))
                            : repositories.call(
                                repo ->
                                    repo.browserSessions()
                                        .cleanupFinished(Optional.empty(), browsers.now(), 60)
                                        .count()));

        assertThat(results.failures()).isEmpty();
      }
      assertThat(store.statements()).noneMatch(statement -> statement.sqlState().isPresent());
    }
  }

  private static SessionActivity activity(BrowserSession session, Instant at) {
    return new SessionActivity(session.id(), at, Optional.empty());
  }

  private static SessionActivity activity(BrowserSession session, Instant at, String ip) {
    return new SessionActivity(session.id(), at, Optional.of(Addresses.parse(ip)));
  }

  private static List<SessionActivity> events(
      List<BrowserSession> sessions, Instant at, String ip) {
    return sessions.stream().map(session -> activity(session, at, ip)).toList();
  }

  private static List<SessionActivity> reversed(List<SessionActivity> events) {
    List<SessionActivity> reversed = new ArrayList<>(events);
    Collections.reverse(reversed);
    return reversed;
  }

  private int recordActivity(SessionActivity... events) {
    return recordActivity(List.of(events));
  }

  private int recordActivity(Collection<SessionActivity> events) {
    return store.write(repo -> repo.browserSessions().recordBatchActivity(events));
  }

  /** How many sessions were last used at that instant. */
  private int activeAt(Instant at) {
    return store
        .select(
            "SELECT id FROM browser_sessions WHERE last_active_at = ?::timestamptz", at.toString())
        .size();
  }

  private static BrowserSession used(BrowserSession session, Instant at, String ip) {
    InetAddress address = Addresses.parse(ip);
    return new BrowserSession(
        session.id(),
        session.user(),
        session.createdAt(),
        session.stage(),
        session.userAgent(),
        Optional.of(at),
        Optional.of(address));
  }
}
