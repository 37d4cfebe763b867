package dev.authstore.storage.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.authstore.model.Ids;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSession;
import dev.authstore.model.upstream.UpstreamOAuthLink;
import dev.authstore.model.upstream.UpstreamOAuthProvider;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.upstream.UpstreamAnswer;
import dev.authstore.storage.upstream.UpstreamOAuthLinkFilter;
import dev.authstore.storage.upstream.UpstreamOAuthSessionFilter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Links and logins are reached through indexes: at a hundred thousand rows no statement reads a
 * whole table.
 */
class UpstreamPlansPostgresTest {
  /** As many rows as were configured, however many people log in. */
  private static final Set<String> NOT_GROWING = Set.of("upstream_oauth_providers");

  private static final Pagination FIRST = Pagination.first(10);
  private static final Pagination LAST = Pagination.last(10);

  @RegisterExtension final Store store = Store.fresh();

  /** Work, and what to call it. */
  private record Line(String name, Consumer<? super RepositoryAccess> work) {}

  @TestFactory
  Stream<DynamicTest> noTableIsReadAsAWhole() {
    insertRows();
    Plans plans = new Plans(store);
    return Stream.of(links(), sessions(), flow(), jobs())
        .flatMap(List::stream)
        .map(line -> dynamicTest(line.name(), () -> assertIndexed(plans, line)));
  }

  private static void assertIndexed(Plans plans, Line line) {
    List<Plans.Plan> found = plans.of(line.work());

    assertThat(found)
        .isNotEmpty()
        .allSatisfy(plan -> assertThat(NOT_GROWING).as("%s", plan).containsAll(plan.scanned()));
  }

  private List<Line> links() {
    UpstreamOAuthLinkFilter all = UpstreamOAuthLinkFilter.all();
    UUID john = user("user17").id();
    UUID provider = provider("provider1").id();
    List<UpstreamOAuthLinkFilter> few =
        List.of(
            all.user(john),
            all.user(john).provider(provider),
            all.subject("subject17"),
            all.subject("subject17").provider(provider).linked(true),
            all.humanAccountName("HN99999"));
    List<UpstreamOAuthLinkFilter> many =
        List.of(
            all,
            all.linked(true),
            all.linked(false),
            all.provider(provider),
            all.provider(new UUID(0, 1)),
            all.provider(provider).linked(false),
            all.providerEnabled(true),
            all.humanAccountName("john"));
    return Stream.concat(
            Stream.concat(few.stream(), many.stream())
                .flatMap(
                    filter ->
                        Stream.of(
                            new Line(
                                "first " + filter,
                                repo -> repo.upstreamOAuthLinks().list(filter, FIRST)),
                            new Line(
                                "last " + filter,
                                repo -> repo.upstreamOAuthLinks().list(filter, LAST)))),
            few.stream()
                .map(
                    filter ->
                        new Line(
                            "count " + filter, repo -> repo.upstreamOAuthLinks().count(filter))))
        .toList();
  }

  private List<Line> sessions() {
    UpstreamOAuthSessionFilter all = UpstreamOAuthSessionFilter.all();
    UpstreamOAuthSessionFilter at = all.provider(provider("provider1").id());
    List<UpstreamOAuthSessionFilter> few =
        List.of(at.sub("subject18"), at.sid("sid18"), at.sub("subject18").sid("sid18"));
    return Stream.concat(
            Stream.concat(Stream.of(all, at), few.stream())
                .flatMap(
                    filter ->
                        Stream.of(
                            new Line(
                                "first " + filter,
                                repo -> repo.upstreamOAuthSessions().list(filter, FIRST)),
                            new Line(
                                "last " + filter,
                                repo -> repo.upstreamOAuthSessions().list(filter, LAST)))),
            few.stream()
                .flatMap(
                    filter ->
                        Stream.of(
                            new Line(
                                "count " + filter,
                                repo -> repo.upstreamOAuthSessions().count(filter)),
                            new Line(
                                "calling off " + filter,
                                repo ->
                                    repo.upstreamOAuthSessions().invalidateUnconsumed(filter)))))
        .toList();
  }

