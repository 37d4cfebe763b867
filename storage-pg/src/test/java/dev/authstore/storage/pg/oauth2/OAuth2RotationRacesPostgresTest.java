package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.Store.assertRefused;
import static dev.authstore.storage.pg.oauth2.Tokens.finish;
import static dev.authstore.storage.pg.oauth2.Tokens.get;
import static dev.authstore.storage.pg.oauth2.Tokens.lockSession;
import static dev.authstore.storage.pg.oauth2.Tokens.pair;
import static dev.authstore.storage.pg.oauth2.Tokens.reason;
import static dev.authstore.storage.pg.oauth2.Tokens.refreshText;
import static dev.authstore.storage.pg.oauth2.Tokens.rotate;
import static dev.authstore.storage.pg.oauth2.Tokens.rotated;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.oauth2.OAuth2AccessToken;
import dev.authstore.model.oauth2.OAuth2RefreshToken;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.User;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.oauth2.Introspection;
import dev.authstore.storage.oauth2.NewTokens;
import dev.authstore.storage.oauth2.RefreshIntrospection;
import dev.authstore.storage.oauth2.RepeatPolicy;
import dev.authstore.storage.oauth2.Rotation;
import dev.authstore.storage.oauth2.Rotation.Reason;
import dev.authstore.storage.oauth2.RotationPolicy;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.pg.oauth2.Tokens.Grant;
import dev.authstore.testing.Race;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Rotations that meet others at the same session, staged by locks and running free. */
class OAuth2RotationRacesPostgresTest {
  private static final RotationPolicy REFUSE =
      new RotationPolicy(RepeatPolicy.REFUSE, Duration.ZERO, Optional.empty(), Optional.empty());

  @RegisterExtension final Store store = Store.fresh();

  private final Tokens tokens = new Tokens(store);

  @Nested
  class RotationAgainstRotation {
    @Test
    void takesOverFromTheOneItWaitedFor() throws Exception {
      Grant grant = tokens.grant();
      NewTokens first = pair();
      NewTokens second = pair();
      Store.Held<Rotation> holder =
          store.hold(repo -> Tokens.rotate(repo, grant.client(), grant.refreshText(), first));

      Future<Rotation> waiter = store.start(repo -> rotate(repo, grant, second));
      store.awaitBlocked(1);
      holder.save();

      assertThat(rotated(holder.result()).reissued()).isFalse();
      assertThat(rotated(get(waiter)).reissued()).isTrue();
      tokens.assertInactive(first.accessToken(), Introspection.Reason.REVOKED);
      tokens.assertActive(second.accessToken());
      tokens.assertOnePair(grant);
    }

    @Test
    void isAReplayAfterTheOneItWaitedForIfThePolicyRefuses() throws Exception {
      Grant grant = tokens.grant();
      Store.Held<Rotation> holder = store.hold(repo -> rotate(repo, grant, pair()));

      Future<Rotation> waiter =
          store.start(
              repo -> Tokens.rotate(repo, grant.client(), grant.refreshText(), pair(), REFUSE));
      store.awaitBlocked(1);
      holder.save();

      assertThat(reason(get(waiter))).isEqualTo(Reason.REPLAYED);
      tokens.assertOnePair(grant);
    }

    @Test
    void isTheFirstAfterOneThatWasRolledBack() throws Exception {
      Grant grant = tokens.grant();
      Store.Held<Rotation> holder = store.hold(repo -> rotate(repo, grant, pair()));

      Future<Rotation> waiter = store.start(repo -> rotate(repo, grant, pair()));
      store.awaitBlocked(1);
      holder.cancel();

      assertThat(rotated(get(waiter)).reissued()).isFalse();
      tokens.assertOnePair(grant);
    }

    @Test
    void repeatsOneAfterTheOtherBehindALock() throws Exception {
      Grant grant = tokens.grant();
      tokens.rotated(grant, pair());
      Store.Held<Integer> holder = store.hold(repo -> lockSession(repo, grant));

      Future<Rotation> one = store.start(repo -> rotate(repo, grant, pair()));
      Future<Rotation> other = store.start(repo -> rotate(repo, grant, pair()));
      store.awaitBlocked(2);
      holder.cancel();

      assertThat(rotated(get(one)).reissued()).isTrue();
      assertThat(rotated(get(other)).reissued()).isTrue();
      tokens.assertOnePair(grant);
    }

