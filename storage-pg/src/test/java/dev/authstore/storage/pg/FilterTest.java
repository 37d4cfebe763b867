package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Device;
import dev.authstore.model.Folding;
import dev.authstore.model.Scope;
import dev.authstore.model.compat.CompatSsoLoginStatus;
import dev.authstore.model.oauth2.GrantType;
import dev.authstore.model.queue.QueueJobStatus;
import dev.authstore.model.user.User;
import dev.authstore.model.user.UserState;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.page.TimeRange;
import dev.authstore.storage.upstream.UpstreamOAuthSessionFilter;
import dev.authstore.storage.user.BrowserSessionFilter;
import dev.authstore.storage.user.UserFilter;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class FilterTest {
  @RegisterExtension final Store store = Store.fresh();

  @Nested
  class EveryFilter {
    private static final Instant ONE = Instant.parse("2022-01-01T00:00:00Z");
    private static final Instant TWO = Instant.parse("2022-01-02T00:00:00Z");

    /** Two values of each type that a criterion has. */
    private static final Map<Class<?>, List<Object>> VALUES =
        Map.ofEntries(
            entry(UUID.class, new UUID(0, 1), new UUID(0, 2)),
            entry(boolean.class, true, false),
            entry(String.class, "one", "two"),
            entry(Instant.class, ONE, TWO),
            entry(TimeRange.class, TimeRange.after(ONE), TimeRange.before(TWO)),
            entry(GrantType.class, GrantType.IMPLICIT, GrantType.PASSWORD),
            entry(Set.class, Set.of(new UUID(0, 1)), Set.of()),
            entry(UserState.class, UserState.LOCKED, UserState.ACTIVE),
            entry(QueueJobStatus.class, QueueJobStatus.LOST, QueueJobStatus.RUNNING),
            entry(
                CompatSsoLoginStatus.class,
                CompatSsoLoginStatus.PENDING,
                CompatSsoLoginStatus.FULFILLED),
            entry(Scope.class, Scope.of("one"), Scope.EMPTY),
            entry(Device.class, new Device("one"), new Device("two")),
            entry(
                BrowserSessionFilter.class,
                BrowserSessionFilter.all(),
                BrowserSessionFilter.all().active(true)),
            entry(
                UpstreamOAuthSessionFilter.class,
                UpstreamOAuthSessionFilter.all(),
                UpstreamOAuthSessionFilter.all().sub("sub")));

    static Stream<Class<?>> filters() {
      return Stream.concat(
          Arrays.stream(RepositoryAccess.class.getMethods())
              .flatMap(accessor -> Arrays.stream(accessor.getReturnType().getMethods()))
              .filter(method -> method.getName().matches("list|count|.*Bulk|.*Batch"))
              .flatMap(method -> Arrays.<Class<?>>stream(method.getParameterTypes()))
              .filter(type -> type.isRecord() && type != Pagination.class)
              .distinct(),
          Stream.of(UpstreamOAuthSessionFilter.class));
    }

    @ParameterizedTest
    @MethodSource("filters")
    void isUnrestrictedToBeginWith(Class<?> filter) throws ReflectiveOperationException {
      Object all = all(filter);

      assertThat(values(all).values()).containsOnly(Optional.empty());
    }

    @ParameterizedTest
    @MethodSource("filters")
    void hasOneChangingAccessorForEachComponent(Class<?> filter) {
      List<String> changing = changing(filter).stream().map(Method::getName).toList();

      assertThat(changing)
          .containsExactlyInAnyOrderElementsOf(
              Arrays.stream(filter.getRecordComponents()).map(RecordComponent::getName).toList());
    }

    @ParameterizedTest
    @MethodSource("filters")
    void changesOneComponentAtATime(Class<?> filter) throws ReflectiveOperationException {
      Object full = all(filter);
      for (Method accessor : changing(filter)) {
        full = change(full, accessor, 0);
      }
      for (Method accessor : changing(filter)) {
        for (Object before : List.of(all(filter), full)) {
          Map<String, Object> expected = values(before);
          expected.put(accessor.getName(), Optional.of(value(accessor, 1)));

          Object after = change(before, accessor, 1);

          assertThat(values(after)).as(accessor.toString()).isEqualTo(expected);
        }
      }
    }

    private static Map.Entry<Class<?>, List<Object>> entry(
        Class<?> type, Object one, Object other) {
      return Map.entry(type, List.of(one, other));
    }

    private static Object all(Class<?> filter) throws ReflectiveOperationException {
      Object all = filter.getMethod("all").invoke(null);
      if (all == null) {
        throw new AssertionError(filter);
      }
      return all;
    }

    private static List<Method> changing(Class<?> filter) {
      return Arrays.stream(filter.getMethods())
          .filter(method -> method.getReturnType() == filter && method.getParameterCount() == 1)
          .filter(method -> !Modifier.isStatic(method.getModifiers()))
          .toList();
    }

    private static Object change(Object filter, Method accessor, int value)
        throws ReflectiveOperationException {
      Object changed = accessor.invoke(filter, value(accessor, value));
      if (changed == null) {
        throw new AssertionError(accessor);
      }
      return changed;
    }

    private static Object value(Method accessor, int number) {
      List<Object> values = VALUES.get(accessor.getParameterTypes()[0]);
      if (values == null) {
        throw new AssertionError("no values for " + accessor);
      }
      return values.get(number);
    }

    private static Map<String, Object> values(Object filter) throws ReflectiveOperationException {
      Map<String, Object> values = new HashMap<>();
      for (RecordComponent component : filter.getClass().getRecordComponents()) {
        Object value = component.getAccessor().invoke(filter);
        if (value == null) {
          throw new AssertionError(component);
        }
        values.put(component.getName(), value);
      }
      return values;
    }
  }

  @Nested
  class Users {
    private static final int ACCOUNTS = 80;
    private static final int FILTERS = 300;
    private static final List<UserState> STATES = List.of(UserState.values());
    private static final List<String> ALPHABET =
        List.of("a", "A", "b", "%", "_", "\\", "é", "É", "ß", "İ", "ı", "I", "😀", "'", "\"", " ");

    private final Random random = new Random(42);

    @Test
    void areListedAndCountedAsThePredicateSays() {
      addAccounts();
      List<User> all = list(UserFilter.all());
      assertThat(all).hasSize(ACCOUNTS);

      int matches = 0;
      for (int i = 0; i < FILTERS; i++) {
        UserFilter filter = filter();
        List<User> expected = all.stream().filter(user -> matches(filter, user)).toList();

        assertThat(list(filter)).as("%s", filter).isEqualTo(expected);
        assertThat(store.<Long>read(repo -> repo.users().count(filter)))
            .as("%s", filter)
            .isEqualTo(expected.size());
        matches += expected.size();
      }
      assertThat(matches).isGreaterThan(FILTERS);
    }

    @ParameterizedTest
    @CsvSource({
      "100%, '%', true",
      "1000, '0%', false",
      "a_b, '_', true",
      "axb, 'a_b', false",
      "a\\b, '\\', true",
      "ab, 'a\\b', false",
      "JOHN, oh, true",
      "john, OH, true",
      "ÉCLAIR, éc, true",
      "straße, ß, true",
      "john, '', true",
      "john, x, false"
    })
    void areSearchedByTheLetter(String name, String text, boolean found) {
      store.write(repo -> repo.users().add(name));

      List<User> users = list(UserFilter.all().search(text));

      assertThat(users).hasSize(found ? 1 : 0);
    }

    @Test
    void areNotFoundByTextThatCannotBeStored() {
      store.write(repo -> repo.users().add("john"));

      assertThat(list(UserFilter.all().search("\u0000"))).isEmpty();
      assertThat(list(UserFilter.all().search("\ud800"))).isEmpty();
    }

    private void addAccounts() {
      store.run(
          repo -> {
            for (int i = 0; i < ACCOUNTS; i++) {
              User user = repo.users().add(text(6) + i);
              if (random.nextInt(3) == 0) {
                repo.users().lock(user);
              }
              if (random.nextInt(3) == 0) {
                repo.users().deactivate(user);
              }
              if (random.nextBoolean()) {
                repo.users().setCanRequestAdmin(user, true);
              }
            }
          });
      store.sql("UPDATE users SET is_guest = (hashtext(username) % 3 = 0)");
    }

    private UserFilter filter() {
      UserFilter filter = UserFilter.all();
      if (random.nextBoolean()) {
        filter = filter.state(STATES.get(random.nextInt(STATES.size())));
      }
      if (random.nextInt(3) == 0) {
        filter = filter.canRequestAdmin(random.nextBoolean());
      }
      if (random.nextInt(3) == 0) {
        filter = filter.guest(random.nextBoolean());
      }
      if (random.nextBoolean()) {
        filter = filter.search(text(2));
      }
      return filter;
    }

    private String text(int most) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(most + 1); i > 0; i--) {
        text.append(ALPHABET.get(random.nextInt(ALPHABET.size())));
      }
      return text.toString();
    }

    private List<User> list(UserFilter filter) {
      return store.read(repo -> repo.users().list(filter, Pagination.first(1000)).nodes());
    }

    private static boolean matches(UserFilter filter, User user) {
      return filter.state().map(state -> isIn(state, user)).orElse(true)
          && filter.canRequestAdmin().map(wanted -> wanted == user.canRequestAdmin()).orElse(true)
          && filter.guest().map(wanted -> wanted == user.isGuest()).orElse(true)
          && filter
              .search()
              .map(text -> Folding.fold(user.username()).contains(Folding.fold(text)))
              .orElse(true);
    }

    private static boolean isIn(UserState state, User user) {
      return switch (state) {
        case ACTIVE -> user.lockedAt().isEmpty() && user.deactivatedAt().isEmpty();
        case LOCKED -> user.lockedAt().isPresent();
        case DEACTIVATED -> user.deactivatedAt().isPresent();
      };
    }
  }
}
