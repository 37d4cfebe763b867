package dev.authstore.benchmarks.queue;

import static java.util.Locale.ROOT;

import dev.authstore.benchmarks.queue.Contender.Kind;
import dev.authstore.database.DatabaseConfig;
import dev.authstore.migrations.MigrationSettings;
import dev.authstore.migrations.Migrations;
import dev.authstore.testing.PostgresServer;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;

/** Measures both queues and prints one table. */
public final class QueueReport {
  private static final int ROUNDS = 5; // odd, for a median
  private static final int ENQUEUED_EACH = 2_000;
  private static final int ENQUEUED_ALL = 10_000;
  private static final int WORKED_OFF = 10_000;
  private static final int LATENCIES = 100;
  private static final int MANY = 1_000_000;
  private static final Duration IDLE = Duration.ofSeconds(60);

  private final PostgresServer server;
  private final Contender authstore;
  private final Contender dbScheduler;

  private QueueReport(PostgresServer server) throws SQLException {
    this.server = server;
    this.authstore = authstore("authstore_queue");
    this.dbScheduler = dbScheduler("db_scheduler");
  }

  /** A figure of one contender, in one turn. */
  @FunctionalInterface
  private interface Turn {
    double of(Contender contender) throws SQLException, InterruptedException;
  }

  public static void main(String[] arguments) throws SQLException, InterruptedException {
    try (PostgresServer server = PostgresServer.start()) {
      new QueueReport(server).run();
      System.out.printf(
          ROOT,
          "%nRatios are Authstore's rate as a multiple of db-scheduler's. %d cores, %s %s%n",
          Runtime.getRuntime().availableProcessors(),
          System.getProperty("java.vm.name"),
          Runtime.version());
    }
  }

  private void run() throws SQLException, InterruptedException {
    System.out.println("| Jobs | Authstore | db-scheduler | Ratio |");
    System.out.println("|---|---|---|---|");
    compare("enqueued one by one, a second", c -> Measurement.enqueueEach(c, ENQUEUED_EACH));
    compare("enqueued together, a second", c -> Measurement.enqueueAll(c, ENQUEUED_ALL));
    clear();
    for (int workers : new int[] {1, 4}) {
      compare(
          "that do nothing, a second, workers: " + workers,
          c -> Measurement.throughput(c, Kind.NOTHING, workers, WORKED_OFF));
    }
    for (int workers : new int[] {1, 4}) {
      compare(
          "that write a row, a second, workers: " + workers,
          c -> Measurement.throughput(c, Kind.WRITES_A_ROW, workers, WORKED_OFF));
    }
    latency();
    idle();
    growth();
  }

  private void compare(String title, Turn turn) throws SQLException, InterruptedException {
    compare(title, authstore, dbScheduler, turn);
  }

  private void compare(String title, Contender one, Contender other, Turn turn)
      throws SQLException, InterruptedException {
    double[] ones = new double[ROUNDS];
    double[] others = new double[ROUNDS];
    double[] ratios = new double[ROUNDS];
    for (int round = -1; round < ROUNDS; round++) { // the first one warms up
      progress("%s: round %d of %d".formatted(title, round + 1, ROUNDS));
      boolean oneFirst = round % 2 == 0;
      double first = turn(oneFirst ? one : other, turn);
      double second = turn(oneFirst ? other : one, turn);
      if (round >= 0) {
        ones[round] = oneFirst ? first : second;
        others[round] = oneFirst ? second : first;
        ratios[round] = ones[round] / others[round];
      }
    }
    print(title, "%.0f".formatted(median(ones)), "%.0f".formatted(median(others)), median(ratios));
  }

  private static double turn(Contender contender, Turn turn)
      throws SQLException, InterruptedException {
    double figure = turn.of(contender);
    contender.tidy();
    return figure;
  }

  private void latency() throws SQLException, InterruptedException {
    progress("latency");
    double[] ours = Measurement.latencies(authstore, LATENCIES);
    double[] theirs = Measurement.latencies(dbScheduler, LATENCIES);
    percentile("latency at rest, ms, median", ours, theirs, 50);
    percentile("latency at rest, ms, 99th percentile", ours, theirs, 99);
  }

  private static void percentile(String title, double[] ours, double[] theirs, int percent) {
    double one = ours[(ours.length - 1) * percent / 100];
    double other = theirs[(theirs.length - 1) * percent / 100];
    print(title, format(one), format(other), one / other);
  }

  private void idle() throws SQLException, InterruptedException {
    progress("idle");
    long[] statements = Measurement.idleStatements(authstore, dbScheduler, IDLE);
    print(
        "statements a minute of a worker without any",
        "" + statements[0],
        "" + statements[1],
        (double) statements[0] / statements[1]);
  }

  private void growth() throws SQLException, InterruptedException {
    progress("filling tables");
    Contender grown = authstore("authstore_grown");
    Contender otherGrown = dbScheduler("db_scheduler_grown");
    grown.fill(MANY, MANY);
    otherGrown.fill(MANY, MANY);
    System.out.println();
    System.out.println(
        "| Jobs beside 1,000,000 finished and 1,000,000 scheduled ones | With | Without | Ratio |");
    System.out.println("|---|---|---|---|");
    for (int workers : new int[] {1, 4}) {
      Turn turn = c -> Measurement.throughput(c, Kind.NOTHING, workers, WORKED_OFF);
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

  private Contender authstore(String database) throws SQLException {
    create(database);
    DatabaseConfig config =
        DatabaseConfig.of(
            "postgresql://postgres@localhost:%d/%s".formatted(server.port(), database));
    new Migrations(config.dataSource(), MigrationSettings.defaults().schema(config.schema()))
        .apply();
    return new AuthstoreContender(new Database(config.dataSource()), config.schema());
  }

  private Contender dbScheduler(String database) throws SQLException {
    create(database);
    return new DbSchedulerContender(new Database(server.dataSource(database)));
  }

  private void create(String database) throws SQLException {
    Database maintenance = new Database(server.dataSource("postgres"));
    maintenance.execute("CREATE DATABASE " + database);
    new Database(server.dataSource(database)).execute("CREATE EXTENSION pg_stat_statements");
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2]; // the number of rounds is odd
  }

  private static void print(String title, String one, String other, double ratio) {
    System.out.println(String.format(ROOT, "| %s | %s | %s | %.2f |", title, one, other, ratio));
  }

  private static String format(double value) {
    return String.format(ROOT, "%.1f", value);
  }

  private static void progress(String text) {
    System.err.println(text);
  }
}
