package dev.authstore.storage;

/** The database lacks an object this library needs: another schema, or migrations not applied. */
public final class SchemaMismatchException extends StorageException {

  public SchemaMismatchException(String message, Throwable cause) {
    super(message, cause);
  }
}
