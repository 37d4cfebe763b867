package dev.authstore.storage;

import org.jspecify.annotations.Nullable;

/** The unit of work is not in the condition for this call. */
public final class UnitOfWorkException extends StorageException {

  /** What is the matter with it. */
  public enum Kind {
    /** An earlier operation failed, and the cause tells how; only cancelling is left. */
    FAILED("failed earlier"),
    /** It has been saved, cancelled or closed. */
    CLOSED("has ended"),
    /**
     * Another thread is in the middle of an operation. Nothing was sent, and that operation goes
     * on.
     */
    CONCURRENT_USE("is in use by another thread"),
    /**
     * The connection broke during the commit: the changes are stored either completely or not at
     * all.
     */
    COMMIT_OUTCOME_UNKNOWN("lost its connection while committing");

    private final String words;

    Kind(String words) {
      this.words = words;
    }
  }

  private final Kind kind;

  public UnitOfWorkException(Kind kind, @Nullable Throwable cause) {
    super("the unit of work " + kind.words, cause);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }

  @Override
  public boolean abortsUnitOfWork() {
    return kind != Kind.CONCURRENT_USE;
  }
}
