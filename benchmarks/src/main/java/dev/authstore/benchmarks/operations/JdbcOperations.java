package dev.authstore.benchmarks.operations;

import dev.authstore.model.Folding;
import dev.authstore.model.IdGenerator;
import dev.authstore.model.TokenDigest;
import dev.authstore.model.oauth2.OAuth2AccessToken;
import dev.authstore.model.oauth2.OAuth2Client;
import dev.authstore.model.oauth2.OAuth2Session;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.Password;
import dev.authstore.model.user.User;
import dev.authstore.storage.oauth2.Introspection;
import dev.authstore.storage.oauth2.NewTokens;
import dev.authstore.storage.oauth2.Rotation;
import dev.authstore.storage.oauth2.StartedSession;
import dev.authstore.storage.page.Edge;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.user.LoginCandidate;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import javax.sql.DataSource;

/**
 * The same by hand: what a careful programmer would write without a library, and nothing beyond.
 */
final class JdbcOperations implements Operations {
  private final DataSource dataSource;
  private final Map<Operation, String> statements;
  private final IdGenerator ids = new IdGenerator(new SecureRandom());

  /**
   * The operations, with their statements from elsewhere.
   *
   * @param statements the text for each operation of one statement
   */
  JdbcOperations(DataSource dataSource, Map<Operation, String> statements) {
    this.dataSource = dataSource;
    this.statements = statements;
  }

  /** Sets the parameters of a statement. */
  @FunctionalInterface
  private interface Binder {
    void bind(PreparedStatement statement) throws SQLException;
  }

  /** Makes a record of a row, the first unless it asks for more. */
  @FunctionalInterface
  private interface Reader<T> {
    T read(ResultSet rows) throws SQLException;
  }

  @Override
  public Optional<User> lookupUser(UUID id) {
    return find(
        Operation.LOOKUP_USER, statement -> statement.setObject(1, id), rows -> Rows.user(rows, 1));
  }

