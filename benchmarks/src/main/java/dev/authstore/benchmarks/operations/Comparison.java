package dev.authstore.benchmarks.operations;

import dev.authstore.benchmarks.Database;
import dev.authstore.benchmarks.RoundTrips;
import dev.authstore.benchmarks.data.Population;
import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.RepositoryFactory;
import dev.authstore.storage.oauth2.Rotation;
import dev.authstore.storage.oauth2.StartedSession;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;

/** The two sides on one pool, and what each sends. */
final class Comparison {
  private final RepositoryFactory repositories;
  private final Map<Side, Operations> operations = new EnumMap<>(Side.class);
  private final Map<Side, Accounts> accounts = new EnumMap<>(Side.class);
  private final Map<Side, Map<Operation, List<String>>> sent = new EnumMap<>(Side.class);

  /**
   * Records the statements of one side and has the other side use them.
   *
   * @throws IllegalStateException if the sides send or return different things
   */
  Comparison(DataSource pool, Database database, Population population) throws SQLException {
    this.repositories = database.repositories(pool);
    accounts.put(Side.AUTHSTORE, Accounts.of(database, population, repositories, 0));
    accounts.put(Side.JDBC, Accounts.of(database, population, repositories, 1));
    RoundTrips trips = new RoundTrips(pool);
    Map<Operation, String> statements =
        record(
            Side.AUTHSTORE,
            trips,
            new AuthstoreOperations(database.repositories(trips.dataSource())));
    record(Side.JDBC, trips, new JdbcOperations(trips.dataSource(), statements));
    operations.put(Side.AUTHSTORE, new AuthstoreOperations(repositories));
    operations.put(Side.JDBC, new JdbcOperations(pool, statements));
    for (Operation operation : Operation.values()) {
      require(
          sent(operation, Side.AUTHSTORE).equals(sent(operation, Side.JDBC)),
          operation,
          "statements");
      require(isSame(operation), operation, "results");
    }
  }

  Object run(Operation operation, Side side) {
    return operation.run(of(operations, side), of(accounts, side));
  }

  int roundTrips(Operation operation, Side side) {
    return sent(operation, side).size();
  }

  private List<String> sent(Operation operation, Side side) {
    return of(of(sent, side), operation);
  }

  private Map<Operation, String> record(Side side, RoundTrips trips, Operations watched) {
    Map<Operation, List<String>> all = new EnumMap<>(Operation.class);
    Map<Operation, String> first = new EnumMap<>(Operation.class);
    for (Operation operation : Operation.values()) {
      List<String> texts = trips.of(() -> operation.run(watched, of(accounts, side).onlyOne()));
      all.put(operation, texts);
      first.put(operation, texts.get(0));
    }
    sent.put(side, all);
    return first;
  }

  private boolean isSame(Operation operation) {
    Accounts one = of(accounts, Side.JDBC).onlyOne();
    Object byJdbc = operation.run(of(operations, Side.JDBC), one);
    Optional<Object> stored = stored(byJdbc);
    return byJdbc.equals(
        stored.orElseGet(() -> operation.run(of(operations, Side.AUTHSTORE), one)));
  }

  /** What was stored, as look-ups find it; empty if nothing was. */
  private Optional<Object> stored(Object result) {
    return repositories.<Optional<Object>>read(
        repo -> {
          if (result instanceof User user) {
            return Optional.of(repo.users().lookup(user.id()).orElseThrow());
          }
          if (result instanceof BrowserSession session) {
            return Optional.of(repo.browserSessions().lookup(session.id()).orElseThrow());
          }
          if (result instanceof StartedSession started) {
            return Optional.of(
                new StartedSession(
                    repo.oauth2Sessions().lookup(started.session().id()).orElseThrow(),
                    repo.oauth2AccessTokens().lookup(started.accessToken().id()).orElseThrow()));
          }
          if (result instanceof Rotation.Rotated rotated) {
            return Optional.of(
                new Rotation.Rotated(
                    repo.oauth2Sessions().lookup(rotated.session().id()).orElseThrow(),
                    repo.users().lookup(rotated.session().userId().orElseThrow()),
                    repo.oauth2AccessTokens().lookup(rotated.accessToken().id()).orElseThrow(),
                    repo.oauth2RefreshTokens().lookup(rotated.refreshToken().id()).orElseThrow(),
                    repo.oauth2RefreshTokens().lookup(rotated.previous().id()).orElseThrow(),
                    false));
          }
          return Optional.empty();
        });
  }

  private static <K, V> V of(Map<K, V> map, K key) {
    V value = map.get(key);
    if (value == null) {
      throw new IllegalStateException("nothing for " + key);
    }
    return value;
  }

  private static void require(boolean same, Operation operation, String what) {
    if (!same) {
      throw new IllegalStateException("the sides differ in their " + what + ": " + operation);
    }
  }
}
