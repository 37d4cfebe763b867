package dev.authstore.storage.pg;

/**
 * A hundred thousand rows of what grows with the number of accounts, so that the planner has
 * something to choose from; in the profile {@code scale} a million sessions of clients and three
 * million tokens. Ids are hashes of what they number: spread over the whole table, as the worst of
 * real ones.
 */
final class ManyRows {
  private static final int USERS = Plans.rows(100_010, 250_000);
  private static final int UPSTREAM_LOGINS = 100_010;
  private static final int BROWSER_SESSIONS = Plans.rows(100_010, 500_000);

  static final int FINISHED_BROWSER_SESSIONS = BROWSER_SESSIONS / 5;

  /** Of both kinds. */
  private static final int APPLICATION_SESSIONS = Plans.rows(100_010, 2_000_000);

  private ManyRows() {}

  /** Accounts with an address and a password each, and sessions that they share evenly. */
  static void insert(Store store) {
    insertUsers(store);
    insertUpstreamLogins(store);
    insertBrowserSessions(store);
    insertApplicationSessions(store);
    insertTokens(store);
    insertGrants(store);
    store.sql("VACUUM ANALYZE");
  }

  /** One in a hundred is locked, another deactivated; administrators and guests are rarer. */
  private static void insertUsers(Store store) {
    store.sql(
        """
        INSERT INTO users (id, username, username_folded, created_at, locked_at, deactivated_at, can_request_admin, is_guest)
        SELECT md5('user' || n)::uuid, 'user' || n, 'user' || n, '2021-12-01T00:00:00Z',
          CASE WHEN n % 100 = 1 THEN timestamptz '2021-12-02T00:00:00Z' END,
          CASE WHEN n % 100 = 2 THEN timestamptz '2021-12-03T00:00:00Z' END,
          n % 1000 = 3,
          n % 1000 = 4
        FROM generate_series(1, ?) n
        """,
        USERS);
    store.sql(
        """
        INSERT INTO user_emails (id, user_id, email, email_folded, created_at)
        SELECT md5('email' || username)::uuid, id, username || '@example.com', username || '@example.com', created_at
        FROM users
        """);
    store.sql(
        """
        INSERT INTO user_passwords (id, user_id, hashed_password, version, created_at)
        SELECT md5('password' || username)::uuid, id, 'hash', 1, created_at FROM users
        """);
  }

  private static void insertUpstreamLogins(Store store) {
    store.sql(
        """
        INSERT INTO upstream_oauth_providers (id, scope, client_id, token_endpoint_auth_method, created_at)
        VALUES (md5('provider')::uuid, '{openid}', 'client', 'none', '2021-12-01T00:00:00Z')
        """);
    store.sql(
        """
        INSERT INTO upstream_oauth_links (id, provider_id, subject, created_at)
        SELECT md5('link' || n)::uuid, md5('provider')::uuid, 'subject' || n, '2021-12-01T00:00:00Z'
        FROM generate_series(1, ?) n
        """,
        UPSTREAM_LOGINS);
    store.sql(
        """
        INSERT INTO upstream_oauth_authorization_sessions
          (id, provider_id, state, created_at, link_id, completed_at, id_token_claims)
        SELECT md5('login' || n)::uuid, md5('provider')::uuid, 'state' || n, '2021-12-01T00:00:00Z',
          md5('link' || n)::uuid, '2021-12-01T00:00:00Z', jsonb_build_object('sub', 'subject' || n, 'sid', 'sid' || n)
        FROM generate_series(1, ?) n
        """,
        UPSTREAM_LOGINS);
  }

  /** One in five has ended; those that were used have been over a hundred days. */
  private static void insertBrowserSessions(Store store) {
    store.sql(
        """
        INSERT INTO browser_sessions (id, user_id, created_at, finished_at, user_agent, last_active_at, last_active_ip)
        SELECT md5('session' || n)::uuid, md5('user' || n % ? + 1)::uuid, day,
          CASE WHEN n % 5 = 0 THEN day + interval '1 day' END,
          'Mozilla/5.0 (X11; Linux x86_64; rv:95.0) Gecko/20100101 Firefox/95.0',
          CASE WHEN n % 3 > 0 THEN day + interval '1 minute' * (n % 1000) END,
          CASE WHEN n % 3 = 1 THEN inet '192.0.2.1' END
        FROM generate_series(1, ?) n
        CROSS JOIN LATERAL (SELECT timestamptz '2021-10-01T00:00:00Z' + interval '1 day' * (n % 101) AS day) days
        """,
        USERS, BROWSER_SESSIONS);
    store.sql(
        """
        INSERT INTO browser_session_authentications (id, browser_session_id, created_at)
        SELECT id, id, created_at FROM browser_sessions
        """);
    store.sql(
        """
        UPDATE upstream_oauth_authorization_sessions
        SET browser_session_id = md5(replace(state, 'state', 'session'))::uuid
        """);
  }