  @Override
  public Optional<User> findByUsername(String username) {
    try (Connection connection = dataSource.getConnection()) {
      return findByUsername(connection, username);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public Optional<LoginCandidate> findForLogin(String name) {
    return find(
        Operation.FIND_FOR_LOGIN,
        statement -> {
          statement.setNull(1, Types.VARCHAR);
          statement.setString(2, name);
          statement.setString(3, Folding.fold(name));
        },
        rows ->
            new LoginCandidate(
                Rows.user(rows, 1),
                rows.getObject(8, UUID.class) == null
                    ? Optional.empty()
                    : Optional.of(Rows.password(rows, 8))));
  }

  @Override
  public Optional<Password> activePassword(User user) {
    try (Connection connection = dataSource.getConnection()) {
      return activePassword(connection, user);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public Optional<BrowserSession> lookupBrowserSession(UUID id) {
    return find(
        Operation.LOOKUP_BROWSER_SESSION,
        statement -> statement.setObject(1, id),
        Rows::browserSession);
  }

  @Override
  public Optional<OAuth2Client> findClient(String clientId) {
    return find(
        Operation.FIND_CLIENT,
        statement -> statement.setObject(1, UUID.fromString(clientId)),
        rows -> Rows.client(rows, 1));
  }

  @Override
  public Introspection introspect(String accessToken) {
    Instant now = now();
    return find(
            Operation.INTROSPECT,
            statement -> statement.setBytes(1, digest(accessToken)),
            rows -> introspection(rows, now))
        .orElseThrow();
  }

  @Override
  public User addUser(String username) {
    Instant now = now();
    return find(
            Operation.ADD_USER,
            statement -> {
              statement.setObject(1, ids.next(now));
              statement.setString(2, username);
              statement.setString(3, Folding.fold(username));
              statement.setObject(4, time(now));
            },
            rows -> Rows.user(rows, 1))
        .orElseThrow();
  }

  @Override
  public BrowserSession addBrowserSession(User user, String userAgent) {
    try (Connection connection = dataSource.getConnection()) {
      return addBrowserSession(connection, user, userAgent);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public StartedSession startClientCredentials(OAuth2Client client, String accessToken) {
    Instant now = now();
    return find(
            Operation.START_CLIENT_CREDENTIALS,
            statement -> {
              statement.setObject(1, new String[] {Operation.SCOPE});
              statement.setObject(2, client.id());
              statement.setObject(3, ids.next(now));
              statement.setString(4, Operation.USER_AGENT);
              statement.setObject(5, time(now));
              statement.setObject(6, ids.next(now));
              statement.setBytes(7, digest(accessToken));
              statement.setObject(8, time(now));
              statement.setObject(9, time(now.plus(Operation.TTL)));
              statement.setNull(10, Types.OTHER);
              statement.setNull(11, Types.BINARY);
              statement.setObject(12, time(now));
              statement.setBoolean(13, false);
            },
            rows -> new StartedSession(Rows.session(rows, 1), Rows.accessToken(rows, 12)))
        .orElseThrow();
  }

  @Override
  public Rotation.Rotated rotate(OAuth2Client client, String refreshToken, NewTokens tokens) {
    Instant now = now();
    return find(
            Operation.ROTATE,
            statement -> {
              statement.setObject(1, client.id());
              statement.setBytes(2, digest(refreshToken));
              statement.setObject(3, time(Instant.EPOCH));
              statement.setObject(4, time(Instant.EPOCH));
              statement.setObject(5, ids.next(now));
              statement.setBytes(6, digest(tokens.accessToken()));
              statement.setObject(7, time(now));
              statement.setObject(8, time(now.plus(Operation.TTL)));
              statement.setObject(9, ids.next(now));
              statement.setBytes(10, digest(tokens.refreshToken().orElseThrow()));
              statement.setObject(11, time(now));
              statement.setBoolean(12, true);
              statement.setObject(13, time(now));
              statement.setObject(14, time(now));
              statement.setObject(15, time(now));
              statement.setString(16, Operation.USER_AGENT);
              statement.setString(17, Operation.USER_AGENT);
            },
            JdbcOperations::rotated)
        .orElseThrow();
  }

  @Override
  public Page<OAuth2Session> sessionsOf(User user) {
    return page(
        Operation.SESSIONS_OF_USER, user.id(), rows -> Rows.session(rows, 1), OAuth2Session::id);
  }

  @Override
  public Page<User> usersAfter(UUID cursor) {
    return page(Operation.USERS, cursor, rows -> Rows.user(rows, 1), User::id);
  }

  @Override
  public long countSessionsOf(User user) {
    return find(
            Operation.COUNT_SESSIONS_OF_USER,
            statement -> statement.setObject(1, user.id()),
            rows -> rows.getLong(1))
        .orElseThrow();
  }

  @Override
  public BrowserSession logIn(String username, String userAgent) {
    try (Connection connection = dataSource.getConnection()) {
      connection.setAutoCommit(false);
      try {
        User user = findByUsername(connection, username).orElseThrow();
        if (activePassword(connection, user).isEmpty()) {
          throw new IllegalStateException("no password");
        }
        BrowserSession session = addBrowserSession(connection, user, userAgent);
        connection.commit();
        return session;
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

  private Optional<User> findByUsername(Connection connection, String username)
      throws SQLException {
    return find(
        connection,
        Operation.FIND_BY_USERNAME,
        statement -> {
          statement.setString(1, Folding.fold(username));
          statement.setString(2, username);
          statement.setLong(3, 2);
        },
        rows -> Rows.user(rows, 1));
  }

  private Optional<Password> activePassword(Connection connection, User user) throws SQLException {
    return find(
        connection,
        Operation.ACTIVE_PASSWORD,
        statement -> statement.setObject(1, user.id()),
        rows -> Rows.password(rows, 1));
  }

  private BrowserSession addBrowserSession(Connection connection, User user, String userAgent)
      throws SQLException {
    Instant now = now();
    return find(
            connection,
            Operation.ADD_BROWSER_SESSION,
            statement -> {
              statement.setObject(1, user.id());
              statement.setObject(2, ids.next(now));
              statement.setString(3, userAgent);
              statement.setObject(4, time(now));
            },
            Rows::browserSession)
        .orElseThrow();
  }

  private <T> Optional<T> find(Operation operation, Binder binder, Reader<T> reader) {
    try (Connection connection = dataSource.getConnection()) {
      return find(connection, operation, binder, reader);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private <T> Optional<T> find(
      Connection connection, Operation operation, Binder binder, Reader<T> reader)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(statements.get(operation))) {
      binder.bind(statement);
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next() ? Optional.of(reader.read(rows)) : Optional.empty();
      }
    }
  }

  private <T> Page<T> page(
      Operation operation, UUID bound, Reader<T> reader, Function<T, UUID> id) {
    try (Connection connection = dataSource.getConnection();
        PreparedStatement statement = connection.prepareStatement(statements.get(operation))) {
      statement.setObject(1, bound);
      statement.setLong(2, PAGE + 1);
      try (ResultSet rows = statement.executeQuery()) {
        List<Edge<T>> edges = new ArrayList<>(PAGE);
        while (edges.size() < PAGE && rows.next()) {
          T record = reader.read(rows);
          edges.add(new Edge<>(id.apply(record), record));
        }
        return new Page<>(rows.next(), false, edges);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
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

  private static Rotation.Rotated rotated(ResultSet rows) throws SQLException {
    return new Rotation.Rotated(
        Rows.session(rows, 1),
        Optional.of(Rows.user(rows, 12)),
        Rows.accessToken(rows, 26),
        Rows.refreshToken(rows, 32),
        Rows.refreshToken(rows, 39),
        false);
  }

  private static byte[] digest(String text) {
    return TokenDigest.of(text).toBytes();
  }

  private static OffsetDateTime time(Instant instant) {
    return instant.atOffset(ZoneOffset.UTC);
  }

  private static Instant now() {
    return Instant.now().truncatedTo(ChronoUnit.MICROS);
  }
}
