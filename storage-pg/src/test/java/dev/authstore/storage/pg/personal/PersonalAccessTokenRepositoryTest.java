package dev.authstore.storage.pg.personal;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.model.personal.PersonalAccessToken;
import dev.authstore.model.personal.PersonalAccessTokenStage;
import dev.authstore.model.personal.PersonalSession;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.ConflictKind;
import dev.authstore.storage.ConstraintViolationException;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.Repository;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.personal.PersonalSessionFilter;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PersonalAccessTokenRepositoryTest {
  private static final Optional<Duration> MINUTE = Optional.of(Duration.ofMinutes(1));

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final Scripts scripts = new Scripts(store);

  @Nested
  class Add {
    @Test
    void returnsWhatIsStored() {
      PersonalSession session = scripts.session();

      PersonalAccessToken token = scripts.token(session, "secret", Optional.empty());

      assertThat(scripts.stored(token)).contains(token);
      assertThat(findByToken("secret")).contains(token);
      assertThat(scripts.activeTokenOf(session)).contains(token);
      assertThat(token.sessionId()).isEqualTo(session.id());
      assertThat(token.createdAt()).isEqualTo(scripts.now());
      assertThat(token.expiresAt()).isEmpty();
      assertThat(token.isRevoked()).isFalse();
    }

    @Test
    void keepsTheTokenUsableUntilItExpires() {
      PersonalSession session = scripts.session();

      PersonalAccessToken token = scripts.token(session, "secret", MINUTE);

      Instant end = scripts.now().plus(Duration.ofMinutes(1));
      assertThat(scripts.stored(token)).contains(token);
      assertThat(token.expiresAt()).contains(end);
      assertThat(token.isValid(end.minusNanos(1000))).isTrue();
      assertThat(token.isValid(end)).isFalse();
      assertThat(token.isValid(end.plusNanos(1000))).isFalse();
    }

    @Test
    void refusesASecondToken() {
      PersonalSession session = scripts.session();
      PersonalAccessToken token = scripts.token(session);

      assertThat(conflict(session, "other")).isEqualTo(ConflictKind.SESSION_HAS_TOKEN);
      assertThat(scripts.activeTokenOf(session)).contains(token);
      assertThat(findByToken("other")).isEmpty();
    }

    @Test
    void refusesASecondTokenWhenTheFirstHasExpired() {
      PersonalSession session = scripts.session();
      PersonalAccessToken token = scripts.token(session, MINUTE);
      store.clock().advance(Duration.ofHours(1));

      assertThat(conflict(session, "other")).isEqualTo(ConflictKind.SESSION_HAS_TOKEN);
      assertThat(scripts.activeTokenOf(session)).contains(token);
    }

    @Test
    void takesThePlaceOfARevokedToken() {
      PersonalSession session = scripts.session();
      PersonalAccessToken first = scripts.revoked(scripts.token(session));

      PersonalAccessToken second = scripts.token(session);

      assertThat(scripts.activeTokenOf(session)).contains(second);
      assertThat(scripts.stored(first)).contains(first);
    }

    @Test
    void refusesATokenThatExists() {
      PersonalSession session = scripts.session();
      PersonalAccessToken token = scripts.token(session, "secret", Optional.empty());

      assertThat(conflict(session, "secret")).isEqualTo(ConflictKind.TOKEN_TAKEN);
      assertThat(conflict(scripts.session(), "secret")).isEqualTo(ConflictKind.TOKEN_TAKEN);
      PersonalAccessToken revoked = scripts.revoked(token);
      assertThat(conflict(session, "secret")).isEqualTo(ConflictKind.TOKEN_TAKEN);
      assertThat(scripts.stored(token)).contains(revoked);
    }

    @Test
    void refusesARevokedSession() {
      PersonalSession session = scripts.session();
      scripts.revoked(session);

      assertThat(
              store.reason(
                  repo -> repo.personalAccessTokens().add(session, "secret", Optional.empty())))
          .isEqualTo(StateReason.SESSION_FINISHED);
      assertThat(findByToken("secret")).isEmpty();
    }

    @Test
    void missesASessionThatIsGone() {
      PersonalSession session = scripts.session();
      scripts.remove(session);

      assertThat(
              store.missing(
                  repo -> repo.personalAccessTokens().add(session, "secret", Optional.empty())))
          .isEqualTo("personal_session " + session.id());
    }

    @Test
    void refusesWhatIsNoTokenOrLifetime() {
      PersonalSession session = scripts.session();
      store.statements();

      for (String token : List.of("", "\u0000", "\ud800", "x".repeat(8193))) {
        assertInvalid(session, token, Optional.empty());
      }
      for (Duration lifetime :
          List.of(Duration.ZERO, Duration.ofSeconds(-1), Duration.ofNanos(999))) {
        assertInvalid(session, "secret", Optional.of(lifetime));
      }
      assertThat(store.statements())
          .noneMatch(statement -> statement.operation().startsWith("personal"));
      assertThat(scripts.activeTokenOf(session)).isEmpty();
    }

    @Test
    void hasOneWinnerAmongThirtyTwo() throws Exception {
      PersonalSession session = scripts.session();
      RepositoryFactory repositories = store.repositories();

      Race.Results<PersonalAccessToken> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.call(
                          repo ->
                              repo.personalAccessTokens()
                                  .add(session, "token " + number, Optional.empty())));

      assertThat(race.values()).hasSize(1);
      assertThat(race.failures())
          .allSatisfy(
              failure ->
                  assertThat(failure)
                      .isInstanceOfSatisfying(
                          ConflictException.class,
                          e -> assertThat(e.kind()).isEqualTo(ConflictKind.SESSION_HAS_TOKEN)));
      assertThat(scripts.activeTokenOf(session)).contains(race.values().get(0));
    }

    @Test
    void losesToAnIssueItHasWaitedFor() throws Exception {
      PersonalSession session = scripts.session();
      Store.Held<PersonalAccessToken> first =
          store.hold(repo -> repo.personalAccessTokens().add(session, "one", Optional.empty()));

      Future<PersonalAccessToken> second =
          store.start(repo -> repo.personalAccessTokens().add(session, "two", Optional.empty()));
      store.awaitBlocked(1);
      first.save();

      assertThatThrownBy(() -> second.get(20, SECONDS)).hasCauseInstanceOf(ConflictException.class);
      assertThat(scripts.activeTokenOf(session)).contains(first.result());
    }

    @Test
    void losesToARevocationOfTheSession() throws Exception {
      PersonalSession session = scripts.session();
      Store.Held<PersonalSession> revocation =
          store.hold(repo -> repo.personalSessions().revoke(session));

      Future<PersonalAccessToken> issue =
          store.start(repo -> repo.personalAccessTokens().add(session, "one", Optional.empty()));
      store.awaitBlocked(1);
      revocation.save();

      assertThatThrownBy(() -> issue.get(20, SECONDS))
          .hasCauseInstanceOf(InvalidStateException.class);
      assertThat(findByToken("one")).isEmpty();
    }

    @Test
    void losesToARevocationOfManySessions() throws Exception {
      PersonalSession session = scripts.session();
      Store.Held<Integer> revocation =
          store.hold(repo -> repo.personalSessions().revokeBulk(PersonalSessionFilter.all()));

      Future<PersonalAccessToken> issue =
          store.start(repo -> repo.personalAccessTokens().add(session, "one", Optional.empty()));
      store.awaitBlocked(1);
      revocation.save();

      assertThatThrownBy(() -> issue.get(20, SECONDS))
          .hasCauseInstanceOf(InvalidStateException.class);
      assertThat(findByToken("one")).isEmpty();
    }
  }

  @Nested
  class FindByToken {
    @Test
    void findsRevokedAndExpiredTokens() {
      PersonalSession session = scripts.session();
      PersonalAccessToken revoked =
          scripts.revoked(scripts.token(session, "revoked", Optional.empty()));
      PersonalAccessToken expired = scripts.token(session, "expired", MINUTE);
      store.clock().advance(Duration.ofHours(1));

      assertThat(findByToken("revoked")).contains(revoked);
      assertThat(findByToken("expired")).contains(expired);
    }

    @Test
    void findsNothingByOtherText() {
      scripts.token(scripts.session(), "secret", Optional.empty());
      String digest =
          store.select("SELECT encode(token_digest, 'hex') FROM personal_access_tokens").get(0);

      for (String text : List.of("Secret", "secre", "secret ", digest, "", "\u0000", "\ud800")) {
        assertThat(findByToken(text)).isEmpty();
      }
      assertThat(HexFormat.of().parseHex(digest)).hasSize(32);
    }
  }

  @Nested
  class Revoke {
    @Test
    void endsTheTokenAlone() {
      PersonalSession session = scripts.session();
      PersonalAccessToken token = scripts.token(session);

      PersonalAccessToken revoked = scripts.revoked(token);

      assertThat(revoked.stage()).isEqualTo(new PersonalAccessTokenStage.Revoked(scripts.now()));
      assertThat(scripts.stored(token)).contains(revoked);
      assertThat(scripts.stored(session)).contains(session);
    }

    @Test
    void endsAnExpiredToken() {
      PersonalAccessToken token = scripts.token(scripts.session(), MINUTE);
      store.clock().advance(Duration.ofHours(1));

      PersonalAccessToken revoked = scripts.revoked(token);

      assertThat(scripts.stored(token)).contains(revoked);
    }

    @Test
    void happensOnce() {
      PersonalAccessToken token = scripts.token(scripts.session());
      PersonalAccessToken revoked = scripts.revoked(token);
      store.clock().advance(Duration.ofMinutes(1));

      for (PersonalAccessToken record : List.of(token, revoked)) {
        assertThat(store.reason(repo -> repo.personalAccessTokens().revoke(record)))
            .isEqualTo(StateReason.REVOKED);
      }
      assertThat(scripts.stored(token)).contains(revoked);
    }

    @Test
    void missesATokenThatIsGone() {
      PersonalSession session = scripts.session();
      PersonalAccessToken token = scripts.token(session);
      scripts.remove(session);

      assertThat(store.missing(repo -> repo.personalAccessTokens().revoke(token)))
          .isEqualTo("personal_access_token " + token.id());
    }

    @Test
    void hasOneWinnerAmongThirtyTwo() throws Exception {
      PersonalAccessToken token = scripts.token(scripts.session());
      RepositoryFactory repositories = store.repositories();

      Race.Results<PersonalAccessToken> race =
          Race.of(32)
              .run(number -> repositories.call(repo -> repo.personalAccessTokens().revoke(token)));

      assertThat(race.values()).hasSize(1);
      assertThat(race.failures()).hasOnlyElementsOfType(InvalidStateException.class);
      assertThat(scripts.stored(token)).contains(race.values().get(0));
    }

    @Test
    void losesToTheEndOfTheSession() throws Exception {
      PersonalSession session = scripts.session();
      PersonalAccessToken token = scripts.token(session);
      Store.Held<PersonalSession> revocation =
          store.hold(repo -> repo.personalSessions().revoke(session));

      Future<PersonalAccessToken> second =
          store.start(repo -> repo.personalAccessTokens().revoke(token));
      store.awaitBlocked(1);
      revocation.save();

      assertThatThrownBy(() -> second.get(20, SECONDS))
          .hasCauseInstanceOf(InvalidStateException.class);
      assertThat(scripts.stored(token))
          .flatMap(PersonalAccessToken::revokedAt)
          .isEqualTo(revocation.result().revokedAt());
    }

    @Test
    void winsOverAnEndOfTheSessionThatIsNotSaved() throws Exception {
      PersonalSession session = scripts.session();
      PersonalAccessToken token = scripts.token(session);
      Store.Held<PersonalSession> revocation =
          store.hold(repo -> repo.personalSessions().revoke(session));

      Future<PersonalAccessToken> second =
          store.start(repo -> repo.personalAccessTokens().revoke(token));
      store.awaitBlocked(1);
      revocation.cancel();

      PersonalAccessToken revoked = second.get(20, SECONDS);
      assertThat(scripts.stored(token)).isEqualTo(Optional.of(revoked));
    }
  }

  @Nested
  class Replace {
    @Test
    void putsATokenInThePlaceOfTheOneBefore() {
      PersonalSession session = scripts.session();
      PersonalAccessToken first = scripts.token(session, "one", Optional.empty());

      PersonalAccessToken second = scripts.replaced(session, "two");

      assertThat(scripts.activeTokenOf(session)).contains(second);
      assertThat(findByToken("two")).contains(second);
      assertThat(scripts.stored(first))
          .flatMap(PersonalAccessToken::revokedAt)
          .contains(second.createdAt());
    }

    @Test
    void issuesTheFirstToken() {
      PersonalSession session = scripts.session();

      PersonalAccessToken token = scripts.replaced(session, "one");

      assertThat(scripts.activeTokenOf(session)).contains(token);
    }

    @Test
    void replacesAnExpiredToken() {
      PersonalSession session = scripts.session();
      scripts.token(session, MINUTE);
      store.clock().advance(Duration.ofHours(1));

      PersonalAccessToken token = scripts.replaced(session, "two");

      assertThat(scripts.activeTokenOf(session)).contains(token);
    }

    @Test
    void leavesARevokedTokenAsItIs() {
      PersonalSession session = scripts.session();
      PersonalAccessToken revoked = scripts.revoked(scripts.token(session));

      scripts.replaced(session, "two");

      assertThat(scripts.stored(revoked)).contains(revoked);
    }

    @Test
    void refusesARevokedSession() {
      PersonalSession session = scripts.session();
      scripts.revoked(session);

      assertThat(
              store.reason(
                  repo -> repo.personalAccessTokens().replace(session, "two", Optional.empty())))
          .isEqualTo(StateReason.SESSION_FINISHED);
      assertThat(findByToken("two")).isEmpty();
    }

    @Test
    void missesASessionThatIsGone() {
      PersonalSession session = scripts.session();
      scripts.remove(session);

      assertThat(
              store.missing(
                  repo -> repo.personalAccessTokens().replace(session, "two", Optional.empty())))
          .isEqualTo("personal_session " + session.id());
    }

    @Test
    void failsWithATokenThatExists() {
      PersonalSession session = scripts.session();
      PersonalAccessToken token = scripts.token(session, "one", Optional.empty());

      try (Repository repo = store.repositories().begin()) {
        assertThatExceptionOfType(ConstraintViolationException.class)
            .isThrownBy(
                () -> repo.personalAccessTokens().replace(session, "one", Optional.empty()));
      }
      assertThat(scripts.activeTokenOf(session)).contains(token);
    }

    @Test
    void refusesWhatIsNoTokenOrLifetime() {
      PersonalSession session = scripts.session();

      assertThat(
              store.refusal(
                  repo -> repo.personalAccessTokens().replace(session, "", Optional.empty())))
          .isInstanceOf(InvalidInputException.class);
      assertThat(
              store.refusal(
                  repo ->
                      repo.personalAccessTokens()
                          .replace(session, "two", Optional.of(Duration.ZERO))))
          .isInstanceOf(InvalidInputException.class);
    }

    @Test
    void replacesWhatItHasWaitedFor() throws Exception {
      PersonalSession session = scripts.session();
      scripts.token(session);
      Store.Held<PersonalAccessToken> first =
          store.hold(repo -> repo.personalAccessTokens().replace(session, "one", Optional.empty()));

      Future<PersonalAccessToken> second =
          store.start(
              repo -> repo.personalAccessTokens().replace(session, "two", Optional.empty()));
      store.awaitBlocked(1);
      first.save();

      PersonalAccessToken replacement = second.get(20, SECONDS);
      assertThat(scripts.activeTokenOf(session)).contains(replacement);
      assertThat(scripts.stored(first.result())).map(PersonalAccessToken::isRevoked).contains(true);
    }

    @Test
    void leavesOneTokenAmongThirtyTwo() throws Exception {
      PersonalSession session = scripts.session();
      RepositoryFactory repositories = store.repositories();
      store.statements();

      Race.Results<PersonalAccessToken> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.call(
                          repo ->
                              repo.personalAccessTokens()
                                  .replace(session, "token " + number, Optional.empty())));

      assertThat(race.failures()).isEmpty();
      assertThat(race.values()).contains(scripts.activeTokenOf(session).orElseThrow());
      assertThat(store.select("SELECT id FROM personal_access_tokens WHERE revoked_at IS NULL"))
          .hasSize(1);
      assertThat(store.statements()).noneMatch(statement -> statement.sqlState().isPresent());
    }

    @Test
    void neverLeavesATokenOfARevokedSession() throws Exception {
      RepositoryFactory repositories = store.repositories();
      store.statements();
      for (int round = 0; round < 10; round++) {
        PersonalSession session = scripts.session();
        PersonalAccessToken token = scripts.token(session);

        Race.of(6)
            .run(
                number -> {
                  repositories.run(repo -> act(repo, number, session, token));
                  return number;
                });

        assertThat(scripts.stored(session)).map(PersonalSession::isRevoked).contains(true);
        assertThat(scripts.activeTokenOf(session)).isEmpty();
      }
      assertThat(store.statements()).noneMatch(statement -> statement.sqlState().isPresent());
    }
  }

  private static void act(
      RepositoryAccess repo, int number, PersonalSession session, PersonalAccessToken token) {
    switch (number % 3) {
      case 0 -> repo.personalSessions().revoke(session);
      case 1 ->
          repo.personalAccessTokens()
              .replace(session, "token " + session.id() + number, Optional.empty());
      default -> repo.personalAccessTokens().revoke(token);
    }
  }

  private Optional<PersonalAccessToken> findByToken(String token) {
    return store.read(repo -> repo.personalAccessTokens().findByToken(token));
  }

  private ConflictKind conflict(PersonalSession session, String token) {
    return store.conflict(
        repo -> repo.personalAccessTokens().add(session, token, Optional.empty()));
  }

  private void assertInvalid(PersonalSession session, String token, Optional<Duration> lifetime) {
    assertThat(store.refusal(repo -> repo.personalAccessTokens().add(session, token, lifetime)))
        .isInstanceOf(InvalidInputException.class);
  }
}
