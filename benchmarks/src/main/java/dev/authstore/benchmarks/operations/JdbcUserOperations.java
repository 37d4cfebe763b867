package dev.authstore.benchmarks.operations;

import dev.authstore.model.Folding;
import dev.authstore.model.user.Authentication;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.Password;
import dev.authstore.model.user.User;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.user.LoggedIn;
import dev.authstore.storage.user.LoginCandidate;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** The same by hand. */
final class JdbcUserOperations implements UserOperations {
  private final Jdbc jdbc;

  JdbcUserOperations(Jdbc jdbc) {
    this.jdbc = jdbc;
  }

  @Override
  public Optional<User> lookupUser(UUID id) {
    return jdbc.find(
        Operation.LOOKUP_USER, statement -> statement.setObject(1, id), rows -> Rows.user(rows, 1));
  }

  @Override
  public Optional<User> findByUsername(String username) {
    return jdbc.connected(connection -> findByUsername(connection, username));
  }

  @Override
  public Optional<LoginCandidate> findForLogin(String name) {
    return jdbc.find(
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
    return jdbc.connected(connection -> activePassword(connection, user));
  }

  @Override
  public Optional<BrowserSession> lookupBrowserSession(UUID id) {
    return jdbc.find(
        Operation.LOOKUP_BROWSER_SESSION,
        statement -> statement.setObject(1, id),
        rows -> Rows.browserSession(rows, 1));
  }

  @Override
  public Optional<Authentication> lastAuthentication(BrowserSession session) {
    return jdbc.find(
        Operation.LAST_AUTHENTICATION,
        statement -> {
          statement.setObject(1, session.id());
          statement.setLong(2, 1);
        },
        rows -> Rows.authentication(rows, 1));
  }

  @Override
  public User addUser(String username) {
    Instant now = Jdbc.now();
    return jdbc.find(
            Operation.ADD_USER,
            statement -> {
              statement.setObject(1, jdbc.id(now));
              statement.setString(2, username);
              statement.setString(3, Folding.fold(username));
              statement.setObject(4, Jdbc.time(now));
            },
            rows -> Rows.user(rows, 1))
        .orElseThrow();
  }

  @Override
  public BrowserSession addBrowserSession(User user, String userAgent) {
    return jdbc.connected(connection -> addBrowserSession(connection, user, userAgent));
  }

  @Override
  public LoggedIn logIn(User user, Password password, String userAgent) {
    Instant now = Jdbc.now();
    return jdbc.find(
            Operation.LOG_IN,
            statement -> {
              statement.setObject(1, user.id());
              statement.setObject(2, password.id());
              statement.setLong(3, 0);
              statement.setObject(4, jdbc.id(now));
              statement.setString(5, userAgent);
              statement.setObject(6, Jdbc.time(now));
              statement.setObject(7, jdbc.id(now));
              statement.setObject(8, Jdbc.time(now));
              statement.setObject(9, password.id());
            },
            rows -> new LoggedIn(Rows.browserSession(rows, 1), Rows.authentication(rows, 14)))
        .orElseThrow();
  }

  @Override
  public Page<User> usersAfter(UUID cursor) {
    return jdbc.page(Operation.USERS, cursor, rows -> Rows.user(rows, 1), User::id);
  }

  @Override
  public BrowserSession logInByName(String username, String userAgent) {
    return jdbc.inTransaction(
        connection -> {
          User user = findByUsername(connection, username).orElseThrow();
          if (activePassword(connection, user).isEmpty()) {
            throw new IllegalStateException("no password");
          }
          return addBrowserSession(connection, user, userAgent);
        });
  }

  private Optional<User> findByUsername(Connection connection, String username)
      throws SQLException {
    return jdbc.find(
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
    return jdbc.find(
        connection,
        Operation.ACTIVE_PASSWORD,
        statement -> statement.setObject(1, user.id()),
        rows -> Rows.password(rows, 1));
  }

  private BrowserSession addBrowserSession(Connection connection, User user, String userAgent)
      throws SQLException {
    Instant now = Jdbc.now();
    return jdbc.find(
            connection,
            Operation.ADD_BROWSER_SESSION,
            statement -> {
              statement.setObject(1, user.id());
              statement.setObject(2, jdbc.id(now));
              statement.setString(3, userAgent);
              statement.setObject(4, Jdbc.time(now));
            },
            rows -> Rows.browserSession(rows, 1))
        .orElseThrow();
  }
}
