package dev.authstore.benchmarks.operations;

import dev.authstore.model.IdGenerator;
import dev.authstore.model.TokenDigest;
import dev.authstore.storage.page.Edge;
import dev.authstore.storage.page.Page;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import javax.sql.DataSource;

/** What a careful programmer would write once without a library, and nothing beyond. */
final class Jdbc {
  private final DataSource dataSource;
  private final Map<Operation, List<String>> statements;
  private final IdGenerator ids = new IdGenerator(new SecureRandom());

  /**
   * Runs statements from elsewhere.
   *
   * @param statements the texts that each operation sends
   */
  Jdbc(DataSource dataSource, Map<Operation, List<String>> statements) {
    this.dataSource = dataSource;
    this.statements = statements;
  }

  /** Sets the parameters of a statement. */
  @FunctionalInterface
  interface Binder {
    void bind(PreparedStatement statement) throws SQLException;
  }

  /** Makes a record of a row, the first unless it asks for more. */
  @FunctionalInterface
  interface Reader<T> {
    T read(ResultSet rows) throws SQLException;
  }

  /** Does several things on one connection. */
  @FunctionalInterface
  interface Steps<T> {
    T run(Connection connection) throws SQLException;
  }

  <T> T connected(Steps<T> steps) {
    try (Connection connection = dataSource.getConnection()) {
      return steps.run(connection);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  <T> T inTransaction(Steps<T> steps) {
    return connected(
        connection -> {
          connection.setAutoCommit(false);
          try {
            T result = steps.run(connection);
            connection.commit();
            return result;
          } catch (SQLException | RuntimeException e) {
            connection.rollback();
            throw e;
          } finally {
            connection.setAutoCommit(true);
          }
        });
  }

  <T> Optional<T> find(Operation operation, Binder binder, Reader<T> reader) {
    return connected(connection -> find(connection, operation, binder, reader));
  }

  <T> Optional<T> find(Connection connection, Operation operation, Binder binder, Reader<T> reader)
      throws SQLException {
    return find(connection, statement(operation, 0), binder, reader);
  }

  <T> Optional<T> find(Connection connection, String sql, Binder binder, Reader<T> reader)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      binder.bind(statement);
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next() ? Optional.of(reader.read(rows)) : Optional.empty();
      }
    }
  }

  <T> Page<T> page(Operation operation, UUID bound, Reader<T> reader, Function<T, UUID> id) {
    return connected(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(statement(operation, 0))) {
            statement.setObject(1, bound);
            statement.setLong(2, Operations.PAGE + 1);
            try (ResultSet rows = statement.executeQuery()) {
              List<Edge<T>> edges = new ArrayList<>(Operations.PAGE);
              while (edges.size() < Operations.PAGE && rows.next()) {
                T record = reader.read(rows);
                edges.add(new Edge<>(id.apply(record), record));
              }
              return new Page<>(rows.next(), false, edges);
            }
          }
        });
  }

  /**
   * The text of one of an operation's statements.
   *
   * @param number from 0
   */
  String statement(Operation operation, int number) {
    return statements.getOrDefault(operation, List.of()).get(number);
  }

  UUID id(Instant now) {
    return ids.next(now);
  }

  static byte[] digest(String text) {
    return TokenDigest.of(text).toBytes();
  }

  static OffsetDateTime time(Instant instant) {
    return instant.atOffset(ZoneOffset.UTC);
  }

  static Instant now() {
    return Instant.now().truncatedTo(ChronoUnit.MICROS);
  }
}
