package dev.authstore.storage.pg.upstream;

import static dev.authstore.storage.pg.Store.assertRefused;
import static java.time.Duration.ofMinutes;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSession;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSessionStage.Unlinked;
import dev.authstore.model.upstream.UpstreamOAuthLink;
import dev.authstore.model.upstream.UpstreamOAuthProvider;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.upstream.UpstreamAnswer;
import dev.authstore.storage.upstream.UpstreamOAuthSessionFilter;
import dev.authstore.storage.user.BrowserSessionFilter;
import dev.authstore.testing.Race;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Each login is completed once and used once, or called off. */
class UpstreamOAuthSessionRaceRepositoryTest {
  @RegisterExtension final Store store = Store.fresh();

  private final Upstreams upstreams = new Upstreams(store);

  @SuppressWarnings("NullAway.Init") // set before each test
  private UpstreamOAuthProvider provider;

  @SuppressWarnings("NullAway.Init") // set before each test
  private UpstreamOAuthLink link;

  @SuppressWarnings("NullAway.Init") // set before each test
  private User john;

  @BeforeEach
  void addProviderLinkAndUser() {
    provider = upstreams.provider();
    link = upstreams.link(provider);
    john = upstreams.user("john");
  }

  @Nested
  class Add {
    @Test
    void givesAStateToOneOfThirtyTwo() throws Exception {
      RepositoryFactory repositories = store.repositories();

      Race.Results<UpstreamOAuthAuthorizationSession> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.call(
                          repo ->
                              repo.upstreamOAuthSessions()
                                  .add(provider, "state", Optional.empty(), Optional.empty())));

