package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.authstore.model.Ids;
import dev.authstore.model.oauth2.OAuth2AuthorizationGrant;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2DeviceCodeGrant;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.Password;
import dev.authstore.model.user.User;
import dev.authstore.model.user.UserState;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.oauth2.NewTokens;
import dev.authstore.storage.oauth2.PresentedCode;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.page.TimeRange;
import dev.authstore.storage.pg.Plans.Line;
import dev.authstore.storage.upstream.UpstreamOAuthSessionFilter;
import dev.authstore.storage.user.BrowserSessionFilter;
import dev.authstore.storage.user.UserEmailFilter;
import dev.authstore.storage.user.UserFilter;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What grows is reached through indexes: at a hundred thousand rows no statement reads a whole
 * table; in the profile {@code scale}, at more, none touches too many pages either. Exempt are
 * counts of what most rows are: nothing is faster for them than to read the table.
 */
@Tag("plans")
class PlansPostgresTest {
  /** As many rows as were configured, however many accounts there are. */
  private static final Set<String> NOT_GROWING = Set.of("upstream_oauth_providers");

  private static final Pagination FIRST = Pagination.first(10);
  private static final Pagination LAST = Pagination.last(10);
  private static final NewTokens TOKENS =
      new NewTokens("access token", Optional.empty(), Optional.of("refresh token"));
  private static final Instant EARLY = Instant.parse("2021-10-03T00:00:00Z");
  private static final Instant LATE = Instant.parse("2022-01-08T00:00:00Z");

  @RegisterExtension final Store store = Store.fresh();

  @SuppressWarnings("NullAway.Init") // set before each test
  private Plans plans;

  /** A list without filter. Whoever adds one adds its line. */
  private record Walk(String table, Lister lister) {}

  @FunctionalInterface
  private interface Lister {
    Page<?> page(RepositoryAccess repo, Pagination pagination);
  }

  @BeforeEach
  void insertRows() {
    ManyRows.insert(store);
    plans = new Plans(store);
  }

  /** In one test, since the rows take longer to make than to look at. */
  @TestFactory
  Stream<DynamicContainer> statements() {
    return Stream.of(
        dynamicContainer("noTableIsReadAsAWhole", noTableIsReadAsAWhole()),
        dynamicContainer("aCountOfMostRowsReadsTheTable", aCountOfMostRowsReadsTheTable()),
        dynamicContainer(
            "theTenThousandthPageCostsAsMuchAsTheFirst",
            theTenThousandthPageCostsAsMuchAsTheFirst()));
  }

  private Stream<DynamicTest> noTableIsReadAsAWhole() {
    Stream<DynamicTest> indexed =
        Stream.of(
                within(Plans.PAGES_OF_A_LIST, listsOfUsers()),
                within(Plans.PAGES_OF_A_LIST, listsOfEmails()),
                within(Plans.PAGES_OF_A_LIST, listsOfBrowserSessions()),
                within(Plans.PAGES_OF_A_COUNT, countsOfAFew()),
                OAuth2Plans.lines(store),
                requests(user("user17"), sessionOf("user17"), passwordOf("user17")),
                authorizationGrants(sessionOf("user17")),
                deviceCodeGrants(sessionOf("user17")),
                jobs())
            .flatMap(List::stream)
            .map(line -> dynamicTest(line.name(), () -> plans.assertIndexed(line, NOT_GROWING)));
    return Stream.concat(
        indexed,
        OAuth2Plans.ofADevice()
            .map(line -> dynamicTest(line.name(), () -> assertFoundThroughTheScope(line))));
  }

  private static List<Line> within(long pages, List<Line> lines) {
    return lines.stream().map(line -> line.pages(pages)).toList();
  }

  /** Shows that a scan is seen, and which counts are exempt. */
  private Stream<DynamicTest> aCountOfMostRowsReadsTheTable() {
    return Stream.of(
            count(UserFilter.all().state(UserState.ACTIVE)),
            count(UserFilter.all().canRequestAdmin(false)),
            count(UserFilter.all().guest(false)),
            count(UserFilter.all().hasActiveOauth2Session(true)),
            count(UserFilter.all().hasActiveCompatSession(false)),
            count(BrowserSessionFilter.all().active(true)),
            count(BrowserSessionFilter.all().lastActive(TimeRange.after(EARLY))))
        .map(
            line ->
                dynamicTest(
                    line.name(),
                    () ->
                        assertThat(plans.of(line.work()))
                            .allSatisfy(plan -> assertThat(plan.scanned()).isNotEmpty())));
  }

