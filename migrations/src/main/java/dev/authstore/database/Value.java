package dev.authstore.database;

/** A text and where it is from. */
record Value(String text, Origin origin) {

  /** The name under which an operator finds it. */
  String name() {
    return origin.name().isEmpty() ? origin.source().name() : origin.name();
  }

  @Override
  public String toString() {
    return "Value[" + origin + "]";
  }
}
