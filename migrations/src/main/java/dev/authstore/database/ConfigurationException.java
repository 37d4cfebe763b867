package dev.authstore.database;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Settings that cannot work: all that is wrong with them, and no secret. */
public final class ConfigurationException extends RuntimeException {

  private final transient List<ConfigProblem> problems;

  public ConfigurationException(List<ConfigProblem> problems) {
    super(describe(problems));
    this.problems = List.copyOf(problems);
  }

  /** A single problem with a value that the program gave. */
  public ConfigurationException(ConfigProblem.Code code, String key, String message) {
    this(
        List.of(
            new ConfigProblem(
                code, key, new Origin(Origin.Source.PROGRAM, ""), message, Optional.empty())));
  }

  public List<ConfigProblem> problems() {
    return problems;
  }

  private static String describe(List<ConfigProblem> problems) {
    return problems.stream().map(ConfigProblem::describe).collect(Collectors.joining("\n"));
  }
}
