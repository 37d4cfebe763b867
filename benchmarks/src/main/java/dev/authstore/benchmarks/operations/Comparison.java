package dev.authstore.benchmarks.operations;

import dev.authstore.benchmarks.Database;
import dev.authstore.benchmarks.RoundTrips;
import dev.authstore.benchmarks.data.Population;
import dev.authstore.storage.RepositoryFactory;
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
    Map<Operation, List<String>> statements =
        record(Side.AUTHSTORE, trips, authstore(database.repositories(trips.dataSource())));
    record(Side.JDBC, trips, byHand(new Jdbc(trips.dataSource(), statements)));
    operations.put(Side.AUTHSTORE, authstore(repositories));
    operations.put(Side.JDBC, byHand(new Jdbc(pool, statements)));
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

  private Map<Operation, List<String>> record(Side side, RoundTrips trips, Operations watched) {
    Map<Operation, List<String>> all = new EnumMap<>(Operation.class);
    for (Operation operation : Operation.values()) {
      all.put(operation, trips.of(() -> operation.run(watched, of(accounts, side).onlyOne())));
    }
    sent.put(side, all);
    return all;
  }

  private boolean isSame(Operation operation) {
    Accounts one = of(accounts, Side.JDBC).onlyOne();
    Object byJdbc = operation.run(of(operations, Side.JDBC), one);
    require(!byJdbc.equals(Optional.empty()), operation, "finding anything");
    Optional<Object> stored = repositories.read(repo -> Stored.as(byJdbc, repo));
    return byJdbc.equals(
        stored.orElseGet(() -> operation.run(of(operations, Side.AUTHSTORE), one)));
  }

  private static Operations authstore(RepositoryFactory repositories) {
    return new Operations(
        new AuthstoreUserOperations(repositories),
        new AuthstoreOAuth2Operations(repositories),
        new AuthstoreOtherOperations(repositories));
  }

  private static Operations byHand(Jdbc jdbc) {
    return new Operations(
        new JdbcUserOperations(jdbc),
        new JdbcOAuth2Operations(jdbc),
        new JdbcOtherOperations(jdbc));
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
