package dev.authstore.benchmarks;

import dev.authstore.model.Addresses;
import dev.authstore.model.Folding;
import dev.authstore.model.IdGenerator;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.BrowserSessionStage;
import dev.authstore.model.user.Password;
import dev.authstore.model.user.User;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The same by hand: what a careful programmer would write without a library, and nothing beyond.
 */
final class JdbcOperations implements Operations {
  private final DataSource dataSource;
  private final IdGenerator ids = new IdGenerator(new SecureRandom());
  private final String lookupUser;
  private final String findByUsername;
  private final String addUser;
  private final String activePassword;
  private final String addBrowserSession;
  private final String lookupBrowserSession;

  /**
   * The operations, with their statements from elsewhere.
   *
   * @param statements the text for each operation of one statement
   */
  JdbcOperations(DataSource dataSource, Map<Operation, String> statements) {
    this.dataSource = dataSource;
    this.lookupUser = text(statements, Operation.LOOKUP_USER);
    this.findByUsername = text(statements, Operation.FIND_BY_USERNAME);
    this.addUser = text(statements, Operation.ADD_USER);
    this.activePassword = text(statements, Operation.ACTIVE_PASSWORD);
    this.addBrowserSession = text(statements, Operation.ADD_BROWSER_SESSION);
    this.lookupBrowserSession = text(statements, Operation.LOOKUP_BROWSER_SESSION);
  }

  @Override
  public Optional<User> lookupUser(UUID id) {
    try (Connection connection = dataSource.getConnection();
        PreparedStatement statement = connection.prepareStatement(lookupUser)) {
      statement.setObject(1, id);
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next() ? Optional.of(user(rows, 1)) : Optional.empty();
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
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
  public User addUser(String username) {
    Instant now = now();
    try (Connection connection = dataSource.getConnection();
        PreparedStatement statement = connection.prepareStatement(addUser)) {
      statement.setObject(1, ids.next(now));
      statement.setString(2, username);
      statement.setString(3, Folding.fold(username));
      statement.setObject(4, now.atOffset(ZoneOffset.UTC));
      try (ResultSet rows = statement.executeQuery()) {
        if (!rows.next()) {
          throw new IllegalStateException("taken");
        }
        return user(rows, 1);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
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
  public BrowserSession addBrowserSession(User user, String userAgent) {
    try (Connection connection = dataSource.getConnection()) {
      return addBrowserSession(connection, user, userAgent);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public Optional<BrowserSession> lookupBrowserSession(UUID id) {
    try (Connection connection = dataSource.getConnection();
        PreparedStatement statement = connection.prepareStatement(lookupBrowserSession)) {
      statement.setObject(1, id);
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next() ? Optional.of(browserSession(rows)) : Optional.empty();
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
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
    try (PreparedStatement statement = connection.prepareStatement(findByUsername)) {
      statement.setString(1, Folding.fold(username));
      statement.setString(2, username);
      statement.setLong(3, 2);
      try (ResultSet rows = statement.executeQuery()) {
        if (!rows.next()) {
          return Optional.empty();
        }
        User first = user(rows, 1);
        return rows.next() && !first.username().equals(username)
            ? Optional.empty()
            : Optional.of(first);
      }
    }
  }

  private Optional<Password> activePassword(Connection connection, User user) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(activePassword)) {
      statement.setObject(1, user.id());
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next() ? Optional.of(password(rows)) : Optional.empty();
      }
    }
  }

  private BrowserSession addBrowserSession(Connection connection, User user, String userAgent)
      throws SQLException {
    Instant now = now();
    try (PreparedStatement statement = connection.prepareStatement(addBrowserSession)) {
      statement.setObject(1, user.id());
      statement.setObject(2, ids.next(now));
      statement.setString(3, userAgent);
      statement.setObject(4, now.atOffset(ZoneOffset.UTC));
      try (ResultSet rows = statement.executeQuery()) {
        if (!rows.next()) {
          throw new IllegalStateException("refused");
        }
        return browserSession(rows);
      }
    }
  }

  private static BrowserSession browserSession(ResultSet rows) throws SQLException {
    Instant finishedAt = instant(rows, 3);
    String lastActiveIp = rows.getString(6);
    return new BrowserSession(
        rows.getObject(1, UUID.class),
        user(rows, 7),
        rows.getObject(2, OffsetDateTime.class).toInstant(),
        finishedAt == null
            ? new BrowserSessionStage.Active()
            : new BrowserSessionStage.Finished(finishedAt),
        Optional.ofNullable(rows.getString(4)),
        Optional.ofNullable(instant(rows, 5)),
        lastActiveIp == null ? Optional.empty() : Optional.of(Addresses.parse(lastActiveIp)));
  }

  private static User user(ResultSet rows, int first) throws SQLException {
    return new User(
        rows.getObject(first, UUID.class),
        rows.getString(first + 1),
        rows.getObject(first + 2, OffsetDateTime.class).toInstant(),
        Optional.ofNullable(instant(rows, first + 3)),
        Optional.ofNullable(instant(rows, first + 4)),
        rows.getBoolean(first + 5),
        rows.getBoolean(first + 6));
  }

  private static Password password(ResultSet rows) throws SQLException {
    return new Password(
        rows.getObject(1, UUID.class),
        rows.getObject(2, UUID.class),
        rows.getString(3),
        rows.getInt(4),
        Optional.ofNullable(rows.getObject(5, UUID.class)),
        rows.getObject(6, OffsetDateTime.class).toInstant());
  }

  private static @Nullable Instant instant(ResultSet rows, int column) throws SQLException {
    OffsetDateTime time = rows.getObject(column, OffsetDateTime.class);
    return time == null ? null : time.toInstant();
  }

  private static Instant now() {
    return Instant.now().truncatedTo(ChronoUnit.MICROS);
  }

  private static String text(Map<Operation, String> statements, Operation operation) {
    String text = statements.get(operation);
    if (text == null) {
      throw new IllegalArgumentException("no statement for " + operation);
    }
    return text;
  }
}
