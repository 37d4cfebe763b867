package dev.authstore.storage.pg;

import dev.authstore.model.Scope;
import dev.authstore.model.TokenKind;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.storage.oauth2.OAuth2ClientFilter;
import dev.authstore.storage.oauth2.OAuth2SessionFilter;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;

/** What guards the tables of OAuth 2.0. */
final class OAuth2Tables {
  /** What becomes of a violation. Whoever adds a constraint adds its line. */
  static final Map<String, String> OUTCOMES =
      Map.ofEntries(
          Map.entry("oauth2_clients_redirect_uris_check", "exempt: no element is null"),
          Map.entry("oauth2_clients_grant_types_check", "exempt: no element is null"),
          Map.entry("oauth2_sessions_scope_check", "exempt: no element is null"),
          Map.entry("oauth2_authorization_grants_scope_check", "exempt: no element is null"),
          Map.entry("oauth2_device_code_grants_scope_check", "exempt: no element is null"),
          Map.entry("oauth2_clients_metadata_digest_key", "ConflictException from add"),
          Map.entry("oauth2_clients_metadata_digest_check", "InvalidInputException from add"),
          Map.entry("oauth2_clients_shared_check", "InvalidInputException from add"),
          Map.entry("oauth2_clients_jwks_check", "exempt: a client has one source of keys"),
          Map.entry("oauth2_clients_client_name_check", "exempt: written together only"),
          Map.entry("oauth2_clients_client_uri_check", "exempt: written together only"),
          Map.entry("oauth2_sessions_client_id_id_key", "exempt: implied by the primary key"),
          Map.entry("oauth2_sessions_client_id_fk", "NotFoundException from add"),
          Map.entry("oauth2_sessions_user_id_fk", "NotFoundException from add"),
          Map.entry("oauth2_sessions_browser_session_id_fk", "NotFoundException from add"),
          Map.entry("oauth2_sessions_browser_session_id_check", "InvalidInputException from add"),
          Map.entry("oauth2_sessions_user_agent_check", "exempt: the text is cut"),
          Map.entry("oauth2_sessions_human_name_check", "InvalidInputException from setHumanName"),
          Map.entry("oauth2_sessions_last_active_ip_check", "exempt: written together only"),
          Map.entry("oauth2_access_tokens_token_digest_key", "ConflictException from add"),
          Map.entry("oauth2_access_tokens_session_id_fk", "NotFoundException from add"),
          Map.entry("oauth2_access_tokens_token_digest_check", "exempt: a digest has 32 bytes"),
          Map.entry("oauth2_refresh_tokens_token_digest_key", "ConflictException from add"),
          Map.entry("oauth2_refresh_tokens_valid_key", "ConstraintViolationException from save"),
          Map.entry("oauth2_refresh_tokens_session_id_fk", "NotFoundException from add"),
          Map.entry("oauth2_refresh_tokens_access_token_id_fk", "NotFoundException from add"),
          Map.entry(
              "oauth2_refresh_tokens_next_refresh_token_id_fk", "NotFoundException from consume"),
          Map.entry("oauth2_refresh_tokens_token_digest_check", "exempt: a digest has 32 bytes"),
          Map.entry(
              "oauth2_refresh_tokens_stage_check", "exempt: consumed and revoked only while valid"),
          Map.entry(
              "oauth2_refresh_tokens_next_refresh_token_id_check",
              "InvalidInputException from consume"),
          Map.entry(
              "oauth2_authorization_grants_code_digest_key",
              "ConstraintViolationException from fulfill: 178 random bits"),
          Map.entry("oauth2_authorization_grants_client_id_fk", "NotFoundException from add"),
          Map.entry(
              "oauth2_authorization_grants_client_id_session_id_fk",
              "NotFoundException from exchange"),
          Map.entry(
              "oauth2_authorization_grants_browser_session_id_fk",
              "NotFoundException from fulfill"),
          Map.entry(
              "oauth2_authorization_grants_response_mode_check", "exempt: a closed enumeration"),
          Map.entry(
              "oauth2_authorization_grants_code_digest_check", "exempt: a digest has 32 bytes"),
          Map.entry(
              "oauth2_authorization_grants_code_challenge_check",
              "exempt: the record has both or none"),
          Map.entry(
              "oauth2_authorization_grants_code_challenge_method_check",
              "exempt: a closed enumeration"),
          Map.entry("oauth2_authorization_grants_state_check", "InvalidInputException from add"),
          Map.entry("oauth2_authorization_grants_nonce_check", "InvalidInputException from add"),
          Map.entry(
              "oauth2_authorization_grants_login_hint_check", "InvalidInputException from add"),
          Map.entry("oauth2_authorization_grants_locale_check", "InvalidInputException from add"),
          Map.entry("oauth2_authorization_grants_raw_parameters_check", "exempt: always an object"),
          Map.entry("oauth2_authorization_grants_code_check", "InvalidInputException from fulfill"),
          Map.entry(
              "oauth2_authorization_grants_stage_check",
              "InvalidStateException from fulfill, cancel and exchange"),
          Map.entry("oauth2_device_code_grants_user_code_key", "ConflictException from add"),
          Map.entry(
              "oauth2_device_code_grants_device_code_digest_key", "ConflictException from add"),
          Map.entry("oauth2_device_code_grants_client_id_fk", "NotFoundException from add"),
          Map.entry(
              "oauth2_device_code_grants_client_id_session_id_fk",
              "NotFoundException from exchange"),
          Map.entry(
              "oauth2_device_code_grants_browser_session_id_fk",
              "NotFoundException from fulfill and reject"),
          Map.entry("oauth2_device_code_grants_user_code_check", "InvalidInputException from add"),
          Map.entry(
              "oauth2_device_code_grants_device_code_digest_check",
              "exempt: a digest has 32 bytes"),
          Map.entry("oauth2_device_code_grants_user_agent_check", "exempt: the text is cut"),
          Map.entry("oauth2_device_code_grants_locale_check", "InvalidInputException from fulfill"),
          Map.entry(
              "oauth2_device_code_grants_stage_check",
              "InvalidStateException from fulfill, reject and exchange"));

