package dev.authstore.storage.pg.compat;

import static dev.authstore.storage.pg.Store.assertRefused;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.compat.CompatAccessToken;
import dev.authstore.model.compat.CompatRefreshToken;
import dev.authstore.model.compat.CompatSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.compat.ActiveCompatToken;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
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

class CompatAccessTokenRepositoryTest {
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
    void storesATokenForAWhile() {
      CompatAccessToken token = logins.accessToken(session, "secret", ofMinutes(1));
      Instant end = logins.now().plusSeconds(60);

      assertThat(token)
          .isEqualTo(
              new CompatAccessToken(token.id(), session.id(), logins.now(), Optional.of(end)));
      assertThat(logins.stored(token)).contains(token);
      assertThat(findByToken("secret")).contains(token);
      assertThat(token.isValid(end.minus(1, ChronoUnit.MICROS))).isTrue();
      assertThat(token.isValid(end)).isFalse();
      assertThat(token.isValid(end.plus(1, ChronoUnit.MICROS))).isFalse();
    }

    @Test
    void storesATokenForEver() {
      CompatAccessToken token = logins.accessToken(session, "secret");

      assertThat(token.expiresAt()).isEmpty();
      assertThat(token.isValid(logins.now().plus(Duration.ofDays(36_500)))).isTrue();
      assertThat(logins.stored(token)).contains(token);
    }

    @Test
    void keepsADigest() {
      CompatAccessToken token = logins.accessToken(session, "secret");

      logins.assertKeptAsDigest("compat_access_tokens", "token_digest", token.id(), "secret");
    }

    @Test
    void takesTokensOfAnyLengthAndForm() {
      for (String text : List.of("a".repeat(10_000), "x", "syt_old_token", "ü \n😀")) {
        CompatAccessToken token = logins.accessToken(session, text);

        assertThat(findByToken(text)).contains(token);
      }
    }

    @Test
    void givesASessionSeveral() {
      CompatAccessToken one = logins.accessToken(session, "one", ofMinutes(5));
      CompatAccessToken two = logins.accessToken(session, "two");

      assertThat(findByToken("one")).contains(one);
      assertThat(findByToken("two")).contains(two);
    }

    @Test
    void refusesATokenThatExists() {
      CompatAccessToken first = logins.accessToken(session, "secret");
      CompatSession other = logins.session(john, "tablet");

      for (CompatSession whose : List.of(session, other)) {
        ConflictKind taken =
            store.conflict(
                repo -> repo.compatAccessTokens().add(whose, "secret", Optional.empty()));

        assertThat(taken).isEqualTo(ConflictKind.TOKEN_TAKEN);
        assertThat(findByToken("secret")).contains(first);
      }
      assertThat(logins.rows("compat_access_tokens")).isOne();
    }

    @Test
    void refusesWhatIsNoTokenOrLifetime() {
      for (String text : List.of("", "a\0", "\ud800")) {
        assertThat(
                store.refusal(
                    repo -> repo.compatAccessTokens().add(session, text, Optional.empty())))
            .isInstanceOf(InvalidInputException.class);
      }
      for (Duration lifetime :
          List.of(Duration.ZERO, Duration.ofSeconds(-1), Duration.ofNanos(999))) {
        assertThat(
                store.refusal(
                    repo ->
                        repo.compatAccessTokens().add(session, "secret", Optional.of(lifetime))))
            .isInstanceOf(InvalidInputException.class);
      }
      assertThat(logins.rows("compat_access_tokens")).isZero();
    }

    @Test
    void needsASessionThatIsValid() {
      CompatSession ended = logins.finished(session);

      for (CompatSession copy : List.of(session, ended)) {
        StateReason reason =
            store.reason(repo -> repo.compatAccessTokens().add(copy, "secret", Optional.empty()));

        assertThat(reason).isEqualTo(StateReason.SESSION_FINISHED);
      }
      assertThat(findByToken("secret")).isEmpty();
    }

