package dev.authstore.storage.pg;

import dev.authstore.model.Ids;
import dev.authstore.model.upstream.UpstreamOAuthAuthorizationSession;
import dev.authstore.model.upstream.UpstreamOAuthLink;
import dev.authstore.model.upstream.UpstreamOAuthProvider;
import dev.authstore.storage.RepositoryAccess;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import dev.authstore.storage.upstream.UpstreamAnswer;
import dev.authstore.storage.upstream.UpstreamOAuthLinkFilter;
import dev.authstore.storage.upstream.UpstreamOAuthProviderFilter;
import dev.authstore.storage.upstream.UpstreamOAuthProviderParams;
import dev.authstore.storage.upstream.UpstreamOAuthSessionFilter;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** What guards the tables of upstream logins, and what their operations are called with. */
final class UpstreamTables {
  /** What becomes of a violation. Whoever adds a constraint adds its line. */
  static final Map<String, String> OUTCOMES =
      Map.ofEntries(
          Map.entry(
              "upstream_oauth_providers_scope_check", "InvalidInputException from the parameters"),
          Map.entry(
              "upstream_oauth_providers_client_id_check",
              "InvalidInputException from the parameters"),
          Map.entry(
              "upstream_oauth_providers_token_endpoint_auth_method_check",
              "exempt: written from its constants"),
          Map.entry(
              "upstream_oauth_providers_discovery_mode_check",
              "exempt: written from its constants"),
          Map.entry(
              "upstream_oauth_providers_pkce_mode_check", "exempt: written from its constants"),
          Map.entry(
              "upstream_oauth_providers_response_mode_check",
              "InvalidInputException from the parameters"),
          Map.entry(
              "upstream_oauth_providers_on_backchannel_logout_check",
              "exempt: written from its constants"),
          Map.entry(
              "upstream_oauth_providers_claims_imports_check",
              "exempt: always written as an object"),
          Map.entry(
              "upstream_oauth_providers_authorization_parameters_check",
              "exempt: always written as an array"),
          Map.entry("upstream_oauth_links_subject_provider_id_key", "ConflictException from add"),
          Map.entry(
              "upstream_oauth_links_id_provider_id_key", "exempt: implied by the primary key"),
          Map.entry("upstream_oauth_links_provider_id_fk", "NotFoundException from add, findOrAdd"),
          Map.entry("upstream_oauth_links_user_id_fk", "NotFoundException from associateToUser"),
          Map.entry(
              "upstream_oauth_links_subject_check", "InvalidInputException from add, findOrAdd"),
          Map.entry(
              "upstream_oauth_links_human_account_name_check",
              "InvalidInputException from add, findOrAdd"),
          Map.entry(
              "upstream_oauth_authorization_sessions_state_key", "ConflictException from add"),
          Map.entry(
              "upstream_oauth_authorization_sessions_provider_id_fk", "NotFoundException from add"),
          Map.entry(
              "upstream_oauth_authorization_sessions_link_id_fk",
              "NotFoundException from completeWithLink"),
          Map.entry(
              "upstream_oauth_authorization_sessions_browser_session_id_fk",
              "NotFoundException from consume, authenticateWithUpstream"),
          Map.entry(
              "upstream_oauth_authorization_sessions_state_check",
              "InvalidInputException from add"),
          Map.entry(
              "upstream_oauth_authorization_sessions_stage_check",
              "InvalidStateException from completeWithLink, consume"));

  /** How each table is kept from growing for ever. Whoever adds a table adds its line. */
  static final Map<String, String> CLEANUPS =
      Map.ofEntries(
          Map.entry("upstream_oauth_providers", "exempt: configuration"),
          Map.entry("upstream_oauth_links", "upstream_oauth_link.cleanup_orphaned"),
          Map.entry(
              "upstream_oauth_authorization_sessions",
              "upstream_oauth_authorization_session.cleanup_orphaned"));

  private UpstreamTables() {}

