package dev.authstore.storage.pg.user;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.authstore.model.Addresses;
import dev.authstore.model.Ids;
import dev.authstore.model.SessionActivity;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSession;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSessionStage;
import dev.authstore.model.user.Authentication;
import dev.authstore.model.user.AuthenticationMethod;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.Password;
import dev.authstore.model.user.User;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.upstream.UpstreamOAuthSessionFilter;
import dev.authstore.storage.user.BrowserSessionFilter;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What happens in a session: authentications, and signs of life. */
class BrowserSessionActivityTest {
  private static final BrowserSessionFilter ALL = BrowserSessionFilter.all();
  private static final Instant NOON = Instant.parse("2022-01-17T12:00:00Z");
  private static final String HOME = "192.0.2.1";
  private static final String AWAY = "198.51.100.7";

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

  @Nested
  class RecordBatchActivity {
    @Test
    void setsInstantAndAddress() {
      BrowserSession session = session(user("john"));

      int known = recordActivity(activity(session, NOON, HOME));

      assertThat(known).isOne();
      assertThat(stored(session)).contains(used(session, NOON, HOME));
    }

    @Test
    void cutsTheInstantToMicroseconds() {
      BrowserSession session = session(user("john"));

      recordActivity(activity(session, store.clock().instant(), HOME));

      assertThat(stored(session)).contains(used(session, now(), HOME));
    }

    @Test
    void movesOnWithALaterEvent() {
      BrowserSession session = session(user("john"));
      recordActivity(activity(session, NOON, HOME));

      recordActivity(activity(session, NOON.plusSeconds(1), AWAY));

      assertThat(stored(session)).contains(used(session, NOON.plusSeconds(1), AWAY));
    }

    @Test
    void ignoresAnOlderEventWithItsAddress() {
      BrowserSession session = session(user("john"));
      recordActivity(activity(session, NOON, HOME));

      int known = recordActivity(activity(session, NOON.minus(1, ChronoUnit.MICROS), AWAY));

      assertThat(known).isOne();
      assertThat(stored(session)).contains(used(session, NOON, HOME));
    }

    @Test
    void takesAnotherAddressOfTheStoredInstant() {
      BrowserSession session = session(user("john"));
      recordActivity(activity(session, NOON, AWAY));

      recordActivity(activity(session, NOON, HOME));

      assertThat(stored(session)).contains(used(session, NOON, HOME));
    }

    @Test
    void keepsTheAddressWhenANewerEventHasNone() {
      BrowserSession session = session(user("john"));
      recordActivity(activity(session, NOON, HOME));

      recordActivity(activity(session, NOON.plusSeconds(1)));

      assertThat(stored(session)).contains(used(session, NOON.plusSeconds(1), HOME));
    }

    @Test
    void doesNotTakeAnOldAddressOnlyBecauseNoneIsStored() {
      BrowserSession session = session(user("john"));
      recordActivity(activity(session, NOON));

      recordActivity(activity(session, NOON.minusSeconds(1), HOME));

      assertThat(stored(session).flatMap(BrowserSession::lastActiveAt)).contains(NOON);
      assertThat(stored(session).flatMap(BrowserSession::lastActiveIp)).isEmpty();
    }

    @Test
    void takesTheAddressOfAnOlderEventWhenNothingIsStored() {
      BrowserSession session = session(user("john"));

      recordActivity(activity(session, NOON), activity(session, NOON.minusSeconds(1), HOME));

      assertThat(stored(session)).contains(used(session, NOON, HOME));
    }

    @Test
    void judgesTheAddressOfAMergedEventByItsOwnInstant() {
      BrowserSession session = session(user("john"));
      recordActivity(activity(session, NOON, HOME));

      recordActivity(
          activity(session, NOON.minusSeconds(1), AWAY), activity(session, NOON.plusSeconds(1)));

      assertThat(stored(session)).contains(used(session, NOON.plusSeconds(1), HOME));
    }

    @Test
    void doesNotDependOnTheOrderOfEvents() {
      BrowserSession session = session(user("john"));
      SessionActivity a = activity(session, NOON, HOME);
      SessionActivity b = activity(session, NOON.plusSeconds(1), AWAY);
      SessionActivity c = activity(session, NOON.plusSeconds(2));

      for (List<SessionActivity> order :
          List.of(
              List.of(a, b, c),
              List.of(a, c, b),
              List.of(b, a, c),
              List.of(b, c, a),
              List.of(c, a, b),
              List.of(c, b, a))) {
        store.sql("UPDATE browser_sessions SET last_active_at = NULL, last_active_ip = NULL");

        int known = recordActivity(order);

        assertThat(known).isOne();
        assertThat(stored(session)).contains(used(session, NOON.plusSeconds(2), AWAY));
      }
    }

