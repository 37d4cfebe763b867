package dev.authstore.storage.pg.user;

import static dev.authstore.storage.pg.user.Recoveries.ADDRESS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.authstore.model.Addresses;
import dev.authstore.model.user.User;
import dev.authstore.model.user.UserEmail;
import dev.authstore.model.user.UserRecoverySession;
import dev.authstore.model.user.UserRecoveryTicket;
import dev.authstore.storage.InvalidDataException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StorageObserver;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.Authstore;
import dev.authstore.storage.pg.Counters;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class UserRecoveryRepositoryPostgresTest {
  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final Recoveries recoveries = new Recoveries(store);

  @Nested
  class AddTicket {
    @Test
    void storesTheTextInNoColumn() {
      UserRecoverySession session = recoveries.session();
      recoveries.ticket(session, recoveries.email(), "CanaryTicket");

      assertThat(store.select("SELECT t::text FROM user_recovery_tickets t"))
          .singleElement()
          .asString()
          .doesNotContainIgnoringCase("canary", "43616e617279");
      assertThat(
              store.select(
                  "SELECT ticket_digest = sha256('CanaryTicket') FROM user_recovery_tickets"))
          .containsExactly("t");
      assertThat(store.statements())
          .extracting(StorageObserver.Statement::sql)
          .noneMatch(sql -> sql.contains("Canary"));
    }

    @Test
    void lastsAsLongAsTheSettingsSay() {
      UserEmail email = recoveries.email();
      UserRecoverySession session = recoveries.session();
      RepositoryFactory repositories =
          Authstore.using(
                  store.dataSource(),
                  store.schema(),
                  store
                      .settings()
                      .limits(
                          store.settings().limits().recoveryTicketLifetime(Duration.ofHours(1))))
              .repositories();

      UserRecoveryTicket ticket =
          repositories.call(repo -> repo.userRecovery().addTicket(session, email, "secret"));

      assertThat(ticket.expiresAt()).isEqualTo(recoveries.now().plus(Duration.ofHours(1)));
    }
  }

  @Nested
  class LookupSession {
    @Test
    void reportsAStoredAddressThatIsNone() {
      UserRecoverySession session =
          store.write(
              repo ->
                  repo.userRecovery()
                      .addSession(ADDRESS, "", Optional.of(Addresses.parse("192.0.2.1")), "en"));
      store.sql(
          "ALTER TABLE user_recovery_sessions ALTER COLUMN ip_address TYPE inet USING '192.0.2.0/24'");

      InvalidDataException failure =
          store.write(
              repo ->
                  catchThrowableOfType(
                      InvalidDataException.class,
                      () -> repo.userRecovery().lookupSession(session.id())));

      assertThat(failure.table()).isEqualTo("user_recovery_sessions");
      assertThat(failure.column()).isEqualTo("ip_address");
      assertThat(failure.id()).contains(session.id());
    }
  }

  @Nested
  class ConsumeTicket {
    @Test
    void isAtMostThreeStatements() {
      UserEmail email = recoveries.email();
      UserRecoverySession session = recoveries.session();
      UserRecoveryTicket ticket = recoveries.ticket(session, email);
      recoveries.ticket(recoveries.session(), email);
      recoveries.ticket(recoveries.session(), email);
      store.statements();

      recoveries.consume(ticket, session);

      assertThat(store.statements())
          .filteredOn(statement -> statement.operation().equals("user_recovery.consume_ticket"))
          .hasSize(3);
    }

    @Test
    void waitsForACleanupOfASiblingBeforeItTouchesItsTickets() throws Exception {
      UserEmail email = recoveries.email();
      UserRecoverySession old = recoveries.session();
      UserRecoverySession recent = recoveries.session();
      recoveries.ticket(recent, email);
      UserRecoveryTicket used = recoveries.ticket(recent, email);
      recoveries.ticket(old, email);
      Store.Held<CleanupResult<UUID>> cleanup =
          store.hold(repo -> repo.userRecovery().cleanup(Optional.empty(), old.id(), 1));

      Future<UserRecoverySession> consumption =
          store.start(repo -> repo.userRecovery().consumeTicket(used, recent));
      store.awaitBlocked(1);

      assertThat(lockable("user_recovery_tickets", "recovery_session_id", recent.id()))
          .isEqualTo(2);
      cleanup.save();
      assertThat(Recoveries.get(consumption).isConsumed()).isTrue();
    }

    @Test
    void waitsForTheRemovalOfAnotherAddressBeforeItTouchesItsTickets() throws Exception {
      User user = recoveries.user();
      UserEmail first = recoveries.email(user, "a@x");
      UserEmail second = recoveries.email(user, "b@x");
      UserRecoverySession session = recoveries.session("a@x");
      UserRecoverySession other = recoveries.session("b@x");
      UserRecoveryTicket used = recoveries.ticket(session, first);
      recoveries.ticket(other, second);
      Store.Held<UserEmail> removal =
          store.hold(
              repo -> {
                repo.userEmails().remove(second);
                return second;
              });

      Future<UserRecoverySession> consumption =
          store.start(repo -> repo.userRecovery().consumeTicket(used, session));
      store.awaitBlocked(1);

      assertThat(lockable("user_recovery_sessions", "id", session.id())).isOne();
      removal.save();
      assertThat(Recoveries.get(consumption).isConsumed()).isTrue();
    }

    /** How many of these rows nobody has locked. */
    private int lockable(String table, String column, UUID id) {
      return store
          .select(
              "SELECT id FROM %s WHERE %s = ? FOR UPDATE SKIP LOCKED".formatted(table, column), id)
          .size();
    }

    @RepeatedTest(3)
    void neverDeadlocksWithRemovals() throws InterruptedException {
      Melee melee = new Melee();

      Race.Results<Integer> race =
          Race.of(12).run(number -> number < 2 ? melee.remove(number) : melee.reset(number));

      assertThat(race.failures()).isEmpty();
      assertThat(race.values()).anyMatch(good -> good > 0);
      assertThat(store.statements()).noneMatch(statement -> statement.sqlState().isPresent());
    }

    @RepeatedTest(3)
    void neverDeadlocksWithCleanups() throws InterruptedException {
      Melee melee = new Melee();

      Race.Results<Integer> race =
          Race.of(12).run(number -> number < 2 ? melee.cleanUp() : melee.reset(number));

      assertThat(race.failures()).isEmpty();
      assertThat(race.values()).anyMatch(good -> good > 0);
      assertThat(store.statements()).noneMatch(statement -> statement.sqlState().isPresent());
    }
  }

  @Nested
  class Plans {
    @Test
    void goByIndexes() {
      UserEmail email = recoveries.email();
      UserRecoverySession session = recoveries.session();
      recoveries.ticket(session, email, "secret");
      manyTickets();
      store.statements();

      recoveries.find("secret");
      store.<Object>read(repo -> repo.userRecovery().resolveTicket("secret"));
      store.<Object>read(repo -> repo.userRecovery().listRecipients(session, Pagination.first(50)));
      List<String> sent = store.statements().stream().map(s -> s.sql()).toList();

      assertThat(plan(sent.get(0), new byte[32])).noneMatch(line -> line.contains("Seq Scan"));
      assertThat(plan(sent.get(1), new byte[32])).noneMatch(line -> line.contains("Seq Scan"));
      assertThat(plan(sent.get(2), session.id(), 51L))
          .noneMatch(line -> line.contains("Seq Scan"))
          .noneMatch(line -> line.contains("Sort"));
    }

    @Test
    void ofConsumptionsGoByIndexes() {
      UserEmail email = recoveries.email();
      UserRecoverySession session = recoveries.session();
      UserRecoveryTicket ticket = recoveries.ticket(session, email);
      manyTickets();
      long before = scans();

      recoveries.consume(ticket, session);

      assertThat(scans()).isEqualTo(before);
    }

    private List<String> plan(String sql, Object... values) {
      return store.select("EXPLAIN " + sql, values);
    }

    /** How often the tables have been read from end to end. */
    private long scans() {
      return Counters.read(
          store,
          "SELECT sum(seq_scan) FROM pg_stat_user_tables WHERE relname ~ '^user_(recovery|emails)'");
    }

    private void manyTickets() {
      store.sql(
          """
          INSERT INTO users (id, username, username_folded, created_at)
          SELECT gen_random_uuid(), 'name' || n, 'name' || n, now() FROM generate_series(1, 20000) n
          """);
      store.sql(
          """
          INSERT INTO user_emails (id, user_id, email, email_folded, created_at)
          SELECT gen_random_uuid(), id, username, username, now() FROM users WHERE username ~ '^name'
          """);
      store.sql(
          """
          INSERT INTO user_recovery_sessions (id, email, email_folded, user_agent, locale, created_at)
          SELECT id, email, email_folded, '', 'en', now() FROM user_emails WHERE email ~ '^name'
          """);
      store.sql(
          """
          INSERT INTO user_recovery_tickets
            (id, recovery_session_id, user_email_id, ticket_digest, created_at, expires_at)
          SELECT id, id, id, sha256(id::text::bytea), now(), now() FROM user_emails WHERE email ~ '^name'
          """);
      store.sql("ANALYZE users, user_emails, user_recovery_sessions, user_recovery_tickets");
    }
  }

  /** Two accounts that share two addresses, and many sessions for each of those. */
  private final class Melee {
    private static final int SESSIONS = 24;
    private static final int ROUNDS = 8;
    private static final List<String> ADDRESSES = List.of(ADDRESS, "jim@example.com");

    private final RepositoryFactory repositories = store.repositories();
    private final List<UserEmail> emails = new ArrayList<>();
    private final List<UserRecoverySession> sessions = new ArrayList<>();

    private Melee() {
      for (int i = 0; i < 2; i++) {
        User user = recoveries.user();
        ADDRESSES.forEach(address -> emails.add(recoveries.email(user, address)));
      }
      for (int i = 0; i < SESSIONS; i++) {
        UserRecoverySession session = recoveries.session(ADDRESSES.get(i % 2));
        sessions.add(session);
        recoveries.ticket(session, emails.get(i % 2));
        recoveries.ticket(session, emails.get(2 + i % 2));
      }
    }

    /** Mails tickets and uses them; returns how many were good. */
    private int reset(int number) {
      int good = 0;
      for (int round = 0; round < ROUNDS; round++) {
        int choice = (number * 7 + round * 5) % SESSIONS;
        UserRecoverySession session = sessions.get(choice);
        UserEmail email = emails.get(number % 2 * 2 + choice % 2);
        String text = number + " " + round;
        try {
          UserRecoveryTicket ticket =
              repositories.call(repo -> repo.userRecovery().addTicket(session, email, text));
          repositories.run(repo -> repo.userRecovery().consumeTicket(ticket, session));
          good++;
        } catch (NotFoundException | InvalidStateException e) {
          assertThat(e).isNotNull(); // another was faster
        }
      }
      return good;
    }

    private int remove(int number) {
      repositories.run(repo -> repo.userEmails().remove(emails.get(number * 2 + 1)));
      return 0;
    }

    private int cleanUp() {
      UUID until = sessions.get(SESSIONS / 2).id();
      int deleted = 0;
      for (int round = 0; round < ROUNDS; round++) {
        deleted +=
            repositories
                .<CleanupResult<UUID>>call(
                    repo -> repo.userRecovery().cleanup(Optional.empty(), until, 2))
                .count();
      }
      return deleted;
    }
  }
}
