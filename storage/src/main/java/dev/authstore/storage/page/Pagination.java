package dev.authstore.storage.page;

import dev.authstore.model.Ids;
import dev.authstore.storage.Inputs;
import dev.authstore.storage.InvalidInputException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;

/**
 * Which page of a list.
 *
 * @param after only elements whose id is strictly greater
 * @param before only elements whose id is strictly smaller
 * @param count how many at most, from 1 to {@value #MAX_COUNT}
 * @param direction whether the smallest or the greatest ids within the bounds are wanted
 */
public record Pagination(
    Optional<UUID> after, Optional<UUID> before, int count, Direction direction) {

  /** The greatest page size. */
  public static final int MAX_COUNT = 10_000;

  /**
   * @throws InvalidInputException if the count is out of range
   */
  public Pagination {
    Inputs.range("page size", count, 1, MAX_COUNT);
  }

  /** The first {@code count} elements. */
  public static Pagination first(int count) {
    return new Pagination(Optional.empty(), Optional.empty(), count, Direction.FORWARD);
  }

  /** The last {@code count} elements, in ascending order as ever. */
  public static Pagination last(int count) {
    return new Pagination(Optional.empty(), Optional.empty(), count, Direction.BACKWARD);
  }

  /**
   * From what a user has asked for.
   *
   * @throws InvalidInputException unless exactly one of first and last is given, and in range
   */
  public static Pagination of(
      Optional<UUID> after, Optional<UUID> before, OptionalInt first, OptionalInt last) {
    if (first.isPresent() == last.isPresent()) {
      throw new InvalidInputException("give either first or last");
    }
    return first.isPresent()
        ? new Pagination(after, before, first.getAsInt(), Direction.FORWARD)
        : new Pagination(after, before, last.getAsInt(), Direction.BACKWARD);
  }

  public Pagination after(UUID cursor) {
    return new Pagination(Optional.of(cursor), before, count, direction);
  }

  public Pagination before(UUID cursor) {
    return new Pagination(after, Optional.of(cursor), count, direction);
  }

  /** Whether no id can lie between the bounds. */
  public boolean isEmpty() {
    return after.isPresent()
        && before.isPresent()
        && Ids.UNSIGNED_ORDER.compare(before.get(), after.get()) <= 0;
  }
}
