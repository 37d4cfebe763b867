package dev.authstore.storage;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Hears what the units of work of a factory do. Called on the thread that works, by many threads at
 * once; what it throws reaches the caller of the operation.
 */
public interface StorageObserver {

  /** Hears nothing, and costs nothing: no clock is read for it. */
  StorageObserver NONE = new StorageObserver() {};

  /**
   * A statement was answered: one round trip. BEGIN travels with the first statement of a
   * transaction and is not heard; COMMIT and ROLLBACK are.
   */
  default void statement(Statement statement) {}

  /**
   * A unit of work that had written was closed without being saved or cancelled.
   *
   * @param operations the names of its operations, in order
   */
  default void abandoned(List<String> operations) {}

  /**
   * A row could not be read and was left out of a list that people must not be kept from.
   *
   * @param row names the place; it was not thrown
   */
  default void skipped(InvalidDataException row) {}

  /**
   * One statement.
   *
   * @param operation the operation it served, such as {@code user.add}, or {@code save} and {@code
   *     cancel}; empty for what an application sends between operations
   * @param sql the text with placeholders, never with values
   * @param elapsed from sending it until its answer was read
   * @param sqlState why it failed, if it did
   */
  record Statement(String operation, String sql, Duration elapsed, Optional<String> sqlState) {}
}
