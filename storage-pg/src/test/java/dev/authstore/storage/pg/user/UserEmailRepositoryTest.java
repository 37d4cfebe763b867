package dev.authstore.storage.pg.user;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.user.User;
import dev.authstore.model.user.UserEmail;
import dev.authstore.storage.page.Edge;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.user.UserEmailFilter;
import dev.authstore.testing.MutableClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class UserEmailRepositoryTest {
  private static final UserEmailFilter ALL = UserEmailFilter.all();

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  @Nested
  class Lookup {
    @Test
    void isEmptyIfThereIsNoSuchEntry() {
      var found = lookup(new UUID(1, 2));

      assertThat(found).isEmpty();
    }
  }

  @Nested
  class Find {
    @ParameterizedTest
    @ValueSource(strings = {"JOHN@EXAMPLE.COM", "john@example.com", "John@Example.Com"})
    void findsTheAddressInAnySpelling(String spelling) {
      User john = user("john");
      UserEmail email = add(john, "JOHN@EXAMPLE.COM");

      var found = find(john, spelling);

      assertThat(found).contains(email);
    }

    @Test
    void doesNotFindAnotherAddress() {
      User john = user("john");
      add(john, "john@example.com");

      var found = find(john, "john@example.org");

      assertThat(found).isEmpty();
    }

    @Test
    void findsTheOwnEntryForASharedAddress() {
      User john = user("john");
      User jim = user("jim");
      UserEmail ofJohn = add(john, "family@example.com");
      UserEmail ofJim = add(jim, "family@example.com");

      var found = List.of(find(john, "family@example.com"), find(jim, "family@example.com"));

      assertThat(found).containsExactly(Optional.of(ofJohn), Optional.of(ofJim));
    }

    @ParameterizedTest
    @MethodSource("dev.authstore.storage.pg.user.UserEmailRepositoryTest#impossibleAddresses")
    void findsNothingByAnAddressThatCannotBeStoredWithoutAskingTheDatabase(String address) {
      User john = user("john");
      store.statements();

      var found = find(john, address);

      assertThat(found).isEmpty();
      assertThat(store.statements()).isEmpty();
    }
  }

  @Nested
  class FindByEmail {
    @Test
    void isEmptyIfNobodyHasTheAddress() {
      add(user("john"), "john@example.com");

      var found = findByEmail("jim@example.com");

      assertThat(found).isEmpty();
    }

    @Test
    void findsTheOnlyEntryInAnySpelling() {
      UserEmail email = add(user("john"), "JOHN@EXAMPLE.COM");

      var found = findByEmail("john@example.com");

      assertThat(found).contains(email);
    }

    @Test
    void doesNotFoldByTheLocaleOfTheProcess() {
      UserEmail email = add(user("jim"), "jim@example.com");

      var found = findByEmail("JIM@EXAMPLE.COM");

      assertThat(found).contains(email);
    }

    @Test
    void isEmptyIfSeveralHaveTheAddress() {
      add(user("john"), "family@example.com");
      add(user("jim"), "Family@example.com");

      var found = findByEmail("family@example.com");

      assertThat(found).isEmpty();
    }

    @Test
    void fetchesALimitedNumberOfEntries() {
      store.statements();
      findByEmail("family@example.com");
      String sql = store.statements().get(0).sql();

      List<String> plan = store.select("EXPLAIN " + sql, "family@example.com", 2L);

      assertThat(plan.get(0)).startsWith("Limit");
    }

    @Test
    void findsTheOneThatIsLeft() {
      UserEmail ofJohn = add(user("john"), "family@example.com");
      UserEmail ofJim = add(user("jim"), "family@example.com");
      store.run(repo -> repo.userEmails().remove(ofJim));

      var found = findByEmail("family@example.com");

      assertThat(found).contains(ofJohn);
    }

    @ParameterizedTest
    @MethodSource("dev.authstore.storage.pg.user.UserEmailRepositoryTest#impossibleAddresses")
    void findsNothingByAnAddressThatCannotBeStoredWithoutAskingTheDatabase(String address) {
      store.statements();

      var found = findByEmail(address);

      assertThat(found).isEmpty();
      assertThat(store.statements()).isEmpty();
    }
  }

  @Nested
  class All {
    @Test
    void isEmptyForAnUnknownUser() {
      User gone = goneUser();

      var addresses = all(gone);

      assertThat(addresses).isEmpty();
    }

    @Test
    void isInTheByteOrderOfTheFoldedAddresses() {
      User john = user("john");
      List.of("b@x", "A@x", "a2@x", "é@x", "_@x").forEach(address -> add(john, address));

      var addresses = all(john);

      assertThat(addresses)
          .extracting(UserEmail::email)
          .containsExactly("_@x", "a2@x", "A@x", "b@x", "é@x");
    }

    @Test
    void hasNobodyElsesAddresses() {
      User john = user("john");
      UserEmail email = add(john, "john@example.com");
      add(user("jim"), "jim@example.com");

      var addresses = all(john);

      assertThat(addresses).containsExactly(email);
    }
  }

  @Nested
  class Listing {
    @Test
    void isEmptyWithoutEntries() {
      var page = list(ALL, Pagination.first(10));

      assertThat(page).isEqualTo(Page.empty());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 8})
    void visitsEveryEntryOnceGoingForward(int size) {
      List<UserEmail> emails = addresses(user("john"), 7);

      var walked = forward(ALL, size);

      assertThat(walked).isEqualTo(emails);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 8})
    void visitsEveryEntryOnceGoingBackward(int size) {
      List<UserEmail> emails = addresses(user("john"), 7);

      var walked = backward(ALL, size);

      assertThat(walked).isEqualTo(emails);
    }

    @Test
    void hasTheIdOfEachEntryAsItsCursor() {
      List<UserEmail> emails = addresses(user("john"), 3);

      var page = list(ALL, Pagination.last(3));

      assertThat(page.edges())
          .extracting(Edge::cursor)
          .isEqualTo(emails.stream().map(UserEmail::id).toList());
    }

    @Test
    void findsTheAddressesOfAUser() {
      User john = user("john");
      List<UserEmail> emails = addresses(john, 3);
      addresses(user("jim"), 2);

      var found = matching(ALL.user(john.id()));

      assertThat(found).isEqualTo(emails);
    }

    @Test
    void findsTheEntriesForAnAddressInAnySpelling() {
      UserEmail ofJohn = add(user("john"), "FAMILY@example.com");
      UserEmail ofJim = add(user("jim"), "Family@example.com");
      add(user("joe"), "family@example.com.org");

      var found = matching(ALL.email("family@example.com"));

      assertThat(found).containsExactly(ofJohn, ofJim);
    }

    @Test
    void wantsAllCriteriaAtOnce() {
      User john = user("john");
      UserEmail ofJohn = add(john, "family@example.com");
      add(john, "john@example.com");
      add(user("jim"), "family@example.com");

      var found = matching(ALL.user(john.id()).email("FAMILY@example.com"));

      assertThat(found).containsExactly(ofJohn);
    }

    @ParameterizedTest
    @ValueSource(strings = {"%", "j%", "john_example.com", "%@example.com", "ohn@example.com"})
    void takesTheAddressForNoPattern(String address) {
      add(user("john"), "john@example.com");

      var found = matching(ALL.email(address));

      assertThat(found).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("dev.authstore.storage.pg.user.UserEmailRepositoryTest#impossibleAddresses")
    void findsNothingForAnAddressThatCannotBeStored(String address) {
      add(user("john"), "john@example.com");

      var found = matching(ALL.email(address));

      assertThat(found).isEmpty();
    }
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

  private List<UserEmail> backward(UserEmailFilter filter, int size) {
    Page<UserEmail> page = list(filter, Pagination.last(size));
    List<UserEmail> walked = new ArrayList<>(page.nodes());
    while (page.hasPreviousPage()) {
      page = list(filter, Pagination.last(size).before(page.firstCursor().orElseThrow()));
      walked.addAll(0, page.nodes());
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

  /** Ids of different units of work differ by their millisecond. */
  private void tick() {
    store.clock().advance(Duration.ofMillis(1));
  }
}
