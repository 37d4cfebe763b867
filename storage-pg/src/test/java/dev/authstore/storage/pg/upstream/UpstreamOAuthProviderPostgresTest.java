package dev.authstore.storage.pg.upstream;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.authstore.model.upstream.ClaimsImports;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSession;
import dev.authstore.model.upstream.UpstreamOAuthLink;
import dev.authstore.model.upstream.UpstreamOAuthProvider;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.storage.InvalidDataException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.StorageObserver;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.pg.Authstore;
import dev.authstore.storage.pg.Store;
import dev.authstore.storage.pg.UpstreamFixture;
import dev.authstore.storage.upstream.UpstreamOAuthProviderFilter;
import dev.authstore.storage.upstream.UpstreamOAuthProviderRepository;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows that cannot be read, and what goes with a provider that is deleted. */
class UpstreamOAuthProviderPostgresTest {
  @RegisterExtension final Store store = Store.fresh();

  private final Upstreams upstreams = new Upstreams(store);

  @Nested
  class CorruptRows {
    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        quoteCharacter = '`',
        value = {
          "scope | '{}'",
          "scope | '{\"two words\"}'",
          "token_endpoint_auth_method | 'canary'",
          "discovery_mode | 'canary'",
          "pkce_mode | 'canary'",
          "response_mode | 'fragment'",
          "response_mode | 'canary'",
          "on_backchannel_logout | 'canary'",
          "id_token_signed_response_alg | ''",
          "token_endpoint_signing_alg | ''",
          "userinfo_signed_response_alg | ''",
          "authorization_endpoint_override | 'canary canary'",
          "token_endpoint_override | 'canary canary'",
          "userinfo_endpoint_override | 'canary canary'",
          "jwks_uri_override | 'canary canary'",
          "claims_imports | '[]'",
          "claims_imports | '{\"localpart\": {\"action\": \"canary\"}}'",
          "claims_imports | '{\"localpart\": {\"on_conflict\": \"canary\"}}'",
          "claims_imports | '{\"email\": {\"template\": 1}}'",
          "claims_imports | '{\"email\": \"canary\"}'",
          "claims_imports | '{\"skip_confirmation\": \"canary\"}'",
          "additional_authorization_parameters | '{}'",
          "additional_authorization_parameters | '[[\"canary\"]]'",
          "additional_authorization_parameters | '[[\"canary\", 1]]'",
        })
    void areNamedWithoutWhatTheyHold(String column, String value) {
      UpstreamOAuthProvider provider = upstreams.provider();
      corrupt(provider, column, value);

      InvalidDataException refusal =
          (InvalidDataException)
              store.refusal(repo -> repo.upstreamOAuthProviders().lookup(provider.id()));

      assertThat(refusal.table()).isEqualTo("upstream_oauth_providers");
      assertThat(refusal.column()).isEqualTo(column);
      assertThat(refusal.id()).contains(provider.id());
      assertThat(refusal.getMessage() + refusal.getCause()).doesNotContain("canary");
    }

    @Test
    void failTheirPage() {
      UpstreamOAuthProvider provider = upstreams.provider();
      upstreams.provider();
      corrupt(provider, "pkce_mode", "'canary'");

      assertThat(
              store.refusal(
                  repo ->
                      repo.upstreamOAuthProviders()
                          .list(UpstreamOAuthProviderFilter.all(), Pagination.first(10))))
          .isInstanceOf(InvalidDataException.class);
    }

    @Test
    void areLeftOutOfTheLoginPageAndReported() {
      UpstreamOAuthProvider first = upstreams.provider(1);
      UpstreamOAuthProvider bad = upstreams.provider(2);
      UpstreamOAuthProvider last = upstreams.provider(3);
      corrupt(bad, "pkce_mode", "'canary'");
      List<InvalidDataException> skipped = new ArrayList<>();
      RepositoryFactory repositories = reportingTo(skipped);

      List<UpstreamOAuthProvider> enabled =
          repositories.read(repo -> repo.upstreamOAuthProviders().allEnabled());

      assertThat(enabled).containsExactly(first, last);
      assertThat(skipped).hasSize(1);
      assertThat(skipped.get(0).column()).isEqualTo("pkce_mode");
      assertThat(skipped.get(0).id()).contains(bad.id());
    }

    @Test
    void areMendedByTheNextConfiguration() {
      UpstreamOAuthProvider bad = upstreams.provider();
      corrupt(bad, "scope", "'{}'");

      UpstreamOAuthProvider mended =
          store.write(
              repo -> repo.upstreamOAuthProviders().upsert(bad.id(), UpstreamFixture.full()));

      assertThat(upstreams.stored(bad)).contains(mended);
    }

    private RepositoryFactory reportingTo(List<InvalidDataException> skipped) {
      StorageObserver observer =
          new StorageObserver() {
            @Override
            public void skipped(InvalidDataException row) {
              skipped.add(row);
            }
          };
      return Authstore.using(
              store.dataSource(), store.schema(), store.settings().observer(observer))
          .repositories();
    }

