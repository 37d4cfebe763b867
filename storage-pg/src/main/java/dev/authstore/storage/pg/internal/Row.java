package dev.authstore.storage.pg.internal;

import dev.authstore.storage.InvalidDataException;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jooq.TableField;
import org.jspecify.annotations.Nullable;

/**
 * The columns of one aggregate within a row of a result. Whatever it cannot read, it names with
 * table, column and key.
 */
public final class Row {
  private final Projection<?> projection;
  private final Values values;
  private final int offset;

  Row(Projection<?> projection, Values values, int offset) {
    this.projection = projection;
    this.values = values;
    this.offset = offset;
  }

  /** A column that always has a value. */
  public <V> V get(TableField<?, V> column) {
    V value = value(column);
    if (value == null) {
      throw invalid(column, null);
    }
    return value;
  }

  /** A column that may be empty. */
  public <V> Optional<V> find(TableField<?, V> column) {
    return Optional.ofNullable(value(column));
  }

  /**
   * A column whose text must be understood; the decoder throws {@link IllegalArgumentException} if
   * it is not.
   */
  public <S, V> V decode(TableField<?, S> column, Function<? super S, ? extends V> decoder) {
    try {
      return decoder.apply(get(column));
    } catch (IllegalArgumentException e) {
      throw invalid(column, e);
    }
  }

  /** As {@link #decode}, for a column that may be empty. */
  public <S, V> Optional<V> findDecoded(
      TableField<?, S> column, Function<? super S, ? extends V> decoder) {
    return value(column) == null ? Optional.empty() : Optional.of(decode(column, decoder));
  }

  /** The joined aggregate of this row. */
  public <J> J joined(Projection<J> other) {
    return other.read(values, offset + projection.offsetOf(other));
  }

  /** The joined aggregate of this row, if there is one. */
  public <J> Optional<J> findJoined(Projection<J> other) {
    return other.optional(values, offset + projection.offsetOf(other));
  }

  /** That the row contradicts itself, for a reader to throw. */
  public InvalidDataException invalid(TableField<?, ?> column, @Nullable Throwable cause) {
    UUID id = value(projection.key());
    return new InvalidDataException(projection.table().getName(), column.getName(), id, cause);
  }

  @SuppressWarnings("unchecked") // the projection put this very column there
  private <V> @Nullable V value(TableField<?, V> column) {
    return (V) values.get(offset + projection.indexOf(column));
  }
}
