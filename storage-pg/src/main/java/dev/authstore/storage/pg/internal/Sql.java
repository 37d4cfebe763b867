package dev.authstore.storage.pg.internal;

import dev.authstore.storage.StorageInternalException;
import java.util.List;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record1;
import org.jooq.ResultQuery;

/**
 * What an operation can do with the database. Handed to its body by {@link UnitOfWork}, and only
 * there.
 */
public final class Sql {
  private final UnitOfWork work;

  Sql(UnitOfWork work) {
    this.work = work;
  }

  /**
   * The only row, if there is one. More than one is a defect, as these statements go by unique
   * keys.
   */
  public <T> Optional<T> find(Statement<T> statement, Bind... values) {
    List<T> rows = list(statement, values);
    if (rows.size() > 1) {
      throw new StorageInternalException(rows.size() + " rows where at most one can be");
    }
    return rows.isEmpty() ? Optional.empty() : Optional.of(rows.get(0));
  }

  /** The only row of a statement that always returns one. */
  public <T> T get(Statement<T> statement, Bind... values) {
    return find(statement, values)
        .orElseThrow(() -> new StorageInternalException("no row where there is always one"));
  }

  /** All rows. */
  public <T> List<T> list(Statement<T> statement, Bind... values) {
    return work.execute(statement, values);
  }

  /**
   * All rows of a statement that has {@link Conditions#given} where the condition of a filter goes.
   * Only that is rendered at each call.
   */
  public List<Values> rows(Statement<Values> statement, Condition where, Bind... values) {
    return work.execute(statement, where, values);
  }

  /**
   * All rows of a statement whose text depends on a filter as a whole. It is rendered at each call,
   * and its rows are read like those of others: jOOQ reads times by way of text, and a page has
   * many.
   */
  public List<Values> rows(ResultQuery<?> query) {
    return work.execute(query);
  }

  /** The number that is the only row of such a statement. */
  public long number(ResultQuery<Record1<Integer>> query) {
    return rows(query).get(0).get(0, Integer.class);
  }

  /** For changes whose text depends on a filter: rendered at each call. */
  public DSLContext dsl() {
    return work.dsl();
  }

  /** The name of the schema, for what is locked by name. */
  public String schema() {
    return work.schema();
  }
}
