package dev.authstore.storage.pg.compat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Addresses;
import dev.authstore.model.SessionActivity;
import dev.authstore.model.compat.CompatSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.compat.CompatSessionFilter;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class CompatSessionActivityRepositoryTest {
  private static final Instant NOON = Instant.parse("2022-01-17T12:00:00Z");
  private static final String HOME = "192.0.2.1";
  private static final String AWAY = "198.51.100.7";

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final Logins logins = new Logins(store);

  @SuppressWarnings("NullAway.Init") // set before each test
  private User john;

  @BeforeEach
  void addJohn() {
    john = logins.user("john");
  }

  @Nested
  class RecordBatchActivity {
    @Test
    void setsInstantAndAddressOfEitherVersion() {
      for (String ip : List.of(HOME, "2001:db8::17")) {
        CompatSession session = logins.session(john, "device " + ip);

        int known = recorded(activity(session, NOON, ip));

        assertThat(known).isOne();
        assertUsed(session, NOON, ip);
      }
    }

    @Test
    void keepsInstantAndAddressWhenAnOlderEventComesLate() {
      CompatSession session = logins.session(john, "phone");
      recorded(activity(session, NOON, HOME));

      recorded(activity(session, NOON.minusSeconds(1), AWAY));

      assertUsed(session, NOON, HOME);
    }

    @Test
    void keepsTheAddressWhenANewerEventHasNone() {
      CompatSession session = logins.session(john, "phone");
      recorded(activity(session, NOON, HOME));

      recorded(new SessionActivity(session.id(), NOON.plusSeconds(1), Optional.empty()));

      assertUsed(session, NOON.plusSeconds(1), HOME);
    }

    @Test
    void mergesEventsOfOneSession() {
      CompatSession session = logins.session(john, "phone");

      int known =
          recorded(
              new SessionActivity(session.id(), NOON.plusSeconds(2), Optional.empty()),
              activity(session, NOON, HOME),
              activity(session, NOON.plusSeconds(1), AWAY));

      assertThat(known).isOne();
      assertUsed(session, NOON.plusSeconds(2), AWAY);
    }

    @Test
    void ignoresUnknownSessions() {
      CompatSession one = logins.session(john, "one");
      CompatSession gone = logins.session(john, "gone");
      CompatSession two = logins.session(john, "two");
      logins.remove(gone);

      int known =
          recorded(
              activity(one, NOON, HOME), activity(gone, NOON, HOME), activity(two, NOON, HOME));

      assertThat(known).isEqualTo(2);
      assertUsed(one, NOON, HOME);
      assertUsed(two, NOON, HOME);
    }

    @Test
    void reachesFinishedSessions() {
      CompatSession ended = logins.finished(logins.session(john, "phone"));

      recorded(activity(ended, NOON, HOME));

      assertUsed(ended, NOON, HOME);
      assertThat(logins.stored(ended).flatMap(CompatSession::finishedAt))
          .isEqualTo(ended.finishedAt());
    }

    @Test
    void sendsNothingForNothing() {
      store.statements();

      int known = recorded();

      assertThat(known).isZero();
      assertThat(store.statements()).isEmpty();
    }

    @Test
    void takesAStatementForEachFiveHundred() {
      store.sql(
          """
          INSERT INTO compat_sessions (id, user_id, device_id, is_synapse_admin, created_at)
          SELECT md5('session' || n)::uuid, users.id, 'device' || n, false, users.created_at
          FROM users CROSS JOIN generate_series(1, 1000) n
          """);
      List<SessionActivity> events =
          store.select("SELECT id FROM compat_sessions").stream()
              .map(id -> new SessionActivity(UUID.fromString(id), NOON, Optional.empty()))
              .toList();
      store.statements();

      int known = store.write(repo -> repo.compatSessions().recordBatchActivity(events));

      assertThat(known).isEqualTo(1000);
      assertThat(store.statements())
          .filteredOn(sent -> sent.operation().equals("compat_session.record_batch_activity"))
          .hasSize(2);
      assertThat(store.select("SELECT DISTINCT last_active_at IS NOT NULL FROM compat_sessions"))
          .containsExactly("t");
    }

    @Test
    void doesNotDeadlockWithBatchesInOppositeOrderOrWithEndings() throws Exception {
      RepositoryFactory repositories = store.repositories();
      List<CompatSession> sessions =
          IntStream.range(0, 50).mapToObj(i -> logins.session(john, "device" + i)).toList();
      List<SessionActivity> ascending =
          sessions.stream().map(session -> activity(session, NOON, HOME)).toList();
      List<SessionActivity> descending = new ArrayList<>(ascending);
      Collections.reverse(descending);
      store.statements();

      Race.Results<Integer> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.call(
                          repo ->
                              switch (number % 4) {
                                case 0 -> repo.compatSessions().recordBatchActivity(ascending);
                                case 1 ->
                                    repo.compatSessions()
                                        .finishBulk(CompatSessionFilter.all().user(john.id()));
                                case 2 ->
                                    repo.compatSessions().finishLeastRecentlyUsed(john, 1).size();
                                default -> repo.compatSessions().recordBatchActivity(descending);
                              }));

      assertThat(race.failures()).isEmpty();
      assertThat(store.statements()).noneMatch(statement -> statement.sqlState().isPresent());
      assertThat(logins.stored(sessions.get(0)).flatMap(CompatSession::lastActiveAt))
          .contains(NOON);
    }
  }

  private int recorded(SessionActivity... events) {
    return store.write(repo -> repo.compatSessions().recordBatchActivity(List.of(events)));
  }

  private static SessionActivity activity(CompatSession session, Instant at, String ip) {
    return new SessionActivity(session.id(), at, Optional.of(Addresses.parse(ip)));
  }

  private void assertUsed(CompatSession session, Instant at, String ip) {
    CompatSession stored = logins.stored(session).orElseThrow();
    assertThat(stored.lastActiveAt()).contains(at);
    assertThat(stored.lastActiveIp()).contains(Addresses.parse(ip));
  }
}
