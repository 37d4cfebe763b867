package dev.authstore.storage.pg.internal;

import java.util.function.Function;
import org.jooq.ResultQuery;

/**
 * A fixed statement with named parameters. A constant of its repository: it is rendered the first
 * time a schema runs it.
 *
 * @param query written in the DSL, so that it does not compile unless it fits the schema
 * @param reader what to make of a row
 */
public record Statement<T>(ResultQuery<?> query, Function<? super Values, ? extends T> reader) {

  // Identity is what the cache of rendered statements goes by; comparing trees would be slow and
  // say the same.
  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }
}
