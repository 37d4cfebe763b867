package dev.authstore.storage.pg.user;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSession;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSessionStage;
import dev.authstore.model.user.Authentication;
import dev.authstore.model.user.AuthenticationMethod;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.upstream.UpstreamOAuthSessionFilter;
import dev.authstore.storage.user.BrowserSessionFilter;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class BrowserSessionUpstreamTest {
  private static final BrowserSessionFilter ALL = BrowserSessionFilter.all();

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private int serial;

  @Nested
  class AuthenticateWithUpstream {
    @Test
    void returnsWhatGetLastAuthenticationReturns() {
      BrowserSession session = session(user("john"));
      UpstreamOAuthAuthorizationSession login = completedLogin(provider(), "sub", "sid");

      Authentication added = authenticate(session, login);

      assertThat(last(session)).contains(added);
      assertThat(added.browserSessionId()).isEqualTo(session.id());
      assertThat(added.createdAt()).isEqualTo(now());
      assertThat(added.method()).isEqualTo(new AuthenticationMethod.UpstreamOAuth2(login.id()));
    }

    @Test
    void letsALogoutAtTheProviderFindASessionThatNeverConsumedTheLogin() {
      UUID provider = provider();
      BrowserSession session = session(user("john"));
      session(session.user());

      authenticate(session, completedLogin(provider, "sub", "sid"));

      assertThat(linked(UpstreamOAuthSessionFilter.all())).containsExactly(session);
      assertThat(linked(UpstreamOAuthSessionFilter.all().provider(provider).sub("sub").sid("sid")))
          .containsExactly(session);
    }

    @Test
    void isNotFoundUnderAnotherProviderOrSession() {
      UUID provider = provider();
      BrowserSession session = session(user("john"));

      authenticate(session, completedLogin(provider, "sub", "sid"));

      assertThat(linked(UpstreamOAuthSessionFilter.all().provider(provider()))).isEmpty();
      assertThat(linked(UpstreamOAuthSessionFilter.all().sid("other"))).isEmpty();
      assertThat(linked(UpstreamOAuthSessionFilter.all().sub("other"))).isEmpty();
      assertThat(linked(UpstreamOAuthSessionFilter.all().sid("\u0000"))).isEmpty();
    }

    @Test
    void isFoundBesideLoginsThatBelongToNoBrowserSession() {
      UUID provider = provider();
      BrowserSession session = session(user("john"));
      completedLogin(provider, "sub", "unused");

      authenticate(session, completedLogin(provider, "sub", "sid"));

      assertThat(linked(UpstreamOAuthSessionFilter.all().sub("sub"))).containsExactly(session);
    }

    @Test
    void listsASessionWithTwoLoginsOnce() {
      UUID provider = provider();
      BrowserSession session = session(user("john"));

      authenticate(session, completedLogin(provider, "sub", "one"));
      authenticate(session, completedLogin(provider, "sub", "two"));

      assertThat(linked(UpstreamOAuthSessionFilter.all().sub("sub"))).containsExactly(session);
    }

    @Test
    void acceptsALoginThatIsStillPending() {
      BrowserSession session = session(user("john"));
      UpstreamOAuthAuthorizationSession login = pendingLogin(provider());

      Authentication added = authenticate(session, login);

      assertThat(last(session)).contains(added);
    }

    @Test
    void appendsASecondAuthenticationInTheSameSession() {
      BrowserSession session = session(user("john"));
      UpstreamOAuthAuthorizationSession login = pendingLogin(provider());
      Authentication first = authenticate(session, login);

      Authentication second = authenticate(session, login);

      assertThat(second.id()).isNotEqualTo(first.id());
      assertThat(authenticationsOf(session)).isEqualTo(2);
    }

    @Test
    void refusesALoginUsedInAnotherSession() {
      BrowserSession session = session(user("john"));
      BrowserSession other = session(session.user());
      UpstreamOAuthAuthorizationSession login = completedLogin(provider(), "sub", "sid");
      authenticate(session, login);

      ConflictException refusal =
          refusal(
              ConflictException.class,
              repo -> repo.browserSessions().authenticateWithUpstream(other, login));

      assertThat(refusal.kind()).isEqualTo(ConflictKind.UPSTREAM_SESSION_USED);
      assertThat(last(other)).isEmpty();
      assertThat(linked(UpstreamOAuthSessionFilter.all())).containsExactly(session);
    }

    @Test
    void refusesAFinishedSession() {
      BrowserSession session = finished(session(user("john")));
      UpstreamOAuthAuthorizationSession login = pendingLogin(provider());

      InvalidStateException refusal =
          refusal(
              InvalidStateException.class,
              repo -> repo.browserSessions().authenticateWithUpstream(session, login));

      assertThat(refusal.reason()).isEqualTo(StateReason.SESSION_FINISHED);
      assertThat(last(session)).isEmpty();
      assertThat(linked(UpstreamOAuthSessionFilter.all())).isEmpty();
    }

    @Test
    void doesNotFindARemovedLogin() {
      BrowserSession session = session(user("john"));
      UpstreamOAuthAuthorizationSession login = pendingLogin(provider());
      store.sql("DELETE FROM upstream_oauth_authorization_sessions");

      NotFoundException refusal =
          refusal(
              NotFoundException.class,
              repo -> repo.browserSessions().authenticateWithUpstream(session, login));

      assertThat(refusal.id()).isEqualTo(login.id());
      assertThat(last(session)).isEmpty();
    }

    @Test
    void doesNotFindARemovedSession() {
      BrowserSession session = session(user("john"));
      UpstreamOAuthAuthorizationSession login = pendingLogin(provider());
      remove(session);

      NotFoundException refusal =
          refusal(
              NotFoundException.class,
              repo -> repo.browserSessions().authenticateWithUpstream(session, login));

      assertThat(refusal.id()).isEqualTo(session.id());
      assertThat(linked(UpstreamOAuthSessionFilter.all())).isEmpty();
    }

    @Test
    void givesALoginToTheFirstOfTwoSessions() throws Exception {
      BrowserSession session = session(user("john"));
      BrowserSession other = session(session.user());
      UpstreamOAuthAuthorizationSession login = pendingLogin(provider());
      Store.Held<Authentication> first =
          store.hold(repo -> repo.browserSessions().authenticateWithUpstream(session, login));

      store.clock().advance(ofMillis(1));
      Future<Authentication> second =
          store.start(repo -> repo.browserSessions().authenticateWithUpstream(other, login));
      store.awaitBlocked(1);
      first.save();

      assertThatThrownBy(() -> second.get(20, SECONDS)).hasCauseInstanceOf(ConflictException.class);
      assertThat(linked(UpstreamOAuthSessionFilter.all())).containsExactly(session);
      assertThat(last(other)).isEmpty();
    }

    @Test
    void givesALoginToTheSecondWhenTheFirstIsCancelled() throws Exception {
      BrowserSession session = session(user("john"));
      BrowserSession other = session(session.user());
      UpstreamOAuthAuthorizationSession login = pendingLogin(provider());
      Store.Held<Authentication> first =
          store.hold(repo -> repo.browserSessions().authenticateWithUpstream(session, login));

      Future<Authentication> second =
          store.start(repo -> repo.browserSessions().authenticateWithUpstream(other, login));
      store.awaitBlocked(1);
      first.cancel();
      Authentication added = second.get(20, SECONDS);

      assertThat(last(other)).contains(added);
      assertThat(linked(UpstreamOAuthSessionFilter.all())).containsExactly(other);
    }

    @Test
    void isRefusedWhenTheSessionIsBeingFinished() throws Exception {
      BrowserSession session = session(user("john"));
      UpstreamOAuthAuthorizationSession login = pendingLogin(provider());
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
      User john = user("john");
      UUID provider = provider();
      RepositoryFactory repositories = store.repositories();
      for (int round = 0; round < 10; round++) {
        store.clock().advance(ofMinutes(1));
        List<BrowserSession> sessions = sessions(john, 4);
        UpstreamOAuthAuthorizationSession login = pendingLogin(provider);

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

  private <E extends StorageException> E refusal(Class<E> type, Consumer<RepositoryAccess> work) {
    return store.write(
        repo -> {
          E refusal = catchThrowableOfType(type, () -> work.accept(repo));
          assertThat(refusal).isInstanceOf(type);
          assertThat(repo.users().exists("still usable")).isFalse();
          return refusal;
        });
  }

  private static void assertRefused(Future<?> future, StateReason reason) {
    assertThatThrownBy(() -> future.get(20, SECONDS))
        .cause()
        .isInstanceOfSatisfying(
            InvalidStateException.class, refusal -> assertThat(refusal.reason()).isEqualTo(reason));
  }

  private Instant now() {
    return store.clock().instant().truncatedTo(ChronoUnit.MICROS);
  }

  private User user(String name) {
    store.clock().advance(ofMillis(1));
    return store.write(repo -> repo.users().add(name));
  }

  private BrowserSession session(User user) {
    store.clock().advance(ofMillis(1));
    return store.write(repo -> repo.browserSessions().add(user, Optional.of("Firefox")));
  }

  private List<BrowserSession> sessions(User user, int count) {
    store.clock().advance(ofMillis(1));
    return store.write(
        repo ->
            Stream.generate(() -> repo.browserSessions().add(user, Optional.empty()))
                .limit(count)
                .toList());
  }

  private BrowserSession finished(BrowserSession session) {
    return store.write(repo -> repo.browserSessions().finish(session));
  }

  private void remove(BrowserSession session) {
    store.sql("DELETE FROM browser_sessions WHERE id = ?", session.id());
  }

  private Authentication authenticate(
      BrowserSession session, UpstreamOAuthAuthorizationSession login) {
    store.clock().advance(ofMillis(1));
    return store.write(repo -> repo.browserSessions().authenticateWithUpstream(session, login));
  }

  private Optional<Authentication> last(BrowserSession session) {
    return store.read(repo -> repo.browserSessions().getLastAuthentication(session));
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

  private UUID provider() {
    UUID id = nextId();
    store.sql(
        """
        INSERT INTO upstream_oauth_providers (id, scope, client_id, token_endpoint_auth_method, created_at)
        VALUES (?, '{openid}', 'client', 'none', ?::timestamptz)
        """,
        id,
        now().toString());
    return id;
  }

  private UpstreamOAuthAuthorizationSession pendingLogin(UUID provider) {
    UUID id = nextId();
    store.sql(
        """
        INSERT INTO upstream_oauth_authorization_sessions (id, provider_id, state, created_at)
        VALUES (?, ?, ?, ?::timestamptz)
        """,
        id,
        provider,
        id.toString(),
        now().toString());
    return login(id, provider, new UpstreamOAuthAuthorizationSessionStage.Pending());
  }

  private UpstreamOAuthAuthorizationSession completedLogin(UUID provider, String sub, String sid) {
    UUID link = nextId();
    store.sql(
        """
        INSERT INTO upstream_oauth_links (id, provider_id, subject, created_at)
        VALUES (?, ?, ?, ?::timestamptz)
        """,
        link,
        provider,
        link.toString(),
        now().toString());
    UpstreamOAuthAuthorizationSession pending = pendingLogin(provider);
    store.sql(
        """
        UPDATE upstream_oauth_authorization_sessions
        SET link_id = ?,
            completed_at = created_at,
            id_token_claims = jsonb_build_object('sub', ?::text, 'sid', ?::text)
        WHERE id = ?
        """,
        link,
        sub,
        sid,
        pending.id());
    return login(
        pending.id(),
        provider,
        new UpstreamOAuthAuthorizationSessionStage.Completed(
            pending.createdAt(),
            link,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty()));
  }

  private UpstreamOAuthAuthorizationSession login(
      UUID id, UUID provider, UpstreamOAuthAuthorizationSessionStage stage) {
    return new UpstreamOAuthAuthorizationSession(
        id, provider, id.toString(), Optional.empty(), Optional.empty(), now(), stage);
  }

  private UUID nextId() {
    serial++;
    return new UUID(0x017E_6360_0000_7000L, 0x8000_0000_0000_0000L + serial);
  }
}
