package dev.authstore.storage.pg.internal;

import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import org.jooq.Converter;
import org.jooq.JSONB;
import org.jspecify.annotations.Nullable;

/** The values of one row of a result, in the order of the columns. */
public final class Values {
  private final @Nullable Object[] values;

  private Values(@Nullable Object[] values) {
    this.values = values;
  }

  // jOOQ would copy its configuration for each result, and read times by way of text.
  static Values read(ResultSet row, List<Converter<?, ?>> converters) throws SQLException {
    @Nullable Object[] values = new Object[converters.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = value(row, i + 1, converters.get(i));
    }
    return new Values(values);
  }

  public @Nullable Object get(int index) {
    return values[index];
  }

  /** A column that always has a value, by its place and the type that the statement gives it. */
  public <V> V get(int index, Class<V> type) {
    return find(index, type).orElseThrow();
  }

  /** As {@link #get(int, Class)}, for a column that may be empty. */
  public <V> Optional<V> find(int index, Class<V> type) {
    return Optional.ofNullable(values[index]).map(type::cast);
  }

  private static <S> @Nullable Object value(ResultSet row, int column, Converter<S, ?> converter)
      throws SQLException {
    S stored = converter.fromType().cast(stored(row, column, converter.fromType()));
    return stored == null ? null : converter.from(stored);
  }

  private static @Nullable Object stored(ResultSet row, int column, Class<?> type)
      throws SQLException {
    if (type == String.class || type == Object.class) {
      return row.getString(column); // also of types that have no class, like inet
    }
    if (type == JSONB.class) {
      String json = row.getString(column);
      return json == null ? null : JSONB.valueOf(json);
    }
    if (type == byte[].class) {
      return row.getBytes(column);
    }
    if (type == String[].class) {
      Array array = row.getArray(column);
      return array == null ? null : array.getArray();
    }
    if (type == Integer.class) {
      int number = row.getInt(column); // also of a count, which is a bigint
      return row.wasNull() ? null : number;
    }
    if (type == Instant.class) {
      OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
      return time == null ? null : time.toInstant();
    }
    return row.getObject(column, type);
  }
}
