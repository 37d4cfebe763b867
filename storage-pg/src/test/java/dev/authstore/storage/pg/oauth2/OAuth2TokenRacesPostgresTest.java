package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.Store.assertRefused;
import static dev.authstore.storage.pg.oauth2.Tokens.finish;
import static dev.authstore.storage.pg.oauth2.Tokens.get;
import static dev.authstore.storage.pg.oauth2.Tokens.lockSession;
import static dev.authstore.storage.pg.oauth2.Tokens.pair;
import static dev.authstore.storage.pg.oauth2.Tokens.reason;
import static dev.authstore.storage.pg.oauth2.Tokens.replaced;
import static dev.authstore.storage.pg.oauth2.Tokens.rotate;
import static dev.authstore.storage.pg.oauth2.Tokens.rotated;
import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.oauth2.OAuth2AccessToken;
import dev.authstore.model.oauth2.OAuth2RefreshToken;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.oauth2.Introspection;
import dev.authstore.storage.oauth2.NewTokens;
import dev.authstore.storage.oauth2.Rotation;
import dev.authstore.storage.oauth2.Rotation.Reason;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.pg.oauth2.Tokens.Grant;
import dev.authstore.testing.Race;
import java.time.Duration;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Callers that meet at the same session, staged by locks and running free. */
class OAuth2TokenRacesPostgresTest {
  @RegisterExtension final Store store = Store.fresh();

  private final Tokens tokens = new Tokens(store);

  @Nested
  class FinishAgainstIntrospection {
    @Test
    void doesNotMakeItWait() {
      Grant grant = tokens.grant();
      Store.Held<OAuth2Session> holder = store.hold(repo -> finish(repo, grant));

      Introspection before = tokens.use(grant.accessText());
      holder.save();

      assertThat(before).isInstanceOf(Introspection.Active.class);
      tokens.assertInactive(grant.accessText(), Introspection.Reason.SESSION_FINISHED);
    }

    @Test
    void givesThirtyTwoOneAnswerOrTheOther() throws Exception {
      Grant grant = tokens.grant();
      RepositoryFactory repositories = store.repositories();

      Race.Results<Introspection> race =
          Race.of(32)
              .run(
                  number -> {
                    if (number == 0) {
                      repositories.<OAuth2Session>call(repo -> finish(repo, grant));
                    }
                    return repositories.direct(
                        repo ->
                            repo.oauth2AccessTokens().introspectAndMarkUsed(grant.accessText()));
                  });

      assertThat(race.failures()).isEmpty();
      assertThat(race.values())
          .allMatch(
              worth ->
                  worth instanceof Introspection.Active
                      || worth.equals(
                          new Introspection.Inactive(Introspection.Reason.SESSION_FINISHED)));
    }
  }

  @Nested
  class FirstUse {
    @Test
    void isTheOneThatWasWaitedFor() throws Exception {
      Grant grant = tokens.grant();
      Store.Held<Introspection> holder =
          store.hold(repo -> repo.oauth2AccessTokens().introspectAndMarkUsed(grant.accessText()));
      store.clock().advance(Duration.ofMinutes(1));

      Future<Introspection> waiter =
          store.start(repo -> repo.oauth2AccessTokens().introspectAndMarkUsed(grant.accessText()));
      store.awaitBlocked(1);
      holder.save();

      assertThat(get(waiter)).isEqualTo(holder.result());
    }

    @Test
    void ofATokenThatIsBeingWithdrawnIsNone() throws Exception {
      Grant grant = tokens.grant();
      Store.Held<OAuth2AccessToken> holder =
          store.hold(repo -> repo.oauth2AccessTokens().revoke(grant.access()));

      Future<Introspection> waiter =
          store.start(repo -> repo.oauth2AccessTokens().introspectAndMarkUsed(grant.accessText()));
      store.awaitBlocked(1);
      holder.save();

      assertThat(get(waiter)).isEqualTo(new Introspection.Inactive(Introspection.Reason.REVOKED));
      assertThat(tokens.stored(grant.access()).isUsed()).isFalse();
    }

    @Test
    void thatARepetitionWaitedForMakesItAReplay() throws Exception {
      Grant grant = tokens.grant();
      NewTokens next = pair();
      tokens.rotated(grant, next);
      Store.Held<Introspection> holder =
          store.hold(repo -> repo.oauth2AccessTokens().introspectAndMarkUsed(next.accessToken()));

      Future<Rotation> waiter = store.start(repo -> rotate(repo, grant, pair()));
      store.awaitBlocked(1);
      holder.save();

      assertThat(reason(get(waiter))).isEqualTo(Reason.REPLAYED);
      tokens.assertActive(next.accessToken());
    }

