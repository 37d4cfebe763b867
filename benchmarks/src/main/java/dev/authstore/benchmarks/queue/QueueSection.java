package dev.authstore.benchmarks.queue;

import dev.authstore.benchmarks.Bench;
import dev.authstore.benchmarks.Database;
import dev.authstore.benchmarks.Form;
import dev.authstore.benchmarks.queue.Contender.Kind;
import dev.authstore.benchmarks.report.Figures;
import dev.authstore.benchmarks.report.Findings;
import dev.authstore.benchmarks.report.Section;
import dev.authstore.benchmarks.report.Table;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Both queues, in turns. */
public final class QueueSection implements Section {
  private static final List<Integer> WORKERS = List.of(1, 4);

  /**
   * How much to measure.
   *
   * @param rounds an odd number
   * @param many finished and scheduled jobs beside those that are measured; none if zero
   */
  private record Effort(
      int rounds,
      int enqueuedEach,
      int enqueuedAll,
      int workedOff,
      int latencies,
      Duration idle,
      int many) {
    static Effort of(Form form) {
      return form.choose(
          new Effort(1, 20, 100, 100, 2, Duration.ofMillis(200), 0),
          new Effort(3, 1_000, 5_000, 5_000, 30, Duration.ofSeconds(10), 0),
          new Effort(5, 2_000, 10_000, 10_000, 100, Duration.ofSeconds(60), 1_000_000));
    }
  }

  /** A figure of one contender, in one turn. */
  @FunctionalInterface
  private interface Turn {
    double of(Contender contender) throws SQLException, InterruptedException;
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
    its own, as if it were a process. db-scheduler 16 polls with lock-and-fetch, its fastest way on PostgreSQL, fetches up
    to four times what it runs at once, and looks at its table ten times a second; Authstore has its defaults. Ratios
    are Authstore's figure as a multiple of db-scheduler's.
    """;
  }

  @Override
  public Findings run(Bench bench) throws SQLException, InterruptedException {
    Measured measured = new Measured(bench, Effort.of(bench.form()));
    Findings findings = measured.all();
    measured.drop();
    return findings;
  }

  /** One run. */
  private static final class Measured {
    private final Bench bench;
    private final Effort effort;
    private final List<String> databases = new ArrayList<>();
    private final List<List<Object>> rows = new ArrayList<>();
    private final Contender authstore;
    private final Contender dbScheduler;

    private Measured(Bench bench, Effort effort) throws SQLException {
      this.bench = bench;
      this.effort = effort;
      this.authstore = authstore("authstore_queue");
      this.dbScheduler = dbScheduler("db_scheduler");
    }

    private Findings all() throws SQLException, InterruptedException {
      Findings findings = new Findings();
      compare(
          "enqueued one by one, a second", c -> Measurement.enqueueEach(c, effort.enqueuedEach()));
      compare("enqueued together, a second", c -> Measurement.enqueueAll(c, effort.enqueuedAll()));
      clear();
      for (int workers : WORKERS) {
        compare(
            "that do nothing, a second, workers: " + workers,
            c -> Measurement.throughput(c, Kind.NOTHING, workers, effort.workedOff()));
      }
      for (int workers : WORKERS) {
        compare(
            "that write a row, a second, workers: " + workers,
            c -> Measurement.throughput(c, Kind.WRITES_A_ROW, workers, effort.workedOff()));
      }
      latency();
      idle();
      findings.add(
          new Table("Jobs", List.of("What", "Authstore", "db-scheduler", "Ratio"), taken()));
      if (effort.many() > 0) {
        growth();
        findings.add(
            new Table(
                "Jobs beside %1$,d finished and %1$,d scheduled ones".formatted(effort.many()),
                List.of("What", "With", "Without", "Ratio"),
                taken()));
      }
      return findings;
    }

    private List<List<Object>> taken() {
      List<List<Object>> taken = List.copyOf(rows);
      rows.clear();
      return taken;
    }

    private void compare(String title, Turn turn) throws SQLException, InterruptedException {
      compare(title, authstore, dbScheduler, turn);
    }

    private void compare(String title, Contender one, Contender other, Turn turn)
        throws SQLException, InterruptedException {
      double[] ones = new double[effort.rounds()];
      double[] others = new double[effort.rounds()];
      double[] ratios = new double[effort.rounds()];
      for (int round = -1; round < effort.rounds(); round++) { // the first one warms up
        bench.progress("%s: round %d of %d".formatted(title, round + 1, effort.rounds()));
        boolean oneFirst = round % 2 == 0;
        double first = turn(oneFirst ? one : other, turn);
        double second = turn(oneFirst ? other : one, turn);
        if (round >= 0) {
          ones[round] = oneFirst ? first : second;
          others[round] = oneFirst ? second : first;
          ratios[round] = ones[round] / others[round];
        }
      }
      rows.add(
          List.of(
              title,
              Math.round(Figures.median(ones)),
              Math.round(Figures.median(others)),
              Figures.median(ratios)));
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

    private void growth() throws SQLException, InterruptedException {
      bench.progress("filling tables");
      Contender grown = authstore("authstore_grown");
      Contender otherGrown = dbScheduler("db_scheduler_grown");
      grown.fill(effort.many(), effort.many());
      otherGrown.fill(effort.many(), effort.many());
      for (int workers : WORKERS) {
        Turn turn = c -> Measurement.throughput(c, Kind.NOTHING, workers, effort.workedOff());
        compare("Authstore, a second, workers: " + workers, grown, authstore, turn);
        compare("db-scheduler, a second, workers: " + workers, otherGrown, dbScheduler, turn);
      }
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
      return new AuthstoreContender(database);
    }

    private Contender dbScheduler(String name) throws SQLException {
      return new DbSchedulerContender(create(name));
    }

    private Database create(String name) throws SQLException {
      databases.add(name);
      return bench.create(name);
    }

    private void drop() throws SQLException {
      for (String name : databases) {
        bench.drop(name);
      }
    }
  }
}
