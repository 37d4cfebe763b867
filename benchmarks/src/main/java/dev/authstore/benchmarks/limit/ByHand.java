package dev.authstore.benchmarks.limit;

import dev.authstore.model.TokenDigest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import javax.sql.DataSource;

/** One introspection by hand: every column is read, nothing is made of them. */
record ByHand(DataSource pool, String sql, List<String> tokens) implements Runnable {

  @Override
  public void run() {
    String token = tokens.get(ThreadLocalRandom.current().nextInt(tokens.size()));
    try (Connection connection = pool.getConnection();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setBytes(1, TokenDigest.of(token).toBytes());
      try (ResultSet rows = statement.executeQuery()) {
        int columns = rows.getMetaData().getColumnCount();
        if (!rows.next()) {
          throw new IllegalStateException("not found");
        }
        for (int i = 1; i <= columns; i++) {
          rows.getObject(i);
        }
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
