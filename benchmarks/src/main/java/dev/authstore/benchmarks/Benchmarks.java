package dev.authstore.benchmarks;

import dev.authstore.benchmarks.flows.FlowsSection;
import dev.authstore.benchmarks.growth.GrowthSection;
import dev.authstore.benchmarks.limit.LimitSection;
import dev.authstore.benchmarks.operations.OperationsSection;
import dev.authstore.benchmarks.operations.ProfileSection;
import dev.authstore.benchmarks.queue.QueueSection;
import dev.authstore.benchmarks.report.Report;
import dev.authstore.benchmarks.report.Section;
import dev.authstore.benchmarks.startup.StartupSection;
import dev.authstore.testing.PostgresServer;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command. */
@Command(
    name = "benchmarks",
    description = "Measures Authstore beside others on a server of its own.",
    mixinStandardHelpOptions = true,
    subcommands = Benchmarks.ReportCommand.class)
public final class Benchmarks {
  private static final List<Section> SECTIONS =
      List.of(
          new OperationsSection(),
          new ProfileSection(),
          new FlowsSection(),
          new LimitSection(),
          new GrowthSection(),
          new StartupSection(),
          new QueueSection());

  private Benchmarks() {}

  public static void main(String[] arguments) {
    Locale.setDefault(Locale.ROOT); // so that reports of all machines read alike
    CommandLine command = new CommandLine(new Benchmarks());
    command.setCaseInsensitiveEnumValuesAllowed(true);
    System.exit(command.execute(arguments));
  }

  /** Measures some sections, or all if none is named. */
  static Report report(Form form, List<String> names) throws Exception {
    try (PostgresServer server = PostgresServer.start(settings(form))) {
      return Report.of(new Bench(server, form), chosen(names), !names.isEmpty());
    }
  }

  /** The cache holds what the flows touch; the server uses huge pages for it if there are any. */
  private static Map<String, String> settings(Form form) {
    return Map.of("shared_buffers", form.choose("1GB", "1GB", "12GB"));
  }

  private static List<Section> chosen(List<String> names) {
    if (names.isEmpty()) {
      return SECTIONS;
    }
    List<String> known = SECTIONS.stream().map(Section::name).toList();
    if (!known.containsAll(names)) {
      throw new IllegalArgumentException("sections are " + known);
    }
    return SECTIONS.stream().filter(section -> names.contains(section.name())).toList();
  }

  /** Measures, and writes what was found. */
  @Command(
      name = "report",
      description = "Writes benchmarks.md, and beside it a folder with pictures and raw figures.",
      mixinStandardHelpOptions = true)
  static final class ReportCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FORM", description = "${COMPLETION-CANDIDATES}")
    private Form form = Form.SHORT;

    @Option(
        names = "--only",
        split = ",",
        paramLabel = "SECTION",
        description = "Leave out others.")
    private List<String> only = List.of();

    @Option(names = "--out", paramLabel = "FOLDER", description = "Default: ${DEFAULT-VALUE}")
    private Path out = Path.of("benchmarks", "target", "report");

    @Override
    public Integer call() throws Exception {
      report(form, only).write(out);
      System.out.println(out.resolve("benchmarks.md"));
      return 0;
    }
  }
}
