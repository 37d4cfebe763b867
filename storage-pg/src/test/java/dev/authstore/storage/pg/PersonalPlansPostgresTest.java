package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.authstore.model.Device;
import dev.authstore.model.Scope;
import dev.authstore.model.personal.PersonalAccessToken;
import dev.authstore.model.personal.PersonalSession;
import dev.authstore.model.personal.PersonalSessionOwner.OwnerUser;
import dev.authstore.model.user.User;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.page.TimeRange;
import dev.authstore.storage.personal.PersonalSessionFilter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Personal sessions at a hundred thousand: no statement reads the whole of them. */
class PersonalPlansPostgresTest {
  private static final int ROWS = 100_000;
  private static final Instant EARLY = Instant.parse("2021-10-03T00:00:00Z");
  private static final Instant LATE = Instant.parse("2022-01-08T00:00:00Z");
  private static final Instant EXPIRING = Instant.parse("2021-12-31T00:00:00Z");
  private static final PersonalSessionFilter ALL = PersonalSessionFilter.all();

  @RegisterExtension final Store store = Store.fresh();

  @SuppressWarnings("NullAway.Init") // set before each test
  private Plans plans;

  /** Work, and what to call it. */
  private record Line(String name, Consumer<? super RepositoryAccess> work) {}

  @BeforeEach
  void insertRows() {
    insert();
    plans = new Plans(store);
  }

  /** In one test, since the rows take longer to make than to look at. */
  @TestFactory
  Stream<DynamicContainer> statements() {
    return Stream.of(
        dynamicContainer("noTableIsReadAsAWhole", noTableIsReadAsAWhole()),
        dynamicContainer("aDeviceIsFoundByItsIndex", aDeviceIsFoundByItsIndex()));
  }

  private Stream<DynamicTest> noTableIsReadAsAWhole() {
    return Stream.of(lists(), countsOfAFew(), requests(), jobs())
        .flatMap(List::stream)
        .map(
            line ->
                dynamicTest(
                    line.name(),
                    () ->
                        assertThat(plans.of(line.work()))
                            .isNotEmpty()
                            .allSatisfy(
                                plan -> assertThat(plan.scanned()).as("%s", plan).isEmpty())));
  }

  /** Whatever the planner takes for common, a page of a device does not read all rows in order. */
  private Stream<DynamicTest> aDeviceIsFoundByItsIndex() {
    PersonalSessionFilter filter = ALL.device(new Device("D17"));
    return Stream.of(Pagination.first(10), Pagination.last(10))
        .map(
            page ->
                dynamicTest(
                    page.toString(),
                    () ->
                        assertThat(
                                plans.measured(repo -> repo.personalSessions().list(filter, page)))
                            .singleElement()
                            .satisfies(
                                plan ->
                                    assertThat(plan.buffers())
                                        .as("%s", plan)
                                        .isBetween(1L, 100L))));
  }

  private List<Line> lists() {
    UUID user = user(17).id();
    return Stream.of(
            ALL,
            ALL.ownerUser(user),
            ALL.ownerClient(client(3)),
            ALL.actorUser(user).active(true),
            ALL.actorUser(user).ownerUser(user).active(true),
            ALL.device(new Device("D17")),
            ALL.scope(Scope.of("rare")),
            ALL.active(true),
            ALL.active(false),
            ALL.lastActive(TimeRange.before(LATE)),
            ALL.active(true).lastActive(TimeRange.before(EARLY)),
            ALL.expires(true),
            ALL.expires(false),
            ALL.expiry(TimeRange.before(EXPIRING)))
        .flatMap(
            filter ->
                Stream.of(
                    new Line(
                        "first " + filter,
                        repo -> repo.personalSessions().list(filter, Pagination.first(10))),
                    new Line(
                        "last " + filter,
                        repo -> repo.personalSessions().list(filter, Pagination.last(10)))))
        .toList();
  }

  private List<Line> countsOfAFew() {
    UUID user = user(17).id();
    return Stream.of(
            ALL.ownerUser(user),
            ALL.ownerClient(client(3)),
            ALL.actorUser(user).ownerUser(user).active(true),
            ALL.device(new Device("D17")),
            ALL.scope(Scope.of("rare")),
            ALL.active(true).lastActive(TimeRange.before(EARLY)),
            ALL.expiry(TimeRange.before(EXPIRING)))
        .map(filter -> new Line("count " + filter, repo -> repo.personalSessions().count(filter)))
        .toList();
  }

