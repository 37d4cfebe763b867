package dev.authstore.benchmarks;

import dev.authstore.model.user.User;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;

/** The rows that operations find: users with a password and a browser session each. */
final class Accounts {

  record Account(User user, UUID browserSessionId) {}

  private static final int COUNT = 10_000;

  private static final List<String> SEED =
      List.of(
          "SET search_path TO authstore",
          """
          INSERT INTO users (id, username, username_folded, created_at)
          SELECT uuidv7(), 'user-' || i, 'user-' || i, now() FROM generate_series(1, %d) i
          """
              .formatted(COUNT),
          """
          INSERT INTO user_passwords (id, user_id, hashed_password, version, created_at)
          SELECT uuidv7(), id, repeat('h', 97), 1, created_at FROM users
          """,
          """
          INSERT INTO browser_sessions (id, user_id, created_at, user_agent, last_active_at, last_active_ip)
          SELECT uuidv7(), id, created_at, 'Mozilla/5.0', now(), '192.0.2.1' FROM users
          """,
          "VACUUM ANALYZE");

  private static final String READ =
      "SELECT u.id, u.username, u.created_at, s.id FROM users u JOIN browser_sessions s ON s.user_id = u.id";

  private final List<Account> accounts;
  private final AtomicLong added;

  private Accounts(List<Account> accounts, AtomicLong added) {
    this.accounts = accounts;
    this.added = added;
  }

  /** Fills an empty schema. */
  static Accounts seed(DataSource dataSource) throws SQLException {
    List<Account> accounts = new ArrayList<>();
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      for (String sql : SEED) {
        statement.execute(sql);
      }
      try (ResultSet rows = statement.executeQuery(READ)) {
        while (rows.next()) {
          User user =
              new User(
                  rows.getObject(1, UUID.class),
                  rows.getString(2),
                  rows.getObject(3, OffsetDateTime.class).toInstant(),
                  Optional.empty(),
                  Optional.empty(),
                  false,
                  false);
          accounts.add(new Account(user, rows.getObject(4, UUID.class)));
        }
      }
    }
    return new Accounts(accounts, new AtomicLong());
  }

  Account any() {
    return accounts.get(ThreadLocalRandom.current().nextInt(accounts.size()));
  }

  /** A choice of one. */
  Accounts onlyOne() {
    return new Accounts(accounts.subList(0, 1), added);
  }

  String newUsername() {
    return "added-" + added.incrementAndGet();
  }
}
