package dev.authstore.storage.pg.user;

import static dev.authstore.storage.pg.Store.assertRefused;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSession;
import dev.authstore.model.user.Authentication;
import dev.authstore.model.user.AuthenticationMethod;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.upstream.UpstreamOAuthSessionFilter;
import dev.authstore.storage.user.BrowserSessionFilter;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class BrowserSessionUpstreamTest {
  private static final BrowserSessionFilter ALL = BrowserSessionFilter.all();

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());
  private final BrowserSessions browsers = new BrowserSessions(store);

  @Nested
  class AuthenticateWithUpstream {
    @Test
    void returnsWhatGetLastAuthenticationReturns() {
      BrowserSession session = browsers.session(browsers.user("john"));
      UpstreamOAuthAuthorizationSession login =
          browsers.completedLogin(browsers.provider(), "sub", "sid");

      Authentication added = browsers.authenticate(session, login);

      assertThat(browsers.last(session)).contains(added);
      assertThat(added.browserSessionId()).isEqualTo(session.id());
      assertThat(added.createdAt()).isEqualTo(browsers.now());
      assertThat(added.method()).isEqualTo(new AuthenticationMethod.UpstreamOAuth2(login.id()));
    }

    @Test
    void letsALogoutAtTheProviderFindASessionThatNeverConsumedTheLogin() {
      UUID provider = browsers.provider();
      BrowserSession session = browsers.session(browsers.user("john"));
      browsers.session(session.user());

      browsers.authenticate(session, browsers.completedLogin(provider, "sub", "sid"));

      assertThat(linked(UpstreamOAuthSessionFilter.all())).containsExactly(session);
      assertThat(linked(UpstreamOAuthSessionFilter.all().provider(provider).sub("sub").sid("sid")))
          .containsExactly(session);
    }

    @Test
    void isNotFoundUnderAnotherProviderOrSession() {
      UUID provider = browsers.provider();
      BrowserSession session = browsers.session(browsers.user("john"));

      browsers.authenticate(session, browsers.completedLogin(provider, "sub", "sid"));

      assertThat(linked(UpstreamOAuthSessionFilter.all().provider(browsers.provider()))).isEmpty();
      assertThat(linked(UpstreamOAuthSessionFilter.all().sid("other"))).isEmpty();
      assertThat(linked(UpstreamOAuthSessionFilter.all().sub("other"))).isEmpty();
      assertThat(linked(UpstreamOAuthSessionFilter.all().sid("\u0000"))).isEmpty();
    }

    @Test
    void isFoundBesideLoginsThatBelongToNoBrowserSession() {
      UUID provider = browsers.provider();
      BrowserSession session = browsers.session(browsers.user("john"));
      browsers.completedLogin(provider, "sub", "unused");

      browsers.authenticate(session, browsers.completedLogin(provider, "sub", "sid"));

      assertThat(linked(UpstreamOAuthSessionFilter.all().sub("sub"))).containsExactly(session);
    }

    @Test
    void listsASessionWithTwoLoginsOnce() {
      UUID provider = browsers.provider();
      BrowserSession session = browsers.session(browsers.user("john"));

      browsers.authenticate(session, browsers.completedLogin(provider, "sub", "one"));
      browsers.authenticate(session, browsers.completedLogin(provider, "sub", "two"));

      assertThat(linked(UpstreamOAuthSessionFilter.all().sub("sub"))).containsExactly(session);
    }

    @Test
    void acceptsALoginThatIsStillPending() {
      BrowserSession session = browsers.session(browsers.user("john"));
      UpstreamOAuthAuthorizationSession login = browsers.pendingLogin(browsers.provider());

      Authentication added = browsers.authenticate(session, login);

      assertThat(browsers.last(session)).contains(added);
    }

    @Test
    void appendsASecondAuthenticationInTheSameSession() {
      BrowserSession session = browsers.session(browsers.user("john"));
      UpstreamOAuthAuthorizationSession login = browsers.pendingLogin(browsers.provider());
      Authentication first = browsers.authenticate(session, login);

      Authentication second = browsers.authenticate(session, login);

      assertThat(second.id()).isNotEqualTo(first.id());
      assertThat(authenticationsOf(session)).isEqualTo(2);
    }

    @Test
    void refusesALoginUsedInAnotherSession() {
      BrowserSession session = browsers.session(browsers.user("john"));
      BrowserSession other = browsers.session(session.user());
      UpstreamOAuthAuthorizationSession login =
          browsers.completedLogin(browsers.provider(), "sub", "sid");
      browsers.authenticate(session, login);

      ConflictException refusal =
          browsers.refusal(
              ConflictException.class,
              repo -> repo.browserSessions().authenticateWithUpstream(other, login));

      assertThat(refusal.kind()).isEqualTo(ConflictKind.UPSTREAM_SESSION_USED);
      assertThat(browsers.last(other)).isEmpty();
      assertThat(linked(UpstreamOAuthSessionFilter.all())).containsExactly(session);
    }

    @Test
    void refusesAFinishedSession() {
      BrowserSession session = browsers.finished(browsers.session(browsers.user("john")));
      UpstreamOAuthAuthorizationSession login = browsers.pendingLogin(browsers.provider());

      InvalidStateException refusal =
          browsers.refusal(
              InvalidStateException.class,
              repo -> repo.browserSessions().authenticateWithUpstream(session, login));

      assertThat(refusal.reason()).isEqualTo(StateReason.SESSION_FINISHED);
      assertThat(browsers.last(session)).isEmpty();
      assertThat(linked(UpstreamOAuthSessionFilter.all())).isEmpty();
    }

    @Test
    void doesNotFindARemovedLogin() {
      BrowserSession session = browsers.session(browsers.user("john"));
      UpstreamOAuthAuthorizationSession login = browsers.pendingLogin(browsers.provider());
      store.sql("DELETE FROM upstream_oauth_authorization_sessions");

      NotFoundException refusal =
          browsers.refusal(
              NotFoundException.class,
              repo -> repo.browserSessions().authenticateWithUpstream(session, login));

      assertThat(refusal.id()).isEqualTo(login.id());
      assertThat(browsers.last(session)).isEmpty();
    }

    @Test
    void doesNotFindARemovedSession() {
      BrowserSession session = browsers.session(browsers.user("john"));
      UpstreamOAuthAuthorizationSession login = browsers.pendingLogin(browsers.provider());
      browsers.remove(session);

      NotFoundException refusal =
          browsers.refusal(
              NotFoundException.class,
              repo -> repo.browserSessions().authenticateWithUpstream(session, login));

      assertThat(refusal.id()).isEqualTo(session.id());
      assertThat(linked(UpstreamOAuthSessionFilter.all())).isEmpty();
    }

    @Test
    void givesALoginToTheFirstOfTwoSessions() throws Exception {
      BrowserSession session = browsers.session(browsers.user("john"));
      BrowserSession other = browsers.session(session.user());
      UpstreamOAuthAuthorizationSession login = browsers.pendingLogin(browsers.provider());
      Store.Held<Authentication> first =
          store.hold(repo -> repo.browserSessions().authenticateWithUpstream(session, login));

      store.clock().advance(ofMillis(1));
      Future<Authentication> second =
          store.start(repo -> repo.browserSessions().authenticateWithUpstream(other, login));
      store.awaitBlocked(1);
      first.save();

      assertThatThrownBy(() -> second.get(20, SECONDS)).hasCauseInstanceOf(ConflictException.class);
      assertThat(linked(UpstreamOAuthSessionFilter.all())).containsExactly(session);
      assertThat(browsers.last(other)).isEmpty();
    }

    @Test
    void givesALoginToTheSecondWhenTheFirstIsCancelled() throws Exception {
      BrowserSession session = browsers.session(browsers.user("john"));
      BrowserSession other = browsers.session(session.user());
      UpstreamOAuthAuthorizationSession login = browsers.pendingLogin(browsers.provider());
      Store.Held<Authentication> first =
          store.hold(repo -> repo.browserSessions().authenticateWithUpstream(session, login));

      Future<Authentication> second =
          store.start(repo -> repo.browserSessions().authenticateWithUpstream(other, login));
      store.awaitBlocked(1);
      first.cancel();
      Authentication added = second.get(20, SECONDS);

      assertThat(browsers.last(other)).contains(added);
      assertThat(linked(UpstreamOAuthSessionFilter.all())).containsExactly(other);
    }

    @Test
    void tiesALoginWhoseSessionIsJustBeingCleanedUp() throws Exception {
      BrowserSession ended = browsers.session(browsers.user("john"));
      UpstreamOAuthAuthorizationSession login =
          browsers.completedLogin(browsers.provider(), "sub", "sid");
      browsers.authenticate(ended, login);
      browsers.finished(ended);
      store.clock().advance(ofMinutes(1));
      BrowserSession session = browsers.session(ended.user());
      Store.Held<CleanupResult<Instant>> cleanup =
          store.hold(
              repo -> repo.browserSessions().cleanupFinished(Optional.empty(), browsers.now(), 10));

      Future<Authentication> authentication =
          store.start(repo -> repo.browserSessions().authenticateWithUpstream(session, login));
      store.awaitBlocked(1);
      cleanup.save();
      Authentication added = authentication.get(20, SECONDS);

      assertThat(browsers.last(session)).contains(added);
      assertThat(linked(UpstreamOAuthSessionFilter.all())).containsExactly(session);
    }

    @Test
    void isRefusedWhenTheSessionIsBeingFinished() throws Exception {
      BrowserSession session = browsers.session(browsers.user("john"));
      UpstreamOAuthAuthorizationSession login = browsers.pendingLogin(browsers.provider());
      Store.Held<BrowserSession> finish =
          store.hold(repo -> repo.browserSessions().finish(session));

      Future<Authentication> authentication =
          store.start(repo -> repo.browserSessions().authenticateWithUpstream(session, login));
      store.awaitBlocked(1);
      finish.save();

      assertRefused(authentication, StateReason.SESSION_FINISHED);
      assertThat(linked(UpstreamOAuthSessionFilter.all())).isEmpty();
    }

    @Test
    void givesALoginToOneOfManySessions() throws Exception {
      User john = browsers.user("john");
      UUID provider = browsers.provider();
      RepositoryFactory repositories = store.repositories();
      for (int round = 0; round < 10; round++) {
        store.clock().advance(ofMinutes(1));
        List<BrowserSession> sessions = browsers.sessions(john, 4);
        UpstreamOAuthAuthorizationSession login = browsers.pendingLogin(provider);

        Race.Results<Authentication> results =
            Race.of(4)
                .run(
                    number ->
                        repositories.call(
                            repo ->
                                repo.browserSessions()
                                    .authenticateWithUpstream(sessions.get(number), login)));

        assertThat(results.values()).hasSize(1);
        assertThat(results.failures()).hasSize(3).allMatch(ConflictException.class::isInstance);
      }
    }
  }

  private int authenticationsOf(BrowserSession session) {
    return store
        .select(
            "SELECT id FROM browser_session_authentications WHERE browser_session_id = ?",
            session.id())
        .size();
  }

  private List<BrowserSession> linked(UpstreamOAuthSessionFilter logins) {
    BrowserSessionFilter filter = ALL.linkedToUpstreamSessions(logins);
    return store.read(repo -> repo.browserSessions().list(filter, Pagination.first(10)).nodes());
  }
}
