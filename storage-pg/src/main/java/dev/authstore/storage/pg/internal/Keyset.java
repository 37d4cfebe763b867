package dev.authstore.storage.pg.internal;

import dev.authstore.storage.page.Direction;
import dev.authstore.storage.page.Edge;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.TableField;

/**
 * Pages and counts of the rows that a condition selects. Order, bounds and cursor are the
 * projection's key.
 */
public final class Keyset {
  private Keyset() {}

  public static <T> Page<T> page(
      Sql sql, Projection<T> projection, Condition where, Pagination pagination) {
    return pagination.isEmpty()
        ? Page.empty()
        : cut(edges(sql.dsl(), projection, where, pagination), pagination);
  }

  public static long count(Sql sql, Projection<?> projection, Condition where) {
    return sql.dsl()
        .selectCount()
        .from(projection.table())
        .where(where)
        .fetchOptional(0, Long.class)
        .orElseThrow();
  }

  // One more than asked for, in the order of the direction: the surplus one tells that there are
  // more.
  private static <T> List<Edge<T>> edges(
      DSLContext dsl, Projection<T> projection, Condition where, Pagination pagination) {
    TableField<?, UUID> key = projection.key();
    return dsl.select(projection.columns())
        .from(projection.source())
        .where(where)
        .and(Conditions.all(pagination.after().map(key::gt), pagination.before().map(key::lt)))
        .orderBy(pagination.direction() == Direction.FORWARD ? key.asc() : key.desc())
        .limit(pagination.count() + 1)
        .fetch(row -> edge(projection, row));
  }

  private static <T> Edge<T> edge(Projection<T> projection, Record row) {
    return new Edge<>(row.get(projection.key()), projection.read(Values.of(row)));
  }

  private static <T> Page<T> cut(List<Edge<T>> found, Pagination pagination) {
    boolean more = found.size() > pagination.count();
    List<Edge<T>> edges = new ArrayList<>(more ? found.subList(0, pagination.count()) : found);
    if (pagination.direction() == Direction.FORWARD) {
      return new Page<>(more, false, edges);
    }
    Collections.reverse(edges);
    return new Page<>(false, more, edges);
  }
}
