package dev.authstore.storage.pg.compat;

import static dev.authstore.storage.pg.Store.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.model.Device;
import dev.authstore.model.Ids;
import dev.authstore.model.compat.CompatSession;
import dev.authstore.model.compat.CompatSsoLogin;
import dev.authstore.model.compat.CompatSsoLoginStage;
import dev.authstore.model.compat.CompatSsoLoginStatus;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.ConstraintViolationException;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.compat.CompatSessionParams;
import dev.authstore.storage.compat.CompatSsoLoginFilter;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompatSsoLoginRepositoryTest {
  private static final CompatSsoLoginFilter ALL = CompatSsoLoginFilter.all();

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final Logins logins = new Logins(store);

  @SuppressWarnings("NullAway.Init") // set before each test
  private User john;

  @SuppressWarnings("NullAway.Init") // set before each test
  private BrowserSession browser;

  @BeforeEach
  void addJohn() {
    john = logins.user("john");
    browser = logins.browser(john);
  }

  @Nested
  class Add {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "element://vector/webapp?x=%20y#f",
          "http://example.com",
          "HTTPS://Example.COM:443/a/../b?q=%c3%a9",
          "app:opaque"
        })
    void keepsTheAddressAsItIs(String address) {
      CompatSsoLogin login = store.write(repo -> repo.compatSsoLogins().add(URI.create(address)));

      assertThat(login)
          .isEqualTo(
              new CompatSsoLogin(
                  login.id(),
                  URI.create(address),
                  logins.now(),
                  new CompatSsoLoginStage.Pending()));
      assertThat(logins.stored(login)).contains(login);
      assertThat(logins.stored(login).map(found -> found.redirectUri().toString()))
          .contains(address);
    }

    @Test
    void refusesRelativeAndLongAddresses() {
      for (String address : List.of("relative", "", "//host/path", "app:" + "a".repeat(2045))) {
        assertThat(store.refusal(repo -> repo.compatSsoLogins().add(URI.create(address))))
            .isInstanceOf(InvalidInputException.class);
      }
      assertThat(logins.rows("compat_sso_logins")).isZero();
    }

    @Test
    void takesTheLongestAddress() {
      URI address = URI.create("app:" + "a".repeat(2044));

      CompatSsoLogin login = store.write(repo -> repo.compatSsoLogins().add(address));

      assertThat(logins.stored(login)).contains(login);
    }
  }

  @Nested
  class LookUps {
    @Test
    void findNothingThatIsNotThere() {
      CompatSession session = logins.session(john, "phone");
      logins.pending();

      assertThat(store.<Optional<?>>read(repo -> repo.compatSsoLogins().lookup(new UUID(0, 1))))
          .isEmpty();
      assertThat(findByToken("unknown")).isEmpty();
      assertThat(store.<Optional<?>>read(repo -> repo.compatSsoLogins().findForSession(session)))
          .isEmpty();
    }

    @Test
    void askNothingForTextThatIsNoToken() {
      store.statements();

      assertThat(findByToken("")).isEmpty();
      assertThat(findByToken("a\0")).isEmpty();

      assertThat(store.statements()).isEmpty();
    }

    @Test
    void findALoginInEveryStage() {
      CompatSession session = logins.session(browser, "phone");
      CompatSsoLogin fulfilled = logins.fulfilled(browser, "token");

      assertThat(findByToken("token")).contains(fulfilled);
      assertThat(findByToken("Token")).isEmpty();
      CompatSsoLogin exchanged = logins.exchanged(fulfilled, session);
      assertThat(findByToken("token")).contains(exchanged);
      assertThat(store.<Optional<?>>read(repo -> repo.compatSsoLogins().findForSession(session)))
          .isEqualTo(Optional.of(exchanged));
    }
  }

  @Nested
  class Lists {
    @Test
    void followALoginThroughItsStages() {
      User jim = logins.user("jim");
      CompatSession session = logins.session(browser, "phone");
      CompatSsoLogin pending = logins.pending();
      assertListed(ALL, pending);
      assertListed(ALL.user(john.id()));
      assertListed(ALL.status(CompatSsoLoginStatus.PENDING), pending);

      CompatSsoLogin fulfilled =
          store.write(repo -> repo.compatSsoLogins().fulfill(pending, browser, "token"));
      assertListed(ALL, fulfilled);
      assertListed(ALL.user(john.id()), fulfilled);
      assertListed(ALL.user(jim.id()));
      assertListed(ALL.status(CompatSsoLoginStatus.PENDING));
      assertListed(ALL.status(CompatSsoLoginStatus.FULFILLED), fulfilled);
      assertListed(ALL.user(john.id()).status(CompatSsoLoginStatus.FULFILLED), fulfilled);
      assertListed(ALL.user(john.id()).status(CompatSsoLoginStatus.EXCHANGED));

      CompatSsoLogin exchanged = logins.exchanged(fulfilled, session);
      assertListed(ALL, exchanged);
      assertListed(ALL.user(john.id()), exchanged);
      assertListed(ALL.status(CompatSsoLoginStatus.FULFILLED));
      assertListed(ALL.status(CompatSsoLoginStatus.EXCHANGED), exchanged);
      assertListed(ALL.user(john.id()).status(CompatSsoLoginStatus.EXCHANGED), exchanged);
      assertListed(ALL.user(jim.id()).status(CompatSsoLoginStatus.EXCHANGED));
    }

    private void assertListed(CompatSsoLoginFilter filter, CompatSsoLogin... expected) {
      assertThat(
              store.<List<CompatSsoLogin>>read(
                  repo -> repo.compatSsoLogins().list(filter, Pagination.first(10)).nodes()))
          .containsExactly(expected);
      assertThat(store.<Long>read(repo -> repo.compatSsoLogins().count(filter)))
          .isEqualTo(expected.length);
    }
  }

  @Nested
  class Fulfill {
    @Test
    void makesTheTokenCount() {
      CompatSsoLogin pending = logins.pending();
      logins.tick();

      CompatSsoLogin fulfilled =
          store.write(repo -> repo.compatSsoLogins().fulfill(pending, browser, "abc"));

      assertThat(fulfilled.stage())
          .isEqualTo(new CompatSsoLoginStage.Fulfilled(browser.id(), logins.now()));
      assertThat(logins.stored(pending)).contains(fulfilled);
      logins.assertKeptAsDigest("compat_sso_logins", "login_token_digest", pending.id(), "abc");
      assertThat(store.select("SELECT encode(login_token_digest, 'hex') FROM compat_sso_logins"))
          .containsExactly("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    @Test
    void happensOnce() {
      CompatSsoLogin pending = logins.pending();
      CompatSsoLogin fulfilled =
          store.write(repo -> repo.compatSsoLogins().fulfill(pending, browser, "token"));

      for (CompatSsoLogin copy : List.of(pending, fulfilled)) {
        assertThat(fulfillingAgain(copy)).isEqualTo(StateReason.ALREADY_FULFILLED);
        assertThat(logins.stored(pending)).contains(fulfilled);
      }
      CompatSsoLogin exchanged = logins.exchanged(fulfilled, logins.session(browser, "phone"));
      for (CompatSsoLogin copy : List.of(pending, fulfilled, exchanged)) {
        assertThat(fulfillingAgain(copy)).isEqualTo(StateReason.ALREADY_EXCHANGED);
        assertThat(logins.stored(pending)).contains(exchanged);
      }
    }

    @Test
    void refusesAFinishedBrowserSession() {
      CompatSsoLogin pending = logins.pending();
      store.run(repo -> repo.browserSessions().finish(browser));

      assertThat(fulfillingAgain(pending)).isEqualTo(StateReason.SESSION_FINISHED);
      assertThat(logins.stored(pending)).contains(pending);
    }

    @Test
    void refusesATokenThatExists() {
      CompatSsoLogin first = logins.fulfilled(browser, "token");
      CompatSsoLogin second = logins.pending();

      ConflictKind taken =
          store.conflict(repo -> repo.compatSsoLogins().fulfill(second, browser, "token"));

      assertThat(taken).isEqualTo(ConflictKind.TOKEN_TAKEN);
      assertThat(logins.stored(second)).contains(second);
      assertThat(findByToken("token")).contains(first);
    }

    @Test
    void refusesWhatIsNoToken() {
      CompatSsoLogin pending = logins.pending();

      for (String token : List.of("", "a\0", "\ud800")) {
        assertThat(store.refusal(repo -> repo.compatSsoLogins().fulfill(pending, browser, token)))
            .isInstanceOf(InvalidInputException.class);
      }
      assertThat(logins.stored(pending)).contains(pending);
    }

    @Test
    void findsNothingThatIsGone() {
      CompatSsoLogin gone = logins.pending();
      store.sql("DELETE FROM compat_sso_logins");
      CompatSsoLogin pending = logins.pending();
      BrowserSession goneBrowser = logins.browser(john);
      store.sql("DELETE FROM browser_sessions WHERE id = ?", goneBrowser.id());

      assertThat(store.missing(repo -> repo.compatSsoLogins().fulfill(gone, browser, "token")))
          .isEqualTo("compat_sso_login " + gone.id());
      assertThat(
              store.missing(repo -> repo.compatSsoLogins().fulfill(pending, goneBrowser, "token")))
          .isEqualTo("browser_session " + goneBrowser.id());
      assertThat(logins.stored(pending)).contains(pending);
    }

    @Test
    void losesAgainstTheOneThatCameFirst() {
      CompatSsoLogin pending = logins.pending();
      BrowserSession other = logins.browser(john);
      Store.Held<CompatSsoLogin> first =
          store.hold(repo -> repo.compatSsoLogins().fulfill(pending, browser, "one"));
      Future<CompatSsoLogin> second =
          store.start(repo -> repo.compatSsoLogins().fulfill(pending, other, "two"));
      store.awaitBlocked(1);

      first.save();

      assertRefused(second, StateReason.ALREADY_FULFILLED);
      assertThat(logins.stored(pending)).contains(first.result());
      assertThat(findByToken("two")).isEmpty();
    }

    @Test
    void seesALogoutThatItWaitedFor() {
      CompatSsoLogin pending = logins.pending();
      Store.Held<BrowserSession> logout =
          store.hold(repo -> repo.browserSessions().finish(browser));
      Future<CompatSsoLogin> approval =
          store.start(repo -> repo.compatSsoLogins().fulfill(pending, browser, "token"));
      store.awaitBlocked(1);

      logout.save();

      assertRefused(approval, StateReason.SESSION_FINISHED);
      assertThat(logins.stored(pending)).contains(pending);
    }

    @Test
    void hasOneWinnerAmongThirtyTwo() throws Exception {
      CompatSsoLogin pending = logins.pending();
      List<BrowserSession> browsers =
          IntStream.range(0, 32).mapToObj(i -> logins.browser(john)).toList();
      RepositoryFactory repositories = store.repositories();

      Race.Results<CompatSsoLogin> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.<CompatSsoLogin>call(
                          repo ->
                              repo.compatSsoLogins()
                                  .fulfill(pending, browsers.get(number), "token" + number)));

      assertThat(race.values()).containsExactly(logins.stored(pending).orElseThrow());
      assertThat(race.failures())
          .hasSize(31)
          .allMatch(failure -> Logins.isRefusal(failure, StateReason.ALREADY_FULFILLED));
    }

    @Test
    void failsWithATokenThatAnotherLoginGetsAtTheSameTime() {
      CompatSsoLogin one = logins.pending();
      CompatSsoLogin two = logins.pending();
      BrowserSession other = logins.browser(john);
      Store.Held<CompatSsoLogin> first =
          store.hold(repo -> repo.compatSsoLogins().fulfill(one, browser, "token"));
      Future<CompatSsoLogin> second =
          store.start(repo -> repo.compatSsoLogins().fulfill(two, other, "token"));
      store.awaitBlocked(1);

      first.save();

      assertViolates(second, "compat_sso_logins_login_token_digest_key");
      assertThat(findByToken("token")).contains(first.result());
      assertThat(logins.stored(two)).contains(two);
    }

    private StateReason fulfillingAgain(CompatSsoLogin login) {
      return store.reason(repo -> repo.compatSsoLogins().fulfill(login, browser, "again"));
    }
  }

  @Nested
  class Exchange {
    @Test
    void tiesTheSessionToTheLogin() {
      CompatSsoLogin fulfilled = logins.fulfilled(browser, "token");
      CompatSession session = logins.session(browser, "phone");
      logins.tick();

      CompatSsoLogin exchanged =
          store.write(repo -> repo.compatSsoLogins().exchange(fulfilled, session));

      assertThat(exchanged.stage())
          .isEqualTo(
              new CompatSsoLoginStage.Exchanged(
                  session.id(), fulfilled.fulfilledAt().orElseThrow(), logins.now()));
      assertThat(logins.stored(fulfilled)).contains(exchanged);
    }

    @Test
    void needsAnApproval() {
      CompatSsoLogin pending = logins.pending();
      CompatSession session = logins.session(browser, "phone");

      assertThat(exchanging(pending, session)).isEqualTo(StateReason.NOT_FULFILLED);
      assertThat(logins.stored(pending)).contains(pending);
    }

    @Test
    void happensOnce() {
      CompatSsoLogin fulfilled = logins.fulfilled(browser, "token");
      CompatSsoLogin exchanged = logins.exchanged(fulfilled, logins.session(browser, "phone"));
      CompatSession other = logins.session(browser, "tablet");

      for (CompatSsoLogin copy : List.of(fulfilled, exchanged)) {
        assertThat(exchanging(copy, other)).isEqualTo(StateReason.ALREADY_EXCHANGED);
        assertThat(logins.stored(fulfilled)).contains(exchanged);
      }
    }

    @Test
    void refusesTheSessionOfAnotherUserAndAFinishedOne() {
      CompatSsoLogin fulfilled = logins.fulfilled(browser, "token");
      CompatSession jims = logins.session(logins.user("jim"), "phone");
      CompatSession ended = logins.session(browser, "phone");
      logins.finished(ended);

      assertThat(exchanging(fulfilled, jims)).isEqualTo(StateReason.WRONG_USER);
      assertThat(exchanging(fulfilled, ended)).isEqualTo(StateReason.SESSION_FINISHED);
      assertThat(logins.stored(fulfilled)).contains(fulfilled);
    }

    @Test
    void refusesASessionThatHasALogin() {
      CompatSession session = logins.session(browser, "phone");
      logins.exchanged(logins.fulfilled(browser, "one"), session);
      CompatSsoLogin second = logins.fulfilled(browser, "two");

      ConflictKind taken = store.conflict(repo -> repo.compatSsoLogins().exchange(second, session));

      assertThat(taken).isEqualTo(ConflictKind.COMPAT_SESSION_USED);
      assertThat(logins.stored(second)).contains(second);
    }

    @Test
    void findsNothingThatIsGone() {
      CompatSession session = logins.session(browser, "phone");
      CompatSsoLogin gone = logins.fulfilled(browser, "gone");
      store.sql("DELETE FROM compat_sso_logins");
      CompatSsoLogin fulfilled = logins.fulfilled(browser, "token");
      CompatSession goneSession = logins.session(browser, "gone");
      logins.remove(goneSession);

      assertThat(store.missing(repo -> repo.compatSsoLogins().exchange(gone, session)))
          .isEqualTo("compat_sso_login " + gone.id());
      assertThat(store.missing(repo -> repo.compatSsoLogins().exchange(fulfilled, goneSession)))
          .isEqualTo("compat_session " + goneSession.id());
      assertThat(logins.stored(fulfilled)).contains(fulfilled);
    }

    @Test
    void losesAgainstTheOneThatCameFirst() {
      CompatSsoLogin fulfilled = logins.fulfilled(browser, "token");
      CompatSession one = logins.session(browser, "one");
      CompatSession two = logins.session(browser, "two");
      Store.Held<CompatSsoLogin> first =
          store.hold(repo -> repo.compatSsoLogins().exchange(fulfilled, one));
      Future<CompatSsoLogin> second =
          store.start(repo -> repo.compatSsoLogins().exchange(fulfilled, two));
      store.awaitBlocked(1);

      first.save();

      assertRefused(second, StateReason.ALREADY_EXCHANGED);
      assertThat(logins.stored(fulfilled)).contains(first.result());
    }

    @Test
    void leavesOneSessionOfThirtyTwoLoginsWithOneToken() throws Exception {
      CompatSsoLogin fulfilled = logins.fulfilled(browser, "token");
      RepositoryFactory repositories = store.repositories();

      Race.Results<CompatSsoLogin> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.<CompatSsoLogin>call(
                          repo -> {
                            CompatSession session =
                                repo.compatSessions()
                                    .add(
                                        john,
                                        CompatSessionParams.of(new Device("device" + number)));
                            return repo.compatSsoLogins().exchange(fulfilled, session);
                          }));

      assertThat(race.values()).containsExactly(logins.stored(fulfilled).orElseThrow());
      assertThat(race.failures())
          .hasSize(31)
          .allMatch(failure -> Logins.isRefusal(failure, StateReason.ALREADY_EXCHANGED));
      assertThat(logins.rows("compat_sessions")).isOne();
    }

    @Test
    void failsWithASessionThatAnotherLoginGetsAtTheSameTime() {
      CompatSsoLogin one = logins.fulfilled(browser, "one");
      CompatSsoLogin two = logins.fulfilled(browser, "two");
      CompatSession session = logins.session(browser, "phone");
      Store.Held<CompatSsoLogin> first =
          store.hold(repo -> repo.compatSsoLogins().exchange(one, session));
      Future<CompatSsoLogin> second =
          store.start(repo -> repo.compatSsoLogins().exchange(two, session));
      store.awaitBlocked(1);

      first.save();

      assertViolates(second, "compat_sso_logins_session_id_key");
      assertThat(logins.stored(one)).contains(first.result());
      assertThat(logins.stored(two)).contains(two);
    }

    private StateReason exchanging(CompatSsoLogin login, CompatSession session) {
      return store.reason(repo -> repo.compatSsoLogins().exchange(login, session));
    }
  }

  @Nested
  class Ends {
    @Test
    void withTheSession() {
      CompatSession session = logins.session(browser, "phone");
      logins.exchanged(logins.fulfilled(browser, "token"), session);
      logins.finished(session);
      logins.tick();

      store.run(repo -> repo.compatSessions().cleanupFinished(Optional.empty(), logins.now(), 10));

      assertThat(findByToken("token")).isEmpty();
    }

    @Test
    void withTheBrowserSession() {
      logins.fulfilled(browser, "token");
      store.run(repo -> repo.browserSessions().finish(browser));
      logins.tick();

      store.run(repo -> repo.browserSessions().cleanupFinished(Optional.empty(), logins.now(), 10));

      assertThat(findByToken("token")).isEmpty();
      assertThat(logins.rows("compat_sso_logins")).isZero();
    }
  }

  @Nested
  class CleanupStale {
    @Test
    void deletesWhatWasNeverExchanged() {
      CompatSsoLogin pending = logins.pending();
      CompatSsoLogin fulfilled = logins.fulfilled(browser, "fulfilled");
      CompatSsoLogin exchanged =
          logins.exchanged(
              logins.fulfilled(browser, "exchanged"), logins.session(browser, "phone"));
      store.clock().advance(Duration.ofDays(1));
      UUID until = Ids.maxAt(logins.now());
      logins.tick();
      CompatSsoLogin fresh = logins.pending();

      CleanupResult<UUID> first = cleanupStale(Optional.empty(), until, 1);
      CleanupResult<UUID> second = cleanupStale(first.cursor(), until, 10);
      CleanupResult<UUID> third = cleanupStale(Optional.empty(), until, 10);

      assertThat(first).isEqualTo(new CleanupResult<>(1, Optional.of(pending.id())));
      assertThat(second).isEqualTo(new CleanupResult<>(1, Optional.of(fulfilled.id())));
      assertThat(third).isEqualTo(new CleanupResult<>(0, Optional.empty()));
      assertThat(logins.stored(exchanged)).contains(exchanged);
      assertThat(logins.stored(fresh)).contains(fresh);
    }

    @Test
    void leavesALoginThatIsBeingExchanged() {
      CompatSsoLogin fulfilled = logins.fulfilled(browser, "token");
      CompatSession session = logins.session(browser, "phone");
      Store.Held<CompatSsoLogin> exchange =
          store.hold(repo -> repo.compatSsoLogins().exchange(fulfilled, session));

      CleanupResult<UUID> result = cleanupStale(Optional.empty(), Ids.minAt(logins.now()), 10);
      exchange.save();

      assertThat(result.count()).isZero();
      assertThat(logins.stored(fulfilled)).contains(exchange.result());
    }

    @Test
    void needsALimitAndAnEndThatIsPast() {
      UUID now = Ids.minAt(logins.now());
      UUID later = Ids.minAt(logins.now().plusSeconds(1));

      assertThatThrownBy(() -> cleanupStale(Optional.empty(), now, 0))
          .isInstanceOf(InvalidInputException.class);
      assertThatThrownBy(() -> cleanupStale(Optional.empty(), later, 1))
          .isInstanceOf(InvalidInputException.class);
    }

    private CleanupResult<UUID> cleanupStale(Optional<UUID> since, UUID until, int limit) {
      return store.write(repo -> repo.compatSsoLogins().cleanupStale(since, until, limit));
    }
  }

  private static void assertViolates(Future<?> change, String constraint) {
    assertThatThrownBy(() -> Logins.get(change))
        .cause()
        .isInstanceOfSatisfying(
            ConstraintViolationException.class,
            failure -> assertThat(failure.constraint()).contains(constraint));
  }

  private Optional<CompatSsoLogin> findByToken(String token) {
    return store.read(repo -> repo.compatSsoLogins().findByToken(token));
  }
}
