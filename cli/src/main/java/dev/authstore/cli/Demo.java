package dev.authstore.cli;

import dev.authstore.database.DatabaseConfig;
import dev.authstore.migrations.MigrationReport;
import dev.authstore.migrations.MigrationSettings;
import dev.authstore.migrations.Migrations;
import dev.authstore.model.SessionActivity;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.Password;
import dev.authstore.model.user.User;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StorageSettings;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.Authstore;
import dev.authstore.storage.user.BrowserSessionFilter;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * The life of one account, from signing up to signing out, in a schema that has no accounts yet.
 */
final class Demo {

  private static final int CONNECTIONS = 2;
  private static final int OTHER_BROWSERS = 24;
  private static final int PAGE_SIZE = 10;

  private final RepositoryFactory repositories;
  private final Steps steps;

  private Demo(RepositoryFactory repositories, Steps steps) {
    this.repositories = repositories;
    this.steps = steps;
  }

  /** Migrates the schema, opens the database and walks through all steps. */
  static void run(DatabaseConfig config, PrintWriter out) {
    Steps steps = new Steps(out);
    steps.heading();
    steps.run("migrate", () -> migrate(config), report -> applied(report, config.schema()));
    DatabaseConfig verified = config.poolSize(CONNECTIONS).autoMigrate(false);
    StorageSettings settings = StorageSettings.defaults().observer(steps);
    try (Authstore authstore =
        steps.run(
            "open",
            () -> Authstore.open(verified, settings),
            opened -> "schema verified, connection pool ready")) {
      new Demo(authstore.repositories(), steps).walk();
    }
    steps.summary();
  }

  private static MigrationReport migrate(DatabaseConfig config) {
    return new Migrations(config.dataSource(), MigrationSettings.defaults().schema(config.schema()))
        .apply();
  }

  private static String applied(MigrationReport report, String schema) {
    return "%d scripts applied, schema %s".formatted(report.applied().size(), schema);
  }

  private void walk() {
    String password = UUID.randomUUID().toString(); // never printed
    User alice = signUp(password);
    BrowserSession session = signIn(password);
    useSessions(alice, session);
    lock(alice, session);
    signOut(alice, session);
  }

  private User signUp(String password) {
    User alice =
        steps.run(
            "sign up",
            () -> repositories.call(repo -> repo.users().addIfAvailable("Alice")),
            user -> "account Alice, free in every spelling");
    steps.run(
        "sign up again",
        () -> refusalOf(repo -> repo.users().addIfAvailable("ALICE")),
        reason -> "refused: " + reason);
    steps.run(
        "add e-mail",
        () -> repositories.call(repo -> repo.userEmails().addIfUnused(alice, "alice@example.com")),
        email -> email.email() + ", used by nobody else");
    String hash = StandInHash.of(password);
    steps.run(
        "set password",
        () ->
            repositories.call(
                repo ->
                    repo.userPasswords().add(alice, StandInHash.VERSION, hash, Optional.empty())),
        added -> "hash stored (PBKDF2, a stand-in for yours)");
    return alice;
  }

  private BrowserSession signIn(String password) {
    steps.run(
        "find by e-mail",
        () -> repositories.read(repo -> findByEmail(repo, "Alice@Example.com")),
        found -> found.map(user -> "found, spelled in another way").orElseThrow());
    User alice =
        steps
            .run(
                "find by name",
                () -> repositories.read(repo -> repo.users().findByUsername("alice")),
                found -> found.map(user -> "found, spelled in another way").orElseThrow())
            .orElseThrow();
    Password stored =
        steps
            .run(
                "read password",
                () -> repositories.read(repo -> repo.userPasswords().active(alice)),
                found -> checked(password, found.orElseThrow()))
            .orElseThrow();
    return steps.run(
        "sign in",
        () -> repositories.call(repo -> begin(repo, alice, stored)),
        session -> "browser session with its authentication");
  }

  private static Optional<User> findByEmail(RepositoryAccess repo, String email) {
    return repo.userEmails()
        .findByEmail(email)
        .flatMap(found -> repo.users().lookup(found.userId()));
  }

  private static String checked(String password, Password stored) {
    if (!StandInHash.matches(password, stored.hashedPassword())
        || StandInHash.matches("guess", stored.hashedPassword())) {
      throw new DemoException("the stored hash is not the one that was set");
    }
    return "hash matches, and no other password's";
  }

  private static BrowserSession begin(RepositoryAccess repo, User user, Password password) {
    BrowserSession session = repo.browserSessions().add(user, Optional.of("Demo/1.0"));
    repo.browserSessions().authenticateWithPassword(session, password);
    return session;
  }

  private void useSessions(User alice, BrowserSession first) {
    List<BrowserSession> sessions =
        steps.run(
            "more browsers",
            () -> repositories.call(repo -> beginOthers(repo, alice, first)),
            begun -> "%d more sessions in one transaction".formatted(OTHER_BROWSERS));
    steps.run(
        "record activity",
        () -> repositories.direct(repo -> recordActivity(repo, sessions)),
        known -> "of %d sessions at once".formatted(known));
    steps.run(
        "list sessions",
        () -> repositories.read(repo -> listAll(repo, alice)),
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
    steps.run(
        "lock account",
        () -> repositories.direct(repo -> repo.users().lock(alice)),
        locked -> "locked by an administrator");
    steps.run(
        "sign in",
        () -> refusalOf(repo -> repo.browserSessions().add(alice, Optional.empty())),
        reason -> "refused: " + reason);
    steps.run(
        "use session",
        () -> repositories.read(repo -> repo.browserSessions().lookup(session.id())),
        found ->
            found.orElseThrow().isActive()
                ? "still usable"
                : "not usable any more, account locked");
  }

  private void signOut(User alice, BrowserSession session) {
    steps.run(
        "sign out",
        () -> repositories.direct(repo -> repo.browserSessions().finish(session)),
        finished -> "this browser session finished");
    BrowserSessionFilter others = BrowserSessionFilter.all().user(alice.id());
    steps.run(
        "sign out all",
        () -> repositories.direct(repo -> repo.browserSessions().finishBulk(others)),
        "the other %d sessions finished"::formatted);
  }

  /** Why the work is refused. */
  private String refusalOf(Consumer<RepositoryAccess> work) {
    try {
      repositories.run(work);
    } catch (ConflictException e) {
      return e.kind().toString();
    } catch (InvalidStateException e) {
      return e.reason().toString();
    }
    throw new DemoException("a step was done that should have been refused");
  }
}
