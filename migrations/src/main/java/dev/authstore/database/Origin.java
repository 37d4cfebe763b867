package dev.authstore.database;

/**
 * Where a value is from.
 *
 * @param name the variable, key or parameter that gave it
 */
public record Origin(Source source, String name) {

  /** The places that are looked at; a value is taken from the first that has it. */
  public enum Source {
    /** The program itself, or a flag of the command line. */
    PROGRAM("set by the program"),
    ENVIRONMENT("environment"),
    FILE("file"),
    CONNECTION_STRING("connection string"),
    SERVICE_FILE("service file"),
    LIBPQ_ENVIRONMENT("libpq environment"),
    DEFAULT("default");

    private final String description;

    Source(String description) {
      this.description = description;
    }
  }

  static final Origin BY_DEFAULT = new Origin(Source.DEFAULT, "");

  boolean isAbove(Source other) {
    return source.compareTo(other) < 0;
  }

  @Override
  public String toString() {
    return name.isEmpty() ? source.description : source.description + " " + name;
  }
}
