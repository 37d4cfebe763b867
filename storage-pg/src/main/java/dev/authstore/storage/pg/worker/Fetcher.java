package dev.authstore.storage.pg.worker;

import dev.authstore.model.queue.QueueJob;
import dev.authstore.model.queue.QueueWorker;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.pg.worker.WorkerObserver.WakeUp;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Looks for jobs and has them run. Its thread is the only one that reserves. */
final class Fetcher implements Runnable {
  private static final int POLL_SPREAD = 10;
  private static final Set<WakeUp> NEW_JOBS = EnumSet.of(WakeUp.NOTIFICATION);
  private static final Set<WakeUp> ROOM = EnumSet.of(WakeUp.TASK);
  private static final Set<WakeUp> EITHER = EnumSet.of(WakeUp.TASK, WakeUp.NOTIFICATION);

  private final WorkerSetup setup;
  private final Identity identity;
  private final Slots slots;
  private final Bell bell;
  private final Consumer<QueueJob> start;
  private final Timer search;
  private final Stop stop = new Stop();
  private final Recovery recovery;

  /** Whether jobs may run in this worker's name without its knowledge. */
  private boolean uncertain;

  /** Whether the last look found as many jobs as it asked for. */
  private boolean moreWait;

  /** What the next look is worth waiting for, if it is not due at once. */
  private Set<WakeUp> reasons = NEW_JOBS;

  private long lastRound = System.nanoTime();

  Fetcher(
      WorkerSetup setup,
      Identity identity,
      Slots slots,
      Bell bell,
      Consumer<QueueJob> start,
      Consumer<StorageException> giveUp) {
    this.setup = setup;
    this.identity = identity;
    this.slots = slots;
    this.bell = bell;
    this.start = start;
    this.search = new Timer(setup.settings().heartbeatInterval());
    this.recovery = new Recovery("looking for jobs", setup, identity, giveUp, stop);
  }

  @Override
  public void run() {
    setup.observer().wokenUp(WakeUp.NOTIFICATION);
    while (!stop.isRequested()) {
      QueueWorker worker = identity.current();
      try {
        round(worker);
        recovery.reset();
        await();
      } catch (InterruptedException e) {
        return; // nobody else interrupts this thread
      } catch (RuntimeException e) {
        if (!recovery.isPossible(e, worker)) {
          return;
        }
      }
    }
  }

  void stop() {
    stop.request();
    bell.ring(WakeUp.TASK);
    bell.ring(WakeUp.NOTIFICATION);
  }

  private void round(QueueWorker worker) {
    if (uncertain || search.isDue()) {
      adopt(worker);
      uncertain = false;
      search.restart();
    }
    long begin = System.nanoTime();
    bell.forget(WakeUp.TASK); // what has ended before makes room that is seen now
    List<Slots.Room> rooms = slots.rooms();
    moreWait = false;
    if (rooms.isEmpty()) {
      reasons = ROOM;
      setup.observer().saturated();
      return;
    }
    int open = rooms.stream().mapToInt(room -> room.queues().size()).sum();
    reasons = open < setup.handlers().queueNames().size() ? EITHER : NEW_JOBS;
    int fetched = 0;
    for (Slots.Room room : rooms) {
      List<QueueJob> jobs = reserve(worker, room);
      jobs.forEach(this::begin);
      fetched += jobs.size();
      moreWait |= jobs.size() == room.count();
    }
    lastRound = System.nanoTime();
    setup.observer().round(Duration.ofNanos(lastRound - begin), fetched);
  }

  private List<QueueJob> reserve(QueueWorker worker, Slots.Room room) {
    uncertain = true; // until the answer is there
    List<QueueJob> jobs =
        setup
            .repositories()
            .direct(repo -> repo.queueJobs().reserve(worker, room.queues(), room.count()));
    uncertain = false;
    return jobs;
  }

  // Jobs that it reserved without hearing so. A statement may take effect after its connection
  // broke, so it looks again and again. What is known is asked first: a job that ends while it
  // looks is no stranger.
  private void adopt(QueueWorker worker) {
    Set<UUID> known = slots.unsettled();
    List<QueueJob> running =
        setup.repositories().direct(repo -> repo.queueJobs().findRunning(worker));
    running.stream().filter(job -> !known.contains(job.id())).forEach(this::begin);
  }

  private void begin(QueueJob job) {
    if (!slots.take(job)) {
      return;
    }
    boolean started = false;
    try {
      start.accept(job);
      started = true;
    } finally {
      if (!started) {
        slots.vacate(job);
        slots.forget(job);
        uncertain = true;
      }
    }
  }

  private void await() throws InterruptedException {
    if (stop.isRequested() || (moreWait && slots.hasRoom())) {
      return; // a request may have rung before the round began, and been forgotten
    }
    Set<WakeUp> awaited = moreWait ? ROOM : reasons;
    Duration poll = setup.settings().pollInterval();
    long spread = Math.max(1, poll.toNanos() / POLL_SPREAD);
    WakeUp reason = bell.await(awaited, poll.minusNanos(setup.storage().random().nextLong(spread)));
    if (reason == WakeUp.NOTIFICATION) {
      holdBack();
    }
    if (!stop.isRequested()) {
      setup.observer().wokenUp(reason);
    }
  }

  // One look serves all notifications of a while, and not all workers come at once.
  private void holdBack() throws InterruptedException {
    long early = setup.settings().roundInterval().toNanos() - (System.nanoTime() - lastRound);
    long spread = setup.settings().wakeUpSpread().toNanos();
    long chance = spread > 0 ? setup.storage().random().nextLong(spread) : 0;
    TimeUnit.NANOSECONDS.sleep(Math.max(early, chance));
    bell.forget(WakeUp.NOTIFICATION);
  }
}
