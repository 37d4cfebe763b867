package dev.authstore.benchmarks.operations;

import static java.util.Locale.ROOT;

import com.zaxxer.hikari.HikariDataSource;
import dev.authstore.benchmarks.Bench;
import dev.authstore.benchmarks.Database;
import dev.authstore.benchmarks.Form;
import dev.authstore.benchmarks.Turn;
import dev.authstore.benchmarks.data.AuthstoreTables;
import dev.authstore.benchmarks.data.Population;
import dev.authstore.benchmarks.report.Findings;
import dev.authstore.benchmarks.report.Section;
import dev.authstore.benchmarks.report.Table;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.TimeValue;

/** Whose the client's processor time and allocation are. */
public final class ProfileSection implements Section {
  private static final String NAME = "profile";
  private static final int CONNECTIONS = 2;
  private static final int AUTHORIZATIONS = 20_000;
  private static final int PERCENT = 100;
  private static final int SHOWN = 5;

  private static final List<Operation> OPERATIONS =
      List.of(
          Operation.INTROSPECT,
          Operation.EXCHANGE,
          Operation.ROTATE,
          Operation.LOG_IN,
          Operation.SESSIONS_OF_USER,
          Operation.COUNT_SESSIONS_OF_USER);

  /**
   * How long to look at each operation.
   *
   * @param codes that may be exchanged
   */
  private record Effort(int codes, TimeValue warmUp, TimeValue turn) {
    static Effort of(Form form) {
      return form.choose(
          new Effort(2_000, TimeValue.milliseconds(40), TimeValue.milliseconds(300)),
          new Effort(20_000, TimeValue.milliseconds(500), TimeValue.milliseconds(1_500)),
          new Effort(60_000, TimeValue.seconds(1), TimeValue.seconds(4)));
    }
  }

  /** What was seen of an operation. */
  private record Seen(Operation operation, Samples processor, Samples memory) {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String title() {
    return "Where the time goes";
  }

  @Override
  public String about() {
    return """
    Some operations of Authstore under async-profiler: whose code its samples find at work, and whose code allocates.
    What the JDK and native code do counts for their caller, so that writing to the server's socket is the driver's;
    reading from it, which is mostly waiting, is left out. Figures are percent of what an operation costs the client,
    not of its time, most of which is the server's.
    """;
  }

  @Override
  public Findings run(Bench bench) throws SQLException, IOException, RunnerException {
    Effort effort = Effort.of(bench.form());
    Database database = bench.create(NAME);
    Population population = new Population(AUTHORIZATIONS, Side.values().length, effort.codes());
    population.create(database);
    AuthstoreTables.fill(database, population);
    AuthstoreTables.addOtherTokens(database);
    List<Seen> all = new ArrayList<>();
    try (HikariDataSource pool = database.pool(CONNECTIONS)) {
      Comparison comparison = new Comparison(pool, database, population);
      for (Operation operation : OPERATIONS) {
        bench.progress(operation.title());
        Turn.take(() -> comparison.run(operation, Side.AUTHSTORE), effort.warmUp());
        Samples.Work work =
            () -> Turn.take(() -> comparison.run(operation, Side.AUTHSTORE), effort.turn());
        all.add(new Seen(operation, Samples.ofProcessor(work), Samples.ofMemory(work)));
      }
    }
    bench.drop(NAME);
    return findings(all);
  }

  private static Findings findings(List<Seen> all) {
    Findings findings = new Findings();
    findings.add(owners("Processor time of the client, percent", all, Seen::processor));
    findings.add(owners("Allocation, percent", all, Seen::memory));
    findings.add(
        new Table(
            "Where Authstore and jOOQ were seen most, percent",
            List.of("Operation", "Processor", "Allocation"),
            all.stream()
                .map(
                    seen ->
                        List.<Object>of(
                            seen.operation().title(),
                            frames(seen.processor()),
                            frames(seen.memory())))
                .toList()));
    all.forEach(seen -> findings.raw(seen.operation().title(), seen));
    return findings;
  }

  private static Table owners(String title, List<Seen> all, Function<Seen, Samples> kind) {
    return new Table(
        title,
        List.of("Operation", "Authstore", "jOOQ", "Driver", "Pool", "Others"),
        all.stream().map(seen -> row(seen.operation(), kind.apply(seen))).toList());
  }

  private static List<Object> row(Operation operation, Samples samples) {
    List<Object> row = new ArrayList<>(List.of(operation.title()));
    for (Samples.Owner owner : Samples.Owner.values()) {
      row.add(Math.round(samples.owners().getOrDefault(owner, 0.0) * PERCENT));
    }
    return row;
  }

  private static String frames(Samples samples) {
    return samples.frames().entrySet().stream()
        .limit(SHOWN)
        .map(one -> String.format(ROOT, "`%s` %.0f", one.getKey(), one.getValue() * PERCENT))
        .collect(Collectors.joining(", "));
  }
}
