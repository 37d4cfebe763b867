package dev.authstore.storage;

/** The server cut something off that took too long. */
public final class StatementTimeoutException extends StorageException {

  /** Which of the server's limits was reached. */
  public enum Kind {
    /** {@code statement_timeout}, or a cancel request. */
    STATEMENT,
    /** {@code idle_in_transaction_session_timeout}. */
    IDLE_IN_TRANSACTION,
    /** {@code transaction_timeout}. */
    TRANSACTION,
  }

  private final Kind kind;

  public StatementTimeoutException(Kind kind, Throwable cause) {
    super("timeout: " + kind, cause);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
