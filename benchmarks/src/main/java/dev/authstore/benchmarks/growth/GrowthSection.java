package dev.authstore.benchmarks.growth;

import dev.authstore.benchmarks.Bench;
import dev.authstore.benchmarks.Form;
import dev.authstore.benchmarks.Rounds;
import dev.authstore.benchmarks.Turn;
import dev.authstore.benchmarks.flows.Flow;
import dev.authstore.benchmarks.growth.Stock.Served;
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
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
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
          new Effort(List.of(2_000, 4_000), 2_000, 2_000, millis(40), rounds(1, 0), millis(40)),
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
  private record Grown(Flow flow, List<List<Turn.Cost>> costs, List<Served> served) {

    /** Medians as multiples of those of the first stock. */
    private List<Double> growth() {
      return costs.stream().map(theirs -> ratio(theirs, costs.get(0))).toList();
    }

    /** As multiples of the whole time beside the first stock. */
    private List<Double> serversPart() {
      double first = Figures.median(costs.get(0).stream().mapToDouble(Turn.Cost::median).toArray());
      return each(theirs -> theirs.nanos() / first);
    }

    private List<Double> each(ToDoubleFunction<Served> figure) {
      return served.stream().map(figure::applyAsDouble).toList();
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
    session, an access token and a refresh token; ten of them have a user. Times are multiples of those of the smallest
    database. The server's part is the time that its statements run, by its own statistics, as a multiple of the whole
    flow's in the smallest database: what it grows by is what the rows cost, the rest is the way to the server and back.
    Buffers are how many blocks a flow touches, wherever they are, and how many of those the server has to fetch from
    the operating system. The smallest database fits into the caches of the processor, the largest does not: a block
    that nobody has touched lately costs more there, and a user's sessions are in as many blocks as there are.
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
      List<Served> served = new ArrayList<>();
      for (Stock stock : stocks) {
        served.add(stock.served(flow));
      }
      grown.add(new Grown(flow, costs, served));
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
    List<Chart.Line> lines = new ArrayList<>();
    double worst = 0;
    String where = "";
    for (Grown flow : grown) {
      List<Double> growth = flow.growth();
      lines.add(new Chart.Line(flow.flow().title(), sizes, growth));
      double last = growth.get(growth.size() - 1);
      if (last > worst) {
        worst = last;
        where = flow.flow().title();
      }
    }
    findings.add(table("Median time", stocks, grown, Grown::growth));
    findings.add(table("The server's part of it", stocks, grown, Grown::serversPart));
    findings.add(table("Buffers touched", stocks, grown, flow -> flow.each(Served::buffers)));
    findings.add(
        table("Buffers not in the server's cache", stocks, grown, flow -> flow.each(Served::read)));
    findings.add(
        new Chart(
            "Median time, as a multiple of that beside the fewest rows",
            "authorizations",
            "multiple",
            Chart.Scale.LOGARITHMIC_X,
            lines));
    findings.add(Goal.atMost(GROWTH, "growth: median, smallest to largest", worst, where));
  }

  private static Table table(
      String title, List<Stock> stocks, List<Grown> grown, Function<Grown, List<Double>> figures) {
    List<String> columns = new ArrayList<>(List.of("Flow"));
    stocks.forEach(stock -> columns.add("%,d".formatted(stock.size())));
    List<List<Object>> rows = new ArrayList<>();
    for (Grown flow : grown) {
      List<Object> row = new ArrayList<>(List.of(flow.flow().title()));
      row.addAll(figures.apply(flow));
      rows.add(row);
    }
    return new Table(title + ", by authorizations", columns, rows);
  }
}
