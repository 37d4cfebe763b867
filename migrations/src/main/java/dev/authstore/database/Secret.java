package dev.authstore.database;

/** A text that prints as asterisks. */
public record Secret(String reveal) {

  @Override
  public String toString() {
    return "***";
  }
}
