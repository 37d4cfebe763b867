package dev.authstore.storage.pg.oauth2;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.authstore.model.Scope;
import dev.authstore.model.ScopeToken;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.oauth2.OAuth2SessionStage;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.ConstraintViolationException;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.oauth2.StartedSession;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OAuth2SessionRepositoryTest {
  private static final Scope SCOPE = Scope.of("openid", "email");
  private static final Optional<String> AGENT = Optional.of("agent");
  private static final Optional<User> NOBODY = Optional.empty();
  private static final Optional<BrowserSession> NOWHERE = Optional.empty();

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final OAuth2Sessions sessions = new OAuth2Sessions(store);

  @SuppressWarnings("NullAway.Init") // set before each test
  private OAuth2Client client;

  @SuppressWarnings("NullAway.Init") // set before each test
  private User john;

  @BeforeEach
  void addClientAndUser() {
    client = sessions.client();
    john = sessions.user("john");
  }

  @Nested
  class Lookup {
    @Test
    void findsNothingUnderAnUnknownId() {
      assertThat(lookup(new UUID(0, 1))).isEmpty();
    }

    @Test
    void findsFinishedOnesToo() {
      OAuth2Session ended = sessions.finished(sessions.session(client, john));

      assertThat(lookup(ended.id())).contains(ended);
    }
  }

  @Nested
  class Add {
    @Test
    void beginsASessionOfAUserWhoApprovedItInABrowser() {
      BrowserSession browser = sessions.browserSession(john);

      OAuth2Session session = add(Optional.of(john), Optional.of(browser), SCOPE);

      assertThat(session)
          .isEqualTo(
              new OAuth2Session(
                  session.id(),
                  client.id(),
                  Optional.of(john.id()),
                  Optional.of(browser.id()),
                  SCOPE,
                  sessions.now(),
                  new OAuth2SessionStage.Valid(),
                  AGENT,
                  Optional.empty(),
                  Optional.empty(),
                  Optional.empty()));
      assertThat(lookup(session.id())).contains(session);
    }

    @Test
    void beginsASessionOfAUserWithoutBrowser() {
      OAuth2Session session = add(Optional.of(john), NOWHERE, SCOPE);

      assertThat(session.userId()).contains(john.id());
      assertThat(session.browserSessionId()).isEmpty();
      assertThat(lookup(session.id())).contains(session);
    }

    @Test
    void beginsASessionOfTheClientItself() {
      OAuth2Session session = add(NOBODY, NOWHERE, Scope.EMPTY);

      assertThat(session.userId()).isEmpty();
      assertThat(session.scope()).isEqualTo(Scope.EMPTY);
      assertThat(lookup(session.id())).contains(session);
    }

    @Test
    void keepsTwoHundredScopeTokensInOrder() {
      Scope scope =
          Scope.of(
              IntStream.range(0, 200)
                  .mapToObj(n -> "token:" + (n * 37) % 200)
                  .toArray(String[]::new));

      OAuth2Session session = add(Optional.of(john), NOWHERE, scope);

      assertThat(lookup(session.id()).map(OAuth2Session::scope)).contains(scope);
      assertThat(session.scope().tokens()).hasSize(200).extracting(ScopeToken::value).isSorted();
    }

    @Test
    void cutsTheUserAgentInsteadOfRefusingIt() {
      OAuth2Session session =
          store.write(
              repo ->
                  repo.oauth2Sessions()
                      .add(
                          client,
                          NOBODY,
                          NOWHERE,
                          SCOPE,
                          Optional.of("\u0000" + "a".repeat(2000))));

      assertThat(session.userAgent()).contains("\ufffd" + "a".repeat(1023));
    }

    @Test
    void refusesABrowserSessionOfSomebodyElse() {
      BrowserSession browser = sessions.browserSession(sessions.user("jim"));
      store.statements();

      for (Optional<User> user : List.of(Optional.of(john), NOBODY)) {
        assertThatExceptionOfType(InvalidInputException.class)
            .isThrownBy(() -> add(user, Optional.of(browser), SCOPE));
      }

      assertThat(store.statements()).isEmpty();
    }

    @Test
    void isNoMatterOfALockedAccount() {
      store.run(repo -> repo.users().lock(john));

      OAuth2Session session = add(Optional.of(john), NOWHERE, SCOPE);

      assertThat(lookup(session.id())).contains(session);
    }

    @Test
    void refusesADeactivatedAccount() {
      BrowserSession browser = sessions.browserSession(john);
      store.run(repo -> repo.users().deactivate(john));

      StateReason alone = refusal(Optional.of(john), NOWHERE);
      StateReason inBrowser = refusal(Optional.of(john), Optional.of(browser));

      assertThat(List.of(alone, inBrowser)).containsOnly(StateReason.USER_DEACTIVATED);
      assertThat(sessions.count(OAuth2Sessions.ALL)).isZero();
    }

    @Test
    void refusesAFinishedBrowserSession() {
      BrowserSession browser = sessions.browserSession(john);
      store.run(repo -> repo.browserSessions().finish(browser));

      StateReason reason = refusal(Optional.of(john), Optional.of(browser));

      assertThat(reason).isEqualTo(StateReason.SESSION_FINISHED);
      assertThat(sessions.count(OAuth2Sessions.ALL)).isZero();
    }

    @Test
    void tellsWhatIsGone() {
      BrowserSession browser = sessions.browserSession(john);
      User jim = sessions.user("jim");
      OAuth2Client other = sessions.client();
      store.sql("DELETE FROM browser_sessions");
      store.sql("DELETE FROM users WHERE id = ?", jim.id());
      store.run(repo -> repo.oauth2Clients().delete(other));

      assertThat(
              store.missing(
                  repo ->
                      repo.oauth2Sessions()
                          .add(client, Optional.of(john), Optional.of(browser), SCOPE, AGENT)))
          .isEqualTo("browser_session " + browser.id());
      assertThat(
              store.missing(
                  repo ->
                      repo.oauth2Sessions().add(client, Optional.of(jim), NOWHERE, SCOPE, AGENT)))
          .isEqualTo("user " + jim.id());
      assertThat(
              store.missing(
                  repo -> repo.oauth2Sessions().addFromClientCredentials(other, SCOPE, AGENT)))
          .isEqualTo("oauth2_client " + other.id());
      assertThat(sessions.count(OAuth2Sessions.ALL)).isZero();
    }

    @Test
    void waitsForADeactivationAndSeesIt() throws Exception {
      Store.Held<User> deactivation = store.hold(repo -> repo.users().deactivate(john));

      Future<OAuth2Session> add =
          store.start(
              repo -> repo.oauth2Sessions().add(client, Optional.of(john), NOWHERE, SCOPE, AGENT));
      store.awaitBlocked(1);
      deactivation.save();

      assertThatExceptionOfType(ExecutionException.class)
          .isThrownBy(() -> add.get(20, SECONDS))
          .havingCause()
          .isInstanceOfSatisfying(
              InvalidStateException.class,
              e -> assertThat(e.reason()).isEqualTo(StateReason.USER_DEACTIVATED));
      assertThat(sessions.count(OAuth2Sessions.ALL)).isZero();
    }

    @Test
    void waitsForTheEndOfTheBrowserSessionAndSeesIt() throws Exception {
      BrowserSession browser = sessions.browserSession(john);
      Store.Held<BrowserSession> logout =
          store.hold(repo -> repo.browserSessions().finish(browser));

      Future<OAuth2Session> add =
          store.start(
              repo -> repo.oauth2Sessions().addFromBrowserSession(client, browser, SCOPE, AGENT));
      store.awaitBlocked(1);
      logout.save();

      assertThatExceptionOfType(ExecutionException.class)
          .isThrownBy(() -> add.get(20, SECONDS))
          .havingCause()
          .isInstanceOfSatisfying(
              InvalidStateException.class,
              e -> assertThat(e.reason()).isEqualTo(StateReason.SESSION_FINISHED));
      assertThat(sessions.count(OAuth2Sessions.ALL)).isZero();
    }

    @Test
    void leavesNoSessionBehindThatADeactivationDidNotEnd() throws Exception {
      BrowserSession browser = sessions.browserSession(john);
      RepositoryFactory repositories = store.repositories();

      Race.Results<Boolean> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.<Boolean>call(
                          repo -> {
                            if (number == 16) {
                              repo.users().deactivate(john);
                              repo.oauth2Sessions().finishBulk(OAuth2Sessions.ALL.user(john.id()));
                              repo.browserSessions().finish(browser);
                            } else {
                              repo.oauth2Sessions()
                                  .addFromBrowserSession(client, browser, SCOPE, AGENT);
                            }
                            return true;
                          }));

      assertThat(race.failures())
          .allSatisfy(e -> assertThat(e).isInstanceOf(InvalidStateException.class));
      assertThat(sessions.count(OAuth2Sessions.ALL.active(true))).isZero();
      assertThat(store.statements()).noneMatch(sent -> sent.sqlState().isPresent());
    }

    private OAuth2Session add(Optional<User> user, Optional<BrowserSession> browser, Scope scope) {
      return store.write(repo -> repo.oauth2Sessions().add(client, user, browser, scope, AGENT));
    }

    private StateReason refusal(Optional<User> user, Optional<BrowserSession> browser) {
      return store.reason(repo -> repo.oauth2Sessions().add(client, user, browser, SCOPE, AGENT));
    }
  }

  @Nested
  class AddFromOneSource {
    @Test
    void takesTheUserOfTheBrowserSession() {
      BrowserSession browser = sessions.browserSession(john);

      OAuth2Session session =
          store.write(
              repo -> repo.oauth2Sessions().addFromBrowserSession(client, browser, SCOPE, AGENT));

      assertThat(session.userId()).contains(john.id());
      assertThat(session.browserSessionId()).contains(browser.id());
      assertThat(session.userAgent()).isEqualTo(AGENT);
      assertThat(lookup(session.id())).contains(session);
    }

    @Test
    void takesNobodyForTheClientItself() {
      OAuth2Session session =
          store.write(repo -> repo.oauth2Sessions().addFromClientCredentials(client, SCOPE, AGENT));

      assertThat(session.userId()).isEmpty();
      assertThat(session.browserSessionId()).isEmpty();
      assertThat(lookup(session.id())).contains(session);
    }
  }

  @Nested
  class StartClientCredentials {
    @Test
    void beginsTheSessionWithItsToken() {
      StartedSession started = start("mat_secret", Optional.of(Duration.ofMinutes(5)));

      assertThat(lookup(started.session().id())).contains(started.session());
      assertThat(started.session().userId()).isEmpty();
      assertThat(started.session().scope()).isEqualTo(SCOPE);
      assertThat(started.session().userAgent()).isEqualTo(AGENT);
      assertThat(started.accessToken().sessionId()).isEqualTo(started.session().id());
      assertThat(started.accessToken().createdAt()).isEqualTo(sessions.now());
      assertThat(started.accessToken().expiresAt())
          .contains(sessions.now().plus(Duration.ofMinutes(5)));
      assertThat(started.accessToken().isUsed()).isFalse();
    }

    @Test
    void keepsTheTokenForEverWithoutLifetime() {
      StartedSession started = start("secret", Optional.empty());

      assertThat(started.accessToken().expiresAt()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\u0000", "\ud800"})
    void refusesATokenThatIsNoText(String token) {
      store.statements();

      assertThatExceptionOfType(InvalidInputException.class)
          .isThrownBy(() -> start(token, Optional.empty()));

      assertThat(store.statements()).isEmpty();
    }

    @Test
    void refusesALifetimeOutOfRange() {
      for (Duration ttl : List.of(Duration.ZERO, Duration.ofSeconds(-1), Duration.ofDays(36_501))) {
        assertThatExceptionOfType(InvalidInputException.class)
            .isThrownBy(() -> start("secret", Optional.of(ttl)));
      }
    }

    @Test
    void beginsNothingWithATokenThatExists() {
      StartedSession first = start("secret", Optional.empty());

      assertThatExceptionOfType(ConstraintViolationException.class)
          .isThrownBy(() -> start("secret", Optional.empty()));

      assertThat(sessions.list(OAuth2Sessions.ALL)).containsExactly(first.session());
    }

    @Test
    void tellsThatTheClientIsGone() {
      store.run(repo -> repo.oauth2Clients().delete(client));

      assertThat(
              store.missing(
                  repo ->
                      repo.oauth2Sessions()
                          .startClientCredentials(
                              client, SCOPE, "secret", Optional.empty(), AGENT)))
          .isEqualTo("oauth2_client " + client.id());
      assertThat(sessions.count(OAuth2Sessions.ALL)).isZero();
    }

    private StartedSession start(String token, Optional<Duration> ttl) {
      return store.write(
          repo -> repo.oauth2Sessions().startClientCredentials(client, SCOPE, token, ttl, AGENT));
    }
  }

  @Nested
  class RecordUserAgent {
    @Test
    void overwritesAlsoAfterTheEnd() {
      OAuth2Session session = sessions.session(client, john);

      OAuth2Session first = record(session, "first");
      OAuth2Session second = record(sessions.finished(session), "second\u0000");

      assertThat(first.userAgent()).contains("first");
      assertThat(second.userAgent()).contains("second\ufffd");
      assertThat(sessions.stored(session)).contains(second);
    }

    @Test
    void tellsThatTheSessionIsGone() {
      OAuth2Session session = sessions.session(client, john);
      sessions.remove(session);

      assertThat(store.missing(repo -> repo.oauth2Sessions().recordUserAgent(session, "agent")))
          .isEqualTo("oauth2_session " + session.id());
    }

    private OAuth2Session record(OAuth2Session session, String userAgent) {
      return store.write(repo -> repo.oauth2Sessions().recordUserAgent(session, userAgent));
    }
  }

  @Nested
  class SetHumanName {
    @Test
    void setsChangesAndTakesAway() {
      OAuth2Session session = sessions.session(client, john);

      OAuth2Session named = name(session, Optional.of("phone"));
      OAuth2Session renamed = name(sessions.finished(session), Optional.of("old phone"));
      OAuth2Session unnamed = name(session, Optional.empty());

      assertThat(named.humanName()).contains("phone");
      assertThat(renamed.humanName()).contains("old phone");
      assertThat(renamed.isFinished()).isTrue();
      assertThat(unnamed.humanName()).isEmpty();
      assertThat(sessions.stored(session)).contains(unnamed);
    }

    @Test
    void refusesWhatIsNoName() {
      OAuth2Session session = sessions.session(client, john);

      for (String text : List.of("", "\u0000", "\ud800", "é".repeat(257))) {
        assertThat(
                store.refusal(
                    repo -> repo.oauth2Sessions().setHumanName(session, Optional.of(text))))
            .isInstanceOf(InvalidInputException.class);
      }
      assertThat(sessions.stored(session)).contains(session);
      assertThat(name(session, Optional.of("é".repeat(256))).humanName()).isPresent();
    }

    @Test
    void tellsThatTheSessionIsGone() {
      OAuth2Session session = sessions.session(client, john);
      sessions.remove(session);

      assertThat(
              store.missing(repo -> repo.oauth2Sessions().setHumanName(session, Optional.empty())))
          .isEqualTo("oauth2_session " + session.id());
    }

    private OAuth2Session name(OAuth2Session session, Optional<String> humanName) {
      return store.write(repo -> repo.oauth2Sessions().setHumanName(session, humanName));
    }
  }

  private Optional<OAuth2Session> lookup(UUID id) {
    return store.read(repo -> repo.oauth2Sessions().lookup(id));
  }
}
