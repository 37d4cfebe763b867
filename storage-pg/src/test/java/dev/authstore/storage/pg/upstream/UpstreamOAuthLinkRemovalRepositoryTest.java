package dev.authstore.storage.pg.upstream;

import static java.time.Duration.ofMinutes;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSession;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSessionStage.Unlinked;
import dev.authstore.model.upstream.UpstreamOAuthLink;
import dev.authstore.model.upstream.UpstreamOAuthProvider;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.upstream.UpstreamAnswer;
import dev.authstore.storage.upstream.UpstreamOAuthLinkFilter;
import dev.authstore.testing.Race;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class UpstreamOAuthLinkRemovalRepositoryTest {
  private static final UpstreamOAuthLinkFilter ALL = UpstreamOAuthLinkFilter.all();

  @RegisterExtension final Store store = Store.fresh();

  private final Upstreams upstreams = new Upstreams(store);

  @SuppressWarnings("NullAway.Init") // set before each test
  private UpstreamOAuthProvider provider;

  @SuppressWarnings("NullAway.Init") // set before each test
  private UpstreamOAuthLink link;

  @BeforeEach
  void addProviderAndLink() {
    provider = upstreams.provider();
    link = upstreams.link(provider);
  }

  @Nested
  class Remove {
    @Test
    void unlinksLoginsWhetherTheyWereUsedOrNot() {
      BrowserSession browserSession = upstreams.browserSession(upstreams.user("john"));
      UpstreamOAuthAuthorizationSession completed = upstreams.completed(provider, link);
      UpstreamOAuthAuthorizationSession consumed =
          upstreams.consumed(upstreams.completed(provider, link), browserSession);
      UpstreamOAuthAuthorizationSession pending = upstreams.pending(provider);
      store.clock().advance(ofMinutes(1));

      upstreams.remove(link);

      assertThat(upstreams.stored(link)).isEmpty();
      assertUnlinked(completed);
      assertUnlinked(consumed);
      assertThat(upstreams.stored(pending)).contains(pending);
      assertThat(
              store.<Optional<BrowserSession>>read(
                  repo -> repo.browserSessions().lookup(browserSession.id())))
          .contains(browserSession);
    }

    @Test
    void leavesTheLoginsByOtherLinksAlone() {
      UpstreamOAuthLink other = upstreams.link(provider);
      UpstreamOAuthAuthorizationSession others = upstreams.completed(provider, other);

      upstreams.remove(link);

      assertThat(upstreams.stored(other)).contains(other);
      assertThat(upstreams.stored(others)).contains(others);
    }

    @Test
    void letsTheSubjectBeLinkedAgain() {
      upstreams.remove(link);

      UpstreamOAuthLink again = upstreams.link(provider, link.subject());

      assertThat(
              store.<Optional<UpstreamOAuthLink>>read(
                  repo -> repo.upstreamOAuthLinks().findBySubject(provider, link.subject())))
          .contains(again);
    }

    @Test
    void happensOnce() {
      upstreams.remove(link);

      assertThat(store.missing(repo -> repo.upstreamOAuthLinks().remove(link)))
          .isEqualTo("upstream_oauth_link " + link.id());
    }

    @Test
    void unlinksALoginThatIsJustBeingCompleted() throws Exception {
      UpstreamOAuthAuthorizationSession pending = upstreams.pending(provider);
      Store.Held<UpstreamOAuthAuthorizationSession> completion =
          store.hold(repo -> complete(repo, pending));

      Future<Boolean> removal = store.start(UpstreamOAuthLinkRemovalRepositoryTest.this::removed);
      store.awaitBlocked(1);
      completion.save();

      assertThat(removal.get(20, SECONDS)).isTrue();
      assertUnlinked(completion.result());
    }

    @Test
    void unlinksALoginThatIsJustBeingUsed() throws Exception {
      BrowserSession browserSession = upstreams.browserSession(upstreams.user("john"));
      UpstreamOAuthAuthorizationSession completed = upstreams.completed(provider, link);
      Store.Held<UpstreamOAuthAuthorizationSession> use =
          store.hold(repo -> repo.upstreamOAuthSessions().consume(completed, browserSession));

      Future<Boolean> removal = store.start(UpstreamOAuthLinkRemovalRepositoryTest.this::removed);
      store.awaitBlocked(1);
      use.save();

      assertThat(removal.get(20, SECONDS)).isTrue();
      assertUnlinked(use.result());
    }

    @Test
    void comesBeforeALoginThatWouldBeCompleted() throws Exception {
      UpstreamOAuthAuthorizationSession pending = upstreams.pending(provider);
      Store.Held<Boolean> removal =
          store.hold(UpstreamOAuthLinkRemovalRepositoryTest.this::removed);

      Future<UpstreamOAuthAuthorizationSession> completion =
          store.start(repo -> complete(repo, pending));
      store.awaitBlocked(1);
      removal.save();

      assertThatThrownBy(() -> completion.get(20, SECONDS))
          .hasCauseInstanceOf(NotFoundException.class);
      assertThat(upstreams.stored(pending)).contains(pending);
    }

    @Test
    void comesBeforeALoginThatWouldBeUsed() throws Exception {
      BrowserSession browserSession = upstreams.browserSession(upstreams.user("john"));
      UpstreamOAuthAuthorizationSession completed = upstreams.completed(provider, link);
      Store.Held<Boolean> removal =
          store.hold(UpstreamOAuthLinkRemovalRepositoryTest.this::removed);

      Future<UpstreamOAuthAuthorizationSession> use =
          store.start(repo -> repo.upstreamOAuthSessions().consume(completed, browserSession));
      store.awaitBlocked(1);
      removal.save();

      assertThatThrownBy(() -> use.get(20, SECONDS))
          .hasCauseInstanceOf(InvalidStateException.class);
      assertUnlinked(completed);
    }

    @Test
    void hasOneWinnerAmongThirtyTwo() throws Exception {
      upstreams.completed(provider, link);
      RepositoryFactory repositories = store.repositories();

      Race.Results<Boolean> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.call(UpstreamOAuthLinkRemovalRepositoryTest.this::removed));

      assertThat(race.values()).hasSize(1);
      assertThat(race.failures()).hasSize(31).allMatch(NotFoundException.class::isInstance);
    }
  }

  @Nested
  class RemoveBulk {
    @Test
    void unlinksAllThatMatch() {
      User john = upstreams.user("john");
      upstreams.associated(link, john);
      UpstreamOAuthAuthorizationSession completed = upstreams.completed(provider, link);
      upstreams.link(provider, john);
      UpstreamOAuthLink elsewhere = upstreams.link(upstreams.provider(), john);
      UpstreamOAuthLink others = upstreams.link(provider, upstreams.user("jim"));

      int removed = removeBulk(ALL.user(john.id()).provider(provider.id()));

      assertThat(removed).isEqualTo(2);
      assertThat(upstreams.stored(link)).isEmpty();
      assertThat(upstreams.stored(elsewhere)).contains(elsewhere);
      assertThat(upstreams.stored(others)).contains(others);
      assertUnlinked(completed);
    }

    @Test
    void removesNothingWhereNothingMatches() {
      int removed = removeBulk(ALL.subject("unknown"));

      assertThat(removed).isZero();
      assertThat(upstreams.stored(link)).contains(link);
    }

    @Test
    void refusesToRemoveEverything() {
      assertThat(store.refusal(repo -> repo.upstreamOAuthLinks().removeBulk(ALL)))
          .isInstanceOf(InvalidInputException.class);
      assertThat(upstreams.stored(link)).contains(link);
    }

    @Test
    void locksInTheOrderOfTheIds() throws Exception {
      UpstreamOAuthLink later = upstreams.link(provider);
      User john = upstreams.user("john");
      Store.Held<UpstreamOAuthLink> first =
          store.hold(repo -> repo.upstreamOAuthLinks().associateToUser(link, john));

      Future<Integer> bulk =
          store.start(repo -> repo.upstreamOAuthLinks().removeBulk(ALL.provider(provider.id())));
      store.awaitBlocked(1);
      Future<Boolean> single =
          store.start(
              repo -> {
                repo.upstreamOAuthLinks().remove(later);
                return true;
              });
      boolean removed = single.get(20, SECONDS);
      first.save();

      assertThat(removed).isTrue();
      assertThat(bulk.get(20, SECONDS)).isOne();
    }

    @Test
    void meetsItselfWithoutWaitingInACircle() throws Exception {
      List<UpstreamOAuthLink> links = Upstreams.several(30, () -> upstreams.link(provider));
      links.forEach(each -> upstreams.completed(provider, each));
      RepositoryFactory repositories = store.repositories();
      store.statements();

      Race.Results<Integer> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.call(
                          repo ->
                              repo.upstreamOAuthLinks()
                                  .removeBulk(
                                      number % 2 == 0
                                          ? ALL.provider(provider.id())
                                          : ALL.linked(false))));

      assertThat(race.failures()).isEmpty();
      assertThat(race.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(31);
      assertThat(store.statements()).noneMatch(statement -> statement.sqlState().isPresent());
    }

    private int removeBulk(UpstreamOAuthLinkFilter filter) {
      return store.<Integer>write(repo -> repo.upstreamOAuthLinks().removeBulk(filter));
    }
  }

  private UpstreamOAuthAuthorizationSession complete(
      RepositoryAccess repo, UpstreamOAuthAuthorizationSession session) {
    return repo.upstreamOAuthSessions().completeWithLink(session, link, UpstreamAnswer.NONE);
  }

  private boolean removed(RepositoryAccess repo) {
    repo.upstreamOAuthLinks().remove(link);
    return true;
  }

  private void assertUnlinked(UpstreamOAuthAuthorizationSession before) {
    UpstreamOAuthAuthorizationSession after = upstreams.stored(before).orElseThrow();

    assertThat(after.stage())
        .isEqualTo(
            new Unlinked(
                before.completedAt().orElseThrow(),
                before.consumedAt(),
                upstreams.now(),
                before.idTokenClaims()));
  }
}
