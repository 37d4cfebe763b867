package dev.authstore.storage.pg.user;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofNanos;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.user.User;
import dev.authstore.model.user.UserEmail;
import dev.authstore.model.user.UserRecoverySession;
import dev.authstore.model.user.UserRecoverySessionStage.Consumed;
import dev.authstore.model.user.UserRecoverySessionStage.Pending;
import dev.authstore.model.user.UserRecoveryTicket;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.user.EmailWithUser;
import dev.authstore.storage.user.ResolvedRecoveryTicket;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Asking for a reset, and the tickets for it. */
class UserRecoveryRepositoryTest {
  private static final String ADDRESS = "john@example.com";
  private static final Duration MICROSECOND = ofNanos(1000);

  @RegisterExtension final Store store = Store.fresh();

  @Nested
  class AddSession {
    @ParameterizedTest
    @ValueSource(strings = {"203.0.113.7", "2001:db8::7"})
    void returnsWhatALookupReturns(String address) throws UnknownHostException {
      Optional<InetAddress> ip = Optional.of(InetAddress.getByName(address));

      UserRecoverySession added =
          store.write(repo -> repo.userRecovery().addSession("John@Example.com", "UA", ip, "fr"));

      assertThat(lookup(added.id())).contains(added);
      assertThat(added)
          .isEqualTo(
              new UserRecoverySession(
                  added.id(),
                  "John@Example.com",
                  "UA",
                  ip,
                  "fr",
                  store.clock().instant(),
                  new Pending()));
    }

    @Test
    void needsNeitherAddressNorUserAgent() {
      UserRecoverySession added =
          store.write(repo -> repo.userRecovery().addSession(ADDRESS, "", Optional.empty(), "en"));

      assertThat(lookup(added.id())).contains(added);
      assertThat(added.ipAddress()).isEmpty();
      assertThat(added.userAgent()).isEmpty();
    }

    @Test
    void doesNotAskWhoseTheAddressIs() {
      UserRecoverySession first = session("nobody@example.com");
      UserRecoverySession second = session("nobody@example.com");

      assertThat(first.id()).isNotEqualTo(second.id());
      assertThat(lookup(first.id())).isPresent();
    }

    @Test
    void cutsAnEndlessUserAgent() {
      String agent = "\u0000\u0007".repeat(50_000);

      UserRecoverySession added =
          store.write(
              repo -> repo.userRecovery().addSession(ADDRESS, agent, Optional.empty(), "en"));

      assertThat(added.userAgent()).isEqualTo("\uFFFD\u0007".repeat(512));
      assertThat(lookup(added.id())).contains(added);
    }

    @Test
    void refusesAnAddressThatCannotBeStored() {
      for (String address : List.of("", "a".repeat(321), "a\u0000b", "\ud800")) {
        assertThat(
                store.refusal(
                    repo -> repo.userRecovery().addSession(address, "UA", Optional.empty(), "en")))
            .isInstanceOf(InvalidInputException.class);
      }
      assertThat(store.select("SELECT id FROM user_recovery_sessions")).isEmpty();
    }

    @Test
    void refusesALocaleThatIsNone() {
      for (String locale : List.of("", "a".repeat(65), "e\u0000n")) {
        assertThat(
                store.refusal(
                    repo ->
                        repo.userRecovery().addSession(ADDRESS, "UA", Optional.empty(), locale)))
            .isInstanceOf(InvalidInputException.class);
      }
    }
  }

  @Nested
  class LookupSession {
    @Test
    void isEmptyForAnUnknownId() {
      assertThat(lookup(new UUID(0, 1))).isEmpty();
    }
  }

  @Nested
  class AddTicket {
    @Test
    void givesTenMinutes() {
      UserEmail email = email("john", ADDRESS);
      UserRecoverySession session = session(ADDRESS);

      UserRecoveryTicket ticket = ticket(session, email, "secret");

      Instant now = store.clock().instant();
      assertThat(ticket)
          .isEqualTo(
              new UserRecoveryTicket(
                  ticket.id(), session.id(), email.id(), now, now.plus(ofMinutes(10))));
      assertThat(find("secret")).contains(ticket);
    }

