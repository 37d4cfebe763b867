package dev.authstore.benchmarks.flows;

/** One statement for each step, on the tables and indexes of Authstore. */
final class Sequence {
  static final String CLIENT =
      """
      SELECT id, metadata_digest, encrypted_client_secret, application_type, redirect_uris, grant_types, client_name,
        logo_uri, client_uri, policy_uri, tos_uri, jwks_uri, jwks, id_token_signed_response_alg,
        userinfo_signed_response_alg, token_endpoint_auth_method, token_endpoint_auth_signing_alg, initiate_login_uri
      FROM oauth2_clients WHERE id = ?
      """;
  static final String SESSION =
      """
      SELECT id, client_id, user_id, browser_session_id, scope, created_at, finished_at, user_agent, last_active_at,
        last_active_ip::text, human_name
      FROM oauth2_sessions WHERE id = ?
      """;
  static final String USER =
      """
      SELECT id, username, created_at, locked_at, deactivated_at, can_request_admin, is_guest
      FROM users WHERE id = ?
      """;
  static final String ACCESS_TOKEN =
      """
      SELECT id, session_id, created_at, expires_at, revoked_at, first_used_at
      FROM oauth2_access_tokens WHERE token_digest = ?
      """;
  static final String ACCESS_TOKEN_BY_ID =
      """
      SELECT id, session_id, created_at, expires_at, revoked_at, first_used_at
      FROM oauth2_access_tokens WHERE id = ?
      """;
  static final String REFRESH_TOKEN =
      """
      SELECT id, session_id, access_token_id, created_at, consumed_at, revoked_at, next_refresh_token_id
      FROM oauth2_refresh_tokens WHERE token_digest = ?
      """;
  static final String GRANT =
      """
      SELECT id, client_id, browser_session_id, session_id, redirect_uri, scope, state, nonce, response_mode,
        code_challenge, code_challenge_method, login_hint, locale, created_at, fulfilled_at, exchanged_at, cancelled_at
      FROM oauth2_authorization_grants WHERE code_digest = ?
      """;
  static final String BROWSER_SESSION =
      """
      SELECT s.id, s.created_at, s.finished_at, s.user_agent, s.last_active_at, s.last_active_ip::text, u.id,
        u.username, u.created_at, u.locked_at, u.deactivated_at, u.can_request_admin, u.is_guest
      FROM browser_sessions s JOIN users u ON u.id = s.user_id WHERE s.id = ?
      """;
  static final String LAST_AUTHENTICATION =
      """
      SELECT id, created_at, user_password_id, upstream_session_id
      FROM browser_session_authentications
      WHERE browser_session_id = ? ORDER BY created_at DESC LIMIT 1
      """;
  static final String ADD_SESSION =
      """
      INSERT INTO oauth2_sessions (id, user_id, browser_session_id, client_id, scope, created_at)
      VALUES (?, ?, ?, ?, ?, ?)
      """;
  static final String SET_USER_AGENT = "UPDATE oauth2_sessions SET user_agent = ? WHERE id = ?";
  static final String ADD_ACCESS_TOKEN =
      """
      INSERT INTO oauth2_access_tokens (id, session_id, token_digest, created_at, expires_at)
      VALUES (?, ?, ?, ?, ?)
      """;
  static final String ADD_REFRESH_TOKEN =
      """
      INSERT INTO oauth2_refresh_tokens (id, session_id, access_token_id, token_digest, created_at)
      VALUES (?, ?, ?, ?, ?)
      """;
  static final String LOCK_USER = "SELECT pg_advisory_xact_lock(?)";
  static final String EXCHANGE =
      "UPDATE oauth2_authorization_grants SET exchanged_at = ?, session_id = ? WHERE id = ?";
  static final String CONSUME =
      "UPDATE oauth2_refresh_tokens SET consumed_at = ?, next_refresh_token_id = ? WHERE id = ?";
  static final String REVOKE = "UPDATE oauth2_access_tokens SET revoked_at = ? WHERE id = ?";
  static final String USER_BY_NAME =
      """
      SELECT id, username, created_at, locked_at, deactivated_at, can_request_admin, is_guest
      FROM users WHERE username_folded = ?
      """;
  static final String PASSWORD =
      """
      SELECT id, hashed_password, version, upgraded_from_id, created_at
      FROM user_passwords WHERE user_id = ? AND superseded_at IS NULL
      """;
  static final String GRANT_OF_DEVICE =
      """
      SELECT id, client_id, browser_session_id, scope, user_code, created_at, expires_at, fulfilled_at, rejected_at,
        exchanged_at, session_id, ip_address::text, user_agent, locale
      FROM oauth2_device_code_grants WHERE device_code_digest = ?
      """;
  static final String EXCHANGE_DEVICE =
      "UPDATE oauth2_device_code_grants SET exchanged_at = ?, session_id = ? WHERE id = ?";
  static final String SESSIONS_OF_USER =
      """
      SELECT id, client_id, user_id, browser_session_id, scope, created_at, finished_at, user_agent, last_active_at,
        last_active_ip::text, human_name
      FROM oauth2_sessions WHERE user_id = ? ORDER BY id LIMIT ?
      """;
  static final String RECORD_ACTIVITY =
      """
      UPDATE oauth2_sessions s
      SET last_active_at = greatest(s.last_active_at, t.at), last_active_ip = coalesce(t.ip, s.last_active_ip)
      FROM unnest(?::text[]::uuid[], ?::text[]::timestamptz[], ?::text[]::inet[]) AS t(id, at, ip)
      WHERE s.id = t.id
      """;
  static final String CLEAN_UP =
      """
      WITH gone AS (
        DELETE FROM oauth2_access_tokens WHERE id IN (
          SELECT id FROM oauth2_access_tokens
          WHERE expires_at >= ? AND expires_at < ? ORDER BY expires_at LIMIT ?)
        RETURNING expires_at)
      SELECT count(*), max(expires_at) FROM gone
      """;

  private Sequence() {}
}
