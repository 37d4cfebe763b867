package dev.authstore.storage.pg.user;

import static dev.authstore.model.user.UserState.ACTIVE;
import static dev.authstore.model.user.UserState.DEACTIVATED;
import static dev.authstore.model.user.UserState.LOCKED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.authstore.model.user.User;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.page.Edge;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.user.UserFilter;
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
import org.junit.jupiter.params.provider.ValueSource;

/** Lists and counts, which share their filters. */
class UserListRepositoryTest {
  private static final UserFilter ALL = UserFilter.all();

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  @Nested
  class Listing {
    @Test
    void isEmptyWithoutUsers() {
      var page = list(ALL, Pagination.first(10));

      assertThat(page).isEqualTo(Page.empty());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 8})
    void visitsEveryUserOnceGoingForward(int size) {
      List<User> users = users(7);

      var walked = forward(ALL, size);

      assertThat(walked).isEqualTo(users);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 8})
    void visitsEveryUserOnceGoingBackward(int size) {
      List<User> users = users(7);

      var walked = backward(ALL, size);

      assertThat(walked).isEqualTo(users);
    }

    @Test
    void tellsGoingForwardWhetherThereIsMore() {
      List<User> users = users(25);

      var pages =
          List.of(
              list(ALL, Pagination.first(10)),
              list(ALL, Pagination.first(10).after(users.get(9).id())),
              list(ALL, Pagination.first(10).after(users.get(19).id())));

      assertThat(pages).extracting(Page::hasNextPage).containsExactly(true, true, false);
      assertThat(pages).extracting(Page::hasPreviousPage).containsOnly(false);
      assertThat(pages.stream().flatMap(page -> page.nodes().stream())).isEqualTo(users);
    }

    @Test
    void presentsTheNewestAscendingGoingBackward() {
      List<User> users = users(25);

      var page = list(ALL, Pagination.last(10));

      assertThat(page.nodes()).isEqualTo(users.subList(15, 25));
      assertThat(page.hasPreviousPage()).isTrue();
      assertThat(page.hasNextPage()).isFalse();
    }

    @Test
    void hasTheIdOfEachUserAsItsCursor() {
      List<User> users = users(3);

      var page = list(ALL, Pagination.first(3));

      assertThat(page.edges()).extracting(Edge::cursor).isEqualTo(ids(users));
    }

    @Test
    void takesBothBoundsAsAnInterval() {
      List<User> users = users(9);
      Pagination between = Pagination.first(2).after(users.get(2).id()).before(users.get(6).id());

      var page = list(ALL, between);

      assertThat(page.nodes()).isEqualTo(users.subList(3, 5));
      assertThat(page.hasNextPage()).isTrue();
    }

    @Test
    void takesBothBoundsAsAnIntervalGoingBackward() {
      List<User> users = users(9);
      Pagination between = Pagination.last(2).after(users.get(2).id()).before(users.get(6).id());

      var page = list(ALL, between);

      assertThat(page.nodes()).isEqualTo(users.subList(4, 6));
      assertThat(page.hasPreviousPage()).isTrue();
    }

    @Test
    void isEmptyBetweenReversedBoundsWithoutAskingTheDatabase() {
      List<User> users = users(3);
      Pagination nothing = Pagination.first(2).after(users.get(2).id()).before(users.get(0).id());
      store.statements();

      var page = list(ALL, nothing);

      assertThat(page).isEqualTo(Page.empty());
      assertThat(store.statements()).isEmpty();
    }

    @Test
    void goesOnFromACursorWhoseUserIsGone() {
      List<User> users = users(3);
      delete(users.get(1));

      var page = list(ALL, Pagination.first(5).after(users.get(1).id()));

      assertThat(page.nodes()).containsExactly(users.get(2));
    }

    @Test
    void comparesIdsAsUnsignedNumbers() {
      User low = imported(new UUID(1, 1), "low");
      User high = imported(new UUID(-1, -1), "high");

      var page = list(ALL, Pagination.first(5).after(low.id()));

      assertThat(page.nodes()).containsExactly(high);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 10_001})
    void refusesPageSizesOutOfBounds(int size) {
      var refusal =
          catchThrowableOfType(
              InvalidInputException.class, () -> list(ALL, Pagination.first(size)));

      assertThat(refusal).hasMessageContaining("page size");
    }
  }

  @Nested
  class Count {
    @Test
    void isZeroWithoutUsers() {
      var counts = List.of(count(ALL), count(ALL.state(ACTIVE)), count(ALL.search("")));

      assertThat(counts).containsOnly(0L);
    }

    @Test
    void knowsAnOrdinaryUser() {
      add("john");

      var counts =
          List.of(
              count(ALL),
              count(ALL.state(ACTIVE)),
              count(ALL.state(LOCKED)),
              count(ALL.state(DEACTIVATED)),
              count(ALL.canRequestAdmin(true)),
              count(ALL.canRequestAdmin(false)));

      assertThat(counts).containsExactly(1L, 1L, 0L, 0L, 0L, 1L);
    }

    @Test
    void findsAUserBothLockedAndDeactivatedInBothStates() {
      User john = add("john");
      store.run(repo -> repo.users().lock(repo.users().deactivate(john)));

      var counts =
          List.of(
              count(ALL.state(ACTIVE)), count(ALL.state(LOCKED)), count(ALL.state(DEACTIVATED)));

      assertThat(counts).containsExactly(0L, 1L, 1L);
    }

    @Test
    void separatesGuestsFromOthers() {
      add("john");
      guest("visitor");

      var found = List.of(names(ALL.guest(true)), names(ALL.guest(false)), names(ALL));

      assertThat(found)
          .containsExactly(List.of("visitor"), List.of("john"), List.of("visitor", "john"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"JO", "john", "O", "hn"})
    void findsTextAnywhereInTheName(String text) {
      add("john");
      add("mary");

      var found = names(ALL.search(text));

      assertThat(found).containsExactly("john");
    }

    @Test
    void findsEveryUserByEmptyText() {
      users(3);

      var found = count(ALL.search(""));

      assertThat(found).isEqualTo(3);
    }

    @Test
    void findsFoldedText() {
      add("élodie");

      var found = names(ALL.search("É"));

      assertThat(found).containsExactly("élodie");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a_c", "100%", "\\", "!", "alice", "[a-z]", "a\u0000", "\uD800"})
    void takesEveryCharacterForItself(String text) {
      List.of("abc", "1000", "john").forEach(UserListRepositoryTest.this::add);

      var found = names(ALL.search(text));

      assertThat(found).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a_c", "100%", "\\", "!"})
    void findsPatternCharactersThatAreThere(String text) {
      add("abc1000");
      add("<" + text + ">");

      var found = names(ALL.search(text));

      assertThat(found).containsExactly("<" + text + ">");
    }

    @Test
    void wantsAllCriteriaAtOnce() {
      List<User> users =
          List.of("anna", "annie", "hanna", "bob").stream().map(this::admin).toList();
      store.run(repo -> repo.users().lock(users.get(1)));
      add("joanna");
      UserFilter filter = ALL.state(ACTIVE).search("ANN").canRequestAdmin(true).guest(false);

      var found = names(filter);

      assertThat(found).containsExactly("anna", "hanna");
    }

    @Test
    void keepsTheLastValueOfACriterion() {
      add("john");
      add("mary");

      var found = names(ALL.search("john").search("mary"));

      assertThat(found).containsExactly("mary");
    }

    private User admin(String name) {
      User user = add(name);
      return store.write(repo -> repo.users().setCanRequestAdmin(user, true));
    }
  }

  private Optional<User> lookup(UUID id) {
    return store.<Optional<User>>read(repo -> repo.users().lookup(id));
  }

  private long count(UserFilter filter) {
    return store.<Long>read(repo -> repo.users().count(filter));
  }

  private Page<User> list(UserFilter filter, Pagination pagination) {
    return store.<Page<User>>read(repo -> repo.users().list(filter, pagination));
  }

  /** The names that a filter selects, by page, which must be as many as it counts. */
  private List<String> names(UserFilter filter) {
    List<User> found = forward(filter, 2);
    assertThat(count(filter)).isEqualTo(found.size());
    return found.stream().map(User::username).toList();
  }

  private List<User> forward(UserFilter filter, int size) {
    List<User> walked = new ArrayList<>();
    Page<User> page = list(filter, Pagination.first(size));
    walked.addAll(page.nodes());
    while (page.hasNextPage()) {
      page = list(filter, Pagination.first(size).after(page.lastCursor().orElseThrow()));
      walked.addAll(page.nodes());
    }
    return walked;
  }

  private List<User> backward(UserFilter filter, int size) {
    List<User> walked = new ArrayList<>();
    Page<User> page = list(filter, Pagination.last(size));
    walked.addAll(0, page.nodes());
    while (page.hasPreviousPage()) {
      page = list(filter, Pagination.last(size).before(page.firstCursor().orElseThrow()));
      walked.addAll(0, page.nodes());
    }
    return walked;
  }

  private User add(String name) {
    tick();
    return store.write(repo -> repo.users().add(name));
  }

  private List<User> users(int count) {
    tick();
    return store.write(
        repo ->
            IntStream.range(0, count)
                .mapToObj(number -> repo.users().add("user" + number))
                .toList());
  }

  private static List<UUID> ids(List<User> users) {
    return users.stream().map(User::id).toList();
  }

  private User imported(UUID id, String name) {
    store.sql(
        "INSERT INTO users (id, username, username_folded, created_at) VALUES (?, ?, ?, now())",
        id,
        name,
        name);
    return lookup(id).orElseThrow();
  }

  private User guest(String name) {
    User guest = imported(new UUID(1, 1), name);
    store.sql("UPDATE users SET is_guest = true WHERE id = ?", guest.id());
    return guest;
  }

  private void delete(User user) {
    store.sql("DELETE FROM users WHERE id = ?", user.id());
  }

  /** Ids of different units of work differ by their millisecond. */
  private void tick() {
    store.clock().advance(Duration.ofMillis(1));
  }
}
