package dev.authstore.cli;

/**
 * One thing that was looked at.
 *
 * @param topic what was looked at, in a word or two
 * @param text what was found, and what to do about it
 * @param exitCode of a failure, otherwise zero
 */
record Finding(Level level, String topic, String text, int exitCode) {

  /** How good it is. */
  enum Level {
    OK,
    WARN,
    FAIL
  }

  static Finding ok(String topic, String text) {
    return new Finding(Level.OK, topic, text, 0);
  }

  static Finding warn(String topic, String text) {
    return new Finding(Level.WARN, topic, text, 0);
  }

  static Finding fail(String topic, String text, int exitCode) {
    return new Finding(Level.FAIL, topic, text, exitCode);
  }
}
