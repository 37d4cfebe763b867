package dev.authstore.benchmarks.flows;

import dev.authstore.model.IdGenerator;
import dev.authstore.model.TokenDigest;
import dev.authstore.model.TokenKind;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * One statement for each step, in one transaction, as Matrix Authentication Service does it: the
 * same steps in the same order by hand-written JDBC, on the tables and indexes of Authstore. Rows
 * are read column by column and not made into records.
 */
final class SequencePeer implements Peer {
  private static final Duration TTL = Duration.ofMinutes(5);

  private static final String CLIENT =
      """
      SELECT id, metadata_digest, encrypted_client_secret, application_type, redirect_uris, grant_types, client_name,
        logo_uri, client_uri, policy_uri, tos_uri, jwks_uri, jwks, id_token_signed_response_alg,
        userinfo_signed_response_alg, token_endpoint_auth_method, token_endpoint_auth_signing_alg, initiate_login_uri
      FROM authstore.oauth2_clients WHERE id = ?
      """;
  private static final String SESSION =
      """
      SELECT id, client_id, user_id, browser_session_id, scope, created_at, finished_at, user_agent, last_active_at,
        last_active_ip::text, human_name
      FROM authstore.oauth2_sessions WHERE id = ?
      """;
  private static final String USER =
      """
      SELECT id, username, created_at, locked_at, deactivated_at, can_request_admin, is_guest
      FROM authstore.users WHERE id = ?
      """;
  private static final String ACCESS_TOKEN =
      """
      SELECT id, session_id, created_at, expires_at, revoked_at, first_used_at
      FROM authstore.oauth2_access_tokens WHERE token_digest = ?
      """;
  private static final String ACCESS_TOKEN_BY_ID =
      """
      SELECT id, session_id, created_at, expires_at, revoked_at, first_used_at
      FROM authstore.oauth2_access_tokens WHERE id = ?
      """;
  private static final String REFRESH_TOKEN =
      """
      SELECT id, session_id, access_token_id, created_at, consumed_at, revoked_at, next_refresh_token_id
      FROM authstore.oauth2_refresh_tokens WHERE token_digest = ?
      """;
  private static final String GRANT =
      """
      SELECT id, client_id, browser_session_id, session_id, redirect_uri, scope, state, nonce, response_mode,
        code_challenge, code_challenge_method, login_hint, locale, created_at, fulfilled_at, exchanged_at, cancelled_at
      FROM authstore.oauth2_authorization_grants WHERE code_digest = ?
      """;
  private static final String BROWSER_SESSION =
      """
      SELECT s.id, s.created_at, s.finished_at, s.user_agent, s.last_active_at, s.last_active_ip::text, u.id,
        u.username, u.created_at, u.locked_at, u.deactivated_at, u.can_request_admin, u.is_guest
      FROM authstore.browser_sessions s JOIN authstore.users u ON u.id = s.user_id WHERE s.id = ?
      """;
  private static final String LAST_AUTHENTICATION =
      """
      SELECT id, created_at, user_password_id, upstream_session_id
      FROM authstore.browser_session_authentications
      WHERE browser_session_id = ? ORDER BY created_at DESC LIMIT 1
      """;
  private static final String ADD_SESSION =
      """
      INSERT INTO authstore.oauth2_sessions (id, user_id, browser_session_id, client_id, scope, created_at)
      VALUES (?, ?, ?, ?, ?, ?)
      """;
  private static final String SET_USER_AGENT =
      "UPDATE authstore.oauth2_sessions SET user_agent = ? WHERE id = ?";
  private static final String ADD_ACCESS_TOKEN =
      """
      INSERT INTO authstore.oauth2_access_tokens (id, session_id, token_digest, created_at, expires_at)
      VALUES (?, ?, ?, ?, ?)
      """;
  private static final String ADD_REFRESH_TOKEN =
      """
      INSERT INTO authstore.oauth2_refresh_tokens (id, session_id, access_token_id, token_digest, created_at)
      VALUES (?, ?, ?, ?, ?)
      """;
  private static final String LOCK_USER = "SELECT pg_advisory_xact_lock(?)";
  private static final String EXCHANGE =
      "UPDATE authstore.oauth2_authorization_grants SET exchanged_at = ?, session_id = ? WHERE id = ?";
  private static final String CONSUME =
      "UPDATE authstore.oauth2_refresh_tokens SET consumed_at = ?, next_refresh_token_id = ? WHERE id = ?";
  private static final String REVOKE =
      "UPDATE authstore.oauth2_access_tokens SET revoked_at = ? WHERE id = ?";

  private final DataSource dataSource;
  private final Share share;
  private final List<UUID> clientIds;
  private final SecureRandom random = new SecureRandom();
  private final IdGenerator ids = new IdGenerator(random);

  SequencePeer(DataSource dataSource, Share share, List<UUID> clientIds) {
    this.dataSource = dataSource;
    this.share = share;
    this.clientIds = clientIds;
  }

  /** The steps of a flow. */
  @FunctionalInterface
  private interface Steps {
    Object run(Connection connection) throws SQLException;
  }

  @Override
  public String title() {
    return "the statement sequence of MAS, JDBC";
  }