    @Test
    void prefersTheGreaterAddressOfOneInstant() {
      BrowserSession session = session(user("john"));
      SessionActivity low = activity(session, NOON, "10.0.0.1");
      SessionActivity high = activity(session, NOON, "200.0.0.1"); // negative as a signed byte

      for (List<SessionActivity> order : List.of(List.of(low, high), List.of(high, low))) {
        store.sql("UPDATE browser_sessions SET last_active_at = NULL, last_active_ip = NULL");

        recordActivity(order);

        assertThat(stored(session)).contains(used(session, NOON, "200.0.0.1"));
      }
    }

    @Test
    void ignoresUnknownSessions() {
      BrowserSession session = session(user("john"));
      BrowserSession gone = session(session.user());
      remove(gone);

      int known = recordActivity(activity(gone, NOON, HOME), activity(session, NOON, HOME));

      assertThat(known).isOne();
      assertThat(stored(session)).contains(used(session, NOON, HOME));
      assertThat(stored(gone)).isEmpty();
    }

    @Test
    void recordsFinishedSessionsToo() {
      BrowserSession ended = finished(session(user("john")));

      recordActivity(activity(ended, NOON, HOME));

      assertThat(stored(ended)).contains(used(ended, NOON, HOME));
    }

    @Test
    void leavesOtherSessionsAlone() {
      BrowserSession session = session(user("john"));
      BrowserSession other = session(session.user());

      recordActivity(activity(session, NOON, HOME));

      assertThat(stored(other)).contains(other);
    }

    @Test
    void keepsAnAddressOfIpVersion6() {
      BrowserSession session = session(user("john"));

      recordActivity(activity(session, NOON, "2001:db8::17"));

      assertThat(stored(session)).contains(used(session, NOON, "2001:db8::17"));
    }

    @Test
    void asksNothingWithoutEvents() {
      store.statements();

      int known = recordActivity(List.of());

      assertThat(known).isZero();
      assertThat(store.statements()).isEmpty();
    }

    @Test
    void recordsAThousandSessionsInTwoStatements() {
      List<BrowserSession> sessions = sessions(user("john"), 1000);
      List<SessionActivity> events =
          sessions.stream().map(session -> activity(session, NOON, HOME)).toList();
      store.statements();

      int known = recordActivity(events);

      assertThat(known).isEqualTo(1000);
      assertThat(store.statements())
          .filteredOn(
              statement -> statement.operation().equals("browser_session.record_batch_activity"))
          .hasSize(2);
      assertThat(
              store.select(
                  "SELECT DISTINCT last_active_at = ?::timestamptz FROM browser_sessions",
                  NOON.toString()))
          .containsExactly("t");
    }

    @Test
    void storesTheMaximumOfTwoOverlappingBatches() throws Exception {
      List<BrowserSession> sessions = sessions(user("john"), 200);
      Store.Held<Integer> first =
          store.hold(
              repo -> repo.browserSessions().recordBatchActivity(events(sessions, NOON, AWAY)));

      Future<Integer> second =
          store.start(
              repo ->
                  repo.browserSessions()
                      .recordBatchActivity(reversed(events(sessions, NOON.minusSeconds(1), HOME))));
      store.awaitBlocked(1);
      first.save();
      int known = second.get(20, SECONDS);

      assertThat(known).isEqualTo(200);
      assertThat(stored(sessions.get(0))).contains(used(sessions.get(0), NOON, AWAY));
      assertThat(activeAt(NOON)).isEqualTo(200);
    }

    @Test
    void doesNotDeadlockWithBatchesInOppositeOrder() throws Exception {
      List<BrowserSession> sessions = sessions(user("john"), 200);
      RepositoryFactory repositories = store.repositories();
      store.statements();
      for (int round = 1; round <= 40; round++) {
        Instant at = NOON.plusSeconds(round);
        List<SessionActivity> ascending = events(sessions, at, HOME);
        List<SessionActivity> descending = reversed(events(sessions, at.minusMillis(1), AWAY));

        Race.Results<Integer> results =
            Race.of(4)
                .run(
                    number ->
                        repositories.call(
                            repo ->
                                repo.browserSessions()
                                    .recordBatchActivity(
                                        number % 2 == 0 ? ascending : descending)));

        assertThat(results.failures()).isEmpty();
        assertThat(results.values()).containsOnly(200);
        assertThat(activeAt(at)).isEqualTo(200);
      }
      assertThat(store.statements()).noneMatch(statement -> statement.sqlState().isPresent());
    }

