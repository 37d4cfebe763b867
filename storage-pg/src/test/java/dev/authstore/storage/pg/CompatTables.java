package dev.authstore.storage.pg;

import java.util.Map;

/** What guards the tables of the older login API. */
final class CompatTables {
  /** What becomes of a violation. Whoever adds a constraint adds its line. */
  static final Map<String, String> OUTCOMES =
      Map.ofEntries(
          Map.entry("compat_sessions_user_id_fk", "exempt: no repository yet"),
          Map.entry("compat_sessions_browser_session_id_fk", "exempt: no repository yet"),
          Map.entry("compat_sessions_device_id_check", "exempt: no repository yet"),
          Map.entry("compat_sessions_human_name_check", "exempt: no repository yet"),
          Map.entry("compat_sessions_user_agent_check", "exempt: the text is cut"),
          Map.entry("compat_sessions_last_active_ip_check", "exempt: written together only"),
          Map.entry("compat_access_tokens_session_id_id_key", "exempt: implied by the primary key"),
          Map.entry("compat_access_tokens_token_digest_key", "exempt: no repository yet"),
          Map.entry("compat_access_tokens_session_id_fk", "exempt: no repository yet"),
          Map.entry("compat_access_tokens_token_digest_check", "exempt: a digest has 32 bytes"),
          Map.entry("compat_refresh_tokens_token_digest_key", "exempt: no repository yet"),
          Map.entry("compat_refresh_tokens_session_id_fk", "exempt: no repository yet"),
          Map.entry("compat_refresh_tokens_access_token_id_fk", "exempt: no repository yet"),
          Map.entry("compat_refresh_tokens_token_digest_check", "exempt: a digest has 32 bytes"),
          Map.entry("compat_sso_logins_session_id_key", "exempt: no repository yet"),
          Map.entry("compat_sso_logins_login_token_digest_key", "exempt: no repository yet"),
          Map.entry("compat_sso_logins_browser_session_id_fk", "exempt: no repository yet"),
          Map.entry("compat_sso_logins_session_id_fk", "exempt: no repository yet"),
          Map.entry("compat_sso_logins_redirect_uri_check", "exempt: no repository yet"),
          Map.entry("compat_sso_logins_login_token_digest_check", "exempt: a digest has 32 bytes"),
          Map.entry("compat_sso_logins_login_token_check", "exempt: no repository yet"),
          Map.entry("compat_sso_logins_stage_check", "exempt: no repository yet"),
          Map.entry("compat_sessions_active_key", "exempt: no repository yet"));

  /** How each table is kept from growing for ever. Whoever adds a table adds its line. */
  static final Map<String, String> CLEANUPS =
      Map.ofEntries(
          Map.entry("compat_sessions", "exempt: no repository yet, index for it is there"),
          Map.entry("compat_access_tokens", "exempt: no repository yet, index for it is there"),
          Map.entry("compat_refresh_tokens", "exempt: no repository yet, index for it is there"),
          Map.entry("compat_sso_logins", "exempt: no repository yet, index for it is there"));

  private CompatTables() {}
}
