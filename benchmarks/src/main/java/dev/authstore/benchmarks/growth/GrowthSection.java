package dev.authstore.benchmarks.growth;

import dev.authstore.benchmarks.Bench;
import dev.authstore.benchmarks.Form;
import dev.authstore.benchmarks.Rounds;
import dev.authstore.benchmarks.Turn;
import dev.authstore.benchmarks.flows.Flow;
import dev.authstore.benchmarks.report.Chart;
import dev.authstore.benchmarks.report.Figures;
import dev.authstore.benchmarks.report.Findings;
import dev.authstore.benchmarks.report.Goal;
import dev.authstore.benchmarks.report.Section;
import dev.authstore.benchmarks.report.Table;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.TimeValue;

/** The same flows beside few rows and beside many, pages near and far, and a cleanup at work. */
public final class GrowthSection implements Section {
  private static final double GROWTH = 1.3;

  /**
   * All flows that are no bulk, those that only read first: the others give users sessions, and
   * relatively the more of them the fewer there are.
   */
  private static final List<Flow> FLOWS =
      List.of(
          Flow.INTROSPECTION,
          Flow.LOGIN,
          Flow.SESSIONS,
          Flow.REFRESH,
          Flow.CLIENT_CREDENTIALS,
          Flow.CODE_EXCHANGE,
          Flow.DEVICE_EXCHANGE);

  /**
   * How much there is, and how long to measure.
   *
   * @param rounds of each flow
   */
  private record Effort(
      List<Integer> sizes,
      int codes,
      int expired,
      TimeValue warmUp,
      Rounds rounds,
      TimeValue turn) {
    static Effort of(Form form) {
      return form.choose(
          new Effort(List.of(2_000, 4_000), 1_000, 2_000, millis(40), rounds(1, 0), millis(40)),
          new Effort(
              List.of(10_000, 100_000, 1_000_000),
              20_000,
              50_000,
              millis(400),
              rounds(3, 0),
              millis(300)),
          new Effort(
              List.of(10_000, 100_000, 1_000_000, 10_000_000),
              60_000,
              1_000_000,
              millis(1_000),
              rounds(5, 15),
              millis(500)));
    }

    private static Rounds rounds(int least, int seconds) {
      return new Rounds(least, Duration.ofSeconds(seconds));
    }

    private static TimeValue millis(long millis) {
      return TimeValue.milliseconds(millis);
    }
  }

  /**
   * What a flow cost with each stock.
   *
   * @param costs by round
   */
  private record Grown(Flow flow, List<List<Turn.Cost>> costs, List<Double> buffers) {

    /** Medians as multiples of those of the first stock. */
    private List<Double> growth() {
      return costs.stream().map(theirs -> ratio(theirs, costs.get(0))).toList();
    }

    private static double ratio(List<Turn.Cost> theirs, List<Turn.Cost> first) {
      double[] ratios = new double[theirs.size()];
      for (int round = 0; round < ratios.length; round++) {
        ratios[round] = theirs.get(round).median() / first.get(round).median();
      }
      return Figures.median(ratios);
    }
  }

  @Override
  public String name() {
    return "growth";
  }

  @Override
  public String title() {
    return "Growth";
  }

  @Override
  public String about() {
    return """
    One database for each number of authorizations, on one server, which are measured in turns. An authorization has a
    session, an access token and a refresh token; ten of them have a user. Figures are multiples of those of the smallest
    database. Buffers are the server's, by its own statistics: how many blocks a flow touches.
    """;
  }

  @Override
  public Findings run(Bench bench)
      throws SQLException, IOException, RunnerException, InterruptedException {
    Effort effort = Effort.of(bench.form());
    Findings findings = new Findings();
    List<Stock> stocks = new ArrayList<>();
    for (int size : effort.sizes()) {
      bench.progress("making %,d authorizations".formatted(size));
      stocks.add(Stock.make(bench, size, effort.codes(), effort.expired()));
    }
    latency(bench, stocks, effort, findings);
    Stock largest = stocks.get(stocks.size() - 1);
    new Pages(bench, largest, effort.warmUp(), effort.turn()).report(findings);
    new Cleaning(bench, largest).report(findings);
    for (Stock stock : stocks) {
      stock.close();
      bench.drop(stock.name());
    }
    return findings;
  }

  private static void latency(Bench bench, List<Stock> stocks, Effort effort, Findings findings)
      throws SQLException, RunnerException {
    List<Grown> grown = new ArrayList<>();
    for (Flow flow : FLOWS) {
      bench.progress(flow.title());
      List<List<Turn.Cost>> costs = measure(flow, stocks, effort);
      List<Double> buffers = new ArrayList<>();
      for (Stock stock : stocks) {
        buffers.add(stock.buffers(flow));
      }
      grown.add(new Grown(flow, costs, buffers));
      findings.raw(flow.title(), costs);
    }
    report(stocks, grown, findings);
  }

  /** The costs with each stock, by round. */
  private static List<List<Turn.Cost>> measure(Flow flow, List<Stock> stocks, Effort effort)
      throws RunnerException {
    List<List<Turn.Cost>> costs = new ArrayList<>();
    for (Stock stock : stocks) {
      Turn.take(() -> stock.run(flow), effort.warmUp());
      costs.add(new ArrayList<>());
    }
    for (int round : effort.rounds()) {
      for (int i = 0; i < stocks.size(); i++) {
        int next = (i + round) % stocks.size();
        costs.get(next).add(Turn.take(() -> stocks.get(next).run(flow), effort.turn()));
      }
    }
    return costs;
  }

  private static void report(List<Stock> stocks, List<Grown> grown, Findings findings) {
    List<Double> sizes = stocks.stream().map(stock -> (double) stock.size()).toList();
    List<List<Object>> medians = new ArrayList<>();
    List<List<Object>> buffers = new ArrayList<>();
    List<Chart.Line> lines = new ArrayList<>();
    double worst = 0;
    String where = "";
    for (Grown flow : grown) {
      String title = flow.flow().title();
      List<Double> growth = flow.growth();
      medians.add(row(title, growth));
      buffers.add(row(title, flow.buffers()));
      lines.add(new Chart.Line(title, sizes, growth));
      double last = growth.get(growth.size() - 1);
      if (last > worst) {
        worst = last;
        where = title;
      }
    }
    List<String> columns =
        row("Flow", stocks.stream().map(s -> "%,d".formatted(s.size())).toList());
    findings.add(new Table("Median time, by authorizations", columns, medians));
    findings.add(new Table("Buffers touched, by authorizations", columns, buffers));
    findings.add(
        new Chart(
            "Median time, as a multiple of that beside the fewest rows",
            "authorizations",
            "multiple",
            Chart.Scale.LOGARITHMIC_X,
            lines));
    findings.add(Goal.atMost(GROWTH, "growth: median, smallest to largest", worst, where));
  }

  private static <T> List<T> row(T title, List<? extends T> rest) {
    List<T> row = new ArrayList<>();
    row.add(title);
    row.addAll(rest);
    return row;
  }
}
