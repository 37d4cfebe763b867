package dev.authstore.storage.pg;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Writes down what is asked of the driver: connections taken, statements, ends of transactions. */
final class CountingDataSource {
  private final List<String> calls = new CopyOnWriteArrayList<>();
  private final DataSource counted;

  CountingDataSource(DataSource target) {
    this.counted = wrap(DataSource.class, target);
  }

  DataSource dataSource() {
    return counted;
  }

  /** What cost a round trip since the last call of this method. */
  List<String> roundTrips() {
    List<String> all = List.copyOf(calls);
    calls.clear();
    return all.stream().filter(call -> !call.equals("connection")).toList();
  }

  long connectionsTaken() {
    return calls.stream().filter("connection"::equals).count();
  }

  private <T> T wrap(Class<T> type, T target) {
    Object proxy =
        Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, new Counting(target));
    return type.cast(proxy);
  }

  private final class Counting implements InvocationHandler {
    private final Object target;

    private Counting(Object target) {
      this.target = target;
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments)
        throws Throwable {
      note(method.getName());
      try {
        return wrapped(method.invoke(target, arguments));
      } catch (InvocationTargetException e) {
        Throwable cause = e.getCause();
        throw cause == null ? e : cause;
      }
    }

    private void note(String method) {
      if (method.startsWith("execute")) {
        calls.add("statement");
      } else if (method.equals("commit") || method.equals("rollback")) {
        calls.add(method);
      } else if (method.equals("getConnection") && target instanceof DataSource) {
        calls.add("connection");
      }
    }

    private @Nullable Object wrapped(@Nullable Object result) {
      if (result instanceof Connection connection) {
        return wrap(Connection.class, connection);
      }
      return result instanceof PreparedStatement statement
          ? wrap(PreparedStatement.class, statement)
          : result;
    }
  }
}
