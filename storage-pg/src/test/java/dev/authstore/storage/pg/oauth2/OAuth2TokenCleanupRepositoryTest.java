package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.oauth2.Tokens.accessText;
import static dev.authstore.storage.pg.oauth2.Tokens.refreshText;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.oauth2.OAuth2AccessToken;
import dev.authstore.model.oauth2.OAuth2RefreshToken;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.oauth2.NewTokens;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.pg.oauth2.Tokens.Grant;
import dev.authstore.testing.Race;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class OAuth2TokenCleanupRepositoryTest {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration MINUTE = Duration.ofMinutes(1);

  @RegisterExtension final Store store = Store.fresh();

  private final Tokens tokens = new Tokens(store);

  /** One batch of a clean-up, by the operation's three arguments. */
  @FunctionalInterface
  private interface Cleanup {
    CleanupResult<Instant> run(
        RepositoryAccess repo, Optional<Instant> since, Instant until, int limit);
  }

  private static final Cleanup REVOKED_ACCESS =
      (repo, since, until, limit) -> repo.oauth2AccessTokens().cleanupRevoked(since, until, limit);
  private static final Cleanup EXPIRED_ACCESS =
      (repo, since, until, limit) -> repo.oauth2AccessTokens().cleanupExpired(since, until, limit);
  private static final Cleanup REVOKED_REFRESH =
      (repo, since, until, limit) -> repo.oauth2RefreshTokens().cleanupRevoked(since, until, limit);
  private static final Cleanup CONSUMED_REFRESH =
      (repo, since, until, limit) ->
          repo.oauth2RefreshTokens().cleanupConsumed(since, until, limit);

  @Nested
  class RevokedAccessTokens {
    @Test
    void goWhenTheirTimeHasCome() {
      Grant old = tokens.grant();
      store.run(repo -> repo.oauth2AccessTokens().revoke(old.access()));
      store.clock().advance(MINUTE.multipliedBy(2));
      Grant recent = tokens.grant();
      store.run(repo -> repo.oauth2AccessTokens().revoke(recent.access()));
      Instant until = tokens.now();
      Grant valid = tokens.grant();
      store.clock().advance(MINUTE.multipliedBy(59));

      CleanupResult<Instant> result = run(REVOKED_ACCESS, until, 10);

      assertThat(result.count()).isOne();
      assertThat(result.cursor()).contains(until.minus(MINUTE.multipliedBy(2)));
      assertThat(tokens.find(old.access())).isEmpty();
      assertThat(tokens.find(recent.access())).isPresent();
      assertThat(tokens.find(valid.access())).contains(valid.access());
    }

    @Test
    void leaveTheirRefreshTokens() {
      Grant grant = tokens.grant();
      store.run(repo -> repo.oauth2AccessTokens().revoke(grant.access()));
      store.clock().advance(HOUR);

      run(REVOKED_ACCESS, tokens.now(), 10);

      assertThat(tokens.stored(grant.refresh()).accessTokenId()).isEmpty();
      assertThat(tokens.stored(grant.refresh()).isValid()).isTrue();
    }

    @Test
    void goInBatches() {
      assertBatches(
          REVOKED_ACCESS, grant -> store.write(r -> r.oauth2AccessTokens().revoke(grant.access())));
    }

    @Test
    void areSharedByTwoWorkers() throws Exception {
      assertShared(
          REVOKED_ACCESS, grant -> store.write(r -> r.oauth2AccessTokens().revoke(grant.access())));
    }
  }

  @Nested
  class ExpiredAccessTokens {
    @Test
    void goLongAfterwards() {
      Grant grant = tokens.grant();
      Instant end = tokens.now().plus(Tokens.TTL);
      OAuth2AccessToken permanent =
          store.write(
              repo ->
                  repo.oauth2AccessTokens().add(grant.session(), accessText(), Optional.empty()));
      store.clock().advance(Duration.ofDays(40));

      assertThat(run(EXPIRED_ACCESS, end, 10).count()).isZero();
      CleanupResult<Instant> result = run(EXPIRED_ACCESS, end.plusNanos(1_000), 10);

      assertThat(result).isEqualTo(new CleanupResult<>(1, Optional.of(end)));
      assertThat(tokens.find(grant.access())).isEmpty();
      assertThat(tokens.find(permanent)).contains(permanent);
      assertThat(tokens.stored(grant.refresh()).accessTokenId()).isEmpty();
    }

    @Test
    void goOnceIfTheyWereWithdrawnToo() {
      Grant grant = tokens.grant();
      store.run(repo -> repo.oauth2AccessTokens().revoke(grant.access()));
      store.clock().advance(HOUR);

      int expired = run(EXPIRED_ACCESS, tokens.now(), 10).count();
      int revoked = run(REVOKED_ACCESS, tokens.now(), 10).count();

      assertThat(List.of(expired, revoked)).containsExactly(1, 0);
    }

    @Test
    void goInBatches() {
      assertBatches(EXPIRED_ACCESS, grant -> {});
    }

    @Test
    void areSharedByTwoWorkers() throws Exception {
      assertShared(EXPIRED_ACCESS, grant -> {});
    }
  }

  @Nested
  class RevokedRefreshTokens {
    @Test
    void goWhenTheirTimeHasCome() {
      Grant old = tokens.grant();
      store.run(repo -> repo.oauth2RefreshTokens().revoke(old.refresh()));
      store.clock().advance(MINUTE);
      Grant recent = tokens.grant();
      store.run(repo -> repo.oauth2RefreshTokens().revoke(recent.refresh()));
      Grant valid = tokens.grant();

      CleanupResult<Instant> result = run(REVOKED_REFRESH, tokens.now(), 10);

      assertThat(result).isEqualTo(new CleanupResult<>(1, Optional.of(tokens.now().minus(MINUTE))));
      assertThat(tokens.find(old.refresh())).isEmpty();
      assertThat(tokens.find(recent.refresh())).isPresent();
      assertThat(tokens.find(valid.refresh())).contains(valid.refresh());
    }

    @Test
    void leaveWhatTheyHadReplacedWithoutSuccessor() {
      Grant grant = tokens.grant();
      OAuth2RefreshToken next = tokens.rotated(grant, Tokens.pair()).refreshToken();
      store.run(repo -> repo.oauth2RefreshTokens().revoke(next));
      store.clock().advance(HOUR);

      run(REVOKED_REFRESH, tokens.now(), 10);

      assertThat(tokens.stored(grant.refresh()).isConsumed()).isTrue();
      assertThat(tokens.stored(grant.refresh()).nextRefreshTokenId()).isEmpty();
    }

    @Test
    void goInBatches() {
      assertBatches(
          REVOKED_REFRESH,
          grant -> store.write(r -> r.oauth2RefreshTokens().revoke(grant.refresh())));
    }

    @Test
    void areSharedByTwoWorkers() throws Exception {
      assertShared(
          REVOKED_REFRESH,
          grant -> store.write(r -> r.oauth2RefreshTokens().revoke(grant.refresh())));
    }
  }

  @Nested
  class ConsumedRefreshTokens {
    @Test
    void goButForTheLastOfEachChain() {
      Grant a = tokens.grant();
      NewTokens[] pairs = {Tokens.pair(), Tokens.pair(), Tokens.pair(), Tokens.pair()};
      OAuth2RefreshToken b = tokens.rotated(a, pairs[0]).refreshToken();
      OAuth2RefreshToken c = rotated(a, pairs[0], pairs[1]);
      OAuth2RefreshToken d = rotated(a, pairs[1], pairs[2]);
      store.clock().advance(HOUR);

      assertThat(run(CONSUMED_REFRESH, tokens.now(), 10).count()).isEqualTo(2);
      assertThat(remaining(a.refresh(), b, c, d)).containsExactly(c, d);

      OAuth2RefreshToken e = rotated(a, pairs[2], pairs[3]);
      store.clock().advance(HOUR);

      assertThat(run(CONSUMED_REFRESH, tokens.now(), 10).count()).isOne();
      assertThat(remaining(c, d, e)).containsExactly(d, e);
    }

    @Test
    void stayWhileTheirSuccessorIsWithdrawnButThere() {
      Grant grant = tokens.grant();
      OAuth2RefreshToken next = tokens.rotated(grant, Tokens.pair()).refreshToken();
      store.run(repo -> repo.oauth2RefreshTokens().revoke(next));
      store.clock().advance(HOUR);

      int before = run(CONSUMED_REFRESH, tokens.now(), 10).count();
      run(REVOKED_REFRESH, tokens.now(), 10);
      int after = run(CONSUMED_REFRESH, tokens.now(), 10).count();

      assertThat(List.of(before, after)).containsExactly(0, 1);
    }

    @Test
    void goWhenTheirTimeHasCome() {
      Grant grant = tokens.grant();
      NewTokens next = Tokens.pair();
      Instant used = tokens.now();
      tokens.rotated(grant, next);
      store.clock().advance(MINUTE);
      rotated(grant, next, Tokens.pair());
      store.clock().advance(HOUR);

      assertThat(run(CONSUMED_REFRESH, used, 10).count()).isZero();
      assertThat(run(CONSUMED_REFRESH, used.plusNanos(1_000), 10))
          .isEqualTo(new CleanupResult<>(1, Optional.of(used)));
    }

    @Test
    void goInBatches() {
      assertBatches(CONSUMED_REFRESH, this::usedTwice);
    }

    @Test
    void areSharedByTwoWorkers() throws Exception {
      assertShared(CONSUMED_REFRESH, this::usedTwice);
    }

    private OAuth2RefreshToken usedTwice(Grant grant) {
      NewTokens next = Tokens.pair();
      tokens.rotated(grant, next);
      return rotated(grant, next, Tokens.pair());
    }

    private OAuth2RefreshToken rotated(Grant grant, NewTokens used, NewTokens next) {
      return Tokens.rotated(tokens.rotate(grant.client(), refreshText(used), next)).refreshToken();
    }

    /** Which of these are left, as they were but for what replaced them. */
    private List<OAuth2RefreshToken> remaining(OAuth2RefreshToken... chain) {
      return Stream.of(chain).filter(token -> tokens.find(token).isPresent()).toList();
    }
  }

  @Nested
  class All {
    @Test
    void refuseALimitBelowOne() {
      for (Cleanup cleanup : cleanups()) {
        assertThat(store.refusal(repo -> cleanup.run(repo, Optional.empty(), tokens.now(), 0)))
            .isInstanceOf(InvalidInputException.class);
      }
    }

    @Test
    void refuseTheFuture() {
      Instant until = tokens.now().plusNanos(1_000);

      for (Cleanup cleanup : cleanups()) {
        assertThat(store.refusal(repo -> cleanup.run(repo, Optional.empty(), until, 10)))
            .isInstanceOf(InvalidInputException.class);
      }
    }

    @Test
    void findNothingInAnEmptyStore() {
      for (Cleanup cleanup : cleanups()) {
        assertThat(run(cleanup, tokens.now(), 10))
            .isEqualTo(new CleanupResult<>(0, Optional.empty()));
      }
    }

    @Test
    void leaveWhatSomebodyHasLocked() {
      Grant grant = tokens.grant();
      store.clock().advance(HOUR);
      Store.Held<OAuth2AccessToken> held =
          store.hold(repo -> repo.oauth2AccessTokens().markUsed(grant.access()));

      int locked = run(EXPIRED_ACCESS, tokens.now(), 10).count();
      held.cancel();

      assertThat(locked).isZero();
      assertThat(run(EXPIRED_ACCESS, tokens.now(), 10).count()).isOne();
    }

    private static List<Cleanup> cleanups() {
      return List.of(REVOKED_ACCESS, EXPIRED_ACCESS, REVOKED_REFRESH, CONSUMED_REFRESH);
    }
  }

  @Nested
  class OfSessions {
    @Test
    void takeTheWholeChainAlong() {
      Grant grant = tokens.grant();
      NewTokens next = Tokens.pair();
      tokens.rotated(grant, next);
      Tokens.rotated(tokens.rotate(grant.client(), refreshText(next), Tokens.pair()));

      store.sql("DELETE FROM oauth2_sessions");

      assertThat(tokens.rows()).isEmpty();
    }
  }

  /** Five rows in batches of one and two, with their cursors, and with rows of the same instant. */
  private void assertBatches(Cleanup cleanup, Consumer<Grant> doom) {
    for (int i = 0; i < 5; i++) {
      doom.accept(tokens.grant());
      store.clock().advance(i % 2 == 0 ? Duration.ZERO : MINUTE);
    }
    store.clock().advance(Duration.ofDays(1));

    List<Integer> counts = new ArrayList<>();
    Optional<Instant> cursor = Optional.empty();
    for (int limit : new int[] {1, 1, 2, 2}) {
      CleanupResult<Instant> result = run(cleanup, cursor, tokens.now(), limit);
      counts.add(result.count());
      cursor = result.cursor().or(() -> Optional.of(tokens.now()));
    }

    assertThat(counts).containsExactly(1, 1, 2, 1);
    assertThat(run(cleanup, tokens.now(), 10).count()).isZero();
  }

  private void assertShared(Cleanup cleanup, Consumer<Grant> doom) throws Exception {
    for (int i = 0; i < 20; i++) {
      doom.accept(tokens.grant());
    }
    store.clock().advance(Duration.ofDays(1));
    Instant until = tokens.now();
    RepositoryFactory repositories = store.repositories();

    Race.Results<Integer> race =
        Race.of(2)
            .run(
                number -> {
                  int all = 0;
                  int last;
                  do {
                    last =
                        repositories
                            .<CleanupResult<Instant>>direct(
                                repo -> cleanup.run(repo, Optional.empty(), until, 3))
                            .count();
                    all += last;
                  } while (last > 0);
                  return all;
                });

    int late = run(cleanup, until, 100).count(); // what each saw locked by the other at the end
    assertThat(race.failures()).isEmpty();
    assertThat(race.values().stream().mapToInt(Integer::intValue).sum() + late).isEqualTo(20);
  }

  private CleanupResult<Instant> run(Cleanup cleanup, Instant until, int limit) {
    return run(cleanup, Optional.empty(), until, limit);
  }

  private CleanupResult<Instant> run(
      Cleanup cleanup, Optional<Instant> since, Instant until, int limit) {
    return store.repositories().direct(repo -> cleanup.run(repo, since, until, limit));
  }
}
