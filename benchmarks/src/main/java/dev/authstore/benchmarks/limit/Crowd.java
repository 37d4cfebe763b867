package dev.authstore.benchmarks.limit;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Threads that all do the same again and again. */
final class Crowd {
  private Crowd() {}

  /** How often a second they do it together. */
  static double rate(int threads, long millis, Runnable work)
      throws InterruptedException, ExecutionException {
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      CountDownLatch ready = new CountDownLatch(threads);
      CountDownLatch start = new CountDownLatch(1);
      List<Future<Long>> counts = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        counts.add(
            executor.submit(
                () -> {
                  try {
                    work.run(); // so that it is under way
                  } finally {
                    ready.countDown();
                  }
                  start.await();
                  return repeat(millis, work);
                }));
      }
      ready.await();
      long begin = System.nanoTime();
      start.countDown();
      long total = 0;
      for (Future<Long> count : counts) {
        total += count.get();
      }
      return total * 1e9 / (System.nanoTime() - begin);
    } finally {
      executor.shutdownNow();
    }
  }

  private static long repeat(long millis, Runnable work) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    long count = 0;
    while (System.nanoTime() < end) {
      work.run();
      count++;
    }
    return count;
  }
}
