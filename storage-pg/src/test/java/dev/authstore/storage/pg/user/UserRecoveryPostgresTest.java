package dev.authstore.storage.pg.user;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Ids;
import dev.authstore.model.user.User;
import dev.authstore.model.user.UserEmail;
import dev.authstore.model.user.UserRecoverySession;
import dev.authstore.model.user.UserRecoveryTicket;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.Repository;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.Race;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is at stake when two come with tickets at once, what is stored, and what is deleted. */
class UserRecoveryPostgresTest {
  private static final String ADDRESS = "john@example.com";

  @RegisterExtension final Store store = Store.fresh();

  @Nested
  class OneTicket {
    @Test
    void isSpentByOneOfTwo() throws Exception {
      UserRecoverySession session = session();
      UserRecoveryTicket ticket = ticket(session, email("john"), "secret");
      Store.Held<UserRecoverySession> first =
          store.hold(repo -> repo.userRecovery().consumeTicket(ticket, session));

      Future<UserRecoverySession> second =
          store.start(repo -> repo.userRecovery().consumeTicket(ticket, session));
      store.awaitBlocked(1);
      first.save();

      assertThat(reason(second)).isEqualTo(StateReason.CONSUMED);
    }

    @Test
    void isSpentByTheSecondIfTheFirstGivesUp() throws Exception {
      UserRecoverySession session = session();
      UserRecoveryTicket ticket = ticket(session, email("john"), "secret");
      Store.Held<UserRecoverySession> first =
          store.hold(repo -> repo.userRecovery().consumeTicket(ticket, session));

      Future<UserRecoverySession> second =
          store.start(repo -> repo.userRecovery().consumeTicket(ticket, session));
      store.awaitBlocked(1);
      first.cancel();

      assertThat(second.get().isConsumed()).isTrue();
    }

    @Test
    void hasOneWinnerAmongThirtyTwo() throws Exception {
      UserRecoverySession session = session();
      UserRecoveryTicket ticket = ticket(session, email("john"), "secret");
      RepositoryFactory repositories = store.repositories();

      Race.Results<UserRecoverySession> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.<UserRecoverySession>call(
                          repo -> repo.userRecovery().consumeTicket(ticket, session)));

