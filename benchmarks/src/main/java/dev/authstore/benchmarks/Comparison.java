package dev.authstore.benchmarks;

import dev.authstore.model.user.BrowserSession;
import dev.authstore.model.user.User;
import dev.authstore.storage.StorageSettings;
import dev.authstore.storage.pg.Authstore;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;

/** The two sides on one pool, and what each sends. */
final class Comparison {
  private final Accounts accounts;
  private final Operations authstore;
  private final Operations jdbc;
  private final Map<Operation, Integer> authstoreTrips = new EnumMap<>(Operation.class);
  private final Map<Operation, Integer> jdbcTrips = new EnumMap<>(Operation.class);

  /**
   * Records the statements of one side and has the other side use them.
   *
   * @throws IllegalStateException if the sides send or return different things
   */
  Comparison(DataSource pool, String schema, Accounts accounts) {
    this.accounts = accounts;
    this.authstore = authstore(pool, schema);

    Accounts one = accounts.onlyOne();
    RoundTrips trips = new RoundTrips(pool);
    Operations watched = authstore(trips.dataSource(), schema);
    Map<Operation, List<String>> sent = new EnumMap<>(Operation.class);
    Map<Operation, String> statements = new EnumMap<>(Operation.class);
    for (Operation operation : Operation.values()) {
      List<String> texts = trips.of(() -> operation.run(watched, one));
      sent.put(operation, texts);
      statements.put(operation, texts.get(0));
      authstoreTrips.put(operation, texts.size());
    }
    this.jdbc = new JdbcOperations(pool, statements);

    Operations watchedJdbc = new JdbcOperations(trips.dataSource(), statements);
    for (Operation operation : Operation.values()) {
      List<String> texts = trips.of(() -> operation.run(watchedJdbc, one));
      jdbcTrips.put(operation, texts.size());
      require(texts.equals(sent.get(operation)), operation, "statements");
      Object byJdbc = operation.run(jdbc, one);
      Object expected = byJdbc instanceof Optional ? operation.run(authstore, one) : stored(byJdbc);
      require(byJdbc.equals(expected), operation, "results");
    }
  }

  Object run(Operation operation, Side side) {
    return operation.run(side == Side.AUTHSTORE ? authstore : jdbc, accounts);
  }

  int roundTrips(Operation operation, Side side) {
    return (side == Side.AUTHSTORE ? authstoreTrips : jdbcTrips).getOrDefault(operation, 0);
  }

  private Object stored(Object added) {
    if (added instanceof User user) {
      return authstore.lookupUser(user.id()).orElseThrow();
    }
    return authstore.lookupBrowserSession(((BrowserSession) added).id()).orElseThrow();
  }

  @SuppressWarnings("resource") // closing it would do nothing: the pool is ours
  private static Operations authstore(DataSource dataSource, String schema) {
    return new AuthstoreOperations(
        Authstore.using(dataSource, schema, StorageSettings.defaults()).repositories());
  }

  private static void require(boolean same, Operation operation, String what) {
    if (!same) {
      throw new IllegalStateException("the sides differ in their " + what + ": " + operation);
    }
  }
}
