package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.authstore.model.Device;
import dev.authstore.model.user.User;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.app.AppSessionFilter;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.page.TimeRange;
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

/** A hundred thousand sessions of either kind: a page of both costs what a page costs. */
class AppSessionPlansPostgresTest {
  private static final int ROWS = 100_000;
  private static final AppSessionFilter ALL = AppSessionFilter.all();
  private static final Pagination FIRST = Pagination.first(10);
  private static final Pagination LAST = Pagination.last(10);
  private static final Instant EARLY = Instant.parse("2021-10-03T00:00:00Z");
  private static final Instant LATE = Instant.parse("2022-01-08T00:00:00Z");

  @RegisterExtension final Store store = Store.fresh();

  @SuppressWarnings("NullAway.Init") // set before each test
  private Plans plans;

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
        dynamicContainer(
            "aPageInTheMiddleCostsAsMuchAsTheFirst", aPageInTheMiddleCostsAsMuchAsTheFirst()),
        dynamicContainer("aPageTouchesFewPagesOfTheDisk", aPageTouchesFewPagesOfTheDisk()));
  }

  private Stream<DynamicTest> noTableIsReadAsAWhole() {
    User user = user();
    UUID browser = UUID.fromString(store.select("SELECT md5('browser17')::uuid").get(0));
    Device device = new Device("D17");
    Stream<DynamicTest> lists =
        Stream.of(
                ALL,
                ALL.user(user.id()),
                ALL.user(user.id()).active(true),
                ALL.user(user.id()).active(true).lastActive(TimeRange.before(LATE)),
                ALL.browserSession(browser),
                ALL.device(device),
                ALL.active(true),
                ALL.active(false),
                ALL.created(TimeRange.before(LATE)),
                ALL.lastActive(TimeRange.before(LATE)),
                ALL.active(true).lastActive(TimeRange.before(EARLY)))
            .flatMap(
                filter ->
                    Stream.of(
                        indexed("first " + filter, repo -> repo.appSessions().list(filter, FIRST)),
                        indexed("last " + filter, repo -> repo.appSessions().list(filter, LAST))));
    Stream<DynamicTest> others =
        Stream.of(
            indexed("count of a user", repo -> repo.appSessions().count(ALL.user(user.id()))),
            indexed("count of a device", repo -> repo.appSessions().count(ALL.device(device))),
            indexed("counts for a limit", repo -> repo.appSessions().countForLimiting(user)),
            indexed(
                "replacing a device",
                repo -> repo.appSessions().finishSessionsToReplaceDevice(user, device)));
    return Stream.concat(lists, others);
  }

  private Stream<DynamicTest> aPageInTheMiddleCostsAsMuchAsTheFirst() {
    UUID middle = new UUID(0x8000_0000_0000_0000L, 0);
    return Stream.of(
        dynamicTest("forward", () -> assertSameCost(FIRST, FIRST.after(middle))),
        dynamicTest("backward", () -> assertSameCost(LAST, LAST.before(middle))));
  }

  /** Eleven rows of each table, found by their keys, and then eleven sessions: not the table. */
  private Stream<DynamicTest> aPageTouchesFewPagesOfTheDisk() {
    return Stream.of(FIRST, LAST)
        .map(
            page ->
                dynamicTest(
                    page.toString(),
                    () ->
                        assertThat(plans.measured(repo -> repo.appSessions().list(ALL, page)))
                            .singleElement()
                            .satisfies(
                                plan ->
                                    assertThat(plan.buffers())
                                        .as("%s", plan)
                                        .isBetween(1L, 400L))));
  }

  private DynamicTest indexed(String name, Consumer<? super RepositoryAccess> work) {
    return dynamicTest(
        name,
        () ->
            assertThat(plans.of(work))
                .isNotEmpty()
                .allSatisfy(plan -> assertThat(plan.scanned()).as("%s", plan).isEmpty()));
  }

  private void assertSameCost(Pagination first, Pagination deep) {
    List<Plans.Plan> one = plans.measured(repo -> repo.appSessions().list(ALL, first));
    List<Plans.Plan> other = plans.measured(repo -> repo.appSessions().list(ALL, deep));

    assertThat(one).hasSize(1);
    assertThat(other)
        .singleElement()
        .satisfies(
            plan ->
                assertThat(plan.buffers())
                    .as("%s", plan)
                    .isCloseTo(one.get(0).buffers(), withinPercentage(10)));
  }

  private User user() {
    return store.<Optional<User>>read(repo -> repo.users().findByUsername("user17")).orElseThrow();
  }

  /** Ten sessions of each kind for each user; one in five has ended. */
  private void insert() {
    store.sql(
        """
        INSERT INTO users (id, username, username_folded, created_at)
        SELECT md5('user' || n)::uuid, 'user' || n, 'user' || n, '2021-12-01T00:00:00Z' FROM generate_series(0, 9999) n
        """);
    store.sql(
        """
        INSERT INTO browser_sessions (id, user_id, created_at)
        SELECT md5('browser' || n)::uuid, md5('user' || n)::uuid, '2021-12-01T00:00:00Z' FROM generate_series(0, 9999) n
        """);
    store.sql(
        """
        INSERT INTO oauth2_clients (id, redirect_uris, grant_types, is_static)
        VALUES (md5('client')::uuid, '{}', '{}', false)
        """);
    store.sql(
        """
        INSERT INTO oauth2_sessions
          (id, client_id, user_id, browser_session_id, scope, created_at, finished_at, last_active_at)
        SELECT md5('oauth2' || n)::uuid, md5('client')::uuid, md5('user' || n % 10000)::uuid,
          md5('browser' || n % 10000)::uuid, ARRAY['openid', 'urn:matrix:client:device:D' || n], day,
          CASE WHEN n % 5 = 0 THEN day + interval '1 day' END,
          CASE WHEN n % 3 > 0 THEN day + interval '1 minute' * (n % 1000) END
        FROM generate_series(1, ?) n
        CROSS JOIN LATERAL (SELECT timestamptz '2021-10-01T00:00:00Z' + interval '1 day' * (n % 101) AS day) days
        """,
        ROWS);
    store.sql(
        """
        INSERT INTO compat_sessions
          (id, user_id, browser_session_id, device_id, is_synapse_admin, created_at, finished_at, last_active_at)
        SELECT md5('compat' || n)::uuid, user_id, browser_session_id, 'D' || n, false, created_at, finished_at,
          last_active_at
        FROM generate_series(1, ?) n JOIN oauth2_sessions s ON s.id = md5('oauth2' || n)::uuid
        """,
        ROWS);
    store.sql(
        """
        INSERT INTO personal_sessions (id, owner_user_id, actor_user_id, human_name, scope, created_at)
        SELECT id, id, id, 'script', '{}', created_at FROM users
        """);
    store.sql("VACUUM ANALYZE");
  }
}