  private Stream<DynamicTest> theTenThousandthPageCostsAsMuchAsTheFirst() {
    return Stream.of(
            new Walk("users", (repo, page) -> repo.users().list(UserFilter.all(), page)),
            new Walk(
                "user_emails", (repo, page) -> repo.userEmails().list(UserEmailFilter.all(), page)),
            new Walk(
                "browser_sessions",
                (repo, page) -> repo.browserSessions().list(BrowserSessionFilter.all(), page)))
        .flatMap(
            walk ->
                Stream.of(
                    dynamicTest(
                        walk.table() + " forward",
                        () -> assertSameCost(walk, FIRST, FIRST.after(id(walk.table(), "ASC")))),
                    dynamicTest(
                        walk.table() + " backward",
                        () -> assertSameCost(walk, LAST, LAST.before(id(walk.table(), "DESC"))))));
  }

  // The order of the list would lead to them, too, past everybody's.
  private void assertFoundThroughTheScope(Line line) {
    assertThat(plans.of(line.work()))
        .isNotEmpty()
        .allSatisfy(plan -> assertThat(plan.text()).contains("oauth2_sessions_scope_idx"));
  }

  private void assertSameCost(Walk walk, Pagination first, Pagination tenThousandth) {
    Plans.Plan one = plans.measured(repo -> walk.lister().page(repo, first)).get(0);
    Plans.Plan other = plans.measured(repo -> walk.lister().page(repo, tenThousandth)).get(0);

    assertThat(store.<Integer>read(repo -> walk.lister().page(repo, tenThousandth).edges().size()))
        .isEqualTo(10);
    assertThat(one.buffers()).isPositive();
    assertThat(other.buffers())
        .as("%s%n%s", one, other)
        .isCloseTo(one.buffers(), withinPercentage(10));
  }

  /** The last id before the ten thousandth page of ten. */
  private UUID id(String table, String direction) {
    return UUID.fromString(
        store
            .select(
                "SELECT id FROM " + table + " ORDER BY id " + direction + " LIMIT 1 OFFSET 99989")
            .get(0));
  }

  private List<Line> listsOfUsers() {
    UserFilter all = UserFilter.all();
    return Stream.of(
            all,
            all.state(UserState.ACTIVE),
            all.state(UserState.LOCKED),
            all.state(UserState.DEACTIVATED),
            all.canRequestAdmin(true),
            all.canRequestAdmin(false),
            all.guest(true),
            all.guest(false),
            all.search("user"),
            all.search("SER99"),
            all.search("nobody at all"),
            all.activeOauth2SessionForAnyOf(Set.of(client(), new UUID(0, 1))),
            all.hasActiveOauth2Session(true),
            all.hasActiveOauth2Session(false),
            all.hasActiveCompatSession(true),
            all.hasActiveCompatSession(false),
            all.state(UserState.LOCKED).search("user9").canRequestAdmin(false))
        .flatMap(
            filter ->
                Stream.of(
                    new Line("first " + filter, repo -> repo.users().list(filter, FIRST)),
                    new Line("last " + filter, repo -> repo.users().list(filter, LAST))))
        .toList();
  }

  private static List<Line> listsOfEmails() {
    UserEmailFilter all = UserEmailFilter.all();
    UUID user = new UUID(0, 1);
    return Stream.of(
            all,
            all.user(user),
            all.email("User17@example.com"),
            all.user(user).email("user17@example.com"))
        .flatMap(
            filter ->
                Stream.of(
                    new Line("first " + filter, repo -> repo.userEmails().list(filter, FIRST)),
                    new Line("last " + filter, repo -> repo.userEmails().list(filter, LAST))))
        .toList();
  }

  private List<Line> listsOfBrowserSessions() {
    BrowserSessionFilter all = BrowserSessionFilter.all();
    UUID user = user("user17").id();
    UpstreamOAuthSessionFilter login =
        UpstreamOAuthSessionFilter.all().provider(provider()).sub("subject17");
    return Stream.of(
            all,
            all.user(user),
            all.active(true),
            all.active(false),
            all.user(user).active(true),
            all.created(TimeRange.after(EARLY)),
            all.created(TimeRange.before(LATE)),
            all.lastActive(TimeRange.after(EARLY)),
            all.lastActive(TimeRange.before(LATE)),
            all.active(true).lastActive(TimeRange.before(EARLY)),
            all.active(true).lastActive(TimeRange.after(LATE)),
            all.inactiveSince(LATE),
            all.active(true).inactiveSince(EARLY),
            all.user(user).active(true).lastActive(TimeRange.before(LATE)),
            all.linkedToUpstreamSessions(UpstreamOAuthSessionFilter.all()),
            all.linkedToUpstreamSessions(login),
            all.active(true).linkedToUpstreamSessions(login.sid("sid17")))
        .flatMap(
            filter ->
                Stream.of(
                    new Line("first " + filter, repo -> repo.browserSessions().list(filter, FIRST)),
                    new Line("last " + filter, repo -> repo.browserSessions().list(filter, LAST))))
        .toList();
  }

