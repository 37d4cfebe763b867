package dev.authstore.benchmarks.operations;

import dev.authstore.benchmarks.data.Population;
import dev.authstore.benchmarks.data.Texts;
import dev.authstore.model.oauth2.OAuth2AccessToken;
import dev.authstore.model.oauth2.OAuth2AuthorizationGrant;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.oauth2.CodeExchange;
import dev.authstore.storage.oauth2.DevicePoll;
import dev.authstore.storage.oauth2.Introspection;
import dev.authstore.storage.oauth2.NewTokens;
import dev.authstore.storage.oauth2.RefreshIntrospection;
import dev.authstore.storage.oauth2.Rotation;
import dev.authstore.storage.oauth2.StartedSession;
import dev.authstore.storage.page.Page;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** The same by hand. */
final class JdbcOAuth2Operations implements OAuth2Operations {
  private static final Duration LIFETIME = Duration.ofDays(1);
  private static final Duration INTERVAL = Duration.ofSeconds(5);

  private final Jdbc jdbc;

  JdbcOAuth2Operations(Jdbc jdbc) {
    this.jdbc = jdbc;
  }

  @Override
  public Optional<OAuth2Client> findClient(String clientId) {
    return jdbc.find(
        Operation.FIND_CLIENT,
        statement -> statement.setObject(1, UUID.fromString(clientId)),
        rows -> Rows.client(rows, 1));
  }

  @Override
  public Introspection introspect(String accessToken) {
    Instant now = Jdbc.now();
    return jdbc.find(
            Operation.INTROSPECT,
            statement -> statement.setBytes(1, Jdbc.digest(accessToken)),
            rows -> introspection(rows, now))
        .orElseThrow();
  }

  @Override
  public Introspection introspectAndMarkUsed(String accessToken) {
    Instant now = Jdbc.now();
    return jdbc.find(
            Operation.INTROSPECT_AND_MARK,
            statement -> {
              statement.setObject(1, Jdbc.time(now));
              statement.setBytes(2, Jdbc.digest(accessToken));
              statement.setObject(3, Jdbc.time(now));
              statement.setBytes(4, Jdbc.digest(accessToken));
            },
            rows -> introspection(rows, now))
        .orElseThrow();
  }

  @Override
  public RefreshIntrospection introspectRefreshToken(String refreshToken) {
    return jdbc.find(
            Operation.INTROSPECT_REFRESH_TOKEN,
            statement -> statement.setBytes(1, Jdbc.digest(refreshToken)),
            JdbcOAuth2Operations::refreshIntrospection)
        .orElseThrow();
  }

  @Override
  public StartedSession startClientCredentials(OAuth2Client client, String accessToken) {
    Instant now = Jdbc.now();
    return jdbc.find(
            Operation.START_CLIENT_CREDENTIALS,
            statement -> {
              statement.setObject(1, new String[] {Operation.SCOPE});
              statement.setObject(2, client.id());
              statement.setObject(3, jdbc.id(now));
              statement.setString(4, Operation.USER_AGENT);
              statement.setObject(5, Jdbc.time(now));
              statement.setObject(6, jdbc.id(now));
              statement.setBytes(7, Jdbc.digest(accessToken));
              statement.setObject(8, Jdbc.time(now));
              statement.setObject(9, Jdbc.time(now.plus(Operation.TTL)));
              statement.setNull(10, Types.OTHER);
              statement.setNull(11, Types.BINARY);
              statement.setObject(12, Jdbc.time(now));
              statement.setBoolean(13, false);
            },
            rows -> new StartedSession(Rows.session(rows, 1), Rows.accessToken(rows, 12)))
        .orElseThrow();
  }

  @Override
  public OAuth2AuthorizationGrant requestAndApprove(
      OAuth2Client client, BrowserSession browserSession, String code) {
    return jdbc.connected(
        connection -> {
          OAuth2AuthorizationGrant grant =
              jdbc.find(
                      connection,
                      jdbc.statement(Operation.APPROVE, 0),
                      statement -> request(statement, client),
                      rows -> Rows.grant(rows, 1))
                  .orElseThrow();
          return jdbc.find(
                  connection,
                  jdbc.statement(Operation.APPROVE, 1),
                  statement -> approval(statement, grant, browserSession, code),
                  rows -> Rows.grant(rows, 1))
              .orElseThrow();
        });
  }