    @Test
    void findsNoSessionThatIsGone() {
      logins.remove(session);

      String missing =
          store.missing(repo -> repo.compatAccessTokens().add(session, "secret", Optional.empty()));

      assertThat(missing).isEqualTo("compat_session " + session.id());
    }

    @Test
    void seesALogoutThatItWaitedFor() {
      Store.Held<CompatSession> logout = store.hold(repo -> repo.compatSessions().finish(session));
      Future<CompatAccessToken> issue =
          store.start(repo -> repo.compatAccessTokens().add(session, "secret", Optional.empty()));
      store.awaitBlocked(1);

      logout.save();

      assertRefused(issue, StateReason.SESSION_FINISHED);
      assertThat(findByToken("secret")).isEmpty();
    }

    @Test
    void isWaitedForByALogout() throws Exception {
      Store.Held<CompatAccessToken> issue =
          store.hold(repo -> repo.compatAccessTokens().add(session, "secret", Optional.empty()));
      Future<CompatSession> logout = store.start(repo -> repo.compatSessions().finish(session));
      store.awaitBlocked(1);

      issue.save();

      assertThat(Logins.get(logout).isFinished()).isTrue();
      assertThat(findActive("secret")).isEmpty();
    }

    @Test
    void isNoneForASessionThatIsDeletedMeanwhile() {
      logins.finished(session);
      logins.tick();
      Store.Held<CleanupResult<Instant>> cleanup =
          store.hold(
              repo -> repo.compatSessions().cleanupFinished(Optional.empty(), logins.now(), 10));
      Future<CompatAccessToken> issue =
          store.start(repo -> repo.compatAccessTokens().add(session, "secret", Optional.empty()));
      store.awaitBlocked(1);

      cleanup.save();

      assertThat(issue)
          .failsWithin(Duration.ofSeconds(20))
          .withThrowableOfType(ExecutionException.class)
          .withMessageContaining("compat_session " + session.id() + " does not exist");
    }

    @Test
    void hasOneWinnerAmongThirtyTwoOfOneText() throws Exception {
      RepositoryFactory repositories = store.repositories();

      Race.Results<CompatAccessToken> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.<CompatAccessToken>call(
                          repo ->
                              repo.compatAccessTokens().add(session, "secret", Optional.empty())));

