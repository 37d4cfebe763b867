package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.authstore.model.Device;
import dev.authstore.model.Ids;
import dev.authstore.model.compat.CompatAccessToken;
import dev.authstore.model.compat.CompatRefreshToken;
import dev.authstore.model.compat.CompatSession;
import dev.authstore.model.compat.CompatSsoLogin;
import dev.authstore.model.compat.CompatSsoLoginStatus;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.compat.CompatSessionFilter;
import dev.authstore.storage.compat.CompatSessionParams;
import dev.authstore.storage.compat.CompatSsoLoginFilter;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.page.TimeRange;
import dev.authstore.storage.user.BrowserSessionFilter;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * That the older login API reaches its rows through indexes, of a hundred thousand of each kind.
 */
class CompatPlansPostgresTest {
  private static final int ROWS = 100_010;
  private static final Pagination FIRST = Pagination.first(10);
  private static final Pagination LAST = Pagination.last(10);
  private static final Instant EARLY = Instant.parse("2021-10-03T00:00:00Z");
  private static final Instant LATE = Instant.parse("2022-01-08T00:00:00Z");
  private static final CompatSessionFilter SESSIONS = CompatSessionFilter.all();
  private static final CompatSsoLoginFilter LOGINS = CompatSsoLoginFilter.all();

  @RegisterExtension final Store store = Store.fresh();

  /** Work, and what to call it. */
  private record Line(String name, Consumer<? super RepositoryAccess> work) {}

  @TestFactory
  Stream<DynamicTest> noTableIsReadAsAWhole() {
    insertUsers();
    insertSessions();
    insertTokens();
    insertLogins();
    store.sql("VACUUM ANALYZE");
    Plans plans = new Plans(store);
    return Stream.concat(
        Stream.of(
                listsOfSessions(),
                listsOfLogins(),
                counts(),
                sessions(),
                logins(),
                tokens(),
                jobs())
            .flatMap(List::stream)
            .map(line -> dynamicTest(line.name(), () -> assertIndexed(plans, line))),
        Stream.of(
            dynamicTest("the ten thousandth page of sessions", () -> assertFewPages(plans, FIRST)),
            dynamicTest("the same backward", () -> assertFewPages(plans, LAST))));
  }

  private static void assertIndexed(Plans plans, Line line) {
    assertThat(plans.of(line.work()))
        .isNotEmpty()
        .allSatisfy(plan -> assertThat(plan.scanned()).as("%s", plan).isEmpty());
  }

  private void assertFewPages(Plans plans, Pagination page) {
    boolean forward = page.equals(FIRST);
    String order = forward ? "ASC" : "DESC";
    UUID cursor =
        UUID.fromString(
            store
                .select(
                    "SELECT id FROM compat_sessions ORDER BY id " + order + " LIMIT 1 OFFSET 99989")
                .get(0));
    Pagination deep = forward ? page.after(cursor) : page.before(cursor);

    Plans.Plan one = plans.measured(repo -> repo.compatSessions().list(SESSIONS, page)).get(0);
    Plans.Plan other = plans.measured(repo -> repo.compatSessions().list(SESSIONS, deep)).get(0);

    assertThat(
            store.<Integer>read(repo -> repo.compatSessions().list(SESSIONS, deep).edges().size()))
        .isEqualTo(10);
    // joined in one way or another, with a few pages for each row of the page
    assertThat(List.of(one, other))
        .allSatisfy(plan -> assertThat(plan.buffers()).isBetween(1L, 100L));
  }

  private List<Line> listsOfSessions() {
    UUID user = user().id();
    CompatSessionFilter theirs = SESSIONS.user(user);
    return Stream.of(
            SESSIONS,
            theirs,
            theirs.active(true),
            theirs.active(true).device(new Device("device16")),
            theirs.active(true).lastActive(TimeRange.before(LATE)),
            SESSIONS.active(true),
            SESSIONS.active(false),
            SESSIONS.browserSession(browser().id()),
            SESSIONS.browserSessions(BrowserSessionFilter.all().user(user)),
            SESSIONS.hasSsoLogin(true),
            SESSIONS.hasSsoLogin(false),
            SESSIONS.created(TimeRange.after(EARLY)),
            SESSIONS.created(TimeRange.before(LATE)),
            SESSIONS.lastActive(TimeRange.after(EARLY)),
            SESSIONS.active(true).lastActive(TimeRange.before(EARLY)),
            SESSIONS.active(true).inactiveSince(EARLY))
        .flatMap(
            filter ->
                Stream.of(
                    new Line("first " + filter, repo -> repo.compatSessions().list(filter, FIRST)),
                    new Line("last " + filter, repo -> repo.compatSessions().list(filter, LAST))))
        .toList();
  }

