package dev.authstore.benchmarks.limit;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * PostgreSQL's own load generator, which is part of its server packages, not of the embedded
 * binaries.
 */
record Pgbench(Path program) {
  private static final String NAME = "pgbench";
  private static final Path PACKAGES = Path.of("/usr/lib/postgresql"); // Debian's, by version
  private static final Pattern RATE = Pattern.compile("tps = ([0-9.]+)");

  /** That on the path, else the newest that Debian's packages have installed. */
  static Optional<Pgbench> find() throws IOException {
    for (String folder : System.getenv("PATH").split(File.pathSeparator, -1)) {
      Path program = Path.of(folder, NAME);
      if (Files.isExecutable(program)) {
        return Optional.of(new Pgbench(program));
      }
    }
    if (!Files.isDirectory(PACKAGES)) {
      return Optional.empty();
    }
    try (Stream<Path> versions = Files.list(PACKAGES)) {
      return versions
          .map(version -> version.resolve("bin").resolve(NAME))
          .filter(Files::isExecutable)
          .max(Comparator.naturalOrder())
          .map(Pgbench::new);
    }
  }

  String version() throws IOException, InterruptedException {
    return run(List.of(program.toString(), "--version")).strip();
  }

  /**
   * A script of prepared statements.
   *
   * @param variable NAME=TEXT, for a parameter
   */
  record Script(Path file, String variable, String target) {}

  /** Transactions a second, without the time to connect. */
  double rate(Script script, int connections, int seconds)
      throws IOException, InterruptedException {
    int threads = Math.min(connections, Runtime.getRuntime().availableProcessors());
    String output =
        run(
            List.of(
                program.toString(),
                "--no-vacuum",
                "--protocol=prepared",
                "--client=" + connections,
                "--jobs=" + threads,
                "--time=" + seconds,
                "--define=" + script.variable(),
                "--file=" + script.file(),
                script.target()));
    Matcher rate = RATE.matcher(output);
    if (!rate.find()) {
      throw new IOException("pgbench says no rate: " + output);
    }
    return Double.parseDouble(rate.group(1));
  }

  private static String run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("pgbench fails: " + output);
    }
    return output;
  }
}