  @Override
  public CodeExchange.Exchanged exchange(OAuth2Client client, String code, NewTokens tokens) {
    Instant now = Jdbc.now();
    return jdbc.find(
            Operation.EXCHANGE,
            statement -> {
              statement.setBytes(1, Jdbc.digest(code));
              statement.setObject(2, client.id());
              statement.setBytes(3, Jdbc.digest(code));
              statement.setObject(4, client.id());
              statement.setObject(5, Jdbc.time(now.minus(LIFETIME)));
              statement.setString(6, Population.REDIRECT_URI);
              statement.setString(7, Texts.VERIFIER);
              statement.setString(8, Texts.VERIFIER);
              statement.setString(9, Texts.VERIFIER);
              statement.setString(10, Texts.PKCE.challenge());
              newSession(statement, 11, tokens, now);
            },
            JdbcOAuth2Operations::exchanged)
        .orElseThrow();
  }

  @Override
  public DevicePoll.Exchanged poll(OAuth2Client client, String deviceCode, NewTokens tokens) {
    Instant now = Jdbc.now();
    return jdbc.find(
            Operation.POLL,
            statement -> {
              statement.setBytes(1, Jdbc.digest(deviceCode));
              statement.setObject(2, client.id());
              statement.setBytes(3, Jdbc.digest(deviceCode));
              statement.setObject(4, client.id());
              statement.setObject(5, Jdbc.time(now));
              statement.setObject(6, Jdbc.time(now.minus(INTERVAL)));
              statement.setObject(7, Jdbc.time(now));
              statement.setObject(8, Jdbc.time(now.minus(INTERVAL)));
              newSession(statement, 9, tokens, now);
            },
            JdbcOAuth2Operations::polled)
        .orElseThrow();
  }

  @Override
  public Rotation.Rotated rotate(OAuth2Client client, String refreshToken, NewTokens tokens) {
    Instant now = Jdbc.now();
    return jdbc.find(
            Operation.ROTATE,
            statement -> {
              statement.setObject(1, client.id());
              statement.setBytes(2, Jdbc.digest(refreshToken));
              statement.setObject(3, Jdbc.time(Instant.EPOCH));
              statement.setObject(4, Jdbc.time(Instant.EPOCH));
              statement.setObject(5, jdbc.id(now));
              statement.setBytes(6, Jdbc.digest(tokens.accessToken()));
              statement.setObject(7, Jdbc.time(now));
              statement.setObject(8, Jdbc.time(now.plus(Operation.TTL)));
              statement.setObject(9, jdbc.id(now));
              statement.setBytes(10, Jdbc.digest(tokens.refreshToken().orElseThrow()));
              statement.setObject(11, Jdbc.time(now));
              statement.setBoolean(12, true);
              statement.setObject(13, Jdbc.time(now));
              statement.setObject(14, Jdbc.time(now));
              statement.setObject(15, Jdbc.time(now));
              statement.setString(16, Operation.USER_AGENT);
              statement.setString(17, Operation.USER_AGENT);
            },
            JdbcOAuth2Operations::rotated)
        .orElseThrow();
  }

  @Override
  public Page<OAuth2Session> sessionsOf(User user) {
    return jdbc.page(
        Operation.SESSIONS_OF_USER, user.id(), rows -> Rows.session(rows, 1), OAuth2Session::id);
  }

  @Override
  public long countSessionsOf(User user) {
    return jdbc.find(
            Operation.COUNT_SESSIONS_OF_USER,
            statement -> statement.setObject(1, user.id()),
            rows -> rows.getLong(1))
        .orElseThrow();
  }

  private void request(PreparedStatement statement, OAuth2Client client) throws SQLException {
    Instant now = Jdbc.now();
    statement.setObject(1, jdbc.id(now));
    statement.setObject(2, client.id());
    statement.setString(3, Population.REDIRECT_URI);
    statement.setObject(4, new String[] {Operation.SCOPE});
    statement.setBoolean(5, true);
    statement.setBoolean(6, false);
    statement.setString(7, "query");
    statement.setString(8, Texts.PKCE.challenge());
    statement.setString(9, Texts.PKCE.method().name());
    statement.setString(10, Operation.STATE);
    statement.setString(11, Operation.STATE);
    statement.setNull(12, Types.VARCHAR);
    statement.setNull(13, Types.VARCHAR);
    statement.setString(14, "{}");
    statement.setObject(15, Jdbc.time(now));
    statement.setObject(16, client.id());
  }

