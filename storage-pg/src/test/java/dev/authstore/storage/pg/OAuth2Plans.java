package dev.authstore.storage.pg;

import dev.authstore.model.Addresses;
import dev.authstore.model.Device;
import dev.authstore.model.Scope;
import dev.authstore.model.SessionActivity;
import dev.authstore.model.TokenKind;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.User;
import dev.authstore.storage.oauth2.OAuth2SessionFilter;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.page.TimeRange;
import dev.authstore.storage.pg.Plans.Line;
import dev.authstore.storage.user.BrowserSessionFilter;
import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/** What the sessions of clients are asked for and subjected to. */
final class OAuth2Plans {
  private static final OAuth2SessionFilter ALL = OAuth2SessionFilter.all();
  private static final Pagination FIRST = Pagination.first(10);
  private static final Pagination LAST = Pagination.last(10);
  private static final Instant EARLY = Instant.parse("2021-10-03T00:00:00Z");
  private static final Instant LATE = Instant.parse("2022-01-08T00:00:00Z");
  private static final Device DEVICE = new Device("D17");
  private static final Scope SCOPE = Scope.of("openid", "urn:matrix:client:device:D17");
  private static final Optional<InetAddress> ADDRESS = Optional.of(Addresses.parse("192.0.2.2"));
  private static final Optional<String> NO_AGENT = Optional.empty();

  private OAuth2Plans() {}

  static List<Line> lines(Store store) {
    OAuth2Session session =
        store.read(repo -> repo.oauth2Sessions().list(ALL.device(DEVICE), FIRST).nodes().get(0));
    User user =
        store.read(repo -> repo.users().lookup(session.userId().orElseThrow())).orElseThrow();
    OAuth2Client client =
        store.read(repo -> repo.oauth2Clients().lookup(session.clientId())).orElseThrow();
    return Stream.of(
            filters(session).map(filter -> line("first " + filter, filter, FIRST)),
            filters(session).map(filter -> line("last " + filter, filter, LAST)),
            countsOfAFew(session),
            requests(session, client, user),
            jobs(client, activity(store)).map(line -> line.pages(Plans.PAGES_OF_A_BATCH)))
        .flatMap(lines -> lines)
        .toList();
  }

  /** What goes by a device alone. */
  static Stream<Line> ofADevice() {
    return Stream.of(
        line("first of a device", ALL.device(DEVICE), FIRST),
        line("last of a device", ALL.active(true).device(DEVICE), LAST),
        line("first of a scope with a device", ALL.scope(SCOPE), FIRST),
        line("last of a scope with a device", ALL.active(true).scope(SCOPE), LAST),
        new Line("count of a device", repo -> repo.oauth2Sessions().count(ALL.device(DEVICE))),
        new Line(
            "finishing a device", repo -> repo.oauth2Sessions().finishBulk(ALL.device(DEVICE))));
  }

  private static Line line(String name, OAuth2SessionFilter filter, Pagination pagination) {
    return new Line(name, repo -> repo.oauth2Sessions().list(filter, pagination))
        .pages(Plans.PAGES_OF_A_LIST);
  }

  private static Stream<OAuth2SessionFilter> filters(OAuth2Session session) {
    OAuth2SessionFilter ofUser = ALL.user(session.userId().orElseThrow());
    BrowserSessionFilter browsers = BrowserSessionFilter.all();
    return Stream.of(
        ALL,
        ofUser,
        ofUser.active(true),
        ofUser.active(true).device(DEVICE),
        ofUser.active(true).inactiveSince(LATE),
        ALL.hasUser(true),
        ALL.hasUser(false),
        ALL.browserSession(session.browserSessionId().orElseThrow()),
        ALL.browserSessions(browsers.user(session.userId().orElseThrow())),
        ALL.browserSessions(browsers.active(true)),
        ALL.device(DEVICE),
        ALL.client(session.clientId()),
        ALL.client(session.clientId()).active(true),
        ALL.clients(Set.of(session.clientId(), session.id())),
        ALL.staticClient(true),
        ALL.staticClient(false),
        ALL.active(true),
        ALL.active(false),
        ALL.scope(Scope.of("openid")),
        ALL.scope(session.scope()),
        ALL.created(TimeRange.after(EARLY)),
        ALL.created(TimeRange.before(LATE)),
        ALL.lastActive(TimeRange.after(EARLY)),
        ALL.lastActive(TimeRange.before(LATE)),
        ALL.active(true).lastActive(TimeRange.before(EARLY)),
        expired());
  }

