package dev.authstore.database.libpq;

import java.util.Optional;

/**
 * Something that cannot be used as it was written.
 *
 * @param key the keyword or parameter, empty where the text as a whole is at fault
 * @param message what is wrong, without any value that could be secret
 * @param hint how to write it instead
 */
public record Fault(Kind kind, String key, String message, Optional<String> hint) {

  /** What sort of mistake it is. */
  public enum Kind {
    SYNTAX,
    ENCODING,
    UNKNOWN_KEY,
    UNSUPPORTED_KEY,
    CONFLICT,
    NO_INTEGER,
    OUT_OF_RANGE,
    MISSING_FILE,
    UNREADABLE_FILE,
    OPEN_FILE
  }

  public static Fault of(Kind kind, String key, String message) {
    return new Fault(kind, key, message, Optional.empty());
  }

  public static Fault of(Kind kind, String key, String message, String hint) {
    return new Fault(kind, key, message, Optional.of(hint));
  }
}
