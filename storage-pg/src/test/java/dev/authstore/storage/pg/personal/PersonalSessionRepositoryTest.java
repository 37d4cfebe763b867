package dev.authstore.storage.pg.personal;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.model.Scope;
import dev.authstore.model.personal.PersonalAccessToken;
import dev.authstore.model.personal.PersonalSession;
import dev.authstore.model.personal.PersonalSessionOwner;
import dev.authstore.model.personal.PersonalSessionOwner.OwnerOAuth2Client;
import dev.authstore.model.personal.PersonalSessionOwner.OwnerUser;
import dev.authstore.model.personal.PersonalSessionStage;
import dev.authstore.model.user.User;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StateReason;
import dev.authstore.storage.personal.PersonalSessionFilter;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import dev.authstore.testing.Race;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PersonalSessionRepositoryTest {
  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  private final Scripts scripts = new Scripts(store);

  @Nested
  class Add {
    @Test
    void returnsWhatIsStored() {
      User admin = scripts.user();
      User bot = scripts.user();

      PersonalSession session =
          scripts.session(new OwnerUser(admin.id()), bot, "openid urn:matrix:client:device:A");

      assertThat(scripts.stored(session)).contains(session);
      assertThat(session.owner()).isEqualTo(new OwnerUser(admin.id()));
      assertThat(session.actorUserId()).isEqualTo(bot.id());
      assertThat(session.isValid()).isTrue();
      assertThat(session.createdAt()).isEqualTo(scripts.now());
      assertThat(session.lastActiveAt()).isEmpty();
    }

    @Test
    void acceptsAClientAsOwner() {
      PersonalSessionOwner client = scripts.client();

      PersonalSession session = scripts.session(client, scripts.user(), "openid");

      assertThat(scripts.stored(session)).contains(session);
      assertThat(session.owner()).isEqualTo(client);
    }

    @Test
    void takesScopesAsSets() {
      User user = scripts.user();

      PersonalSession session = scripts.session(new OwnerUser(user.id()), user, "b a");

      assertThat(session.scope()).isEqualTo(Scope.parse("a b"));
      assertThat(scripts.stored(session)).map(PersonalSession::scope).contains(Scope.of("b", "a"));
    }

    @Test
    void knowsWhetherTheScopeNamesADevice() {
      User user = scripts.user();
      PersonalSessionOwner owner = new OwnerUser(user.id());

      PersonalSession two =
          scripts.session(
              owner,
              user,
              "urn:matrix:client:device:A urn:matrix:org.matrix.msc2967.client:device:B");
      PersonalSession none = scripts.session(owner, user, "openid");

      assertThat(scripts.stored(two)).map(PersonalSession::hasDevice).contains(true);
      assertThat(scripts.stored(none)).map(PersonalSession::hasDevice).contains(false);
    }

    @Test
    void acceptsLockedAccounts() {
      User user = scripts.user();
      store.run(repo -> repo.users().lock(user));

      PersonalSession session = scripts.session(user);

      assertThat(scripts.stored(session)).contains(session);
    }

    @Test
    void refusesADeactivatedActor() {
      User admin = scripts.user();
      User bot = scripts.user();
      store.run(repo -> repo.users().deactivate(bot));

      assertThat(reasonOf(new OwnerUser(admin.id()), bot)).isEqualTo(StateReason.USER_DEACTIVATED);
      assertThat(refusedId(new OwnerUser(admin.id()), bot)).isEqualTo(bot.id());
      assertThat(count()).isZero();
    }

    @Test
    void refusesADeactivatedOwner() {
      User admin = scripts.user();
      User bot = scripts.user();
      store.run(repo -> repo.users().deactivate(admin));

      assertThat(reasonOf(new OwnerUser(admin.id()), bot)).isEqualTo(StateReason.USER_DEACTIVATED);
      assertThat(refusedId(new OwnerUser(admin.id()), bot)).isEqualTo(admin.id());
      assertThat(count()).isZero();
    }

    @Test
    void refusesAnUnknownActor() {
      User admin = scripts.user();
      User gone = unknownUser();

      assertThat(missing(new OwnerUser(admin.id()), gone)).isEqualTo("user " + gone.id());
      assertThat(count()).isZero();
    }

    @Test
    void refusesAnUnknownOwner() {
      User bot = scripts.user();
      UUID nobody = new UUID(7, 7);

      assertThat(missing(new OwnerUser(nobody), bot)).isEqualTo("user " + nobody);
      assertThat(missing(new OwnerOAuth2Client(nobody), bot)).isEqualTo("oauth2_client " + nobody);
      assertThat(count()).isZero();
    }

    @Test
    void refusesNamesThatCannotBeKept() {
      User user = scripts.user();
      PersonalSessionOwner owner = new OwnerUser(user.id());
      store.statements();

      for (String name : List.of("", " ", "\t\u2003\n", "\u0000", "\ud800", "x".repeat(513))) {
        assertThat(
                store.refusal(repo -> repo.personalSessions().add(owner, user, name, Scope.EMPTY)))
            .isInstanceOf(InvalidInputException.class);
      }
      assertThat(store.statements())
          .noneMatch(statement -> statement.operation().startsWith("personal"));
    }

    @Test
    void acceptsANameOfFiveHundredAndTwelveBytes() {
      User user = scripts.user();
      String name = "é".repeat(256);

      PersonalSession session =
          store.write(
              repo ->
                  repo.personalSessions().add(new OwnerUser(user.id()), user, name, Scope.EMPTY));

      assertThat(scripts.stored(session)).map(PersonalSession::humanName).contains(name);
    }

    @Test
    void sharesAUserWithItsDeactivation() throws Exception {
      User admin = scripts.user();
      User bot = scripts.user();
      Store.Held<User> deactivation = store.hold(repo -> repo.users().deactivate(bot));

      Future<PersonalSession> adding =
          store.start(repo -> add(repo, new OwnerUser(admin.id()), bot));
      store.awaitBlocked(1);
      deactivation.save();

      assertThatThrownBy(() -> adding.get(20, SECONDS))
          .hasCauseInstanceOf(InvalidStateException.class);
      assertThat(count()).isZero();
    }

    @Test
    void waitsForTheDeletionOfTheOwner() throws Exception {
      PersonalSessionOwner client = scripts.client();
      User bot = scripts.user();
      UUID clientId = ((OwnerOAuth2Client) client).clientId();
      Store.Held<Boolean> deletion =
          store.hold(
              repo -> {
                repo.oauth2Clients().deleteById(clientId);
                return true;
              });

      Future<PersonalSession> adding = store.start(repo -> add(repo, client, bot));
      store.awaitBlocked(1);
      deletion.save();

      assertThatThrownBy(() -> adding.get(20, SECONDS)).hasCauseInstanceOf(NotFoundException.class);
      assertThat(count()).isZero();
    }

    @Test
    void doesNotDeadlockWithOneInWhichOwnerAndActorChangePlaces() throws Exception {
      User one = scripts.user();
      User two = scripts.user();
      RepositoryFactory repositories = store.repositories();
      store.statements();

      Race.Results<PersonalSession> race =
          Race.of(32)
              .run(
                  number ->
                      repositories.call(
                          repo ->
                              number % 2 == 0
                                  ? add(repo, new OwnerUser(one.id()), two)
                                  : add(repo, new OwnerUser(two.id()), one)));

      assertThat(race.failures()).isEmpty();
      assertThat(count()).isEqualTo(32);
      assertThat(store.statements()).noneMatch(statement -> statement.sqlState().isPresent());
    }
  }

  @Nested
  class Revoke {
    @Test
    void endsTheSessionWithItsToken() {
      PersonalSession session = scripts.session();
      PersonalAccessToken token = scripts.token(session, "secret", Optional.empty());

      PersonalSession revoked = scripts.revoked(session);

      Instant now = scripts.now();
      assertThat(revoked.stage()).isEqualTo(new PersonalSessionStage.Revoked(now));
      assertThat(scripts.stored(session)).contains(revoked);
      assertThat(scripts.stored(token)).flatMap(PersonalAccessToken::revokedAt).contains(now);
      assertThat(scripts.activeTokenOf(session)).isEmpty();
      assertThat(findByToken("secret")).map(found -> found.isValid(now)).contains(false);
    }

    @Test
    void leavesEarlierTokensAsTheyAre() {
      PersonalSession session = scripts.session();
      PersonalAccessToken first = scripts.revoked(scripts.token(session));
      scripts.token(session);

      scripts.revoked(session);

      assertThat(scripts.stored(first)).contains(first);
    }

    @Test
    void endsASessionWithoutToken() {
      PersonalSession session = scripts.session();

      PersonalSession revoked = scripts.revoked(session);

      assertThat(scripts.stored(session)).contains(revoked);
    }

    @Test
    void leavesOtherSessionsAlone() {
      User user = scripts.user();
      PersonalSession other = scripts.session(user);
      PersonalAccessToken token = scripts.token(other);

      scripts.revoked(scripts.session(user));

      assertThat(scripts.stored(other)).contains(other);
      assertThat(scripts.stored(token)).contains(token);
    }

    @Test
    void happensOnce() {
      PersonalSession session = scripts.session();
      PersonalAccessToken token = scripts.token(session);
      PersonalSession revoked = scripts.revoked(session);
      Optional<PersonalAccessToken> ended = scripts.stored(token);
      store.clock().advance(Duration.ofMinutes(1));

      for (PersonalSession record : List.of(session, revoked)) {
        assertThat(store.reason(repo -> repo.personalSessions().revoke(record)))
            .isEqualTo(StateReason.SESSION_FINISHED);
      }
      assertThat(scripts.stored(session)).contains(revoked);
      assertThat(scripts.stored(token)).isEqualTo(ended);
    }

    @Test
    void missesASessionThatIsGone() {
      PersonalSession session = scripts.session();
      scripts.remove(session);

      assertThat(store.missing(repo -> repo.personalSessions().revoke(session)))
          .isEqualTo("personal_session " + session.id());
    }

    @Test
    void hasOneWinnerAmongThirtyTwo() throws Exception {
      PersonalSession session = scripts.session();
      scripts.token(session);
      RepositoryFactory repositories = store.repositories();

      Race.Results<PersonalSession> race =
          Race.of(32)
              .run(number -> repositories.call(repo -> repo.personalSessions().revoke(session)));

      assertThat(race.values()).hasSize(1);
      assertThat(race.failures())
          .allSatisfy(
              failure ->
                  assertThat(failure)
                      .isInstanceOfSatisfying(
                          InvalidStateException.class,
                          e -> assertThat(e.reason()).isEqualTo(StateReason.SESSION_FINISHED)));
      assertThat(scripts.liveTokensOfDeadSessions()).isZero();
    }

    @Test
    void losesToARevocationItHasWaitedFor() throws Exception {
      PersonalSession session = scripts.session();
      Store.Held<PersonalSession> first =
          store.hold(repo -> repo.personalSessions().revoke(session));

      Future<PersonalSession> second = store.start(repo -> repo.personalSessions().revoke(session));
      store.awaitBlocked(1);
      first.save();

      assertThatThrownBy(() -> second.get(20, SECONDS))
          .hasCauseInstanceOf(InvalidStateException.class);
      assertThat(scripts.stored(session)).contains(first.result());
    }

    @Test
    void winsOverARevocationThatIsNotSaved() throws Exception {
      PersonalSession session = scripts.session();
      Store.Held<PersonalSession> first =
          store.hold(repo -> repo.personalSessions().revoke(session));

      Future<PersonalSession> second = store.start(repo -> repo.personalSessions().revoke(session));
      store.awaitBlocked(1);
      first.cancel();

      PersonalSession revoked = second.get(20, SECONDS); // before the row is looked at
      assertThat(scripts.stored(session)).contains(revoked);
    }

    @Test
    void endsATokenThatWasBeingIssued() throws Exception {
      PersonalSession session = scripts.session();
      Store.Held<PersonalAccessToken> issue =
          store.hold(repo -> repo.personalAccessTokens().add(session, "secret", Optional.empty()));

      Future<PersonalSession> revocation =
          store.start(repo -> repo.personalSessions().revoke(session));
      store.awaitBlocked(1);
      issue.save();
      PersonalSession revoked = revocation.get(20, SECONDS);

      assertThat(scripts.stored(issue.result()))
          .flatMap(PersonalAccessToken::revokedAt)
          .isEqualTo(revoked.revokedAt());
    }
  }

  @Nested
  class RevokeBulk {
    @Test
    void endsTheSessionsThatMatch() {
      User user = scripts.user();
      PersonalSession expiring = scripts.session(user);
      scripts.token(expiring, Optional.of(Duration.ofDays(1)));
      PersonalSession lasting = scripts.session(user);
      PersonalAccessToken token = scripts.token(lasting);
      scripts.session(user); // without token
      PersonalSession ended = scripts.revoked(scripts.session(user));
      PersonalSessionFilter active = PersonalSessionFilter.all().active(true);

      List<Integer> revoked =
          List.of(
              revokeBulk(active.expires(false)),
              revokeBulk(active.expires(true)),
              revokeBulk(active),
              revokeBulk(active));

      assertThat(revoked).containsExactly(1, 1, 1, 0);
      assertThat(scripts.stored(ended)).contains(ended);
      assertThat(scripts.stored(token))
          .flatMap(PersonalAccessToken::revokedAt)
          .isEqualTo(scripts.stored(lasting).flatMap(PersonalSession::revokedAt));
      assertThat(scripts.liveTokensOfDeadSessions()).isZero();
    }

    @Test
    void neverEndsTwice() {
      PersonalSession ended = scripts.revoked(scripts.session());
      store.clock().advance(Duration.ofMinutes(1));

      int again = revokeBulk(PersonalSessionFilter.all());
      int finished = revokeBulk(PersonalSessionFilter.all().active(false));

      assertThat(List.of(again, finished)).containsExactly(0, 0);
      assertThat(scripts.stored(ended)).contains(ended);
    }

    @Test
    void endsThoseOfADeactivatedUserOnce() {
      User user = scripts.user();
      scripts.session(user);
      PersonalSession other = scripts.session();

      int asActor = revokeBulk(PersonalSessionFilter.all().active(true).actorUser(user.id()));
      int asOwner = revokeBulk(PersonalSessionFilter.all().active(true).ownerUser(user.id()));

      assertThat(List.of(asActor, asOwner)).containsExactly(1, 0);
      assertThat(scripts.stored(other)).contains(other);
    }

    @Test
    void endsATokenThatWasBeingIssued() throws Exception {
      PersonalSession session = scripts.session();
      Store.Held<PersonalAccessToken> issue =
          store.hold(repo -> repo.personalAccessTokens().add(session, "secret", Optional.empty()));

      Future<Integer> revocation =
          store.start(repo -> repo.personalSessions().revokeBulk(PersonalSessionFilter.all()));
      store.awaitBlocked(1);
      issue.save();

      assertThat(revocation.get(20, SECONDS)).isOne();
      assertThat(scripts.liveTokensOfDeadSessions()).isZero();
    }

    @Test
    void countsEachSessionOnceAmongOverlappingCalls() throws Exception {
      User one = scripts.user();
      User two = scripts.user();
      RepositoryFactory repositories = store.repositories();
      store.statements();
      for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 20; i++) {
          scripts.token(scripts.session(new OwnerUser(one.id()), two, "openid"));
        }

        Race.Results<Integer> race =
            Race.of(8)
                .run(
                    number ->
                        repositories.call(
                            repo ->
                                repo.personalSessions()
                                    .revokeBulk(
                                        number % 2 == 0
                                            ? PersonalSessionFilter.all().ownerUser(one.id())
                                            : PersonalSessionFilter.all().actorUser(two.id()))));

        assertThat(race.failures()).isEmpty();
        assertThat(race.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(20);
      }
      assertThat(scripts.liveTokensOfDeadSessions()).isZero();
      assertThat(store.statements()).noneMatch(statement -> statement.sqlState().isPresent());
    }
  }

  private int revokeBulk(PersonalSessionFilter filter) {
    store.clock().advance(Duration.ofMinutes(1));
    return store.write(repo -> repo.personalSessions().revokeBulk(filter));
  }

  private static PersonalSession add(
      RepositoryAccess repo, PersonalSessionOwner owner, User actor) {
    return repo.personalSessions().add(owner, actor, "script", Scope.EMPTY);
  }

  private StateReason reasonOf(PersonalSessionOwner owner, User actor) {
    return store.reason(repo -> add(repo, owner, actor));
  }

  private UUID refusedId(PersonalSessionOwner owner, User actor) {
    return ((InvalidStateException) store.refusal(repo -> add(repo, owner, actor))).id();
  }

  private String missing(PersonalSessionOwner owner, User actor) {
    return store.missing(repo -> add(repo, owner, actor));
  }

  private User unknownUser() {
    User user = scripts.user();
    store.sql("DELETE FROM users WHERE id = ?", user.id());
    return user;
  }

  private long count() {
    return store.<Long>read(repo -> repo.personalSessions().count(PersonalSessionFilter.all()));
  }

  private Optional<PersonalAccessToken> findByToken(String token) {
    return store.read(repo -> repo.personalAccessTokens().findByToken(token));
  }
}
