package dev.authstore.storage.pg.internal;

import dev.authstore.storage.page.CountedPage;
import dev.authstore.storage.page.Direction;
import dev.authstore.storage.page.Edge;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Record1;
import org.jooq.Select;
import org.jooq.SortField;
import org.jooq.TableField;
import org.jooq.impl.DSL;

/**
 * Pages and counts of the rows that a condition selects. Order, bounds and cursor are the
 * projection's key.
 */
public final class Keyset {
  private Keyset() {}

  public static <T> Page<T> page(
      Sql sql, Projection<T> projection, Condition where, Pagination pagination) {
    if (pagination.isEmpty()) {
      return Page.empty();
    }
    List<Edge<T>> found =
        sql
            .rows(
                KeysetStatements.page(projection, pagination),
                where,
                KeysetStatements.values(pagination))
            .stream()
            .map(row -> edge(projection, row, 0).orElseThrow())
            .toList();
    return cut(found, pagination);
  }

  public static long count(Sql sql, Projection<?> projection, Condition where) {
    List<Values> rows = sql.rows(KeysetStatements.count(projection), where);
    return rows.get(0).get(0, Integer.class);
  }

  /** The page and the count in one statement, so that they agree. */
  public static <T> CountedPage<T> countedPage(
      Sql sql, Projection<T> projection, Condition where, Pagination pagination) {
    if (pagination.isEmpty()) {
      return new CountedPage<>(Page.empty(), count(sql, projection, where));
    }
    List<Values> rows =
        sql.rows(
            KeysetStatements.countedPage(projection, pagination),
            where,
            KeysetStatements.values(pagination));
    List<Edge<T>> found = rows.stream().flatMap(row -> edge(projection, row, 1).stream()).toList();
    return new CountedPage<>(cut(found, pagination), rows.get(0).get(0, Integer.class));
  }

  /** The keys of a page of one table and of one row more, for a list that is made of several. */
  public static Select<Record1<UUID>> keys(
      Projection<?> projection, Condition where, Pagination pagination) {
    TableField<?, UUID> key = projection.key();
    return DSL.select(key)
        .from(projection.table())
        .where(where)
        .and(isWithin(key, pagination))
        .orderBy(ordered(key, pagination))
        .limit(pagination.count() + 1);
  }

  /** The order in which a page is found. */
  public static SortField<UUID> ordered(Field<UUID> key, Pagination pagination) {
    return KeysetStatements.ordered(key, pagination.direction());
  }

  /** The page of what was found in that order, with the row more if there is one. */
  public static <T> Page<T> cut(List<Edge<T>> found, Pagination pagination) {
    boolean more = found.size() > pagination.count();
    List<Edge<T>> edges = new ArrayList<>(more ? found.subList(0, pagination.count()) : found);
    if (pagination.direction() == Direction.FORWARD) {
      return new Page<>(more, false, edges);
    }
    Collections.reverse(edges);
    return new Page<>(false, more, edges);
  }

  private static Condition isWithin(Field<UUID> key, Pagination pagination) {
    return Conditions.all(pagination.after().map(key::gt), pagination.before().map(key::lt));
  }

  private static <T> Optional<Edge<T>> edge(Projection<T> projection, Values row, int offset) {
    return projection
        .optional(row, offset)
        .map(node -> new Edge<>(row.get(offset, UUID.class), node)); // the key comes first
  }
}
