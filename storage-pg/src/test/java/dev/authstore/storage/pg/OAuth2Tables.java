package dev.authstore.storage.pg;

import java.util.Map;

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
          Map.entry("oauth2_sessions_client_id_fk", "exempt: no repository yet"),
          Map.entry("oauth2_sessions_user_id_fk", "exempt: no repository yet"),
          Map.entry("oauth2_sessions_browser_session_id_fk", "exempt: no repository yet"),
          Map.entry("oauth2_sessions_browser_session_id_check", "exempt: no repository yet"),
          Map.entry("oauth2_sessions_user_agent_check", "exempt: the text is cut"),
          Map.entry("oauth2_sessions_human_name_check", "exempt: no repository yet"),
          Map.entry("oauth2_sessions_last_active_ip_check", "exempt: written together only"),
          Map.entry("oauth2_access_tokens_token_digest_key", "exempt: no repository yet"),
          Map.entry("oauth2_access_tokens_session_id_fk", "exempt: no repository yet"),
          Map.entry("oauth2_access_tokens_token_digest_check", "exempt: a digest has 32 bytes"),
          Map.entry("oauth2_refresh_tokens_token_digest_key", "exempt: no repository yet"),
          Map.entry("oauth2_refresh_tokens_valid_key", "exempt: no repository yet"),
          Map.entry("oauth2_refresh_tokens_session_id_fk", "exempt: no repository yet"),
          Map.entry("oauth2_refresh_tokens_access_token_id_fk", "exempt: no repository yet"),
          Map.entry("oauth2_refresh_tokens_next_refresh_token_id_fk", "exempt: no repository yet"),
          Map.entry("oauth2_refresh_tokens_token_digest_check", "exempt: a digest has 32 bytes"),
          Map.entry("oauth2_refresh_tokens_stage_check", "exempt: no repository yet"),
          Map.entry(
              "oauth2_refresh_tokens_next_refresh_token_id_check", "exempt: no repository yet"),
          Map.entry("oauth2_authorization_grants_code_digest_key", "exempt: no repository yet"),
          Map.entry("oauth2_authorization_grants_client_id_fk", "exempt: no repository yet"),
          Map.entry(
              "oauth2_authorization_grants_client_id_session_id_fk", "exempt: no repository yet"),
          Map.entry(
              "oauth2_authorization_grants_browser_session_id_fk", "exempt: no repository yet"),
          Map.entry("oauth2_authorization_grants_response_mode_check", "exempt: no repository yet"),
          Map.entry(
              "oauth2_authorization_grants_code_digest_check", "exempt: a digest has 32 bytes"),
          Map.entry(
              "oauth2_authorization_grants_code_challenge_check", "exempt: no repository yet"),
          Map.entry(
              "oauth2_authorization_grants_code_challenge_method_check",
              "exempt: no repository yet"),
          Map.entry("oauth2_authorization_grants_state_check", "exempt: no repository yet"),
          Map.entry("oauth2_authorization_grants_nonce_check", "exempt: no repository yet"),
          Map.entry("oauth2_authorization_grants_login_hint_check", "exempt: no repository yet"),
          Map.entry("oauth2_authorization_grants_locale_check", "exempt: no repository yet"),
          Map.entry(
              "oauth2_authorization_grants_raw_parameters_check", "exempt: no repository yet"),
          Map.entry("oauth2_authorization_grants_code_check", "exempt: no repository yet"),
          Map.entry("oauth2_authorization_grants_stage_check", "exempt: no repository yet"),
          Map.entry("oauth2_device_code_grants_user_code_key", "exempt: no repository yet"),
          Map.entry(
              "oauth2_device_code_grants_device_code_digest_key", "exempt: no repository yet"),
          Map.entry("oauth2_device_code_grants_client_id_fk", "exempt: no repository yet"),
          Map.entry(
              "oauth2_device_code_grants_client_id_session_id_fk", "exempt: no repository yet"),
          Map.entry("oauth2_device_code_grants_browser_session_id_fk", "exempt: no repository yet"),
          Map.entry("oauth2_device_code_grants_user_code_check", "exempt: no repository yet"),
          Map.entry(
              "oauth2_device_code_grants_device_code_digest_check",
              "exempt: a digest has 32 bytes"),
          Map.entry("oauth2_device_code_grants_user_agent_check", "exempt: the text is cut"),
          Map.entry("oauth2_device_code_grants_locale_check", "exempt: no repository yet"),
          Map.entry("oauth2_device_code_grants_stage_check", "exempt: no repository yet"));

  /** How each table is kept from growing for ever. Whoever adds a table adds its line. */
  static final Map<String, String> CLEANUPS =
      Map.ofEntries(
          Map.entry("oauth2_clients", "exempt: deleted by administrators"),
          Map.entry("oauth2_sessions", "exempt: no repository yet, index for it is there"),
          Map.entry("oauth2_access_tokens", "exempt: no repository yet, index for it is there"),
          Map.entry("oauth2_refresh_tokens", "exempt: no repository yet, index for it is there"),
          Map.entry("oauth2_authorization_grants", "exempt: no repository yet, by primary key"),
          Map.entry("oauth2_device_code_grants", "exempt: no repository yet, by primary key"));

  private OAuth2Tables() {}
}