  private static Stream<Line> countsOfAFew(OAuth2Session session) {
    return Stream.of(
            ALL.user(session.userId().orElseThrow()),
            ALL.user(session.userId().orElseThrow()).active(true),
            ALL.hasUser(false),
            ALL.browserSession(session.browserSessionId().orElseThrow()),
            ALL.browserSessions(BrowserSessionFilter.all().user(session.userId().orElseThrow())),
            ALL.device(DEVICE),
            ALL.client(session.clientId()).active(true),
            ALL.scope(session.scope()),
            expired())
        .map(
            filter ->
                new Line("count " + filter, repo -> repo.oauth2Sessions().count(filter))
                    .pages(Plans.PAGES_OF_A_COUNT));
  }

  private static Stream<Line> requests(OAuth2Session session, OAuth2Client client, User user) {
    Random random = new Random(1);
    String access = TokenKind.ACCESS_TOKEN.generate(random);
    String refresh = TokenKind.REFRESH_TOKEN.generate(random);
    return Stream.of(
        new Line(
            "look-up of a client's session", repo -> repo.oauth2Sessions().lookup(session.id())),
        new Line(
            "new session of a client",
            repo ->
                repo.oauth2Sessions()
                    .add(client, Optional.of(user), Optional.empty(), session.scope(), NO_AGENT)),
        new Line(
            "new session of a client for itself",
            repo ->
                repo.oauth2Sessions()
                    .startClientCredentials(
                        client, session.scope(), access, Optional.empty(), NO_AGENT)),
        new Line(
            "naming a session",
            repo -> repo.oauth2Sessions().setHumanName(session, Optional.of("name"))),
        new Line("finishing a client's session", repo -> repo.oauth2Sessions().finish(session)),
        new Line(
            "finishing the sessions of a user",
            repo -> repo.oauth2Sessions().finishBulk(ALL.user(user.id()))),
        new Line(
            "revoking an access token",
            repo -> repo.oauth2Sessions().finishByToken(client, access, TokenKind.ACCESS_TOKEN)),
        new Line(
            "revoking a refresh token",
            repo -> repo.oauth2Sessions().finishByToken(client, refresh, TokenKind.REFRESH_TOKEN)));
  }

  private static Stream<Line> jobs(OAuth2Client client, List<SessionActivity> activity) {
    return Stream.of(
        new Line(
            "activity of clients", repo -> repo.oauth2Sessions().recordBatchActivity(activity)),
        new Line(
            "finishing inactive sessions of clients",
            repo -> repo.oauth2Sessions().finishBatch(expired(), 100)),
        new Line(
            "deleting finished sessions of clients",
            repo -> repo.oauth2Sessions().cleanupFinished(Optional.empty(), LATE, 1000)),
        new Line(
            "erasing addresses of clients",
            repo -> repo.oauth2Sessions().cleanupInactiveIps(Optional.empty(), LATE, 1000)),
        new Line(
            "deleting sessions of a client",
            repo -> repo.oauth2Clients().deleteSessions(client, 10)));
  }

  /** As much as one statement takes, half of it with an address. */
  private static List<SessionActivity> activity(Store store) {
    return store.select("SELECT id FROM oauth2_sessions LIMIT 500").stream()
        .map(UUID::fromString)
        .map(id -> new SessionActivity(id, LATE, ADDRESS.filter(ip -> (id.hashCode() & 1) == 0)))
        .toList();
  }

  /** As a service would expire what is not used. */
  private static OAuth2SessionFilter expired() {
    return ALL.staticClient(false).hasUser(true).active(true).inactiveSince(EARLY);
  }
}
