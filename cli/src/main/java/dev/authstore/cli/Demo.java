package dev.authstore.cli;

import dev.authstore.database.DatabaseConfig;
import dev.authstore.migrations.MigrationReport;
import dev.authstore.migrations.MigrationSettings;
import dev.authstore.migrations.Migrations;
import dev.authstore.model.SessionActivity;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.Password;
import dev.authstore.model.user.User;
import dev.authstore.storage.KeyRing;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.StorageLimits;
import dev.authstore.storage.StorageSettings;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.Authstore;
import dev.authstore.storage.queue.QueueSettings;
import dev.authstore.storage.queue.RetryPolicy;
import dev.authstore.storage.user.BrowserSessionFilter;
import dev.authstore.storage.user.LoginCandidate;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The life of one account, from signing up to signing out, in a schema that has no accounts yet.
 */
final class Demo {

  /** What the demo calls itself, where a browser would. */
  static final String BROWSER = "Demo/1.0";

  private static final int CONNECTIONS = Recovering.BROWSERS;
  private static final int OTHER_BROWSERS = 24;
  private static final int PAGE_SIZE = 10;

  private final Scene scene;

  private Demo(Scene scene) {
    this.scene = scene;
  }

  /** Migrates the schema, if it may, opens the database and walks through all steps. */
  static void run(DatabaseConfig config, PrintWriter out) {
    Steps steps = new Steps(out);
    steps.heading();
    if (config.autoMigrate()) {
      steps.run("migrate", () -> migrate(config), report -> applied(report, config.schema()));
    }
    DatabaseConfig verified = config.poolSize(CONNECTIONS).autoMigrate(false);
    StorageSettings settings =
        StorageSettings.defaults()
            .keys(keys())
            .observer(steps)
            .limits(StorageLimits.defaults().devicePollInterval(Duration.ZERO))
            .queue(retryingAtOnce());
    try (Authstore authstore =
        steps.run(
            "open",
            () -> Authstore.open(verified, settings),
            opened -> "schema verified, connection pool ready")) {
      new Demo(new Scene(authstore.repositories(), steps)).walk();
    }
    steps.summary();
  }

  private static MigrationReport migrate(DatabaseConfig config) {
    return new Migrations(
            config.migrationDataSource(), MigrationSettings.defaults().schema(config.schema()))
        .apply();
  }

  /** One that nobody else has: the codes of a demo live no longer than it. */
  private static KeyRing keys() {
    byte[] key = new byte[KeyRing.KEY_LENGTH];
    new SecureRandom().nextBytes(key);
    return KeyRing.empty().with(KeyRing.Purpose.CODE, key);
  }

  /** So that nobody has to wait for the second attempt of a job. */
  private static QueueSettings retryingAtOnce() {
    return QueueSettings.defaults().retries(RetryPolicy.defaults().base(Duration.ZERO));
  }

  private static String applied(MigrationReport report, String schema) {
    return "%d scripts applied, schema %s".formatted(report.applied().size(), schema);
  }

  private void walk() {
    String password = UUID.randomUUID().toString(); // never printed
    User alice = new SigningUp(scene).run(password);
    LoggedIn login = signIn(password);
    useSessions(alice, login.session());
    new Recovering(scene).run(alice, login.password(), UUID.randomUUID().toString());
    new Authorizing(scene).run(login.session());
    new OtherLogins(scene).run(alice);
    new Working(scene).run(alice);
    lock(alice, login.session());
    signOut(alice, login.session());
  }

  /** The session, and the password that it began with. */
  private record LoggedIn(BrowserSession session, Password password) {}

  private LoggedIn signIn(String password) {
    LoginCandidate candidate =
        scene
            .read(
                "find for login",
                repo -> repo.users().findForLogin("Alice@Example.com", true),
                found -> checked(password, found.orElseThrow().password().orElseThrow()))
            .orElseThrow();
    Password stored = candidate.password().orElseThrow();
    return new LoggedIn(
        scene
            .direct(
                "sign in",
                repo ->
                    repo.browserSessions().login(candidate.user(), stored, Optional.of(BROWSER)),
                login -> "browser session with its authentication")
            .session(),
        stored);
  }

  private static String checked(String password, Password stored) {
    if (!StandInHash.matches(password, stored.hashedPassword())
        || StandInHash.matches("guess", stored.hashedPassword())) {
      throw new DemoException("the stored hash is not the one that was set");
    }
    return "found by address, hash matches";
  }

  private void useSessions(User alice, BrowserSession first) {
    List<BrowserSession> sessions =
        scene.call(
            "more browsers",
            repo -> beginOthers(repo, alice, first),
            begun -> "%d more sessions in one transaction".formatted(OTHER_BROWSERS));
    scene.direct(
        "record activity",
        repo -> recordActivity(repo, sessions),
        known -> "of %d sessions at once".formatted(known));
    scene.read(
        "list sessions",
        repo -> listAll(repo, alice),
        pages -> "%d pages of up to %d".formatted(pages.size(), PAGE_SIZE));
  }

  private static List<BrowserSession> beginOthers(
      RepositoryAccess repo, User user, BrowserSession first) {
    List<BrowserSession> sessions = new ArrayList<>(List.of(first));
    for (int i = 0; i < OTHER_BROWSERS; i++) {
      sessions.add(repo.browserSessions().add(user, Optional.empty()));
    }
    return sessions;
  }

  private static int recordActivity(RepositoryAccess repo, List<BrowserSession> sessions) {
    Instant now = Instant.now();
    Optional<InetAddress> address = Optional.of(InetAddress.getLoopbackAddress());
    return repo.browserSessions()
        .recordBatchActivity(
            sessions.stream()
                .map(session -> new SessionActivity(session.id(), now, address))
                .toList());
  }

  private static List<Page<BrowserSession>> listAll(RepositoryAccess repo, User user) {
    BrowserSessionFilter filter = BrowserSessionFilter.all().user(user.id());
    List<Page<BrowserSession>> pages = new ArrayList<>();
    Page<BrowserSession> page = repo.browserSessions().list(filter, Pagination.first(PAGE_SIZE));
    pages.add(page);
    while (page.hasNextPage()) {
      Pagination next = Pagination.first(PAGE_SIZE).after(page.lastCursor().orElseThrow());
      page = repo.browserSessions().list(filter, next);
      pages.add(page);
    }
    return pages;
  }

  private void lock(User alice, BrowserSession session) {
    scene.direct(
        "lock account", repo -> repo.users().lock(alice), locked -> "locked by an administrator");
    scene.refused("sign in", repo -> repo.browserSessions().add(alice, Optional.empty()));
    scene.read(
        "use session",
        repo -> repo.browserSessions().lookup(session.id()),
        found ->
            found.orElseThrow().isActive()
                ? "still usable"
                : "not usable any more, account locked");
  }

  private void signOut(User alice, BrowserSession session) {
    scene.direct(
        "sign out",
        repo -> repo.browserSessions().finish(session),
        finished -> "this browser session finished");
    BrowserSessionFilter others = BrowserSessionFilter.all().user(alice.id());
    scene.direct(
        "sign out all",
        repo -> repo.browserSessions().finishBulk(others),
        "the other %d sessions finished"::formatted);
  }
}