    /** Without the constraints, as a row of an import or of another release could be. */
    private void corrupt(UpstreamOAuthProvider provider, String column, String value) {
      for (String constraint :
          store.select(
              "SELECT conname FROM pg_constraint WHERE conrelid = ?::regclass AND contype = 'c'",
              store.schema() + ".upstream_oauth_providers")) {
        store.sql("ALTER TABLE upstream_oauth_providers DROP CONSTRAINT " + constraint);
      }
      store.sql(
          "UPDATE upstream_oauth_providers SET %s = %s WHERE id = ?".formatted(column, value),
          provider.id());
    }
  }

  @Nested
  class Columns {
    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        quoteCharacter = '`',
        value = {
          "scope | '{}'",
          "scope | '{NULL}'",
          "client_id | ''",
          "token_endpoint_auth_method | 'tls_client_auth'",
          "discovery_mode | 'OIDC'",
          "pkce_mode | 'plain'",
          "response_mode | 'fragment'",
          "on_backchannel_logout | 'nothing'",
          "claims_imports | '[]'",
          "additional_authorization_parameters | '{}'",
        })
    void takeNothingElse(String column, String value) {
      upstreams.provider();

      assertThatIllegalStateException()
          .isThrownBy(
              () -> store.sql("UPDATE upstream_oauth_providers SET " + column + " = " + value))
          .withMessageContaining("violates check constraint");
    }
  }

  @Nested
  class ClaimsImportsColumn {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "{}",
          "{\"later\": {\"release\": true}}",
          "{\"subject\": {}, \"localpart\": {\"template\": null}, \"email\": {\"action\": \"ignore\"}}"
        })
    void importsNothingWhereNothingIsSaid(String stored) {
      UpstreamOAuthProvider provider = upstreams.provider();

      store.sql("UPDATE upstream_oauth_providers SET claims_imports = ?::jsonb", stored);

      assertThat(upstreams.stored(provider))
          .map(UpstreamOAuthProvider::claimsImports)
          .contains(ClaimsImports.NONE);
    }
  }

  @Nested
  class Delete {
    @Test
    void takesLinksAndSessionsAlongButNoBrowserSession() {
      UpstreamOAuthProvider provider = upstreams.provider();
      BrowserSession browserSession = upstreams.browserSession(upstreams.user("john"));
      UpstreamOAuthAuthorizationSession used = fill(provider, browserSession);
      store.run(repo -> repo.browserSessions().authenticateWithUpstream(browserSession, used));
      UpstreamOAuthProvider other = upstreams.provider();
      UpstreamOAuthLink same = upstreams.link(other, "subject");
      UpstreamOAuthAuthorizationSession others = upstreams.completed(other, same);

      upstreams.delete(provider);

      assertThat(store.select("SELECT id FROM upstream_oauth_links"))
          .containsExactly(same.id().toString());
      assertThat(store.select("SELECT id FROM upstream_oauth_authorization_sessions"))
          .containsExactly(others.id().toString());
      assertThat(
              store.<Optional<BrowserSession>>read(
                  repo -> repo.browserSessions().lookup(browserSession.id())))
          .contains(browserSession);
      assertThat(
              store.select(
                  "SELECT id FROM browser_session_authentications WHERE upstream_session_id IS NULL"))
          .hasSize(1);
    }

    @Test
    void isOneStatement() {
      UpstreamOAuthProvider provider = upstreams.provider();
      fill(provider, upstreams.browserSession(upstreams.user("john")));
      store.statements();

      store.repositories().direct(repo -> deleted(repo.upstreamOAuthProviders(), provider));

      assertThat(store.statements()).hasSize(1);
    }

    @Test
    void takesALinkAlongThatIsJustBeingAdded() throws Exception {
      UpstreamOAuthProvider provider = upstreams.provider();
      Store.Held<UpstreamOAuthLink> addition =
          store.hold(repo -> repo.upstreamOAuthLinks().add(provider, "subject", Optional.empty()));

      Future<Boolean> deletion =
          store.start(repo -> deleted(repo.upstreamOAuthProviders(), provider));
      store.awaitBlocked(1);
      addition.save();

      assertThat(deletion.get(20, SECONDS)).isTrue();
      assertThat(upstreams.stored(addition.result())).isEmpty();
    }

    @Test
    void takesASessionAlongThatIsJustBeingAdded() throws Exception {
      UpstreamOAuthProvider provider = upstreams.provider();
      Store.Held<UpstreamOAuthAuthorizationSession> addition =
          store.hold(
              repo ->
                  repo.upstreamOAuthSessions()
                      .add(provider, "state", Optional.empty(), Optional.empty()));

      Future<Boolean> deletion =
          store.start(repo -> deleted(repo.upstreamOAuthProviders(), provider));
      store.awaitBlocked(1);
      addition.save();

      assertThat(deletion.get(20, SECONDS)).isTrue();
      assertThat(upstreams.stored(addition.result())).isEmpty();
    }

    @Test
    void comesBeforeWhatWouldBeAdded() throws Exception {
      UpstreamOAuthProvider provider = upstreams.provider();
      Store.Held<Boolean> deletion =
          store.hold(repo -> deleted(repo.upstreamOAuthProviders(), provider));

      Future<UpstreamOAuthLink> link =
          store.start(repo -> repo.upstreamOAuthLinks().add(provider, "subject", Optional.empty()));
      store.awaitBlocked(1);
      deletion.save();

      assertThatThrownBy(() -> link.get(20, SECONDS)).hasCauseInstanceOf(NotFoundException.class);
    }

    private static boolean deleted(
        UpstreamOAuthProviderRepository providers, UpstreamOAuthProvider provider) {
      providers.delete(provider);
      return true;
    }

    /** Links with an account and without, and a login in each stage; the used one is returned. */
    private UpstreamOAuthAuthorizationSession fill(
        UpstreamOAuthProvider provider, BrowserSession browserSession) {
      UpstreamOAuthLink link = upstreams.link(provider, "subject");
      upstreams.pending(provider);
      upstreams.completed(provider, link);
      UpstreamOAuthLink removed = upstreams.link(provider);
      upstreams.completed(provider, removed);
      upstreams.remove(removed);
      UpstreamOAuthLink linked = upstreams.link(provider, browserSession.user());
      return upstreams.consumed(upstreams.completed(provider, linked), browserSession);
    }
  }
}
