package dev.authstore.benchmarks.flows;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The statements of one transaction, with question marks for values. */
interface Statements {

  /** Rows, column by column. */
  List<List<@Nullable Object>> rows(String sql, @Nullable Object... values);

  /** How many rows were changed. */
  int change(String sql, @Nullable Object... values);

  /** Runs transactions. */
  @FunctionalInterface
  interface Transactions {
    Object run(Function<Statements, Object> steps);
  }
}