    @Test
    void givesTheLifetimeThatIsAskedFor() {
      UserEmail email = email("john", ADDRESS);
      UserRecoverySession session = session(ADDRESS);

      UserRecoveryTicket ticket =
          store.write(repo -> repo.userRecovery().addTicket(session, email, "secret", MICROSECOND));

      assertThat(ticket.expiresAt()).isEqualTo(store.clock().instant().plus(MICROSECOND));
      assertThat(find("secret")).contains(ticket);
    }

    @Test
    void acceptsTheAddressInAnotherSpelling() {
      UserEmail email = email("john", "John@Example.COM");

      UserRecoveryTicket ticket = ticket(session(ADDRESS), email, "secret");

      assertThat(find("secret")).contains(ticket);
    }

    @Test
    void leavesEarlierTicketsValid() {
      UserEmail email = email("john", ADDRESS);
      UserRecoverySession session = session(ADDRESS);
      UserRecoveryTicket first = ticket(session, email, "first");

      ticket(session, email, "second");

      assertThat(find("first")).contains(first);
    }

    @Test
    void refusesASecretThatWasUsedBefore() {
      UserEmail email = email("john", ADDRESS);
      UserRecoveryTicket first = ticket(session(ADDRESS), email, "secret");
      UserRecoverySession other = session(ADDRESS);

      ConflictKind conflict =
          store.conflict(repo -> repo.userRecovery().addTicket(other, email, "secret"));

      assertThat(conflict).isEqualTo(ConflictKind.TICKET_TAKEN);
      assertThat(find("secret")).contains(first);
    }

    @Test
    void refusesAnotherAddress() {
      UserEmail email = email("john", "other@example.com");
      UserRecoverySession session = session(ADDRESS);

      StateReason reason =
          store.reason(repo -> repo.userRecovery().addTicket(session, email, "secret"));

      assertThat(reason).isEqualTo(StateReason.WRONG_EMAIL);
      assertThat(find("secret")).isEmpty();
    }

    @Test
    void refusesAConsumedSession() {
      UserEmail email = email("john", ADDRESS);
      UserRecoverySession session = session(ADDRESS);
      consume(ticket(session, email, "first"), session);

      StateReason reason =
          store.reason(repo -> repo.userRecovery().addTicket(session, email, "second"));

      assertThat(reason).isEqualTo(StateReason.CONSUMED);
      assertThat(find("second")).isEmpty();
    }

    @Test
    void refusesASessionThatIsGone() {
      UserEmail email = email("john", ADDRESS);
      UserRecoverySession session = session(ADDRESS);
      store.sql("DELETE FROM user_recovery_sessions");

      String missing =
          store.missing(repo -> repo.userRecovery().addTicket(session, email, "secret"));

      assertThat(missing).isEqualTo("user_recovery_session " + session.id());
    }

    @Test
    void refusesAnAddressThatIsGone() {
      UserEmail email = email("john", ADDRESS);
      UserRecoverySession session = session(ADDRESS);
      store.run(repo -> repo.userEmails().remove(email));

      String missing =
          store.missing(repo -> repo.userRecovery().addTicket(session, email, "secret"));

      assertThat(missing).isEqualTo("user_email " + email.id());
    }

    @Test
    void refusesASecretThatCannotBeASecret() {
      UserEmail email = email("john", ADDRESS);
      UserRecoverySession session = session(ADDRESS);

      for (String secret : List.of("", "a".repeat(256), "\u0000", "\udc00")) {
        assertThat(store.refusal(repo -> repo.userRecovery().addTicket(session, email, secret)))
            .isInstanceOf(InvalidInputException.class);
      }
    }

    @Test
    void refusesALifetimeThatIsNone() {
      UserEmail email = email("john", ADDRESS);
      UserRecoverySession session = session(ADDRESS);

      for (Duration lifetime : List.of(Duration.ZERO, ofMinutes(-1), Duration.ofDays(36_501))) {
        assertThat(
                store.refusal(
                    repo -> repo.userRecovery().addTicket(session, email, "secret", lifetime)))
            .isInstanceOf(InvalidInputException.class);
      }
    }
  }

