package dev.authstore.storage.pg.user;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Ids;
import dev.authstore.model.user.UserEmail;
import dev.authstore.model.user.UserRecoverySession;
import dev.authstore.model.user.UserRecoveryTicket;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UserRecoveryCleanupRepositoryTest {
  private static final CleanupResult<UUID> NOTHING = new CleanupResult<>(0, Optional.empty());

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final Recoveries recoveries = new Recoveries(store);

  @Nested
  class Cleanup {
    @Test
    void goesOnFromTheCursorOldestFirst() {
      List<UserRecoverySession> sessions = sessions(5);
      UUID until = sessions.get(2).id();

      CleanupResult<UUID> one = cleanup(Optional.empty(), until, 2);
      CleanupResult<UUID> two = cleanup(one.cursor(), until, 2);
      CleanupResult<UUID> three = cleanup(two.cursor(), until, 2);

      assertThat(one).isEqualTo(deleted(2, sessions.get(1)));
      assertThat(two).isEqualTo(deleted(1, sessions.get(2)));
      assertThat(three).isEqualTo(NOTHING);
      assertThat(left()).isEqualTo(ids(sessions.subList(3, 5)));
    }

    @Test
    void beginsAfterSinceAndEndsWithUntil() {
      List<UserRecoverySession> sessions = sessions(4);

      CleanupResult<UUID> result =
          cleanup(Optional.of(sessions.get(0).id()), sessions.get(2).id(), 10);

      assertThat(result).isEqualTo(deleted(2, sessions.get(2)));
      assertThat(left()).isEqualTo(ids(List.of(sessions.get(0), sessions.get(3))));
    }

    @Test
    void deletesTheTicketsToo() {
      UserEmail email = recoveries.email();
      UserRecoverySession old = recoveries.session();
      recoveries.ticket(old, email, "old");
      UserRecoverySession recent = recoveries.session();
      UserRecoveryTicket kept = recoveries.ticket(recent, email, "recent");

      cleanup(Optional.empty(), old.id(), 10);

      assertThat(recoveries.find("old")).isEmpty();
      assertThat(recoveries.find("recent")).contains(kept);
    }

    @Test
    void deletesSessionsInAnyStage() {
      UserRecoverySession pending = recoveries.session();
      UserRecoverySession consumed = recoveries.session();
      recoveries.consume(recoveries.ticket(consumed, recoveries.email()), consumed);

      CleanupResult<UUID> result = cleanup(Optional.empty(), consumed.id(), 10);

      assertThat(result).isEqualTo(deleted(2, consumed));
      assertThat(recoveries.stored(pending)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1})
    void refusesALimitBelowOne(int limit) {
      UserRecoverySession session = recoveries.session();

      InvalidInputException refusal =
          recoveries.refusal(
              InvalidInputException.class,
              repo -> repo.userRecovery().cleanup(Optional.empty(), session.id(), limit));

      assertThat(refusal).hasMessageContaining("limit");
      assertThat(recoveries.stored(session)).contains(session);
    }

    @Test
    void refusesAnEndInTheFuture() {
      UserRecoverySession session = recoveries.session();
      UUID until = Ids.minAt(recoveries.now().plusMillis(1));

      InvalidInputException refusal =
          recoveries.refusal(
              InvalidInputException.class,
              repo -> repo.userRecovery().cleanup(Optional.empty(), until, 10));

      assertThat(refusal).hasMessageContaining("until");
      assertThat(recoveries.stored(session)).contains(session);
    }

    @Test
    void leavesWhatAnotherCleanerHasInHand() {
      List<UserRecoverySession> sessions = sessions(6);
      UUID until = sessions.get(5).id();
      Store.Held<CleanupResult<UUID>> first =
          store.hold(repo -> repo.userRecovery().cleanup(Optional.empty(), until, 4));

      CleanupResult<UUID> second = cleanup(Optional.empty(), until, 4);
      first.save();

      assertThat(first.result()).isEqualTo(deleted(4, sessions.get(3)));
      assertThat(second).isEqualTo(deleted(2, sessions.get(5)));
      assertThat(left()).isEmpty();
    }

    @Test
    void leavesASessionThatGetsATicket() {
      UserEmail email = recoveries.email();
      List<UserRecoverySession> sessions = sessions(2);
      UserRecoverySession mailed = sessions.get(0);
      Store.Held<UserRecoveryTicket> mail =
          store.hold(repo -> repo.userRecovery().addTicket(mailed, email, "secret"));

      CleanupResult<UUID> result = cleanup(Optional.empty(), sessions.get(1).id(), 10);
      mail.save();

      assertThat(result).isEqualTo(deleted(1, sessions.get(1)));
      assertThat(recoveries.find("secret")).contains(mail.result());
    }

    @Test
    void deletesEveryRowOnceWithManyCleaners() throws InterruptedException {
      List<UserRecoverySession> sessions = sessions(200);
      UUID until = sessions.get(199).id();
      RepositoryFactory repositories = store.repositories();

      Race.Results<Integer> race =
          Race.of(2)
              .run(
                  cleaner -> {
                    int sum = 0;
                    int count;
                    do {
                      count =
                          repositories
                              .<CleanupResult<UUID>>call(
                                  repo -> repo.userRecovery().cleanup(Optional.empty(), until, 10))
                              .count();
                      sum += count;
                    } while (count > 0);
                    return sum;
                  });

      assertThat(race.failures()).isEmpty();
      assertThat(race.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(200);
      assertThat(left()).isEmpty();
    }
  }

  private List<UserRecoverySession> sessions(int count) {
    List<UserRecoverySession> sessions = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      sessions.add(recoveries.session());
    }
    return sessions;
  }

  private CleanupResult<UUID> cleanup(Optional<UUID> since, UUID until, int limit) {
    return store.write(repo -> repo.userRecovery().cleanup(since, until, limit));
  }

  private static CleanupResult<UUID> deleted(int count, UserRecoverySession last) {
    return new CleanupResult<>(count, Optional.of(last.id()));
  }

  private List<String> left() {
    return store.select("SELECT id FROM user_recovery_sessions ORDER BY id");
  }

  private static List<String> ids(List<UserRecoverySession> sessions) {
    return sessions.stream().map(session -> session.id().toString()).toList();
  }
}
