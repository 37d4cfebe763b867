package dev.authstore.storage.pg.compat;

import static dev.authstore.storage.pg.Store.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.model.compat.CompatAccessToken;
import dev.authstore.model.compat.CompatRefreshToken;
import dev.authstore.model.compat.CompatRefreshTokenStage;
import dev.authstore.model.compat.CompatSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class CompatRefreshTokenRepositoryTest {
  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final Logins logins = new Logins(store);

  @SuppressWarnings("NullAway.Init") // set before each test
  private User john;

  @SuppressWarnings("NullAway.Init") // set before each test
  private CompatSession session;

  @BeforeEach
  void logIn() {
    john = logins.user("john");
    session = logins.session(john, "phone");
  }

  @Nested
  class Add {
    @Test
    void storesAValidToken() {
      CompatAccessToken access = logins.accessToken(session, "access");

      CompatRefreshToken token = logins.refreshToken(session, access, "secret");

      assertThat(token)
          .isEqualTo(
              new CompatRefreshToken(
                  token.id(),
                  session.id(),
                  access.id(),
                  logins.now(),
                  new CompatRefreshTokenStage.Valid()));
      assertThat(logins.stored(token)).contains(token);
      assertThat(findByToken("secret")).contains(token);
      logins.assertKeptAsDigest("compat_refresh_tokens", "token_digest", token.id(), "secret");
    }

    @Test
    void refusesATokenThatExists() {
      CompatRefreshToken first = logins.refreshToken(session, "secret");
      CompatAccessToken access = logins.accessToken(session, "another");

      ConflictKind taken =
          store.conflict(repo -> repo.compatRefreshTokens().add(session, access, "secret"));

      assertThat(taken).isEqualTo(ConflictKind.TOKEN_TAKEN);
      assertThat(findByToken("secret")).contains(first);
      assertThat(logins.rows("compat_refresh_tokens")).isOne();
    }

    @Test
    void refusesTheAccessTokenOfAnotherSessionWithoutAsking() {
      CompatAccessToken others = logins.accessToken(logins.session(john, "tablet"), "access");
      store.statements();

      assertThatThrownBy(
              () -> store.write(repo -> repo.compatRefreshTokens().add(session, others, "secret")))
          .isInstanceOf(InvalidInputException.class);

      assertThat(store.statements()).isEmpty();
    }

    @Test
    void refusesWhatIsNoToken() {
      CompatAccessToken access = logins.accessToken(session, "access");

      for (String text : List.of("", "a\0", "\ud800")) {
        assertThat(store.refusal(repo -> repo.compatRefreshTokens().add(session, access, text)))
            .isInstanceOf(InvalidInputException.class);
      }
      assertThat(logins.rows("compat_refresh_tokens")).isZero();
    }

    @Test
    void needsASessionThatIsValid() {
      CompatAccessToken access = logins.accessToken(session, "access");
      logins.finished(session);

      StateReason reason =
          store.reason(repo -> repo.compatRefreshTokens().add(session, access, "secret"));

      assertThat(reason).isEqualTo(StateReason.SESSION_FINISHED);
      assertThat(findByToken("secret")).isEmpty();
    }

    @Test
    void findsNothingThatIsGone() {
      CompatAccessToken access = logins.accessToken(session, "access");
      store.sql("DELETE FROM compat_access_tokens");

      assertThat(store.missing(repo -> repo.compatRefreshTokens().add(session, access, "secret")))
          .isEqualTo("compat_access_token " + access.id());
      logins.remove(session);
      assertThat(store.missing(repo -> repo.compatRefreshTokens().add(session, access, "secret")))
          .isEqualTo("compat_session " + session.id());
    }
  }

  @Nested
  class LookUps {
    @Test
    void findNothingElse() {
      logins.refreshToken(session, "secret");

      for (String text : List.of("secre", "SECRET", "", "a\0")) {
        assertThat(findByToken(text)).isEmpty();
      }
      assertThat(store.<Optional<?>>read(repo -> repo.compatRefreshTokens().lookup(new UUID(0, 1))))
          .isEmpty();
    }
  }

  @Nested
  class ConsumeAndReplace {
    @Test
    void consumesTheTokenAndLeavesTheSuccessor() {
      CompatRefreshToken one = logins.refreshToken(session, "one");
      CompatRefreshToken two = logins.refreshToken(session, "two");
      logins.tick();

      CompatRefreshToken consumed = replace(one, two);

      assertThat(consumed.stage()).isEqualTo(new CompatRefreshTokenStage.Consumed(logins.now()));
      assertThat(findByToken("one")).contains(consumed);
      assertThat(logins.stored(two)).contains(two);
    }

    @Test
    void happensOnce() {
      CompatRefreshToken one = logins.refreshToken(session, "one");
      CompatRefreshToken two = logins.refreshToken(session, "two");
      CompatRefreshToken consumed = replace(one, two);
      CompatRefreshToken three = logins.refreshToken(session, "three");

      for (CompatRefreshToken copy : List.of(one, consumed)) {
        for (CompatRefreshToken successor : List.of(two, three)) {
          assertThat(refused(copy, successor)).isEqualTo(StateReason.CONSUMED);
        }
      }
      assertThat(logins.stored(one)).contains(consumed);
      assertThat(logins.stored(two)).contains(two);
      assertThat(logins.stored(three)).contains(three);
    }

    @Test
    void consumesEveryOtherTokenOfTheSession() {
      List<CompatRefreshToken> imported =
          IntStream.rangeClosed(1, 3)
              .mapToObj(i -> logins.refreshToken(session, "imported " + i))
              .toList();
      CompatRefreshToken elsewhere =
          logins.refreshToken(logins.session(john, "tablet"), "elsewhere");
      CompatRefreshToken successor = logins.refreshToken(session, "successor");

      replace(imported.get(1), successor);

      assertThat(imported)
          .allSatisfy(
              token ->
                  assertThat(logins.stored(token).map(CompatRefreshToken::isConsumed))
                      .contains(true));
      assertThat(logins.stored(successor)).contains(successor);
      assertThat(logins.stored(elsewhere)).contains(elsewhere);
    }

    @Test
    void keepsTheInstantOfThoseUsedBefore() {
      CompatRefreshToken one = logins.refreshToken(session, "one");
      CompatRefreshToken two = logins.refreshToken(session, "two");
      CompatRefreshToken consumed = replace(one, two);
      CompatRefreshToken three = logins.refreshToken(session, "three");

      replace(two, three);

      assertThat(logins.stored(one)).contains(consumed);
    }

    @Test
    void leavesNothingBehindWhenAUsedTokenComesAgain() {
      CompatRefreshToken one = logins.refreshToken(session, "one");
      CompatRefreshToken two = logins.refreshToken(session, "two");
      replace(one, two);

      assertThatThrownBy(() -> store.write(repo -> refresh(repo, one, "three")))
          .matches(failure -> Logins.isRefusal(failure, StateReason.CONSUMED));

      assertThat(findByToken("three")).isEmpty();
      assertThat(logins.stored(two)).contains(two);
      assertThat(logins.rows("compat_access_tokens")).isEqualTo(2);
    }

    @Test
    void needsASuccessorThatIsAnotherOneOfTheSession() {
      CompatRefreshToken one = logins.refreshToken(session, "one");
      CompatRefreshToken elsewhere =
          logins.refreshToken(logins.session(john, "tablet"), "elsewhere");
      store.statements();

      for (CompatRefreshToken successor : List.of(one, elsewhere)) {
        assertThatThrownBy(() -> replace(one, successor)).isInstanceOf(InvalidInputException.class);
      }

      assertThat(store.statements()).isEmpty();
      assertThat(logins.stored(one)).contains(one);
    }

    @Test
    void needsASuccessorThatIsValid() {
      CompatRefreshToken one = logins.refreshToken(session, "one");
      CompatRefreshToken used = logins.refreshToken(session, "used");
      store.sql("UPDATE compat_refresh_tokens SET consumed_at = now() WHERE id = ?", used.id());

      assertThat(refused(one, used)).isEqualTo(StateReason.CONSUMED);
      assertThat(logins.stored(one)).contains(one);
    }

    @Test
    void needsASessionThatIsValid() {
      CompatRefreshToken one = logins.refreshToken(session, "one");
      CompatRefreshToken two = logins.refreshToken(session, "two");
      logins.finished(session);

      assertThat(refused(one, two)).isEqualTo(StateReason.SESSION_FINISHED);
      assertThat(logins.stored(one)).contains(one);
    }

    @Test
    void findsNothingThatIsGone() {
      CompatRefreshToken one = logins.refreshToken(session, "one");
      CompatRefreshToken two = logins.refreshToken(session, "two");

      store.sql("DELETE FROM compat_refresh_tokens WHERE id = ?", two.id());
      assertThat(store.missing(repo -> repo.compatRefreshTokens().consumeAndReplace(one, two)))
          .isEqualTo("compat_refresh_token " + two.id());
      assertThat(logins.stored(one)).contains(one);
      assertThat(store.missing(repo -> repo.compatRefreshTokens().consumeAndReplace(two, one)))
          .isEqualTo("compat_refresh_token " + two.id());
      logins.remove(session);
      assertThat(store.missing(repo -> repo.compatRefreshTokens().consumeAndReplace(one, two)))
          .isEqualTo("compat_refresh_token " + one.id());
    }

    private StateReason refused(CompatRefreshToken token, CompatRefreshToken successor) {
      logins.tick();
      return store.reason(repo -> repo.compatRefreshTokens().consumeAndReplace(token, successor));
    }
  }

  @Nested
  class Races {
    @Test
    void letOneOfTwoSuccessorsThatAreThereCount() {
      CompatRefreshToken one = logins.refreshToken(session, "one");
      CompatRefreshToken two = logins.refreshToken(session, "two");
      CompatRefreshToken three = logins.refreshToken(session, "three");
      Store.Held<CompatRefreshToken> first =
          store.hold(repo -> repo.compatRefreshTokens().consumeAndReplace(one, two));
      Future<CompatRefreshToken> second =
          store.start(repo -> repo.compatRefreshTokens().consumeAndReplace(one, three));
      store.awaitBlocked(1);

      first.save();

      assertRefused(second, StateReason.CONSUMED);
      assertThat(logins.stored(two)).contains(two);
      assertThat(logins.stored(three).map(CompatRefreshToken::isConsumed)).contains(true);
    }

    @Test
    void ofWholeRefreshesAreDecidedAtTheirFirstStep() {
      CompatRefreshToken one = logins.refreshToken(session, "one");
      Store.Held<CompatRefreshToken> first = store.hold(repo -> refresh(repo, one, "two"));
      Future<CompatRefreshToken> second = store.start(repo -> refresh(repo, one, "three"));
      store.awaitBlocked(1);

      first.save();

      assertRefused(second, StateReason.CONSUMED);
      assertThat(findByToken("two").map(CompatRefreshToken::isValid)).contains(true);
      assertThat(findByToken("three")).isEmpty();
    }

    @Test
    void ofSiblingsHaveOneWinner() {
      CompatRefreshToken one = logins.refreshToken(session, "one");
      CompatRefreshToken two = logins.refreshToken(session, "two");
      Store.Held<CompatRefreshToken> first = store.hold(repo -> refresh(repo, one, "new one"));
      Future<CompatRefreshToken> second = store.start(repo -> refresh(repo, two, "new two"));
      store.awaitBlocked(1);

      first.save();

      assertRefused(second, StateReason.CONSUMED);
      assertThat(findByToken("new one").map(CompatRefreshToken::isValid)).contains(true);
      assertThat(findByToken("new two")).isEmpty();
    }

    @Test
    void areLostToALogoutThatCameFirst() {
      CompatRefreshToken one = logins.refreshToken(session, "one");
      CompatRefreshToken two = logins.refreshToken(session, "two");
      Store.Held<CompatSession> logout = store.hold(repo -> repo.compatSessions().finish(session));
      Future<CompatRefreshToken> refresh =
          store.start(repo -> repo.compatRefreshTokens().consumeAndReplace(one, two));
      store.awaitBlocked(1);

      logout.save();

      assertRefused(refresh, StateReason.SESSION_FINISHED);
      assertThat(logins.stored(one)).contains(one);
    }

    @Test
    void areWonAgainstALogoutThatComesLater() throws Exception {
      CompatRefreshToken one = logins.refreshToken(session, "one");
      Store.Held<CompatRefreshToken> refresh = store.hold(repo -> refresh(repo, one, "two"));
      Future<CompatSession> logout = store.start(repo -> repo.compatSessions().finish(session));
      store.awaitBlocked(1);

      refresh.save();

      assertThat(Logins.get(logout).isFinished()).isTrue();
      assertThat(logins.stored(one)).contains(refresh.result());
    }

    @Test
    void haveOneWinnerAmongThirtyTwoWithOneToken() throws Exception {
      CompatRefreshToken one = logins.refreshToken(session, "one");
      RepositoryFactory repositories = store.repositories();

      Race.Results<CompatRefreshToken> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.<CompatRefreshToken>call(
                          repo -> refresh(repo, one, "new" + number)));

      assertThat(race.values()).containsExactly(logins.stored(one).orElseThrow());
      assertThat(race.failures())
          .hasSize(31)
          .allMatch(failure -> Logins.isRefusal(failure, StateReason.CONSUMED));
      assertThat(logins.rows("compat_refresh_tokens")).isEqualTo(2);
      assertThat(valid()).isOne();
    }

    @Test
    void haveOneWinnerAmongThirtyTwoSiblings() throws Exception {
      List<CompatRefreshToken> siblings =
          IntStream.range(0, 32)
              .mapToObj(i -> logins.refreshToken(session, "sibling" + i))
              .toList();
      RepositoryFactory repositories = store.repositories();
      store.statements();

      Race.Results<CompatRefreshToken> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.<CompatRefreshToken>call(
                          repo -> refresh(repo, siblings.get(number), "new" + number)));

      assertThat(race.values()).hasSize(1);
      assertThat(race.failures())
          .hasSize(31)
          .allMatch(failure -> Logins.isRefusal(failure, StateReason.CONSUMED));
      assertThat(valid()).isOne();
      assertThat(store.statements()).noneMatch(statement -> statement.sqlState().isPresent());
    }

    private int valid() {
      return store.select("SELECT id FROM compat_refresh_tokens WHERE consumed_at IS NULL").size();
    }
  }

  @Nested
  class CleanupConsumed {
    @Test
    void deletesTheLongestConsumedBatchByBatch() {
      CompatRefreshToken one = logins.refreshToken(session, "one");
      CompatRefreshToken two = logins.refreshToken(session, "two");
      CompatRefreshToken three = logins.refreshToken(session, "three");
      Optional<Instant> firstUse = replace(one, three).consumedAt();
      logins.tick();
      CompatRefreshToken four = logins.refreshToken(session, "four");
      Optional<Instant> secondUse = replace(three, four).consumedAt();
      logins.tick();

      CleanupResult<Instant> first = cleanupConsumed(Optional.empty(), logins.now(), 2);
      CleanupResult<Instant> second = cleanupConsumed(first.cursor(), logins.now(), 2);
      CleanupResult<Instant> third = cleanupConsumed(second.cursor(), logins.now(), 2);

      assertThat(first).isEqualTo(new CleanupResult<>(2, firstUse));
      assertThat(second).isEqualTo(new CleanupResult<>(1, secondUse));
      assertThat(third).isEqualTo(new CleanupResult<>(0, Optional.empty()));
      assertThat(logins.stored(one)).isEmpty();
      assertThat(logins.stored(two)).isEmpty();
      assertThat(logins.stored(four)).contains(four);
    }

    @Test
    void needsALimitAndAnEndThatIsPast() {
      Instant later = logins.now().plus(Duration.ofSeconds(1));

      assertThatThrownBy(() -> cleanupConsumed(Optional.empty(), logins.now(), 0))
          .isInstanceOf(InvalidInputException.class);
      assertThatThrownBy(() -> cleanupConsumed(Optional.empty(), later, 1))
          .isInstanceOf(InvalidInputException.class);
    }

    private CleanupResult<Instant> cleanupConsumed(
        Optional<Instant> since, Instant until, int limit) {
      return store.write(repo -> repo.compatRefreshTokens().cleanupConsumed(since, until, limit));
    }
  }

  /** All that a client's refresh does. */
  private CompatRefreshToken refresh(RepositoryAccess repo, CompatRefreshToken token, String text) {
    CompatAccessToken access =
        repo.compatAccessTokens()
            .add(session, "access for " + text, Optional.of(Duration.ofMinutes(5)));
    CompatRefreshToken successor = repo.compatRefreshTokens().add(session, access, text);
    return repo.compatRefreshTokens().consumeAndReplace(token, successor);
  }

  private CompatRefreshToken replace(CompatRefreshToken token, CompatRefreshToken successor) {
    return store.write(repo -> repo.compatRefreshTokens().consumeAndReplace(token, successor));
  }

  private Optional<CompatRefreshToken> findByToken(String token) {
    return store.read(repo -> repo.compatRefreshTokens().findByToken(token));
  }
}
