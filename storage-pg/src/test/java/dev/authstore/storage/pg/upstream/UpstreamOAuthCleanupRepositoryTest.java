package dev.authstore.storage.pg.upstream;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.model.Ids;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSession;
import dev.authstore.model.upstream.UpstreamOAuthLink;
import dev.authstore.model.upstream.UpstreamOAuthProvider;
import dev.authstore.model.user.Authentication;
import dev.authstore.model.user.AuthenticationMethod;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.UserRegistration;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.upstream.FoundLink;
import dev.authstore.storage.upstream.UpstreamAnswer;
import dev.authstore.testing.Race;
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

class UpstreamOAuthCleanupRepositoryTest {
  private static final Optional<UUID> BEGINNING = Optional.empty();
  private static final CleanupResult<UUID> NOTHING = new CleanupResult<>(0, Optional.empty());

  @RegisterExtension final Store store = Store.fresh();

  private final Upstreams upstreams = new Upstreams(store);

  @SuppressWarnings("NullAway.Init") // set before each test
  private UpstreamOAuthProvider provider;

  @BeforeEach
  void addProvider() {
    provider = upstreams.provider();
  }

  @Nested
  class OfLinks {
    @Test
    void goesByAgeAndInBatches() {
      UpstreamOAuthLink first = upstreams.link(provider);
      UpstreamOAuthLink linked = upstreams.link(provider, upstreams.user("john"));
      UpstreamOAuthLink second = upstreams.link(provider);
      UUID until = now();
      UpstreamOAuthLink young = upstreams.link(provider);

      assertThat(cleanup(BEGINNING, until, 1)).isEqualTo(deleted(1, first.id()));
      assertThat(cleanup(Optional.of(first.id()), until, 1)).isEqualTo(deleted(1, second.id()));
      assertThat(cleanup(Optional.of(second.id()), until, 1)).isEqualTo(NOTHING);
      assertThat(upstreams.stored(linked)).contains(linked);
      assertThat(upstreams.stored(young)).contains(young);
    }

    @Test
    void endsWithUntilAndBeginsAfterSince() {
      UpstreamOAuthLink link = upstreams.link(provider);

      assertThat(cleanup(Optional.of(link.id()), now(), 10)).isEqualTo(NOTHING);
      assertThat(cleanup(BEGINNING, link.id(), 10)).isEqualTo(deleted(1, link.id()));
    }

    @Test
    void takesTheirLoginsAlongAndNoOthers() {
      UpstreamOAuthLink link = upstreams.link(provider);
      UpstreamOAuthAuthorizationSession completed = upstreams.completed(provider, link);
      UpstreamOAuthAuthorizationSession used = upstreams.completed(provider, link);
      BrowserSession browserSession = upstreams.browserSession(upstreams.user("john"));
      store.run(repo -> repo.browserSessions().authenticateWithUpstream(browserSession, used));
      UpstreamOAuthAuthorizationSession pending = upstreams.pending(provider);
      UpstreamOAuthAuthorizationSession others =
          upstreams.completed(provider, upstreams.link(provider, browserSession.user()));

      CleanupResult<UUID> result = cleanup(BEGINNING, now(), 10);

      assertThat(result).isEqualTo(deleted(1, link.id()));
      assertThat(upstreams.stored(completed)).isEmpty();
      assertThat(upstreams.stored(used)).isEmpty();
      assertThat(upstreams.stored(pending)).contains(pending);
      assertThat(upstreams.stored(others)).contains(others);
      assertThat(
              store.<Optional<Authentication>>read(
                  repo -> repo.browserSessions().getLastAuthentication(browserSession)))
          .map(Authentication::method)
          .contains(new AuthenticationMethod.Unknown());
    }

    @Test
    void keepsOneThatSomebodyHasComeBackBy() {
      UpstreamOAuthLink link = upstreams.link(provider);
      UUID until = now();
      upstreams.completed(provider, link);

      assertThat(cleanup(BEGINNING, until, 10)).isEqualTo(NOTHING);
      assertThat(cleanup(BEGINNING, now(), 10)).isEqualTo(deleted(1, link.id()));
    }

    @Test
    void keepsOneThatSomebodyIsSigningUpBy() {
      UpstreamOAuthLink link = upstreams.link(provider);
      UserRegistration signUp = upstreams.signUp(upstreams.completed(provider, link));

      assertThat(cleanup(BEGINNING, now(), 10)).isEqualTo(NOTHING);

      store.run(repo -> repo.userRegistrations().complete(signUp));
      assertThat(cleanup(BEGINNING, now(), 10)).isEqualTo(deleted(1, link.id()));
    }

