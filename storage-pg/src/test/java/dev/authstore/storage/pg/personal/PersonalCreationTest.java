package dev.authstore.storage.pg.personal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Scope;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.personal.PersonalAccessToken;
import dev.authstore.model.personal.PersonalSession;
import dev.authstore.model.personal.PersonalSessionOwner.OwnerOAuth2Client;
import dev.authstore.model.personal.PersonalSessionOwner.OwnerUser;
import dev.authstore.model.user.User;
import dev.authstore.storage.pg.OAuth2Fixture;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a creating operation of scripts returns is what is read again, whatever the clock says. */
class PersonalCreationTest {
  private static final Instant STORED = Instant.parse("2022-01-16T14:40:00.999999Z");

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  @SuppressWarnings("NullAway.Init") // set before each test
  private User john;

  @BeforeEach
  void addJohn() {
    john = store.write(repo -> repo.users().add("John"));
  }

  @Test
  void ofSessions() {
    OAuth2Client client = OAuth2Fixture.client(store);
    PersonalSession ofUser =
        store.write(
            repo ->
                repo.personalSessions()
                    .add(new OwnerUser(john.id()), john, "script", Scope.of("b", "a")));
    PersonalSession ofClient =
        store.write(
            repo ->
                repo.personalSessions()
                    .add(new OwnerOAuth2Client(client.id()), john, "script", Scope.EMPTY));

    Optional<PersonalSession> first =
        store.read(repo -> repo.personalSessions().lookup(ofUser.id()));
    Optional<PersonalSession> second =
        store.read(repo -> repo.personalSessions().lookup(ofClient.id()));

    assertThat(first).contains(ofUser);
    assertThat(second).contains(ofClient);
    assertThat(ofUser.createdAt()).isEqualTo(STORED);
  }

  @Test
  void ofAccessTokens() {
    PersonalSession session =
        store.write(
            repo ->
                repo.personalSessions().add(new OwnerUser(john.id()), john, "script", Scope.EMPTY));
    PersonalAccessToken one =
        store.write(
            repo ->
                repo.personalAccessTokens()
                    .add(session, "one", Optional.of(Duration.ofNanos(1999))));
    Optional<PersonalAccessToken> first =
        store.read(repo -> repo.personalAccessTokens().lookup(one.id()));
    PersonalAccessToken two =
        store.write(repo -> repo.personalAccessTokens().replace(session, "two", Optional.empty()));

    Optional<PersonalAccessToken> second =
        store.read(repo -> repo.personalAccessTokens().lookup(two.id()));

    assertThat(first).contains(one);
    assertThat(second).contains(two);
    assertThat(one.createdAt()).isEqualTo(STORED);
    assertThat(one.expiresAt()).contains(STORED.plusNanos(1000));
  }
}