  private List<Line> countsOfAFew() {
    UUID user = user("user17").id();
    UserFilter users = UserFilter.all();
    BrowserSessionFilter sessions = BrowserSessionFilter.all();
    UpstreamOAuthSessionFilter login =
        UpstreamOAuthSessionFilter.all().provider(provider()).sub("subject17");
    return List.of(
        count(users.state(UserState.LOCKED)),
        count(users.state(UserState.DEACTIVATED)),
        count(users.canRequestAdmin(true)),
        count(users.guest(true)),
        count(users.search("SER99")),
        count(users.activeOauth2SessionForAnyOf(Set.of(client()))),
        count(UserEmailFilter.all().user(user)),
        count(UserEmailFilter.all().email("User17@example.com")),
        count(sessions.user(user)),
        count(sessions.user(user).active(true)),
        count(sessions.created(TimeRange.before(LATE))),
        count(sessions.active(true).lastActive(TimeRange.before(EARLY))),
        count(sessions.active(true).lastActive(TimeRange.after(LATE))),
        count(sessions.active(true).inactiveSince(EARLY)),
        count(sessions.linkedToUpstreamSessions(login)),
        count(sessions.active(true).linkedToUpstreamSessions(login.sid("sid17"))));
  }

  private static Line count(UserFilter filter) {
    return new Line("count " + filter, repo -> repo.users().count(filter));
  }

  private static Line count(UserEmailFilter filter) {
    return new Line("count " + filter, repo -> repo.userEmails().count(filter));
  }

  private static Line count(BrowserSessionFilter filter) {
    return new Line("count " + filter, repo -> repo.browserSessions().count(filter));
  }

  /** What people wait for. */
  private static List<Line> requests(User user, BrowserSession session, Password password) {
    return List.of(
        new Line("look-up of a user", repo -> repo.users().lookup(user.id())),
        new Line("user by name", repo -> repo.users().findByUsername("User17")),
        new Line("whether a name is taken", repo -> repo.users().exists("User17")),
        new Line("locking a user", repo -> repo.users().lock(user)),
        new Line(
            "entry of an address", repo -> repo.userEmails().findByEmail("User17@example.com")),
        new Line("address of a user", repo -> repo.userEmails().find(user, "user17@example.com")),
        new Line("addresses of a user", repo -> repo.userEmails().all(user)),
        new Line("password of a user", repo -> repo.userPasswords().active(user)),
        new Line("look-up of a session", repo -> repo.browserSessions().lookup(session.id())),
        new Line("account for a login", repo -> repo.users().findForLogin("User17", true)),
        new Line("login", repo -> repo.browserSessions().login(user, password, Optional.empty())),
        new Line("new session", repo -> repo.browserSessions().add(user, Optional.empty())),
        new Line(
            "entry of a password",
            repo -> repo.browserSessions().authenticateWithPassword(session, password)),
        new Line(
            "last authentication", repo -> repo.browserSessions().getLastAuthentication(session)),
        new Line("finishing a session", repo -> repo.browserSessions().finish(session)));
  }

  private List<Line> authorizationGrants(BrowserSession browser) {
    OAuth2Client client = clientNumber(17);
    OAuth2Session session =
        store
            .<Optional<OAuth2Session>>read(repo -> repo.oauth2Sessions().lookup(id("oauth217")))
            .orElseThrow();
    OAuth2AuthorizationGrant fulfilled =
        store
            .<Optional<OAuth2AuthorizationGrant>>read(
                repo -> repo.oauth2AuthorizationGrants().findByCode("code17"))
            .orElseThrow();
    OAuth2AuthorizationGrant pending =
        store
            .<Optional<OAuth2AuthorizationGrant>>read(
                repo -> repo.oauth2AuthorizationGrants().lookup(id("grant18")))
            .orElseThrow();
    PresentedCode code = new PresentedCode("code17", Optional.empty(), Optional.empty());
    return List.of(
        new Line(
            "request by its code", repo -> repo.oauth2AuthorizationGrants().findByCode("code17")),
        new Line(
            "request and its client",
            repo -> repo.oauth2AuthorizationGrants().lookupWithClient(pending.id())),
        new Line(
            "approving a request",
            repo -> repo.oauth2AuthorizationGrants().fulfill(pending, browser, Optional.of("new"))),
        new Line("declining a request", repo -> repo.oauth2AuthorizationGrants().cancel(pending)),
        new Line(
            "exchanging a request",
            repo -> repo.oauth2AuthorizationGrants().exchange(fulfilled, session)),
        new Line(
            "exchanging a code",
            repo ->
                repo.oauth2AuthorizationGrants()
                    .exchangeCode(client, code, TOKENS, Optional.of("agent"))),
        new Line(
                "deleting requests",
                repo ->
                    repo.oauth2AuthorizationGrants()
                        .cleanup(Optional.empty(), Ids.maxAt(EARLY), 1000))
            .pages(Plans.PAGES_OF_A_BATCH));
  }

