package dev.authstore.storage.pg.worker;

import dev.authstore.model.queue.LeaderLease;
import dev.authstore.model.queue.QueueJob;
import dev.authstore.storage.queue.DeadWorkerReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Notes what a worker tells its observer, and lets tests wait for it. */
final class Watch implements WorkerObserver {
  private static final long PATIENCE_SECONDS = 30;

  private final List<Result> results = new ArrayList<>();
  private final List<LeaderLease> terms = new ArrayList<>();
  private int started;
  private int elected;
  private int deposed;
  private int registeredAnew;
  private int rounds;
  private int failures;

  synchronized List<Result> results() {
    return List.copyOf(results);
  }

  synchronized List<LeaderLease> terms() {
    return List.copyOf(terms);
  }

  synchronized int inFlight() {
    return started - results.size();
  }

  synchronized int rounds() {
    return rounds;
  }

  synchronized int timesDeposed() {
    return deposed;
  }

  /** Waits until so many jobs have ended. */
  void awaitEnded(int count) {
    await(() -> results.size() >= count, "ended jobs");
  }

  void awaitStarted(int count) {
    await(() -> started >= count, "started jobs");
  }

  void awaitElected(int count) {
    await(() -> elected >= count, "elections");
  }

  void awaitDuties(int count) {
    await(() -> terms.size() >= count, "rounds of duties");
  }

  void awaitRegisteredAnew() {
    await(() -> registeredAnew > 0, "a new registration");
  }

  void awaitFailure() {
    await(() -> failures > 0, "a failure");
  }

  void awaitRounds(int count) {
    await(() -> rounds >= count, "rounds");
  }

  private synchronized void await(BooleanSupplier reached, String what) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    try {
      while (!reached.getAsBoolean()) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          throw new AssertionError("waited in vain for " + what);
        }
        TimeUnit.NANOSECONDS.timedWait(this, left);
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public synchronized void round(Duration elapsed, int fetched) {
    rounds++;
    notifyAll();
  }

  @Override
  public synchronized void started(QueueJob job) {
    started++;
    notifyAll();
  }

  @Override
  public synchronized void ended(QueueJob job, Result result, Duration elapsed) {
    results.add(result);
    notifyAll();
  }

  @Override
  public synchronized void elected() {
    elected++;
    notifyAll();
  }

  @Override
  public synchronized void deposed() {
    deposed++;
    notifyAll();
  }

  @Override
  public synchronized void dutiesDone(LeaderLease term, DeadWorkerReport report) {
    terms.add(term);
    notifyAll();
  }

  @Override
  public synchronized void registeredAnew() {
    registeredAnew++;
    notifyAll();
  }

  @Override
  public synchronized void failed(Throwable failure) {
    failures++;
    notifyAll();
  }
}
