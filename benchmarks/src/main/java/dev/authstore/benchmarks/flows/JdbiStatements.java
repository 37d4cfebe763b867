package dev.authstore.benchmarks.flows;

import java.util.List;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jdbi.v3.core.statement.Update;
import org.jspecify.annotations.Nullable;

/** By way of Jdbi's fluent interface, with a mapper of rows. */
record JdbiStatements(Handle handle) implements Statements {

  static Transactions transactions(DataSource dataSource) {
    Jdbi jdbi = Jdbi.create(dataSource).registerArrayType(String.class, "text");
    return steps -> jdbi.inTransaction(handle -> steps.apply(new JdbiStatements(handle)));
  }

  @Override
  public List<List<@Nullable Object>> rows(String sql, @Nullable Object... values) {
    try (Query query = bound(handle.createQuery(sql), values)) {
      return query
          .map((rows, context) -> JdbcStatements.row(rows, rows.getMetaData().getColumnCount()))
          .list();
    }
  }

  @Override
  public int change(String sql, @Nullable Object... values) {
    try (Update update = bound(handle.createUpdate(sql), values)) {
      return update.execute();
    }
  }

  private static <S extends SqlStatement<S>> S bound(S statement, @Nullable Object... values) {
    for (int i = 0; i < values.length; i++) {
      statement.bind(i, values[i]);
    }
    return statement;
  }
}
