package dev.authstore.storage.pg.app;

import dev.authstore.model.Device;
import dev.authstore.model.Scope;
import dev.authstore.model.SessionActivity;
import dev.authstore.model.app.AppSession;
import dev.authstore.model.app.AppSession.CompatAppSession;
import dev.authstore.model.app.AppSession.OAuth2AppSession;
import dev.authstore.model.compat.CompatSession;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.personal.PersonalSession;
import dev.authstore.model.personal.PersonalSessionOwner.OwnerUser;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.app.AppSessionFilter;
import dev.authstore.storage.compat.CompatSessionParams;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.OAuth2Fixture;
import dev.authstore.storage.pg.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** What the tests of this package have in common. Each new row is a second later. */
final class Apps {
  static final Device DEVICE = new Device("AABBCC");
  static final String STABLE = "urn:matrix:client:device:AABBCC";
  static final String UNSTABLE = "urn:matrix:org.matrix.msc2967.client:device:AABBCC";

  private final Store store;
  private int serial;

  Apps(Store store) {
    this.store = store;
  }

  User user() {
    tick();
    return store.write(repo -> repo.users().add("user " + serial));
  }

  BrowserSession browserSession(User user) {
    tick();
    return store.write(repo -> repo.browserSessions().add(user, Optional.empty()));
  }

  /** On a device of its own. */
  CompatSession compat(User user) {
    tick();
    return compat(user, new Device("device " + serial), Optional.empty());
  }

  CompatSession compat(User user, Device device, Optional<BrowserSession> browser) {
    tick();
    return store.write(
        repo ->
            repo.compatSessions()
                .add(
                    user,
                    new CompatSessionParams(
                        device, browser, false, Optional.of("phone"), Optional.of("agent"))));
  }

  OAuth2Session oauth2(User user) {
    return oauth2(user, "openid", Optional.empty());
  }

  OAuth2Session oauth2(User user, String scope, Optional<BrowserSession> browser) {
    tick();
    OAuth2Client client = OAuth2Fixture.client(store);
    return store.write(
        repo ->
            repo.oauth2Sessions()
                .add(client, Optional.of(user), browser, Scope.parse(scope), Optional.of("agent")));
  }

  /** Of a client that acts for itself. */
  OAuth2Session oauth2() {
    tick();
    OAuth2Client client = OAuth2Fixture.client(store);
    return store.write(
        repo ->
            repo.oauth2Sessions()
                .addFromClientCredentials(client, Scope.of("openid"), Optional.empty()));
  }

  /** Each one of the older API followed by two of OAuth 2.0, all at once. */
  List<AppSession> interleaved(int count) {
    User user = user();
    OAuth2Client client = OAuth2Fixture.client(store);
    return store.write(
        repo ->
            IntStream.range(0, count)
                .mapToObj(i -> i % 3 == 0 ? compat(repo, user, i) : oauth2(repo, user, client))
                .toList());
  }

  private static AppSession compat(RepositoryAccess repo, User user, int number) {
    return new CompatAppSession(
        repo.compatSessions().add(user, CompatSessionParams.of(new Device("device " + number))));
  }

  private static AppSession oauth2(RepositoryAccess repo, User user, OAuth2Client client) {
    return new OAuth2AppSession(
        repo.oauth2Sessions()
            .add(client, Optional.of(user), Optional.empty(), Scope.EMPTY, Optional.empty()));
  }

  PersonalSession personal(User owner, User actor) {
    tick();
    return store.write(
        repo ->
            repo.personalSessions()
                .add(new OwnerUser(owner.id()), actor, "script", Scope.of(STABLE)));
  }

  void use(AppSession session, Instant at) {
    List<SessionActivity> activity =
        List.of(new SessionActivity(session.id(), at, Optional.empty()));
    store.run(repo -> repo.oauth2Sessions().recordBatchActivity(activity));
    store.run(repo -> repo.compatSessions().recordBatchActivity(activity));
  }

  void finish(AppSession session) {
    tick();
    if (session instanceof OAuth2AppSession oauth2) {
      store.run(repo -> repo.oauth2Sessions().finish(oauth2.session()));
    }
    if (session instanceof CompatAppSession compat) {
      store.run(repo -> repo.compatSessions().finish(compat.session()));
    }
  }

  /** As the repository of its kind has it. */
  AppSession stored(AppSession session) {
    Optional<AppSession> oauth2 =
        store.read(repo -> repo.oauth2Sessions().lookup(session.id()).map(OAuth2AppSession::new));
    Optional<AppSession> compat =
        store.read(repo -> repo.compatSessions().lookup(session.id()).map(CompatAppSession::new));
    return oauth2.or(() -> compat).orElseThrow();
  }

  OAuth2Session stored(OAuth2Session session) {
    return store
        .<Optional<OAuth2Session>>read(repo -> repo.oauth2Sessions().lookup(session.id()))
        .orElseThrow();
  }

  CompatSession stored(CompatSession session) {
    return store
        .<Optional<CompatSession>>read(repo -> repo.compatSessions().lookup(session.id()))
        .orElseThrow();
  }

  List<AppSession> list(AppSessionFilter filter) {
    return store.<List<AppSession>>read(
        repo -> repo.appSessions().list(filter, Pagination.first(1000)).nodes());
  }

  long count(AppSessionFilter filter) {
    return store.<Long>read(repo -> repo.appSessions().count(filter));
  }

  private void tick() {
    serial++;
    store.clock().advance(Duration.ofSeconds(1));
  }
}