  @Nested
  class FindTicket {
    @Test
    void goesByTheExactText() {
      UserEmail email = email("john", ADDRESS);
      ticket(session(ADDRESS), email, "Secret");

      for (String text : List.of("secret", "SECRET", "Secre", "Secret ", "", "\u0000")) {
        assertThat(find(text)).as(text).isEmpty();
      }
      assertThat(find("Secret")).isPresent();
    }

    @Test
    void findsWhatHasExpired() {
      UserEmail email = email("john", ADDRESS);
      UserRecoveryTicket ticket = ticket(session(ADDRESS), email, "secret");
      store.clock().advance(ofMinutes(11));

      assertThat(find("secret")).contains(ticket);
      assertThat(ticket.isActive(store.clock().instant())).isFalse();
    }

    @Test
    void findsTheTicketOfAConsumedSession() {
      UserEmail email = email("john", ADDRESS);
      UserRecoverySession session = session(ADDRESS);
      UserRecoveryTicket ticket = ticket(session, email, "secret");
      consume(ticket, session);

      assertThat(find("secret")).contains(ticket);
    }
  }

  @Nested
  class ResolveTicket {
    @Test
    void bringsAllThatDecides() {
      User john = store.write(repo -> repo.users().add("john"));
      UserEmail email = store.write(repo -> repo.userEmails().add(john, "JOHN@example.com"));
      UserRecoverySession session = session(ADDRESS);
      UserRecoveryTicket ticket = ticket(session, email, "secret");

      Optional<ResolvedRecoveryTicket> resolved = resolve("secret");

      assertThat(resolved).contains(new ResolvedRecoveryTicket(ticket, session, email, john));
    }

    @Test
    void showsWhatHasChangedSince() {
      User john = store.write(repo -> repo.users().add("john"));
      UserEmail email = store.write(repo -> repo.userEmails().add(john, ADDRESS));
      UserRecoverySession session = session(ADDRESS);
      consume(ticket(session, email, "secret"), session);
      User locked = store.write(repo -> repo.users().lock(john));

      ResolvedRecoveryTicket resolved = resolve("secret").orElseThrow();

      assertThat(resolved.user()).isEqualTo(locked);
      assertThat(resolved.session().isConsumed()).isTrue();
    }

    @Test
    void isEmptyForAnotherText() {
      assertThat(resolve("secret")).isEmpty();
      assertThat(resolve("\u0000")).isEmpty();
    }
  }

  @Nested
  class ListAddressees {
    @Test
    void areTheAccountsThatShareTheAddress() {
      UserEmail ofJohn = email("john", ADDRESS);
      UserEmail ofJim = email("jim", "JOHN@EXAMPLE.COM");
      email("joe", "joe@example.com");
      UserRecoverySession session = session("John@Example.com");

      Page<EmailWithUser> page = addressees(session, Pagination.first(10));

      assertThat(page.nodes()).extracting(EmailWithUser::email).containsExactly(ofJohn, ofJim);
      assertThat(page.nodes())
          .extracting(addressee -> addressee.user().username())
          .containsExactly("john", "jim");
    }

    @Test
    void arePagedById() {
      UserEmail ofJohn = email("john", ADDRESS);
      UserEmail ofJim = email("jim", ADDRESS);
      UserRecoverySession session = session(ADDRESS);

      Page<EmailWithUser> first = addressees(session, Pagination.first(1));
      Page<EmailWithUser> second = addressees(session, Pagination.first(1).after(ofJohn.id()));

      assertThat(first.hasNextPage()).isTrue();
      assertThat(first.lastCursor()).contains(ofJohn.id());
      assertThat(second.hasNextPage()).isFalse();
      assertThat(second.lastCursor()).contains(ofJim.id());
    }