  private List<Line> flow() {
    UpstreamOAuthProvider provider = provider("provider1");
    UpstreamOAuthLink link =
        store.read(
            repo -> repo.upstreamOAuthLinks().findBySubject(provider, "subject18").orElseThrow());
    UpstreamOAuthAuthorizationSession pending =
        store.write(
            repo ->
                repo.upstreamOAuthSessions()
                    .add(provider, "new state", Optional.empty(), Optional.empty()));
    User user = user("user" + 19);
    BrowserSession browserSession =
        store.write(repo -> repo.browserSessions().add(user, Optional.empty()));
    UpstreamOAuthAuthorizationSession completed =
        store.read(
            repo ->
                repo.upstreamOAuthSessions()
                    .list(
                        UpstreamOAuthSessionFilter.all().provider(provider.id()).sub("subject18"),
                        FIRST)
                    .nodes()
                    .get(0));
    store.clock().advance(Duration.ofMinutes(1)); // ids begin again in another factory
    return List.of(
        new Line("the login page", repo -> repo.upstreamOAuthProviders().allEnabled()),
        new Line(
            "a new login",
            repo ->
                repo.upstreamOAuthSessions()
                    .add(provider, "another state", Optional.empty(), Optional.empty())),
        new Line(
            "link by subject",
            repo -> repo.upstreamOAuthLinks().findBySubject(provider, "subject18")),
        new Line(
            "found link",
            repo -> repo.upstreamOAuthLinks().findOrAdd(provider, "subject18", Optional.empty())),
        new Line(
            "new link",
            repo -> repo.upstreamOAuthLinks().findOrAdd(provider, "new", Optional.empty())),
        new Line(
            "completion",
            repo ->
                repo.upstreamOAuthSessions().completeWithLink(pending, link, UpstreamAnswer.NONE)),
        new Line("use", repo -> repo.upstreamOAuthSessions().consume(completed, browserSession)),
        new Line("association", repo -> repo.upstreamOAuthLinks().associateToUser(link, user)),
        new Line("removal", repo -> repo.upstreamOAuthLinks().remove(link)),
        new Line(
            "removals",
            repo ->
                repo.upstreamOAuthLinks()
                    .removeBulk(UpstreamOAuthLinkFilter.all().user(user("user17").id()))));
  }

  private List<Line> jobs() {
    UUID until = Ids.maxAt(store.clock().instant());
    return List.of(
        new Line(
            "clean-up of links",
            repo -> repo.upstreamOAuthLinks().cleanupOrphaned(Optional.empty(), until, 1000)),
        new Line(
            "clean-up of logins",
            repo -> repo.upstreamOAuthSessions().cleanupOrphaned(Optional.empty(), until, 1000)));
  }

  private User user(String name) {
    return store.<Optional<User>>read(repo -> repo.users().findByUsername(name)).orElseThrow();
  }

  private UpstreamOAuthProvider provider(String name) {
    UUID id =
        UUID.fromString(
            store
                .select("SELECT id FROM upstream_oauth_providers WHERE human_name = ?", name)
                .get(0));
    return store
        .<Optional<UpstreamOAuthProvider>>read(repo -> repo.upstreamOAuthProviders().lookup(id))
        .orElseThrow();
  }

  /**
   * Two providers; of each ten links nine belong to accounts, of each ten logins one is pending and
   * the others have a browser session, but for one in a hundred. Ids are hashes of what they
   * number, below those of today.
   */
  private void insertRows() {
    store.sql(
        """
        INSERT INTO users (id, username, username_folded, created_at)
        SELECT md5('user' || n)::uuid, 'user' || n, 'user' || n, '2021-12-01T00:00:00Z' FROM generate_series(1, 1000) n
        """);
    store.sql(
        """
        INSERT INTO browser_sessions (id, user_id, created_at)
        SELECT md5('session' || n)::uuid, md5('user' || n)::uuid, '2021-12-01T00:00:00Z' FROM generate_series(1, 1000) n
        """);
    store.sql(
        """
        INSERT INTO upstream_oauth_providers (id, human_name, scope, client_id, token_endpoint_auth_method, created_at)
        SELECT md5('provider' || n)::uuid, 'provider' || n, '{openid}', 'client', 'none', '2021-12-01T00:00:00Z'
        FROM generate_series(1, 2) n
        """);
    store.sql(
        """
        INSERT INTO upstream_oauth_links
          (id, provider_id, user_id, subject, human_account_name, human_account_name_folded, created_at)
        SELECT ('00' || left(md5('link' || n), 30))::uuid, md5('provider' || n % 2 + 1)::uuid,
          CASE WHEN n % 10 <> 8 THEN md5('user' || n % 1000 + 1)::uuid END,
          'subject' || n, 'John' || n, 'john' || n, '2021-12-01T00:00:00Z'
        FROM generate_series(1, 100010) n
        """);
    store.sql(
        """
        INSERT INTO upstream_oauth_authorization_sessions
          (id, provider_id, state, created_at, link_id, completed_at, id_token_claims, browser_session_id)
        SELECT ('00' || left(md5('login' || n), 30))::uuid, md5('provider' || n % 2 + 1)::uuid, 'state' || n,
          '2021-12-01T00:00:00Z',
          CASE WHEN n % 10 <> 7 THEN ('00' || left(md5('link' || n), 30))::uuid END,
          CASE WHEN n % 10 <> 7 THEN timestamptz '2021-12-01T00:00:00Z' END,
          CASE WHEN n % 10 <> 7 THEN jsonb_build_object('sub', 'subject' || n, 'sid', 'sid' || n) END,
          CASE WHEN n % 10 <> 7 AND n % 100 <> 18 THEN md5('session' || n % 1000 + 1)::uuid END
        FROM generate_series(1, 100010) n
        """);
    store.sql(
        """
        INSERT INTO user_registrations (id, username, upstream_session_id, upstream_session_attached, created_at)
        SELECT md5('registration' || n)::uuid, 'name', ('00' || left(md5('login' || n), 30))::uuid, true, '2021-12-01T00:00:00Z'
        FROM generate_series(1, 100010) n
        WHERE n % 3 = 0
        """);
    store.sql("VACUUM ANALYZE");
  }
}
