package dev.authstore.benchmarks.queue;

import dev.authstore.benchmarks.Bench;
import dev.authstore.benchmarks.Database;
import dev.authstore.benchmarks.Form;
import dev.authstore.benchmarks.queue.Contender.Kind;
import dev.authstore.benchmarks.report.Figures;
import dev.authstore.benchmarks.report.Findings;
import dev.authstore.benchmarks.report.Goal;
import dev.authstore.benchmarks.report.Section;
import dev.authstore.benchmarks.report.Table;
import dev.authstore.testing.PostgresServer;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Both queues, in turns. */
public final class QueueSection implements Section {
  private static final List<Integer> WORKERS = List.of(1, 4);
  private static final List<String> COLUMNS = List.of("What", "Authstore", "db-scheduler", "Ratio");

  /** What the server of the other sections goes without. */
  private static final Map<String, String> DURABLE =
      Map.of("fsync", "on", "full_page_writes", "on", "synchronous_commit", "on");

  /**
   * How much to measure.
   *
   * @param rounds an odd number
   * @param many finished and scheduled jobs beside those that are measured; none if zero
   * @param besideMany rounds with those, an odd number; more, since a small difference counts
   */
  private record Effort(
      int rounds,
      int enqueuedEach,
      int enqueuedAll,
      Amount workedOff,
      int latencies,
      Duration idle,
      int many,
      int besideMany) {
    static Effort of(Form form) {
      return form.choose(
          new Effort(1, 20, 100, new Amount(100, 0), 2, Duration.ofMillis(200), 0, 0),
          new Effort(3, 1_000, 5_000, new Amount(20_000, 1), 30, Duration.ofSeconds(10), 0, 0),
          new Effort(
              3, 2_000, 10_000, new Amount(20_000, 2), 50, Duration.ofSeconds(30), 1_000_000, 9));
    }
  }

  /**
   * How many jobs there are in a turn: as many as take some seconds by the speed of the turn
   * before.
   */
  private record Amount(int least, int seconds) {
    int next(double jobsPerSecond) {
      return Math.max(least, (int) Math.round(jobsPerSecond * seconds));
    }
  }

  /** A figure of one contender, in one turn. */
  @FunctionalInterface
  private interface Turn {
    double of(Contender contender) throws SQLException, InterruptedException;
  }

  /**
   * Works jobs off.
   *
   * @param jobs how many in the next turn of a contender
   */
  private record WorkOff(Kind kind, int workers, Amount amount, Map<Contender, Integer> jobs)
      implements Turn {
    WorkOff(Kind kind, int workers, Amount amount) {
      this(kind, workers, amount, new HashMap<>());
    }

    @Override
    public double of(Contender contender) throws SQLException, InterruptedException {
      int turn = jobs.getOrDefault(contender, amount.least());
      double rate = Measurement.throughput(contender, kind, workers, turn);
      jobs.put(contender, amount.next(rate));
      return rate;
    }
  }

  @Override
  public String name() {
    return "queue";
  }

  @Override
  public String title() {
    return "The job queue beside db-scheduler";
  }

  @Override
  public String about() {
    return """
    With jobs that do nothing and jobs that write one row. Each side has a database of its own, and each worker a pool of
    its own, as if it were a process. The server is one that keeps what it has confirmed, as PostgreSQL does unless told
    otherwise; the throughput is measured a second time on the server of the other sections, which does not wait for its
    disk and so makes many small commits cheap. db-scheduler 16 polls with lock-and-fetch, its fastest way on PostgreSQL,
    fetches up to four times what it runs at once, and looks at its table ten times a second; Authstore has its defaults.
    A job of Authstore writes in the transaction that completes it, so that both happen or neither, in three round
    trips; one of db-scheduler writes by itself, in one, and is removed in another. What is enqueued one by one costs
    Authstore the constraints of its table, which are checked with every insert. Ratios are Authstore's figure as a
    multiple of db-scheduler's.
    """;
  }

  @Override
  public Findings run(Bench bench) throws SQLException, InterruptedException {
    Effort effort = Effort.of(bench.form());
    Findings findings = new Findings();
    try (PostgresServer durable = PostgresServer.start(DURABLE);
        Measured kept = new Measured(new Bench(durable, bench.form()), effort, findings)) {
      kept.all();
    }
    try (Measured careless = new Measured(bench, effort, findings)) {
      careless.throughput(Kind.NOTHING);
      careless.table("Jobs on a server that does not wait for its disk", COLUMNS);
    }
    return findings;
  }

  /** One run. */
  private static final class Measured implements AutoCloseable {
    private final Bench bench;
    private final Effort effort;
    private final Findings findings;
    private final List<String> databases = new ArrayList<>();
    private final List<Contender> contenders = new ArrayList<>();
    private final List<List<Object>> rows = new ArrayList<>();
    private final Contender authstore;
    private final Contender dbScheduler;

    private Measured(Bench bench, Effort effort, Findings findings) throws SQLException {
      this.bench = bench;
      this.effort = effort;
      this.findings = findings;
      this.authstore = authstore("authstore_queue");
      this.dbScheduler = dbScheduler("db_scheduler");
    }

