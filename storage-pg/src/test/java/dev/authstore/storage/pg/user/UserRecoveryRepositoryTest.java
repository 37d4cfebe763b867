package dev.authstore.storage.pg.user;

import static dev.authstore.storage.pg.user.Recoveries.ADDRESS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Addresses;
import dev.authstore.model.user.User;
import dev.authstore.model.user.UserEmail;
import dev.authstore.model.user.UserRecoverySession;
import dev.authstore.model.user.UserRecoverySessionStage.Pending;
import dev.authstore.model.user.UserRecoveryTicket;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.user.EmailWithUser;
import dev.authstore.storage.user.ResolvedRecoveryTicket;
import dev.authstore.testing.MutableClock;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class UserRecoveryRepositoryTest {
  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final Recoveries recoveries = new Recoveries(store);

  /** Text that cannot be a ticket. */
  static Stream<String> impossibleTickets() {
    return Stream.of("", "secret\u0000", "secret\uD800", "s".repeat(256));
  }

  @Nested
  class LookupSession {
    @Test
    void isEmptyForAnUnknownId() {
      Optional<UserRecoverySession> found =
          store.read(repo -> repo.userRecovery().lookupSession(new UUID(0, 1)));

      assertThat(found).isEmpty();
    }

    @Test
    void findsAConsumedSession() {
      UserRecoverySession session = recoveries.session();
      UserRecoverySession consumed =
          recoveries.consume(recoveries.ticket(session, recoveries.email()), session);

      Optional<UserRecoverySession> found = recoveries.stored(session);

      assertThat(found).contains(consumed);
    }
  }

  @Nested
  class AddSession {
    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.1", "2001:db8::1"})
    void storesWhatItWasGiven(String address) {
      InetAddress ip = Addresses.parse(address);

      UserRecoverySession session =
          store.write(
              repo -> repo.userRecovery().addSession("John@X", "agent", Optional.of(ip), "de-AT"));

      assertThat(session)
          .isEqualTo(
              new UserRecoverySession(
                  session.id(),
                  "John@X",
                  "agent",
                  Optional.of(ip),
                  "de-AT",
                  recoveries.now(),
                  new Pending()));
      assertThat(recoveries.stored(session)).contains(session);
    }

    @Test
    void acceptsAnEmptyUserAgentWithoutAddress() {
      UserRecoverySession session =
          store.write(repo -> repo.userRecovery().addSession("j@x", "", Optional.empty(), "en"));

      assertThat(session.userAgent()).isEmpty();
      assertThat(session.ipAddress()).isEmpty();
      assertThat(recoveries.stored(session)).contains(session);
    }

    @Test
    void storesAMappedAddressAsIpv4() throws Exception {
      byte[] mapped = new byte[16];
      mapped[10] = mapped[11] = (byte) 0xFF;
      mapped[12] = (byte) 192;
      mapped[15] = 1;
      InetAddress ip = Inet6Address.getByAddress("host", mapped, 3);

      UserRecoverySession session =
          store.write(repo -> repo.userRecovery().addSession("j@x", "", Optional.of(ip), "en"));

      assertThat(session.ipAddress()).contains(Addresses.parse("192.0.0.1"));
      assertThat(recoveries.stored(session)).contains(session);
    }

    @Test
    void allowsAnyNumberForAnAddress() {
      UserRecoverySession first = recoveries.session();
      UserRecoverySession second = recoveries.session();

      assertThat(recoveries.stored(first)).contains(first);
      assertThat(recoveries.stored(second)).contains(second);
    }

    @Test
    void shortensAUserAgentThatCannotBeStored() {
      String agent = "\u0000\u0001\uD800".repeat(34_000);

      UserRecoverySession session =
          store.write(repo -> repo.userRecovery().addSession("j@x", agent, Optional.empty(), "en"));

      assertThat(session.userAgent()).hasSize(1024).startsWith("\uFFFD\u0001\uFFFD\uFFFD");
      assertThat(recoveries.stored(session)).contains(session);
    }

    @ParameterizedTest
    @CsvSource({"160, 1", "1, 32"})
    void acceptsTextsUpToTheBounds(int emailLetters, int localeLetters) {
      UserRecoverySession session =
          store.write(
              repo ->
                  repo.userRecovery()
                      .addSession(
                          "é".repeat(emailLetters),
                          "agent",
                          Optional.empty(),
                          "é".repeat(localeLetters)));

      assertThat(recoveries.stored(session)).contains(session);
    }

    /** An address, a locale, and which of them is refused. */
    static Stream<List<String>> texts() {
      return Stream.of(
          List.of("", "en", "e-mail"),
          List.of("secret\u0000", "en", "e-mail"),
          List.of("secret\uD800", "en", "e-mail"),
          List.of("s".repeat(321), "en", "e-mail"),
          List.of("j@x", "", "locale"),
          List.of("j@x", "secret\u0000", "locale"),
          List.of("j@x", "secret\uD800", "locale"),
          List.of("j@x", "s".repeat(65), "locale"));
    }

    @ParameterizedTest
    @MethodSource("texts")
    void refusesTextsThatCannotBeStored(List<String> given) {
      InvalidInputException refusal =
          recoveries.refusal(
              InvalidInputException.class,
              repo ->
                  repo.userRecovery()
                      .addSession(given.get(0), "agent", Optional.empty(), given.get(1)));

      assertThat(refusal).hasMessageContaining(given.get(2));
      assertThat(refusal.getMessage()).doesNotContain("secret");
      assertThat(store.select("SELECT id FROM user_recovery_sessions")).isEmpty();
    }
  }

  @Nested
  class FindTicket {
    @Test
    void goesByTheExactText() {
      UserRecoveryTicket ticket =
          recoveries.ticket(recoveries.session(), recoveries.email(), "SecretTicket");

      assertThat(recoveries.find("SecretTicket")).contains(ticket);
      assertThat(recoveries.find("SECRETTICKET")).isEmpty();
      assertThat(recoveries.find("SecretTicke")).isEmpty();
      assertThat(recoveries.find("SecretTicket ")).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("dev.authstore.storage.pg.user.UserRecoveryRepositoryTest#impossibleTickets")
    void findsNothingAndSendsNothingForTextThatCannotBeOne(String text) {
      store.statements();

      Optional<UserRecoveryTicket> found = recoveries.find(text);

      assertThat(found).isEmpty();
      assertThat(store.statements()).isEmpty();
    }

    @Test
    void findsExpiredTickets() {
      UserRecoveryTicket ticket =
          recoveries.ticket(recoveries.session(), recoveries.email(), "secret");
      store.clock().advance(Duration.ofDays(1));

      assertThat(recoveries.find("secret")).contains(ticket);
    }

    @Test
    void findsTicketsOfConsumedSessions() {
      UserRecoverySession session = recoveries.session();
      UserRecoveryTicket ticket = recoveries.ticket(session, recoveries.email(), "secret");
      recoveries.consume(ticket, session);

      assertThat(recoveries.find("secret")).contains(ticket);
    }
  }

  @Nested
  class ResolveTicket {
    @Test
    void bringsSessionAddressAndUser() {
      User user = recoveries.user();
      UserEmail email = recoveries.email(user, ADDRESS);
      UserRecoverySession session = recoveries.session();
      UserRecoveryTicket ticket = recoveries.ticket(session, email, "secret");
      recoveries.ticket(recoveries.session(), recoveries.email());

      Optional<ResolvedRecoveryTicket> resolved = resolve("secret");

      assertThat(resolved).contains(new ResolvedRecoveryTicket(ticket, session, email, user));
    }

    @Test
    void showsTheStateOfEach() {
      User user = recoveries.user();
      UserEmail email = recoveries.email(user, ADDRESS);
      UserRecoverySession session = recoveries.session();
      UserRecoveryTicket ticket = recoveries.ticket(session, email, "secret");
      UserRecoverySession consumed = recoveries.consume(ticket, session);
      User locked = store.write(repo -> repo.users().lock(user));

      Optional<ResolvedRecoveryTicket> resolved = resolve("secret");

      assertThat(resolved).contains(new ResolvedRecoveryTicket(ticket, consumed, email, locked));
    }

    @Test
    void isEmptyForAnUnknownTicket() {
      recoveries.ticket(recoveries.session(), recoveries.email(), "secret");

      assertThat(resolve("Secret")).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("dev.authstore.storage.pg.user.UserRecoveryRepositoryTest#impossibleTickets")
    void findsNothingAndSendsNothingForTextThatCannotBeOne(String text) {
      store.statements();

      Optional<ResolvedRecoveryTicket> resolved = resolve(text);

      assertThat(resolved).isEmpty();
      assertThat(store.statements()).isEmpty();
    }

    @Test
    void printsNothingPersonal() {
      UserRecoverySession session = recoveries.session();
      recoveries.ticket(session, recoveries.email(), "secret");

      String printed = resolve("secret").orElseThrow().toString();

      assertThat(printed)
          .contains(session.id().toString())
          .doesNotContain("secret", ADDRESS, "agent", "user 1");
    }

    private Optional<ResolvedRecoveryTicket> resolve(String ticket) {
      return store.read(repo -> repo.userRecovery().resolveTicket(ticket));
    }
  }

  @Nested
  class ListRecipients {
    @Test
    void areAllWhoHaveTheAddressInAnySpelling() {
      User one = recoveries.user();
      User two = recoveries.user();
      UserEmail first = recoveries.email(one, "john@example.com");
      UserEmail second = recoveries.email(two, "JOHN@EXAMPLE.COM");
      recoveries.email(two, "jim@example.com");
      UserRecoverySession session = recoveries.session("John@example.com");

      Page<EmailWithUser> page = recipients(session, Pagination.first(10));

      assertThat(page.nodes())
          .containsExactly(new EmailWithUser(first, one), new EmailWithUser(second, two));
    }

    @Test
    void areNoneForAnAddressOfNobody() {
      recoveries.email();
      UserRecoverySession session = recoveries.session("jim@example.com");

      Page<EmailWithUser> page = recipients(session, Pagination.first(10));

      assertThat(page.edges()).isEmpty();
    }

    @Test
    void areNoneForASessionThatIsGone() {
      recoveries.email();
      UserRecoverySession session = recoveries.session();
      recoveries.remove(session);

      Page<EmailWithUser> page = recipients(session, Pagination.first(10));

      assertThat(page.edges()).isEmpty();
    }

    @Test
    void goByTheStoredAddress() {
      recoveries.email();
      UserRecoverySession session = recoveries.session("jim@example.com");
      UserRecoverySession pretended =
          new UserRecoverySession(
              session.id(),
              ADDRESS,
              "",
              Optional.empty(),
              "en",
              session.createdAt(),
              new Pending());

      Page<EmailWithUser> page = recipients(pretended, Pagination.first(10));

      assertThat(page.edges()).isEmpty();
    }

    @Test
    void comeInPages() {
      UserEmail first = recoveries.email();
      UserEmail second = recoveries.email();
      UserRecoverySession session = recoveries.session();

      Page<EmailWithUser> one = recipients(session, Pagination.first(1));
      Page<EmailWithUser> two = recipients(session, Pagination.first(1).after(first.id()));

      assertThat(one.hasNextPage()).isTrue();
      assertThat(one.lastCursor()).contains(first.id());
      assertThat(two.nodes()).extracting(EmailWithUser::email).containsExactly(second);
      assertThat(two.hasNextPage()).isFalse();
    }

    private Page<EmailWithUser> recipients(UserRecoverySession session, Pagination pagination) {
      return store.read(repo -> repo.userRecovery().listRecipients(session, pagination));
    }
  }
}
