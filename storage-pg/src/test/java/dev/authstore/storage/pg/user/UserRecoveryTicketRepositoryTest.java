package dev.authstore.storage.pg.user;

import static dev.authstore.storage.pg.user.Recoveries.ADDRESS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.user.UserEmail;
import dev.authstore.model.user.UserRecoverySession;
import dev.authstore.model.user.UserRecoveryTicket;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class UserRecoveryTicketRepositoryTest {
  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final Recoveries recoveries = new Recoveries(store);

  @Nested
  class AddTicket {
    @Test
    void storesWhatItWasGiven() {
      UserEmail email = recoveries.email();
      UserRecoverySession session = recoveries.session();

      UserRecoveryTicket ticket = recoveries.ticket(session, email, "secret");

      assertThat(ticket)
          .isEqualTo(
              new UserRecoveryTicket(
                  ticket.id(),
                  session.id(),
                  email.id(),
                  recoveries.now(),
                  recoveries.now().plus(Duration.ofMinutes(10))));
      assertThat(recoveries.find("secret")).contains(ticket);
    }

    @Test
    void makesItGoodForTheTimeGiven() {
      UserEmail email = recoveries.email();
      UserRecoverySession session = recoveries.session();

      UserRecoveryTicket ticket =
          store.write(repo -> add(repo, session, email, Duration.ofHours(2)));

      assertThat(ticket.expiresAt()).isEqualTo(recoveries.now().plus(Duration.ofHours(2)));
    }

    @Test
    void keepsEarlierTickets() {
      UserEmail email = recoveries.email();
      UserRecoverySession session = recoveries.session();
      UserRecoveryTicket first = recoveries.ticket(session, email, "first");

      recoveries.ticket(session, email, "second");

      assertThat(recoveries.find("first")).contains(first);
      assertThat(recoveries.isActive(first)).isTrue();
    }

    @Test
    void acceptsAnAddressSpelledOtherwise() {
      UserEmail email = recoveries.email(recoveries.user(), "JOHN@EXAMPLE.COM");
      UserRecoverySession session = recoveries.session(ADDRESS);

      UserRecoveryTicket ticket = recoveries.ticket(session, email, "secret");

      assertThat(recoveries.find("secret")).contains(ticket);
    }

    @Test
    void acceptsTheLongestTicket() {
      String longest = "é".repeat(127) + "e";

      UserRecoveryTicket ticket =
          recoveries.ticket(recoveries.session(), recoveries.email(), longest);

      assertThat(recoveries.find(longest)).contains(ticket);
    }

    @Test
    void refusesASessionThatIsGone() {
      UserEmail email = recoveries.email();
      UserRecoverySession session = recoveries.session();
      recoveries.remove(session);

      NotFoundException refusal =
          recoveries.refusal(NotFoundException.class, repo -> add(repo, session, email));

      assertThat(refusal.aggregate()).isEqualTo("user_recovery_session");
      assertThat(refusal.id()).isEqualTo(session.id());
      assertThat(recoveries.tickets()).isZero();
    }

    @Test
    void refusesAnAddressThatIsGone() {
      UserEmail email = recoveries.email();
      UserRecoverySession session = recoveries.session();
      recoveries.remove(email);

      NotFoundException refusal =
          recoveries.refusal(NotFoundException.class, repo -> add(repo, session, email));

      assertThat(refusal.aggregate()).isEqualTo("user_email");
      assertThat(refusal.id()).isEqualTo(email.id());
      assertThat(recoveries.tickets()).isZero();
    }

    @Test
    void refusesAConsumedSession() {
      UserEmail email = recoveries.email();
      UserRecoverySession session = recoveries.session();
      UserRecoverySession consumed = recoveries.consume(recoveries.ticket(session, email), session);

      StateReason reason = recoveries.reason(repo -> add(repo, session, email));

      assertThat(reason).isEqualTo(StateReason.CONSUMED);
      assertThat(recoveries.stored(session)).contains(consumed);
      assertThat(recoveries.tickets()).isOne();
    }

    @Test
    void refusesAnotherAddress() {
      UserEmail email = recoveries.email(recoveries.user(), "jim@example.com");
      UserRecoverySession session = recoveries.session();

      StateReason reason = recoveries.reason(repo -> add(repo, session, email));

      assertThat(reason).isEqualTo(StateReason.WRONG_EMAIL);
      assertThat(recoveries.tickets()).isZero();
    }

    @Test
    void saysConsumedBeforeWrongEmail() {
      UserEmail email = recoveries.email(recoveries.user(), "jim@example.com");
      UserRecoverySession session = recoveries.session();
      recoveries.consume(recoveries.ticket(session, recoveries.email()), session);

      StateReason reason = recoveries.reason(repo -> add(repo, session, email));

      assertThat(reason).isEqualTo(StateReason.CONSUMED);
    }

    @Test
    void refusesTheSameTicketAgain() {
      UserEmail email = recoveries.email();
      UserRecoverySession session = recoveries.session();
      UserRecoveryTicket ticket = recoveries.ticket(session, email, "secret");

      ConflictException refusal =
          recoveries.refusal(ConflictException.class, repo -> add(repo, session, email));

      assertThat(refusal.kind()).isEqualTo(ConflictKind.RECOVERY_TICKET_TAKEN);
      assertThat(recoveries.find("secret")).contains(ticket);
    }

    @Test
    void refusesTheTicketOfAnotherSession() {
      UserEmail email = recoveries.email();
      UserRecoveryTicket ticket = recoveries.ticket(recoveries.session(), email, "secret");
      UserRecoverySession other = recoveries.session();

      ConflictException refusal =
          recoveries.refusal(ConflictException.class, repo -> add(repo, other, email));

      assertThat(refusal.kind()).isEqualTo(ConflictKind.RECOVERY_TICKET_TAKEN);
      assertThat(recoveries.find("secret")).contains(ticket);
    }

    static Stream<String> impossibleTickets() {
      return UserRecoveryRepositoryTest.impossibleTickets();
    }

    @ParameterizedTest
    @MethodSource("impossibleTickets")
    void refusesTextThatCannotBeStored(String text) {
      UserEmail email = recoveries.email();
      UserRecoverySession session = recoveries.session();

      InvalidInputException refusal =
          recoveries.refusal(
              InvalidInputException.class,
              repo -> repo.userRecovery().addTicket(session, email, text));

      assertThat(refusal).hasMessageContaining("ticket");
      assertThat(refusal.getMessage()).doesNotContain("secret");
      assertThat(recoveries.tickets()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT0S", "PT-1S", "P36500DT0.000001S"})
    void refusesTimesOutOfBounds(Duration validity) {
      UserEmail email = recoveries.email();
      UserRecoverySession session = recoveries.session();

      InvalidInputException refusal =
          recoveries.refusal(
              InvalidInputException.class, repo -> add(repo, session, email, validity));

      assertThat(refusal).hasMessageContaining("validity");
      assertThat(recoveries.tickets()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT0.000001S", "P36500D"})
    void acceptsTimesUpToTheBounds(Duration validity) {
      UserEmail email = recoveries.email();
      UserRecoverySession session = recoveries.session();

      UserRecoveryTicket ticket = store.write(repo -> add(repo, session, email, validity));

      assertThat(ticket.expiresAt()).isEqualTo(recoveries.now().plus(validity));
      assertThat(recoveries.find("secret")).contains(ticket);
    }

    @Test
    void refusesASessionThatIsBeingConsumed() {
      UserEmail email = recoveries.email();
      UserRecoverySession session = recoveries.session();
      UserRecoveryTicket ticket = recoveries.ticket(session, email);
      Store.Held<UserRecoverySession> consuming =
          store.hold(repo -> repo.userRecovery().consumeTicket(ticket, session));
      Future<UserRecoveryTicket> adding = store.start(repo -> add(repo, session, email));
      store.awaitBlocked(1);

      consuming.save();

      Recoveries.assertRefused(adding, StateReason.CONSUMED);
    }

    @Test
    void succeedsIfTheConsumptionIsCancelled() throws Exception {
      UserEmail email = recoveries.email();
      UserRecoverySession session = recoveries.session();
      UserRecoveryTicket ticket = recoveries.ticket(session, email);
      Store.Held<UserRecoverySession> consuming =
          store.hold(repo -> repo.userRecovery().consumeTicket(ticket, session));
      Future<UserRecoveryTicket> adding = store.start(repo -> add(repo, session, email));
      store.awaitBlocked(1);

      consuming.cancel();

      UserRecoveryTicket added = Recoveries.get(adding);
      assertThat(recoveries.find("secret")).contains(added);
    }

    @Test
    void refusesAnAddressThatIsBeingRemoved() {
      UserEmail email = recoveries.email();
      UserRecoverySession session = recoveries.session();
      Store.Held<UserEmail> removing =
          store.hold(
              repo -> {
                repo.userEmails().remove(email);
                return email;
              });
      Future<UserRecoveryTicket> adding = store.start(repo -> add(repo, session, email));
      store.awaitBlocked(1);

      removing.save();

      assertThat(adding)
          .failsWithin(Duration.ofSeconds(20))
          .withThrowableOfType(ExecutionException.class)
          .withCauseInstanceOf(NotFoundException.class);
    }

    @Test
    void letsOneOfManyHaveTheText() throws InterruptedException {
      UserEmail email = recoveries.email();
      UserRecoverySession session = recoveries.session();
      RepositoryFactory repositories = store.repositories();

      Race.Results<UserRecoveryTicket> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.<UserRecoveryTicket>call(repo -> add(repo, session, email)));

      assertThat(race.values()).containsExactly(recoveries.find("secret").orElseThrow());
      assertThat(race.failures()).hasSize(31).allMatch(ConflictException.class::isInstance);
    }

    private static UserRecoveryTicket add(
        RepositoryAccess repo, UserRecoverySession session, UserEmail email) {
      return repo.userRecovery().addTicket(session, email, "secret");
    }

    private static UserRecoveryTicket add(
        RepositoryAccess repo, UserRecoverySession session, UserEmail email, Duration validity) {
      return repo.userRecovery().addTicket(session, email, "secret", validity);
    }
  }
}