    private void all() throws SQLException, InterruptedException {
      compare(
          "enqueued one by one, a second", c -> Measurement.enqueueEach(c, effort.enqueuedEach()));
      compare("enqueued together, a second", c -> Measurement.enqueueAll(c, effort.enqueuedAll()));
      clear();
      Goal throughput = throughput(Kind.NOTHING);
      throughput(Kind.WRITES_A_ROW);
      latency();
      idle();
      table("Jobs", COLUMNS);
      findings.add(throughput);
      if (effort.many() > 0) {
        Goal growth = growth();
        table(
            "Jobs beside %1$,d finished and %1$,d scheduled ones".formatted(effort.many()),
            List.of("What", "With", "Without", "Ratio"));
        findings.add(growth);
      }
    }

    private Goal throughput(Kind kind) throws SQLException, InterruptedException {
      double least = Double.MAX_VALUE;
      for (int workers : WORKERS) {
        String title =
            "that %s, a second, workers: %d"
                .formatted(kind == Kind.NOTHING ? "do nothing" : "write a row", workers);
        least = Math.min(least, compare(title, new WorkOff(kind, workers, effort.workedOff())));
      }
      return Goal.atLeast(3, "throughput as a multiple of db-scheduler's", least, "do nothing");
    }

    private void table(String title, List<String> columns) {
      findings.add(new Table(title, columns, rows));
      rows.clear();
    }

    private double compare(String title, Turn turn) throws SQLException, InterruptedException {
      return compare(title, effort.rounds(), authstore, dbScheduler, turn);
    }

    /** The median of the ratios. */
    private double compare(String title, int rounds, Contender one, Contender other, Turn turn)
        throws SQLException, InterruptedException {
      double[] ones = new double[rounds];
      double[] others = new double[rounds];
      double[] ratios = new double[rounds];
      for (int round = -1; round < rounds; round++) { // the first one warms up
        bench.progress("%s: round %d of %d".formatted(title, round + 1, rounds));
        boolean oneFirst = round % 2 == 0;
        double first = turn(oneFirst ? one : other, turn);
        double second = turn(oneFirst ? other : one, turn);
        if (round >= 0) {
          ones[round] = oneFirst ? first : second;
          others[round] = oneFirst ? second : first;
          ratios[round] = ones[round] / others[round];
        }
      }
      double ratio = Figures.median(ratios);
      rows.add(
          List.of(
              title, Math.round(Figures.median(ones)), Math.round(Figures.median(others)), ratio));
      return ratio;
    }

    private static double turn(Contender contender, Turn turn)
        throws SQLException, InterruptedException {
      double figure = turn.of(contender);
      contender.tidy();
      return figure;
    }

    private void latency() throws SQLException, InterruptedException {
      bench.progress("latency");
      double[] ours = Measurement.latencies(authstore, effort.latencies());
      double[] theirs = Measurement.latencies(dbScheduler, effort.latencies());
      percentile("latency at rest, ms, median", ours, theirs, 50);
      percentile("latency at rest, ms, 99th percentile", ours, theirs, 99);
    }

    private void percentile(String title, double[] ours, double[] theirs, int percent) {
      double one = Figures.percentile(percent, ours);
      double other = Figures.percentile(percent, theirs);
      rows.add(List.of(title, one, other, one / other));
    }

    private void idle() throws SQLException, InterruptedException {
      bench.progress("idle");
      long[] statements = Measurement.idleStatements(authstore, dbScheduler, effort.idle());
      rows.add(
          List.of(
              "statements a minute of a worker without any",
              statements[0],
              statements[1],
              (double) statements[0] / statements[1]));
    }

    private Goal growth() throws SQLException, InterruptedException {
      bench.progress("filling tables");
      Contender grown = authstore("authstore_grown");
      Contender otherGrown = dbScheduler("db_scheduler_grown");
      grown.fill(effort.many(), effort.many());
      otherGrown.fill(effort.many(), effort.many());
      double least = Double.MAX_VALUE;
      for (int workers : WORKERS) {
        Turn turn = new WorkOff(Kind.NOTHING, workers, effort.workedOff());
        least =
            Math.min(
                least,
                compare(
                    "Authstore, a second, workers: " + workers,
                    effort.besideMany(),
                    grown,
                    authstore,
                    turn));
        compare(
            "db-scheduler, a second, workers: " + workers,
            effort.rounds(),
            otherGrown,
            dbScheduler,
            turn);
      }
      return Goal.atLeast(0.9, "throughput beside many rows", least, "of the empty table's");
    }

    private void clear() throws SQLException, InterruptedException {
      for (Contender contender : new Contender[] {authstore, dbScheduler}) {
        Measurement.throughput(contender, Kind.NOTHING, 1, 1);
        contender.tidy();
      }
    }

    private Contender authstore(String name) throws SQLException {
      Database database = create(name);
      database.migrate();
      return opened(new AuthstoreContender(database));
    }

    private Contender dbScheduler(String name) throws SQLException {
      return opened(new DbSchedulerContender(create(name)));
    }

    private Contender opened(Contender contender) {
      contenders.add(contender);
      return contender;
    }

    private Database create(String name) throws SQLException {
      databases.add(name);
      return bench.create(name);
    }

    @Override
    public void close() throws SQLException {
      contenders.forEach(Contender::close);
      for (String name : databases) {
        bench.drop(name);
      }
    }
  }
}
