package dev.authstore.storage;

import java.util.UUID;

/** The row exists, but its stored state does not allow the change. Nothing was changed. */
public final class InvalidStateException extends StorageException {
  private final String aggregate;
  private final UUID id;
  private final StateReason reason;

  public InvalidStateException(String aggregate, UUID id, StateReason reason) {
    super(aggregate + " " + id + " refuses the change: " + reason, null);
    this.aggregate = aggregate;
    this.id = id;
    this.reason = reason;
  }

  /** The kind of the row that refused, as in operation names. */
  public String aggregate() {
    return aggregate;
  }

  public UUID id() {
    return id;
  }

  public StateReason reason() {
    return reason;
  }

  @Override
  public boolean abortsUnitOfWork() {
    return false;
  }
}
