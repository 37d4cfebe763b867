package dev.authstore.storage.pg.internal;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Table;
import org.jooq.TableField;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * How an aggregate is read: its table, its key, its columns, and what becomes of a row. Every query
 * of the aggregate selects these columns in this order, so that a look-up, a list and a {@code
 * RETURNING} are read alike.
 */
public final class Projection<T> {

  /** What each row has of another aggregate, and where both are selected from. */
  private record Join(Projection<?> other, Table<?> source) {}

  private final String aggregate;
  private final Table<?> table;
  private final TableField<?, UUID> key;
  private final List<TableField<?, ?>> own;
  private final List<Field<?>> columns;
  private final IdentityHashMap<Field<?>, Integer> positions = new IdentityHashMap<>();
  private final Function<Row, T> reader;
  private final @Nullable Join join;

  private Projection(
      String aggregate,
      TableField<?, UUID> key,
      List<TableField<?, ?>> own,
      Function<Row, T> reader,
      @Nullable Join join) {
    this.aggregate = aggregate;
    this.table = tableOf(key);
    this.key = key;
    this.own = own;
    this.columns = columns(own, join);
    this.reader = reader;
    this.join = join;
    for (TableField<?, ?> column : own) {
      positions.put(column, positions.size());
    }
  }

  /**
   * A projection of one table.
   *
   * @param aggregate its name in operations and refusals
   * @param key the column that pages go by
   * @param reader makes a record of a row
   * @param columns the other columns that the reader wants
   */
  public static <T> Projection<T> of(
      String aggregate,
      TableField<?, UUID> key,
      Function<Row, T> reader,
      TableField<?, ?>... columns) {
    List<TableField<?, ?>> own = new ArrayList<>();
    own.add(key);
    own.addAll(List.of(columns));
    return new Projection<>(aggregate, key, List.copyOf(own), reader, null);
  }

  /** The same with a parent in every row, which the reader takes from {@link Row#joined}. */
  public Projection<T> joining(Projection<?> other, Condition on) {
    return new Projection<>(
        aggregate, key, own, reader, new Join(other, table.join(other.source()).on(on)));
  }

  /** The same with what may be there once, which the reader takes from {@link Row#findJoined}. */
  public Projection<T> leftJoining(Projection<?> other, Condition on) {
    return new Projection<>(
        aggregate, key, own, reader, new Join(other, table.leftJoin(other.source()).on(on)));
  }

  public String aggregate() {
    return aggregate;
  }

  public Table<?> table() {
    return table;
  }

  public TableField<?, UUID> key() {
    return key;
  }

  /** What to select from: the table, joined with the other's. */
  public Table<?> source() {
    return join == null ? table : join.source();
  }

  /** What to select, or to return from a change. */
  public List<Field<?>> columns() {
    return columns;
  }

  /** The own columns alone, for a statement that has the other ones from elsewhere. */
  public List<Field<?>> ownColumns() {
    return List.copyOf(own);
  }

  /** The own columns as they are called in a part of a {@code WITH}. */
  public List<Field<?>> ownColumns(Table<?> from) {
    return own.stream().<Field<?>>map(column -> columnOf(from, column)).toList();
  }

  /** A statement that reads the rows for which a condition holds. */
  public Statement<T> where(Condition condition) {
    return new Statement<>(DSL.select(columns()).from(source()).where(condition), this::read);
  }

  /** The record of a row that begins with these columns. */
  public T read(Values values) {
    return read(values, 0);
  }

  /** The record of a row that has these columns from a position on. */
  public T read(Values values, int offset) {
    return reader.apply(new Row(this, values, offset));
  }

  /**
   * The record of a row that has these columns from a position on, unless an outer join left them
   * empty.
   */
  public Optional<T> optional(Values values, int offset) {
    return values.get(offset) == null ? Optional.empty() : Optional.of(read(values, offset));
  }

  /** A column as it is called in a part of a {@code WITH}. */
  public static <V> Field<V> columnOf(Table<?> from, TableField<?, V> column) {
    Field<V> field = from.field(column);
    if (field == null) {
      throw new IllegalArgumentException(from.getName() + " has no " + column.getName());
    }
    return field;
  }

  private static List<Field<?>> columns(List<TableField<?, ?>> own, @Nullable Join join) {
    List<Field<?>> all = new ArrayList<>(own);
    if (join != null) {
      all.addAll(join.other().columns());
    }
    return List.copyOf(all);
  }

  int indexOf(TableField<?, ?> column) {
    Integer position = positions.get(column);
    if (position == null) {
      throw new IllegalArgumentException(aggregate + " does not read " + column);
    }
    return position;
  }

  int offsetOf(Projection<?> joined) {
    if (join == null || joined != join.other()) {
      throw new IllegalArgumentException(aggregate + " does not join " + joined.aggregate);
    }
    return own.size();
  }

  /** The table of a column. */
  public static Table<?> tableOf(TableField<?, ?> column) {
    Table<?> table = column.getTable();
    if (table == null) {
      throw new IllegalArgumentException(column + " belongs to no table");
    }
    return table;
  }
}
