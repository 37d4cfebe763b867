package dev.authstore.storage;

/** The database cannot be reached or cannot work at the moment. */
public final class StorageUnavailableException extends StorageException {

  /** What stands in the way. */
  public enum Reason {
    /** No connection could be made, or it broke. */
    NETWORK(true),
    STARTING_UP(true),
    SHUTTING_DOWN(true),
    TOO_MANY_CONNECTIONS(true),
    /** No connection of the pool became free in time. */
    POOL_TIMEOUT(true),
    POOL_CLOSED(false),
    /** The server is a standby or was made read-only. */
    READ_ONLY(true),
    DISK_FULL(false),
    OUT_OF_MEMORY(false);

    private final boolean passing;

    Reason(boolean passing) {
      this.passing = passing;
    }
  }

  private final Reason reason;

  public StorageUnavailableException(Reason reason, Throwable cause) {
    super("database not available: " + reason, cause);
    this.reason = reason;
  }

  /**
   * The same with more to say.
   *
   * @param details numbers and names, no values
   */
  public StorageUnavailableException(Reason reason, String details, Throwable cause) {
    super("database not available: %s, %s".formatted(reason, details), cause);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }

  @Override
  public boolean retryable() {
    return reason.passing;
  }
}
