package dev.authstore.storage.pg.compat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Addresses;
import dev.authstore.model.Device;
import dev.authstore.model.Ids;
import dev.authstore.model.SessionActivity;
import dev.authstore.model.compat.CompatSession;
import dev.authstore.model.compat.CompatSsoLogin;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.compat.CompatSessionFilter;
import dev.authstore.storage.compat.CompatSessionWithLogin;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.page.TimeRange;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.upstream.UpstreamOAuthSessionFilter;
import dev.authstore.storage.user.BrowserSessionFilter;
import dev.authstore.storage.user.UserFilter;
import dev.authstore.testing.MutableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class CompatSessionListRepositoryTest {
  private static final CompatSessionFilter ALL = CompatSessionFilter.all();
  private static final Device PHONE = new Device("phone");

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final Logins logins = new Logins(store);

  @Nested
  class Filters {
    @Test
    void selectWhatThePredicateSays() {
      Matrix matrix = new Matrix();
      Instant middle = matrix.middle;
      UUID john = matrix.john.id();
      UUID browser = matrix.browser.id();

      assertSelects(ALL, s -> true);
      assertSelects(ALL.user(john), s -> s.userId().equals(john));
      assertSelects(ALL.device(PHONE), s -> s.device().equals(Optional.of(PHONE)));
      assertSelects(
          ALL.browserSession(browser), s -> s.browserSessionId().equals(Optional.of(browser)));
      assertSelects(
          ALL.browserSessions(BrowserSessionFilter.all().user(john)),
          s -> s.userId().equals(john) && s.browserSessionId().isPresent());
      assertSelects(
          ALL.browserSessions(BrowserSessionFilter.all()), s -> s.browserSessionId().isPresent());
      assertSelects(ALL.active(true), CompatSession::isValid);
      assertSelects(ALL.active(false), CompatSession::isFinished);
      assertSelects(ALL.hasSsoLogin(true), s -> matrix.sso.contains(s.id()));
      assertSelects(ALL.hasSsoLogin(false), s -> !matrix.sso.contains(s.id()));
      assertSelects(
          ALL.created(TimeRange.after(middle)), s -> Ids.timestamp(s.id()).isAfter(middle));
      assertSelects(
          ALL.created(TimeRange.before(middle)), s -> Ids.timestamp(s.id()).isBefore(middle));
      assertSelects(
          ALL.lastActive(TimeRange.after(middle)),
          s -> s.lastActiveAt().map(at -> at.isAfter(middle)).orElse(false));
      assertSelects(
          ALL.lastActive(TimeRange.before(middle)),
          s -> s.lastActiveAt().map(at -> at.isBefore(middle)).orElse(false));
      assertSelects(
          ALL.inactiveSince(middle), s -> s.lastActiveAt().orElse(s.createdAt()).isBefore(middle));
    }

    @Test
    void holdTogether() {
      Matrix matrix = new Matrix();
      Instant middle = matrix.middle;
      UUID john = matrix.john.id();
      CompatSessionFilter johnsActive = ALL.user(john).active(true);
      Predicate<CompatSession> isJohnsAndActive = s -> s.userId().equals(john) && s.isValid();

      assertSelects(johnsActive, isJohnsAndActive);
      assertSelects(
          johnsActive.device(PHONE),
          isJohnsAndActive.and(s -> s.device().equals(Optional.of(PHONE))));
      assertSelects(
          johnsActive.lastActive(TimeRange.before(middle)),
          isJohnsAndActive.and(s -> s.lastActiveAt().map(at -> at.isBefore(middle)).orElse(false)));
      assertSelects(
          ALL.active(true).lastActive(TimeRange.between(Instant.EPOCH, middle)),
          s -> s.isValid() && s.lastActiveAt().map(at -> at.isBefore(middle)).orElse(false));
      assertSelects(
          ALL.active(true).inactiveSince(middle),
          s -> s.isValid() && s.lastActiveAt().orElse(s.createdAt()).isBefore(middle));
      assertSelects(
          johnsActive.hasSsoLogin(true), isJohnsAndActive.and(s -> matrix.sso.contains(s.id())));
      assertSelects(
          ALL.active(true).browserSessions(BrowserSessionFilter.all().active(false)), s -> false);
    }

    @Test
    void selectNothingForWhatIsNotThere() {
      logins.session(logins.user("john"), "phone");

      assertSelects(ALL.user(new UUID(0, 1)), s -> false);
      assertSelects(ALL.browserSession(new UUID(0, 1)), s -> false);
      assertSelects(ALL.device(new Device("another")), s -> false);
    }

    @Test
    void leaveOutTheMillisecondOfABound() {
      User john = logins.user("john");
      List<CompatSession> sessions = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        sessions.add(logins.session(john, "device" + i));
        store.clock().advance(Duration.ofMinutes(1));
      }
      Instant cutoff = sessions.get(1).createdAt();

      assertSelects(ALL.created(TimeRange.before(cutoff)), s -> s.equals(sessions.get(0)));
      assertSelects(ALL.created(TimeRange.after(cutoff)), s -> s.equals(sessions.get(2)));
    }

    @Test
    void countUnusedSessionsAsInactiveFromTheirBeginning() {
      User john = logins.user("john");
      CompatSession unusedOld = logins.session(john, "unused old");
      CompatSession used = logins.session(john, "used");
      store.clock().advance(Duration.ofDays(10));
      Instant threshold = logins.now();
      use(used, threshold.plusSeconds(1));
      store.clock().advance(Duration.ofDays(1));
      logins.session(john, "unused new");

      assertSelects(ALL.inactiveSince(threshold), s -> s.id().equals(unusedOld.id()));
      assertSelects(ALL.inactiveSince(unusedOld.createdAt()), s -> false);
    }

    @Test
    void followTheLoginAtAProvider() {
      User john = logins.user("john");
      BrowserSession home = logins.browser(john);
      BrowserSession work = logins.browser(john);
      CompatSession atHome = logins.session(home, "home");
      logins.session(work, "work");
      logins.session(john, "password");
      UUID provider = upstreamLogin(home, "sub");
      upstreamLogin(work, "other sub");
      UUID otherProvider = provider(9);
      UpstreamOAuthSessionFilter sub = UpstreamOAuthSessionFilter.all().sub("sub");

      assertSelects(linkedTo(sub.provider(provider)), s -> s.equals(atHome));
      assertSelects(linkedTo(sub.provider(otherProvider)), s -> false);
      assertSelects(ALL.active(false).browserSessions(linked(sub)), s -> false);
    }

    private CompatSessionFilter linkedTo(UpstreamOAuthSessionFilter upstream) {
      return ALL.active(true).browserSessions(linked(upstream));
    }

    private BrowserSessionFilter linked(UpstreamOAuthSessionFilter upstream) {
      return BrowserSessionFilter.all().linkedToUpstreamSessions(upstream);
    }
  }

  @Nested
  class Elements {
    @Test
    void haveTheLoginThatLedToThem() {
      BrowserSession browser = logins.browser(logins.user("john"));
      CompatSession sso = logins.session(browser, "sso");
      CompatSsoLogin login = logins.exchanged(logins.fulfilled(browser, "token"), sso);
      CompatSession password = logins.session(browser.user(), "password");
      logins.fulfilled(browser, "unused token");

      List<CompatSessionWithLogin> found = list(ALL);

      assertThat(login.isExchanged()).isTrue();
      assertThat(found)
          .containsExactly(
              new CompatSessionWithLogin(sso, Optional.of(login)),
              new CompatSessionWithLogin(password, Optional.empty()));
    }

    @Test
    void fillPagesWithAndWithoutLogin() {
      BrowserSession browser = logins.browser(logins.user("john"));
      for (int i = 0; i < 25; i++) {
        CompatSession session = logins.session(browser, "device" + i);
        if (i % 3 == 0) {
          logins.exchanged(logins.fulfilled(browser, "token" + i), session);
        }
      }
      List<CompatSessionWithLogin> all = list(ALL);
      List<CompatSessionWithLogin> walked = new ArrayList<>();
      Pagination next = Pagination.first(10);
      Page<CompatSessionWithLogin> page = page(next);
      while (page.hasNextPage()) {
        assertThat(page.edges()).hasSize(10);
        walked.addAll(page.nodes());
        page = page(next.after(page.lastCursor().orElseThrow()));
      }
      walked.addAll(page.nodes());

      assertThat(all).hasSize(25);
      assertThat(all).filteredOn(element -> element.ssoLogin().isPresent()).hasSize(9);
      assertThat(walked).isEqualTo(all);
    }

    @Test
    void areReadInOneStatement() {
      logins.session(logins.user("john"), "phone");
      store.statements();

      list(ALL);

      assertThat(store.statements()).hasSize(1);
    }

    private Page<CompatSessionWithLogin> page(Pagination pagination) {
      return store.read(repo -> repo.compatSessions().list(ALL, pagination));
    }
  }

  @Nested
  class Accounts {
    @Test
    void areFoundByTheirUnfinishedSessions() {
      User john = logins.user("john");
      User jim = logins.user("jim");
      User jane = logins.user("jane");
      logins.session(john, "phone");
      logins.finished(logins.session(john, "tablet"));
      logins.finished(logins.session(jim, "phone"));

      assertThat(accounts(true)).containsExactly(john);
      assertThat(accounts(false)).containsExactly(jim, jane);
    }

    private List<User> accounts(boolean withSession) {
      UserFilter filter = UserFilter.all().hasActiveCompatSession(withSession);
      List<User> found =
          store.read(repo -> repo.users().list(filter, Pagination.first(10)).nodes());
      assertThat(store.<Long>read(repo -> repo.users().count(filter))).isEqualTo(found.size());
      return found;
    }
  }

  /**
   * Two users; through the browser and by password; finished and not; never used, long ago, lately;
   * and sessions without device.
   */
  private final class Matrix {
    final User john = logins.user("john");
    final User jim = logins.user("jim");
    final BrowserSession browser = logins.browser(john);
    final BrowserSession jims = logins.browser(jim);
    final List<UUID> sso = new ArrayList<>();
    final Instant middle;

    Matrix() {
      logins.pending();
      logins.fulfilled(browser, "never used");
      add("early");
      store.clock().advance(Duration.ofDays(1));
      logins.tick();
      middle = logins.now();
      store.clock().advance(Duration.ofDays(1));
      add("late");
      store.sql(
          """
          INSERT INTO compat_sessions (id, user_id, is_synapse_admin, created_at)
          SELECT ?, id, true, ?::timestamptz FROM users WHERE username = 'john'
          """,
          Ids.minAt(middle.plusSeconds(1)),
          middle.plusSeconds(1).toString());
      assertThat(list(ALL)).hasSize(49);
    }

    private void add(String when) {
      for (BrowserSession approved : List.of(browser, jims)) {
        for (int i = 0; i < 12; i++) {
          boolean throughBrowser = i % 2 == 0;
          String device = i == 0 && when.equals("early") ? PHONE.id() : when + i;
          CompatSession session =
              throughBrowser
                  ? logins.session(approved, device)
                  : logins.session(approved.user(), device);
          if (throughBrowser) {
            String token = when + i + approved.id();
            logins.exchanged(logins.fulfilled(approved, token), session);
            sso.add(session.id());
          }
          use(session, i % 3);
          if (i % 4 >= 2) {
            logins.finished(session);
          }
        }
      }
    }

    private void use(CompatSession session, int howOften) {
      if (howOften > 0) {
        CompatSessionListRepositoryTest.this.use(
            session, session.createdAt().plus(Duration.ofDays(howOften - 1)));
      }
    }
  }

  private void assertSelects(CompatSessionFilter filter, Predicate<CompatSession> predicate) {
    List<CompatSession> all = sessions(ALL);
    List<CompatSession> expected = all.stream().filter(predicate).toList();

    assertThat(sessions(filter)).as("%s", filter).isEqualTo(expected);
    assertThat(store.<Long>read(repo -> repo.compatSessions().count(filter)))
        .as("%s", filter)
        .isEqualTo(expected.size());
  }

  private List<CompatSession> sessions(CompatSessionFilter filter) {
    return list(filter).stream().map(CompatSessionWithLogin::session).toList();
  }

  private List<CompatSessionWithLogin> list(CompatSessionFilter filter) {
    return store.read(repo -> repo.compatSessions().list(filter, Pagination.first(1000)).nodes());
  }

  private void use(CompatSession session, Instant at) {
    store.run(
        repo ->
            repo.compatSessions()
                .recordBatchActivity(
                    List.of(
                        new SessionActivity(
                            session.id(), at, Optional.of(Addresses.parse("192.0.2.1"))))));
  }

  /** A login at a provider of its own that has led to the browser session; returns the provider. */
  private UUID upstreamLogin(BrowserSession browser, String sub) {
    int number = logins.rows("upstream_oauth_providers") + 1;
    UUID provider = provider(number);
    store.sql(
        """
        INSERT INTO upstream_oauth_links (id, provider_id, subject, created_at)
        VALUES (?, ?, ?, now())
        """,
        new UUID(2, number),
        provider,
        sub);
    store.sql(
        """
        INSERT INTO upstream_oauth_authorization_sessions
          (id, provider_id, state, created_at, link_id, completed_at, id_token_claims, browser_session_id)
        VALUES (?, ?, ?, now(), ?, now(), jsonb_build_object('sub', ?::text), ?)
        """,
        new UUID(3, number),
        provider,
        "state" + number,
        new UUID(2, number),
        sub,
        browser.id());
    return provider;
  }

  private UUID provider(int number) {
    UUID id = new UUID(1, number);
    store.sql(
        """
        INSERT INTO upstream_oauth_providers (id, scope, client_id, token_endpoint_auth_method, created_at)
        VALUES (?, '{openid}', 'client', 'none', now())
        """,
        id);
    return id;
  }
}
