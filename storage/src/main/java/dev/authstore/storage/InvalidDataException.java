package dev.authstore.storage;

import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A stored row contradicts itself or cannot be read. Names the place, so that an operator can mend
 * it.
 */
public final class InvalidDataException extends StorageException {
  private final String table;
  private final String column;
  private final @Nullable UUID id;

  public InvalidDataException(
      String table, String column, @Nullable UUID id, @Nullable Throwable cause) {
    super("invalid data in " + table + "." + column + " of row " + id, cause);
    this.table = table;
    this.column = column;
    this.id = id;
  }

  public String table() {
    return table;
  }

  public String column() {
    return column;
  }

  /** The row's key; empty if the key itself cannot be read. */
  public Optional<UUID> id() {
    return Optional.ofNullable(id);
  }

  @Override
  public boolean abortsUnitOfWork() {
    return false;
  }
}