    @Test
    void leavesOneAloneThatIsJustBeingGivenToAnAccount() {
      UpstreamOAuthLink link = upstreams.link(provider);
      var john = upstreams.user("john");
      Store.Held<UpstreamOAuthLink> association =
          store.hold(repo -> repo.upstreamOAuthLinks().associateToUser(link, john));

      CleanupResult<UUID> result = cleanup(BEGINNING, now(), 10);
      association.save();

      assertThat(result).isEqualTo(NOTHING);
      assertThat(upstreams.stored(link)).contains(association.result());
      assertThat(cleanup(BEGINNING, now(), 10)).isEqualTo(NOTHING);
    }

    @Test
    void leavesOneAloneByWhichALoginIsJustBeingCompleted() {
      UpstreamOAuthLink link = upstreams.link(provider);
      UpstreamOAuthAuthorizationSession pending = upstreams.pending(provider);
      Store.Held<UpstreamOAuthAuthorizationSession> completion =
          store.hold(
              repo ->
                  repo.upstreamOAuthSessions()
                      .completeWithLink(pending, link, UpstreamAnswer.NONE));

      CleanupResult<UUID> result = cleanup(BEGINNING, now(), 10);
      completion.save();

      assertThat(result).isEqualTo(NOTHING);
      assertThat(upstreams.stored(link)).contains(link);
    }

    @Test
    void leavesOneAloneThatWasJustFound() {
      UpstreamOAuthLink link = upstreams.link(provider);
      Store.Held<FoundLink> search =
          store.hold(
              repo ->
                  repo.upstreamOAuthLinks().findOrAdd(provider, link.subject(), Optional.empty()));

      CleanupResult<UUID> result = cleanup(BEGINNING, now(), 10);
      search.save();

      assertThat(result).isEqualTo(NOTHING);
      assertThat(upstreams.stored(link)).contains(link);
    }

    @Test
    void leavesOneAloneWhoseLoginIsJustBeingUsed() {
      UpstreamOAuthLink link = upstreams.link(provider);
      UpstreamOAuthAuthorizationSession completed = upstreams.completed(provider, link);
      BrowserSession browserSession = upstreams.browserSession(upstreams.user("john"));
      Store.Held<Authentication> use =
          store.hold(
              repo -> repo.browserSessions().authenticateWithUpstream(browserSession, completed));

      CleanupResult<UUID> result = cleanup(BEGINNING, now(), 10);
      use.save();

      assertThat(result).isEqualTo(NOTHING);
      assertThat(upstreams.stored(link)).contains(link);
      assertThat(upstreams.stored(completed)).contains(completed);
    }

    @Test
    void sharesTheWorkWithOthers() throws Exception {
      Upstreams.several(10, () -> upstreams.link(provider));
      UUID until = now();
      RepositoryFactory repositories = store.repositories();

      Race.Results<CleanupResult<UUID>> race =
          Race.of(2)
              .run(
                  number ->
                      repositories.call(
                          repo -> repo.upstreamOAuthLinks().cleanupOrphaned(BEGINNING, until, 5)));

      assertThat(race.failures()).isEmpty();
      assertThat(race.values()).extracting(CleanupResult::count).containsExactly(5, 5);
      assertThat(links()).isZero();
    }

    @Test
    void deletesWhatAnotherCleanerHasNotLocked() {
      Upstreams.several(10, () -> upstreams.link(provider));
      UUID until = now();
      Store.Held<CleanupResult<UUID>> other =
          store.hold(repo -> repo.upstreamOAuthLinks().cleanupOrphaned(BEGINNING, until, 5));

      CleanupResult<UUID> result = cleanup(BEGINNING, until, 5);
      other.save();

      assertThat(other.result().count()).isEqualTo(5);
      assertThat(result.count()).isEqualTo(5);
      assertThat(links()).isZero();
    }

    @Test
    void refusesBoundsThatCannotBeMeant() {
      UUID tomorrow = Ids.maxAt(upstreams.now().plus(Duration.ofDays(1)));
      UpstreamOAuthLink link = upstreams.link(provider);

      assertThat(
              store.refusal(
                  repo -> repo.upstreamOAuthLinks().cleanupOrphaned(BEGINNING, link.id(), 0)))
          .isInstanceOf(InvalidInputException.class);
      assertThat(
              store.refusal(
                  repo -> repo.upstreamOAuthLinks().cleanupOrphaned(BEGINNING, tomorrow, 1)))
          .isInstanceOf(InvalidInputException.class);
      assertThat(upstreams.stored(link)).contains(link);
    }

    private int links() {
      return store.select("SELECT id FROM upstream_oauth_links").size();
    }

