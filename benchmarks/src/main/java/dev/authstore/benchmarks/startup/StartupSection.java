package dev.authstore.benchmarks.startup;

import dev.authstore.benchmarks.Bench;
import dev.authstore.benchmarks.Database;
import dev.authstore.benchmarks.Form;
import dev.authstore.benchmarks.report.Figures;
import dev.authstore.benchmarks.report.Findings;
import dev.authstore.benchmarks.report.Section;
import dev.authstore.benchmarks.report.Table;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What one waits for before anything is asked of the library, and before a test runs. */
public final class StartupSection implements Section {
  private static final double MILLIS = 1e6;

  @Override
  public String name() {
    return "startup";
  }

  @Override
  public String title() {
    return "Start-up";
  }

  @Override
  public String about() {
    return """
    From `Authstore.open` to the answer to the first query, on a schema that is up to date: it connects, compares the
    schema, checks rights, and opens the pool. Once in new JVMs, which load all classes, and again in one that has done it
    before. Then what a test pays for a migrated database of its own with `TestDatabase`. These are times, not ratios:
    there is nothing to compare with.
    """;
  }

  @Override
  public Findings run(Bench bench) throws SQLException, IOException, InterruptedException {
    int runs = bench.form().choose(1, 5, 11);
    Findings findings = new Findings();
    Database database = bench.create("startup");
    database.migrate();
    List<List<Object>> rows = new ArrayList<>();
    bench.progress("new JVMs");
    List<Double> fresh = new ArrayList<>();
    for (int run = 0; run < runs; run++) {
      fresh.add(
          Double.valueOf(
              output(
                  List.of(
                      Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                      "-cp",
                      System.getProperty("java.class.path"),
                      FirstQuery.class.getName(),
                      url(bench)))));
    }
    rows.add(row("open to first query, new JVM, ms", fresh));
    bench.progress("the same JVM");
    FirstQuery.nanos(url(bench)); // loads classes
    List<Double> again = new ArrayList<>();
    for (int run = 0; run < runs; run++) {
      again.add(FirstQuery.nanos(url(bench)) / MILLIS);
    }
    rows.add(row("open to first query, again, ms", again));
    bench.progress("databases of tests");
    List<Double> tests = DatabasePerTest.millis();
    rows.add(List.of("first test of a JVM: server, migration, database, ms", tests.get(0)));
    rows.add(row("each further test: its database, ms", tests.subList(1, tests.size())));
    build(bench).ifPresent(seconds -> rows.add(List.of("mvn verify, s", seconds)));
    findings.add(new Table("Start-up", List.of("What", "Median"), rows));
    if (bench.form() != Form.FULL) {
      findings.note("`mvn verify` is timed in the full form only.");
    }
    bench.drop("startup");
    return findings;
  }

  private static List<Object> row(String what, List<Double> times) {
    return List.of(what, Figures.median(times.stream().mapToDouble(Double::doubleValue).toArray()));
  }

  private static String url(Bench bench) {
    return "postgresql://postgres@localhost:%d/startup".formatted(bench.port());
  }

  /** In a copy of the project, since the programs of this one are in use. */
  private static Optional<Double> build(Bench bench) throws IOException, InterruptedException {
    if (bench.form() != Form.FULL || !Files.exists(Path.of(".git"))) {
      return Optional.empty();
    }
    bench.progress("mvn verify");
    Path copy = Files.createTempDirectory("authstore-build");
    output(List.of("git", "clone", "--quiet", ".", copy.toString()));
    long start = System.nanoTime();
    output(List.of("mvn", "--batch-mode", "--quiet", "--file", copy.toString(), "verify"));
    double seconds = (System.nanoTime() - start) / 1e9;
    delete(copy);
    return Optional.of(seconds);
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private static String output(List<String> command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("failed: " + command.get(0) + ": " + output);
    }
    return output.strip();
  }
}
