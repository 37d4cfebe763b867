package dev.authstore.database.libpq;

/** Ends the reading of a text whose form is broken. */
final class MalformedException extends RuntimeException {

  private final transient Fault fault;

  MalformedException(String message, String hint) {
    this(Fault.of(Fault.Kind.SYNTAX, "", message, hint));
  }

  MalformedException(Fault fault) {
    super(fault.message());
    this.fault = fault;
  }

  Fault fault() {
    return fault;
  }
}