    @Test
    void repeatsWhatAnotherHasRepeatedMeanwhile() throws Exception {
      Grant grant = tokens.grant();
      tokens.rotated(grant, pair());
      Store.Held<Rotation> holder = store.hold(repo -> rotate(repo, grant, pair()));

      Future<Rotation> waiter = store.start(repo -> rotate(repo, grant, pair()));
      store.awaitBlocked(1);
      holder.save();

      assertThat(rotated(holder.result()).reissued()).isTrue();
      assertThat(rotated(get(waiter)).reissued()).isTrue();
      tokens.assertOnePair(grant);
    }

    @Test
    void leavesOnePairOfThirtyTwoContenders() throws Exception {
      Grant grant = tokens.grant();
      RepositoryFactory repositories = store.repositories();

      Race.Results<Rotation> race =
          Race.of(32).run(number -> repositories.direct(repo -> rotate(repo, grant, pair())));

      assertThat(race.failures()).isEmpty();
      assertThat(race.values()).allMatch(Rotation.Rotated.class::isInstance);
      assertThat(race.values().stream().filter(r -> !rotated(r).reissued())).hasSize(1);
      tokens.assertOnePair(grant);
    }

    @Test
    void leavesOnePairOfThirtyTwoUnitsOfWork() throws Exception {
      Grant grant = tokens.grant();
      RepositoryFactory repositories = store.repositories();

      Race.Results<Rotation> race =
          Race.of(32).run(number -> repositories.call(repo -> rotate(repo, grant, pair())));

      assertThat(race.failures()).isEmpty();
      assertThat(race.values().stream().filter(r -> !rotated(r).reissued())).hasSize(1);
      tokens.assertOnePair(grant);
    }

    @Test
    void hasOneWinnerOfThirtyTwoIfThePolicyRefuses() throws Exception {
      Grant grant = tokens.grant();
      RepositoryFactory repositories = store.repositories();

      Race.Results<Rotation> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.direct(
                          repo ->
                              Tokens.rotate(
                                  repo, grant.client(), grant.refreshText(), pair(), REFUSE)));

      assertThat(race.failures()).isEmpty();
      assertThat(race.values().stream().filter(Rotation.Rotated.class::isInstance)).hasSize(1);
      assertThat(race.values().stream().filter(Rotation.Refused.class::isInstance))
          .hasSize(31)
          .allMatch(refused -> reason(refused) == Reason.REPLAYED);
      tokens.assertOnePair(grant);
    }

    /** Sixteen clients with one token each round, which the winner hands to the next. */
    @Test
    void leavesOnePairAfterEachOfManyRounds() throws Exception {
      Grant grant = tokens.grant();
      RepositoryFactory repositories = store.repositories();
      String presented = grant.refreshText();

      for (int round = 0; round < 12; round++) {
        String text = presented;
        Race.Results<Optional<String>> race =
            Race.of(16)
                .run(
                    number -> {
                      NewTokens next = pair();
                      Rotation rotation =
                          repositories.direct(
                              repo -> Tokens.rotate(repo, grant.client(), text, next));
                      return rotation instanceof Rotation.Rotated
                          ? Optional.of(refreshText(next))
                          : Optional.empty();
                    });

        assertThat(race.failures()).isEmpty();
        tokens.assertOnePair(grant);
        presented = valid(race.values());
      }
    }

