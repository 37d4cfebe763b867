package dev.authstore.storage.pg.user;

import static dev.authstore.storage.pg.Store.assertRefused;
import static java.time.Duration.ofMinutes;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.model.Ids;
import dev.authstore.model.user.Authentication;
import dev.authstore.model.user.AuthenticationMethod;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.Password;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class BrowserSessionAuthenticationTest {
  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());
  private final BrowserSessions browsers = new BrowserSessions(store);

  @Nested
  class AuthenticateWithPassword {
    @Test
    void returnsWhatGetLastAuthenticationReturns() {
      BrowserSession session = browsers.session(browsers.user("john"));
      Password password = browsers.password(session.user());

      Authentication added = browsers.authenticate(session, password);

      assertThat(browsers.last(session)).contains(added);
      assertThat(added.browserSessionId()).isEqualTo(session.id());
      assertThat(added.createdAt()).isEqualTo(browsers.now());
      assertThat(added.method()).isEqualTo(new AuthenticationMethod.Password(password.id()));
    }

    @Test
    void refusesAForeignPasswordBeforeAskingTheDatabase() {
      BrowserSession session = browsers.session(browsers.user("john"));
      Password foreign = browsers.password(browsers.user("jane"));
      store.statements();

      assertThatThrownBy(() -> browsers.authenticate(session, foreign))
          .isInstanceOf(InvalidInputException.class);

      assertThat(store.statements()).isEmpty();
      assertThat(browsers.last(session)).isEmpty();
    }

    @Test
    void refusesAPasswordThatIsStoredAsAnotherUsers() {
      BrowserSession session = browsers.session(browsers.user("john"));
      Password foreign = browsers.password(browsers.user("jane"));
      Password disguised =
          new Password(
              foreign.id(),
              session.user().id(),
              foreign.hashedPassword(),
              foreign.version(),
              foreign.upgradedFromId(),
              foreign.createdAt());

      InvalidStateException refusal =
          browsers.refusal(
              InvalidStateException.class,
              repo -> repo.browserSessions().authenticateWithPassword(session, disguised));

      assertThat(refusal.reason()).isEqualTo(StateReason.WRONG_USER);
      assertThat(browsers.last(session)).isEmpty();
    }

    @Test
    void refusesAFinishedSession() {
      BrowserSession session = browsers.session(browsers.user("john"));
      Password password = browsers.password(session.user());
      BrowserSession ended = browsers.finished(session);

      InvalidStateException refusal =
          browsers.refusal(
              InvalidStateException.class,
              repo -> repo.browserSessions().authenticateWithPassword(session, password));

      assertThat(refusal.reason()).isEqualTo(StateReason.SESSION_FINISHED);
      assertThat(browsers.last(session)).isEmpty();
      assertThat(browsers.stored(session)).contains(ended);
    }

    @Test
    void doesNotFindARemovedSession() {
      BrowserSession session = browsers.session(browsers.user("john"));
      Password password = browsers.password(session.user());
      browsers.remove(session);

      NotFoundException refusal =
          browsers.refusal(
              NotFoundException.class,
              repo -> repo.browserSessions().authenticateWithPassword(session, password));

      assertThat(refusal.id()).isEqualTo(session.id());
    }

    @Test
    void doesNotFindARemovedPassword() {
      BrowserSession session = browsers.session(browsers.user("john"));
      Password password = browsers.password(session.user());
      browsers.remove(password);

      NotFoundException refusal =
          browsers.refusal(
              NotFoundException.class,
              repo -> repo.browserSessions().authenticateWithPassword(session, password));

      assertThat(refusal.id()).isEqualTo(password.id());
      assertThat(browsers.last(session)).isEmpty();
    }

    @Test
    void isRefusedWhenTheSessionIsBeingFinished() throws Exception {
      BrowserSession session = browsers.session(browsers.user("john"));
      Password password = browsers.password(session.user());
      Store.Held<BrowserSession> finish =
          store.hold(repo -> repo.browserSessions().finish(session));

      Future<Authentication> authentication =
          store.start(repo -> repo.browserSessions().authenticateWithPassword(session, password));
      store.awaitBlocked(1);
      finish.save();

      assertRefused(authentication, StateReason.SESSION_FINISHED);
      assertThat(browsers.last(session)).isEmpty();
    }

    @Test
    void succeedsWhenFinishingIsCancelled() throws Exception {
      BrowserSession session = browsers.session(browsers.user("john"));
      Password password = browsers.password(session.user());
      Store.Held<BrowserSession> finish =
          store.hold(repo -> repo.browserSessions().finish(session));

      Future<Authentication> authentication =
          store.start(repo -> repo.browserSessions().authenticateWithPassword(session, password));
      store.awaitBlocked(1);
      finish.cancel();
      Authentication added = authentication.get(20, SECONDS);

      assertThat(browsers.last(session)).contains(added);
    }

    @Test
    void letsFinishingWait() throws Exception {
      BrowserSession session = browsers.session(browsers.user("john"));
      Password password = browsers.password(session.user());
      Store.Held<Authentication> authentication =
          store.hold(repo -> repo.browserSessions().authenticateWithPassword(session, password));

      Future<BrowserSession> finish = store.start(repo -> repo.browserSessions().finish(session));
      store.awaitBlocked(1);
      authentication.save();
      BrowserSession ended = finish.get(20, SECONDS);

      assertThat(ended.isFinished()).isTrue();
      assertThat(browsers.last(session)).contains(authentication.result());
    }
  }

  @Nested
  class GetLastAuthentication {
    @Test
    void isEmptyWithoutAny() {
      BrowserSession session = browsers.session(browsers.user("john"));
      browsers.authenticate(browsers.session(session.user()), browsers.password(session.user()));

      Optional<Authentication> last = browsers.last(session);

      assertThat(last).isEmpty();
    }

    @Test
    void isTheNewest() {
      BrowserSession session = browsers.session(browsers.user("john"));
      Password password = browsers.password(session.user());
      browsers.authenticate(session, password);
      store.clock().advance(ofMinutes(1));
      Authentication newest =
          browsers.authenticate(session, browsers.pendingLogin(browsers.provider()));

      Optional<Authentication> last = browsers.last(session);

      assertThat(last).contains(newest);
    }

    @Test
    void isTheNewestByTimeAndNotById() {
      BrowserSession session = browsers.session(browsers.user("john"));
      Password password = browsers.password(session.user());
      Authentication later = browsers.authenticate(session, password);
      store.clock().advance(Duration.ofHours(-1));
      browsers.authenticate(session, password);

      Optional<Authentication> last = browsers.last(session);

      assertThat(last).contains(later);
    }

    @Test
    void isTheSecondOfTwoInOneInstant() {
      BrowserSession session = browsers.session(browsers.user("john"));
      Password password = browsers.password(session.user());

      List<Authentication> two =
          store.write(
              repo ->
                  List.of(
                      repo.browserSessions().authenticateWithPassword(session, password),
                      repo.browserSessions().authenticateWithPassword(session, password)));

      assertThat(two.get(0).createdAt()).isEqualTo(two.get(1).createdAt());
      assertThat(two).extracting(Authentication::id).isSortedAccordingTo(Ids.UNSIGNED_ORDER);
      assertThat(browsers.last(session)).contains(two.get(1));
    }

    @Test
    void doesNotKnowTheMethodOnceThePasswordIsRemoved() {
      BrowserSession session = browsers.session(browsers.user("john"));
      Password password = browsers.password(session.user());
      Authentication added = browsers.authenticate(session, password);
      browsers.remove(password);

      Authentication last = browsers.last(session).orElseThrow();

      assertThat(last.id()).isEqualTo(added.id());
      assertThat(last.method()).isEqualTo(new AuthenticationMethod.Unknown());
    }

    @Test
    void doesNotKnowTheMethodOnceTheLoginIsRemoved() {
      BrowserSession session = browsers.session(browsers.user("john"));
      browsers.authenticate(session, browsers.pendingLogin(browsers.provider()));
      store.sql("DELETE FROM upstream_oauth_authorization_sessions");

      Authentication last = browsers.last(session).orElseThrow();

      assertThat(last.method()).isEqualTo(new AuthenticationMethod.Unknown());
    }
  }
}
