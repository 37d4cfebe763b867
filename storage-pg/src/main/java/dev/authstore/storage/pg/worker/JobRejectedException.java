package dev.authstore.storage.pg.worker;

/** Thrown by a handler: the job fails for good. */
public final class JobRejectedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param reason kept with the job: nothing secret or personal should be in it
   */
  public JobRejectedException(String reason) {
    super(reason);
  }
}
