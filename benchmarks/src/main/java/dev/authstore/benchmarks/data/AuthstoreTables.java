package dev.authstore.benchmarks.data;

import dev.authstore.benchmarks.Database;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;

/** Authstore's tables, filled from a population faster than row by row. */
public final class AuthstoreTables {
  public static final String USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:95.0)";

  private static final List<String> LOADED =
      List.of(
          "browser_sessions", "oauth2_sessions", "oauth2_access_tokens", "oauth2_refresh_tokens");

  private AuthstoreTables() {}

  /** Migrates a database and fills it. */
  public static void fill(Database database, Population population) throws SQLException {
    database.migrate();
    BulkLoad load = new BulkLoad(database);
    List<String> indexes = load.dropIndexes(LOADED);
    load.inTurn(accounts());
    load.together(
        Stream.concat(authorizations(population).stream(), codes(population).stream()).toList());
    load.together(indexes);
    load.vacuum();
  }

  /** Gives each account a session of Matrix's login API and a personal one, with their tokens. */
  public static void addOtherTokens(Database database) throws SQLException {
    BulkLoad load = new BulkLoad(database);
    load.inTurn(otherTokens());
    load.vacuum();
  }

  /** Adds access tokens of existing sessions that expired 32 days ago and earlier. */
  public static void addExpired(Database database, int count) throws SQLException {
    database.execute(
        "SET search_path TO %s, population".formatted(database.schema()),
        """
        INSERT INTO oauth2_access_tokens (id, session_id, token_digest, created_at, expires_at)
        SELECT uuidv7(interval '-33 days'), a.session_id, sha256(uuidv7()::text::bytea),
          now() - interval '33 days', now() - interval '32 days' - i * interval '1 second'
        FROM generate_series(1, %d) i
        JOIN authorizations a ON a.n = i %% (SELECT max(n) FROM authorizations)
        """
            .formatted(count),
        "VACUUM ANALYZE oauth2_access_tokens");
  }

  private static List<String> accounts() {
    return List.of(
        """
        INSERT INTO oauth2_clients (id, redirect_uris, grant_types, client_name, client_name_folded,
          token_endpoint_auth_method, encrypted_client_secret, is_static)
        SELECT id, '{%s}', '{authorization_code,refresh_token}', 'Application ' || n, 'application ' || n,
          'client_secret_basic', repeat('s', 80), false
        FROM clients
        """
            .formatted(Population.REDIRECT_URI),
        """
        INSERT INTO users (id, username, username_folded, created_at)
        SELECT id, 'user' || n, 'user' || n, now() FROM accounts
        """,
        """
        INSERT INTO user_passwords (id, user_id, hashed_password, version, created_at)
        SELECT uuidv7(), id, repeat('h', 97), 1, now() FROM accounts
        """,
        """
        INSERT INTO browser_sessions (id, user_id, created_at, user_agent, last_active_at, last_active_ip)
        SELECT browser_session_id, id, now(), 'Mozilla/5.0', now(), '192.0.2.1' FROM accounts
        """,
        """
        INSERT INTO browser_session_authentications (id, browser_session_id, created_at)
        SELECT uuidv7(), browser_session_id, now() FROM accounts
        """);
  }

  // in the order in which they lie, which is that of their numbers
  private static List<String> authorizations(Population population) {
    return List.of(
        """
        INSERT INTO oauth2_sessions (id, client_id, user_id, browser_session_id, scope, created_at, user_agent)
        SELECT a.session_id, c.id, u.id, u.browser_session_id, '{email,openid,profile}', now(), '%s'
        FROM authorizations a JOIN clients c ON c.n = a.n %% %d JOIN accounts u ON u.n = a.n %% %d
        """
            .formatted(USER_AGENT, Population.CLIENTS, population.accounts()),
        """
        INSERT INTO oauth2_access_tokens (id, session_id, token_digest, created_at, expires_at, first_used_at)
        SELECT access_token_id, session_id, sha256(access_token::bytea), now(), now() + interval '30 days', now()
        FROM authorizations
        """,
        """
        INSERT INTO oauth2_refresh_tokens (id, session_id, access_token_id, token_digest, created_at)
        SELECT refresh_token_id, session_id, access_token_id, sha256(refresh_token::bytea), now()
        FROM authorizations
        """);
  }

  private static List<String> otherTokens() {
    return List.of(
        """
        INSERT INTO compat_sessions (id, user_id, device_id, is_synapse_admin, created_at)
        SELECT uuidv7(), id, 'DEVICE' || n, false, now() FROM accounts ORDER BY n
        """,
        """
        INSERT INTO compat_access_tokens (id, session_id, token_digest, created_at)
        SELECT uuidv7(), s.id, sha256(('mct_' || a.n)::bytea), now()
        FROM compat_sessions s JOIN accounts a ON a.id = s.user_id
        """,
        """
        INSERT INTO personal_sessions (id, owner_user_id, actor_user_id, human_name, scope, created_at)
        SELECT uuidv7(), id, id, 'script', '{urn:example:service}', now() FROM accounts ORDER BY n
        """,
        """
        INSERT INTO personal_access_tokens (id, session_id, token_digest, created_at, expires_at)
        SELECT uuidv7(), s.id, sha256(('mpt_' || a.n)::bytea), now(), now() + interval '1 day'
        FROM personal_sessions s JOIN accounts a ON a.id = s.actor_user_id
        """);
  }

  private static List<String> codes(Population population) {
    return List.of(
        """
        INSERT INTO oauth2_authorization_grants (id, client_id, browser_session_id, redirect_uri, scope,
          response_type_code, response_type_id_token, response_mode, code_digest, code_challenge,
          code_challenge_method, state, nonce, raw_parameters, created_at, fulfilled_at)
        SELECT k.id, c.id, u.browser_session_id, '%s', '{email,openid,profile}', true, false, 'query',
          sha256(k.code::bytea), '%s', 'S256', 'state', 'nonce', '{}', now(), now()
        FROM codes k JOIN clients c ON c.n = k.n %% %d JOIN accounts u ON u.n = k.n %% %d
        ORDER BY k.n
        """
            .formatted(
                Population.REDIRECT_URI,
                Texts.PKCE.challenge(),
                Population.CLIENTS,
                population.accounts()),
        """
        INSERT INTO oauth2_device_code_grants (id, client_id, browser_session_id, scope, user_code,
          device_code_digest, created_at, expires_at, fulfilled_at)
        SELECT k.id, c.id, u.browser_session_id, '{email,openid,profile}', 'U' || k.n,
          sha256(k.code::bytea), now(), now() + interval '1 day', now()
        FROM device_codes k JOIN clients c ON c.n = k.n %% %d JOIN accounts u ON u.n = k.n %% %d
        ORDER BY k.n
        """
            .formatted(Population.CLIENTS, population.accounts()));
  }
}
