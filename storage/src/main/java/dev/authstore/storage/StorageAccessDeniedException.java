package dev.authstore.storage;

/** The server does not let this role in, or does not let it do this. */
public final class StorageAccessDeniedException extends StorageException {

  /** What was refused. */
  public enum Reason {
    /** Wrong password, or no such role. */
    PASSWORD,
    /** The server's access rules. */
    RULES,
    /** The role lacks a right on an object. */
    PRIVILEGE,
  }

  private final Reason reason;

  public StorageAccessDeniedException(Reason reason, Throwable cause) {
    super("access denied: " + reason, cause);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