  /** How each table is kept from growing for ever. Whoever adds a table adds its line. */
  static final Map<String, String> CLEANUPS =
      Map.ofEntries(
          Map.entry("oauth2_clients", "exempt: deleted by administrators"),
          Map.entry("oauth2_sessions", "oauth2_session.cleanup_finished"),
          Map.entry("oauth2_access_tokens", "oauth2_access_token.cleanup_expired"),
          Map.entry("oauth2_refresh_tokens", "oauth2_refresh_token.cleanup_consumed"),
          Map.entry("oauth2_authorization_grants", "oauth2_authorization_grant.cleanup"),
          Map.entry("oauth2_device_code_grants", "oauth2_device_code_grant.cleanup"));

  private OAuth2Tables() {}

  /** An argument of each type of this group, stored where it is a row. */
  static void fill(Store store, Fixture fixture, OAuth2Client client) {
    Scope scope = Scope.of("openid", Fixture.CANARY);
    OAuth2Session session =
        store.write(
            repo ->
                repo.oauth2Sessions()
                    .add(
                        client,
                        Optional.of(fixture.user()),
                        Optional.empty(),
                        scope,
                        Optional.of(Fixture.CANARY + " agent")));
    fixture.put(Scope.class, scope);
    fixture.put(OAuth2Session.class, session);
    fixture.put(OAuth2SessionFilter.class, OAuth2SessionFilter.all().client(client.id()));
    fixture.put(TokenKind.class, TokenKind.ACCESS_TOKEN);
    fixture.put(
        "oauth2_session.finish_by_token",
        String.class,
        TokenKind.ACCESS_TOKEN.generate(new Random(1)));
  }

  /** The lists of this group, with so many rows in each. */
  static Map<String, PaginationContractTest.Walked> lists(Store store, int rows) {
    for (int i = 0; i < rows; i++) {
      UUID client = new UUID(i * 0x3000_0000_0000_0000L, i * 0x5000_0000_0000_0000L);
      store.sql(
          "INSERT INTO oauth2_clients (id, redirect_uris, grant_types, is_static) VALUES (?, '{}', '{}', false)",
          client);
      store.sql(
          "INSERT INTO oauth2_sessions (id, client_id, scope, created_at) VALUES (?, ?, '{}', now())",
          new UUID(-i * 0x1000_0000_0000_0000L, i * 0x7000_0000_0000_0000L),
          client);
    }
    return Map.of(
        "OAuth2ClientRepository.list",
        new PaginationContractTest.Walked(
            rows,
            page -> store.read(repo -> repo.oauth2Clients().list(OAuth2ClientFilter.all(), page)),
            node -> ((OAuth2Client) node).id()),
        "OAuth2SessionRepository.list",
        new PaginationContractTest.Walked(
            rows,
            page -> store.read(repo -> repo.oauth2Sessions().list(OAuth2SessionFilter.all(), page)),
            node -> ((OAuth2Session) node).id()));
  }
}
