package dev.authstore.migrations;

/** One script of the schema, such as version {@code 0001}, {@code users}. */
public record MigrationScript(String version, String description) {

  @Override
  public String toString() {
    return version + " (" + description + ")";
  }
}
