package dev.authstore.storage.pg.upstream;

import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.model.Json;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSession;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSessionStage.Completed;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSessionStage.Consumed;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSessionStage.Pending;
import dev.authstore.model.upstream.UpstreamOAuthLink;
import dev.authstore.model.upstream.UpstreamOAuthProvider;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.upstream.UpstreamAnswer;
import dev.authstore.storage.upstream.UpstreamOAuthAuthorizationSessionRepository;
import dev.authstore.storage.upstream.UpstreamOAuthSessionFilter;
import dev.authstore.storage.user.BrowserSessionFilter;
import dev.authstore.testing.MutableClock;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class UpstreamOAuthSessionRepositoryTest {
  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

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
  class Add {
    @Test
    void beginsALogin() {
      UpstreamOAuthAuthorizationSession session =
          store.write(
              repo ->
                  repo.upstreamOAuthSessions()
                      .add(provider, "state", Optional.of("verifier"), Optional.of("nonce")));

      assertThat(session)
          .isEqualTo(
              new UpstreamOAuthAuthorizationSession(
                  session.id(),
                  provider.id(),
                  "state",
                  Optional.of("verifier"),
                  Optional.of("nonce"),
                  upstreams.now(),
                  new Pending()));
      assertThat(upstreams.stored(session)).contains(session);
    }

    @Test
    void needsNeitherVerifierNorNonce() {
      UpstreamOAuthAuthorizationSession session =
          store.write(
              repo ->
                  repo.upstreamOAuthSessions()
                      .add(provider, "s".repeat(1024), Optional.empty(), Optional.empty()));

      assertThat(session.codeChallengeVerifier()).isEmpty();
      assertThat(session.nonce()).isEmpty();
      assertThat(upstreams.stored(session)).contains(session);
    }

    @Test
    void refusesAStateThatIsTakenAtAnyProvider() {
      UpstreamOAuthAuthorizationSession session = upstreams.pending(provider);
      UpstreamOAuthProvider other = upstreams.provider();

      assertThat(
              store.conflict(
                  repo ->
                      repo.upstreamOAuthSessions()
                          .add(other, session.state(), Optional.empty(), Optional.empty())))
          .isEqualTo(ConflictKind.UPSTREAM_STATE_TAKEN);
      assertThat(upstreams.stored(session)).contains(session);
    }

    @Test
    void doesNotFindADeletedProvider() {
      upstreams.delete(provider);

      assertThat(
              store.missing(
                  repo ->
                      repo.upstreamOAuthSessions()
                          .add(provider, "state", Optional.empty(), Optional.empty())))
          .isEqualTo("upstream_oauth_provider " + provider.id());
    }

    @Test
    void refusesTextsThatCannotBeStored() {
      store.statements();

      for (String text : List.of("", "\u0000", "\ud800", "s".repeat(1025))) {
        assertInvalid(text, Optional.empty(), Optional.empty());
        assertInvalid("state", Optional.of(text), Optional.empty());
        assertInvalid("state", Optional.empty(), Optional.of(text));
      }
      assertThat(store.statements()).isEmpty();
    }

    private void assertInvalid(String state, Optional<String> verifier, Optional<String> nonce) {
      assertThatThrownBy(
              () ->
                  store.run(
                      repo -> repo.upstreamOAuthSessions().add(provider, state, verifier, nonce)))
          .isInstanceOf(InvalidInputException.class);
    }
  }

  @Nested
  class CompleteWithLink {
    @Test
    void recordsWhatTheProviderToldAndErasesWhatHasServed() {
      UpstreamOAuthAuthorizationSession session = upstreams.pending(provider);
      store.clock().advance(ofMinutes(1));
      UpstreamAnswer answer = Upstreams.answer("sub", "sid");

      UpstreamOAuthAuthorizationSession completed = upstreams.completed(session, link, answer);

      assertThat(completed)
          .isEqualTo(
              new UpstreamOAuthAuthorizationSession(
                  session.id(),
                  provider.id(),
                  session.state(),
                  Optional.empty(),
                  Optional.empty(),
                  session.createdAt(),
                  new Completed(
                      upstreams.now(),
                      link.id(),
                      answer.idToken(),
                      answer.idTokenClaims(),
                      answer.extraCallbackParameters(),
                      Optional.of(Json.NULL))));
      assertThat(upstreams.stored(session)).contains(completed);
    }

    @Test
    void needsNoAnswer() {
      UpstreamOAuthAuthorizationSession session = upstreams.pending(provider);

      UpstreamOAuthAuthorizationSession completed =
          upstreams.completed(session, link, UpstreamAnswer.NONE);

      assertThat(completed.idToken()).isEmpty();
      assertThat(completed.idTokenClaims()).isEmpty();
      assertThat(completed.extraCallbackParameters()).isEmpty();
      assertThat(completed.userinfo()).isEmpty();
      assertThat(upstreams.stored(session)).contains(completed);
    }

    @Test
    void takesClaimsLongerThanAnIndexTakes() {
      String subject = "s".repeat(10_000);
      UpstreamOAuthAuthorizationSession session = upstreams.pending(provider);

      UpstreamOAuthAuthorizationSession completed =
          upstreams.completed(session, link, Upstreams.answer(subject, subject));

      UpstreamOAuthSessionFilter filter = UpstreamOAuthSessionFilter.all().provider(provider.id());
      assertThat(list(filter.sub(subject).sid(subject))).containsExactly(completed);
      assertThat(list(filter.sub(subject + "s"))).isEmpty();
      assertThat(list(filter.sub("s".repeat(255)))).isEmpty();
    }

    @Test
    void refusesALinkAtAnotherProvider() {
      UpstreamOAuthAuthorizationSession session = upstreams.pending(provider);
      UpstreamOAuthLink other = upstreams.link(upstreams.provider());

      assertThat(
              store.refusal(
                  repo ->
                      repo.upstreamOAuthSessions()
                          .completeWithLink(session, other, UpstreamAnswer.NONE)))
          .isInstanceOf(InvalidInputException.class);
      assertThat(upstreams.stored(session)).contains(session);
    }

    @Test
    void refusesALinkThatIsStoredAtAnotherProvider() {
      UpstreamOAuthAuthorizationSession session = upstreams.pending(provider);
      UpstreamOAuthLink other = upstreams.link(upstreams.provider());
      UpstreamOAuthLink forged =
          new UpstreamOAuthLink(
              other.id(),
              provider.id(),
              Optional.empty(),
              "subject",
              Optional.empty(),
              other.createdAt());

      assertThat(reason(session, forged)).isEqualTo(StateReason.WRONG_PARENT);
      assertThat(upstreams.stored(session)).contains(session);
    }

    @Test
    void refusesWhateverIsNotPending() {
      UpstreamOAuthAuthorizationSession pending = upstreams.pending(provider);
      UpstreamOAuthAuthorizationSession completed =
          upstreams.completed(pending, link, Upstreams.answer("sub", "sid"));

      assertThat(reason(completed, link)).isEqualTo(StateReason.COMPLETED);
      assertThat(reason(pending, link)).isEqualTo(StateReason.COMPLETED);
      assertThat(upstreams.stored(pending)).contains(completed);

      UpstreamOAuthAuthorizationSession consumed =
          upstreams.consumed(completed, upstreams.browserSession(upstreams.user("john")));
      assertThat(reason(consumed, link)).isEqualTo(StateReason.CONSUMED);
      assertThat(reason(pending, link)).isEqualTo(StateReason.CONSUMED);
      assertThat(upstreams.stored(pending)).contains(consumed);

      upstreams.remove(link);
      link = upstreams.link(provider);
      UpstreamOAuthAuthorizationSession unlinked = upstreams.stored(pending).orElseThrow();
      assertThat(reason(unlinked, link)).isEqualTo(StateReason.UNLINKED);
      assertThat(reason(pending, link)).isEqualTo(StateReason.UNLINKED);
      assertThat(upstreams.stored(pending)).contains(unlinked);
    }

    @Test
    void doesNotFindWhatIsGone() {
      UpstreamOAuthAuthorizationSession session = upstreams.pending(provider);
      upstreams.remove(link);

      assertThat(store.missing(repo -> complete(repo.upstreamOAuthSessions(), session)))
          .isEqualTo("upstream_oauth_link " + link.id());
      assertThat(upstreams.stored(session)).contains(session);

      upstreams.delete(session);
      assertThat(store.missing(repo -> complete(repo.upstreamOAuthSessions(), session)))
          .isEqualTo("upstream_oauth_authorization_session " + session.id());
    }

    private void complete(
        UpstreamOAuthAuthorizationSessionRepository sessions,
        UpstreamOAuthAuthorizationSession session) {
      sessions.completeWithLink(session, link, UpstreamAnswer.NONE);
    }

    private StateReason reason(UpstreamOAuthAuthorizationSession session, UpstreamOAuthLink with) {
      return store.reason(
          repo ->
              repo.upstreamOAuthSessions().completeWithLink(session, with, UpstreamAnswer.NONE));
    }
  }

  @Nested
  class Consume {
    @Test
    void usesTheLoginForABrowserSession() {
      User john = upstreams.user("john");
      upstreams.associated(link, john);
      BrowserSession browserSession = upstreams.browserSession(john);
      UpstreamOAuthAuthorizationSession completed = upstreams.completed(provider, link);
      Completed before = (Completed) completed.stage();
      store.clock().advance(ofMinutes(1));

      UpstreamOAuthAuthorizationSession consumed = upstreams.consumed(completed, browserSession);

      assertThat(consumed.stage())
          .isEqualTo(
              new Consumed(
                  before.completedAt(),
                  link.id(),
                  before.idToken(),
                  before.idTokenClaims(),
                  before.extraCallbackParameters(),
                  before.userinfo(),
                  upstreams.now()));
      assertThat(upstreams.stored(completed)).contains(consumed);
      assertThat(linked()).containsExactly(browserSession);
    }

    @Test
    void takesALinkWithoutAnAccount() {
      BrowserSession browserSession = upstreams.browserSession(upstreams.user("john"));

      UpstreamOAuthAuthorizationSession consumed =
          upstreams.consumed(upstreams.completed(provider, link), browserSession);

      assertThat(consumed.isConsumed()).isTrue();
    }

    @Test
    void takesALoginThatHasAuthenticatedThisBrowserSession() {
      BrowserSession browserSession = upstreams.browserSession(upstreams.user("john"));
      UpstreamOAuthAuthorizationSession completed = upstreams.completed(provider, link);
      store.run(repo -> repo.browserSessions().authenticateWithUpstream(browserSession, completed));

      UpstreamOAuthAuthorizationSession consumed = upstreams.consumed(completed, browserSession);

      assertThat(consumed.isConsumed()).isTrue();
    }

    @Test
    void refusesALoginThatHasAuthenticatedAnotherBrowserSession() {
      User john = upstreams.user("john");
      BrowserSession one = upstreams.browserSession(john);
      BrowserSession two = upstreams.browserSession(john);
      UpstreamOAuthAuthorizationSession completed = upstreams.completed(provider, link);
      store.run(repo -> repo.browserSessions().authenticateWithUpstream(one, completed));

      assertThat(store.conflict(repo -> repo.upstreamOAuthSessions().consume(completed, two)))
          .isEqualTo(ConflictKind.UPSTREAM_SESSION_USED);
      assertThat(upstreams.stored(completed)).contains(completed);
    }

    @Test
    void refusesABrowserSessionOfAnotherAccount() {
      upstreams.associated(link, upstreams.user("john"));
      BrowserSession others = upstreams.browserSession(upstreams.user("jim"));
      UpstreamOAuthAuthorizationSession completed = upstreams.completed(provider, link);

      assertThat(reason(completed, others)).isEqualTo(StateReason.WRONG_USER);
      assertThat(upstreams.stored(completed)).contains(completed);
      assertThat(linked()).isEmpty();
    }

    @Test
    void refusesAFinishedBrowserSession() {
      BrowserSession browserSession = upstreams.browserSession(upstreams.user("john"));
      store.run(repo -> repo.browserSessions().finish(browserSession));
      UpstreamOAuthAuthorizationSession completed = upstreams.completed(provider, link);

      assertThat(reason(completed, browserSession)).isEqualTo(StateReason.SESSION_FINISHED);
      assertThat(upstreams.stored(completed)).contains(completed);
    }

    @Test
    void refusesWhateverIsNotCompleted() {
      BrowserSession browserSession = upstreams.browserSession(upstreams.user("john"));
      UpstreamOAuthAuthorizationSession pending = upstreams.pending(provider);
      assertThat(reason(pending, browserSession)).isEqualTo(StateReason.PENDING);
      assertThat(upstreams.stored(pending)).contains(pending);

      UpstreamOAuthAuthorizationSession completed =
          upstreams.completed(pending, link, UpstreamAnswer.NONE);
      UpstreamOAuthAuthorizationSession consumed = upstreams.consumed(completed, browserSession);
      assertThat(reason(consumed, browserSession)).isEqualTo(StateReason.CONSUMED);
      assertThat(reason(completed, browserSession)).isEqualTo(StateReason.CONSUMED);
      assertThat(upstreams.stored(pending)).contains(consumed);

      upstreams.remove(link);
      UpstreamOAuthAuthorizationSession unlinked = upstreams.stored(pending).orElseThrow();
      assertThat(reason(unlinked, browserSession)).isEqualTo(StateReason.UNLINKED);
      assertThat(reason(completed, browserSession)).isEqualTo(StateReason.UNLINKED);
      assertThat(upstreams.stored(pending)).contains(unlinked);
    }

    @Test
    void doesNotFindWhatIsGone() {
      BrowserSession browserSession = upstreams.browserSession(upstreams.user("john"));
      UpstreamOAuthAuthorizationSession completed = upstreams.completed(provider, link);
      upstreams.delete(browserSession);

      assertThat(
              store.missing(
                  repo -> repo.upstreamOAuthSessions().consume(completed, browserSession)))
          .isEqualTo("browser_session " + browserSession.id());
      assertThat(upstreams.stored(completed)).contains(completed);

      upstreams.delete(completed);
      assertThat(
              store.missing(
                  repo -> repo.upstreamOAuthSessions().consume(completed, browserSession)))
          .isEqualTo("upstream_oauth_authorization_session " + completed.id());
    }

    @Test
    void outlivesTheBrowserSession() {
      BrowserSession browserSession = upstreams.browserSession(upstreams.user("john"));
      UpstreamOAuthAuthorizationSession consumed =
          upstreams.consumed(upstreams.completed(provider, link), browserSession);

      upstreams.delete(browserSession);

      assertThat(upstreams.stored(consumed)).contains(consumed);
      assertThat(linked()).isEmpty();
    }

    private StateReason reason(
        UpstreamOAuthAuthorizationSession session, BrowserSession browserSession) {
      return store.reason(repo -> repo.upstreamOAuthSessions().consume(session, browserSession));
    }
  }

  private List<UpstreamOAuthAuthorizationSession> list(UpstreamOAuthSessionFilter filter) {
    return store.read(
        repo -> repo.upstreamOAuthSessions().list(filter, Pagination.first(100)).nodes());
  }

  private List<BrowserSession> linked() {
    BrowserSessionFilter filter =
        BrowserSessionFilter.all().linkedToUpstreamSessions(UpstreamOAuthSessionFilter.all());
    return store.read(repo -> repo.browserSessions().list(filter, Pagination.first(10)).nodes());
  }
}
