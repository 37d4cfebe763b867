package dev.authstore.storage.pg.compat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.Device;
import dev.authstore.model.compat.CompatAccessToken;
import dev.authstore.model.compat.CompatRefreshToken;
import dev.authstore.model.compat.CompatSession;
import dev.authstore.model.compat.CompatSsoLogin;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.compat.CompatSessionParams;
import dev.authstore.storage.pg.Store;
import dev.authstore.testing.MutableClock;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What a creating operation of the older login API returns is what is read again, whatever the
 * clock says.
 */
class CompatCreationTest {
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
    BrowserSession browser =
        store.write(repo -> repo.browserSessions().add(john, Optional.empty()));
    CompatSession with =
        store.write(
            repo ->
                repo.compatSessions()
                    .add(
                        john,
                        new CompatSessionParams(
                            new Device("one"),
                            Optional.of(browser),
                            true,
                            Optional.of("phone"),
                            Optional.of("agent"))));
    CompatSession without =
        store.write(
            repo -> repo.compatSessions().add(john, CompatSessionParams.of(new Device("two"))));

    Optional<CompatSession> first = store.read(repo -> repo.compatSessions().lookup(with.id()));
    Optional<CompatSession> second = store.read(repo -> repo.compatSessions().lookup(without.id()));

    assertThat(first).contains(with);
    assertThat(second).contains(without);
    assertThat(with.createdAt()).isEqualTo(STORED);
  }

  @Test
  void ofLoginsAndTokens() {
    CompatSession session =
        store.write(
            repo -> repo.compatSessions().add(john, CompatSessionParams.of(new Device("one"))));
    CompatSsoLogin login =
        store.write(repo -> repo.compatSsoLogins().add(URI.create("app://host?q=%20")));
    CompatAccessToken access =
        store.write(
            repo ->
                repo.compatAccessTokens()
                    .add(session, "secret", Optional.of(Duration.ofNanos(1999))));
    CompatRefreshToken refresh =
        store.write(repo -> repo.compatRefreshTokens().add(session, access, "secret"));

    Optional<CompatSsoLogin> first = store.read(repo -> repo.compatSsoLogins().lookup(login.id()));
    Optional<CompatAccessToken> second =
        store.read(repo -> repo.compatAccessTokens().lookup(access.id()));
    Optional<CompatRefreshToken> third =
        store.read(repo -> repo.compatRefreshTokens().lookup(refresh.id()));

    assertThat(first).contains(login);
    assertThat(second).contains(access);
    assertThat(third).contains(refresh);
    assertThat(login.createdAt()).isEqualTo(STORED);
    assertThat(access.createdAt()).isEqualTo(STORED);
    assertThat(refresh.createdAt()).isEqualTo(STORED);
  }
}
