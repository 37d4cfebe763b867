package dev.authstore.storage.pg.personal;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Addresses;
import dev.authstore.model.SessionActivity;
import dev.authstore.model.personal.PersonalSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.Race;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PersonalSessionActivityRepositoryTest {
  private static final Instant NOON = Instant.parse("2022-01-20T12:00:00Z");
  private static final String HOME = "192.0.2.1";
  private static final String AWAY = "2001:db8::1";

  @RegisterExtension final Store store = Store.fresh();

  private final Scripts scripts = new Scripts(store);

  @Test
  void ofNobodySendsNothing() {
    store.statements();

    int known = store.write(repo -> repo.personalSessions().recordBatchActivity(List.of()));

    assertThat(known).isZero();
    assertThat(store.statements())
        .noneMatch(statement -> statement.operation().startsWith("personal"));
  }

  @Test
  void isRecordedWithItsAddress() {
    PersonalSession one = scripts.session();
    PersonalSession two = scripts.session();

    int known = record(activity(one, NOON, HOME), activity(two, NOON.plusSeconds(1), AWAY));

    assertThat(known).isEqualTo(2);
    assertActive(one, NOON, HOME);
    assertActive(two, NOON.plusSeconds(1), AWAY);
  }

  @Test
  void ofDeletedSessionsIsIgnored() {
    PersonalSession one = scripts.session();
    PersonalSession gone = scripts.session();
    PersonalSession two = scripts.session();
    scripts.remove(gone);

    int known =
        record(activity(one, NOON, HOME), activity(gone, NOON, HOME), activity(two, NOON, HOME));

    assertThat(known).isEqualTo(2);
    assertActive(one, NOON, HOME);
    assertActive(two, NOON, HOME);
  }

  @Test
  void ofRevokedSessionsIsRecorded() {
    PersonalSession session = scripts.session();
    scripts.revoked(session);

    int known = record(activity(session, NOON, HOME));

    assertThat(known).isOne();
    assertActive(session, NOON, HOME);
  }

  @Test
  void isMergedForEachSession() {
    PersonalSession session = scripts.session();

    int known =
        record(
            activity(session, NOON, HOME),
            new SessionActivity(session.id(), NOON.plusSeconds(2), Optional.empty()),
            activity(session, NOON.plusSeconds(1), AWAY));

    assertThat(known).isOne();
    assertActive(session, NOON.plusSeconds(2), AWAY);
  }

  @Test
  void thatIsOlderChangesNothing() {
    PersonalSession session = scripts.session();
    record(activity(session, NOON, HOME));

    record(activity(session, NOON.minusSeconds(1), AWAY));

    assertActive(session, NOON, HOME);
  }

  @Test
  void withoutAddressKeepsTheOneBefore() {
    PersonalSession session = scripts.session();
    record(activity(session, NOON, HOME));

    record(new SessionActivity(session.id(), NOON.plusSeconds(1), Optional.empty()));

    assertActive(session, NOON.plusSeconds(1), HOME);
  }

  @Test
  void ofAThousandSessionsIsTwoStatements() {
    store.statements();
    List<SessionActivity> events =
        IntStream.range(0, 1000)
            .mapToObj(i -> new SessionActivity(new UUID(0, i), NOON, Optional.empty()))
            .toList();

    int known = store.write(repo -> repo.personalSessions().recordBatchActivity(events));

    assertThat(known).isZero();
    assertThat(store.statements())
        .filteredOn(statement -> !statement.sql().equals("COMMIT"))
        .hasSize(2);
  }

  @Test
  void isSeenByARevocationThatWaitsForIt() throws Exception {
    PersonalSession session = scripts.session();
    Store.Held<Integer> batch =
        store.hold(
            repo ->
                repo.personalSessions()
                    .recordBatchActivity(List.of(activity(session, NOON, HOME))));

    Future<PersonalSession> revocation =
        store.start(repo -> repo.personalSessions().revoke(session));
    store.awaitBlocked(1);
    batch.save();

    assertThat(revocation.get(20, SECONDS).lastActiveAt()).contains(NOON);
  }

  @Test
  void doesNotDeadlockWithBatchesInOppositeOrder() throws Exception {
    User user = scripts.user();
    List<PersonalSession> sessions =
        IntStream.range(0, 50).mapToObj(i -> scripts.session(user)).toList();
    RepositoryFactory repositories = store.repositories();
    store.statements();
    for (int round = 1; round <= 10; round++) {
      Instant at = NOON.plusSeconds(round);
      List<SessionActivity> ascending =
          sessions.stream().map(session -> activity(session, at, HOME)).toList();
      List<SessionActivity> descending = new ArrayList<>(ascending);
      Collections.reverse(descending);

      Race.Results<Integer> race =
          Race.of(4)
              .run(
                  number ->
                      repositories.call(
                          repo ->
                              repo.personalSessions()
                                  .recordBatchActivity(number % 2 == 0 ? ascending : descending)));

      assertThat(race.failures()).isEmpty();
      assertThat(race.values()).containsOnly(50);
    }
    assertThat(store.statements()).noneMatch(statement -> statement.sqlState().isPresent());
  }

  private int record(SessionActivity... events) {
    return store.write(repo -> repo.personalSessions().recordBatchActivity(List.of(events)));
  }

  private static SessionActivity activity(PersonalSession session, Instant at, String ip) {
    return new SessionActivity(session.id(), at, Optional.of(Addresses.parse(ip)));
  }

  private void assertActive(PersonalSession session, Instant at, String ip) {
    PersonalSession stored = scripts.stored(session).orElseThrow();
    assertThat(stored.lastActiveAt()).contains(at);
    assertThat(stored.lastActiveIp()).contains(Addresses.parse(ip));
  }
}
