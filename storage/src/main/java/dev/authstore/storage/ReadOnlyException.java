package dev.authstore.storage;

/**
 * A writing operation was called inside {@link RepositoryFactory#read} or {@link
 * RepositoryFactory#readReplica}. Nothing was sent.
 */
public final class ReadOnlyException extends StorageException {

  public ReadOnlyException(String operation) {
    super(operation + " writes, and this access is for reading", null);
  }

  @Override
  public boolean abortsUnitOfWork() {
    return false;
  }
}