      assertThat(race.values()).hasSize(1);
      assertThat(race.failures()).hasSize(31).allMatch(ConflictException.class::isInstance);
    }
  }

  @Nested
  class CompleteWithLink {
    @Test
    void isRefusedWhenAnotherCallbackWasFaster() throws Exception {
      UpstreamOAuthAuthorizationSession pending = upstreams.pending(provider);
      UpstreamOAuthLink other = upstreams.link(provider);
      Store.Held<UpstreamOAuthAuthorizationSession> first =
          store.hold(
              repo ->
                  repo.upstreamOAuthSessions()
                      .completeWithLink(pending, link, UpstreamAnswer.NONE));

      Future<UpstreamOAuthAuthorizationSession> second =
          store.start(
              repo ->
                  repo.upstreamOAuthSessions()
                      .completeWithLink(pending, other, UpstreamAnswer.NONE));
      store.awaitBlocked(1);
      first.save();

      assertRefused(second, StateReason.COMPLETED);
      assertThat(upstreams.stored(pending)).contains(first.result());
    }

    @Test
    void succeedsWhenTheFasterOneIsCancelled() throws Exception {
      UpstreamOAuthAuthorizationSession pending = upstreams.pending(provider);
      UpstreamOAuthLink other = upstreams.link(provider);
      Store.Held<UpstreamOAuthAuthorizationSession> first =
          store.hold(
              repo ->
                  repo.upstreamOAuthSessions()
                      .completeWithLink(pending, link, UpstreamAnswer.NONE));

      Future<UpstreamOAuthAuthorizationSession> second =
          store.start(
              repo ->
                  repo.upstreamOAuthSessions()
                      .completeWithLink(pending, other, UpstreamAnswer.NONE));
      store.awaitBlocked(1);
      first.cancel();

      assertThat(second.get(20, SECONDS).linkId()).contains(other.id());
    }

    @Test
    void hasOneWinnerAmongThirtyTwo() throws Exception {
      UpstreamOAuthAuthorizationSession pending = upstreams.pending(provider);
      List<UpstreamOAuthLink> links = Upstreams.several(32, () -> upstreams.link(provider));
      RepositoryFactory repositories = store.repositories();

      Race.Results<UpstreamOAuthAuthorizationSession> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.call(
                          repo ->
                              repo.upstreamOAuthSessions()
                                  .completeWithLink(
                                      pending, links.get(number), UpstreamAnswer.NONE)));

      assertThat(race.values()).hasSize(1);
      assertThat(race.failures())
          .hasSize(31)
          .allSatisfy(failure -> assertReason(failure, StateReason.COMPLETED));
      assertThat(upstreams.stored(pending)).contains(race.values().get(0));
    }
  }

  @Nested
  class Consume {
    @Test
    void isRefusedWhenAnotherTabWasFaster() throws Exception {
      UpstreamOAuthAuthorizationSession completed = upstreams.completed(provider, link);
      BrowserSession one = upstreams.browserSession(john);
      BrowserSession two = upstreams.browserSession(john);
      Store.Held<UpstreamOAuthAuthorizationSession> first =
          store.hold(repo -> repo.upstreamOAuthSessions().consume(completed, one));

      Future<UpstreamOAuthAuthorizationSession> second =
          store.start(repo -> repo.upstreamOAuthSessions().consume(completed, two));
      store.awaitBlocked(1);
      first.save();

      assertRefused(second, StateReason.CONSUMED);
      assertThat(linked()).containsExactly(one);
    }

    @Test
    void succeedsWhenTheFasterOneIsCancelled() throws Exception {
      UpstreamOAuthAuthorizationSession completed = upstreams.completed(provider, link);
      BrowserSession one = upstreams.browserSession(john);
      BrowserSession two = upstreams.browserSession(john);
      Store.Held<UpstreamOAuthAuthorizationSession> first =
          store.hold(repo -> repo.upstreamOAuthSessions().consume(completed, one));

      Future<UpstreamOAuthAuthorizationSession> second =
          store.start(repo -> repo.upstreamOAuthSessions().consume(completed, two));
      store.awaitBlocked(1);
      first.cancel();

      assertThat(second.get(20, SECONDS).isConsumed()).isTrue();
      assertThat(linked()).containsExactly(two);
    }

    @Test
    void usesALoginThatIsCompletedWhileItWaits() throws Exception {
      UpstreamOAuthAuthorizationSession pending = upstreams.pending(provider);
      BrowserSession browserSession = upstreams.browserSession(john);
      Store.Held<UpstreamOAuthAuthorizationSession> completion =
          store.hold(
              repo ->
                  repo.upstreamOAuthSessions()
                      .completeWithLink(pending, link, UpstreamAnswer.NONE));

      Future<UpstreamOAuthAuthorizationSession> use =
          store.start(repo -> repo.upstreamOAuthSessions().consume(pending, browserSession));
      store.awaitBlocked(1);
      Instant beforeItWaited = upstreams.now();
      store.clock().advance(ofMinutes(1));
      completion.save();

      assertThat(use.get(20, SECONDS).consumedAt()).contains(beforeItWaited);
    }

    @Test
    void knowsTheAccountThatTheLinkGetsWhileItWaits() throws Exception {
      UpstreamOAuthAuthorizationSession completed = upstreams.completed(provider, link);
      BrowserSession others = upstreams.browserSession(upstreams.user("jim"));
      Store.Held<UpstreamOAuthLink> association =
          store.hold(repo -> repo.upstreamOAuthLinks().associateToUser(link, john));

      Future<UpstreamOAuthAuthorizationSession> use =
          store.start(repo -> repo.upstreamOAuthSessions().consume(completed, others));
      store.awaitBlocked(1);
      association.save();

      assertRefused(use, StateReason.WRONG_USER);
      assertThat(upstreams.stored(completed)).contains(completed);
    }

    @Test
    void isRefusedWhenTheBrowserSessionIsJustBeingFinished() throws Exception {
      UpstreamOAuthAuthorizationSession completed = upstreams.completed(provider, link);
      BrowserSession browserSession = upstreams.browserSession(john);
      Store.Held<BrowserSession> end =
          store.hold(repo -> repo.browserSessions().finish(browserSession));

      Future<UpstreamOAuthAuthorizationSession> use =
          store.start(repo -> repo.upstreamOAuthSessions().consume(completed, browserSession));
      store.awaitBlocked(1);
      end.save();

      assertRefused(use, StateReason.SESSION_FINISHED);
      assertThat(upstreams.stored(completed)).contains(completed);
    }

    @Test
    void hasOneWinnerAmongThirtyTwo() throws Exception {
      UpstreamOAuthAuthorizationSession completed = upstreams.completed(provider, link);
      List<BrowserSession> browserSessions =
          Upstreams.several(32, () -> upstreams.browserSession(john));
      RepositoryFactory repositories = store.repositories();

      Race.Results<UpstreamOAuthAuthorizationSession> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.call(
                          repo ->
                              repo.upstreamOAuthSessions()
                                  .consume(completed, browserSessions.get(number))));

      assertThat(race.values()).hasSize(1);
      assertThat(race.failures())
          .hasSize(31)
          .allSatisfy(failure -> assertReason(failure, StateReason.CONSUMED));
      assertThat(linked()).hasSize(1);
    }
  }

  @Nested
  class InvalidateUnconsumed {
    private final UpstreamOAuthSessionFilter subject = UpstreamOAuthSessionFilter.all().sub("sub");

    @Test
    void callsOffWhatMatchesAndWasNotUsed() {
      UpstreamOAuthAuthorizationSession completed = completed("sub");
      UpstreamOAuthAuthorizationSession others = completed("other");
      UpstreamOAuthAuthorizationSession pending = upstreams.pending(provider);
      UpstreamOAuthAuthorizationSession consumed =
          upstreams.consumed(completed("sub"), upstreams.browserSession(john));
      store.clock().advance(ofMinutes(1));

      int called = invalidate(subject.provider(provider.id()));

      assertThat(called).isOne();
      assertThat(upstreams.stored(completed))
          .map(UpstreamOAuthAuthorizationSession::stage)
          .contains(
              new Unlinked(
                  completed.completedAt().orElseThrow(),
                  Optional.empty(),
                  upstreams.now(),
                  completed.idTokenClaims()));
      assertThat(upstreams.stored(others)).contains(others);
      assertThat(upstreams.stored(pending)).contains(pending);
      assertThat(upstreams.stored(consumed)).contains(consumed);
      assertThat(upstreams.stored(link)).contains(link);
    }

    @Test
    void keepsTheFirstInstantWhenRepeated() {
      UpstreamOAuthAuthorizationSession completed = completed("sub");
      invalidate(subject.provider(provider.id()));
      Optional<UpstreamOAuthAuthorizationSession> unlinked = upstreams.stored(completed);
      store.clock().advance(ofMinutes(1));

      assertThat(invalidate(subject.provider(provider.id()))).isZero();
      assertThat(upstreams.stored(completed)).isEqualTo(unlinked);
    }

    @Test
    void leavesOtherProvidersAlone() {
      UpstreamOAuthAuthorizationSession completed = completed("sub");

      assertThat(invalidate(subject.provider(upstreams.provider().id()))).isZero();
      assertThat(upstreams.stored(completed)).contains(completed);
    }

    @Test
    void refusesAFilterWithoutAProvider() {
      UpstreamOAuthAuthorizationSession completed = completed("sub");

      assertThat(store.refusal(repo -> repo.upstreamOAuthSessions().invalidateUnconsumed(subject)))
          .isInstanceOf(InvalidInputException.class);
      assertThat(upstreams.stored(completed)).contains(completed);
    }

    @Test
    void keepsWhatIsJustBeingUsed() throws Exception {
      UpstreamOAuthAuthorizationSession completed = completed("sub");
      BrowserSession browserSession = upstreams.browserSession(john);
      Store.Held<UpstreamOAuthAuthorizationSession> use =
          store.hold(repo -> repo.upstreamOAuthSessions().consume(completed, browserSession));

      Future<Integer> called =
          store.start(
              repo ->
                  repo.upstreamOAuthSessions()
                      .invalidateUnconsumed(subject.provider(provider.id())));
      store.awaitBlocked(1);
      use.save();

      assertThat(called.get(20, SECONDS)).isZero();
      assertThat(upstreams.stored(completed)).contains(use.result());
      assertThat(linked()).containsExactly(browserSession);
    }

    @Test
    void comesBeforeALoginThatWouldBeUsed() throws Exception {
      UpstreamOAuthAuthorizationSession completed = completed("sub");
      BrowserSession browserSession = upstreams.browserSession(john);
      Store.Held<Integer> called =
          store.hold(
              repo ->
                  repo.upstreamOAuthSessions()
                      .invalidateUnconsumed(subject.provider(provider.id())));

      Future<UpstreamOAuthAuthorizationSession> use =
          store.start(repo -> repo.upstreamOAuthSessions().consume(completed, browserSession));
      store.awaitBlocked(1);
      called.save();

      assertRefused(use, StateReason.UNLINKED);
      assertThat(linked()).isEmpty();
    }

    private UpstreamOAuthAuthorizationSession completed(String sub) {
      return upstreams.completed(
          upstreams.pending(provider), link, Upstreams.answer(sub, "session"));
    }

    private int invalidate(UpstreamOAuthSessionFilter filter) {
      return store.<Integer>write(
          repo -> repo.upstreamOAuthSessions().invalidateUnconsumed(filter));
    }
  }

  private List<BrowserSession> linked() {
    BrowserSessionFilter filter =
        BrowserSessionFilter.all().linkedToUpstreamSessions(UpstreamOAuthSessionFilter.all());
    return store.read(repo -> repo.browserSessions().list(filter, Pagination.first(100)).nodes());
  }

  private static void assertReason(Throwable failure, StateReason reason) {
    assertThat(failure)
        .isInstanceOfSatisfying(
            InvalidStateException.class, refusal -> assertThat(refusal.reason()).isEqualTo(reason));
  }
}