      assertThat(race.values()).containsExactly(findByToken("secret").orElseThrow());
      assertThat(race.failures()).hasSize(31).allMatch(ConflictException.class::isInstance);
    }
  }

  @Nested
  class LookUps {
    @Test
    void findNothingElse() {
      logins.accessToken(session, "secret");
      String digest =
          store.select("SELECT encode(token_digest, 'hex') FROM compat_access_tokens").get(0);

      for (String text : List.of("secre", "SECRET", "secret ", digest, "", "a\0")) {
        assertThat(findByToken(text)).isEmpty();
        assertThat(findActive(text)).isEmpty();
      }
      assertThat(store.<Optional<?>>read(repo -> repo.compatAccessTokens().lookup(new UUID(0, 1))))
          .isEmpty();
    }

    @Test
    void findExpiredTokensAndThoseOfFinishedSessions() {
      CompatAccessToken token = logins.accessToken(session, "secret", ofMinutes(1));
      store.clock().advance(ofMinutes(2));
      logins.finished(session);

      assertThat(findByToken("secret")).contains(token);
      assertThat(logins.stored(token)).contains(token);
    }
  }

  @Nested
  class FindActive {
    @Test
    void findsTokenSessionAndUserInOneStatement() {
      CompatAccessToken token = logins.accessToken(session, "secret", ofMinutes(1));
      store.statements();

      Optional<ActiveCompatToken> found = findActive("secret");

      assertThat(found).contains(new ActiveCompatToken(token, session, john));
      assertThat(store.statements()).hasSize(1);
    }

    @Test
    void findsNothingFromTheEndOfTheTokenOn() {
      CompatAccessToken token = logins.accessToken(session, "secret", ofMinutes(1));
      Instant end = token.expiresAt().orElseThrow();

      store.clock().set(end.minus(1, ChronoUnit.MICROS));
      assertThat(findActive("secret")).isPresent();
      store.clock().set(end);
      assertThat(findActive("secret")).isEmpty();
    }

    @Test
    void findsNothingInAFinishedSession() {
      logins.accessToken(session, "secret");
      logins.finished(session);

      assertThat(findActive("secret")).isEmpty();
    }

    @Test
    void findsNothingOfAUserThatIsLockedOrDeactivated() {
      logins.accessToken(session, "secret");

      User locked = store.write(repo -> repo.users().lock(john));
      assertThat(findActive("secret")).isEmpty();
      store.run(repo -> repo.users().unlock(locked));
      assertThat(findActive("secret")).isPresent();
      store.run(repo -> repo.users().deactivate(john));
      assertThat(findActive("secret")).isEmpty();
    }
  }

  @Nested
  class Expire {
    @Test
    void endsAValidToken() {
      CompatAccessToken token = logins.accessToken(session, "secret", ofMinutes(5));
      logins.tick();

      CompatAccessToken expired = expire(token);

      assertThat(expired.expiresAt()).contains(logins.now());
      assertThat(expired.isValid(logins.now())).isFalse();
      assertThat(logins.stored(token)).contains(expired);
    }

    @Test
    void endsATokenThatWasForEver() {
      CompatAccessToken token = logins.accessToken(session, "secret");

      assertThat(expire(token).expiresAt()).contains(logins.now());
    }

    @Test
    void neverMovesTheEndToLater() {
      CompatAccessToken token = logins.accessToken(session, "secret", ofMinutes(1));
      store.clock().advance(ofMinutes(2));

      CompatAccessToken once = expire(token);
      store.clock().advance(ofMinutes(2));
      CompatAccessToken twice = expire(once);

      assertThat(once).isEqualTo(token);
      assertThat(twice).isEqualTo(token);
    }

    @Test
    void findsNoTokenThatIsGone() {
      CompatAccessToken token = logins.accessToken(session, "secret");
      store.sql("DELETE FROM compat_access_tokens");

      String missing = store.missing(repo -> repo.compatAccessTokens().expire(token));

      assertThat(missing).isEqualTo("compat_access_token " + token.id());
    }

    private CompatAccessToken expire(CompatAccessToken token) {
      return store.write(repo -> repo.compatAccessTokens().expire(token));
    }
  }

  @Nested
  class CleanupExpired {
    @Test
    void deletesTheLongestExpiredBatchByBatch() {
      CompatAccessToken one = logins.accessToken(session, "one", ofMinutes(1));
      CompatAccessToken two = logins.accessToken(session, "two", ofMinutes(2));
      CompatAccessToken three = logins.accessToken(session, "three", ofMinutes(3));
      CompatAccessToken late = logins.accessToken(session, "late", ofMinutes(10));
      CompatAccessToken forEver = logins.accessToken(session, "for ever");
      store.clock().advance(ofMinutes(20));
      Instant until = late.expiresAt().orElseThrow();

      CleanupResult<Instant> first = cleanupExpired(Optional.empty(), until, 2);
      CleanupResult<Instant> second = cleanupExpired(first.cursor(), until, 2);
      CleanupResult<Instant> third = cleanupExpired(second.cursor(), until, 2);

      assertThat(first).isEqualTo(new CleanupResult<>(2, two.expiresAt()));
      assertThat(second).isEqualTo(new CleanupResult<>(1, three.expiresAt()));
      assertThat(third).isEqualTo(new CleanupResult<>(0, Optional.empty()));
      assertThat(logins.stored(one)).isEmpty();
      assertThat(logins.stored(late)).contains(late);
      assertThat(logins.stored(forEver)).contains(forEver);
    }

    @Test
    void skipsTokensThatARefreshTokenNamesEvenAConsumedOne() {
      CompatAccessToken one = logins.accessToken(session, "one", ofMinutes(1));
      CompatAccessToken two = logins.accessToken(session, "two", ofMinutes(1));
      CompatRefreshToken used = logins.refreshToken(session, one, "refresh one");
      CompatRefreshToken next = logins.refreshToken(session, two, "refresh two");
      store.run(repo -> repo.compatRefreshTokens().consumeAndReplace(used, next));
      store.clock().advance(ofMinutes(20));

      CleanupResult<Instant> before = cleanupExpired(Optional.empty(), logins.now(), 10);
      store.run(
          repo -> repo.compatRefreshTokens().cleanupConsumed(Optional.empty(), logins.now(), 10));
      CleanupResult<Instant> after = cleanupExpired(Optional.empty(), logins.now(), 10);

      assertThat(before.count()).isZero();
      assertThat(after).isEqualTo(new CleanupResult<>(1, one.expiresAt()));
      assertThat(logins.stored(two)).contains(two);
    }

    @Test
    void leavesATokenThatARefreshTokenIsAboutToName() {
      CompatAccessToken token = logins.accessToken(session, "one", ofMinutes(1));
      store.clock().advance(ofMinutes(20));
      Store.Held<CompatRefreshToken> issue =
          store.hold(repo -> repo.compatRefreshTokens().add(session, token, "refresh"));

      CleanupResult<Instant> during = cleanupExpired(Optional.empty(), logins.now(), 10);
      issue.save();
      CleanupResult<Instant> after = cleanupExpired(Optional.empty(), logins.now(), 10);

      assertThat(during.count()).isZero();
      assertThat(after.count()).isZero();
      assertThat(logins.stored(token)).contains(token);
    }

    @Test
    void isDoneByManyAtOnceBesideRefreshTokensForTheSameTokens() throws Exception {
      List<CompatAccessToken> tokens =
          IntStream.range(0, 64)
              .mapToObj(i -> logins.accessToken(session, "access" + i, ofMinutes(1)))
              .toList();
      store.clock().advance(ofMinutes(20));
      RepositoryFactory repositories = store.repositories();

      Race.Results<Integer> race =
          Race.of(32)
              .run(
                  number ->
                      number % 2 == 0
                          ? repositories.call(
                              repo ->
                                  repo.compatAccessTokens()
                                      .cleanupExpired(Optional.empty(), logins.now(), 8)
                                      .count())
                          : issued(repositories, tokens.get(number), "refresh" + number));

      assertThat(race.failures()).allMatch(NotFoundException.class::isInstance);
      assertThat(logins.rows("compat_refresh_tokens")).isEqualTo(16 - race.failures().size());
    }

    @Test
    void needsALimitAndAnEndThatIsPast() {
      Instant later = logins.now().plusSeconds(1);

      assertThat(
              store.refusal(
                  repo ->
                      repo.compatAccessTokens().cleanupExpired(Optional.empty(), logins.now(), 0)))
          .isInstanceOf(InvalidInputException.class);
      assertThat(
              store.refusal(
                  repo -> repo.compatAccessTokens().cleanupExpired(Optional.empty(), later, 1)))
          .isInstanceOf(InvalidInputException.class);
    }

    private int issued(RepositoryFactory repositories, CompatAccessToken token, String text) {
      return repositories.call(
          repo -> repo.compatRefreshTokens().add(session, token, text).isValid() ? 1 : 0);
    }

    private CleanupResult<Instant> cleanupExpired(
        Optional<Instant> since, Instant until, int limit) {
      return store.write(repo -> repo.compatAccessTokens().cleanupExpired(since, until, limit));
    }
  }

  private Optional<CompatAccessToken> findByToken(String token) {
    return store.read(repo -> repo.compatAccessTokens().findByToken(token));
  }

  private Optional<ActiveCompatToken> findActive(String token) {
    return store.read(repo -> repo.compatAccessTokens().findActive(token));
  }
}
