package dev.authstore.storage;

/** The server does not let this role in, or does not let it do this. */
public final class StorageAccessDeniedException extends StorageException {

  /** What was refused. */
  public enum Reason {
    /** Wrong password, or no such role. */
    PASSWORD,
    /** The server wants a password and there is none. */
    NO_PASSWORD,
    /** The server's access rules. */
    RULES,
    /** The server's way to ask who we are, or its lack of TLS, is against our settings. */
    METHOD,
    /** The certificates do not prove that it is the server we mean, or that we are who we say. */
    TLS,
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
