package dev.authstore.storage.pg.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.authstore.model.Ids;
import dev.authstore.model.user.User;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.ReadOnlyException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.user.UserFilter;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
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

class UserRepositoryTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final UserFilter ALL = UserFilter.all();

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  @Nested
  class Lookup {
    @Test
    void isEmptyIfThereIsNoSuchUser() {
      var found = lookup(new UUID(1, 2));

      assertThat(found).isEmpty();
    }

    @Test
    void acceptsIdsOfAnyVersion() {
      UUID ulid = UUID.fromString("017e6395-9b40-ffff-0000-000000000001");
      imported(ulid, "john");

      var found = lookup(ulid);

      assertThat(found.map(User::username)).contains("john");
    }
  }

  @Nested
  class FindByUsername {
    @Test
    void isEmptyIfThereIsNoSuchUser() {
      var found = find("john");

      assertThat(found).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Alice", "alice", "ALICE", "aLiCe"})
    void findsTheOnlyUserInAnySpelling(String spelling) {
      User alice = add("Alice");

      var found = find(spelling);

      assertThat(found).contains(alice);
    }

    @Test
    void prefersTheExactSpellingAmongSeveral() {
      User upper = add("BOB");
      User title = add("Bob");

      var found = List.of(find("BOB"), find("Bob"));

      assertThat(found).containsExactly(Optional.of(upper), Optional.of(title));
    }

    @Test
    void prefersTheExactSpellingAmongMany() {
      User last = List.of(add("bob"), add("BOB"), add("Bob"), add("boB")).get(3);

      var found = find("boB");

      assertThat(found).contains(last);
    }

    @Test
    void neverGuessesBetweenSeveral() {
      add("Bob");
      add("BOB");

      var found = find("bob");

      assertThat(found).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"éLODIE", "E\u0301lodie", "e\u0301LODIE"})
    void foldsBeyondAscii(String spelling) {
      User elodie = add("Élodie");

      var found = find(spelling);

      assertThat(found).contains(elodie);
    }

    @Test
    void doesNotFoldByTheLocaleOfTheProcess() {
      User alice = add("alice i");

      var found = find("ALICE I");

      assertThat(found).contains(alice);
    }

    @ParameterizedTest
    @MethodSource("dev.authstore.storage.pg.user.UserRepositoryTest#impossibleNames")
    void findsNothingByANameThatCannotBeStoredWithoutAskingTheDatabase(String name) {
      store.statements();

      var found = find(name);

      assertThat(found).isEmpty();
      assertThat(store.statements()).isEmpty();
    }
  }

  @Nested
  class Exists {
    @Test
    void isFalseIfThereIsNoSuchUser() {
      var exists = exists("john");

      assertThat(exists).isFalse();
    }

    @Test
    void isTrueInAnySpelling() {
      add("Alice");

      var exists = exists("ALICE");

      assertThat(exists).isTrue();
    }

    @Test
    void isTrueAlsoBetweenSeveral() {
      add("Bob");
      add("BOB");

      var exists = exists("bob");

      assertThat(exists).isTrue();
    }

    @Test
    void takesTheKelvinSignForItsLetter() {
      add("\u212Aelvin");

      var exists = exists("kelvin");

      assertThat(exists).isTrue();
    }

    @Test
    void tellsTheDottedCapitalFromItsLetter() {
      add("\u0130rem");

      var exists = exists("irem");

      assertThat(exists).isFalse();
    }

    @ParameterizedTest
    @MethodSource("dev.authstore.storage.pg.user.UserRepositoryTest#impossibleNames")
    void isFalseForANameThatCannotBeStoredWithoutAskingTheDatabase(String name) {
      store.statements();

      var exists = exists(name);

      assertThat(exists).isFalse();
      assertThat(store.statements()).isEmpty();
    }
  }

  @Nested
  class Add {
    @Test
    void returnsWhatLookupsReturn() {
      User john = store.write(repo -> repo.users().add("john"));

      assertThat(lookup(john.id())).contains(john);
      assertThat(find("john")).contains(john);
    }

    @Test
    void makesAnOrdinaryActiveUser() {
      User john = store.write(repo -> repo.users().add("john"));

      assertThat(john)
          .isEqualTo(
              new User(john.id(), "john", now(), Optional.empty(), Optional.empty(), false, false));
      assertThat(john.isValid()).isTrue();
    }

    @Test
    void makesTheIdOfTheSameInstant() {
      User john = store.write(repo -> repo.users().add("john"));

      assertThat(john.id().version()).isEqualTo(7);
      assertThat(Ids.timestamp(john.id())).isEqualTo(now().truncatedTo(ChronoUnit.MILLIS));
    }

    @Test
    void makesAscendingIdsInOneInstant() {
      List<UUID> ids =
          store.write(
              repo ->
                  IntStream.range(0, 50)
                      .mapToObj(number -> repo.users().add("user" + number).id())
                      .toList());

      assertThat(ids).isSortedAccordingTo(Ids.UNSIGNED_ORDER).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @ValueSource(
        strings = {"😀 smile", " blank ", "tab\tnew\nline", "a'b\"c%d_e\\f", "\u200Fright", "İ"})
    void keepsTheNameAsItIs(String name) {
      User added = store.write(repo -> repo.users().add(name));

      assertThat(added.username()).isEqualTo(name);
      assertThat(find(name)).contains(added);
    }

    @ParameterizedTest
    @MethodSource("dev.authstore.storage.pg.user.UserRepositoryTest#longestNames")
    void acceptsTheLongestName(String name) {
      User added = store.write(repo -> repo.users().add(name));

      assertThat(find(name)).contains(added);
    }

    @Test
    void acceptsANameThatDiffersInCaseOnly() {
      User bob = add("bob");

      User upper = add("BOB");

      assertThat(upper.id()).isNotEqualTo(bob.id());
      assertThat(count(ALL)).isEqualTo(2);
    }

    @Test
    void refusesANameTakenExactly() {
      User john = add("john");

      var refusal = refused(ConflictException.class, repo -> repo.users().add("john"));

      assertThat(refusal.kind()).isEqualTo(ConflictKind.USERNAME_TAKEN);
      assertThat(find("john")).contains(john);
    }

    @ParameterizedTest
    @MethodSource("dev.authstore.storage.pg.user.UserRepositoryTest#impossibleNames")
    void refusesANameThatCannotBeStored(String name) {
      var refusal = refused(InvalidInputException.class, repo -> repo.users().add(name));

      assertThat(refusal).hasMessageContaining("user name");
      assertThat(names(ALL)).containsExactly("witness");
    }

    @Test
    void isRefusedWhereOnlyReadingIsAllowed() {
      var refusal =
          catchThrowableOfType(
              ReadOnlyException.class, () -> store.read(repo -> repo.users().add("john")));

      assertThat(refusal).isNotNull();
      assertThat(exists("john")).isFalse();
    }

    @Test
    void conflictsWithATransactionThatWasFirst() {
      Store.Held<User> first = store.hold(repo -> repo.users().add("john"));
      tick();
      Future<User> second = store.start(repo -> repo.users().add("john"));
      store.awaitBlocked(1);

      first.save();

      assertConflict(second);
      assertThat(find("john")).contains(first.result());
    }

    @Test
    void succeedsIfTheTransactionThatWasFirstIsCancelled() {
      Store.Held<User> first = store.hold(repo -> repo.users().add("john"));
      tick();
      Future<User> second = store.start(repo -> repo.users().add("john"));
      store.awaitBlocked(1);

      first.cancel();

      assertThat(second).succeedsWithin(PATIENCE);
      assertThat(names(ALL)).containsExactly("john");
    }

    @Test
    void letsOneOfManySucceed() throws InterruptedException {
      RepositoryFactory repositories = store.repositories();

      var race =
          Race.of(32).run(number -> repositories.<User>call(repo -> repo.users().add("john")));

      assertThat(race.values()).containsExactly(find("john").orElseThrow());
      assertThat(race.failures()).hasSize(31).hasOnlyElementsOfType(ConflictException.class);
    }
  }

  @Nested
  class AddIfAvailable {
    @Test
    void returnsWhatLookupReturns() {
      User john = store.write(repo -> repo.users().addIfAvailable("John"));

      assertThat(lookup(john.id())).contains(john);
      assertThat(john.createdAt()).isEqualTo(now());
    }

    @ParameterizedTest
    @ValueSource(strings = {"Alice", "alice", "ALICE"})
    void refusesANameTakenInAnySpelling(String spelling) {
      User alice = add("Alice");

      var refusal = refused(ConflictException.class, repo -> repo.users().addIfAvailable(spelling));

      assertThat(refusal.kind()).isEqualTo(ConflictKind.USERNAME_TAKEN);
      assertThat(names(ALL)).containsExactly("Alice", "witness");
      assertThat(lookup(alice.id())).contains(alice);
    }

    @ParameterizedTest
    @MethodSource("dev.authstore.storage.pg.user.UserRepositoryTest#impossibleNames")
    void refusesANameThatCannotBeStored(String name) {
      var refusal = refused(InvalidInputException.class, repo -> repo.users().addIfAvailable(name));

      assertThat(refusal).hasMessageContaining("user name");
      assertThat(names(ALL)).containsExactly("witness");
    }

    @Test
    void conflictsWithATransactionThatWasFirst() {
      Store.Held<User> first = store.hold(repo -> repo.users().addIfAvailable("alice"));
      tick();
      Future<User> second = store.start(repo -> repo.users().addIfAvailable("ALICE"));
      store.awaitBlocked(1);

      first.save();

      assertConflict(second);
      assertThat(names(ALL)).containsExactly("alice");
    }

    @Test
    void succeedsIfTheTransactionThatWasFirstIsCancelled() {
      Store.Held<User> first = store.hold(repo -> repo.users().addIfAvailable("alice"));
      tick();
      Future<User> second = store.start(repo -> repo.users().addIfAvailable("ALICE"));
      store.awaitBlocked(1);

      first.cancel();

      assertThat(second).succeedsWithin(PATIENCE);
      assertThat(names(ALL)).containsExactly("ALICE");
    }

    @Test
    void doesNotWaitForAnotherName() {
      Store.Held<User> first = store.hold(repo -> repo.users().addIfAvailable("alice"));
      tick();

      Future<User> second = store.start(repo -> repo.users().addIfAvailable("bob"));

      assertThat(second).succeedsWithin(PATIENCE);
      first.save();
      assertThat(names(ALL)).containsExactly("alice", "bob");
    }

    @Test
    void letsOneSpellingWinInEveryRound() throws InterruptedException {
      RepositoryFactory repositories = store.repositories();

      for (int round = 0; round < 20; round++) {
        List<String> spellings = List.of("alice" + round, "ALICE" + round);
        var race =
            Race.of(2)
                .run(
                    number ->
                        repositories.<User>call(
                            repo -> repo.users().addIfAvailable(spellings.get(number))));

        assertThat(race.values()).hasSize(1);
        assertThat(race.failures()).hasSize(1).hasOnlyElementsOfType(ConflictException.class);
      }

      assertThat(count(ALL)).isEqualTo(20);
    }

    @Test
    void letsOneOfManySucceed() throws InterruptedException {
      RepositoryFactory repositories = store.repositories();
      List<String> spellings = List.of("alice", "ALICE", "Alice", "aLICE");

      var race =
          Race.of(32)
              .run(
                  number ->
                      repositories.<User>call(
                          repo -> repo.users().addIfAvailable(spellings.get(number % 4))));

      assertThat(race.values()).hasSize(1);
      assertThat(race.failures()).hasSize(31).hasOnlyElementsOfType(ConflictException.class);
      assertThat(count(ALL)).isOne();
    }
  }

  static List<String> impossibleNames() {
    return List.of("", "a".repeat(256), "€".repeat(86), "a\u0000b", "a\uD800b", "\uDC00");
  }

  static List<String> longestNames() {
    return List.of("a".repeat(255), "€".repeat(85), "A".repeat(255));
  }

  private Optional<User> lookup(UUID id) {
    return store.<Optional<User>>read(repo -> repo.users().lookup(id));
  }

  private Optional<User> find(String name) {
    return store.<Optional<User>>read(repo -> repo.users().findByUsername(name));
  }

  private boolean exists(String name) {
    return store.<Boolean>read(repo -> repo.users().exists(name));
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

  private User add(String name) {
    tick();
    return store.write(repo -> repo.users().add(name));
  }

  private User imported(UUID id, String name) {
    store.sql(
        "INSERT INTO users (id, username, username_folded, created_at) VALUES (?, ?, ?, now())",
        id,
        name,
        name);
    return lookup(id).orElseThrow();
  }

  private void assertConflict(Future<User> adding) {
    assertThat(adding)
        .failsWithin(PATIENCE)
        .withThrowableOfType(ExecutionException.class)
        .havingCause()
        .isInstanceOfSatisfying(
            ConflictException.class,
            e -> assertThat(e.kind()).isEqualTo(ConflictKind.USERNAME_TAKEN));
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
    assertThat(exists("witness")).isTrue();
    return refusal;
  }

  private Instant now() {
    return store.now();
  }

  /** Ids of different units of work differ by their millisecond. */
  private void tick() {
    store.clock().advance(Duration.ofMillis(1));
  }
}
