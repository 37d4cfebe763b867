package dev.authstore.storage.pg.oauth2;

import static dev.authstore.storage.pg.internal.Bind.bind;
import static org.jooq.impl.DSL.param;

import dev.authstore.storage.pg.internal.Bind;
import java.util.Collection;
import java.util.Optional;
import java.util.function.Function;
import org.jooq.Param;
import org.jooq.TableField;
import org.jspecify.annotations.Nullable;

/** Parameters that are called as the columns they are written to, for rows of many columns. */
final class Columns {
  private Columns() {}

  static <V> Param<V> parameter(TableField<?, V> column) {
    return param(column.getName(), column);
  }

  static <V> Bind value(TableField<?, V> column, @Nullable V value) {
    return bind(parameter(column), value);
  }

  static <V> Bind value(TableField<?, V> column, Optional<V> value) {
    return value(column, value.orElse(null));
  }

  static <T> String[] texts(Collection<T> values, Function<T, String> text) {
    return values.stream().map(text).toArray(String[]::new);
  }
}
