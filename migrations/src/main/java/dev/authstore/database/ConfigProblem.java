package dev.authstore.database;

import java.util.Optional;

/**
 * A value that cannot be used, or one that is missing.
 *
 * @param key the name under which it was given, or the file key where none was
 * @param message what is wrong, without any secret
 * @param hint what to do about it
 */
public record ConfigProblem(
    Code code, String key, Origin origin, String message, Optional<String> hint) {

  /** What sort of problem it is. */
  public enum Code {
    MISSING_TARGET,
    CONFLICTING_SOURCES,
    CONFLICTING_KEYS,
    UNKNOWN_KEY,
    UNSUPPORTED_KEY,
    BAD_INTEGER,
    BAD_DURATION,
    BAD_BOOLEAN,
    OUT_OF_RANGE,
    BAD_URI,
    BAD_ENCODING,
    BAD_IDENTIFIER,
    FILE_MISSING,
    FILE_UNREADABLE,
    FILE_PERMISSIONS,
    BAD_CERTIFICATE,
    BAD_PRIVATE_KEY,
    DRIVER_MISSING
  }

  /** One line for an operator. */
  public String describe() {
    return key + ": " + message + hint.map(text -> "; " + text).orElse("");
  }
}
