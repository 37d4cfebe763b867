package dev.authstore.storage.pg.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.authstore.model.user.User;
import dev.authstore.model.user.UserEmail;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.ReadOnlyException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.user.UserEmailFilter;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is added and removed. */
class UserEmailChangesRepositoryTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final UserEmailFilter ALL = UserEmailFilter.all();

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  @Nested
  class Add {
    @Test
    void returnsWhatLookupsReturn() {
      User john = user("john");

      UserEmail added = store.write(repo -> repo.userEmails().add(john, "John@Example.com"));

      assertThat(lookup(added.id())).contains(added);
      assertThat(find(john, "john@example.com")).contains(added);
      assertThat(all(john)).containsExactly(added);
    }

    @Test
    void storesWhatItWasGiven() {
      User john = user("john");

      UserEmail added = store.write(repo -> repo.userEmails().add(john, "John@Example.com"));

      assertThat(added)
          .isEqualTo(new UserEmail(added.id(), john.id(), "John@Example.com", store.now()));
    }

    @ParameterizedTest
    @ValueSource(
        strings = {"o'hara\"x\"@a", "50%_\\@a", "😀@a", "\u200Fx\u200E@a", " @ ", "İ@a", "é@a"})
    void keepsTheAddressAsItIs(String address) {
      User john = user("john");

      UserEmail added = store.write(repo -> repo.userEmails().add(john, address));

      assertThat(added.email()).isEqualTo(address);
      assertThat(findByEmail(address)).contains(added);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "é", "😀"})
    void acceptsTheLongestAddress(String letter) {
      User john = user("john");
      String address = letter.repeat(320 / letter.getBytes(StandardCharsets.UTF_8).length);

      UserEmail added = store.write(repo -> repo.userEmails().add(john, address));

      assertThat(find(john, address)).contains(added);
    }

    @Test
    void acceptsAnAddressThatAnotherUserHas() {
      UserEmail ofJohn = add(user("john"), "family@example.com");

      UserEmail ofJim = add(user("jim"), "family@example.com");

      assertThat(matching(ALL)).containsExactly(ofJohn, ofJim);
    }

    @Test
    void acceptsADeactivatedUser() {
      User john = user("john");
      store.run(repo -> repo.users().deactivate(john));

      UserEmail added = add(john, "john@example.com");

      assertThat(lookup(added.id())).contains(added);
    }

    @ParameterizedTest
    @ValueSource(strings = {"john@example.com", "JOHN@example.com"})
    void refusesAnAddressThatTheUserHasInAnySpelling(String address) {
      User john = user("john");
      UserEmail email = add(john, "john@example.com");

      var refusal = refused(ConflictException.class, repo -> repo.userEmails().add(john, address));

      assertThat(refusal.kind()).isEqualTo(ConflictKind.EMAIL_TAKEN);
      assertThat(all(john)).containsExactly(email);
    }

    @Test
    void refusesAMissingUser() {
      User gone = goneUser();

      var refusal =
          refused(NotFoundException.class, repo -> repo.userEmails().add(gone, "john@example.com"));

      assertThat(refusal.aggregate()).isEqualTo("user");
      assertThat(refusal.id()).isEqualTo(gone.id());
      assertThat(matching(ALL)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource(
        "dev.authstore.storage.pg.user.UserEmailChangesRepositoryTest#impossibleAddresses")
    void refusesAnAddressThatCannotBeStored(String address) {
      User john = user("john");

      var refusal =
          refused(InvalidInputException.class, repo -> repo.userEmails().add(john, address));

      assertThat(refusal).hasMessageContaining("e-mail address");
      assertThat(all(john)).isEmpty();
    }

    @Test
    void isRefusedWhereOnlyReadingIsAllowed() {
      User john = user("john");

      var refusal =
          catchThrowableOfType(
              ReadOnlyException.class,
              () -> store.read(repo -> repo.userEmails().add(john, "john@example.com")));

      assertThat(refusal).isNotNull();
      assertThat(all(john)).isEmpty();
    }

    @Test
    void conflictsWithATransactionOfTheSameUserThatWasFirst() {
      User john = user("john");
      Store.Held<UserEmail> first = store.hold(repo -> repo.userEmails().add(john, "john@a"));
      tick();
      Future<UserEmail> second = store.start(repo -> repo.userEmails().add(john, "JOHN@a"));
      store.awaitBlocked(1);

      first.save();

      assertConflict(second);
      assertThat(all(john)).containsExactly(first.result());
    }

    @Test
    void vanishesWithItsUser() {
      User john = user("john");
      UserEmail email = add(john, "john@a");

      int deleted = store.sql("DELETE FROM users WHERE id = ?", john.id());

      assertThat(deleted).isOne();
      assertThat(lookup(email.id())).isEmpty();
    }
  }

  @Nested
  class AddIfUnused {
    @Test
    void returnsWhatLookupReturns() {
      User john = user("john");

      UserEmail added = store.write(repo -> repo.userEmails().addIfUnused(john, "John@a"));

      assertThat(lookup(added.id())).contains(added);
      assertThat(added.email()).isEqualTo("John@a");
    }

    @Test
    void refusesAnAddressThatAnotherUserHasInAnySpelling() {
      UserEmail ofJim = add(user("jim"), "family@a");
      User john = user("john");

      var refusal =
          refused(ConflictException.class, repo -> repo.userEmails().addIfUnused(john, "FAMILY@a"));

      assertThat(refusal.kind()).isEqualTo(ConflictKind.EMAIL_TAKEN);
      assertThat(matching(ALL)).containsExactly(ofJim);
    }

    @Test
    void refusesAnAddressThatTheUserHas() {
      User john = user("john");
      UserEmail email = add(john, "john@a");

      var refusal =
          refused(ConflictException.class, repo -> repo.userEmails().addIfUnused(john, "john@a"));

      assertThat(refusal.kind()).isEqualTo(ConflictKind.EMAIL_TAKEN);
      assertThat(all(john)).containsExactly(email);
    }

    @Test
    void refusesAMissingUser() {
      User gone = goneUser();

      var refusal =
          refused(NotFoundException.class, repo -> repo.userEmails().addIfUnused(gone, "john@a"));

      assertThat(refusal.id()).isEqualTo(gone.id());
      assertThat(matching(ALL)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource(
        "dev.authstore.storage.pg.user.UserEmailChangesRepositoryTest#impossibleAddresses")
    void refusesAnAddressThatCannotBeStored(String address) {
      User john = user("john");

      var refusal =
          refused(
              InvalidInputException.class, repo -> repo.userEmails().addIfUnused(john, address));

      assertThat(refusal).hasMessageContaining("e-mail address");
      assertThat(all(john)).isEmpty();
    }

    @Test
    void conflictsWithATransactionThatWasFirst() {
      User john = user("john");
      User jim = user("jim");
      Store.Held<UserEmail> first =
          store.hold(repo -> repo.userEmails().addIfUnused(john, "family@a"));
      tick();
      Future<UserEmail> second =
          store.start(repo -> repo.userEmails().addIfUnused(jim, "FAMILY@a"));
      store.awaitBlocked(1);

      first.save();

      assertConflict(second);
      assertThat(matching(ALL)).containsExactly(first.result());
    }

    @Test
    void succeedsIfTheTransactionThatWasFirstIsCancelled() {
      User john = user("john");
      User jim = user("jim");
      Store.Held<UserEmail> first =
          store.hold(repo -> repo.userEmails().addIfUnused(john, "family@a"));
      tick();
      Future<UserEmail> second =
          store.start(repo -> repo.userEmails().addIfUnused(jim, "FAMILY@a"));
      store.awaitBlocked(1);

      first.cancel();

      assertThat(second).succeedsWithin(PATIENCE);
      assertThat(matching(ALL)).extracting(UserEmail::userId).containsExactly(jim.id());
    }

    @Test
    void doesNotWaitForAnotherAddress() {
      User john = user("john");
      User jim = user("jim");
      Store.Held<UserEmail> first = store.hold(repo -> repo.userEmails().addIfUnused(john, "a@a"));
      tick();

      Future<UserEmail> second = store.start(repo -> repo.userEmails().addIfUnused(jim, "b@a"));

      assertThat(second).succeedsWithin(PATIENCE);
      first.save();
    }

    @Test
    void letsOneOfTwoUsersWinInEveryRound() throws InterruptedException {
      List<User> users = List.of(user("john"), user("jim"));
      RepositoryFactory repositories = store.repositories();

      for (int round = 0; round < 20; round++) {
        List<String> spellings = List.of("family" + round + "@a", "FAMILY" + round + "@a");
        var race =
            Race.of(2)
                .run(
                    number ->
                        repositories.<UserEmail>call(
                            repo ->
                                repo.userEmails()
                                    .addIfUnused(users.get(number), spellings.get(number))));

        assertThat(race.values()).hasSize(1);
        assertThat(race.failures()).hasSize(1).hasOnlyElementsOfType(ConflictException.class);
      }

      assertThat(count(ALL)).isEqualTo(20);
    }
  }

  @Nested
  class Remove {
    @Test
    void deletesTheEntry() {
      User john = user("john");
      UserEmail email = add(john, "john@a");

      store.run(repo -> repo.userEmails().remove(email));

      assertThat(lookup(email.id())).isEmpty();
      assertThat(all(john)).isEmpty();
    }

    @Test
    void deletesTheRecoveryTicketsForTheAddressAndKeepsTheRecoverySession() {
      User john = user("john");
      UserEmail email = add(john, "john@a");
      UserEmail other = add(john, "john@b");
      UUID session = insertRecoverySession();
      insertTicket(session, email);
      insertTicket(session, other);

      store.run(repo -> repo.userEmails().remove(email));

      assertThat(store.select("SELECT user_email_id FROM user_recovery_tickets"))
          .containsExactly(other.id().toString());
      assertThat(store.select("SELECT id FROM user_recovery_sessions"))
          .containsExactly(session.toString());
    }

    @Test
    void leavesOtherEntriesAlone() {
      User john = user("john");
      UserEmail email = add(john, "john@a");
      UserEmail other = add(john, "john@b");

      store.run(repo -> repo.userEmails().remove(email));

      assertThat(matching(ALL)).containsExactly(other);
    }

    @Test
    void refusesAnEntryThatIsGone() {
      UserEmail email = add(user("john"), "john@a");
      store.run(repo -> repo.userEmails().remove(email));

      var refusal = refused(NotFoundException.class, repo -> repo.userEmails().remove(email));

      assertThat(refusal.aggregate()).isEqualTo("user_email");
      assertThat(refusal.id()).isEqualTo(email.id());
    }

    @Test
    void letsTheAddressBeAddedAgain() {
      User john = user("john");
      UserEmail email = add(john, "john@a");
      store.run(repo -> repo.userEmails().remove(email));

      UserEmail again = add(john, "john@a");

      assertThat(all(john)).containsExactly(again);
    }

    @Test
    void refusesTheSecondOfTwoAtOnce() {
      UserEmail email = add(user("john"), "john@a");
      Store.Held<UserEmail> first =
          store.hold(
              repo -> {
                repo.userEmails().remove(email);
                return email;
              });
      Future<UserEmail> second =
          store.start(
              repo -> {
                repo.userEmails().remove(email);
                return email;
              });
      store.awaitBlocked(1);

      first.save();

      assertThat(second)
          .failsWithin(PATIENCE)
          .withThrowableOfType(ExecutionException.class)
          .withCauseInstanceOf(NotFoundException.class);
    }
  }

  @Nested
  class RemoveBulk {
    @Test
    void deletesAllAddressesOfAUser() {
      User john = user("john");
      addresses(john, 5);
      List<UserEmail> ofJim = addresses(user("jim"), 2);

      int removed = removeBulk(ALL.user(john.id()));

      assertThat(removed).isEqualTo(5);
      assertThat(matching(ALL)).isEqualTo(ofJim);
    }

    @Test
    void deletesNothingTheSecondTime() {
      User john = user("john");
      addresses(john, 5);
      removeBulk(ALL.user(john.id()));

      int removed = removeBulk(ALL.user(john.id()));

      assertThat(removed).isZero();
    }

    @Test
    void deletesJustTheAddressOfTheUser() {
      User john = user("john");
      UserEmail kept = add(john, "john@a");
      add(john, "family@a");
      UserEmail ofJim = add(user("jim"), "family@a");

      int removed = removeBulk(ALL.user(john.id()).email("FAMILY@a"));

      assertThat(removed).isOne();
      assertThat(matching(ALL)).containsExactly(kept, ofJim);
    }

    @Test
    void deletesNothingForAnAddressThatCannotBeStored() {
      List<UserEmail> emails = addresses(user("john"), 2);

      int removed = removeBulk(ALL.email("a\u0000b"));

      assertThat(removed).isZero();
      assertThat(matching(ALL)).isEqualTo(emails);
    }

    @Test
    void refusesAFilterWithoutACriterion() {
      List<UserEmail> emails = addresses(user("john"), 2);

      var refusal = refused(InvalidInputException.class, repo -> repo.userEmails().removeBulk(ALL));

      assertThat(refusal).hasMessageContaining("criterion");
      assertThat(matching(ALL)).isEqualTo(emails);
    }
  }

  private UUID insertRecoverySession() {
    UUID id = new UUID(1, 1);
    store.sql(
        """
        INSERT INTO user_recovery_sessions (id, email, email_folded, user_agent, locale, created_at)
        VALUES (?, 'john@a', 'john@a', 'agent', 'en', now())
        """,
        id);
    return id;
  }

  private void insertTicket(UUID session, UserEmail email) {
    store.sql(
        """
        INSERT INTO user_recovery_tickets
          (id, recovery_session_id, user_email_id, ticket_digest, created_at, expires_at)
        SELECT id, ?, id, sha256(uuid_send(id)), now(), now() FROM user_emails WHERE id = ?
        """,
        session,
        email.id());
  }

  static List<String> impossibleAddresses() {
    return List.of("", "a".repeat(321), "é".repeat(161), "a\u0000@b", "a\uD800@b", "\uDC00");
  }

  private Optional<UserEmail> lookup(UUID id) {
    return store.<Optional<UserEmail>>read(repo -> repo.userEmails().lookup(id));
  }

  private Optional<UserEmail> find(User user, String address) {
    return store.<Optional<UserEmail>>read(repo -> repo.userEmails().find(user, address));
  }

  private Optional<UserEmail> findByEmail(String address) {
    return store.<Optional<UserEmail>>read(repo -> repo.userEmails().findByEmail(address));
  }

  private List<UserEmail> all(User user) {
    return store.<List<UserEmail>>read(repo -> repo.userEmails().all(user));
  }

  private Page<UserEmail> list(UserEmailFilter filter, Pagination pagination) {
    return store.<Page<UserEmail>>read(repo -> repo.userEmails().list(filter, pagination));
  }

  private long count(UserEmailFilter filter) {
    return store.<Long>read(repo -> repo.userEmails().count(filter));
  }

  private int removeBulk(UserEmailFilter filter) {
    return store.<Integer>write(repo -> repo.userEmails().removeBulk(filter));
  }

  /** What a filter selects, by page, which must be as many as it counts. */
  private List<UserEmail> matching(UserEmailFilter filter) {
    List<UserEmail> found = forward(filter, 2);
    assertThat(count(filter)).isEqualTo(found.size());
    return found;
  }

  private List<UserEmail> forward(UserEmailFilter filter, int size) {
    Page<UserEmail> page = list(filter, Pagination.first(size));
    List<UserEmail> walked = new ArrayList<>(page.nodes());
    while (page.hasNextPage()) {
      page = list(filter, Pagination.first(size).after(page.lastCursor().orElseThrow()));
      walked.addAll(page.nodes());
    }
    return walked;
  }

  private UserEmail add(User user, String address) {
    tick();
    return store.write(repo -> repo.userEmails().add(user, address));
  }

  private List<UserEmail> addresses(User user, int count) {
    tick();
    return store.write(
        repo ->
            IntStream.range(0, count)
                .mapToObj(number -> repo.userEmails().add(user, "address" + number + "@a"))
                .toList());
  }

  private User user(String name) {
    tick();
    return store.write(repo -> repo.users().add(name));
  }

  private User goneUser() {
    User user = user("gone");
    store.sql("DELETE FROM users WHERE id = ?", user.id());
    return user;
  }

  private void assertConflict(Future<UserEmail> adding) {
    assertThat(adding)
        .failsWithin(PATIENCE)
        .withThrowableOfType(ExecutionException.class)
        .havingCause()
        .isInstanceOfSatisfying(
            ConflictException.class, e -> assertThat(e.kind()).isEqualTo(ConflictKind.EMAIL_TAKEN));
  }

  /** Work that is refused; the unit of work must go on, and what it writes afterwards be saved. */
  private <E extends StorageException> E refused(Class<E> type, Consumer<RepositoryAccess> work) {
    tick();
    E refusal =
        store.<E>write(
            repo -> {
              E caught = catchThrowableOfType(type, () -> work.accept(repo));
              assertThat(caught).isNotNull();
              repo.users().add("witness");
              return caught;
            });
    assertThat(store.<Boolean>read(repo -> repo.users().exists("witness"))).isTrue();
    return refusal;
  }

  /** Ids of different units of work differ by their millisecond. */
  private void tick() {
    store.clock().advance(Duration.ofMillis(1));
  }
}
