package dev.authstore.benchmarks;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Stands between an operation and the pool and notes what goes over the wire. For one thread and
 * one transaction.
 */
public final class RoundTrips {
  private final DataSource pool;
  private final List<String> sent = new ArrayList<>();

  // BEGIN rides with the first statement, so that the end of an empty transaction is not sent.
  private boolean inTransaction;

  public RoundTrips(DataSource pool) {
    this.pool = pool;
  }

  /** Connections of the pool, watched. */
  public DataSource dataSource() {
    return proxy(
        DataSource.class,
        (method, arguments) -> {
          Object result = call(pool, method, arguments);
          return result instanceof Connection connection ? watched(connection) : result;
        });
  }

  /** What an operation sends: the text of each statement, and the ends of transactions. */
  public List<String> of(Runnable operation) {
    sent.clear();
    operation.run();
    return List.copyOf(sent);
  }

  private Connection watched(Connection connection) {
    return proxy(
        Connection.class,
        (method, arguments) -> {
          String name = method.getName();
          if (name.equals("isValid")) {
            sent.add(name);
          } else if (inTransaction
              && (name.equals("commit")
                  || name.equals("rollback")
                  || name.equals("setAutoCommit"))) {
            sent.add(name);
            inTransaction = false;
          }
          Object result = call(connection, method, arguments);
          if (result instanceof PreparedStatement statement) {
            return watched(PreparedStatement.class, statement, connection, (String) arguments[0]);
          }
          return result instanceof Statement statement
              ? watched(Statement.class, statement, connection, "")
              : result;
        });
  }

  private <T extends Statement> T watched(
      Class<T> type, T statement, Connection connection, String text) {
    return proxy(
        type,
        (method, arguments) -> {
          if (method.getName().startsWith("execute")) {
            sent.add(arguments.length == 0 ? text : String.valueOf(arguments[0]));
            inTransaction = !connection.getAutoCommit();
          }
          return method.getName().equals("getConnection")
              ? watched(connection)
              : call(statement, method, arguments);
        });
  }

  @FunctionalInterface
  private interface Handler {
    @Nullable Object handle(Method method, @Nullable Object[] arguments) throws Throwable;
  }

  private static <T> T proxy(Class<T> type, Handler handler) {
    return type.cast(
        Proxy.newProxyInstance(
            RoundTrips.class.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) ->
                handler.handle(method, arguments == null ? new Object[0] : arguments)));
  }

  private static @Nullable Object call(Object target, Method method, @Nullable Object[] arguments)
      throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getTargetException();
    }
  }
}
