package dev.authstore.storage.pg.user;

import static dev.authstore.storage.pg.user.Recoveries.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.authstore.model.user.User;
import dev.authstore.model.user.UserEmail;
import dev.authstore.model.user.UserRecoverySession;
import dev.authstore.model.user.UserRecoverySessionStage.Consumed;
import dev.authstore.model.user.UserRecoveryTicket;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UserRecoveryConsumptionRepositoryTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final Recoveries recoveries = new Recoveries(store);

  @SuppressWarnings("NullAway.Init") // set before each test
  private UserEmail email;

  @SuppressWarnings("NullAway.Init") // set before each test
  private UserRecoverySession session;

  @SuppressWarnings("NullAway.Init") // set before each test
  private UserRecoveryTicket ticket;

  @BeforeEach
  void sendATicket() {
    email = recoveries.email();
    session = recoveries.session();
    ticket = recoveries.ticket(session, email, "secret");
  }

  @Nested
  class ConsumeTicket {
    @Test
    void consumesTheSession() {
      UserRecoverySession consumed = recoveries.consume(ticket, session);

      assertThat(consumed)
          .isEqualTo(
              new UserRecoverySession(
                  session.id(),
                  session.email(),
                  session.userAgent(),
                  session.ipAddress(),
                  session.locale(),
                  session.createdAt(),
                  new Consumed(recoveries.now())));
      assertThat(recoveries.stored(session)).contains(consumed);
    }

    @Test
    void leavesTheTicketAsItWas() {
      recoveries.consume(ticket, session);

      assertThat(recoveries.find("secret")).contains(ticket);
    }

    @Test
    void succeedsAMicrosecondBeforeTheEnd() {
      store.clock().set(ticket.expiresAt().minus(1, ChronoUnit.MICROS));

      UserRecoverySession consumed =
          store.write(repo -> repo.userRecovery().consumeTicket(ticket, session));

      assertThat(consumed.consumedAt()).contains(recoveries.now());
    }

    @Test
    void refusesFromTheEndOn() {
      store.clock().set(ticket.expiresAt());

      StateReason reason = reason(ticket, session);

      assertThat(reason).isEqualTo(StateReason.EXPIRED);
      assertThat(recoveries.stored(session)).contains(session);
    }

    @Test
    void acceptsAFreshTicketAfterOneHasExpired() {
      store.clock().set(ticket.expiresAt());
      reason(ticket, session);
      UserRecoveryTicket fresh = recoveries.ticket(session, email);

      UserRecoverySession consumed = recoveries.consume(fresh, session);

      assertThat(recoveries.stored(session)).contains(consumed);
    }

    @Test
    void refusesTheSecondTime() {
      UserRecoverySession consumed = recoveries.consume(ticket, session);
      recoveries.tick();

      StateReason reason = reason(ticket, session);

      assertThat(reason).isEqualTo(StateReason.CONSUMED);
      assertThat(recoveries.stored(session)).contains(consumed);
    }

    @Test
    void refusesAnotherTicketOfTheSession() {
      UserRecoveryTicket other = recoveries.ticket(session, email);
      UserRecoverySession consumed = recoveries.consume(ticket, session);

      StateReason reason = reason(other, session);

      assertThat(reason).isEqualTo(StateReason.CONSUMED);
      assertThat(recoveries.stored(session)).contains(consumed);
    }

    @Test
    void refusesTheTicketOfAnotherAccountWithTheAddress() {
      UserRecoveryTicket other = recoveries.ticket(session, recoveries.email());
      recoveries.consume(ticket, session);

      StateReason reason = reason(other, session);

      assertThat(reason).isEqualTo(StateReason.CONSUMED);
      assertThat(recoveries.isActive(other)).isTrue();
    }

    @Test
    void refusesTheTicketOfAnotherSessionWithoutAskingTheDatabase() {
      UserRecoverySession other = recoveries.session();
      store.statements();

      InvalidInputException refusal =
          store.<InvalidInputException>write(
              repo ->
                  catchThrowableOfType(
                      InvalidInputException.class,
                      () -> repo.userRecovery().consumeTicket(ticket, other)));

      assertThat(refusal).hasMessageContaining("another session");
      assertThat(store.statements()).isEmpty();
      assertThat(recoveries.stored(session)).contains(session);
      assertThat(recoveries.stored(other)).contains(other);
    }

    @Test
    void judgesTheSessionOfTheStoredTicket() {
      UserRecoverySession other = recoveries.session();

      StateReason reason = reason(pretending(ticket, other), other);

      assertThat(reason).isEqualTo(StateReason.WRONG_SESSION);
      assertThat(recoveries.stored(session)).contains(session);
      assertThat(recoveries.stored(other)).contains(other);
    }

    @Test
    void judgesTheStoredTimeOfTheTicket() {
      store.sql(
          "UPDATE user_recovery_tickets SET expires_at = ?::timestamptz",
          recoveries.now().toString());

      StateReason reason = reason(ticket, session);

      assertThat(reason).isEqualTo(StateReason.EXPIRED);
    }

    @Test
    void saysWrongSessionBeforeConsumedAndExpired() {
      UserRecoverySession other = recoveries.session();
      recoveries.consume(recoveries.ticket(other, email), other);

      StateReason reason = reason(pretending(ticket, other), other);

      assertThat(reason).isEqualTo(StateReason.WRONG_SESSION);
    }

    @Test
    void saysConsumedBeforeExpired() {
      recoveries.consume(ticket, session);
      store.clock().set(ticket.expiresAt());

      StateReason reason = reason(ticket, session);

      assertThat(reason).isEqualTo(StateReason.CONSUMED);
    }

    @Test
    void refusesATicketThatWentWithItsAddress() {
      recoveries.remove(email);

      NotFoundException refusal = gone(ticket, session);

      assertThat(refusal.aggregate()).isEqualTo("user_recovery_ticket");
      assertThat(refusal.id()).isEqualTo(ticket.id());
      assertThat(recoveries.stored(session)).contains(session);
    }

    @Test
    void refusesASessionThatIsGone() {
      recoveries.remove(session);

      NotFoundException refusal = gone(ticket, session);

      assertThat(refusal.aggregate()).isEqualTo("user_recovery_session");
      assertThat(refusal.id()).isEqualTo(session.id());
    }

    @Test
    void refusesASessionThatIsGoneThoughTheTicketIsNot() {
      UserRecoverySession other = recoveries.session();
      recoveries.remove(other);

      NotFoundException refusal = gone(pretending(ticket, other), other);

      assertThat(refusal.aggregate()).isEqualTo("user_recovery_session");
      assertThat(refusal.id()).isEqualTo(other.id());
    }

    private NotFoundException gone(UserRecoveryTicket used, UserRecoverySession of) {
      return recoveries.refusal(
          NotFoundException.class, repo -> repo.userRecovery().consumeTicket(used, of));
    }
  }

  @Nested
  class OtherTickets {
    @Test
    void ofTheAccountExpireNow() {
      User user = recoveries.user();
      UserRecoverySession one = recoveries.session("a@x");
      UserRecoverySession two = recoveries.session("b@x");
      UserRecoveryTicket used = recoveries.ticket(one, recoveries.email(user, "a@x"));
      recoveries.ticket(two, recoveries.email(user, "b@x"), "other");

      recoveries.consume(used, one);

      assertThat(recoveries.find("other").map(UserRecoveryTicket::expiresAt))
          .contains(recoveries.now());
      assertThat(recoveries.stored(two)).contains(two);
    }

    @Test
    void ofTheAccountAreRefusedFromThenOn() {
      UserRecoverySession other = recoveries.session();
      UserRecoveryTicket sibling = recoveries.ticket(other, email);
      store.run(repo -> repo.userRecovery().consumeTicket(ticket, session));

      StateReason reason = reason(sibling, other);

      assertThat(reason).isEqualTo(StateReason.EXPIRED);
      assertThat(recoveries.stored(other)).contains(other);
    }

    @Test
    void ofTheAccountThatHaveExpiredKeepTheirEnd() {
      store.clock().set(ticket.expiresAt());
      UserRecoverySession other = recoveries.session();

      recoveries.consume(recoveries.ticket(other, email), other);

      assertThat(recoveries.find("secret")).contains(ticket);
    }

    @Test
    void mayExpireBeforeTheyWereMade() {
      UserRecoverySession other = recoveries.session();
      recoveries.ticket(other, email, "other");
      store.clock().advance(Duration.ofSeconds(-1)); // another server's clock

      UserRecoverySession consumed =
          store.write(repo -> repo.userRecovery().consumeTicket(ticket, session));

      UserRecoveryTicket ended = recoveries.find("other").orElseThrow();
      assertThat(ended.expiresAt()).isBefore(ended.createdAt());
      assertThat(consumed.consumedAt()).contains(ended.expiresAt());
    }

    @Test
    void ofOtherAccountsStayActive() {
      UserRecoverySession other = recoveries.session();
      UserRecoveryTicket ofAnother = recoveries.ticket(other, recoveries.email(), "another's");

      recoveries.consume(ticket, session);

      assertThat(recoveries.find("another's")).contains(ofAnother);
      recoveries.consume(ofAnother, other);
    }

    @Test
    void stayActiveIfTheUseIsRefused() {
      UserRecoverySession other = recoveries.session();
      recoveries.consume(recoveries.ticket(other, recoveries.email()), other);
      UserRecoverySession wrong = recoveries.session();

      reason(pretending(ticket, wrong), wrong);

      assertThat(recoveries.isActive(ticket)).isTrue();
    }
  }

  @Nested
  class Races {
    @ParameterizedTest
    @ValueSource(ints = {10, 32})
    void forOneTicketHaveOneWinner(int contenders) throws InterruptedException {
      RepositoryFactory repositories = store.repositories();

      Race.Results<UserRecoverySession> race =
          Race.of(contenders)
              .run(
                  number ->
                      repositories.<UserRecoverySession>call(
                          repo -> repo.userRecovery().consumeTicket(ticket, session)));

      assertThat(race.values()).containsExactly(recoveries.stored(session).orElseThrow());
      assertThat(race.failures())
          .hasSize(contenders - 1)
          .allMatch(failure -> isRefusal(failure, StateReason.CONSUMED));
    }

    @Test
    void forOneTicketLetTheFirstWin() {
      Store.Held<UserRecoverySession> first = holdConsumption();
      Future<UserRecoverySession> second = startConsumption(ticket, session);
      store.awaitBlocked(1);

      first.save();

      assertRefused(second, StateReason.CONSUMED);
      assertThat(recoveries.stored(session)).contains(first.result());
    }

    @Test
    void forOneTicketLetTheSecondWinIfTheFirstIsCancelled() throws Exception {
      Store.Held<UserRecoverySession> first = holdConsumption();
      recoveries.tick();
      Future<UserRecoverySession> second = startConsumption(ticket, session);
      store.awaitBlocked(1);

      first.cancel();

      assertThat(Recoveries.get(second).consumedAt()).contains(recoveries.now());
    }

    @Test
    void forTwoTicketsOfASessionLetTheFirstWin() {
      UserRecoveryTicket other = recoveries.ticket(session, email);
      Store.Held<UserRecoverySession> first = holdConsumption();
      Future<UserRecoverySession> second = startConsumption(other, session);
      store.awaitBlocked(1);

      first.save();

      assertRefused(second, StateReason.CONSUMED);
    }

    @Test
    void forTicketsOfTwoAccountsInASessionLetTheFirstWin() {
      UserRecoveryTicket other = recoveries.ticket(session, recoveries.email());
      Store.Held<UserRecoverySession> first = holdConsumption();
      Future<UserRecoverySession> second = startConsumption(other, session);
      store.awaitBlocked(1);

      first.save();

      assertRefused(second, StateReason.CONSUMED);
      assertThat(recoveries.isActive(other)).isTrue();
    }

    @Test
    void forTicketsOfTwoSessionsOfAnAccountLeaveTheSecondExpired() {
      UserRecoverySession other = recoveries.session();
      UserRecoveryTicket sibling = recoveries.ticket(other, email);
      Store.Held<UserRecoverySession> first = holdConsumption();
      Future<UserRecoverySession> second = startConsumption(sibling, other);
      store.awaitBlocked(1);

      first.save();

      assertRefused(second, StateReason.EXPIRED);
      assertThat(recoveries.stored(other)).contains(other);
    }

    @Test
    void areJudgedByTheTimeAfterTheWait() {
      UserRecoverySession other = recoveries.session();
      UserRecoveryTicket sibling = recoveries.ticket(other, email);
      User user = store.read(repo -> repo.users().lookup(email.userId()).orElseThrow());
      Store.Held<User> first = store.hold(repo -> repo.users().lock(user));
      Future<UserRecoverySession> second = startConsumption(sibling, other);
      store.awaitBlocked(1);
      store.clock().advance(Duration.ofSeconds(1));
      first.repo().userRecovery().consumeTicket(ticket, session);

      first.save();

      assertRefused(second, StateReason.EXPIRED);
    }

    @Test
    void forManyTicketsOfAnAccountHaveOneWinner() throws InterruptedException {
      int contenders = 32;
      UserRecoverySession[] sessions = new UserRecoverySession[contenders];
      UserRecoveryTicket[] tickets = new UserRecoveryTicket[contenders];
      for (int i = 0; i < contenders; i++) {
        sessions[i] = i % 2 == 0 ? session : recoveries.session();
        tickets[i] = recoveries.ticket(sessions[i], email);
      }
      RepositoryFactory repositories = store.repositories();

      Race.Results<UserRecoverySession> race =
          Race.of(contenders)
              .run(
                  i ->
                      repositories.<UserRecoverySession>call(
                          repo -> repo.userRecovery().consumeTicket(tickets[i], sessions[i])));

      assertThat(race.values()).hasSize(1);
      assertThat(race.failures()).allMatch(InvalidStateException.class::isInstance);
    }

    @Test
    void againstARemovalThatCameFirstFindNoTicket() {
      Store.Held<UserEmail> removal = holdRemoval();
      Future<UserRecoverySession> consumption = startConsumption(ticket, session);
      store.awaitBlocked(1);

      removal.save();

      assertGone(consumption, "user_recovery_ticket");
      assertThat(recoveries.stored(session)).contains(session);
    }

    @Test
    void againstARemovalThatIsCancelledSucceed() throws Exception {
      Store.Held<UserEmail> removal = holdRemoval();
      Future<UserRecoverySession> consumption = startConsumption(ticket, session);
      store.awaitBlocked(1);

      removal.cancel();

      assertThat(Recoveries.get(consumption).isConsumed()).isTrue();
    }

    @Test
    void againstARemovalThatComesSecondSucceed() throws Exception {
      Store.Held<UserRecoverySession> consumption = holdConsumption();
      Future<UserEmail> removal =
          store.start(
              repo -> {
                repo.userEmails().remove(email);
                return email;
              });
      store.awaitBlocked(1);

      consumption.save();

      assertThat(Recoveries.get(removal)).isEqualTo(email);
      assertThat(recoveries.stored(session)).contains(consumption.result());
      assertThat(recoveries.tickets()).isZero();
    }

    @Test
    void againstACleanupThatCameFirstFindNoSession() {
      Store.Held<CleanupResult<UUID>> cleanup = holdCleanup();
      Future<UserRecoverySession> consumption = startConsumption(ticket, session);
      store.awaitBlocked(1);

      cleanup.save();

      assertGone(consumption, "user_recovery_session");
    }

    @Test
    void againstACleanupOfAnotherSessionGoOnBehindIt() throws Exception {
      UserRecoverySession other = recoveries.session();
      UserRecoveryTicket sibling = recoveries.ticket(other, email);
      Store.Held<CleanupResult<UUID>> cleanup = holdCleanup();
      Future<UserRecoverySession> consumption = startConsumption(sibling, other);
      store.awaitBlocked(1);

      cleanup.save();

      assertThat(cleanup.result().count()).isOne();
      assertThat(Recoveries.get(consumption).isConsumed()).isTrue();
      assertThat(recoveries.find("secret")).isEmpty();
    }

    @Test
    void againstACleanupThatComesSecondKeepTheSession() {
      Store.Held<UserRecoverySession> consumption = holdConsumption();

      CleanupResult<UUID> passedOver = store.write(this::cleanup);
      consumption.save();
      CleanupResult<UUID> deleted = store.write(this::cleanup);

      assertThat(passedOver.count()).isZero();
      assertThat(deleted.count()).isOne();
    }

    private Store.Held<UserRecoverySession> holdConsumption() {
      return store.hold(repo -> repo.userRecovery().consumeTicket(ticket, session));
    }

    private Future<UserRecoverySession> startConsumption(
        UserRecoveryTicket used, UserRecoverySession of) {
      return store.start(repo -> repo.userRecovery().consumeTicket(used, of));
    }

    private Store.Held<UserEmail> holdRemoval() {
      return store.hold(
          repo -> {
            repo.userEmails().remove(email);
            return email;
          });
    }

    /** Of the first session and all before it. */
    private Store.Held<CleanupResult<UUID>> holdCleanup() {
      return store.hold(this::cleanup);
    }

    private CleanupResult<UUID> cleanup(RepositoryAccess repo) {
      return repo.userRecovery().cleanup(Optional.empty(), session.id(), 10);
    }

    private static void assertGone(Future<?> future, String aggregate) {
      assertThat(future)
          .failsWithin(PATIENCE)
          .withThrowableOfType(ExecutionException.class)
          .havingCause()
          .isInstanceOfSatisfying(
              NotFoundException.class, e -> assertThat(e.aggregate()).isEqualTo(aggregate));
    }
  }

  private StateReason reason(UserRecoveryTicket used, UserRecoverySession of) {
    return recoveries.reason(repo -> repo.userRecovery().consumeTicket(used, of));
  }

  private static boolean isRefusal(Throwable failure, StateReason reason) {
    return failure instanceof InvalidStateException refusal && refusal.reason() == reason;
  }

  /** What somebody would have to make up, to use a ticket with a session that is not its own. */
  private static UserRecoveryTicket pretending(
      UserRecoveryTicket ticket, UserRecoverySession session) {
    return new UserRecoveryTicket(
        ticket.id(), session.id(), ticket.userEmailId(), ticket.createdAt(), ticket.expiresAt());
  }
}
