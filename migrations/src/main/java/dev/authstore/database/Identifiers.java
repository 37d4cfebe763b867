package dev.authstore.database;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Names of schemas and tables that an operator may choose. */
public final class Identifiers {

  private static final int LONGEST = 63;

  private Identifiers() {}

  /**
   * Refuses what PostgreSQL would refuse, cut short without a word, or keep for itself.
   *
   * @param setting what the name is for, to begin the message with
   * @return the name
   * @throws ConfigurationException if the name cannot be used
   */
  public static String requireValid(String setting, String name) {
    Optional<String> problem = problem(name);
    if (problem.isPresent()) {
      throw new ConfigurationException(ConfigProblem.Code.BAD_IDENTIFIER, setting, problem.get());
    }
    return name;
  }

  /** The name as SQL text. */
  public static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  static Optional<String> problem(String name) {
    if (name.isEmpty()) {
      return Optional.of("the name is empty");
    }
    if (name.indexOf('\0') >= 0) {
      return Optional.of("the name contains U+0000");
    }
    if (name.getBytes(StandardCharsets.UTF_8).length > LONGEST) {
      return Optional.of("the name is longer than " + LONGEST + " bytes: " + name);
    }
    if (name.startsWith("pg_") || name.equals("information_schema")) {
      return Optional.of("the name belongs to PostgreSQL: " + name);
    }
    return Optional.empty();
  }
}
