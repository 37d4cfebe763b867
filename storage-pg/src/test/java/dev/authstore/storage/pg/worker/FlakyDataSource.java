package dev.authstore.storage.pg.worker;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;

/** The network of one process: it can be cut, and mended. */
final class FlakyDataSource implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 1_000;

  private final DataSource server;
  private final Set<Connection> open = ConcurrentHashMap.newKeySet();
  private final HikariDataSource pool;
  private volatile boolean cut;

  FlakyDataSource(DataSource server, int size) {
    this.server = server;
    HikariConfig config = new HikariConfig();
    config.setDataSource(direct());
    config.setMaximumPoolSize(size);
    config.setMinimumIdle(1);
    config.setConnectionTimeout(PATIENCE_MILLIS);
    config.setInitializationFailTimeout(-1);
    this.pool = new HikariDataSource(config);
  }

  DataSource pool() {
    return pool;
  }

  /** Connections outside the pool. */
  DataSource direct() {
    return (DataSource)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {DataSource.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("getConnection") && method.getParameterCount() == 0) {
                return connect();
              }
              try {
                return method.invoke(server, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  /** Breaks all connections, and lets none be made. */
  void cut() throws SQLException {
    cut = true;
    for (Connection connection : open) {
      connection.abort(Runnable::run);
    }
    open.clear();
  }

  void mend() {
    cut = false;
  }

  @Override
  public void close() {
    pool.close();
  }

  private Connection connect() throws SQLException {
    if (cut) {
      throw new SQLException("no route to the server", "08001");
    }
    Connection connection = server.getConnection();
    connection.setClientInfo("ApplicationName", "node");
    open.add(connection);
    if (cut) {
      connection.abort(Runnable::run);
      throw new SQLException("no route to the server", "08001");
    }
    return connection;
  }
}
