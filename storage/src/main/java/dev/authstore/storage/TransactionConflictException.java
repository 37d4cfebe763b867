package dev.authstore.storage;

/** The server ended this transaction in favour of another one. */
public final class TransactionConflictException extends StorageException {

  /** How the two collided. */
  public enum Kind {
    SERIALIZATION,
    DEADLOCK,
  }

  private final Kind kind;

  public TransactionConflictException(Kind kind, Throwable cause) {
    super("transaction conflict: " + kind, cause);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }

  @Override
  public boolean retryable() {
    return true;
  }
}