    @Test
    void thatWaitedForARepetitionComesTooLate() throws Exception {
      Grant grant = tokens.grant();
      NewTokens next = pair();
      tokens.rotated(grant, next);
      Store.Held<Rotation> holder = store.hold(repo -> rotate(repo, grant, pair()));

      Future<Introspection> waiter =
          store.start(repo -> repo.oauth2AccessTokens().introspectAndMarkUsed(next.accessToken()));
      store.awaitBlocked(1);
      holder.save();

      assertThat(get(waiter)).isEqualTo(new Introspection.Inactive(Introspection.Reason.REVOKED));
      tokens.assertOnePair(grant);
    }

    @Test
    void isNeverTakenBackByAReissue() throws Exception {
      RepositoryFactory repositories = store.repositories();

      for (int round = 0; round < 8; round++) {
        Grant grant = tokens.grant();
        NewTokens next = pair();
        OAuth2AccessToken access = tokens.rotated(grant, next).accessToken();

        Race.Results<Boolean> race =
            Race.of(2)
                .run(
                    number ->
                        repositories.direct(
                            repo ->
                                number == 0
                                    ? repo.oauth2AccessTokens()
                                            .introspectAndMarkUsed(next.accessToken())
                                        instanceof Introspection.Active
                                    : rotate(repo, grant, pair()) instanceof Rotation.Rotated));

        OAuth2AccessToken stored = tokens.stored(access);
        assertThat(race.failures()).isEmpty();
        assertThat(race.values()).containsExactlyInAnyOrder(true, false);
        assertThat(stored.isUsed()).isNotEqualTo(stored.isRevoked());
      }
    }
  }

  @Nested
  class ConsumptionAgainstConsumption {
    @Test
    void thatItWaitedForIsRefused() throws Exception {
      Grant grant = tokens.grant();
      Store.Held<OAuth2RefreshToken> holder = store.hold(repo -> replaced(repo, grant));

      Future<OAuth2RefreshToken> waiter = store.start(repo -> replaced(repo, grant));
      store.awaitBlocked(1);
      holder.save();

      assertRefused(waiter, StateReason.CONSUMED);
      assertThat(tokens.stored(grant.refresh())).isEqualTo(holder.result());
    }

    @Test
    void ofAWithdrawnTokenIsRefused() throws Exception {
      Grant grant = tokens.grant();
      Store.Held<OAuth2RefreshToken> holder =
          store.hold(repo -> repo.oauth2RefreshTokens().revoke(grant.refresh()));

      Future<OAuth2RefreshToken> waiter = store.start(repo -> replaced(repo, grant));
      store.awaitBlocked(1);
      holder.save();

      assertRefused(waiter, StateReason.REVOKED);
      assertThat(tokens.validRefreshTokens()).isEmpty();
    }

    @Test
    void byARotationIsRefused() throws Exception {
      Grant grant = tokens.grant();
      Store.Held<Rotation> holder = store.hold(repo -> rotate(repo, grant, pair()));

      Future<OAuth2RefreshToken> waiter = store.start(repo -> replaced(repo, grant));
      store.awaitBlocked(1);
      holder.save();

      assertRefused(waiter, StateReason.CONSUMED);
      tokens.assertOnePair(grant);
    }

    @Test
    void isRepeatedByARotation() throws Exception {
      Grant grant = tokens.grant();
      Store.Held<OAuth2RefreshToken> holder = store.hold(repo -> replaced(repo, grant));

      Future<Rotation> waiter = store.start(repo -> rotate(repo, grant, pair()));
      store.awaitBlocked(1);
      holder.save();

      assertThat(rotated(get(waiter)).reissued()).isTrue();
      tokens.assertOnePair(grant);
    }
  }

  @Nested
  class AnotherClient {
    @Test
    void doesNotWaitForASessionThatIsNotItsOwn() {
      Grant grant = tokens.grant();
      Grant other = tokens.grant();
      Store.Held<Integer> holder = store.hold(repo -> lockSession(repo, grant));

      Rotation rotation = tokens.rotate(other.client(), grant.refreshText(), pair());
      holder.cancel();

      assertThat(reason(rotation)).isEqualTo(Reason.WRONG_CLIENT);
    }
  }
}
