package dev.authstore.cli;

/** The demo cannot go on, for a reason that lies neither in the settings nor in the library. */
final class DemoException extends RuntimeException {

  DemoException(String message) {
    super(message);
  }

  DemoException(String message, Throwable cause) {
    super(message, cause);
  }
}
