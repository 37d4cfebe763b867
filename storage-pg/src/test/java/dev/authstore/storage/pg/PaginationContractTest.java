package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.model.Ids;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.model.user.UserEmail;
import dev.authstore.model.user.UserRecoverySession;
import dev.authstore.model.user.UserRegistrationToken;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.page.Edge;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.user.BrowserSessionFilter;
import dev.authstore.storage.user.EmailWithUser;
import dev.authstore.storage.user.UserEmailFilter;
import dev.authstore.storage.user.UserFilter;
import dev.authstore.storage.user.UserRegistrationTokenFilter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PaginationContractTest {
  private static final Percentage TENTH = Percentage.withPercentage(10);

  @RegisterExtension final Store store = Store.fresh();

  /** A list with rows in it: its page, and how to read the id of an element. */
  record Walked(int size, Function<Pagination, Page<?>> list, Function<Object, UUID> id) {}

  @Nested
  class EveryList {
    private static final int ROWS = 7;

    private final Map<String, Walked> lists = new TreeMap<>();

    @Test
    void isWalkedHere() {
      prepare();
      List<String> found =
          Arrays.stream(RepositoryAccess.class.getMethods())
              .flatMap(accessor -> Arrays.stream(accessor.getReturnType().getMethods()))
              .filter(method -> Page.class.isAssignableFrom(method.getReturnType()))
              .map(method -> method.getDeclaringClass().getSimpleName() + "." + method.getName())
              .toList();

      assertThat(lists.keySet()).containsExactlyInAnyOrderElementsOf(found);
    }

    @Test
    void isTheSameForwardInPagesOfAnySize() {
      prepare();
      lists.forEach(
          (name, list) -> {
            for (int size : List.of(1, 2, 3, list.size(), list.size() + 1)) {
              assertThat(forward(list, size)).as("%s by %s", name, size).isEqualTo(all(list));
            }
          });
    }

    @Test
    void isTheSameBackwardInPagesOfAnySize() {
      prepare();
      lists.forEach(
          (name, list) -> {
            for (int size : List.of(1, 2, 3, list.size(), list.size() + 1)) {
              assertThat(backward(list, size)).as("%s by %s", name, size).isEqualTo(all(list));
            }
          });
    }

    @Test
    void ascendsInUnsignedOrder() {
      prepare();
      lists.forEach(
          (name, list) ->
              assertThat(all(list))
                  .as(name)
                  .hasSize(list.size())
                  .isSortedAccordingTo(Ids.UNSIGNED_ORDER)
                  .doesNotHaveDuplicates());
    }

    private void prepare() {
      // ids on both sides of the sign bit, in both halves
      for (int i = 0; i < ROWS; i++) {
        UUID id = new UUID(i * 0x3000_0000_0000_0000L, i * 0x5000_0000_0000_0000L);
        insertUser(store, id, "user " + i);
        insert("user_emails", "email, email_folded", "'a@b', 'a@b'", i);
        insert("browser_sessions", "user_agent", "'agent'", i);
        insertToken(i);
      }
      lists.put(
          "UserRepository.list",
          new Walked(
              ROWS,
              page -> store.read(repo -> repo.users().list(UserFilter.all(), page)),
              node -> ((User) node).id()));
      lists.put(
          "UserEmailRepository.list",
          new Walked(
              ROWS,
              page -> store.read(repo -> repo.userEmails().list(UserEmailFilter.all(), page)),
              node -> ((UserEmail) node).id()));
      UserRecoverySession recovery =
          store.write(
              repo -> repo.userRecovery().addSession("A@B", "agent", Optional.empty(), "en"));
      lists.put(
          "UserRecoveryRepository.listRecipients",
          new Walked(
              ROWS,
              page -> store.read(repo -> repo.userRecovery().listRecipients(recovery, page)),
              node -> ((EmailWithUser) node).email().id()));
      lists.put(
          "UserRegistrationTokenRepository.list",
          new Walked(
              ROWS,
              page ->
                  store.read(
                      repo ->
                          repo.userRegistrationTokens()
                              .list(UserRegistrationTokenFilter.all(), page)),
              node -> ((UserRegistrationToken) node).id()));
      lists.put(
          "BrowserSessionRepository.list",
          new Walked(
              ROWS,
              page ->
                  store.read(repo -> repo.browserSessions().list(BrowserSessionFilter.all(), page)),
              node -> ((BrowserSession) node).id()));
      lists.putAll(CompatTables.lists(store, ROWS));
      lists.putAll(OAuth2Tables.lists(store, ROWS));
      lists.putAll(PersonalTables.lists(store, ROWS));
      lists.putAll(UpstreamTables.lists(store, ROWS));
      lists.putAll(AppTables.lists(store, ROWS));
      lists.putAll(QueueTables.lists(store, ROWS));
    }

    // with ids in another order than those of the users
    private void insert(String table, String columns, String values, int i) {
      store.sql(
          "INSERT INTO %s (id, user_id, created_at, %s) SELECT ?, id, now(), %s FROM users WHERE username = ?"
              .formatted(table, columns, values),
          new UUID(-i * 0x1000_0000_0000_0000L, i * 0x7000_0000_0000_0000L),
          "user " + i);
    }

    private void insertToken(int i) {
      store.sql(
          "INSERT INTO user_registration_tokens (id, token, created_at) VALUES (?, ?, now())",
          new UUID(-i * 0x1000_0000_0000_0000L, i * 0x7000_0000_0000_0000L),
          "token " + i);
    }

    private List<UUID> all(Walked list) {
      return ids(list, list.list().apply(Pagination.first(1000)));
    }

    private List<UUID> forward(Walked list, int size) {
      List<UUID> seen = new ArrayList<>();
      Pagination pagination = Pagination.first(size);
      for (int pages = 0; pages <= list.size(); pages++) {
        Page<?> page = list.list().apply(pagination);
        seen.addAll(ids(list, page));
        assertThat(page.hasPreviousPage()).isFalse();
        assertThat(page.hasNextPage()).isEqualTo(seen.size() < list.size());
        if (!page.hasNextPage()) {
          return seen;
        }
        assertThat(page.edges()).hasSize(size);
        pagination = pagination.after(page.lastCursor().orElseThrow());
      }
      throw new AssertionError("no end");
    }

    private List<UUID> backward(Walked list, int size) {
      List<UUID> seen = new ArrayList<>();
      Pagination pagination = Pagination.last(size);
      for (int pages = 0; pages <= list.size(); pages++) {
        Page<?> page = list.list().apply(pagination);
        seen.addAll(0, ids(list, page));
        assertThat(page.hasNextPage()).isFalse();
        assertThat(page.hasPreviousPage()).isEqualTo(seen.size() < list.size());
        if (!page.hasPreviousPage()) {
          return seen;
        }
        assertThat(page.edges()).hasSize(size);
        pagination = pagination.before(page.firstCursor().orElseThrow());
      }
      throw new AssertionError("no end");
    }

    private List<UUID> ids(Walked list, Page<?> page) {
      List<UUID> ids = new ArrayList<>();
      for (Edge<?> edge : page.edges()) {
        assertThat(edge.cursor()).isEqualTo(list.id().apply(edge.node()));
        ids.add(edge.cursor());
      }
      return ids;
    }
  }

  @Nested
  class OneToTen {

    @ParameterizedTest
    @CsvSource({
      "first, 3, , , 1 2 3, true, false",
      "first, 3, 3, , 4 5 6, true, false",
      "first, 3, 8, , 9 10, false, false",
      "first, 2, 8, , 9 10, false, false",
      "first, 1, , 3, 1, true, false",
      "first, 10, 2, 6, 3 4 5, false, false",
      "first, 3, 6, 4, '', false, false",
      "last, 3, , , 8 9 10, false, true",
      "last, 3, , 8, 5 6 7, false, true",
      "last, 3, , 3, 1 2, false, false",
      "last, 2, 7, , 9 10, false, true",
      "last, 10, 2, 6, 3 4 5, false, false",
      "first, 10, , , 1 2 3 4 5 6 7 8 9 10, false, false",
      "last, 10, , , 1 2 3 4 5 6 7 8 9 10, false, false",
      "first, 1, 10, , '', false, false",
      "last, 1, , 1, '', false, false",
      "first, 2, 0, 11, 1 2, true, false",
      "last, 10000, 4, , 5 6 7 8 9 10, false, false"
    })
    void givesThePageOfTheTable(
        String direction,
        int count,
        @org.jspecify.annotations.Nullable Integer after,
        @org.jspecify.annotations.Nullable Integer before,
        String expected,
        boolean next,
        boolean previous) {
      for (int i = 1; i <= 10; i++) {
        insertUser(store, id(i), String.valueOf(i));
      }
      Pagination pagination =
          Pagination.of(
              Optional.ofNullable(after).map(PaginationContractTest::id),
              Optional.ofNullable(before).map(PaginationContractTest::id),
              direction.equals("first") ? OptionalInt.of(count) : OptionalInt.empty(),
              direction.equals("last") ? OptionalInt.of(count) : OptionalInt.empty());

      Page<User> page = page(pagination);

      assertThat(String.join(" ", names(page))).isEqualTo(expected);
      assertThat(page.hasNextPage()).isEqualTo(next);
      assertThat(page.hasPreviousPage()).isEqualTo(previous);
    }
  }

  @Nested
  class Changing {

    @Test
    void showsWhatIsInsertedBehindTheCursor() {
      insertUser(store, id(1), "1");
      insertUser(store, id(3), "3");
      Page<User> first = page(Pagination.first(1));
      insertUser(store, id(2), "2");

      Page<User> second = page(Pagination.first(5).after(first.lastCursor().orElseThrow()));

      assertThat(names(second)).containsExactly("2", "3");
    }

    @Test
    void goesOnFromACursorWhoseRowIsGone() {
      insertUser(store, id(1), "1");
      insertUser(store, id(2), "2");
      Page<User> first = page(Pagination.first(1));
      store.sql("DELETE FROM users WHERE username = '1'");

      Page<User> second = page(Pagination.first(5).after(first.lastCursor().orElseThrow()));

      assertThat(names(second)).containsExactly("2");
      assertThat(second.hasNextPage()).isFalse();
    }

    @Test
    void returnsNoRowTwice() {
      insertUser(store, id(2), "2");
      insertUser(store, id(3), "3");
      Page<User> first = page(Pagination.first(1));
      insertUser(store, id(1), "1");

      Page<User> second = page(Pagination.first(5).after(first.lastCursor().orElseThrow()));

      assertThat(names(second)).containsExactly("3");
    }
  }

  @Nested
  class Bounds {

    @Test
    void areOneAndTenThousand() {
      for (int count : List.of(Integer.MIN_VALUE, -1, 0, 10_001, Integer.MAX_VALUE)) {
        assertThatThrownBy(() -> Pagination.first(count)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> Pagination.last(count)).isInstanceOf(InvalidInputException.class);
      }
      assertThat(page(Pagination.first(1)).edges()).isEmpty();
      assertThat(page(Pagination.last(10_000)).edges()).isEmpty();
    }

    @Test
    void areGivenForOneDirection() {
      Optional<UUID> none = Optional.empty();

      assertThatThrownBy(() -> Pagination.of(none, none, OptionalInt.of(1), OptionalInt.of(1)))
          .isInstanceOf(InvalidInputException.class);
      assertThatThrownBy(() -> Pagination.of(none, none, OptionalInt.empty(), OptionalInt.empty()))
          .isInstanceOf(InvalidInputException.class);
    }

    @Test
    void thatLeaveNothingSendNothing() {
      UUID low = new UUID(0x7000_0000_0000_0000L, 0);
      UUID high = new UUID(0x8000_0000_0000_0000L, 0);
      store.statements();

      for (Pagination empty :
          List.of(
              Pagination.first(1).after(high).before(low),
              Pagination.last(1).after(high).before(low),
              Pagination.first(1).after(low).before(low))) {
        assertThat(page(empty)).isEqualTo(Page.empty());
      }
      assertThat(store.statements()).isEmpty();

      page(Pagination.first(1).after(low).before(high));
      assertThat(store.statements()).hasSize(1);
    }
  }

  @Test
  void aDeepPageCostsWhatTheFirstOneCosts() {
    store.sql(
        """
        INSERT INTO users (id, username, username_folded, created_at)
        SELECT lpad(to_hex(i), 32, '0')::uuid, 'u' || i, 'u' || i, now() FROM generate_series(1, 100000) AS i
        """);
    store.sql("VACUUM ANALYZE users");
    Pagination forward = Pagination.first(5_000);
    Pagination backward = Pagination.last(5_000);

    assertThat(buffers(forward.after(id(90_000)))).isCloseTo(buffers(forward.after(id(0))), TENTH);
    assertThat(buffers(backward.before(id(10_000))))
        .isCloseTo(buffers(backward.before(id(99_999))), TENTH);
  }

  private long buffers(Pagination pagination) {
    return new Plans(store)
        .measured(repo -> repo.users().list(UserFilter.all(), pagination))
        .get(0)
        .buffers();
  }

  private Page<User> page(Pagination pagination) {
    return store.read(repo -> repo.users().list(UserFilter.all(), pagination));
  }

  private static List<String> names(Page<User> page) {
    return page.nodes().stream().map(User::username).toList();
  }

  private static UUID id(int number) {
    return new UUID(0, number);
  }

  private static void insertUser(Store store, UUID id, String name) {
    store.sql(
        "INSERT INTO users (id, username, username_folded, created_at) VALUES (?, ?, ?, now())",
        id,
        name,
        name);
  }
}
