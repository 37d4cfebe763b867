package dev.authstore.benchmarks.flows;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** By hand. */
record JdbcStatements(Connection connection) implements Statements {

  static Transactions transactions(DataSource dataSource) {
    return steps -> run(dataSource, steps);
  }

  @Override
  public List<List<@Nullable Object>> rows(String sql, @Nullable Object... values) {
    try (PreparedStatement statement = prepare(sql, values);
        ResultSet rows = statement.executeQuery()) {
      List<List<@Nullable Object>> read = new ArrayList<>();
      int columns = rows.getMetaData().getColumnCount();
      while (rows.next()) {
        read.add(row(rows, columns));
      }
      return read;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public int change(String sql, @Nullable Object... values) {
    try (PreparedStatement statement = prepare(sql, values)) {
      return statement.executeUpdate();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  static List<@Nullable Object> row(ResultSet rows, int columns) throws SQLException {
    List<@Nullable Object> row = new ArrayList<>(columns);
    for (int i = 1; i <= columns; i++) {
      Object value = rows.getObject(i);
      row.add(value instanceof Array array ? array.getArray() : value);
    }
    return row;
  }

  private PreparedStatement prepare(String sql, @Nullable Object... values) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    for (int i = 0; i < values.length; i++) {
      statement.setObject(i + 1, values[i]);
    }
    return statement;
  }

  private static Object run(DataSource dataSource, Function<Statements, Object> steps) {
    try (Connection connection = dataSource.getConnection()) {
      connection.setAutoCommit(false);
      try {
        Object result = steps.apply(new JdbcStatements(connection));
        connection.commit();
        return result;
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
}