    @Test
    void doesNotDeadlockWithBulkFinishing() throws Exception {
      User john = user("john");
      RepositoryFactory repositories = store.repositories();
      for (int round = 0; round < 10; round++) {
        store.clock().advance(ofMinutes(1));
        List<BrowserSession> sessions = sessions(john, 100);
        List<SessionActivity> descending = reversed(events(sessions, NOON, HOME));

        Race.Results<Integer> results =
            Race.of(4)
                .run(
                    number ->
                        repositories.call(
                            repo ->
                                number % 2 == 0
                                    ? repo.browserSessions().recordBatchActivity(descending)
                                    : repo.browserSessions().finishBulk(ALL)));

        assertThat(results.failures()).isEmpty();
      }
      assertThat(store.statements()).noneMatch(statement -> statement.sqlState().isPresent());
    }

    @Test
    void ignoresSessionsThatACleanupIsDeleting() throws Exception {
      List<BrowserSession> sessions = sessions(user("john"), 3);
      BrowserSession ended = finished(sessions.get(1));
      store.clock().advance(Duration.ofDays(1));
      Store.Held<CleanupResult<Instant>> cleanup =
          store.hold(repo -> repo.browserSessions().cleanupFinished(Optional.empty(), now(), 10));

      Future<Integer> batch =
          store.start(
              repo -> repo.browserSessions().recordBatchActivity(events(sessions, NOON, HOME)));
      store.awaitBlocked(1);
      cleanup.save();
      int known = batch.get(20, SECONDS);

      assertThat(known).isEqualTo(2);
      assertThat(stored(ended)).isEmpty();
      assertThat(activeAt(NOON)).isEqualTo(2);
    }

    @Test
    void keepsTheEndOfASessionThatIsBeingFinished() throws Exception {
      BrowserSession session = session(user("john"));
      Store.Held<BrowserSession> finish =
          store.hold(repo -> repo.browserSessions().finish(session));

      Future<Integer> batch =
          store.start(
              repo ->
                  repo.browserSessions()
                      .recordBatchActivity(List.of(activity(session, NOON, HOME))));
      store.awaitBlocked(1);
      finish.save();
      int known = batch.get(20, SECONDS);

      assertThat(known).isOne();
      assertThat(stored(session)).contains(used(finish.result(), NOON, HOME));
    }

    @Test
    void toleratesCleanupsAtTheSameTime() throws Exception {
      User john = user("john");
      RepositoryFactory repositories = store.repositories();
      for (int round = 0; round < 10; round++) {
        store.clock().advance(ofMinutes(1));
        List<BrowserSession> sessions = sessions(john, 100);
        store.run(repo -> repo.browserSessions().finishBulk(ALL));
        store.clock().advance(ofMinutes(1));

        Race.Results<Integer> results =
            Race.of(4)
                .run(
                    number ->
                        number % 2 == 0
                            ? repositories.call(
                                repo ->
                                    repo.browserSessions()
                                        .recordBatchActivity(events(sessions, NOON, HOME)))
                            : repositories.call(
                                repo ->
                                    repo.browserSessions()
                                        .cleanupFinished(Optional.empty(), now(), 60)
                                        .count()));

        assertThat(results.failures()).isEmpty();
      }
      assertThat(store.statements()).noneMatch(statement -> statement.sqlState().isPresent());
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

  private static SessionActivity activity(BrowserSession session, Instant at) {
    return new SessionActivity(session.id(), at, Optional.empty());
  }

  private static SessionActivity activity(BrowserSession session, Instant at, String ip) {
    return new SessionActivity(session.id(), at, Optional.of(Addresses.parse(ip)));
  }

  private static List<SessionActivity> events(
      List<BrowserSession> sessions, Instant at, String ip) {
    return sessions.stream().map(session -> activity(session, at, ip)).toList();
  }

  private static List<SessionActivity> reversed(List<SessionActivity> events) {
    List<SessionActivity> reversed = new ArrayList<>(events);
    Collections.reverse(reversed);
    return reversed;
  }

  private int recordActivity(SessionActivity... events) {
    return recordActivity(List.of(events));
  }

  private int recordActivity(Collection<SessionActivity> events) {
    return store.write(repo -> repo.browserSessions().recordBatchActivity(events));
  }

  /** How many sessions were last used at that instant. */
  private int activeAt(Instant at) {
    return store
        .select(
            "SELECT id FROM browser_sessions WHERE last_active_at = ?::timestamptz", at.toString())
        .size();
  }

  private static BrowserSession used(BrowserSession session, Instant at, String ip) {
    InetAddress address = Addresses.parse(ip);
    return new BrowserSession(
        session.id(),
        session.user(),
        session.createdAt(),
        session.stage(),
        session.userAgent(),
        Optional.of(at),
        Optional.of(address));
  }
}