    @Test
    void areNoneForAnAddressThatNobodyHas() {
      UserRecoverySession session = session(ADDRESS);

      assertThat(addressees(session, Pagination.first(10)).edges()).isEmpty();
    }
  }

  @Nested
  class ConsumeTicket {
    @Test
    void consumesTheSession() {
      UserEmail email = email("john", ADDRESS);
      UserRecoverySession session = session(ADDRESS);
      UserRecoveryTicket ticket = ticket(session, email, "secret");
      store.clock().advance(ofMinutes(10).minus(MICROSECOND));

      UserRecoverySession consumed = consume(ticket, session);

      assertThat(consumed.stage()).isEqualTo(new Consumed(store.clock().instant()));
      assertThat(lookup(session.id())).contains(consumed);
    }

    @Test
    void refusesATicketAtItsExpiry() {
      UserEmail email = email("john", ADDRESS);
      UserRecoverySession session = session(ADDRESS);
      UserRecoveryTicket ticket = ticket(session, email, "secret");
      store.clock().advance(ofMinutes(10));

      StateReason reason = store.reason(repo -> repo.userRecovery().consumeTicket(ticket, session));

      assertThat(reason).isEqualTo(StateReason.EXPIRED);
      assertThat(lookup(session.id())).contains(session);
      assertThat(consume(ticket(session, email, "fresh"), session).isConsumed()).isTrue();
    }

    @Test
    void happensOnce() {
      UserEmail email = email("john", ADDRESS);
      UserRecoverySession session = session(ADDRESS);
      UserRecoveryTicket ticket = ticket(session, email, "secret");
      UserRecoverySession consumed = consume(ticket, session);
      store.clock().advance(ofMinutes(1));

      StateReason reason = store.reason(repo -> repo.userRecovery().consumeTicket(ticket, session));

      assertThat(reason).isEqualTo(StateReason.CONSUMED);
      assertThat(lookup(session.id())).contains(consumed);
    }

    @Test
    void makesTheOtherTicketsOfTheSessionUseless() {
      UserEmail ofJohn = email("john", ADDRESS);
      UserEmail ofJim = email("jim", ADDRESS);
      UserRecoverySession session = session(ADDRESS);
      UserRecoveryTicket first = ticket(session, ofJohn, "first");
      UserRecoveryTicket second = ticket(session, ofJim, "second");
      consume(first, session);

      StateReason reason = store.reason(repo -> repo.userRecovery().consumeTicket(second, session));

      assertThat(reason).isEqualTo(StateReason.CONSUMED);
    }

    @Test
    void endsTheOtherTicketsOfTheAccount() {
      User john = store.write(repo -> repo.users().add("john"));
      UserEmail home = store.write(repo -> repo.userEmails().add(john, ADDRESS));
      UserEmail work = store.write(repo -> repo.userEmails().add(john, "work@example.com"));
      UserRecoverySession first = session(ADDRESS);
      UserRecoverySession second = session("work@example.com");
      UserRecoveryTicket used = ticket(first, home, "used");
      UserRecoveryTicket sibling = ticket(second, work, "sibling");
      store.clock().advance(ofMinutes(1));

      consume(used, first);

      assertThat(find("sibling").orElseThrow().expiresAt()).isEqualTo(store.clock().instant());
      assertThat(store.reason(repo -> repo.userRecovery().consumeTicket(sibling, second)))
          .isEqualTo(StateReason.EXPIRED);
      assertThat(lookup(second.id())).contains(second);
    }

    @Test
    void leavesTicketsOfOtherAccountsAlone() {
      UserEmail ofJohn = email("john", ADDRESS);
      UserEmail ofJim = email("jim", ADDRESS);
      UserRecoverySession first = session(ADDRESS);
      UserRecoverySession second = session(ADDRESS);
      UserRecoveryTicket ticketOfJim = ticket(second, ofJim, "jim");

      consume(ticket(first, ofJohn, "john"), first);

      assertThat(find("jim")).contains(ticketOfJim);
      assertThat(consume(ticketOfJim, second).isConsumed()).isTrue();
    }

