package dev.authstore.benchmarks.report;

import static java.util.Locale.ROOT;

import dev.authstore.benchmarks.Bench;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a run has found: {@code benchmarks.md}, and beside it the folder {@code benchmarks} with
 * pictures and the raw figures.
 */
public final class Report {
  private static final String NAME = "benchmarks";

  private final Bench bench;
  private final boolean isPartial;
  private final Map<String, String> machine;
  private final LocalDate date;
  private final List<Part> parts = new ArrayList<>();

  /** What a section has found, and how long that took. */
  private record Part(Section section, Findings findings, long seconds) {}

  private Report(Bench bench, boolean isPartial, Map<String, String> machine, LocalDate date) {
    this.bench = bench;
    this.isPartial = isPartial;
    this.machine = machine;
    this.date = date;
  }

  /**
   * Runs sections one after the other.
   *
   * @param isPartial whether there are others
   */
  public static Report of(Bench bench, List<Section> sections, boolean isPartial) throws Exception {
    LocalDate today = LocalDate.now(Clock.systemUTC());
    Report report = new Report(bench, isPartial, Machine.describe(bench), today);
    for (Section section : sections) {
      bench.progress("# " + section.title());
      long start = System.nanoTime();
      Findings findings = section.run(bench);
      report.parts.add(new Part(section, findings, (System.nanoTime() - start) / 1_000_000_000));
    }
    return report;
  }

  /** Writes all files; pictures of earlier runs with the same names are replaced. */
  public void write(Path folder) throws IOException {
    Path beside = Files.createDirectories(folder.resolve(NAME));
    Files.writeString(folder.resolve(NAME + ".md"), markdown());
    JsonMapper json = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
    json.writeValue(beside.resolve("raw.json"), raw());
    for (Part part : parts) {
      List<Chart> charts = part.findings().charts();
      for (int i = 0; i < charts.size(); i++) {
        try (OutputStream out = Files.newOutputStream(beside.resolve(picture(part.section(), i)))) {
          Pictures.write(charts.get(i), out);
        }
      }
    }
  }

  private String markdown() {
    StringBuilder text = new StringBuilder("# Benchmarks\n\n");
    text.append(
        """
        Made on %s by one command on one machine, and to be made again by it:

            java -jar benchmarks/target/benchmarks.jar report %s --out docs

        Figures are ratios, which hold beyond the machine; the absolute ones are in `%s/raw.json`. What is compared takes
        turns on one server, so that whatever else the machine does meets all sides, and a ratio is the median of those of
        neighbouring turns. Where one client works alone, the cores fall asleep between its request and the answer, and
        waking them is part of each round trip, of every side, as a network would be.

        """
            .formatted(date, command(), NAME));
    machine.forEach(
        (name, fact) -> text.append("* ").append(name).append(": ").append(fact).append('\n'));
    text.append('\n').append(goals());
    for (Part part : parts) {
      write(part, text);
    }
    return text.toString();
  }

  private String command() {
    String form = bench.form().name().toLowerCase(ROOT);
    return isPartial
        ? form
            + " --only "
            + parts.stream().map(part -> part.section().name()).collect(Collectors.joining(","))
        : form;
  }

  private String goals() {
    List<List<Object>> rows = new ArrayList<>();
    for (Part part : parts) {
      for (Goal goal : part.findings().goals()) {
        rows.add(
            List.of(
                goal.what(),
                (goal.bound() == Goal.Bound.AT_MOST ? "at most " : "at least ")
                    + Figures.format(goal.limit()),
                goal.reached(),
                goal.where(),
                goal.isMet() ? "yes" : "**no**"));
      }
    }
    return new Table("Goals", List.of("What", "Goal", "Worst", "Where", "Met"), rows).markdown();
  }

  private static void write(Part part, StringBuilder text) {
    text.append("\n## ").append(part.section().title()).append("\n\n");
    text.append(part.section().about().strip()).append("\n\n");
    part.findings().tables().forEach(table -> text.append(table.markdown()).append('\n'));
    List<Chart> charts = part.findings().charts();
    for (int i = 0; i < charts.size(); i++) {
      text.append(
          "![%s](%s/%s)%n%n".formatted(charts.get(i).title(), NAME, picture(part.section(), i)));
    }
    part.findings().notes().forEach(note -> text.append(note).append("\n\n"));
    text.append("Took ").append(part.seconds()).append(" seconds.\n");
  }

  private Map<String, Object> raw() {
    Map<String, Object> raw = new LinkedHashMap<>();
    raw.put("date", date.toString());
    raw.put("form", bench.form());
    raw.put("machine", machine);
    for (Part part : parts) {
      Findings findings = part.findings();
      Map<String, Object> section = new LinkedHashMap<>();
      section.put("seconds", part.seconds());
      section.put("goals", findings.goals());
      section.put("tables", findings.tables());
      section.put("charts", findings.charts());
      section.put("raw", findings.raw());
      raw.put(part.section().name(), section);
    }
    return raw;
  }

  private static String picture(Section section, int index) {
    return "%s-%d.svg".formatted(section.name(), index + 1);
  }
}
