package dev.authstore.storage.pg.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.authstore.model.user.UserRegistrationToken;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class UserRegistrationTokenUseRepositoryTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration MICROSECOND = Duration.of(1, ChronoUnit.MICROS);

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  @Nested
  class UseToken {
    @Test
    void countsTheUse() {
      UserRegistrationToken token = token(Optional.empty(), Optional.empty());
      tick();

      UserRegistrationToken used = used(token);

      assertThat(used.timesUsed()).isOne();
      assertThat(used.lastUsedAt()).contains(now());
      assertThat(stored(token)).contains(used);
    }

    @Test
    void countsOnFromTheStoredRow() {
      UserRegistrationToken token = token(Optional.empty(), Optional.empty());
      for (int i = 0; i < 9; i++) {
        used(token);
      }

      UserRegistrationToken used = used(token);

      assertThat(used.timesUsed()).isEqualTo(10);
    }

    @Test
    void neverEndsWithoutALimit() {
      UserRegistrationToken token = token(Optional.empty(), Optional.empty());

      store.run(
          repo -> {
            for (int i = 0; i < 1000; i++) {
              repo.userRegistrationTokens().useToken(token);
            }
          });

      assertThat(stored(token).map(UserRegistrationToken::timesUsed)).contains(1000);
    }

    @Test
    void neverMovesTheLastUseBack() {
      UserRegistrationToken token = token(Optional.empty(), Optional.empty());
      Instant later = now().plusSeconds(3600);
      store.sql(
          "UPDATE user_registration_tokens SET last_used_at = ?::timestamptz", later.toString());

      UserRegistrationToken used = used(token);

      assertThat(used.lastUsedAt()).contains(later);
      assertThat(used.timesUsed()).isOne();
    }

    @Test
    void isRefusedBeyondTheLimit() {
      UserRegistrationToken token = token(Optional.of(2), Optional.empty());
      used(token);
      UserRegistrationToken second = used(token);

      assertRefused(token, StateReason.EXHAUSTED);

      assertThat(stored(token)).contains(second);
    }

    @Test
    void isRefusedAtOnceWithALimitOfNothing() {
      UserRegistrationToken token = token(Optional.of(0), Optional.empty());

      assertRefused(token, StateReason.EXHAUSTED);

      assertThat(stored(token)).contains(token);
    }

    @Test
    void isAllowedAgainWithAHigherLimit() {
      UserRegistrationToken token = token(Optional.of(1), Optional.empty());
      used(token);
      store.run(repo -> repo.userRegistrationTokens().setUsageLimit(token, Optional.of(2)));

      assertThat(used(token).timesUsed()).isEqualTo(2);
    }

    @Test
    void isRefusedOnceTheLimitIsBelowTheUses() {
      UserRegistrationToken token = token(Optional.empty(), Optional.empty());
      used(token);
      used(token);
      store.run(repo -> repo.userRegistrationTokens().setUsageLimit(token, Optional.of(1)));

      assertRefused(token, StateReason.EXHAUSTED);

      assertThat(stored(token).map(UserRegistrationToken::timesUsed)).contains(2);
    }

    @Test
    void isRefusedOnceRevoked() {
      UserRegistrationToken token = token(Optional.empty(), Optional.empty());
      UserRegistrationToken revoked =
          store.write(repo -> repo.userRegistrationTokens().revoke(token));

      assertRefused(token, StateReason.REVOKED);

      assertThat(stored(token)).contains(revoked);
    }

    @Test
    void isAllowedAgainOnceUnrevoked() {
      UserRegistrationToken token = token(Optional.empty(), Optional.empty());
      store.run(repo -> repo.userRegistrationTokens().revoke(token));
      store.run(repo -> repo.userRegistrationTokens().unrevoke(token));

      assertThat(used(token).timesUsed()).isOne();
    }

    @Test
    void isAllowedUntilTheEnd() {
      UserRegistrationToken token = token(Optional.empty(), Optional.of(now().plusSeconds(60)));
      store.clock().advance(Duration.ofSeconds(60).minus(MICROSECOND));

      UserRegistrationToken used = used(token);

      assertThat(used.timesUsed()).isOne();
    }

    @Test
    void isRefusedFromTheEndOn() {
      UserRegistrationToken token = token(Optional.empty(), Optional.of(now().plusSeconds(60)));
      store.clock().advance(Duration.ofSeconds(60));

      assertRefused(token, StateReason.EXPIRED);

      assertThat(stored(token)).contains(token);
    }

    @Test
    void isAllowedAgainWithoutAnEnd() {
      UserRegistrationToken token = token(Optional.empty(), Optional.of(now()));
      store.run(repo -> repo.userRegistrationTokens().setExpiry(token, Optional.empty()));

      assertThat(used(token).timesUsed()).isOne();
    }

    @Test
    void namesTheFirstReasonOfSeveral() {
      UserRegistrationToken token = token(Optional.of(0), Optional.of(now()));

      assertRefused(token, StateReason.EXPIRED);
      store.run(repo -> repo.userRegistrationTokens().revoke(token));
      assertRefused(token, StateReason.REVOKED);

      assertThat(stored(token).map(UserRegistrationToken::timesUsed)).contains(0);
    }

    @Test
    void refusesAMissingToken() {
      UserRegistrationToken token = token(Optional.empty(), Optional.empty());
      store.sql("DELETE FROM user_registration_tokens");

      var refusal =
          refused(NotFoundException.class, repo -> repo.userRegistrationTokens().useToken(token));

      assertThat(refusal.id()).isEqualTo(token.id());
    }
  }

  @Nested
  class Races {
    @Test
    void areWonByAsManyAsTheLimit() throws InterruptedException {
      UserRegistrationToken token = token(Optional.of(5), Optional.empty());
      RepositoryFactory repositories = store.repositories();

      var race =
          Race.of(50)
              .run(
                  number ->
                      repositories.<UserRegistrationToken>call(
                          repo -> repo.userRegistrationTokens().useToken(token)));

      assertThat(race.values())
          .extracting(UserRegistrationToken::timesUsed)
          .containsExactlyInAnyOrder(1, 2, 3, 4, 5);
      assertThat(race.failures())
          .hasSize(45)
          .allSatisfy(failure -> assertReason(failure, StateReason.EXHAUSTED));
      assertThat(stored(token).map(UserRegistrationToken::timesUsed)).contains(5);
    }

    @Test
    void ofTwoForTheLastUseAreWonByTheFirst() {
      UserRegistrationToken token = token(Optional.of(1), Optional.empty());
      var first = store.hold(repo -> repo.userRegistrationTokens().useToken(token));
      Future<UserRegistrationToken> second = using(token);
      store.awaitBlocked(1);

      first.save();

      Store.assertRefused(second, StateReason.EXHAUSTED);
      assertThat(stored(token)).contains(first.result());
    }

    @Test
    void handTheUseToTheWaiterIfTheFirstIsCancelled() {
      UserRegistrationToken token = token(Optional.of(1), Optional.empty());
      var first = store.hold(repo -> repo.userRegistrationTokens().useToken(token));
      Future<UserRegistrationToken> second = using(token);
      store.awaitBlocked(1);

      first.cancel();

      assertThat(second).succeedsWithin(PATIENCE);
      assertThat(stored(token).map(UserRegistrationToken::timesUsed)).contains(1);
    }

    @Test
    void againstARevocationThatWasFirstAreLost() {
      UserRegistrationToken token = token(Optional.empty(), Optional.empty());
      var revocation = store.hold(repo -> repo.userRegistrationTokens().revoke(token));
      Future<UserRegistrationToken> use = using(token);
      store.awaitBlocked(1);

      revocation.save();

      Store.assertRefused(use, StateReason.REVOKED);
      assertThat(stored(token)).contains(revocation.result());
    }

    @Test
    void againstALaterRevocationAreCounted() {
      UserRegistrationToken token = token(Optional.empty(), Optional.empty());
      var use = store.hold(repo -> repo.userRegistrationTokens().useToken(token));
      Future<UserRegistrationToken> revocation =
          store.start(repo -> repo.userRegistrationTokens().revoke(token));
      store.awaitBlocked(1);

      use.save();

      assertThat(revocation)
          .succeedsWithin(PATIENCE)
          .satisfies(revoked -> assertThat(revoked.timesUsed()).isOne());
    }

    @Test
    void seeATokenThatBecomesValidWhileTheyWait() {
      UserRegistrationToken token = token(Optional.of(0), Optional.empty());
      store.run(repo -> repo.userRegistrationTokens().revoke(token));
      var unrevocation =
          store.hold(
              repo -> {
                repo.userRegistrationTokens().setUsageLimit(token, Optional.of(1));
                return repo.userRegistrationTokens().unrevoke(token);
              });
      Future<UserRegistrationToken> use = using(token);
      store.awaitBlocked(1);

      unrevocation.save();

      assertThat(use)
          .succeedsWithin(PATIENCE)
          .satisfies(used -> assertThat(used.timesUsed()).isOne());
    }

    @Test
    void againstARemovalAreLost() {
      UserRegistrationToken token = used(token(Optional.of(1), Optional.empty()));
      // locks the row and does not change it: after a change those who wait overtake each other
      var refusal =
          store.hold(repo -> catchThrowable(() -> repo.userRegistrationTokens().useToken(token)));
      Future<Integer> removal =
          store.start(repo -> store.sql("DELETE FROM user_registration_tokens"));
      store.awaitBlocked(1);
      Future<UserRegistrationToken> second = using(token);
      store.awaitBlocked(2);

      refusal.save();

      assertThat(removal).succeedsWithin(PATIENCE);
      assertThat(second)
          .failsWithin(PATIENCE)
          .withThrowableOfType(ExecutionException.class)
          .withCauseInstanceOf(NotFoundException.class);
    }

    private Future<UserRegistrationToken> using(UserRegistrationToken token) {
      return store.start(repo -> repo.userRegistrationTokens().useToken(token));
    }
  }

  private void assertRefused(UserRegistrationToken token, StateReason reason) {
    var refusal =
        refused(InvalidStateException.class, repo -> repo.userRegistrationTokens().useToken(token));
    assertThat(refusal.aggregate()).isEqualTo("user_registration_token");
    assertThat(refusal.id()).isEqualTo(token.id());
    assertThat(refusal.reason()).isEqualTo(reason);
  }

  private static void assertReason(@Nullable Throwable failure, StateReason reason) {
    assertThat(failure)
        .isInstanceOfSatisfying(
            InvalidStateException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }

  private <E extends StorageException> E refused(Class<E> type, Consumer<RepositoryAccess> work) {
    return store.write(
        repo -> {
          E refusal = catchThrowableOfType(type, () -> work.accept(repo));
          assertThat(refusal).isInstanceOf(type);
          assertThat(repo.users().exists("still usable")).isFalse();
          return refusal;
        });
  }

  private Instant now() {
    return store.now();
  }

  private UserRegistrationToken token(Optional<Integer> usageLimit, Optional<Instant> expiresAt) {
    return store.write(repo -> repo.userRegistrationTokens().add("Abc123", usageLimit, expiresAt));
  }

  private UserRegistrationToken used(UserRegistrationToken token) {
    return store.write(repo -> repo.userRegistrationTokens().useToken(token));
  }

  private Optional<UserRegistrationToken> stored(UserRegistrationToken token) {
    return store.read(repo -> repo.userRegistrationTokens().lookup(token.id()));
  }

  private void tick() {
    store.clock().advance(Duration.ofMillis(1));
  }
}