  /**
   * The browser sessions have started as many each, in turn by OAuth 2.0 and by the older login
   * API. Every client has another one for itself.
   */
  private static void insertApplicationSessions(Store store) {
    store.sql(
        """
        INSERT INTO oauth2_clients (id, redirect_uris, grant_types, is_static)
        SELECT md5('client' || n)::uuid, '{}', '{}', n % 250 = 1 FROM generate_series(0, 999) n
        """);
    store.sql(
        """
        INSERT INTO oauth2_sessions
          (id, client_id, user_id, browser_session_id, scope, created_at, finished_at, last_active_at, last_active_ip)
        SELECT md5('oauth2' || n)::uuid, md5('client' || n % 1000)::uuid, md5('user' || n % ? + 1)::uuid,
          md5('session' || (n - 1) % ? + 1)::uuid, ARRAY['openid', 'urn:matrix:client:device:D' || n], day,
          CASE WHEN n % 5 = 1 THEN day + interval '1 day' END,
          CASE WHEN n % 3 > 0 THEN day + interval '1 minute' * (n % 1000) END,
          CASE WHEN n % 3 = 1 THEN inet '192.0.2.1' END
        FROM generate_series(1, ?, 2) n
        CROSS JOIN LATERAL (SELECT timestamptz '2021-10-01T00:00:00Z' + interval '1 day' * (n % 101) AS day) days
        """,
        USERS, BROWSER_SESSIONS, APPLICATION_SESSIONS);
    store.sql(
        """
        INSERT INTO oauth2_sessions (id, client_id, scope, created_at)
        SELECT md5('own' || n)::uuid, md5('client' || n)::uuid, '{}', '2021-12-01T00:00:00Z'
        FROM generate_series(0, 999) n
        """);
    store.sql(
        """
        INSERT INTO compat_sessions (id, user_id, browser_session_id, device_id, is_synapse_admin, created_at, finished_at)
        SELECT md5('compat' || n)::uuid, md5('user' || n % ? + 1)::uuid,
          md5('session' || (n - 1) % ? + 1)::uuid, 'device' || n, false, '2021-12-01T00:00:00Z',
          CASE WHEN n % 5 = 1 THEN timestamptz '2021-12-02T00:00:00Z' END
        FROM generate_series(2, ?, 2) n
        """,
        USERS, BROWSER_SESSIONS, APPLICATION_SESSIONS);
  }

  /** A pair for each session of a client, and an access token that was replaced by this one. */
  private static void insertTokens(Store store) {
    store.sql(
        """
        INSERT INTO oauth2_access_tokens (id, session_id, token_digest, created_at)
        SELECT id, id, sha256(id::text::bytea), created_at FROM oauth2_sessions
        """);
    store.sql(
        """
        INSERT INTO oauth2_refresh_tokens (id, session_id, access_token_id, token_digest, created_at)
        SELECT id, session_id, id, token_digest, created_at FROM oauth2_access_tokens
        """);
    store.sql(
        """
        INSERT INTO oauth2_access_tokens (id, session_id, token_digest, created_at, expires_at, revoked_at)
        SELECT md5('older' || id)::uuid, id, sha256(('older' || id)::bytea), created_at, created_at + interval '5 minutes',
          created_at + interval '4 minutes'
        FROM oauth2_sessions
        """);
  }

  /** One of either kind for each browser session; every other one is approved. */
  private static void insertGrants(Store store) {
    store.sql(
        """
        INSERT INTO oauth2_authorization_grants
          (id, client_id, browser_session_id, redirect_uri, scope, response_type_code, response_type_id_token,
           response_mode, raw_parameters, created_at, fulfilled_at, code_digest)
        SELECT md5('grant' || n)::uuid, md5('client' || n % 1000)::uuid,
          CASE WHEN n % 2 = 1 THEN md5('session' || n)::uuid END,
          'https://example.com/', '{openid}', true, false, 'query', '{}', '2022-01-16T14:35:00Z',
          CASE WHEN n % 2 = 1 THEN timestamptz '2022-01-16T14:36:00Z' END,
          CASE WHEN n % 2 = 1 THEN sha256(convert_to('code' || n, 'UTF8')) END
        FROM generate_series(1, ?) n
        """,
        BROWSER_SESSIONS);
    store.sql(
        """
        INSERT INTO oauth2_device_code_grants
          (id, client_id, browser_session_id, scope, user_code, device_code_digest, created_at, expires_at, fulfilled_at)
        SELECT md5('grant' || n)::uuid, md5('client' || n % 1000)::uuid,
          CASE WHEN n % 2 = 1 THEN md5('session' || n)::uuid END,
          '{openid}', 'USER' || n, sha256(convert_to('code' || n, 'UTF8')), '2022-01-16T14:35:00Z',
          '2022-01-16T14:55:00Z',
          CASE WHEN n % 2 = 1 THEN timestamptz '2022-01-16T14:36:00Z' END
        FROM generate_series(1, ?) n
        """,
        BROWSER_SESSIONS);
  }
}
