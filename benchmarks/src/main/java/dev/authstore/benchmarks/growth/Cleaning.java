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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/** Deletes expired tokens while another thread introspects others. */
final class Cleaning {
  private static final int USUAL = 5_000;
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

  void report(Findings findings) throws SQLException {
    bench.progress("cleaning up %,d tokens".formatted(stock.expired().count()));
    stock.peer().prepare(Flow.CLEANUP);
    double[] usual = during(this::introspectToo, this::introspections);
    AtomicLong waits = new AtomicLong();
    long start = System.nanoTime();
    double[] beside =
        during(() -> waits.set(during(this::cleanUp, this::waits)), this::introspections);
    double seconds = (System.nanoTime() - start) / 1e9;
    double[] times = batches.stream().mapToDouble(Double::doubleValue).toArray();
    report(findings, seconds, times, usual, beside, waits.get());
  }

  private void report(
      Findings findings,
      double seconds,
      double[] batchTimes,
      double[] usual,
      double[] beside,
      long waits) {
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
                    "introspection: median, multiple of that beside another introspection",
                    Figures.median(beside) / Figures.median(usual)),
                List.of(
                    "introspection: 99th percentile, multiple of that",
                    Figures.percentile(99, beside) / Figures.percentile(99, usual)),
                List.of("introspection: longest, ms", Figures.percentile(100, beside)),
                List.of("times a session was seen waiting for a lock", waits))));
  }

  /** What another thread finds while this one does its work. */
  private static <T> T during(Runnable work, Function<AtomicBoolean, T> watch) {
    AtomicBoolean running = new AtomicBoolean(true);
    CompletableFuture<T> found =
        CompletableFuture.supplyAsync(
            () -> watch.apply(running), watcher -> new Thread(watcher).start());
    try {
      work.run();
    } finally {
      running.set(false);
    }
    return found.join();
  }

  private void cleanUp() {
    stock.expired().inBatches(this::batch);
  }

  private CleanupResult<Instant> batch(Optional<Instant> since) {
    long start = System.nanoTime();
    CleanupResult<Instant> deleted = stock.peer().cleanUp(since);
    batches.add((System.nanoTime() - start) / 1e6);
    return deleted;
  }

  private void introspectToo() {
    for (int i = 0; i < USUAL; i++) {
      stock.run(Flow.INTROSPECTION);
    }
  }

  /** Milliseconds each. */
  private double[] introspections(AtomicBoolean running) {
    List<Double> times = new ArrayList<>();
    while (running.get()) {
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