  @Override
  public Object run(Flow flow) {
    return switch (flow) {
      case INTROSPECTION -> inTransaction(this::introspect);
      case CODE_EXCHANGE -> inTransaction(this::exchange);
      case REFRESH -> inTransaction(this::refresh);
    };
  }

  private Object inTransaction(Steps steps) {
    try (Connection connection = dataSource.getConnection()) {
      connection.setAutoCommit(false);
      try {
        Object result = steps.run(connection);
        connection.commit();
        return result;
      } catch (SQLException | RuntimeException e) {
        connection.rollback();
        throw e;
      } finally {
        connection.setAutoCommit(true);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private Object introspect(Connection connection) throws SQLException {
    List<@Nullable Object> token = row(connection, ACCESS_TOKEN, digest(share.accessToken()));
    List<@Nullable Object> session = row(connection, SESSION, token.get(1));
    List<@Nullable Object> user = row(connection, USER, session.get(2));
    return List.of(token, session, user);
  }

  private Object exchange(Connection connection) throws SQLException {
    int number = share.nextCode();
    OffsetDateTime now = now();
    List<@Nullable Object> client =
        row(connection, CLIENT, clientIds.get(number % Population.CLIENTS));
    List<@Nullable Object> grant = row(connection, GRANT, digest(Texts.code(number)));
    List<@Nullable Object> browserSession = row(connection, BROWSER_SESSION, grant.get(2));
    UUID session = id(now);
    change(
        connection,
        ADD_SESSION,
        session,
        browserSession.get(6),
        browserSession.get(0),
        client.get(0),
        grant.get(5),
        now);
    change(connection, SET_USER_AGENT, AuthstorePeer.USER_AGENT, session);
    List<@Nullable Object> authentication =
        row(connection, LAST_AUTHENTICATION, browserSession.get(0));
    UUID accessToken = addAccessToken(connection, session, now);
    addRefreshToken(
        connection, session, accessToken, TokenKind.REFRESH_TOKEN.generate(random), now);
    row(connection, LOCK_USER, id(browserSession, 6).getLeastSignificantBits());
    change(connection, EXCHANGE, now, session, grant.get(0));
    return List.of(grant, authentication, session, accessToken);
  }

  private Object refresh(Connection connection) throws SQLException {
    int number = share.nextRefreshed();
    OffsetDateTime now = now();
    List<@Nullable Object> client =
        row(connection, CLIENT, clientIds.get(number % Population.CLIENTS));
    List<@Nullable Object> token = row(connection, REFRESH_TOKEN, digest(share.refreshToken()));
    List<@Nullable Object> session = row(connection, SESSION, token.get(1));
    change(connection, SET_USER_AGENT, AuthstorePeer.USER_AGENT, session.get(0));
    UUID accessToken = addAccessToken(connection, id(session, 0), now);
    String successor = TokenKind.REFRESH_TOKEN.generate(random);
    UUID refreshToken = addRefreshToken(connection, id(session, 0), accessToken, successor, now);
    change(connection, CONSUME, now, refreshToken, token.get(0));
    List<@Nullable Object> previous = row(connection, ACCESS_TOKEN_BY_ID, token.get(2));
    change(connection, REVOKE, now, previous.get(0));
    share.refreshed(successor);
    return List.of(client, session, accessToken, refreshToken);
  }

  private UUID addAccessToken(Connection connection, UUID session, OffsetDateTime now)
      throws SQLException {
    UUID id = id(now);
    byte[] digest = digest(TokenKind.ACCESS_TOKEN.generate(random));
    change(connection, ADD_ACCESS_TOKEN, id, session, digest, now, now.plus(TTL));
    return id;
  }

  private UUID addRefreshToken(
      Connection connection, UUID session, UUID accessToken, String text, OffsetDateTime now)
      throws SQLException {
    UUID id = id(now);
    change(connection, ADD_REFRESH_TOKEN, id, session, accessToken, digest(text), now);
    return id;
  }

  private static UUID id(List<@Nullable Object> row, int column) {
    return (UUID) Objects.requireNonNull(row.get(column));
  }

  private UUID id(OffsetDateTime now) {
    return ids.next(now.toInstant());
  }

  private static OffsetDateTime now() {
    return Instant.now().truncatedTo(ChronoUnit.MICROS).atOffset(ZoneOffset.UTC);
  }

  private static byte[] digest(String text) {
    return TokenDigest.of(text).toBytes();
  }

  private static List<@Nullable Object> row(
      Connection connection, String sql, @Nullable Object... values) throws SQLException {
    try (PreparedStatement statement = prepare(connection, sql, values);
        ResultSet rows = statement.executeQuery()) {
      if (!rows.next()) {
        throw new IllegalStateException("no row: " + sql);
      }
      List<@Nullable Object> columns = new ArrayList<>();
      for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
        columns.add(rows.getObject(i));
      }
      return columns;
    }
  }

  private static void change(Connection connection, String sql, @Nullable Object... values)
      throws SQLException {
    try (PreparedStatement statement = prepare(connection, sql, values)) {
      if (statement.executeUpdate() != 1) {
        throw new IllegalStateException("not one row: " + sql);
      }
    }
  }

  private static PreparedStatement prepare(
      Connection connection, String sql, @Nullable Object... values) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    for (int i = 0; i < values.length; i++) {
      statement.setObject(i + 1, values[i]);
    }
    return statement;
  }
}
