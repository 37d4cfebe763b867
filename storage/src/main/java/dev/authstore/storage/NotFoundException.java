package dev.authstore.storage;

import java.util.UUID;

/** The row that an entity stands for, or a parent it refers to, is gone. */
public final class NotFoundException extends StorageException {
  private static final UUID NIL = new UUID(0, 0);

  private final String aggregate;
  private final UUID id;

  public NotFoundException(String aggregate, UUID id) {
    super(aggregate + " " + id + " does not exist", null);
    this.aggregate = aggregate;
    this.id = id;
  }

  /** For what goes by a name; its {@link #id()} is the nil UUID (RFC 9562, section 5.9). */
  public NotFoundException(String aggregate, String name) {
    super(aggregate + " " + name + " does not exist", null);
    this.aggregate = aggregate;
    this.id = NIL;
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
