package dev.authstore.benchmarks.operations;

import com.zaxxer.hikari.HikariDataSource;
import dev.authstore.benchmarks.Bench;
import dev.authstore.benchmarks.Database;
import dev.authstore.benchmarks.Form;
import dev.authstore.benchmarks.Rounds;
import dev.authstore.benchmarks.Turn;
import dev.authstore.benchmarks.data.AuthstoreTables;
import dev.authstore.benchmarks.data.Population;
import dev.authstore.benchmarks.report.Figures;
import dev.authstore.benchmarks.report.Findings;
import dev.authstore.benchmarks.report.Goal;
import dev.authstore.benchmarks.report.Section;
import dev.authstore.benchmarks.report.Table;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.TimeValue;

/** Each operation by both sides, in turns. */
public final class OperationsSection implements Section {
  private static final double COMPILED = 1.15;
  private static final double LIST = 1.5;
  private static final double ALLOCATION = 2.0;
  private static final int CONNECTIONS = 2;

  /**
   * How long to measure.
   *
   * @param codes of each kind that each side may exchange
   * @param warmUp before the first turn, each side of each operation
   * @param rounds of two turns for each operation
   */
  private record Effort(
      int authorizations, int codes, TimeValue warmUp, Rounds rounds, TimeValue turn) {
    static Effort of(Form form) {
      return form.choose(
          new Effort(
              5_000, 1_000, TimeValue.milliseconds(40), rounds(1, 0), TimeValue.milliseconds(40)),
          new Effort(
              50_000,
              15_000,
              TimeValue.milliseconds(500),
              rounds(5, 60),
              TimeValue.milliseconds(200)),
          new Effort(
              100_000,
              60_000,
              TimeValue.milliseconds(1_000),
              rounds(7, 150),
              TimeValue.milliseconds(300)));
    }

    private static Rounds rounds(int least, int seconds) {
      return new Rounds(least, Duration.ofSeconds(seconds));
    }
  }

  /** What both sides cost in neighbouring turns. */
  private record Pair(Turn.Cost authstore, Turn.Cost jdbc) {}

  @Override
  public String name() {
    return "operations";
  }

  @Override
  public String title() {
    return "Operations against hand-written JDBC";
  }

  @Override
  public String about() {
    return """
    Both sides send the same text, recorded from Authstore at the start, over the same pool, and give the same records,
    which is checked before anything is measured. Figures are Authstore as a multiple of JDBC. The sides take turns of
    less than a second inside one JVM, so that the driver is compiled for all operations, as it is in a program that
    uses the library. Lists and counts are rendered with each call.
    """;
  }

  @Override
  public Findings run(Bench bench) throws SQLException, IOException, RunnerException {
    Effort effort = Effort.of(bench.form());
    Database database = bench.create("operations");
    Population population =
        new Population(effort.authorizations(), Side.values().length, effort.codes());
    population.create(database);
    AuthstoreTables.fill(database, population);
    AuthstoreTables.addOtherTokens(database);
    Findings findings = new Findings();
    try (HikariDataSource pool = database.pool(CONNECTIONS)) {
      Comparison comparison = new Comparison(pool, database, population);
      Map<Operation, List<Pair>> pairs = measure(bench, comparison, effort);
      findings.add(table(comparison, pairs));
      goals(pairs, findings);
      pairs.forEach((operation, measured) -> findings.raw(operation.title(), measured));
    }
    bench.drop("operations");
    return findings;
  }

  private static Map<Operation, List<Pair>> measure(
      Bench bench, Comparison comparison, Effort effort) throws RunnerException {
    Map<Operation, List<Pair>> pairs = new EnumMap<>(Operation.class);
    for (Operation operation : Operation.values()) {
      bench.progress("warming up: " + operation.title());
      Turn.take(() -> comparison.run(operation, Side.JDBC), effort.warmUp());
      Turn.take(() -> comparison.run(operation, Side.AUTHSTORE), effort.warmUp());
      pairs.put(operation, new ArrayList<>());
    }
    for (int round : effort.rounds()) {
      bench.progress("round " + (round + 1));
      boolean authstoreFirst = round % 2 == 0;
      for (Map.Entry<Operation, List<Pair>> entry : pairs.entrySet()) {
        Operation operation = entry.getKey();
        Side first = authstoreFirst ? Side.AUTHSTORE : Side.JDBC;
        Side second = authstoreFirst ? Side.JDBC : Side.AUTHSTORE;
        Turn.Cost one = Turn.take(() -> comparison.run(operation, first), effort.turn());
        Turn.Cost other = Turn.take(() -> comparison.run(operation, second), effort.turn());
        entry.getValue().add(authstoreFirst ? new Pair(one, other) : new Pair(other, one));
      }
    }
    return pairs;
  }

  private static Table table(Comparison comparison, Map<Operation, List<Pair>> pairs) {
    List<List<Object>> rows = new ArrayList<>();
    pairs.forEach(
        (operation, measured) ->
            rows.add(
                List.of(
                    operation.title(),
                    ratio(measured, Turn.Cost::median),
                    ratio(measured, Turn.Cost::p99),
                    ratio(measured, Turn.Cost::allocated),
                    ratio(measured, Turn.Cost::cpu),
                    comparison.roundTrips(operation, Side.AUTHSTORE),
                    comparison.roundTrips(operation, Side.JDBC))));
    return new Table(
        "Authstore as a multiple of JDBC",
        List.of(
            "Operation",
            "Median",
            "99th percentile",
            "Allocation",
            "Client CPU",
            "Round trips",
            "JDBC's"),
        rows);
  }

  private static void goals(Map<Operation, List<Pair>> pairs, Findings findings) {
    findings.add(
        worst(pairs, Operation.Kind.COMPILED, Turn.Cost::median, COMPILED, "median, compiled"));
    findings.add(
        worst(
            pairs,
            Operation.Kind.COMPILED,
            Turn.Cost::allocated,
            ALLOCATION,
            "allocation, compiled"));
    findings.add(worst(pairs, Operation.Kind.LIST, Turn.Cost::median, LIST, "median, lists"));
  }

  private static Goal worst(
      Map<Operation, List<Pair>> pairs,
      Operation.Kind kind,
      ToDoubleFunction<Turn.Cost> cost,
      double limit,
      String what) {
    double reached = 0;
    String where = "";
    for (Map.Entry<Operation, List<Pair>> entry : pairs.entrySet()) {
      double ratio = ratio(entry.getValue(), cost);
      if (entry.getKey().kind() == kind && ratio > reached) {
        reached = ratio;
        where = entry.getKey().title();
      }
    }
    return Goal.atMost(limit, "operations against JDBC: " + what, reached, where);
  }

  private static double ratio(List<Pair> pairs, ToDoubleFunction<Turn.Cost> cost) {
    return Figures.median(
        pairs.stream()
            .mapToDouble(
                pair -> cost.applyAsDouble(pair.authstore()) / cost.applyAsDouble(pair.jdbc()))
            .toArray());
  }
}