    private CleanupResult<UUID> cleanup(Optional<UUID> since, UUID until, int limit) {
      return store.write(repo -> repo.upstreamOAuthLinks().cleanupOrphaned(since, until, limit));
    }
  }

  @Nested
  class Meanwhile {
    @Test
    void noLoginLosesItsLink() throws Exception {
      List<UpstreamOAuthLink> links = Upstreams.several(200, () -> upstreams.link(provider));
      List<BrowserSession> browserSessions =
          Upstreams.several(4, () -> upstreams.browserSession(upstreams.user("user" + now())));
      UUID until = now();
      RepositoryFactory repositories = store.repositories();

      Race.Results<List<UpstreamOAuthLink>> race =
          Race.of(8)
              .run(
                  number ->
                      number < 4
                          ? logins(repositories, links, browserSessions.get(number), number)
                          : cleanups(repositories, until));

      assertThat(race.failures()).isEmpty();
      assertThat(race.values().stream().flatMap(List::stream))
          .hasSize(40)
          .allSatisfy(link -> assertThat(upstreams.stored(link)).contains(link));
    }

    /** Each by a link of its own, from the last on, while the clean-up comes from the first on. */
    private List<UpstreamOAuthLink> logins(
        RepositoryFactory repositories,
        List<UpstreamOAuthLink> links,
        BrowserSession browserSession,
        int number) {
      return IntStream.range(0, 10)
          .mapToObj(i -> links.get(links.size() - 1 - (i * 4 + number)).subject())
          .map(
              subject ->
                  repositories.<UpstreamOAuthLink>call(
                      repo -> login(repo, subject, browserSession)))
          .toList();
    }

    private UpstreamOAuthLink login(
        RepositoryAccess repo, String subject, BrowserSession browserSession) {
      UpstreamOAuthLink link =
          repo.upstreamOAuthLinks().findOrAdd(provider, subject, Optional.empty()).link();
      UpstreamOAuthAuthorizationSession session =
          repo.upstreamOAuthSessions()
              .add(provider, "login as " + subject, Optional.empty(), Optional.empty());
      repo.upstreamOAuthSessions()
          .consume(
              repo.upstreamOAuthSessions().completeWithLink(session, link, UpstreamAnswer.NONE),
              browserSession);
      return repo.upstreamOAuthLinks().associateToUser(link, browserSession.user());
    }

    private List<UpstreamOAuthLink> cleanups(RepositoryFactory repositories, UUID until) {
      for (int i = 0; i < 20; i++) {
        repositories.<CleanupResult<UUID>>call(
            repo -> repo.upstreamOAuthLinks().cleanupOrphaned(BEGINNING, until, 3));
      }
      return List.of();
    }
  }

  @Nested
  class OfSessions {
    @Test
    void takesThoseWithoutABrowserSession() {
      BrowserSession kept = upstreams.browserSession(upstreams.user("john"));
      BrowserSession gone = upstreams.browserSession(kept.user());
      UpstreamOAuthLink link = upstreams.link(provider);
      UpstreamOAuthLink removed = upstreams.link(provider);
      UpstreamOAuthAuthorizationSession consumed =
          upstreams.consumed(upstreams.completed(provider, link), kept);
      UpstreamOAuthAuthorizationSession unlinked =
          upstreams.consumed(upstreams.completed(provider, removed), kept);
      List<UpstreamOAuthAuthorizationSession> doomed =
          List.of(
              upstreams.pending(provider),
              upstreams.completed(provider, link),
              upstreams.consumed(upstreams.completed(provider, link), gone),
              upstreams.completed(provider, removed));
      upstreams.remove(removed);
      upstreams.delete(gone);
      UUID until = now();
      UpstreamOAuthAuthorizationSession young = upstreams.pending(provider);

      CleanupResult<UUID> result = cleanup(BEGINNING, until, 100);

      assertThat(result).isEqualTo(deleted(4, doomed.get(3).id()));
      assertThat(doomed).allSatisfy(each -> assertThat(upstreams.stored(each)).isEmpty());
      assertThat(upstreams.stored(consumed)).contains(consumed);
      assertThat(upstreams.stored(unlinked)).isPresent();
      assertThat(upstreams.stored(young)).contains(young);
      assertThat(upstreams.stored(link)).contains(link);
    }

    @Test
    void goesByAgeAndInBatches() {
      UpstreamOAuthAuthorizationSession first = upstreams.pending(provider);
      UpstreamOAuthAuthorizationSession second = upstreams.pending(provider);

      assertThat(cleanup(Optional.of(second.id()), now(), 1)).isEqualTo(NOTHING);
      assertThat(cleanup(BEGINNING, second.id(), 1)).isEqualTo(deleted(1, first.id()));
      assertThat(cleanup(Optional.of(first.id()), second.id(), 1))
          .isEqualTo(deleted(1, second.id()));
      assertThat(cleanup(Optional.of(second.id()), now(), 1)).isEqualTo(NOTHING);
    }

