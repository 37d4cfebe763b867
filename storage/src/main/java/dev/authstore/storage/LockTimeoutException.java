package dev.authstore.storage;

/** A lock was not to be had within the server's {@code lock_timeout}. */
public final class LockTimeoutException extends StorageException {

  public LockTimeoutException(Throwable cause) {
    super("lock not available in time", cause);
  }

  @Override
  public boolean retryable() {
    return true;
  }
}
