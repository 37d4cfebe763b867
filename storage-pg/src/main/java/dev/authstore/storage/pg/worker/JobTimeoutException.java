package dev.authstore.storage.pg.worker;

import java.time.Duration;

/** What a handler threw after it had run for too long. */
final class JobTimeoutException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  JobTimeoutException(Duration timeout, Exception cause) {
    super("ran for longer than " + timeout, cause);
  }
}
