package dev.authstore.storage.pg.worker;

import dev.authstore.model.queue.LeaderLease;
import dev.authstore.model.queue.QueueJob;
import dev.authstore.storage.queue.DeadWorkerReport;
import dev.authstore.storage.queue.QueueBacklog;
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
  private final List<WakeUp> wakeUps = new ArrayList<>();
  private final List<QueueJob> begun = new ArrayList<>();
  private final List<Duration> elapsed = new ArrayList<>();
  private final List<List<QueueBacklog>> backlogs = new ArrayList<>();
  private final List<Duration> skews = new ArrayList<>();
  private final List<Throwable> reasonsToGiveUp = new ArrayList<>();
  private int elected;
  private int deposed;
  private int registeredAnew;
  private int rounds;
  private int failures;
  private int fetched;
  private int saturated;

  synchronized List<Result> results() {
    return List.copyOf(results);
  }

  synchronized List<LeaderLease> terms() {
    return List.copyOf(terms);
  }

  synchronized int inFlight() {
    return begun.size() - results.size();
  }

  synchronized int rounds() {
    return rounds;
  }

  /** In all rounds together. */
  synchronized int fetched() {
    return fetched;
  }

  synchronized List<WakeUp> wakeUps() {
    return List.copyOf(wakeUps);
  }

  /** The jobs that began, in that order. */
  synchronized List<QueueJob> begun() {
    return List.copyOf(begun);
  }

  /** How long the jobs took that have ended. */
  synchronized List<Duration> elapsed() {
    return List.copyOf(elapsed);
  }

  synchronized List<List<QueueBacklog>> backlogs() {
    return List.copyOf(backlogs);
  }

  synchronized List<Duration> skews() {
    return List.copyOf(skews);
  }

  synchronized List<Throwable> reasonsToGiveUp() {
    return List.copyOf(reasonsToGiveUp);
  }

  synchronized int timesSaturated() {
    return saturated;
  }

  synchronized int timesElected() {
    return elected;
  }

  synchronized int timesDeposed() {
    return deposed;
  }

  /** Waits until so many jobs have ended. */
  void awaitEnded(int count) {
    await(() -> results.size() >= count, "ended jobs");
  }

  void awaitStarted(int count) {
    await(() -> begun.size() >= count, "started jobs");
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

  void awaitFailures(int count) {
    await(() -> failures >= count, "failures");
  }

  void awaitDeposed() {
    await(() -> deposed > 0, "a loss of the lead");
  }

  void awaitWakeUp(WakeUp reason) {
    await(() -> wakeUps.contains(reason), "a wake-up by " + reason);
  }

  void awaitFetched(int count) {
    await(() -> fetched >= count, "fetched jobs");
  }

  void awaitSaturated() {
    await(() -> saturated > 0, "a worker without room");
  }

  void awaitBacklog() {
    await(() -> !backlogs.isEmpty(), "a look at what waits");
  }

  void awaitSkew() {
    await(() -> !skews.isEmpty(), "a comparison of clocks");
  }

  void awaitGivenUp() {
    await(() -> !reasonsToGiveUp.isEmpty(), "giving up");
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
  public synchronized void wokenUp(WakeUp reason) {
    wakeUps.add(reason);
    notifyAll();
  }

  @Override
  public synchronized void saturated() {
    saturated++;
    notifyAll();
  }

  @Override
  public synchronized void backlog(List<QueueBacklog> backlog) {
    backlogs.add(backlog);
    notifyAll();
  }

  @Override
  public synchronized void clockSkew(Duration skew) {
    skews.add(skew);
    notifyAll();
  }

  @Override
  public synchronized void round(Duration took, int found) {
    rounds++;
    fetched += found;
    notifyAll();
  }

  @Override
  public synchronized void started(QueueJob job) {
    begun.add(job);
    notifyAll();
  }

  @Override
  public synchronized void ended(QueueJob job, Result result, Duration took) {
    results.add(result);
    elapsed.add(took);
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

  @Override
  public synchronized void gaveUp(Throwable failure) {
    reasonsToGiveUp.add(failure);
    notifyAll();
  }
}