    private String valid(List<Optional<String>> issued) {
      return issued.stream()
          .flatMap(Optional::stream)
          .filter(text -> tokens.introspectRefresh(text) instanceof RefreshIntrospection.Active)
          .collect(Collectors.joining());
    }
  }

  @Nested
  class RotationAgainstWithdrawal {
    @Test
    void ofTheTokenItWaitedForIsRefused() throws Exception {
      Grant grant = tokens.grant();
      Store.Held<OAuth2RefreshToken> holder =
          store.hold(repo -> repo.oauth2RefreshTokens().revoke(grant.refresh()));

      Future<Rotation> waiter = store.start(repo -> rotate(repo, grant, pair()));
      store.awaitBlocked(1);
      holder.save();

      assertThat(reason(get(waiter))).isEqualTo(Reason.REVOKED);
      assertThat(tokens.validRefreshTokens()).isEmpty();
    }

    @Test
    void comesTooLateForATokenThatWasUsedMeanwhile() throws Exception {
      Grant grant = tokens.grant();
      Store.Held<Rotation> holder = store.hold(repo -> rotate(repo, grant, pair()));

      Future<OAuth2RefreshToken> waiter =
          store.start(repo -> repo.oauth2RefreshTokens().revoke(grant.refresh()));
      store.awaitBlocked(1);
      holder.save();

      assertRefused(waiter, StateReason.CONSUMED);
      tokens.assertOnePair(grant);
    }

    @Test
    void ofTheSuccessorOfARepetitionIsAReplay() throws Exception {
      Grant grant = tokens.grant();
      OAuth2RefreshToken next = tokens.rotated(grant, pair()).refreshToken();
      Store.Held<OAuth2RefreshToken> holder =
          store.hold(repo -> repo.oauth2RefreshTokens().revoke(next));

      Future<Rotation> waiter = store.start(repo -> rotate(repo, grant, pair()));
      store.awaitBlocked(1);
      holder.save();

      assertThat(reason(get(waiter))).isEqualTo(Reason.REPLAYED);
      assertThat(tokens.validRefreshTokens()).isEmpty();
    }

    @Test
    void ofTheOldAccessTokenLosesNothing() throws Exception {
      Grant grant = tokens.grant();
      Store.Held<OAuth2AccessToken> holder =
          store.hold(repo -> repo.oauth2AccessTokens().revoke(grant.access()));

      Future<Rotation> waiter = store.start(repo -> rotate(repo, grant, pair()));
      store.awaitBlocked(1);
      holder.save();

      assertThat(rotated(get(waiter)).reissued()).isFalse();
      tokens.assertOnePair(grant);
    }

    @Test
    void byThirtyTwoLeavesNothingOrOnePair() throws Exception {
      Grant grant = tokens.grant();
      RepositoryFactory repositories = store.repositories();

      Race.Results<Boolean> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.direct(
                          repo ->
                              number % 2 == 0
                                  ? rotate(repo, grant, pair()) instanceof Rotation.Rotated
                                  : repo.oauth2RefreshTokens()
                                      .revoke(grant.refresh())
                                      .isRevoked()));

      assertThat(race.failures()).allMatch(InvalidStateException.class::isInstance);
      if (tokens.stored(grant.refresh()).isRevoked()) {
        assertThat(tokens.validRefreshTokens()).isEmpty();
      } else {
        tokens.assertOnePair(grant);
      }
    }
  }

  @Nested
  class RotationAgainstFinish {
    @Test
    void thatItWaitedForIsRefused() throws Exception {
      Grant grant = tokens.grant();
      Store.Held<OAuth2Session> holder = store.hold(repo -> finish(repo, grant));

      Future<Rotation> waiter = store.start(repo -> rotate(repo, grant, pair()));
      store.awaitBlocked(1);
      holder.save();

      assertThat(reason(get(waiter))).isEqualTo(Reason.SESSION_FINISHED);
    }

    @Test
    void thatWaitedForItEndsTheNewPair() throws Exception {
      Grant grant = tokens.grant();
      NewTokens next = pair();
      Store.Held<Rotation> holder = store.hold(repo -> rotate(repo, grant, next));

      Future<OAuth2Session> waiter = store.start(repo -> finish(repo, grant));
      store.awaitBlocked(1);
      holder.save();

      assertThat(get(waiter).isFinished()).isTrue();
      tokens.assertInactive(next.accessToken(), Introspection.Reason.SESSION_FINISHED);
      tokens.assertRefreshInactive(refreshText(next), RefreshIntrospection.Reason.SESSION_FINISHED);
    }

    @Test
    void byARepetitionIsRefused() throws Exception {
      Grant grant = tokens.grant();
      tokens.rotated(grant, pair());
      Store.Held<OAuth2Session> holder = store.hold(repo -> finish(repo, grant));

      Future<Rotation> waiter = store.start(repo -> rotate(repo, grant, pair()));
      store.awaitBlocked(1);
      holder.save();

      assertThat(reason(get(waiter))).isEqualTo(Reason.SESSION_FINISHED);
    }

    @Test
    void andDeactivationLeavesNoUsableToken() throws Exception {
      User john = tokens.user("john");
      Grant grant = tokens.grant(john);
      RepositoryFactory repositories = store.repositories();
      Set<String> issued = ConcurrentHashMap.newKeySet();

      Race.Results<Boolean> race =
          Race.of(32)
              .run(
                  number -> {
                    NewTokens next = pair();
                    issued.add(next.accessToken());
                    return number == 0
                        ? repositories
                            .<OAuth2Session>call(
                                repo -> {
                                  repo.users().deactivate(john);
                                  return finish(repo, grant);
                                })
                            .isFinished()
                        : repositories.<Rotation>direct(repo -> rotate(repo, grant, next))
                            instanceof Rotation.Rotated;
                  });

      assertThat(race.failures()).isEmpty();
      assertThat(issued).noneMatch(text -> tokens.introspect(text) instanceof Introspection.Active);
      assertThat(tokens.validRefreshTokens()).hasSizeLessThanOrEqualTo(1);
      assertThat(reason(tokens.rotate(grant.client(), grant.refreshText(), pair())))
          .isEqualTo(Reason.SESSION_FINISHED);
    }
  }
}
