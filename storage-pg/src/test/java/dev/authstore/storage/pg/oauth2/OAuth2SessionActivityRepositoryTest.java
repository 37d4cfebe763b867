package dev.authstore.storage.pg.oauth2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Addresses;
import dev.authstore.model.SessionActivity;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.User;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class OAuth2SessionActivityRepositoryTest {
  private static final Instant NOON = Instant.parse("2022-01-17T12:00:00Z");
  private static final String HOME = "192.0.2.1";
  private static final String AWAY = "198.51.100.7";

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

  @Test
  void movesOnWithTheNewerAndIgnoresTheOlder() {
    OAuth2Session session = sessions.session(client, john);

    record(at(session, NOON, HOME));
    assertActive(session, NOON, HOME);

    record(at(session, NOON.plusSeconds(1), AWAY));
    assertActive(session, NOON.plusSeconds(1), AWAY);

    record(at(session, NOON, HOME));
    assertActive(session, NOON.plusSeconds(1), AWAY);
  }

  @Test
  void keepsTheAddressWhenTheNewerHasNone() {
    OAuth2Session session = sessions.session(client, john);
    record(at(session, NOON, HOME));

    record(new SessionActivity(session.id(), NOON.plusSeconds(1), Optional.empty()));

    assertActive(session, NOON.plusSeconds(1), HOME);
  }

  @Test
  void keepsAnAddressOfIpVersion6() {
    OAuth2Session session = sessions.session(client, john);

    record(at(session, NOON, "2001:db8::17"));

    assertActive(session, NOON, "2001:db8::17");
  }

  @Test
  void mergesWhatIsToldTwice() {
    OAuth2Session session = sessions.session(client, john);

    int known =
        record(
            at(session, NOON, HOME),
            new SessionActivity(session.id(), NOON.plusSeconds(2), Optional.empty()),
            at(session, NOON.plusSeconds(1), AWAY));

    assertThat(known).isOne();
    assertActive(session, NOON.plusSeconds(2), AWAY);
  }

  @Test
  void ignoresUnknownSessionsAndRecordsTheOthers() {
    OAuth2Session gone = sessions.session(client, john);
    OAuth2Session ended = sessions.finished(sessions.session(client, john));
    OAuth2Session own = sessions.session(client);
    sessions.remove(gone);

    int known = record(at(gone, NOON, HOME), at(ended, NOON, HOME), at(own, NOON, AWAY));

    assertThat(known).isEqualTo(2);
    assertActive(ended, NOON, HOME);
    assertActive(own, NOON, AWAY);
  }

  @Test
  void asksNothingWithoutEvents() {
    store.statements();

    assertThat(record()).isZero();
    assertThat(store.statements()).isEmpty();
  }

  @Test
  void recordsAThousandSessionsInTwoStatements() {
    List<OAuth2Session> all = sessions.sessions(client, john, 1000);
    store.statements();

    int known = store.write(repo -> repo.oauth2Sessions().recordBatchActivity(events(all, NOON)));

    assertThat(known).isEqualTo(1000);
    assertThat(store.statements())
        .filteredOn(sent -> sent.operation().equals("oauth2_session.record_batch_activity"))
        .hasSize(2);
  }

  @Test
  void doesNotDeadlockWithBatchesInOppositeOrder() throws Exception {
    List<OAuth2Session> all = sessions.sessions(client, john, 20);
    List<SessionActivity> ascending = events(all, NOON);
    List<SessionActivity> descending = new ArrayList<>(events(all, NOON.plusSeconds(1)));
    Collections.reverse(descending);
    RepositoryFactory repositories = store.repositories();
    store.statements();

    Race.Results<Boolean> race =
        Race.of(2)
            .run(
                number -> {
                  List<SessionActivity> batch = number == 0 ? ascending : descending;
                  return repositories.<Boolean>direct(
                      repo -> {
                        for (int round = 0; round < 1000; round++) {
                          Instant at = NOON.plusSeconds(10L + round);
                          repo.oauth2Sessions().recordBatchActivity(moved(batch, at));
                        }
                        return true;
                      });
                });

    assertThat(race.failures()).isEmpty();
    assertThat(store.statements()).noneMatch(sent -> sent.sqlState().isPresent());
    assertActive(all.get(19), NOON.plusSeconds(1009), HOME);
  }

  private int record(SessionActivity... events) {
    return store.write(repo -> repo.oauth2Sessions().recordBatchActivity(List.of(events)));
  }

  private void assertActive(OAuth2Session session, Instant at, String ip) {
    OAuth2Session stored = sessions.stored(session).orElseThrow();

    assertThat(stored.lastActiveAt()).contains(at);
    assertThat(stored.lastActiveIp()).contains(Addresses.parse(ip));
  }

  private static List<SessionActivity> events(List<OAuth2Session> all, Instant at) {
    return all.stream().map(session -> at(session, at, HOME)).toList();
  }

  private static List<SessionActivity> moved(List<SessionActivity> events, Instant at) {
    return events.stream()
        .map(event -> new SessionActivity(event.sessionId(), at, event.ip()))
        .toList();
  }

  private static SessionActivity at(OAuth2Session session, Instant at, String ip) {
    return new SessionActivity(session.id(), at, Optional.of(Addresses.parse(ip)));
  }
}
