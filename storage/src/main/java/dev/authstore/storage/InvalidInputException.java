package dev.authstore.storage;

/**
 * An argument was refused before anything was sent: malformed, too long, out of range, or not
 * belonging together.
 */
public final class InvalidInputException extends StorageException {

  public InvalidInputException(String message) {
    super(message, null);
  }

  public InvalidInputException(String message, IllegalArgumentException cause) {
    super(message, cause);
  }

  @Override
  public boolean abortsUnitOfWork() {
    return false;
  }
}
