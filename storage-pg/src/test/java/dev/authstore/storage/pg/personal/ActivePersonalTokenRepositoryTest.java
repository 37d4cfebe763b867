package dev.authstore.storage.pg.personal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.personal.PersonalAccessToken;
import dev.authstore.model.personal.PersonalSession;
import dev.authstore.model.personal.PersonalSessionOwner;
import dev.authstore.model.personal.PersonalSessionOwner.OwnerOAuth2Client;
import dev.authstore.model.personal.PersonalSessionOwner.OwnerUser;
import dev.authstore.model.user.User;
import dev.authstore.storage.personal.ActivePersonalToken;
import dev.authstore.storage.pg.OAuth2Fixture;
import dev.authstore.storage.pg.Store;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a presented token is worth. */
class ActivePersonalTokenRepositoryTest {
  @RegisterExtension final Store store = Store.fresh();

  private final Scripts scripts = new Scripts(store);

  @Test
  void comesWithSessionActorAndOwner() {
    User admin = scripts.user();
    User bot = scripts.user();
    PersonalSession session = scripts.session(new OwnerUser(admin.id()), bot, "openid");
    PersonalAccessToken token = scripts.token(session, "secret", Optional.empty());

    Optional<ActivePersonalToken> found = findActive("secret");

    assertThat(found)
        .contains(
            new ActivePersonalToken(token, session, bot, Optional.of(admin), Optional.empty()));
  }

  @Test
  void mayBeTheActorsOwn() {
    User user = scripts.user();
    PersonalSession session = scripts.session(user);
    PersonalAccessToken token = scripts.token(session, "secret", Optional.empty());

    Optional<ActivePersonalToken> found = findActive("secret");

    assertThat(found)
        .contains(
            new ActivePersonalToken(token, session, user, Optional.of(user), Optional.empty()));
  }

  @Test
  void mayBeAClients() {
    OAuth2Client client = OAuth2Fixture.client(store);
    User bot = scripts.user();
    PersonalSession session = scripts.session(new OwnerOAuth2Client(client.id()), bot, "openid");
    PersonalAccessToken token = scripts.token(session, "secret", Optional.empty());

    Optional<ActivePersonalToken> found = findActive("secret");

    assertThat(found)
        .contains(
            new ActivePersonalToken(token, session, bot, Optional.empty(), Optional.of(client)));
  }

  @Test
  void endsWhenItExpires() {
    scripts.token(scripts.session(), "secret", Optional.of(Duration.ofMinutes(1)));
    store.clock().advance(Duration.ofMinutes(1).minusNanos(1000));
    assertThat(findActive("secret")).isPresent();

    store.clock().advance(Duration.ofNanos(1000));

    assertThat(findActive("secret")).isEmpty();
  }

  @Test
  void endsWithTheToken() {
    PersonalSession session = scripts.session();
    scripts.revoked(scripts.token(session, "one", Optional.empty()));
    scripts.token(session, "two", Optional.empty());

    assertThat(findActive("one")).isEmpty();
    assertThat(findActive("two")).isPresent();
  }

  @Test
  void endsWithTheSession() {
    PersonalSession session = scripts.session();
    scripts.token(session, "secret", Optional.empty());

    scripts.revoked(session);

    assertThat(findActive("secret")).isEmpty();
  }

  @Test
  void restsWhileTheActorIsBlocked() {
    User bot = scripts.user();
    scripts.token(scripts.session(scripts.client(), bot, "openid"), "secret", Optional.empty());

    assertRestsWhileBlocked(bot);
  }

  @Test
  void restsWhileTheOwnerIsBlocked() {
    User admin = scripts.user();
    PersonalSessionOwner owner = new OwnerUser(admin.id());
    scripts.token(scripts.session(owner, scripts.user(), "openid"), "secret", Optional.empty());

    assertRestsWhileBlocked(admin);
  }

  @Test
  void isNotFoundByOtherText() {
    scripts.token(scripts.session(), "secret", Optional.empty());

    for (String text : List.of("Secret", "", "\u0000", "\ud800")) {
      assertThat(findActive(text)).isEmpty();
    }
  }

  @Test
  void isFoundInOneStatementWhileReading() {
    scripts.token(scripts.session(), "secret", Optional.empty());
    store.statements();

    findActive("secret");

    assertThat(store.statements()).hasSize(1);
  }

  private void assertRestsWhileBlocked(User user) {
    store.run(repo -> repo.users().lock(user));
    assertThat(findActive("secret")).isEmpty();
    store.run(repo -> repo.users().unlock(user));
    assertThat(findActive("secret")).isPresent();
    store.run(repo -> repo.users().deactivate(user));
    assertThat(findActive("secret")).isEmpty();
  }

  private Optional<ActivePersonalToken> findActive(String token) {
    return store.read(repo -> repo.personalAccessTokens().findActive(token));
  }
}
