package dev.authstore.storage;

/** Another row, or another writer, was first. Nothing was changed. */
public final class ConflictException extends StorageException {
  private final ConflictKind kind;

  public ConflictException(ConflictKind kind) {
    super("conflict: " + kind, null);
    this.kind = kind;
  }

  public ConflictKind kind() {
    return kind;
  }

  @Override
  public boolean abortsUnitOfWork() {
    return false;
  }
}
