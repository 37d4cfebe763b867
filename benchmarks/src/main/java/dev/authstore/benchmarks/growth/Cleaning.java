package dev.authstore.benchmarks.growth;

import dev.authstore.benchmarks.Bench;
import dev.authstore.benchmarks.flows.Flow;
import dev.authstore.benchmarks.report.Figures;
import dev.authstore.benchmarks.report.Findings;
import dev.authstore.benchmarks.report.Table;
import dev.authstore.storage.page.CleanupResult;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** Deletes expired tokens while another thread introspects others. */
final class Cleaning {
  private static final int ALONE = 2_000;
  private static final int LOOK_MILLIS = 2;
  private static final String WAITING =
      """
      SELECT count(*) FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'
      """;

  private final Bench bench;
  private final Stock stock;
  private final List<Double> batches = new ArrayList<>();

  Cleaning(Bench bench, Stock stock) {
    this.bench = bench;
    this.stock = stock;
  }

  void report(Findings findings) throws SQLException, InterruptedException {
    bench.progress("cleaning up %,d tokens".formatted(stock.expired().count()));
    stock.peer().prepare(Flow.CLEANUP);
    double[] alone = introspections(new AtomicBoolean(true), ALONE);
    AtomicBoolean cleaning = new AtomicBoolean(true);
    AtomicLong waits = new AtomicLong();
    List<Double> beside = new ArrayList<>();
    Thread reader =
        new Thread(
            () -> {
              for (double time : introspections(cleaning, Integer.MAX_VALUE)) {
                beside.add(time);
              }
            });
    Thread observer = new Thread(() -> waits.set(waits(cleaning)));
    reader.start();
    observer.start();
    long start = System.nanoTime();
    stock.expired().inBatches(this::batch);
    double seconds = (System.nanoTime() - start) / 1e9;
    cleaning.set(false);
    reader.join();
    observer.join();
    double[] times = batches.stream().mapToDouble(Double::doubleValue).toArray();
    report(findings, seconds, times, alone, beside.stream().mapToDouble(d -> d).toArray(), waits);
  }

  private void report(
      Findings findings,
      double seconds,
      double[] batchTimes,
      double[] alone,
      double[] beside,
      AtomicLong waits) {
    findings.add(
        new Table(
            "Cleanup of %,d expired tokens beside %,d others, and introspection meanwhile"
                .formatted(stock.expired().count(), stock.size()),
            List.of("What", "Figure"),
            List.of(
                List.of("tokens deleted a second", Math.round(stock.expired().count() / seconds)),
                List.of(
                    "a batch of 1,000 holds its locks for, median, ms", Figures.median(batchTimes)),
                List.of("the longest, ms", Figures.percentile(100, batchTimes)),
                List.of(
                    "introspection: median, multiple of that without cleanup",
                    Figures.median(beside) / Figures.median(alone)),
                List.of(
                    "introspection: 99th percentile, multiple of that without",
                    Figures.percentile(99, beside) / Figures.percentile(99, alone)),
                List.of("introspection: longest, ms", Figures.percentile(100, beside)),
                List.of("times a session was seen waiting for a lock", waits.get()))));
  }

  private CleanupResult<Instant> batch(Optional<Instant> since) {
    long start = System.nanoTime();
    CleanupResult<Instant> deleted = stock.peer().cleanUp(since);
    batches.add((System.nanoTime() - start) / 1e6);
    return deleted;
  }

  /** Milliseconds each. */
  private double[] introspections(AtomicBoolean running, int limit) {
    List<Double> times = new ArrayList<>();
    while (running.get() && times.size() < limit) {
      long start = System.nanoTime();
      stock.run(Flow.INTROSPECTION);
      times.add((System.nanoTime() - start) / 1e6);
    }
    return times.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private long waits(AtomicBoolean running) {
    long seen = 0;
    try {
      while (running.get()) {
        seen += stock.database().number(WAITING);
        Thread.sleep(LOOK_MILLIS);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return seen;
  }
}
