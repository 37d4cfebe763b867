package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.oauth2.OAuth2Sessions.ALL;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Device;
import dev.authstore.model.Ids;
import dev.authstore.model.Scope;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.oauth2.OAuth2SessionFilter;
import dev.authstore.storage.page.CountedPage;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.page.TimeRange;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.user.BrowserSessionFilter;
import dev.authstore.storage.user.UserFilter;
import dev.authstore.testing.MutableClock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class OAuth2SessionListRepositoryTest {
  private static final Scope OPENID = Scope.of("openid");
  private static final Scope EMAIL = Scope.of("openid", "email");

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final OAuth2Sessions sessions = new OAuth2Sessions(store);

  @SuppressWarnings("NullAway.Init") // set before each test
  private OAuth2Client one;

  @SuppressWarnings("NullAway.Init") // set before each test
  private OAuth2Client two;

  @SuppressWarnings("NullAway.Init") // set before each test
  private User john;

  @SuppressWarnings("NullAway.Init") // set before each test
  private User jim;

  @BeforeEach
  void addClientsAndUsers() {
    one = sessions.client();
    two = sessions.client();
    john = sessions.user("john");
    jim = sessions.user("jim");
  }

  /** Two users with two clients each, a minute apart; the second and the third have ended. */
  @Nested
  class FourSessions {
    @SuppressWarnings("NullAway.Init") // set before each test
    private OAuth2Session a;

    @SuppressWarnings("NullAway.Init") // set before each test
    private OAuth2Session b;

    @SuppressWarnings("NullAway.Init") // set before each test
    private OAuth2Session c;

    @SuppressWarnings("NullAway.Init") // set before each test
    private OAuth2Session d;

    @BeforeEach
    void addSessions() {
      a = add(one, john, OPENID);
      OAuth2Session second = add(one, jim, EMAIL);
      OAuth2Session third = add(two, john, EMAIL);
      d = add(two, jim, OPENID);
      b = sessions.finished(second);
      c = sessions.finished(third);
    }

    @Test
    void areFoundByEachFilterAlone() {
      assertFound(ALL, a, b, c, d);
      assertFound(ALL.hasUser(true), a, b, c, d);
      assertFound(ALL.hasUser(false));
      assertFound(ALL.user(john.id()), a, c);
      assertFound(ALL.client(one.id()), a, b);
      assertFound(ALL.active(true), a, d);
      assertFound(ALL.active(false), b, c);
      assertFound(ALL.scope(OPENID), a, b, c, d);
      assertFound(ALL.scope(EMAIL), b, c);
      assertFound(ALL.scope(Scope.EMPTY), a, b, c, d);
      assertFound(ALL.scope(Scope.of("other")));
    }

    @Test
    void areFoundByFiltersInPairs() {
      assertFound(ALL.user(john.id()).client(one.id()), a);
      assertFound(ALL.user(john.id()).active(true), a);
      assertFound(ALL.user(john.id()).active(false), c);
      assertFound(ALL.client(two.id()).active(true), d);
      assertFound(ALL.client(two.id()).active(false), c);
      assertFound(ALL.scope(EMAIL).user(john.id()), c);
      assertFound(ALL.scope(EMAIL).client(one.id()), b);
      assertFound(ALL.scope(EMAIL).active(true));
      assertFound(ALL.scope(OPENID).active(true), a, d);
      assertFound(ALL.hasUser(true).client(two.id()), c, d);
    }

    @Test
    void areFoundByTheTimeOfTheirBeginning() {
      Instant cutoff = b.createdAt().plusSeconds(30);

      assertFound(ALL.created(TimeRange.before(cutoff)), a, b);
      assertFound(ALL.created(TimeRange.after(cutoff)), c, d);
      assertFound(ALL.created(TimeRange.between(a.createdAt(), d.createdAt())), b, c);
    }

    @Test
    void ofTheMillisecondOfTheBoundAreOnNeitherSide() {
      Instant begun = Ids.timestamp(b.id());

      assertFound(ALL.created(TimeRange.before(begun)), a);
      assertFound(ALL.created(TimeRange.after(begun)), c, d);
    }

    @Test
    void areFoundByTheTimeOfTheirActivity() {
      Instant noon = sessions.now().plus(ofHours(1));
      store.clock().advance(ofHours(4));
      sessions.used(b, noon, Optional.empty());
      sessions.used(c, noon.plusSeconds(60), Optional.empty());

      assertFound(ALL.lastActive(TimeRange.after(noon)), c);
      assertFound(ALL.lastActive(TimeRange.before(noon.plusSeconds(60))), b);
      assertFound(ALL.lastActive(TimeRange.after(noon.minusSeconds(1))), b, c);
      assertFound(ALL.inactiveSince(noon.plusSeconds(1)), a, b, d);
    }

    private OAuth2Session add(OAuth2Client client, User user, Scope scope) {
      store.clock().advance(ofMinutes(1));
      return sessions.session(client, user, scope);
    }
  }

  @Nested
  class OfClients {
    @Test
    void areThoseOfAnyOfTheGivenOnes() {
      OAuth2Client three = sessions.client();
      OAuth2Session a = sessions.session(one, john);
      OAuth2Session b = sessions.session(two, john);
      sessions.session(three, john);

      assertFound(ALL.clients(Set.of(one.id(), two.id())), a, b);
      assertFound(ALL.clients(Set.of(two.id())), b);
      assertFound(ALL.client(two.id()), b);
      assertFound(ALL.clients(Set.of()));
      assertFound(ALL.clients(Set.of(two.id())).client(one.id()));
      assertFound(ALL.clients(Set.of(one.id(), two.id())).client(one.id()), a);
    }

    @Test
    void mayBeMoreThanAStatementHasParameters() {
      OAuth2Session session = sessions.session(one, john);
      assertFound(ALL.clients(manyWith(one)), session);
    }

    @Test
    void withoutUserAreThoseOfClientsThatActForThemselves() {
      OAuth2Session own = sessions.session(one);
      OAuth2Session johns = sessions.session(one, john);

      assertFound(ALL.hasUser(false), own);
      assertFound(ALL.hasUser(true), johns);
    }

    @Test
    void areStaticOrDynamic() {
      OAuth2Session dynamic = sessions.session(one, john);
      OAuth2Session alsoDynamic = sessions.session(two);
      assertFound(ALL.staticClient(false), dynamic, alsoDynamic);
      assertFound(ALL.staticClient(true));

      OAuth2Session ofStatic = sessions.session(sessions.staticClient(), john);

      assertFound(ALL.staticClient(true), ofStatic);
      assertFound(ALL.staticClient(false), dynamic, alsoDynamic);
    }
  }

  @Nested
  class OfADevice {
    @Test
    void nameItInEitherSpelling() {
      OAuth2Session stable = withScope("urn:matrix:client:device:ABC", "openid");
      OAuth2Session unstable = withScope("urn:matrix:org.matrix.msc2967.client:device:ABC");
      OAuth2Session both =
          withScope(
              "urn:matrix:client:device:ABC", "urn:matrix:org.matrix.msc2967.client:device:ABC");
      OAuth2Session longer = withScope("urn:matrix:client:device:ABCD");
      withScope("openid");

      assertFound(ALL.device(new Device("ABC")), stable, unstable, both);
      assertFound(ALL.device(new Device("ABCD")), longer);
      assertFound(ALL.device(new Device("AB")));
      assertFound(ALL.device(new Device("abc")));
    }

    @Test
    void areNoneIfNoScopeCanNameIt() {
      withScope("urn:matrix:client:device:A");

      assertFound(ALL.device(new Device("A B")));
      assertFound(ALL.device(new Device("A\"B")));
    }

    private OAuth2Session withScope(String... tokens) {
      return sessions.session(one, john, Scope.of(tokens));
    }
  }

  @Nested
  class OfBrowserSessions {
    @Test
    void areTheUnionOfThoseOfEach() {
      BrowserSession first = sessions.browserSession(john);
      BrowserSession second = sessions.browserSession(john);
      BrowserSession other = sessions.browserSession(jim);
      OAuth2Session a = sessions.session(one, first);
      OAuth2Session b = sessions.session(two, second);
      OAuth2Session c = sessions.session(two, other);
      sessions.session(one, john);
      sessions.session(one);
      store.run(repo -> repo.browserSessions().finish(second));
      BrowserSessionFilter any = BrowserSessionFilter.all();

      assertFound(ALL.browserSession(first.id()), a);
      assertFound(ALL.browserSession(second.id()), b);
      assertFound(ALL.browserSessions(any), a, b, c);
      assertFound(ALL.browserSessions(any.user(john.id())), a, b);
      assertFound(ALL.browserSessions(any.user(john.id()).active(true)), a);
      assertFound(ALL.browserSessions(any.active(false)), b);
      assertFound(ALL.browserSessions(any).user(jim.id()), c);
      assertFound(ALL.browserSession(first.id()).browserSessions(any.active(false)));
    }
  }

  @Nested
  class OfAccounts {
    @Test
    void countWhileTheyAreActive() {
      User jane = sessions.user("jane");
      sessions.session(one, john);
      OAuth2Session jims = sessions.session(two, jim);
      UserFilter users = UserFilter.all();

      assertUsers(users.hasActiveOauth2Session(true), john, jim);
      assertUsers(users.hasActiveOauth2Session(false), jane);
      assertUsers(users.activeOauth2SessionForAnyOf(Set.of(two.id(), one.id())), john, jim);
      assertUsers(users.activeOauth2SessionForAnyOf(Set.of(two.id())), jim);
      assertUsers(users.activeOauth2SessionForAnyOf(Set.of()));
      assertUsers(users.activeOauth2SessionForAnyOf(manyWith(two)), jim);

      sessions.finished(jims);

      assertUsers(users.hasActiveOauth2Session(true), john);
      assertUsers(users.hasActiveOauth2Session(false), jim, jane);
      assertUsers(users.activeOauth2SessionForAnyOf(Set.of(two.id())));
    }

    @Test
    void countOnlyWithTheirOwnClient() {
      User jane = sessions.user("jane");
      OAuth2Client three = sessions.client();
      sessions.session(one, john);
      sessions.finished(sessions.session(one, jim));
      sessions.session(two, jim);
      sessions.session(three, jane);
      UserFilter users = UserFilter.all();

      assertUsers(users.activeOauth2SessionForAnyOf(Set.of(one.id(), two.id())), john, jim);
      assertUsers(users.activeOauth2SessionForAnyOf(Set.of(one.id())), john);
      assertUsers(users.activeOauth2SessionForAnyOf(Set.of(three.id())), jane);
      assertUsers(users.activeOauth2SessionForAnyOf(Set.of()));
      assertUsers(users, john, jim, jane);
    }

    private void assertUsers(UserFilter filter, User... expected) {
      List<User> found =
          store.read(repo -> repo.users().list(filter, Pagination.first(10)).nodes());

      assertThat(found).containsExactlyInAnyOrder(expected);
      assertThat(store.<Long>read(repo -> repo.users().count(filter))).isEqualTo(expected.length);
    }
  }

  @Nested
  class Pages {
    @Test
    void goThroughTwentyFiveInBothDirections() {
      List<OAuth2Session> all = sessions.sessions(one, john, 25);

      assertThat(walk(Pagination.first(10), true)).isEqualTo(all);
      assertThat(walk(Pagination.last(10), false)).isEqualTo(all);
    }

    @Test
    void goOnAfterASessionThatIsGone() {
      List<OAuth2Session> all = sessions.sessions(one, john, 25);
      sessions.remove(all.get(9));

      Page<OAuth2Session> page = page(Pagination.first(10).after(all.get(9).id()));

      assertThat(page.nodes()).isEqualTo(all.subList(10, 20));
      assertThat(page.hasNextPage()).isTrue();
    }

    @Test
    void tellTheTotalWhetherTheyAreEmptyOrNot() {
      List<OAuth2Session> all = sessions.sessions(one, john, 5);
      sessions.session(two, jim);

      CountedPage<OAuth2Session> full = counted(Pagination.first(2));
      CountedPage<OAuth2Session> empty = counted(Pagination.first(2).after(all.get(4).id()));

      assertThat(full.page().nodes()).isEqualTo(all.subList(0, 2));
      assertThat(full.total()).isEqualTo(5);
      assertThat(empty.page().nodes()).isEmpty();
      assertThat(empty.total()).isEqualTo(5);
    }

    private List<OAuth2Session> walk(Pagination start, boolean forward) {
      List<OAuth2Session> seen = new ArrayList<>();
      Pagination pagination = start;
      while (true) {
        Page<OAuth2Session> page = page(pagination);
        seen.addAll(forward ? seen.size() : 0, page.nodes());
        if (!page.hasNextPage() && !page.hasPreviousPage()) {
          return seen;
        }
        pagination =
            forward
                ? start.after(page.lastCursor().orElseThrow())
                : start.before(page.firstCursor().orElseThrow());
      }
    }

    private Page<OAuth2Session> page(Pagination pagination) {
      return store.read(repo -> repo.oauth2Sessions().list(ALL, pagination));
    }

    private CountedPage<OAuth2Session> counted(Pagination pagination) {
      return store.read(
          repo -> repo.oauth2Sessions().listWithCount(ALL.client(one.id()), pagination));
    }
  }

  /** More clients than a statement can have parameters. */
  private static Set<UUID> manyWith(OAuth2Client client) {
    return Stream.concat(
            Stream.of(client.id()), LongStream.range(0, 70_000).mapToObj(n -> new UUID(1, n)))
        .collect(Collectors.toSet());
  }

  /** In the order of their beginning, and the count says the same. */
  private void assertFound(OAuth2SessionFilter filter, OAuth2Session... expected) {
    List<UUID> ids = Stream.of(expected).map(OAuth2Session::id).toList();

    assertThat(sessions.list(filter)).as("%s", filter).extracting(OAuth2Session::id).isEqualTo(ids);
    assertThat(sessions.count(filter)).as("%s", filter).isEqualTo(expected.length);
  }
}