  private List<Line> requests() {
    User user = user(17);
    PersonalSession session =
        store.write(
            repo ->
                repo.personalSessions()
                    .add(new OwnerUser(user.id()), user, "script", Scope.of("openid")));
    PersonalAccessToken token =
        store.write(repo -> repo.personalAccessTokens().add(session, "secret", Optional.empty()));
    store.clock().advance(Duration.ofMinutes(1)); // the other factory makes the same ids
    return List.of(
        new Line(
            "new session",
            repo ->
                repo.personalSessions().add(new OwnerUser(user.id()), user, "script", Scope.EMPTY)),
        new Line("look-up of a session", repo -> repo.personalSessions().lookup(session.id())),
        new Line("look-up of a token", repo -> repo.personalAccessTokens().lookup(token.id())),
        new Line("token by text", repo -> repo.personalAccessTokens().findByToken("secret")),
        new Line("check of a token", repo -> repo.personalAccessTokens().findActive("secret")),
        new Line(
            "token of a session",
            repo -> repo.personalAccessTokens().findActiveForSession(session)),
        new Line(
            "replacing a token",
            repo -> repo.personalAccessTokens().replace(session, "other", Optional.empty())),
        new Line("withdrawing a token", repo -> repo.personalAccessTokens().revoke(token)),
        new Line("ending a session", repo -> repo.personalSessions().revoke(session)),
        new Line(
            "ending those of a user",
            repo -> repo.personalSessions().revokeBulk(ALL.active(true).actorUser(user.id()))));
  }

  private static List<Line> jobs() {
    return List.of(
        new Line(
            "deleting revoked sessions",
            repo -> repo.personalSessions().cleanupRevoked(Optional.empty(), LATE, 1000)),
        new Line(
            "erasing addresses",
            repo -> repo.personalSessions().cleanupInactiveIps(Optional.empty(), LATE, 1000)));
  }

  private User user(int number) {
    return store
        .<Optional<User>>read(repo -> repo.users().findByUsername("user" + number))
        .orElseThrow();
  }

  private UUID client(int number) {
    return UUID.fromString(store.select("SELECT md5('client' || ?::int)::uuid", number).get(0));
  }

  /** One in ten is a client's; one in five is revoked; one in three tokens never expires. */
  private void insert() {
    store.sql(
        """
        INSERT INTO users (id, username, username_folded, created_at)
        SELECT md5('user' || n)::uuid, 'user' || n, 'user' || n, '2021-12-01T00:00:00Z' FROM generate_series(0, 9999) n
        """);
    store.sql(
        """
        INSERT INTO oauth2_clients (id, redirect_uris, grant_types, is_static)
        SELECT md5('client' || n)::uuid, '{}', '{}', false FROM generate_series(0, 9) n
        """);
    store.sql(
        """
        INSERT INTO personal_sessions
          (id, owner_user_id, owner_client_id, actor_user_id, human_name, scope, created_at, revoked_at, last_active_at,
           last_active_ip)
        SELECT md5('session' || n)::uuid,
          CASE WHEN n % 10 > 0 THEN md5('user' || n % 10000)::uuid END,
          CASE WHEN n % 10 = 0 THEN md5('client' || n / 10 % 10)::uuid END,
          md5('user' || n % 10000)::uuid,
          'script ' || n,
          CASE WHEN n % 5000 = 0 THEN ARRAY['openid', 'rare'] ELSE ARRAY['openid', 'urn:matrix:client:device:D' || n] END,
          day,
          CASE WHEN n % 5 = 0 THEN day + interval '1 day' END,
          CASE WHEN n % 3 > 0 THEN day + interval '1 minute' * (n % 1000) END,
          CASE WHEN n % 3 = 1 THEN inet '192.0.2.1' END
        FROM generate_series(1, ?) n
        CROSS JOIN LATERAL (SELECT timestamptz '2021-10-01T00:00:00Z' + interval '1 day' * (n % 101) AS day) days
        """,
        ROWS);
    store.sql(
        """
        INSERT INTO personal_access_tokens (id, session_id, token_digest, created_at, expires_at, revoked_at)
        SELECT id, id, sha256(id::text::bytea), created_at,
          CASE WHEN get_byte(sha256(id::text::bytea), 0) % 3 > 0 THEN created_at + interval '90 days' END, revoked_at
        FROM personal_sessions
        """);
    store.sql("VACUUM ANALYZE");
  }
}
