package dev.authstore.storage;

import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The base of everything that a repository, a unit of work or the factory throws on purpose. */
public abstract class StorageException extends RuntimeException {

  protected StorageException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /**
   * Whether running the whole unit of work again may succeed. Single statements are never repeated.
   */
  public boolean retryable() {
    return false;
  }

  /** Whether the unit of work can only be cancelled now. */
  public boolean abortsUnitOfWork() {
    return true;
  }

  /** The five characters of the SQL state, where a database error is the cause. */
  public Optional<String> sqlState() {
    return getCause() instanceof SQLException e
        ? Optional.ofNullable(e.getSQLState())
        : Optional.empty();
  }
}