  private List<Line> listsOfLogins() {
    CompatSsoLoginFilter theirs = LOGINS.user(user().id());
    return Stream.of(
            LOGINS,
            theirs,
            theirs.status(CompatSsoLoginStatus.EXCHANGED),
            LOGINS.status(CompatSsoLoginStatus.PENDING),
            LOGINS.status(CompatSsoLoginStatus.FULFILLED),
            LOGINS.status(CompatSsoLoginStatus.EXCHANGED))
        .flatMap(
            filter ->
                Stream.of(
                    new Line("first " + filter, repo -> repo.compatSsoLogins().list(filter, FIRST)),
                    new Line("last " + filter, repo -> repo.compatSsoLogins().list(filter, LAST))))
        .toList();
  }

  private List<Line> counts() {
    UUID user = user().id();
    return List.of(
        count(SESSIONS.user(user)),
        count(SESSIONS.user(user).active(true)),
        count(SESSIONS.user(user).active(true).device(new Device("device16"))),
        count(SESSIONS.user(user).hasSsoLogin(false)),
        count(SESSIONS.browserSession(browser().id())),
        count(SESSIONS.browserSessions(BrowserSessionFilter.all().user(user))),
        count(SESSIONS.created(TimeRange.before(EARLY))),
        count(SESSIONS.active(true).lastActive(TimeRange.before(EARLY))),
        count(SESSIONS.active(true).inactiveSince(EARLY)),
        new Line("logins of a user", repo -> repo.compatSsoLogins().count(LOGINS.user(user))));
  }

  private static Line count(CompatSessionFilter filter) {
    return new Line("count " + filter, repo -> repo.compatSessions().count(filter));
  }

  private List<Line> sessions() {
    User user = user();
    CompatSession session = session(17);
    return List.of(
        new Line("look-up of a session", repo -> repo.compatSessions().lookup(session.id())),
        new Line(
            "new session",
            repo -> repo.compatSessions().add(user, CompatSessionParams.of(new Device("new")))),
        new Line("finishing a session", repo -> repo.compatSessions().finish(session)),
        new Line(
            "finishing those of a user",
            repo -> repo.compatSessions().finishBulk(SESSIONS.user(user.id()))),
        new Line("making room", repo -> repo.compatSessions().finishLeastRecentlyUsed(user, 2)),
        new Line("naming", repo -> repo.compatSessions().setHumanName(session, Optional.empty())),
        new Line("user agent", repo -> repo.compatSessions().recordUserAgent(session, "agent")));
  }

  private List<Line> logins() {
    CompatSsoLogin pending = login(3);
    CompatSsoLogin fulfilled = login(11);
    CompatSession session = session(11);
    BrowserSession browser = browser();
    return List.of(
        new Line("look-up of a login", repo -> repo.compatSsoLogins().lookup(pending.id())),
        new Line("login of a session", repo -> repo.compatSsoLogins().findForSession(session)),
        new Line("login of a token", repo -> repo.compatSsoLogins().findByToken("login11")),
        new Line("new login", repo -> repo.compatSsoLogins().add(URI.create("app:x"))),
        new Line("approval", repo -> repo.compatSsoLogins().fulfill(pending, browser, "new token")),
        new Line("exchange", repo -> repo.compatSsoLogins().exchange(fulfilled, session)));
  }

  private List<Line> tokens() {
    CompatSession session = session(20);
    CompatAccessToken access =
        store.read(repo -> repo.compatAccessTokens().findByToken("access20")).orElseThrow();
    CompatRefreshToken refresh =
        store.read(repo -> repo.compatRefreshTokens().findByToken("refresh10")).orElseThrow();
    CompatRefreshToken successor =
        store.write(repo -> repo.compatRefreshTokens().add(session, access, "successor"));
    return List.of(
        new Line("look-up of a token", repo -> repo.compatAccessTokens().lookup(access.id())),
        new Line("check of a token", repo -> repo.compatAccessTokens().findActive("access20")),
        new Line("text of a token", repo -> repo.compatAccessTokens().findByToken("access20")),
        new Line(
            "new token",
            repo -> repo.compatAccessTokens().add(session, "new token", Optional.empty())),
        new Line("end of a token", repo -> repo.compatAccessTokens().expire(access)),
        new Line("look-up for refresh", repo -> repo.compatRefreshTokens().lookup(refresh.id())),
        new Line("text for refresh", repo -> repo.compatRefreshTokens().findByToken("refresh10")),
        new Line(
            "new refresh token",
            repo -> repo.compatRefreshTokens().add(session, access, "new token")),
        new Line(
            "refresh", repo -> repo.compatRefreshTokens().consumeAndReplace(refresh, successor)));
  }

  private static List<Line> jobs() {
    Optional<Instant> start = Optional.empty();
    UUID late = Ids.maxAt(LATE);
    return List.of(
        new Line(
            "finishing inactive sessions",
            repo -> repo.compatSessions().finishBatch(SESSIONS.inactiveSince(EARLY), 100)),
        new Line(
            "deleting finished sessions",
            repo -> repo.compatSessions().cleanupFinished(start, LATE, 1000)),
        new Line(
            "erasing addresses",
            repo -> repo.compatSessions().cleanupInactiveIps(start, LATE, 1000)),
        new Line(
            "deleting stale logins",
            repo -> repo.compatSsoLogins().cleanupStale(Optional.empty(), late, 1000)),
        new Line(
            "deleting consumed tokens",
            repo -> repo.compatRefreshTokens().cleanupConsumed(start, LATE, 1000)),
        new Line(
            "deleting expired tokens",
            repo -> repo.compatAccessTokens().cleanupExpired(start, LATE, 1000)));
  }

