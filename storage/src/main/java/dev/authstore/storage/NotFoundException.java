package dev.authstore.storage;

import java.util.UUID;

/** The row that an entity stands for, or a parent it refers to, is gone. */
public final class NotFoundException extends StorageException {
  private final String aggregate;
  private final UUID id;

  public NotFoundException(String aggregate, UUID id) {
    super(aggregate + " " + id + " does not exist", null);
    this.aggregate = aggregate;
    this.id = id;
  }

  /** The kind of the missing row, as in operation names: {@code user}, {@code browser_session}. */
  public String aggregate() {
    return aggregate;
  }

  public UUID id() {
    return id;
  }

  @Override
  public boolean abortsUnitOfWork() {
    return false;
  }
}