  private List<Line> deviceCodeGrants(BrowserSession browser) {
    OAuth2Client client = clientNumber(17);
    OAuth2Client waiting = clientNumber(18);
    OAuth2DeviceCodeGrant pending =
        store
            .<Optional<OAuth2DeviceCodeGrant>>read(
                repo -> repo.oauth2DeviceCodeGrants().findByUserCode("USER18"))
            .orElseThrow();
    return List.of(
        new Line(
            "device by its code", repo -> repo.oauth2DeviceCodeGrants().findByDeviceCode("code17")),
        new Line(
            "device by its user code",
            repo -> repo.oauth2DeviceCodeGrants().findByUserCode("USER17")),
        new Line(
            "device and its client",
            repo -> repo.oauth2DeviceCodeGrants().lookupWithClient(pending.id())),
        new Line(
            "approving a device",
            repo -> repo.oauth2DeviceCodeGrants().fulfill(pending, browser, Optional.empty())),
        new Line(
            "rejecting a device", repo -> repo.oauth2DeviceCodeGrants().reject(pending, browser)),
        new Line(
            "poll of an approved device",
            repo -> repo.oauth2DeviceCodeGrants().poll(client, "code17", TOKENS, Optional.empty())),
        new Line(
            "poll of a device that waits",
            repo ->
                repo.oauth2DeviceCodeGrants().poll(waiting, "code18", TOKENS, Optional.empty())),
        new Line(
                "deleting devices",
                repo ->
                    repo.oauth2DeviceCodeGrants().cleanup(Optional.empty(), Ids.maxAt(EARLY), 1000))
            .pages(Plans.PAGES_OF_A_BATCH));
  }

  // Each finished session has started others, so all of them are looked at and none is deleted.
  private static List<Line> jobs() {
    BrowserSessionFilter inactive = BrowserSessionFilter.all().inactiveSince(EARLY);
    return List.of(
        new Line(
                "finishing inactive sessions",
                repo -> repo.browserSessions().finishBatch(inactive, 100))
            .pages(Plans.PAGES_OF_A_BATCH),
        new Line(
                "deleting finished sessions",
                repo -> repo.browserSessions().cleanupFinished(Optional.empty(), LATE, 1000))
            .pages(10L * ManyRows.FINISHED_BROWSER_SESSIONS),
        new Line(
                "erasing addresses",
                repo -> repo.browserSessions().cleanupInactiveIps(Optional.empty(), LATE, 1000))
            .pages(Plans.PAGES_OF_A_BATCH));
  }

  private User user(String name) {
    return store.read(repo -> repo.users().findByUsername(name)).orElseThrow();
  }

  private Password passwordOf(String name) {
    User theirs = user(name);
    return store.read(repo -> repo.userPasswords().active(theirs)).orElseThrow();
  }

  private BrowserSession sessionOf(String name) {
    BrowserSessionFilter theirs = BrowserSessionFilter.all().user(user(name).id());
    return store.read(repo -> repo.browserSessions().list(theirs, FIRST).nodes().get(0));
  }

  private OAuth2Client clientNumber(int number) {
    return store
        .<Optional<OAuth2Client>>read(repo -> repo.oauth2Clients().lookup(id("client" + number)))
        .orElseThrow();
  }

  private UUID id(String numbered) {
    return UUID.fromString(store.select("SELECT md5(?)::uuid", numbered).get(0));
  }

  private UUID client() {
    return UUID.fromString(store.select("SELECT id FROM oauth2_clients LIMIT 1").get(0));
  }

  private UUID provider() {
    return UUID.fromString(store.select("SELECT id FROM upstream_oauth_providers").get(0));
  }
}
