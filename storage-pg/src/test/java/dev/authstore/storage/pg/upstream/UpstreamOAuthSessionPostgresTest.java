package dev.authstore.storage.pg.upstream;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSession;
import dev.authstore.model.upstream.UpstreamOAuthLink;
import dev.authstore.model.upstream.UpstreamOAuthProvider;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.InvalidDataException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StorageObserver;
import dev.authstore.storage.pg.PgRepository;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.upstream.UpstreamAnswer;
import dev.authstore.storage.upstream.UpstreamOAuthLinkFilter;
import dev.authstore.testing.Race;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the rows of logins hold and refuse, and how they are locked. */
class UpstreamOAuthSessionPostgresTest {
  private static final String ERASED =
      """
      SELECT concat_ws(',', code_challenge_verifier, nonce, id_token, extra_callback_parameters, userinfo)
      FROM upstream_oauth_authorization_sessions
      """;

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
  class Rows {
    @Test
    void loseVerifierAndNonceWithTheCompletion() {
      UpstreamOAuthAuthorizationSession pending = upstreams.pending(provider);
      assertThat(store.select(ERASED)).containsExactly("verifier,nonce");

      upstreams.completed(pending, link, UpstreamAnswer.NONE);

      assertThat(store.select(ERASED)).containsExactly("");
    }

    @Test
    void loseAllButTheClaimsWithTheLink() {
      upstreams.completed(provider, link);

      upstreams.remove(link);

      assertThat(store.select(ERASED)).containsExactly("");
      assertThat(store.select("SELECT id_token_claims FROM upstream_oauth_authorization_sessions"))
          .containsExactly("{\"sid\": \"session\", \"sub\": \"subject\"}");
    }

    @Test
    void carryTheBrowserSession() {
      BrowserSession browserSession = upstreams.browserSession(upstreams.user("john"));

      upstreams.consumed(upstreams.completed(provider, link), browserSession);

      assertThat(
              store.select("SELECT browser_session_id FROM upstream_oauth_authorization_sessions"))
          .containsExactly(browserSession.id().toString());
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "link_id = NULL",
          "completed_at = NULL",
          "nonce = 'nonce'",
          "code_challenge_verifier = 'verifier'",
          "unlinked_at = now()",
          "unlinked_at = now(), link_id = NULL",
          "unlinked_at = now(), link_id = NULL, id_token = NULL, userinfo = NULL",
          "completed_at = NULL, link_id = NULL",
          "completed_at = NULL, link_id = NULL, consumed_at = now(), id_token = NULL,"
              + " id_token_claims = NULL, extra_callback_parameters = NULL, userinfo = NULL",
          "state = ''",
          "state = repeat('s', 1025)"
        })
    void takeNoOtherStage(String change) {
      upstreams.completed(provider, link);

      assertThatIllegalStateException()
          .isThrownBy(() -> store.sql("UPDATE upstream_oauth_authorization_sessions SET " + change))
          .withMessageContaining("violates check constraint");
    }