  private static void approval(
      PreparedStatement statement,
      OAuth2AuthorizationGrant grant,
      BrowserSession browserSession,
      String code)
      throws SQLException {
    Instant now = Jdbc.now();
    statement.setObject(1, browserSession.id());
    statement.setObject(2, Jdbc.time(now.minus(LIFETIME)));
    statement.setObject(3, grant.id());
    statement.setObject(4, Jdbc.time(now));
    statement.setObject(5, browserSession.id());
    statement.setBytes(6, Jdbc.digest(code));
  }

  /** The session of a grant, its tokens, and the end of the grant. */
  private void newSession(PreparedStatement statement, int first, NewTokens tokens, Instant now)
      throws SQLException {
    statement.setObject(first, jdbc.id(now));
    statement.setString(first + 1, Operation.USER_AGENT);
    statement.setObject(first + 2, Jdbc.time(now));
    statement.setObject(first + 3, jdbc.id(now));
    statement.setBytes(first + 4, Jdbc.digest(tokens.accessToken()));
    statement.setObject(first + 5, Jdbc.time(now));
    statement.setObject(first + 6, Jdbc.time(now.plus(Operation.TTL)));
    statement.setObject(first + 7, jdbc.id(now));
    statement.setBytes(first + 8, Jdbc.digest(tokens.refreshToken().orElseThrow()));
    statement.setObject(first + 9, Jdbc.time(now));
    statement.setBoolean(first + 10, true);
    statement.setObject(first + 11, Jdbc.time(now));
  }

  private static Introspection introspection(ResultSet rows, Instant now) throws SQLException {
    OAuth2AccessToken token = Rows.accessToken(rows, 1);
    OAuth2Session session = Rows.session(rows, 7);
    Optional<User> user =
        rows.getObject(37, UUID.class) == null
            ? Optional.empty()
            : Optional.of(Rows.user(rows, 37));
    if (!token.isValid(now) || session.isFinished() || !user.map(User::isValid).orElse(true)) {
      throw new IllegalStateException("refused");
    }
    return new Introspection.Active(token, session, Rows.client(rows, 18), user);
  }

  private static RefreshIntrospection refreshIntrospection(ResultSet rows) throws SQLException {
    Optional<User> user =
        rows.getObject(38, UUID.class) == null
            ? Optional.empty()
            : Optional.of(Rows.user(rows, 38));
    return new RefreshIntrospection.Active(
        Rows.refreshToken(rows, 1), Rows.session(rows, 8), Rows.client(rows, 19), user);
  }

  private static CodeExchange.Exchanged exchanged(ResultSet rows) throws SQLException {
    if (rows.getString(21) != null) {
      throw new IllegalStateException("refused");
    }
    return new CodeExchange.Exchanged(
        Rows.grant(rows, 1),
        Rows.session(rows, 22),
        Rows.accessToken(rows, 33),
        Optional.of(Rows.refreshToken(rows, 39)),
        Rows.browserSession(rows, 46),
        Optional.of(Rows.authentication(rows, 59)));
  }

  private static DevicePoll.Exchanged polled(ResultSet rows) throws SQLException {
    if (rows.getString(1) != null) {
      throw new IllegalStateException("refused");
    }
    return new DevicePoll.Exchanged(
        Rows.deviceGrant(rows, 2),
        Rows.session(rows, 16),
        Rows.accessToken(rows, 27),
        Optional.of(Rows.refreshToken(rows, 33)),
        Rows.browserSession(rows, 40));
  }

  private static Rotation.Rotated rotated(ResultSet rows) throws SQLException {
    return new Rotation.Rotated(
        Rows.session(rows, 1),
        Optional.of(Rows.user(rows, 12)),
        Rows.accessToken(rows, 26),
        Rows.refreshToken(rows, 32),
        Rows.refreshToken(rows, 39),
        false);
  }
}