  private User user() {
    return store.read(repo -> repo.users().findByUsername("user17")).orElseThrow();
  }

  private BrowserSession browser() {
    BrowserSessionFilter theirs = BrowserSessionFilter.all().user(user().id());
    return store.read(repo -> repo.browserSessions().list(theirs, FIRST).nodes().get(0));
  }

  private CompatSession session(int number) {
    UUID id = id("session" + number);
    return store.read(repo -> repo.compatSessions().lookup(id)).orElseThrow();
  }

  private CompatSsoLogin login(int number) {
    UUID id = id("login" + number);
    return store.read(repo -> repo.compatSsoLogins().lookup(id)).orElseThrow();
  }

  private UUID id(String text) {
    return UUID.fromString(store.select("SELECT md5(?)::uuid", text).get(0));
  }

  /** Ten thousand with two browser sessions each. */
  private void insertUsers() {
    store.sql(
        """
        INSERT INTO users (id, username, username_folded, created_at)
        SELECT md5('user' || n)::uuid, 'user' || n, 'user' || n, '2021-10-01T00:00:00Z'
        FROM generate_series(1, 10000) n
        """);
    store.sql(
        """
        INSERT INTO browser_sessions (id, user_id, created_at)
        SELECT md5('browser' || n)::uuid, md5('user' || n % 10000 + 1)::uuid, '2021-10-01T00:00:00Z'
        FROM generate_series(1, 20000) n
        """);
  }

  /** One in five has ended; two in three were used, over a hundred days. */
  private void insertSessions() {
    store.sql(
        """
        INSERT INTO compat_sessions (id, user_id, browser_session_id, device_id, is_synapse_admin, created_at,
          finished_at, last_active_at, last_active_ip)
        SELECT md5('session' || n)::uuid, md5('user' || n % 10000 + 1)::uuid,
          md5('browser' || (n - 1) % 20000 + 1)::uuid, 'device' || n, false, day,
          CASE WHEN n % 5 = 3 THEN day + interval '1 day' END,
          CASE WHEN n % 3 > 0 THEN day + interval '1 minute' * (n % 1000) END,
          CASE WHEN n % 3 = 1 THEN inet '192.0.2.1' END
        FROM generate_series(1, ?) n
        CROSS JOIN LATERAL (SELECT timestamptz '2021-10-01T00:00:00Z' + interval '1 day' * (n % 101) AS day) days
        """,
        ROWS);
  }

  /** Every other access token is named by two refresh tokens, of which most are used. */
  private void insertTokens() {
    store.sql(
        """
        INSERT INTO compat_access_tokens (id, session_id, token_digest, created_at, expires_at)
        SELECT md5('access' || n)::uuid, md5('session' || n)::uuid, sha256(('access' || n)::bytea), day,
          CASE WHEN n % 10 > 0 THEN day + interval '5 minutes' END
        FROM generate_series(1, ?) n
        CROSS JOIN LATERAL (SELECT timestamptz '2021-10-01T00:00:00Z' + interval '1 day' * (n % 101) AS day) days
        """,
        ROWS);
    store.sql(
        """
        INSERT INTO compat_refresh_tokens (id, session_id, access_token_id, token_digest, created_at, consumed_at)
        SELECT md5('refresh' || n)::uuid, md5('session' || a)::uuid, md5('access' || a)::uuid,
          sha256(('refresh' || n)::bytea), '2021-10-01T00:00:00Z',
          CASE WHEN n % 10 > 0 THEN timestamptz '2021-10-01T00:00:00Z' + interval '1 minute' * n END
        FROM generate_series(1, ?) n
        CROSS JOIN LATERAL (SELECT (n - 1) % 50005 * 2 + 2 AS a) named
        """,
        ROWS);
  }

  /** Half were exchanged, one in ten is approved only. */
  private void insertLogins() {
    store.sql(
        """
        INSERT INTO compat_sso_logins (id, redirect_uri, created_at, browser_session_id, session_id,
          login_token_digest, fulfilled_at, exchanged_at)
        SELECT md5('login' || n)::uuid, 'app:x', day,
          CASE WHEN n % 2 = 0 OR n % 10 = 1 THEN md5('browser' || (n - 1) % 20000 + 1)::uuid END,
          CASE WHEN n % 2 = 0 THEN md5('session' || n)::uuid END,
          CASE WHEN n % 2 = 0 OR n % 10 = 1 THEN sha256(('login' || n)::bytea) END,
          CASE WHEN n % 2 = 0 OR n % 10 = 1 THEN day END,
          CASE WHEN n % 2 = 0 THEN day END
        FROM generate_series(1, ?) n
        CROSS JOIN LATERAL (SELECT timestamptz '2021-10-01T00:00:00Z' + interval '1 day' * (n % 101) AS day) days
        """,
        ROWS);
  }
}
