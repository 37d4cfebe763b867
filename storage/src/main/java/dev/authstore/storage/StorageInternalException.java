package dev.authstore.storage;

/** Something that cannot happen has happened; a defect of this library or of the server. */
public final class StorageInternalException extends StorageException {

  public StorageInternalException(String message) {
    super(message, null);
  }

  public StorageInternalException(String message, Throwable cause) {
    super(message, cause);
  }
}
