package dev.authstore.database;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A program of its own, with other properties or libraries, that tries to connect. */
final class OutcomeProcess {

  private OutcomeProcess() {}

  /**
   * How each target ends there, a line each.
   *
   * @param options of the JVM
   * @param libraries by their file names
   */
  static List<String> outcomes(List<String> options, Predicate<String> libraries, String... targets)
      throws IOException, InterruptedException {
    String classPath =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> libraries.test(Path.of(entry).getFileName().toString()))
            .collect(joining(File.pathSeparator));
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of("-cp", classPath, OutcomeProcess.class.getName()));
    command.addAll(List.of(targets));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try (BufferedReader out = process.inputReader()) {
      List<String> lines = out.lines().toList();
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      return lines;
    } finally {
      process.destroyForcibly();
    }
  }

  public static void main(String[] targets) {
    for (String target : targets) {
      System.out.println(outcome(target));
    }
  }

  private static String outcome(String target) {
    try {
      DatabaseConfig config = DatabaseConfig.of(target);
      String notices = config.notices().stream().map(Notice::text).collect(joining("; "));
      return "%s %s".formatted(ConfigurableServer.outcome(config), notices).strip();
    } catch (ConfigurationException e) {
      return e.problems().stream().map(ConfigProblem::describe).collect(joining("; "));
    }
  }
}
