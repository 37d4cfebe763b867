package dev.authstore.storage.pg.app;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.model.Device;
import dev.authstore.model.Scope;
import dev.authstore.model.app.AppSession.CompatAppSession;
import dev.authstore.model.app.AppSession.OAuth2AppSession;
import dev.authstore.model.compat.CompatSession;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.personal.PersonalSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.app.AppSessionFilter;
import dev.authstore.storage.compat.CompatSessionFilter;
import dev.authstore.storage.compat.CompatSessionParams;
import dev.authstore.storage.oauth2.OAuth2SessionFilter;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class AppSessionReplaceRepositoryTest {
  private static final Device DEVICE = Apps.DEVICE;

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final Apps apps = new Apps(store);

  @Nested
  class Replacing {
    @Test
    void endsTheSessionsOfTheDeviceAtOnce() {
      User john = apps.user();
      CompatSession compat = apps.compat(john, DEVICE, Optional.empty());
      OAuth2Session oauth2 = apps.oauth2(john, "openid " + Apps.STABLE, Optional.empty());
      OAuth2Session unstable = apps.oauth2(john, Apps.UNSTABLE, Optional.empty());

      boolean any = replace(john, DEVICE);

      Instant now = store.now();
      assertThat(any).isTrue();
      assertThat(apps.stored(compat).finishedAt()).contains(now);
      assertThat(apps.stored(oauth2).finishedAt()).contains(now);
      assertThat(apps.stored(unstable).finishedAt()).contains(now);
    }

    @Test
    void leavesAllOthersAlone() {
      User john = apps.user();
      User jane = apps.user();
      CompatSession other = apps.compat(john);
      CompatSession hers = apps.compat(jane, DEVICE, Optional.empty());
      OAuth2Session hersToo = apps.oauth2(jane, Apps.STABLE, Optional.empty());
      OAuth2Session without = apps.oauth2(john);
      OAuth2Session longer = apps.oauth2(john, Apps.STABLE + "DD", Optional.empty());
      PersonalSession personal = apps.personal(john, john);
      apps.compat(john, DEVICE, Optional.empty());

      replace(john, DEVICE);

      assertThat(apps.stored(other)).isEqualTo(other);
      assertThat(apps.stored(hers)).isEqualTo(hers);
      assertThat(apps.stored(hersToo)).isEqualTo(hersToo);
      assertThat(apps.stored(without)).isEqualTo(without);
      assertThat(apps.stored(longer)).isEqualTo(longer);
      assertThat(
              store.<Optional<PersonalSession>>read(
                  repo -> repo.personalSessions().lookup(personal.id())))
          .contains(personal);
    }

    @Test
    void keepsTheEndOfFinishedSessions() {
      User john = apps.user();
      CompatSession compat = apps.compat(john, DEVICE, Optional.empty());
      OAuth2Session oauth2 = apps.oauth2(john, Apps.STABLE, Optional.empty());
      apps.finish(new CompatAppSession(compat));
      apps.finish(new OAuth2AppSession(oauth2));
      CompatSession compatBefore = apps.stored(compat);
      OAuth2Session oauth2Before = apps.stored(oauth2);

      boolean any = replace(john, DEVICE);

      assertThat(any).isFalse();
      assertThat(apps.stored(compat)).isEqualTo(compatBefore);
      assertThat(apps.stored(oauth2)).isEqualTo(oauth2Before);
    }

    @Test
    void happensOnce() {
      User john = apps.user();
      apps.compat(john, DEVICE, Optional.empty());
      replace(john, DEVICE);

      assertThat(replace(john, DEVICE)).isFalse();
    }

    @Test
    void findsNothingOnAnUnknownDevice() {
      User john = apps.user();
      apps.compat(john);

      assertThat(replace(john, DEVICE)).isFalse();
    }

    @Test
    void tellsOfASessionOfEitherKind() {
      User john = apps.user();
      apps.oauth2(john, Apps.UNSTABLE, Optional.empty());
      assertThat(replace(john, DEVICE)).isTrue();

      apps.compat(john, DEVICE, Optional.empty());
      assertThat(replace(john, DEVICE)).isTrue();
    }

    @Test
    void concernsTheOlderApiAloneIfNoScopeCanNameTheDevice() {
      User john = apps.user();
      Device odd = new Device("dev ice");
      CompatSession compat = apps.compat(john, odd, Optional.empty());
      OAuth2Session oauth2 = apps.oauth2(john);

      boolean any = replace(john, odd);

      assertThat(any).isTrue();
      assertThat(apps.stored(compat).isFinished()).isTrue();
      assertThat(apps.stored(oauth2)).isEqualTo(oauth2);
    }

    @Test
    void makesRoomForASessionInTheSameTransaction() {
      User john = apps.user();
      CompatSession before = apps.compat(john, DEVICE, Optional.empty());

      CompatSession after = store.write(repo -> loggedIn(repo, john));

      assertThat(apps.stored(before).isFinished()).isTrue();
      assertThat(apps.list(AppSessionFilter.all().active(true)))
          .containsExactly(new CompatAppSession(after));
    }

    @Test
    void missesAnAccountThatIsGone() {
      User john = apps.user();
      store.sql("DELETE FROM users WHERE id = ?", john.id());

      assertThat(
              store.missing(repo -> repo.appSessions().finishSessionsToReplaceDevice(john, DEVICE)))
          .isEqualTo("user " + john.id());
    }
  }

  @Nested
  class Racing {
    @Test
    void aLoginReplacesTheSessionOfOneItHasWaitedFor() throws Exception {
      User john = apps.user();
      Store.Held<CompatSession> first = store.hold(repo -> loggedIn(repo, john));

      Future<CompatSession> second = store.start(repo -> loggedIn(repo, john));
      store.awaitBlocked(1);
      first.save();
      CompatSession begun = second.get(20, SECONDS);

      assertThat(apps.stored(first.result()).isFinished()).isTrue();
      assertThat(apps.stored(begun).isValid()).isTrue();
    }

    @Test
    void aLoginReplacesASessionThatWasBeingGranted() throws Exception {
      User john = apps.user();
      OAuth2Session client = apps.oauth2();
      Store.Held<OAuth2Session> grant =
          store.hold(
              repo ->
                  repo.oauth2Sessions()
                      .add(
                          repo.oauth2Clients().lookup(client.clientId()).orElseThrow(),
                          Optional.of(john),
                          Optional.empty(),
                          Scope.of(Apps.STABLE),
                          Optional.empty()));

      Future<CompatSession> login = store.start(repo -> loggedIn(repo, john));
      store.awaitBlocked(1);
      grant.save();
      login.get(20, SECONDS);

      assertThat(apps.stored(grant.result()).isFinished()).isTrue();
    }

    @Test
    void oneOfTwoLoginsThatReplaceNothingIsRefused() throws Exception {
      User john = apps.user();
      Store.Held<CompatSession> first = store.hold(repo -> begun(repo, john));

      Future<CompatSession> second = store.start(repo -> begun(repo, john));
      store.awaitBlocked(1);
      first.save();

      assertThatThrownBy(() -> second.get(20, SECONDS)).hasCauseInstanceOf(ConflictException.class);
      assertThat(apps.stored(first.result()).isValid()).isTrue();
    }

    @Test
    void oneSessionIsLeftAfterThirtyTwoLogins() throws Exception {
      User john = apps.user();
      RepositoryFactory repositories = store.repositories();
      store.statements();

      Race.Results<CompatSession> race =
          Race.of(32).run(number -> repositories.call(repo -> loggedIn(repo, john)));

      assertThat(race.failures()).isEmpty();
      assertThat(apps.count(AppSessionFilter.all())).isEqualTo(32);
      assertThat(apps.count(AppSessionFilter.all().active(true))).isOne();
      assertThat(store.statements()).noneMatch(statement -> statement.sqlState().isPresent());
    }

    @Test
    void oneOfThirtyTwoHasEndedTheSession() throws Exception {
      User john = apps.user();
      apps.compat(john, DEVICE, Optional.empty());
      apps.oauth2(john, Apps.STABLE, Optional.empty());
      RepositoryFactory repositories = store.repositories();

      Race.Results<Boolean> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.call(
                          repo -> repo.appSessions().finishSessionsToReplaceDevice(john, DEVICE)));

      assertThat(race.failures()).isEmpty();
      assertThat(race.values()).filteredOn(Boolean::booleanValue).hasSize(1);
    }

    @Test
    void noLoginDeadlocksWithADeactivation() throws Exception {
      RepositoryFactory repositories = store.repositories();
      store.statements();
      for (int round = 0; round < 5; round++) {
        User john = apps.user();
        apps.compat(john, DEVICE, Optional.empty());
        apps.oauth2(john, Apps.STABLE, Optional.empty());

        Race.Results<Integer> race =
            Race.of(8)
                .run(
                    number -> {
                      repositories.run(
                          repo -> {
                            if (number % 2 == 0) {
                              loggedIn(repo, john);
                            } else {
                              deactivated(repo, john);
                            }
                          });
                      return number;
                    });

        assertThat(race.failures())
            .allSatisfy(failure -> assertThat(failure).isInstanceOf(InvalidStateException.class));
        assertThat(apps.count(AppSessionFilter.all().user(john.id()).active(true))).isZero();
      }
      assertThat(store.statements()).noneMatch(statement -> statement.sqlState().isPresent());
    }

    private void deactivated(RepositoryAccess repo, User user) {
      repo.users().deactivate(user);
      repo.oauth2Sessions().finishBulk(OAuth2SessionFilter.all().user(user.id()).active(true));
      repo.compatSessions().finishBulk(CompatSessionFilter.all().user(user.id()).active(true));
    }
  }

  private boolean replace(User user, Device device) {
    store.clock().advance(Duration.ofMinutes(1));
    return store.write(repo -> repo.appSessions().finishSessionsToReplaceDevice(user, device));
  }

  private static CompatSession loggedIn(RepositoryAccess repo, User user) {
    repo.appSessions().finishSessionsToReplaceDevice(user, DEVICE);
    return begun(repo, user);
  }

  private static CompatSession begun(RepositoryAccess repo, User user) {
    return repo.compatSessions().add(user, CompatSessionParams.of(DEVICE));
  }
}