    @Test
    void leavesTicketsThatHaveExpiredAsTheyWere() {
      UserEmail email = email("john", ADDRESS);
      UserRecoverySession old = session(ADDRESS);
      UserRecoveryTicket expired = ticket(old, email, "expired");
      store.clock().advance(ofMinutes(10));
      UserRecoverySession session = session(ADDRESS);

      consume(ticket(session, email, "secret"), session);

      assertThat(find("expired")).contains(expired);
    }

    @Test
    void refusesATicketOfAnotherSession() {
      UserEmail email = email("john", ADDRESS);
      UserRecoverySession session = session(ADDRESS);
      UserRecoverySession other = session(ADDRESS);
      UserRecoveryTicket ticket = ticket(session, email, "secret");

      assertThat(store.refusal(repo -> repo.userRecovery().consumeTicket(ticket, other)))
          .isInstanceOf(InvalidInputException.class);
      assertThat(lookup(session.id())).contains(session);
      assertThat(lookup(other.id())).contains(other);
    }

    @Test
    void believesTheStoredTicket() {
      UserEmail email = email("john", ADDRESS);
      UserRecoverySession other = session(ADDRESS);
      UserRecoveryTicket ticket = ticket(session(ADDRESS), email, "secret");
      UserRecoveryTicket forged =
          new UserRecoveryTicket(
              ticket.id(), other.id(), email.id(), ticket.createdAt(), ticket.expiresAt());

      String missing = store.missing(repo -> repo.userRecovery().consumeTicket(forged, other));

      assertThat(missing).isEqualTo("user_recovery_ticket " + ticket.id());
      assertThat(lookup(other.id())).contains(other);
    }

    @Test
    void refusesATicketWhoseAddressIsGone() {
      UserEmail email = email("john", ADDRESS);
      UserRecoverySession session = session(ADDRESS);
      UserRecoveryTicket ticket = ticket(session, email, "secret");
      store.run(repo -> repo.userEmails().remove(email));

      String missing = store.missing(repo -> repo.userRecovery().consumeTicket(ticket, session));

      assertThat(missing).isEqualTo("user_recovery_ticket " + ticket.id());
      assertThat(lookup(session.id())).contains(session);
      assertThat(find("secret")).isEmpty();
    }

    @Test
    void refusesASessionThatIsGone() {
      UserEmail email = email("john", ADDRESS);
      UserRecoverySession session = session(ADDRESS);
      UserRecoveryTicket ticket = ticket(session, email, "secret");
      store.sql("DELETE FROM user_recovery_sessions");

      String missing = store.missing(repo -> repo.userRecovery().consumeTicket(ticket, session));

      assertThat(missing).isEqualTo("user_recovery_session " + session.id());
    }
  }

  private UserEmail email(String username, String address) {
    return store.write(repo -> repo.userEmails().add(repo.users().add(username), address));
  }

  private UserRecoverySession session(String address) {
    return store.write(
        repo -> repo.userRecovery().addSession(address, "UA", Optional.empty(), "en"));
  }

  private UserRecoveryTicket ticket(UserRecoverySession session, UserEmail email, String secret) {
    return store.write(repo -> repo.userRecovery().addTicket(session, email, secret));
  }

  private UserRecoverySession consume(UserRecoveryTicket ticket, UserRecoverySession session) {
    return store.write(repo -> repo.userRecovery().consumeTicket(ticket, session));
  }

  private Optional<UserRecoverySession> lookup(UUID id) {
    return store.read(repo -> repo.userRecovery().lookupSession(id));
  }

  private Optional<UserRecoveryTicket> find(String secret) {
    return store.read(repo -> repo.userRecovery().findTicket(secret));
  }

  private Optional<ResolvedRecoveryTicket> resolve(String secret) {
    return store.read(repo -> repo.userRecovery().resolveTicket(secret));
  }

  private Page<EmailWithUser> addressees(UserRecoverySession session, Pagination pagination) {
    return store.read(repo -> repo.userRecovery().listAddressees(session, pagination));
  }
}
