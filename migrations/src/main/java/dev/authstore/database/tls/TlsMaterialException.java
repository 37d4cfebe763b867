package dev.authstore.database.tls;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;

/** A certificate or key that cannot be used. The message tells where it is from, not what it is. */
public final class TlsMaterialException extends Exception {

  /** What cannot be used. */
  public enum Kind {
    MISSING,
    UNREADABLE,
    PERMISSIONS,
    CERTIFICATE,
    PRIVATE_KEY
  }

  private final Kind kind;
  private final String hint;

  TlsMaterialException(Kind kind, String message) {
    this(kind, message, "");
  }

  TlsMaterialException(Kind kind, String message, String hint) {
    super(message);
    this.kind = kind;
    this.hint = hint;
  }

  static TlsMaterialException unreadable(Material material, IOException cause) {
    return cause instanceof NoSuchFileException
        ? new TlsMaterialException(Kind.MISSING, material.origin() + " does not exist")
        : new TlsMaterialException(
            Kind.UNREADABLE, "%s: %s".formatted(material.origin(), cause.getMessage()));
  }

  public Kind kind() {
    return kind;
  }

  /** How to make it usable. */
  public Optional<String> hint() {
    return hint.isEmpty() ? Optional.empty() : Optional.of(hint);
  }
}
