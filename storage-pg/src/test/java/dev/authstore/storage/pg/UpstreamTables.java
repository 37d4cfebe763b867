package dev.authstore.storage.pg;

import java.util.Map;

/** What guards the tables of upstream logins. */
final class UpstreamTables {
  /** What becomes of a violation. Whoever adds a constraint adds its line. */
  static final Map<String, String> OUTCOMES =
      Map.ofEntries(
          Map.entry("upstream_oauth_providers_scope_check", "exempt: no repository yet"),
          Map.entry(
              "upstream_oauth_providers_token_endpoint_auth_method_check",
              "exempt: no repository yet"),
          Map.entry("upstream_oauth_providers_discovery_mode_check", "exempt: no repository yet"),
          Map.entry("upstream_oauth_providers_pkce_mode_check", "exempt: no repository yet"),
          Map.entry("upstream_oauth_providers_response_mode_check", "exempt: no repository yet"),
          Map.entry(
              "upstream_oauth_providers_on_backchannel_logout_check", "exempt: no repository yet"),
          Map.entry("upstream_oauth_links_provider_id_subject_key", "exempt: no repository yet"),
          Map.entry(
              "upstream_oauth_links_id_provider_id_key", "exempt: implied by the primary key"),
          Map.entry("upstream_oauth_links_provider_id_fk", "exempt: no repository yet"),
          Map.entry("upstream_oauth_links_user_id_fk", "exempt: no repository yet"),
          Map.entry("upstream_oauth_links_subject_check", "exempt: no repository yet"),
          Map.entry("upstream_oauth_authorization_sessions_state_key", "exempt: no repository yet"),
          Map.entry(
              "upstream_oauth_authorization_sessions_provider_id_fk", "exempt: no repository yet"),
          Map.entry(
              "upstream_oauth_authorization_sessions_link_id_fk", "exempt: no repository yet"),
          Map.entry(
              "upstream_oauth_authorization_sessions_browser_session_id_fk",
              "exempt: authenticateWithUpstream locks the session first"),
          Map.entry(
              "upstream_oauth_authorization_sessions_state_check", "exempt: no repository yet"),
          Map.entry(
              "upstream_oauth_authorization_sessions_stage_check", "exempt: no repository yet"));

  /** How each table is kept from growing for ever. Whoever adds a table adds its line. */
  static final Map<String, String> CLEANUPS =
      Map.ofEntries(
          Map.entry("upstream_oauth_providers", "exempt: configuration"),
          Map.entry("upstream_oauth_links", "exempt: no repository yet, index for it is there"),
          Map.entry(
              "upstream_oauth_authorization_sessions",
              "exempt: no repository yet, index for it is there"));

  private UpstreamTables() {}
}
