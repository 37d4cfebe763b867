package dev.authstore.storage.pg.user;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.authstore.model.Ids;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSession;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSessionStage;
import dev.authstore.model.user.Authentication;
import dev.authstore.model.user.AuthenticationMethod;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.Password;
import dev.authstore.model.user.User;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class BrowserSessionAuthenticationTest {
  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private int serial;

  @Nested
  class AuthenticateWithPassword {
    @Test
    void returnsWhatGetLastAuthenticationReturns() {
      BrowserSession session = session(user("john"));
      Password password = password(session.user());

      Authentication added = authenticate(session, password);

      assertThat(last(session)).contains(added);
      assertThat(added.browserSessionId()).isEqualTo(session.id());
      assertThat(added.createdAt()).isEqualTo(now());
      assertThat(added.method()).isEqualTo(new AuthenticationMethod.Password(password.id()));
    }

    @Test
    void refusesAForeignPasswordBeforeAskingTheDatabase() {
      BrowserSession session = session(user("john"));
      Password foreign = password(user("jane"));
      store.statements();

      assertThatThrownBy(() -> authenticate(session, foreign))
          .isInstanceOf(InvalidInputException.class);

      assertThat(store.statements()).isEmpty();
      assertThat(last(session)).isEmpty();
    }

    @Test
    void refusesAPasswordThatIsStoredAsAnotherUsers() {
      BrowserSession session = session(user("john"));
      Password foreign = password(user("jane"));
      Password disguised =
          new Password(
              foreign.id(),
              session.user().id(),
              foreign.hashedPassword(),
              foreign.version(),
              foreign.upgradedFromId(),
              foreign.createdAt());

      InvalidStateException refusal =
          refusal(
              InvalidStateException.class,
              repo -> repo.browserSessions().authenticateWithPassword(session, disguised));

      assertThat(refusal.reason()).isEqualTo(StateReason.WRONG_USER);
      assertThat(last(session)).isEmpty();
    }

    @Test
    void refusesAFinishedSession() {
      BrowserSession session = session(user("john"));
      Password password = password(session.user());
      BrowserSession ended = finished(session);

      InvalidStateException refusal =
          refusal(
              InvalidStateException.class,
              repo -> repo.browserSessions().authenticateWithPassword(session, password));

      assertThat(refusal.reason()).isEqualTo(StateReason.SESSION_FINISHED);
      assertThat(last(session)).isEmpty();
      assertThat(stored(session)).contains(ended);
    }

    @Test
    void doesNotFindARemovedSession() {
      BrowserSession session = session(user("john"));
      Password password = password(session.user());
      remove(session);

      NotFoundException refusal =
          refusal(
              NotFoundException.class,
              repo -> repo.browserSessions().authenticateWithPassword(session, password));

      assertThat(refusal.id()).isEqualTo(session.id());
    }

    @Test
    void doesNotFindARemovedPassword() {
      BrowserSession session = session(user("john"));
      Password password = password(session.user());
      remove(password);

      NotFoundException refusal =
          refusal(
              NotFoundException.class,
              repo -> repo.browserSessions().authenticateWithPassword(session, password));

      assertThat(refusal.id()).isEqualTo(password.id());
      assertThat(last(session)).isEmpty();
    }

    @Test
    void isRefusedWhenTheSessionIsBeingFinished() throws Exception {
      BrowserSession session = session(user("john"));
      Password password = password(session.user());
      Store.Held<BrowserSession> finish =
          store.hold(repo -> repo.browserSessions().finish(session));

      Future<Authentication> authentication =
          store.start(repo -> repo.browserSessions().authenticateWithPassword(session, password));
      store.awaitBlocked(1);
      finish.save();

      assertRefused(authentication, StateReason.SESSION_FINISHED);
      assertThat(last(session)).isEmpty();
    }

    @Test
    void succeedsWhenFinishingIsCancelled() throws Exception {
      BrowserSession session = session(user("john"));
      Password password = password(session.user());
      Store.Held<BrowserSession> finish =
          store.hold(repo -> repo.browserSessions().finish(session));

      Future<Authentication> authentication =
          store.start(repo -> repo.browserSessions().authenticateWithPassword(session, password));
      store.awaitBlocked(1);
      finish.cancel();
      Authentication added = authentication.get(20, SECONDS);

      assertThat(last(session)).contains(added);
    }

    @Test
    void letsFinishingWait() throws Exception {
      BrowserSession session = session(user("john"));
      Password password = password(session.user());
      Store.Held<Authentication> authentication =
          store.hold(repo -> repo.browserSessions().authenticateWithPassword(session, password));

      Future<BrowserSession> finish = store.start(repo -> repo.browserSessions().finish(session));
      store.awaitBlocked(1);
      authentication.save();
      BrowserSession ended = finish.get(20, SECONDS);

      assertThat(ended.isFinished()).isTrue();
      assertThat(last(session)).contains(authentication.result());
    }
  }

  @Nested
  class GetLastAuthentication {
    @Test
    void isEmptyWithoutAny() {
      BrowserSession session = session(user("john"));
      authenticate(session(session.user()), password(session.user()));

      Optional<Authentication> last = last(session);

      assertThat(last).isEmpty();
    }

    @Test
    void isTheNewest() {
      BrowserSession session = session(user("john"));
      Password password = password(session.user());
      authenticate(session, password);
      store.clock().advance(ofMinutes(1));
      Authentication newest = authenticate(session, pendingLogin(provider()));

      Optional<Authentication> last = last(session);

      assertThat(last).contains(newest);
    }

    @Test
    void isTheNewestByTimeAndNotById() {
      BrowserSession session = session(user("john"));
      Password password = password(session.user());
      Authentication later = authenticate(session, password);
      store.clock().advance(Duration.ofHours(-1));
      authenticate(session, password);

      Optional<Authentication> last = last(session);

      assertThat(last).contains(later);
    }

    @Test
    void isTheSecondOfTwoInOneInstant() {
      BrowserSession session = session(user("john"));
      Password password = password(session.user());

      List<Authentication> two =
          store.write(
              repo ->
                  List.of(
                      repo.browserSessions().authenticateWithPassword(session, password),
                      repo.browserSessions().authenticateWithPassword(session, password)));

      assertThat(two.get(0).createdAt()).isEqualTo(two.get(1).createdAt());
      assertThat(two).extracting(Authentication::id).isSortedAccordingTo(Ids.UNSIGNED_ORDER);
      assertThat(last(session)).contains(two.get(1));
    }

    @Test
    void doesNotKnowTheMethodOnceThePasswordIsRemoved() {
      BrowserSession session = session(user("john"));
      Password password = password(session.user());
      Authentication added = authenticate(session, password);
      remove(password);

      Authentication last = last(session).orElseThrow();

      assertThat(last.id()).isEqualTo(added.id());
      assertThat(last.method()).isEqualTo(new AuthenticationMethod.Unknown());
    }

    @Test
    void doesNotKnowTheMethodOnceTheLoginIsRemoved() {
      BrowserSession session = session(user("john"));
      authenticate(session, pendingLogin(provider()));
      store.sql("DELETE FROM upstream_oauth_authorization_sessions");

      Authentication last = last(session).orElseThrow();

      assertThat(last.method()).isEqualTo(new AuthenticationMethod.Unknown());
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

  private Password password(User user) {
    store.clock().advance(ofMillis(1));
    return store.write(repo -> repo.userPasswords().add(user, 1, "hash", Optional.empty()));
  }

  private void remove(Password password) {
    store.sql("DELETE FROM user_passwords WHERE id = ?", password.id());
  }

  private BrowserSession session(User user) {
    store.clock().advance(ofMillis(1));
    return store.write(repo -> repo.browserSessions().add(user, Optional.of("Firefox")));
  }

  private BrowserSession finished(BrowserSession session) {
    return store.write(repo -> repo.browserSessions().finish(session));
  }

  private void remove(BrowserSession session) {
    store.sql("DELETE FROM browser_sessions WHERE id = ?", session.id());
  }

  private Optional<BrowserSession> stored(BrowserSession session) {
    return store.read(repo -> repo.browserSessions().lookup(session.id()));
  }

  private Authentication authenticate(BrowserSession session, Password password) {
    store.clock().advance(ofMillis(1));
    return store.write(repo -> repo.browserSessions().authenticateWithPassword(session, password));
  }

  private Authentication authenticate(
      BrowserSession session, UpstreamOAuthAuthorizationSession login) {
    store.clock().advance(ofMillis(1));
    return store.write(repo -> repo.browserSessions().authenticateWithUpstream(session, login));
  }

  private Optional<Authentication> last(BrowserSession session) {
    return store.read(repo -> repo.browserSessions().getLastAuthentication(session));
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
