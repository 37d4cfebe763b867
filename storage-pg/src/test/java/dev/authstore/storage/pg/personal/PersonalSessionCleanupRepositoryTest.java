package dev.authstore.storage.pg.personal;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Addresses;
import dev.authstore.model.SessionActivity;
import dev.authstore.model.personal.PersonalAccessToken;
import dev.authstore.model.personal.PersonalSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.personal.PersonalSessionFilter;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.Race;
import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PersonalSessionCleanupRepositoryTest {
  private static final Optional<Instant> ALWAYS = Optional.empty();

  @RegisterExtension final Store store = Store.fresh();

  private final Scripts scripts = new Scripts(store);

  @Nested
  class CleanupRevoked {
    @Test
    void deletesSessionsRevokedLongAgoOnly() {
      PersonalSession old = scripts.revoked(scripts.session());
      store.clock().advance(ofDays(2));
      PersonalSession recent = scripts.revoked(scripts.session());
      PersonalSession going = scripts.session();
      store.clock().advance(ofDays(29));

      CleanupResult<Instant> result = cleanup(ALWAYS, scripts.now().minus(ofDays(30)), 10);

      assertThat(result).isEqualTo(new CleanupResult<>(1, old.revokedAt()));
      assertThat(scripts.stored(old)).isEmpty();
      assertThat(scripts.stored(recent)).contains(recent);
      assertThat(scripts.stored(going)).contains(going);
    }

    @Test
    void deletesTheirTokensToo() {
      PersonalSession session = scripts.session();
      scripts.replaced(session, "one");
      scripts.replaced(session, "two");
      PersonalAccessToken other = scripts.token(scripts.session());
      scripts.revoked(session);
      store.clock().advance(ofDays(1));

      cleanup(ALWAYS, scripts.now(), 10);

      assertThat(store.select("SELECT id FROM personal_access_tokens"))
          .containsExactly(other.id().toString());
    }

    @Test
    void beginsAtSinceAndEndsBeforeUntil() {
      List<PersonalSession> ended = revokedAMinuteApart(4);
      Optional<Instant> since = ended.get(1).revokedAt();
      Instant until = ended.get(3).revokedAt().orElseThrow();

      CleanupResult<Instant> result = cleanup(since, until, 10);

      assertThat(result).isEqualTo(new CleanupResult<>(2, ended.get(2).revokedAt()));
      assertThat(scripts.stored(ended.get(0))).isPresent();
      assertThat(scripts.stored(ended.get(3))).isPresent();
    }

    @Test
    void goesOnFromTheCursorOldestFirst() {
      List<PersonalSession> ended = revokedAMinuteApart(3);

      CleanupResult<Instant> one = cleanup(ALWAYS, scripts.now(), 2);
      CleanupResult<Instant> two = cleanup(one.cursor(), scripts.now(), 2);
      CleanupResult<Instant> three = cleanup(two.cursor(), scripts.now(), 2);

      assertThat(one).isEqualTo(new CleanupResult<>(2, ended.get(1).revokedAt()));
      assertThat(two).isEqualTo(new CleanupResult<>(1, ended.get(2).revokedAt()));
      assertThat(three).isEqualTo(new CleanupResult<Instant>(0, Optional.empty()));
    }

    @Test
    void getsThroughSessionsOfOneInstant() {
      User user = scripts.user();
      IntStream.range(0, 5).forEach(i -> scripts.session(user));
      revokeAll();
      store.clock().advance(ofDays(1));

      List<Integer> counts =
          IntStream.range(0, 6).mapToObj(i -> cleanup(ALWAYS, scripts.now(), 1).count()).toList();

      assertThat(counts).containsExactly(1, 1, 1, 1, 1, 0);
    }

    @Test
    void refusesALimitBelowOne() {
      PersonalSession ended = scripts.revoked(scripts.session());
      store.clock().advance(ofDays(1));

      for (int limit : List.of(0, -1)) {
        assertThat(
                store.refusal(
                    repo -> repo.personalSessions().cleanupRevoked(ALWAYS, scripts.now(), limit)))
            .isInstanceOf(InvalidInputException.class);
      }
      assertThat(scripts.stored(ended)).contains(ended);
    }

    @Test
    void refusesAnEndInTheFuture() {
      PersonalSession ended = scripts.revoked(scripts.session());
      Instant future = scripts.now().plusNanos(1000);

      assertThat(store.refusal(repo -> repo.personalSessions().cleanupRevoked(ALWAYS, future, 10)))
          .isInstanceOf(InvalidInputException.class);
      assertThat(scripts.stored(ended)).contains(ended);
    }

    @Test
    void leavesWhatAnotherCleanerHasInHand() {
      List<PersonalSession> ended = revokedAMinuteApart(6);
      Store.Held<CleanupResult<Instant>> first =
          store.hold(repo -> repo.personalSessions().cleanupRevoked(ALWAYS, scripts.now(), 4));

      CleanupResult<Instant> second = cleanup(ALWAYS, scripts.now(), 4);
      first.save();

      assertThat(first.result()).isEqualTo(new CleanupResult<>(4, ended.get(3).revokedAt()));
      assertThat(second).isEqualTo(new CleanupResult<>(2, ended.get(5).revokedAt()));
    }

    @Test
    void deletesEverySessionOnceWithManyCleaners() throws Exception {
      User user = scripts.user();
      IntStream.range(0, 100).forEach(i -> scripts.token(scripts.session(user)));
      revokeAll();
      store.clock().advance(ofDays(1));
      RepositoryFactory repositories = store.repositories();
      store.statements();

      Race.Results<Integer> race =
          Race.of(4)
              .run(
                  cleaner ->
                      IntStream.range(0, 10)
                          .map(
                              i ->
                                  repositories
                                      .<CleanupResult<Instant>>call(
                                          repo ->
                                              repo.personalSessions()
                                                  .cleanupRevoked(ALWAYS, scripts.now(), 10))
                                      .count())
                          .sum());

      assertThat(race.failures()).isEmpty();
      assertThat(race.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(100);
      assertThat(store.statements()).noneMatch(statement -> statement.sqlState().isPresent());
    }
  }

  @Nested
  class CleanupInactiveIps {
    @Test
    void erasesTheAddressAlone() {
      PersonalSession used = used(scripts.session());
      PersonalSession revoked = scripts.revoked(used(scripts.session()));
      store.clock().advance(ofDays(1));

      CleanupResult<Instant> result = cleanupIps(ALWAYS, scripts.now(), 10);

      assertThat(result).isEqualTo(new CleanupResult<>(2, revoked.lastActiveAt()));
      assertThat(scripts.stored(used)).contains(withoutIp(used));
      assertThat(scripts.stored(revoked)).contains(withoutIp(revoked));
    }

    @Test
    void doesNotTouchASessionUsedAtTheThreshold() {
      PersonalSession used = used(scripts.session());

      CleanupResult<Instant> result = cleanupIps(ALWAYS, used.lastActiveAt().orElseThrow(), 10);

      assertThat(result).isEqualTo(new CleanupResult<Instant>(0, Optional.empty()));
      assertThat(scripts.stored(used)).contains(used);
    }

    @Test
    void goesOnFromTheCursorOldestFirst() {
      List<PersonalSession> used =
          IntStream.range(0, 3).mapToObj(i -> used(scripts.session())).toList();
      store.clock().advance(ofDays(1));

      CleanupResult<Instant> one = cleanupIps(ALWAYS, scripts.now(), 2);
      CleanupResult<Instant> two = cleanupIps(one.cursor(), scripts.now(), 2);

      assertThat(one).isEqualTo(new CleanupResult<>(2, used.get(1).lastActiveAt()));
      assertThat(two).isEqualTo(new CleanupResult<>(1, used.get(2).lastActiveAt()));
    }

    @Test
    void leavesASessionThatIsBeingUsed() {
      PersonalSession used = used(scripts.session());
      store.clock().advance(ofDays(1));
      Store.Held<Integer> batch =
          store.hold(
              repo ->
                  repo.personalSessions()
                      .recordBatchActivity(
                          List.of(
                              new SessionActivity(used.id(), scripts.now(), Optional.empty()))));

      CleanupResult<Instant> result = cleanupIps(ALWAYS, scripts.now(), 10);
      batch.save();

      assertThat(result.count()).isZero();
      assertThat(scripts.stored(used).flatMap(PersonalSession::lastActiveIp)).isPresent();
    }

    @Test
    void refusesALimitBelowOneOrAThresholdInTheFuture() {
      PersonalSession used = used(scripts.session());
      Instant future = scripts.now().plusNanos(1000);

      assertThat(
              store.refusal(
                  repo -> repo.personalSessions().cleanupInactiveIps(ALWAYS, scripts.now(), 0)))
          .isInstanceOf(InvalidInputException.class);
      assertThat(
              store.refusal(repo -> repo.personalSessions().cleanupInactiveIps(ALWAYS, future, 10)))
          .isInstanceOf(InvalidInputException.class);
      assertThat(scripts.stored(used)).contains(used);
    }

    private PersonalSession used(PersonalSession session) {
      store.clock().advance(ofMinutes(1));
      InetAddress home = Addresses.parse("192.0.2.1");
      store.run(
          repo ->
              repo.personalSessions()
                  .recordBatchActivity(
                      List.of(
                          new SessionActivity(session.id(), scripts.now(), Optional.of(home)))));
      return scripts.stored(session).orElseThrow();
    }

    private PersonalSession withoutIp(PersonalSession session) {
      return new PersonalSession(
          session.id(),
          session.owner(),
          session.actorUserId(),
          session.humanName(),
          session.scope(),
          session.createdAt(),
          session.stage(),
          session.lastActiveAt(),
          Optional.empty());
    }
  }

  private List<PersonalSession> revokedAMinuteApart(int count) {
    User user = scripts.user();
    List<PersonalSession> revoked =
        IntStream.range(0, count)
            .mapToObj(
                i -> {
                  store.clock().advance(ofMinutes(1));
                  return scripts.revoked(scripts.session(user));
                })
            .toList();
    store.clock().advance(ofMinutes(1));
    return revoked;
  }

  private void revokeAll() {
    store.run(repo -> repo.personalSessions().revokeBulk(PersonalSessionFilter.all()));
  }

  private CleanupResult<Instant> cleanup(Optional<Instant> since, Instant until, int limit) {
    return store.write(repo -> repo.personalSessions().cleanupRevoked(since, until, limit));
  }

  private CleanupResult<Instant> cleanupIps(Optional<Instant> since, Instant until, int limit) {
    return store.write(repo -> repo.personalSessions().cleanupInactiveIps(since, until, limit));
  }
}
