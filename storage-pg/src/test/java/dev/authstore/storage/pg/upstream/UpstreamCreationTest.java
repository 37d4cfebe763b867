package dev.authstore.storage.pg.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSession;
import dev.authstore.model.upstream.UpstreamOAuthLink;
import dev.authstore.model.upstream.UpstreamOAuthProvider;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.pg.UpstreamFixture;
import dev.authstore.testing.MutableClock;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What a creating operation of logins elsewhere returns is what is read again, whatever the clock
 * says.
 */
class UpstreamCreationTest {
  private static final Instant STORED = Instant.parse("2022-01-16T14:40:00.999999Z");

  @RegisterExtension final Store store = Store.with(MutableClock.withNanoseconds());

  @Test
  void ofProviders() {
    UpstreamOAuthProvider full =
        store.write(repo -> repo.upstreamOAuthProviders().add(UpstreamFixture.full()));
    UpstreamOAuthProvider minimal =
        store.write(repo -> repo.upstreamOAuthProviders().add(UpstreamFixture.minimal()));

    Optional<UpstreamOAuthProvider> first =
        store.read(repo -> repo.upstreamOAuthProviders().lookup(full.id()));
    Optional<UpstreamOAuthProvider> second =
        store.read(repo -> repo.upstreamOAuthProviders().lookup(minimal.id()));

    assertThat(first).contains(full);
    assertThat(second).contains(minimal);
    assertThat(full.createdAt()).isEqualTo(STORED);
  }

  @Test
  void ofLinks() {
    UpstreamOAuthProvider provider =
        store.write(repo -> repo.upstreamOAuthProviders().add(UpstreamFixture.minimal()));
    UpstreamOAuthLink with =
        store.write(repo -> repo.upstreamOAuthLinks().add(provider, "1", Optional.of("John")));
    UpstreamOAuthLink without =
        store.write(repo -> repo.upstreamOAuthLinks().add(provider, "2", Optional.empty()));

    Optional<UpstreamOAuthLink> first =
        store.read(repo -> repo.upstreamOAuthLinks().lookup(with.id()));
    Optional<UpstreamOAuthLink> second =
        store.read(repo -> repo.upstreamOAuthLinks().lookup(without.id()));

    assertThat(first).contains(with);
    assertThat(second).contains(without);
    assertThat(with.createdAt()).isEqualTo(STORED);
  }

  @Test
  void ofAuthorizationSessions() {
    UpstreamOAuthProvider provider =
        store.write(repo -> repo.upstreamOAuthProviders().add(UpstreamFixture.minimal()));
    UpstreamOAuthAuthorizationSession with =
        store.write(
            repo ->
                repo.upstreamOAuthSessions()
                    .add(provider, "one", Optional.of("verifier"), Optional.of("nonce")));
    UpstreamOAuthAuthorizationSession without =
        store.write(
            repo ->
                repo.upstreamOAuthSessions()
                    .add(provider, "two", Optional.empty(), Optional.empty()));

    Optional<UpstreamOAuthAuthorizationSession> first =
        store.read(repo -> repo.upstreamOAuthSessions().lookup(with.id()));
    Optional<UpstreamOAuthAuthorizationSession> second =
        store.read(repo -> repo.upstreamOAuthSessions().lookup(without.id()));

    assertThat(first).contains(with);
    assertThat(second).contains(without);
    assertThat(with.createdAt()).isEqualTo(STORED);
  }
}