      assertThat(race.values()).hasSize(1);
      assertThat(race.failures())
          .hasSize(31)
          .allSatisfy(failure -> assertThat(reason(failure)).isEqualTo(StateReason.CONSUMED));
    }
  }

  @Nested
  class TwoTickets {
    @Test
    void ofOneSessionAndTwoAccountsHaveOneWinner() throws Exception {
      UserRecoverySession session = session();
      UserRecoveryTicket ofJohn = ticket(session, email("john"), "john");
      UserRecoveryTicket ofJim = ticket(session, email("jim"), "jim");
      Store.Held<UserRecoverySession> first =
          store.hold(repo -> repo.userRecovery().consumeTicket(ofJohn, session));

      Future<UserRecoverySession> second =
          store.start(repo -> repo.userRecovery().consumeTicket(ofJim, session));
      store.awaitBlocked(1);
      first.save();

      assertThat(reason(second)).isEqualTo(StateReason.CONSUMED);
    }

    @Test
    void ofTwoSessionsAndOneAccountHaveOneWinner() throws Exception {
      UserEmail email = email("john");
      UserRecoverySession one = session();
      UserRecoverySession other = session();
      UserRecoveryTicket used = ticket(one, email, "used");
      UserRecoveryTicket sibling = ticket(other, email, "sibling");
      Store.Held<UserRecoverySession> first =
          store.hold(repo -> repo.userRecovery().consumeTicket(used, one));

      Future<UserRecoverySession> second =
          store.start(repo -> repo.userRecovery().consumeTicket(sibling, other));
      store.awaitBlocked(1);
      first.save();

      assertThat(reason(second)).isEqualTo(StateReason.EXPIRED);
    }

    @Test
    void ofManySessionsAndOneAccountHaveOneWinnerAmongThirtyTwo() throws Exception {
      UserEmail email = email("john");
      List<UserRecoverySession> sessions = IntStream.range(0, 32).mapToObj(i -> session()).toList();
      List<UserRecoveryTicket> tickets =
          IntStream.range(0, 32).mapToObj(i -> ticket(sessions.get(i), email, "s" + i)).toList();
      RepositoryFactory repositories = store.repositories();

      Race.Results<UserRecoverySession> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.<UserRecoverySession>call(
                          repo ->
                              repo.userRecovery()
                                  .consumeTicket(tickets.get(number), sessions.get(number))));

      assertThat(race.values()).hasSize(1);
      assertThat(race.failures())
          .allSatisfy(failure -> assertThat(reason(failure)).isEqualTo(StateReason.EXPIRED));
    }
  }

  @Nested
  class AgainstRemovalOfTheAddress {
    @Test
    void aTicketIsGoneIfTheRemovalCameFirst() throws Exception {
      UserEmail email = email("john");
      UserRecoverySession session = session();
      UserRecoveryTicket ticket = ticket(session, email, "secret");
      Store.Held<UserEmail> removal =
          store.hold(
              repo -> {
                repo.userEmails().remove(email);
                return email;
              });

      Future<UserRecoverySession> consumption =
          store.start(repo -> repo.userRecovery().consumeTicket(ticket, session));
      store.awaitBlocked(1);
      removal.save();

      assertThat(failure(consumption)).isInstanceOf(NotFoundException.class);
      assertThat(stored(session)).contains(session);
    }

    @Test
    void theRemovalWaitsForTheConsumption() throws Exception {
      UserEmail email = email("john");
      UserRecoverySession session = session();
      UserRecoveryTicket ticket = ticket(session, email, "secret");
      Store.Held<UserRecoverySession> consumption =
          store.hold(repo -> repo.userRecovery().consumeTicket(ticket, session));

      Future<Boolean> removal =
          store.start(
              repo -> {
                repo.userEmails().remove(email);
                return true;
              });
      store.awaitBlocked(1);
      consumption.save();

      assertThat(removal.get()).isTrue();
      assertThat(stored(session).orElseThrow().isConsumed()).isTrue();
    }
  }

  @Nested
  class AFreeForAll {
    @Test
    void endsWithoutADeadlock() throws Exception {
      User john = store.write(repo -> repo.users().add("john"));
      UserEmail home = store.write(repo -> repo.userEmails().add(john, ADDRESS));
      UserEmail work = store.write(repo -> repo.userEmails().add(john, "work@example.com"));
      List<UserRecoverySession> sessions = new ArrayList<>();
      List<UserRecoveryTicket> tickets = new ArrayList<>();
      for (int i = 0; i < 24; i++) {
        UserRecoverySession session = session(i % 2 == 0 ? ADDRESS : "work@example.com");
        sessions.add(session);
        tickets.add(ticket(session, i % 2 == 0 ? home : work, "s" + i));
      }
      RepositoryFactory repositories = store.repositories();
      UUID until = sessions.get(11).id();

      Race.Results<Boolean> race =
          Race.of(26)
              .run(
                  number -> {
                    // not by call, which would hide a deadlock by running again
                    Repository repo = repositories.begin();
                    try {
                      switch (number) {
                        case 24 -> repo.userEmails().remove(work);
                        case 25 -> repo.userRecovery().cleanup(Optional.empty(), until, 100);
                        default ->
                            repo.userRecovery()
                                .consumeTicket(tickets.get(number), sessions.get(number));
                      }
                      repo.save();
                    } finally {
                      repo.cancel();
                    }
                    return true;
                  });

      assertThat(race.failures())
          .allMatch(
              failure ->
                  failure instanceof NotFoundException || failure instanceof InvalidStateException);
    }
  }

  @Nested
  class Stored {
    @Test
    void isNoSecret() {
      ticket(session(), email("john"), "top-secret");

      List<String> rows =
          store.select(
              "SELECT t::text || convert_from(ticket_digest, 'LATIN1') FROM user_recovery_tickets t");

      assertThat(rows).hasSize(1).noneMatch(row -> row.contains("top-secret"));
      assertThat(store.select("SELECT encode(ticket_digest, 'hex') FROM user_recovery_tickets"))
          .containsExactly("190aec7389a3b0b5b6c67ac2756cb7b7bc6e5d936ae83d34f55a150a67a13003");
    }
  }

  @Nested
  class Cleanup {
    @Test
    void goesFromBehindSinceToUntil() {
      List<UserRecoverySession> sessions = sessionsAMinuteApart(5);
      UUID until = sessions.get(2).id();

      CleanupResult<UUID> first = cleanup(Optional.empty(), until, 2);
      CleanupResult<UUID> second = cleanup(first.cursor(), until, 2);
      CleanupResult<UUID> third = cleanup(second.cursor(), until, 2);

      assertThat(first).isEqualTo(new CleanupResult<>(2, Optional.of(sessions.get(1).id())));
      assertThat(second).isEqualTo(new CleanupResult<>(1, Optional.of(until)));
      assertThat(third).isEqualTo(new CleanupResult<>(0, Optional.empty()));
      assertThat(stored(sessions.get(3))).isPresent();
      assertThat(stored(sessions.get(4))).isPresent();
    }

    @Test
    void deletesTicketsWithTheirSession() {
      UserEmail email = email("john");
      ticket(session(), email, "pending");
      UserRecoverySession consumed = session();
      UserRecoveryTicket used = ticket(consumed, email, "used");
      store.run(repo -> repo.userRecovery().consumeTicket(used, consumed));

      CleanupResult<UUID> result = cleanup(Optional.empty(), untilNow(), 10);

      assertThat(result.count()).isEqualTo(2);
      assertThat(store.select("SELECT id FROM user_recovery_tickets")).isEmpty();
    }

    @Test
    void passesOverWhatIsLocked() {
      List<UserRecoverySession> sessions = sessionsAMinuteApart(3);
      UserEmail email = email("john");
      Store.Held<UserRecoveryTicket> issuing =
          store.hold(repo -> repo.userRecovery().addTicket(sessions.get(1), email, "secret"));

      CleanupResult<UUID> result = cleanup(Optional.empty(), untilNow(), 10);
      issuing.save();

      assertThat(result).isEqualTo(new CleanupResult<>(2, Optional.of(sessions.get(2).id())));
      assertThat(stored(sessions.get(1))).isPresent();
    }

    @Test
    void isSharedByTwoCleaners() throws Exception {
      sessionsAMinuteApart(40);
      UUID until = untilNow();
      RepositoryFactory repositories = store.repositories();

      Race.Results<Integer> race =
          Race.of(2)
              .run(
                  number -> {
                    int deleted = 0;
                    int batch;
                    do {
                      batch =
                          repositories
                              .<CleanupResult<UUID>>call(
                                  repo -> repo.userRecovery().cleanup(Optional.empty(), until, 3))
                              .count();
                      deleted += batch;
                    } while (batch > 0);
                    return deleted;
                  });

      assertThat(race.failures()).isEmpty();
      assertThat(race.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(40);
    }

    @Test
    void refusesALimitBelowOneAndATimeToCome() {
      UUID tomorrow = Ids.minAt(store.clock().instant().plus(ofDays(1)));

      for (int limit : List.of(0, -1)) {
        assertThat(
                store.refusal(
                    repo -> repo.userRecovery().cleanup(Optional.empty(), untilNow(), limit)))
            .isInstanceOf(InvalidInputException.class);
      }
      assertThat(store.refusal(repo -> repo.userRecovery().cleanup(Optional.empty(), tomorrow, 1)))
          .isInstanceOf(InvalidInputException.class);
    }
  }

  private UserEmail email(String username) {
    return store.write(repo -> repo.userEmails().add(repo.users().add(username), ADDRESS));
  }

  private UserRecoverySession session() {
    return session(ADDRESS);
  }

  private UserRecoverySession session(String address) {
    return store.write(
        repo -> repo.userRecovery().addSession(address, "UA", Optional.empty(), "en"));
  }

  private List<UserRecoverySession> sessionsAMinuteApart(int number) {
    List<UserRecoverySession> sessions = new ArrayList<>();
    for (int i = 0; i < number; i++) {
      sessions.add(session());
      store.clock().advance(ofMinutes(1));
    }
    return sessions;
  }

  private UserRecoveryTicket ticket(UserRecoverySession session, UserEmail email, String secret) {
    return store.write(repo -> repo.userRecovery().addTicket(session, email, secret));
  }

  private Optional<UserRecoverySession> stored(UserRecoverySession session) {
    return store.read(repo -> repo.userRecovery().lookupSession(session.id()));
  }

  private CleanupResult<UUID> cleanup(Optional<UUID> since, UUID until, int limit) {
    return store.write(repo -> repo.userRecovery().cleanup(since, until, limit));
  }

  private UUID untilNow() {
    return Ids.maxAt(store.clock().instant());
  }

  private static StateReason reason(Future<?> loser) throws InterruptedException {
    return reason(failure(loser));
  }

  private static StateReason reason(Throwable failure) {
    return ((InvalidStateException) failure).reason();
  }

  private static Throwable failure(Future<?> loser) throws InterruptedException {
    try {
      loser.get();
    } catch (ExecutionException e) {
      return Objects.requireNonNull(e.getCause());
    }
    throw new AssertionError("both have won");
  }
}