  /** A provider, a link without an account, a login that is pending and one that is completed. */
  static void fill(Store store, Fixture fixture) {
    // under the id that operations on an id alone are given
    UpstreamOAuthProvider provider =
        store.write(
            repo ->
                repo.upstreamOAuthProviders().upsert(fixture.user().id(), UpstreamFixture.full()));
    UpstreamOAuthLink link =
        store.write(
            repo ->
                repo.upstreamOAuthLinks()
                    .add(
                        provider,
                        Fixture.CANARY + " subject",
                        Optional.of(Fixture.CANARY + " account")));
    UpstreamOAuthAuthorizationSession completed =
        store.write(
            repo ->
                repo.upstreamOAuthSessions()
                    .completeWithLink(
                        begun(repo, provider, "completed"), link, UpstreamAnswer.NONE));
    UUID afterwards = Ids.maxAt(store.clock().instant());

    fixture.put(UpstreamOAuthProvider.class, provider);
    fixture.put(UpstreamOAuthProviderParams.class, UpstreamFixture.full());
    fixture.put(UpstreamOAuthProviderFilter.class, UpstreamOAuthProviderFilter.all().enabled(true));
    fixture.put(UpstreamOAuthLink.class, link);
    fixture.put(UpstreamOAuthLinkFilter.class, UpstreamOAuthLinkFilter.all().linked(false));
    fixture.put("upstream_oauth_link.cleanup_orphaned", UUID.class, afterwards);
    fixture.put(
        UpstreamOAuthAuthorizationSession.class,
        store.write(repo -> begun(repo, provider, "pending")));
    fixture.put(UpstreamAnswer.class, UpstreamAnswer.NONE);
    fixture.put(
        UpstreamOAuthSessionFilter.class, UpstreamOAuthSessionFilter.all().provider(provider.id()));
    fixture.put(
        "upstream_oauth_authorization_session.consume",
        UpstreamOAuthAuthorizationSession.class,
        completed);
    fixture.put("upstream_oauth_authorization_session.cleanup_orphaned", UUID.class, afterwards);
  }

  /** The lists of this group, with so many rows in each. */
  static Map<String, PaginationContractTest.Walked> lists(Store store, int rows) {
    for (int i = 0; i < rows; i++) {
      UUID id = new UUID(i * 0x3000_0000_0000_0000L, i * 0x5000_0000_0000_0000L);
      store.sql(
          """
          INSERT INTO upstream_oauth_providers (id, scope, client_id, token_endpoint_auth_method, created_at)
          VALUES (?, '{openid}', 'client', 'none', now())
          """,
          id);
      store.sql(
          """
          WITH link AS (
            INSERT INTO upstream_oauth_links (id, provider_id, subject, created_at)
            SELECT id, id, 'subject', now() FROM upstream_oauth_providers WHERE id = ? RETURNING id
          )
          INSERT INTO upstream_oauth_authorization_sessions (id, provider_id, state, created_at)
          SELECT id, id, id::text, now() FROM link
          """,
          id);
    }
    return Map.of(
        "UpstreamOAuthProviderRepository.list",
        new PaginationContractTest.Walked(
            rows,
            page -> store.read(repo -> providers(repo, page)),
            node -> ((UpstreamOAuthProvider) node).id()),
        "UpstreamOAuthLinkRepository.list",
        new PaginationContractTest.Walked(
            rows,
            page -> store.read(repo -> links(repo, page)),
            node -> ((UpstreamOAuthLink) node).id()),
        "UpstreamOAuthAuthorizationSessionRepository.list",
        new PaginationContractTest.Walked(
            rows,
            page -> store.read(repo -> sessions(repo, page)),
            node -> ((UpstreamOAuthAuthorizationSession) node).id()));
  }

  private static Page<?> providers(RepositoryAccess repo, Pagination page) {
    return repo.upstreamOAuthProviders().list(UpstreamOAuthProviderFilter.all(), page);
  }

  private static Page<?> links(RepositoryAccess repo, Pagination page) {
    return repo.upstreamOAuthLinks().list(UpstreamOAuthLinkFilter.all(), page);
  }

  private static Page<?> sessions(RepositoryAccess repo, Pagination page) {
    return repo.upstreamOAuthSessions().list(UpstreamOAuthSessionFilter.all(), page);
  }

  private static UpstreamOAuthAuthorizationSession begun(
      RepositoryAccess repo, UpstreamOAuthProvider provider, String state) {
    return repo.upstreamOAuthSessions()
        .add(
            provider,
            Fixture.CANARY + " " + state,
            Optional.of(Fixture.CANARY + " verifier"),
            Optional.of(Fixture.CANARY + " nonce"));
  }
}
