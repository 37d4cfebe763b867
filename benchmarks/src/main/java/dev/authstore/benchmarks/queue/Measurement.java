package dev.authstore.benchmarks.queue;

import dev.authstore.benchmarks.queue.Contender.Crew;
import dev.authstore.benchmarks.queue.Contender.Kind;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** What is measured of a contender, one turn at a time. */
final class Measurement {
  private static final int LOOK_MILLIS = 2;
  private static final int MIN_PAUSE_MILLIS = 100;
  private static final int MAX_PAUSE_MILLIS = 300;

  private Measurement() {}

  /** Jobs a second, each enqueued by itself. */
  static double enqueueEach(Contender contender, int jobs) {
    long start = System.nanoTime();
    contender.enqueueEach(Kind.NOTHING, jobs);
    return rate(jobs, start);
  }

  /** Jobs a second, enqueued together. */
  static double enqueueAll(Contender contender, int jobs) {
    long start = System.nanoTime();
    contender.enqueueAll(Kind.NOTHING, jobs);
    return rate(jobs, start);
  }

  /** Jobs a second, from the start of the first one until all are settled. */
  static double throughput(Contender contender, Kind kind, int workers, int jobs)
      throws SQLException, InterruptedException {
    contender.enqueueAll(kind, jobs);
    AtomicLong firstAt = new AtomicLong();
    CountDownLatch left = new CountDownLatch(jobs);
    Runnable work =
        () -> {
          if (firstAt.get() == 0) {
            firstAt.compareAndSet(0, System.nanoTime());
          }
          left.countDown();
        };
    Crew crew = contender.start(workers, work);
    try {
      left.await();
      while (contender.isBusy()) {
        TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
      }
      return rate(jobs, firstAt.get());
    } finally {
      crew.close();
    }
  }

  /** From the commit of a job to its start while there is no other, in milliseconds, sorted. */
  static double[] latencies(Contender contender, int jobs) throws InterruptedException {
    Random random = new Random(jobs);
    BlockingQueue<Long> starts = new LinkedBlockingQueue<>();
    double[] latencies = new double[jobs];
    Crew crew = contender.start(1, () -> starts.add(System.nanoTime()));
    try {
      for (int i = 0; i < jobs; i++) {
        TimeUnit.MILLISECONDS.sleep(random.nextInt(MIN_PAUSE_MILLIS, MAX_PAUSE_MILLIS));
        contender.enqueueEach(Kind.NOTHING, 1);
        long committed = System.nanoTime();
        latencies[i] = Math.max(0, (starts.take() - committed) / 1e6);
      }
    } finally {
      crew.close();
    }
    Arrays.sort(latencies);
    return latencies;
  }

  /** Statements a minute of two contenders at once, each with one worker that has nothing to do. */
  static long[] idleStatements(Contender one, Contender other, Duration time)
      throws SQLException, InterruptedException {
    Crew crew = one.start(1, () -> {});
    Crew otherCrew = other.start(1, () -> {});
    try {
      TimeUnit.SECONDS.sleep(2); // what starting takes
      long before = one.statements();
      long otherBefore = other.statements();
      TimeUnit.NANOSECONDS.sleep(time.toNanos());
      double minutes = time.toMillis() / 60_000.0;
      return new long[] {
        Math.round((one.statements() - before) / minutes),
        Math.round((other.statements() - otherBefore) / minutes),
      };
    } finally {
      crew.close();
      otherCrew.close();
    }
  }

  private static double rate(int jobs, long start) {
    return jobs * 1e9 / (System.nanoTime() - start);
  }
}
