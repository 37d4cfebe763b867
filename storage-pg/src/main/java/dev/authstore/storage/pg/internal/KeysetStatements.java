package dev.authstore.storage.pg.internal;

import static dev.authstore.storage.pg.internal.Bind.bind;

import dev.authstore.storage.page.Direction;
import dev.authstore.storage.page.Pagination;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.jooq.Field;
import org.jooq.Param;
import org.jooq.Record;
import org.jooq.Record1;
import org.jooq.Select;
import org.jooq.SortField;
import org.jooq.Table;
import org.jooq.TableField;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/**
 * What pages and counts send, all but the condition of the filter. Made once for each shape, of
 * which a list has eight, since rendering the columns costs more than rendering the condition.
 */
final class KeysetStatements {
  private static final String PAGE = "page";
  private static final Field<UUID> KEY_OF_PAGE =
      DSL.field(DSL.name(PAGE, place(0)), SQLDataType.UUID);

  private static final Param<UUID> AFTER = DSL.param("after", SQLDataType.UUID);
  private static final Param<UUID> BEFORE = DSL.param("before", SQLDataType.UUID);
  private static final Param<Integer> LIMIT = DSL.param("limit", SQLDataType.INTEGER);

  private static final Map<Shape, Statement<Values>> PAGES = new ConcurrentHashMap<>();
  private static final Map<Shape, Statement<Values>> COUNTED_PAGES = new ConcurrentHashMap<>();
  private static final Map<Projection<?>, Statement<Values>> COUNTS = new ConcurrentHashMap<>();

  /** What the text of a page depends on besides the filter. */
  private record Shape(
      Projection<?> projection, Direction direction, boolean after, boolean before) {

    static Shape of(Projection<?> projection, Pagination page) {
      return new Shape(
          projection, page.direction(), page.after().isPresent(), page.before().isPresent());
    }

    // One more than asked for, in the order of the direction: the surplus one tells that there are
    // more.
    Select<Record> rows() {
      TableField<?, UUID> key = projection.key();
      return DSL.select(projection.columns())
          .from(projection.source())
          .where(Conditions.given())
          .and(after ? key.gt(AFTER) : DSL.noCondition())
          .and(before ? key.lt(BEFORE) : DSL.noCondition())
          .orderBy(ordered(key, direction))
          .limit(LIMIT);
    }

    Select<Record> countedRows() {
      Table<?> counted = total(projection).asTable("counted", "total");
      Table<?> page = rows().asTable(PAGE, places(projection.columns()));
      return DSL.select(counted.fields())
          .select(page.fields())
          .from(counted)
          .leftJoin(page)
          .on(DSL.trueCondition())
          .orderBy(ordered(KEY_OF_PAGE, direction));
    }
  }

  private KeysetStatements() {}

  static Statement<Values> page(Projection<?> projection, Pagination page) {
    return PAGES.computeIfAbsent(
        Shape.of(projection, page), shape -> new Statement<>(shape.rows(), row -> row));
  }

  /** The number of all first in each row; the page to its right, in one row even if it is empty. */
  static Statement<Values> countedPage(Projection<?> projection, Pagination page) {
    return COUNTED_PAGES.computeIfAbsent(
        Shape.of(projection, page), shape -> new Statement<>(shape.countedRows(), row -> row));
  }

  static Statement<Values> count(Projection<?> projection) {
    return COUNTS.computeIfAbsent(projection, of -> new Statement<>(total(of), row -> row));
  }

  static Bind[] values(Pagination page) {
    return new Bind[] {
      bind(AFTER, page.after().orElse(null)),
      bind(BEFORE, page.before().orElse(null)),
      bind(LIMIT, page.count() + 1)
    };
  }

  static SortField<UUID> ordered(Field<UUID> key, Direction direction) {
    return direction == Direction.FORWARD ? key.asc() : key.desc();
  }

  private static Select<Record1<Integer>> total(Projection<?> projection) {
    return DSL.selectCount().from(projection.table()).where(Conditions.given());
  }

  // A projection with a parent has columns of the same name.
  private static List<String> places(List<Field<?>> columns) {
    return IntStream.range(0, columns.size()).mapToObj(KeysetStatements::place).toList();
  }

  private static String place(int place) {
    return "c" + place;
  }
}
