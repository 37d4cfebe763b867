package dev.authstore.storage.pg.personal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Device;
import dev.authstore.model.Scope;
import dev.authstore.model.SessionActivity;
import dev.authstore.model.personal.PersonalAccessToken;
import dev.authstore.model.personal.PersonalSession;
import dev.authstore.model.personal.PersonalSessionOwner;
import dev.authstore.model.personal.PersonalSessionOwner.OwnerOAuth2Client;
import dev.authstore.model.personal.PersonalSessionOwner.OwnerUser;
import dev.authstore.model.user.User;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.page.TimeRange;
import dev.authstore.storage.personal.PersonalSessionFilter;
import dev.authstore.storage.personal.PersonalSessionWithToken;
import dev.authstore.storage.pg.OAuth2Fixture;
import dev.authstore.storage.pg.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PersonalSessionListRepositoryTest {
  private static final PersonalSessionFilter ALL = PersonalSessionFilter.all();
  private static final Device DEVICE = new Device("AABBCC");
  private static final String STABLE = "urn:matrix:client:device:AABBCC";
  private static final String UNSTABLE = "urn:matrix:org.matrix.msc2967.client:device:AABBCC";

  @RegisterExtension final Store store = Store.fresh();

  private final Scripts scripts = new Scripts(store);

  @Nested
  class Listing {
    @Test
    void showsTheTokenOfEachSession() {
      User user = scripts.user();
      PersonalSession with = scripts.session(user);
      PersonalAccessToken token = scripts.token(with);
      PersonalSession without = scripts.session(user);

      assertThat(list(ALL)).containsExactly(joined(with, token), joined(without));
    }

    @Test
    void showsAnExpiredToken() {
      PersonalSession session = scripts.session();
      PersonalAccessToken token = scripts.token(session, Optional.of(Duration.ofMinutes(1)));
      store.clock().advance(Duration.ofHours(1));

      assertThat(list(ALL)).containsExactly(joined(session, token));
    }

    @Test
    void showsEachSessionOnceWhateverTokensItHad() {
      PersonalSession session = scripts.session();
      scripts.replaced(session, "one");
      scripts.replaced(session, "two");
      scripts.replaced(session, "three");
      PersonalAccessToken latest = scripts.replaced(session, "four");

      assertThat(list(ALL)).containsExactly(joined(session, latest));
      assertThat(count(ALL)).isOne();
    }

    @Test
    void showsNoTokenOfARevokedSession() {
      PersonalSession session = scripts.session();
      scripts.token(session);
      PersonalSession revoked = scripts.revoked(session);

      assertThat(list(ALL)).containsExactly(joined(revoked));
    }

    @Test
    void fillsItsPagesWithSessions() {
      User user = scripts.user();
      for (int i = 0; i < 5; i++) {
        PersonalSession session = scripts.session(user);
        scripts.replaced(session, "first " + i);
        scripts.replaced(session, "second " + i);
      }

      Page<PersonalSessionWithToken> page =
          store.read(repo -> repo.personalSessions().list(ALL, Pagination.first(3)));

      assertThat(page.edges()).hasSize(3);
      assertThat(page.hasNextPage()).isTrue();
    }

    private PersonalSessionWithToken joined(PersonalSession session, PersonalAccessToken token) {
      return new PersonalSessionWithToken(session, Optional.of(token));
    }

    private PersonalSessionWithToken joined(PersonalSession session) {
      return new PersonalSessionWithToken(session, Optional.empty());
    }
  }

  @Nested
  class Filtering {
    @Test
    void goesByOwner() {
      User admin = scripts.user();
      User bot = scripts.user();
      OwnerOAuth2Client client = new OwnerOAuth2Client(OAuth2Fixture.client(store).id());
      PersonalSession ofUser = scripts.session(new OwnerUser(admin.id()), bot, "openid");
      PersonalSession ofClient = scripts.session(client, bot, "openid");

      assertThat(sessions(ALL.ownerUser(admin.id()))).containsExactly(ofUser);
      assertThat(sessions(ALL.ownerClient(client.clientId()))).containsExactly(ofClient);
      assertThat(sessions(ALL.ownerUser(admin.id()).ownerClient(client.clientId()))).isEmpty();
      assertThat(sessions(ALL.ownerUser(bot.id()))).isEmpty();
      assertThat(sessions(ALL.actorUser(bot.id()))).containsExactly(ofUser, ofClient);
      assertThat(sessions(ALL.actorUser(admin.id()))).isEmpty();
    }

    @Test
    void goesByDeviceInEitherSpelling() {
      PersonalSession stable = scope("openid " + STABLE);
      PersonalSession unstable = scope(UNSTABLE);
      PersonalSession both = scope(STABLE + " " + UNSTABLE);
      scope("openid");
      scope(STABLE + "DD");

      assertThat(sessions(ALL.device(DEVICE))).containsExactly(stable, unstable, both);
      assertThat(count(ALL.device(DEVICE))).isEqualTo(3);
    }

    @Test
    void findsNoDeviceThatNoScopeCanName() {
      scope(STABLE);

      assertThat(sessions(ALL.device(new Device("dev ice")))).isEmpty();
      assertThat(count(ALL.device(new Device("ü")))).isZero();
    }

    @Test
    void goesByScopeThatCoversAnother() {
      PersonalSession exact = scope("a b");
      PersonalSession more = scope("a b c");
      scope("a");
      scope("c");

      assertThat(sessions(ALL.scope(Scope.parse("b a")))).containsExactly(exact, more);
      assertThat(count(ALL.scope(Scope.EMPTY))).isEqualTo(4);
    }

    @Test
    void goesByStage() {
      PersonalSession valid = scripts.session();
      PersonalSession revoked = scripts.revoked(scripts.session());

      assertThat(sessions(ALL.active(true))).containsExactly(valid);
      assertThat(sessions(ALL.active(false))).containsExactly(revoked);
    }

    @Test
    void goesByExpiryOfTheToken() {
      Instant start = store.clock().instant();
      PersonalSession expired = expiring(Duration.ofMinutes(5));
      PersonalSession expiring = expiring(Duration.ofDays(1));
      PersonalSession lasting = scripts.session();
      scripts.token(lasting);
      scripts.session(); // without token
      PersonalSession ended = expiring(Duration.ofMinutes(5));
      scripts.revoked(ended);
      store.clock().advance(Duration.ofHours(1));

      Instant soon = start.plus(Duration.ofHours(1));
      assertThat(sessions(ALL.expires(true))).containsExactly(expired, expiring);
      assertThat(sessions(ALL.expires(false))).containsExactly(lasting);
      assertThat(sessions(ALL.expiry(TimeRange.before(soon)))).containsExactly(expired);
      assertThat(sessions(ALL.expiry(TimeRange.after(soon)))).containsExactly(expiring);
      assertThat(sessions(ALL.expires(false).expiry(TimeRange.after(soon)))).isEmpty();
    }

    @Test
    void leavesTheBoundsOfExpiryOut() {
      PersonalSession session = scripts.session();
      Instant end =
          scripts.token(session, Optional.of(Duration.ofMinutes(1))).expiresAt().orElseThrow();

      assertThat(sessions(ALL.expiry(TimeRange.before(end)))).isEmpty();
      assertThat(sessions(ALL.expiry(TimeRange.after(end)))).isEmpty();
      assertThat(sessions(ALL.expiry(TimeRange.between(end.minusNanos(1000), end.plusNanos(1000)))))
          .containsExactly(session);
    }

    @Test
    void goesByLastActivity() {
      PersonalSession early = used(Instant.parse("2022-01-10T12:00:00Z"));
      PersonalSession late = used(Instant.parse("2022-01-10T12:00:01Z"));
      scripts.session(); // never used

      Instant bound = Instant.parse("2022-01-10T12:00:01Z");
      assertThat(ids(ALL.lastActive(TimeRange.before(bound)))).containsExactly(early.id());
      assertThat(ids(ALL.lastActive(TimeRange.after(bound)))).isEmpty();
      assertThat(ids(ALL.lastActive(TimeRange.after(bound.minusNanos(1000)))))
          .containsExactly(late.id());
    }

    @Test
    void agreesWithThePredicateAndWithTheCount() {
      Matrix matrix = new Matrix(new Random(42));
      matrix.fill();
      List<PersonalSessionWithToken> all = list(ALL);

      int matches = 0;
      for (int i = 0; i < 200; i++) {
        PersonalSessionFilter filter = matrix.filter();
        List<PersonalSessionWithToken> expected =
            all.stream().filter(row -> matches(filter, row)).toList();

        assertThat(list(filter)).as("%s", filter).isEqualTo(expected);
        assertThat(count(filter)).as("%s", filter).isEqualTo(expected.size());
        matches += expected.size();
      }
      assertThat(matches).isGreaterThan(200);
    }
  }

  /** Sessions and filters of all kinds. */
  private final class Matrix {
    private static final List<String> SCOPES =
        List.of("a", "a b", "a b c", STABLE, "a " + UNSTABLE, STABLE + " " + UNSTABLE);

    private final Random random;
    private final List<User> users = List.of(scripts.user(), scripts.user());
    private final OwnerOAuth2Client client =
        new OwnerOAuth2Client(OAuth2Fixture.client(store).id());
    private final Instant start = store.clock().instant();

    Matrix(Random random) {
      this.random = random;
    }

    void fill() {
      for (int i = 0; i < 60; i++) {
        PersonalSessionOwner owner =
            random.nextInt(3) == 0 ? client : new OwnerUser(one(users).id());
        PersonalSession session = scripts.session(owner, one(users), one(SCOPES));
        if (random.nextInt(4) > 0) {
          scripts.token(session, lifetime());
        }
        if (random.nextInt(3) == 0) {
          use(session, instant());
        }
        if (random.nextInt(4) == 0) {
          scripts.revoked(session);
        }
      }
    }

    PersonalSessionFilter filter() {
      PersonalSessionFilter filter = ALL;
      filter = random.nextInt(4) == 0 ? filter.ownerUser(one(users).id()) : filter;
      filter = random.nextInt(8) == 0 ? filter.ownerClient(client.clientId()) : filter;
      filter = random.nextInt(3) == 0 ? filter.actorUser(one(users).id()) : filter;
      filter = random.nextInt(4) == 0 ? filter.device(DEVICE) : filter;
      filter = random.nextInt(4) == 0 ? filter.scope(Scope.parse(one(SCOPES))) : filter;
      filter = random.nextInt(3) == 0 ? filter.active(random.nextBoolean()) : filter;
      filter = random.nextInt(5) == 0 ? filter.lastActive(range()) : filter;
      filter = random.nextInt(4) == 0 ? filter.expires(random.nextBoolean()) : filter;
      return random.nextInt(5) == 0 ? filter.expiry(range()) : filter;
    }

    private Optional<Duration> lifetime() {
      return random.nextBoolean()
          ? Optional.empty()
          : Optional.of(Duration.ofMinutes(1 + random.nextInt(10)));
    }

    private TimeRange range() {
      return random.nextBoolean() ? TimeRange.before(instant()) : TimeRange.after(instant());
    }

    private Instant instant() {
      return start.plus(Duration.ofMinutes(random.nextInt(10)));
    }

    private <T> T one(List<T> choices) {
      return choices.get(random.nextInt(choices.size()));
    }
  }

  private static boolean matches(PersonalSessionFilter filter, PersonalSessionWithToken row) {
    PersonalSession session = row.session();
    Optional<PersonalAccessToken> token = row.activeToken();
    Optional<Instant> expiry = token.flatMap(PersonalAccessToken::expiresAt);
    return filter.ownerUser().map(id -> session.owner().equals(new OwnerUser(id))).orElse(true)
        && filter
            .ownerClient()
            .map(id -> session.owner().equals(new OwnerOAuth2Client(id)))
            .orElse(true)
        && filter.actorUser().map(session.actorUserId()::equals).orElse(true)
        && filter.device().map(session.scope().devices()::contains).orElse(true)
        && filter.scope().map(session.scope()::containsAll).orElse(true)
        && filter.active().map(wanted -> wanted == session.isValid()).orElse(true)
        && filter.lastActive().map(range -> isWithin(range, session.lastActiveAt())).orElse(true)
        && filter
            .expires()
            .map(wanted -> token.isPresent() && wanted == expiry.isPresent())
            .orElse(true)
        && filter.expiry().map(range -> isWithin(range, expiry)).orElse(true);
  }

  private static boolean isWithin(TimeRange range, Optional<Instant> instant) {
    return instant.isPresent()
        && range.after().map(bound -> instant.get().isAfter(bound)).orElse(true)
        && range.before().map(bound -> instant.get().isBefore(bound)).orElse(true);
  }

  private PersonalSession scope(String scope) {
    User user = scripts.user();
    return scripts.session(new OwnerUser(user.id()), user, scope);
  }

  private PersonalSession expiring(Duration lifetime) {
    PersonalSession session = scripts.session();
    scripts.token(session, Optional.of(lifetime));
    return session;
  }

  private PersonalSession used(Instant at) {
    PersonalSession session = scripts.session();
    use(session, at);
    return session;
  }

  private void use(PersonalSession session, Instant at) {
    store.run(
        repo ->
            repo.personalSessions()
                .recordBatchActivity(
                    List.of(new SessionActivity(session.id(), at, Optional.empty()))));
  }

  private List<PersonalSessionWithToken> list(PersonalSessionFilter filter) {
    return store.<List<PersonalSessionWithToken>>read(
        repo -> repo.personalSessions().list(filter, Pagination.first(1000)).nodes());
  }

  private List<PersonalSession> sessions(PersonalSessionFilter filter) {
    return list(filter).stream().map(PersonalSessionWithToken::session).toList();
  }

  private List<UUID> ids(PersonalSessionFilter filter) {
    return list(filter).stream().map(row -> row.session().id()).toList();
  }

  private long count(PersonalSessionFilter filter) {
    return store.<Long>read(repo -> repo.personalSessions().count(filter));
  }
}
