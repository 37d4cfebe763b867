package dev.authstore.storage.pg.internal;

import org.jooq.Param;
import org.jspecify.annotations.Nullable;

/** A named parameter of a {@link Statement} and the value it has in one run. */
public record Bind(Param<?> param, @Nullable Object value) {

  /** The value for a parameter, of the parameter's own type. */
  public static <V> Bind bind(Param<V> param, @Nullable V value) {
    return new Bind(param, value);
  }
}
