package dev.authstore.storage;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A constraint of the schema refused a statement, in a case that the operation did not foresee. */
public final class ConstraintViolationException extends StorageException {

  /** What the constraint demands. */
  public enum Kind {
    UNIQUE,
    FOREIGN_KEY,
    NOT_NULL,
    CHECK,
    EXCLUSION,
  }

  private final Kind kind;
  private final @Nullable String table;
  private final @Nullable String constraint;
  private final List<String> columns;

  public ConstraintViolationException(
      Kind kind,
      @Nullable String table,
      @Nullable String constraint,
      List<String> columns,
      Throwable cause) {
    super(
        kind + " constraint " + (constraint == null ? columns : constraint) + " of " + table,
        cause);
    this.kind = kind;
    this.table = table;
    this.constraint = constraint;
    this.columns = List.copyOf(columns);
  }

  public Kind kind() {
    return kind;
  }

  public Optional<String> table() {
    return Optional.ofNullable(table);
  }

  /** Absent for {@link Kind#NOT_NULL}, which has no name. */
  public Optional<String> constraint() {
    return Optional.ofNullable(constraint);
  }

  /** The columns under the constraint, as far as they are known; empty for most checks. */
  public List<String> columns() {
    return columns;
  }
}