    @Test
    void referToALinkOfTheirProvider() {
      UpstreamOAuthLink other = upstreams.link(upstreams.provider());
      upstreams.completed(provider, link);

      assertThatIllegalStateException()
          .isThrownBy(
              () ->
                  store.sql(
                      "UPDATE upstream_oauth_authorization_sessions SET link_id = ?", other.id()))
          .withMessageContaining("upstream_oauth_authorization_sessions_link_id_fk");
    }
  }

  @Nested
  class CorruptRows {
    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "unlinked_at = now() | link_id",
          "unlinked_at = now(), link_id = NULL, completed_at = NULL | completed_at",
          "completed_at = NULL | completed_at",
          "link_id = NULL | completed_at",
          "link_id = NULL, completed_at = NULL, consumed_at = now() | consumed_at",
          "link_id = NULL, completed_at = NULL | id_token",
          "link_id = NULL, completed_at = NULL, id_token = NULL | id_token_claims",
        })
    void areNamed(String change, String column) {
      UpstreamOAuthAuthorizationSession session = upstreams.completed(provider, link);
      store.sql(
          "ALTER TABLE upstream_oauth_authorization_sessions"
              + " DROP CONSTRAINT upstream_oauth_authorization_sessions_stage_check");
      store.sql("UPDATE upstream_oauth_authorization_sessions SET " + change);

      InvalidDataException refusal =
          (InvalidDataException)
              store.refusal(repo -> repo.upstreamOAuthSessions().lookup(session.id()));

      assertThat(refusal.table()).isEqualTo("upstream_oauth_authorization_sessions");
      assertThat(refusal.column()).isEqualTo(column);
      assertThat(refusal.id()).contains(session.id());
    }
  }

  @Nested
  class Statements {
    @Test
    void areOneForEachStepOfALogin() {
      User john = upstreams.user("john");
      store.statements();

      store.run(repo -> use(repo, comeBack(repo, "subject"), john));

      assertThat(store.statements())
          .extracting(StorageObserver.Statement::operation)
          .containsExactly(
              "upstream_oauth_authorization_session.add",
              "upstream_oauth_link.find_or_add",
              "upstream_oauth_authorization_session.complete_with_link",
              "browser_session.add",
              "upstream_oauth_authorization_session.consume",
              "upstream_oauth_link.associate_to_user",
              "browser_session.authenticate_with_upstream",
              "save");
    }
  }

  @Nested
  class Locks {
    @Test
    void ofTheLinkComeBeforeThoseOfTheSession() throws Exception {
      UpstreamOAuthAuthorizationSession completed = upstreams.completed(provider, link);
      BrowserSession browserSession = upstreams.browserSession(upstreams.user("john"));
      Store.Held<Integer> holder = holdLink();

      Future<UpstreamOAuthAuthorizationSession> use =
          store.start(repo -> repo.upstreamOAuthSessions().consume(completed, browserSession));
      store.awaitBlocked(1);
      List<String> free =
          store.select(
              "SELECT id FROM upstream_oauth_authorization_sessions FOR UPDATE SKIP LOCKED");
      holder.save();

      assertThat(free).containsExactly(completed.id().toString());
      assertThat(use.get(20, SECONDS).isConsumed()).isTrue();
    }

    @Test
    void ofTheSessionComeBeforeThoseOfTheBrowserSession() throws Exception {
      UpstreamOAuthAuthorizationSession completed = upstreams.completed(provider, link);
      BrowserSession browserSession = upstreams.browserSession(upstreams.user("john"));
      Store.Held<Integer> holder =
          store.hold(
              repo ->
                  ((PgRepository) repo)
                      .dsl()
                      .execute("SELECT id FROM authstore.browser_sessions FOR UPDATE"));

      Future<UpstreamOAuthAuthorizationSession> use =
          store.start(repo -> repo.upstreamOAuthSessions().consume(completed, browserSession));
      store.awaitBlocked(1);
      List<String> free =
          store.select(
              "SELECT id FROM upstream_oauth_authorization_sessions FOR UPDATE SKIP LOCKED");
      holder.save();

      assertThat(free).isEmpty();
      assertThat(use.get(20, SECONDS).isConsumed()).isTrue();
    }

    @Test
    void ofCompletionsDoNotKeepEachOtherWaiting() {
      UpstreamOAuthAuthorizationSession one = upstreams.pending(provider);
      UpstreamOAuthAuthorizationSession two = upstreams.pending(provider);
      Store.Held<UpstreamOAuthAuthorizationSession> holder =
          store.hold(
              repo ->
                  repo.upstreamOAuthSessions().completeWithLink(one, link, UpstreamAnswer.NONE));

      UpstreamOAuthAuthorizationSession completed =
          upstreams.completed(two, link, UpstreamAnswer.NONE);
      holder.save();

      assertThat(completed.isCompleted()).isTrue();
    }

    @Test
    void ofLoginsAndRemovalsNeverGoInACircle() throws Exception {
      List<User> users = Upstreams.several(8, () -> upstreams.user("user" + upstreams.now()));
      RepositoryFactory repositories = store.repositories();
      store.statements();

      Race.Results<Integer> race =
          Race.of(16)
              .deadline(Duration.ofMinutes(2))
              .run(
                  number -> {
                    for (int round = 0; round < 5; round++) {
                      if (number < 8) {
                        logIn(repositories, number + "/" + round, users.get(number));
                      } else {
                        repositories.run(this::removeAll);
                      }
                    }
                    return number;
                  });

      assertThat(race.failures()).isEmpty();
      assertThat(store.statements()).noneMatch(statement -> statement.sqlState().isPresent());
    }

    /** In two units of work, between which the link may be removed. */
    private void logIn(RepositoryFactory repositories, String subject, User user) {
      Return met = repositories.call(repo -> comeBack(repo, subject));
      try {
        repositories.run(repo -> use(repo, met, user));
      } catch (InvalidStateException | NotFoundException removed) {
        assertThat(upstreams.stored(met.link())).isEmpty();
      }
    }

    private void removeAll(RepositoryAccess repo) {
      repo.upstreamOAuthLinks().removeBulk(UpstreamOAuthLinkFilter.all().provider(provider.id()));
    }

    private Store.Held<Integer> holdLink() {
      return store.hold(
          repo ->
              ((PgRepository) repo)
                  .dsl()
                  .execute("SELECT id FROM authstore.upstream_oauth_links FOR UPDATE"));
    }
  }

  /** A person who has come back from the provider, and who they are there. */
  private record Return(UpstreamOAuthAuthorizationSession session, UpstreamOAuthLink link) {}

  private Return comeBack(RepositoryAccess repo, String subject) {
    UpstreamOAuthAuthorizationSession session =
        repo.upstreamOAuthSessions()
            .add(provider, "state of " + subject, Optional.empty(), Optional.empty());
    UpstreamOAuthLink found =
        repo.upstreamOAuthLinks().findOrAdd(provider, subject, Optional.empty()).link();
    repo.upstreamOAuthSessions()
        .completeWithLink(session, found, Upstreams.answer(subject, "session"));
    return new Return(session, found);
  }

  /** As the flow goes: the browser session before the link is changed. */
  private static void use(RepositoryAccess repo, Return met, User user) {
    BrowserSession browserSession = repo.browserSessions().add(user, Optional.empty());
    repo.upstreamOAuthSessions().consume(met.session(), browserSession);
    repo.upstreamOAuthLinks().associateToUser(met.link(), user);
    repo.browserSessions().authenticateWithUpstream(browserSession, met.session());
  }
}