    @Test
    void keepsOneThatSomebodyIsSigningUpBy() {
      UpstreamOAuthAuthorizationSession session =
          upstreams.completed(provider, upstreams.link(provider));
      UserRegistration signUp = upstreams.signUp(session);

      assertThat(cleanup(BEGINNING, now(), 10)).isEqualTo(NOTHING);

      store.run(repo -> repo.userRegistrations().cleanup(BEGINNING, signUp.id(), 10));
      assertThat(cleanup(BEGINNING, now(), 10)).isEqualTo(deleted(1, session.id()));
    }

    @Test
    void leavesOneAloneThatIsJustBeingUsed() {
      UpstreamOAuthAuthorizationSession completed =
          upstreams.completed(provider, upstreams.link(provider));
      BrowserSession browserSession = upstreams.browserSession(upstreams.user("john"));
      Store.Held<UpstreamOAuthAuthorizationSession> use =
          store.hold(repo -> repo.upstreamOAuthSessions().consume(completed, browserSession));

      CleanupResult<UUID> result = cleanup(BEGINNING, now(), 10);
      use.save();

      assertThat(result).isEqualTo(NOTHING);
      assertThat(upstreams.stored(completed)).contains(use.result());
      assertThat(cleanup(BEGINNING, now(), 10)).isEqualTo(NOTHING);
    }

    @Test
    void leavesOneAloneThatIsJustBeingAttachedToASignUp() {
      UpstreamOAuthAuthorizationSession completed =
          upstreams.completed(provider, upstreams.link(provider));
      UserRegistration registration =
          store.write(
              repo ->
                  repo.userRegistrations()
                      .add("john", Optional.empty(), Optional.empty(), Optional.empty()));
      Store.Held<UserRegistration> attachment =
          store.hold(
              repo ->
                  repo.userRegistrations()
                      .setUpstreamOAuthAuthorizationSession(registration, completed));

      CleanupResult<UUID> result = cleanup(BEGINNING, now(), 10);
      attachment.save();

      assertThat(result).isEqualTo(NOTHING);
      assertThat(cleanup(BEGINNING, now(), 10)).isEqualTo(NOTHING);
      assertThat(upstreams.stored(completed)).contains(completed);
    }

    @Test
    void comesBeforeASignUpThatWouldTakeIt() throws Exception {
      UpstreamOAuthAuthorizationSession pending = upstreams.pending(provider);
      UUID until = now();
      Store.Held<CleanupResult<UUID>> cleanup =
          store.hold(repo -> repo.upstreamOAuthSessions().cleanupOrphaned(BEGINNING, until, 10));

      Future<UserRegistration> attachment =
          store.start(
              repo ->
                  repo.userRegistrations()
                      .setUpstreamOAuthAuthorizationSession(
                          repo.userRegistrations()
                              .add("john", Optional.empty(), Optional.empty(), Optional.empty()),
                          pending));
      store.awaitBlocked(1);
      cleanup.save();

      assertThatThrownBy(() -> attachment.get(20, SECONDS))
          .hasCauseInstanceOf(NotFoundException.class);
      assertThat(cleanup.result()).isEqualTo(deleted(1, pending.id()));
    }

    @Test
    void refusesBoundsThatCannotBeMeant() {
      UUID tomorrow = Ids.maxAt(upstreams.now().plus(Duration.ofDays(1)));
      UpstreamOAuthAuthorizationSession session = upstreams.pending(provider);

      assertThat(
              store.refusal(
                  repo -> repo.upstreamOAuthSessions().cleanupOrphaned(BEGINNING, now(), 0)))
          .isInstanceOf(InvalidInputException.class);
      assertThat(
              store.refusal(
                  repo -> repo.upstreamOAuthSessions().cleanupOrphaned(BEGINNING, tomorrow, 1)))
          .isInstanceOf(InvalidInputException.class);
      assertThat(upstreams.stored(session)).contains(session);
    }

    private CleanupResult<UUID> cleanup(Optional<UUID> since, UUID until, int limit) {
      return store.write(repo -> repo.upstreamOAuthSessions().cleanupOrphaned(since, until, limit));
    }
  }

  /** The end of this millisecond, which is over for what comes next. */
  private UUID now() {
    UUID now = Ids.maxAt(upstreams.now());
    upstreams.tick();
    return now;
  }

  private static CleanupResult<UUID> deleted(int count, UUID cursor) {
    return new CleanupResult<>(count, Optional.of(cursor));
  }
}
