package dev.authstore.benchmarks.flows;

import com.zaxxer.hikari.HikariDataSource;
import dev.authstore.benchmarks.Bench;
import dev.authstore.benchmarks.Database;
import dev.authstore.benchmarks.Turn;
import dev.authstore.benchmarks.report.Figures;
import dev.authstore.benchmarks.report.Findings;
import dev.authstore.benchmarks.report.Section;
import dev.authstore.benchmarks.report.Table;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.openjdk.jmh.runner.RunnerException;

/** Each flow with each peer that has it, in turns. */
public final class FlowsSection implements Section {
  static final String SPRING_SESSION = "spring_session";

  @Override
  public String name() {
    return "flows";
  }

  @Override
  public String title() {
    return "Flows, side by side";
  }

  @Override
  public String about() {
    return """
    The same clients, accounts and authorizations for each on one server, in multiples of Authstore; round trips are
    counted. The sequence of statements is what Matrix Authentication Service does, on Authstore's tables, once by
    hand-written JDBC and once by Jdbi; Hibernate 7 maps the same tables. Spring Authorization Server is its own JDBC
    services on its own tables, as shipped, and with an index for each column that a token is looked up by; its login is
    Spring Security's. Spring Session has one session for each authorization, and records activity as each request does:
    it loads the session and saves it. A flow that a peer does not have is left out. What a flow costs besides storage
    (parsing, signatures, hashing of passwords) is not part of it.
    """;
  }

  @Override
  public Findings run(Bench bench) throws SQLException, RunnerException {
    Amounts amounts = Amounts.of(bench.form());
    Findings findings = new Findings();
    Database database = bench.create("flows");
    List<HikariDataSource> pools = new ArrayList<>();
    List<Contender> contenders = new Contenders(bench, database, amounts, pools).all();
    for (Flow flow : Flow.values()) {
      List<Contender> having = having(flow, contenders);
      findings.add(
          flow.isBulk()
              ? bulk(flow, having, measureBulk(bench, flow, having, amounts), amounts)
              : quick(flow, having, measure(bench, flow, having, amounts), findings));
    }
    contenders.forEach(contender -> contender.peer().close());
    pools.forEach(HikariDataSource::close);
    findings.note("Measured with %,d authorizations.".formatted(amounts.sizes().authorizations()));
    bench.drop("flows");
    return findings;
  }

  private static List<Contender> having(Flow flow, List<Contender> contenders) {
    return contenders.stream()
        .filter(contender -> contender.peer().flows().contains(flow))
        .toList();
  }

  /** The costs of each contender, by round. */
  private static List<List<Turn.Cost>> measure(
      Bench bench, Flow flow, List<Contender> contenders, Amounts amounts) throws RunnerException {
    List<List<Turn.Cost>> costs = new ArrayList<>();
    for (Contender contender : contenders) {
      bench.progress("warming up: %s, %s".formatted(flow.title(), contender.peer().title()));
      Turn.take(() -> contender.peer().run(flow), amounts.warmUp());
      costs.add(new ArrayList<>());
    }
    for (int round : amounts.rounds()) {
      bench.progress("%s, round %d".formatted(flow.title(), round + 1));
      for (int i = 0; i < contenders.size(); i++) {
        int next = (i + round) % contenders.size(); // nobody always follows the same one
        Peer peer = contenders.get(next).peer();
        costs.get(next).add(Turn.take(() -> peer.run(flow), amounts.turn()));
      }
    }
    return costs;
  }

  private static List<List<Turn.Cost>> measureBulk(
      Bench bench, Flow flow, List<Contender> contenders, Amounts amounts) throws SQLException {
    List<List<Turn.Cost>> costs = new ArrayList<>();
    for (Contender contender : contenders) {
      costs.add(new ArrayList<>());
      if (flow != Flow.CLEANUP) { // a few statements of the server, which needs no warming up
        bench.progress("warming up: %s, %s".formatted(flow.title(), contender.peer().title()));
        contender.peer().run(flow);
      }
    }
    for (int round : amounts.bulkRounds()) {
      for (int i = 0; i < contenders.size(); i++) {
        Contender next = contenders.get((i + round) % contenders.size());
        bench.progress("%s, %s".formatted(flow.title(), next.peer().title()));
        next.peer().prepare(flow);
        long before = next.statements();
        Turn.Cost cost = Turn.takeOnce(() -> next.peer().run(flow));
        next.trips().put(flow, next.statements() - before);
        costs.get(contenders.indexOf(next)).add(cost);
      }
    }
    return costs;
  }

  private static Table quick(
      Flow flow, List<Contender> contenders, List<List<Turn.Cost>> costs, Findings findings) {
    List<List<Object>> rows = new ArrayList<>();
    Map<String, Object> raw = new LinkedHashMap<>();
    for (int i = 0; i < contenders.size(); i++) {
      List<Turn.Cost> theirs = costs.get(i);
      List<Turn.Cost> ours = costs.get(0);
      raw.put(contenders.get(i).peer().title(), theirs);
      rows.add(
          List.of(
              contenders.get(i).peer().title(),
              ratio(theirs, ours, Turn.Cost::median),
              ratio(theirs, ours, Turn.Cost::p99),
              ratio(theirs, ours, Turn.Cost::allocated),
              ratio(theirs, ours, Turn.Cost::cpu),
              contenders.get(i).tripsOf(flow)));
    }
    findings.raw(flow.title(), raw);
    return new Table(
        flow.title(),
        List.of("Peer", "Median", "99th percentile", "Allocation", "Client CPU", "Round trips"),
        rows);
  }

  private static Table bulk(
      Flow flow, List<Contender> contenders, List<List<Turn.Cost>> costs, Amounts amounts) {
    int count = flow == Flow.ACTIVITY ? amounts.active() : amounts.expired();
    List<List<Object>> rows = new ArrayList<>();
    for (int i = 0; i < contenders.size(); i++) {
      List<Turn.Cost> theirs = costs.get(i);
      double[] times = theirs.stream().mapToDouble(Turn.Cost::median).toArray();
      rows.add(
          List.of(
              contenders.get(i).peer().title(),
              ratio(theirs, costs.get(0), Turn.Cost::median),
              ratio(theirs, costs.get(0), Turn.Cost::allocated),
              ratio(theirs, costs.get(0), Turn.Cost::cpu),
              contenders.get(i).tripsOf(flow),
              Math.round(count * 1e9 / Figures.median(times))));
    }
    return new Table(
        "%s: %,d".formatted(flow.title(), count),
        List.of("Peer", "Time", "Allocation", "Client CPU", "Statements", "Rows a second"),
        rows);
  }

  /** The median of the ratios in each round. */
  private static double ratio(
      List<Turn.Cost> theirs, List<Turn.Cost> ours, ToDoubleFunction<Turn.Cost> cost) {
    double[] ratios = new double[theirs.size()];
    for (int round = 0; round < ratios.length; round++) {
      ratios[round] = cost.applyAsDouble(theirs.get(round)) / cost.applyAsDouble(ours.get(round));
    }
    return Figures.median(ratios);
  }
}
