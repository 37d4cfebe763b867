package dev.authstore.storage.pg.worker;

import dev.authstore.model.queue.QueueJob;
import dev.authstore.storage.StorageException;
import dev.authstore.storage.pg.worker.WorkerObserver.Result;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Settles jobs that were done without the database, those that end at about the same time with one
 * statement.
 */
final class Completions implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger("authstore.queue");
  private static final int MAX_BATCH = 500;

  private final WorkerSetup setup;
  private final Slots slots;
  private final Stop stop;
  private final Consumer<StorageException> giveUp;
  private final BlockingQueue<Done> waiting = new LinkedBlockingQueue<>();
  private volatile boolean hasLeft;

  Completions(WorkerSetup setup, Slots slots, Stop stop, Consumer<StorageException> giveUp) {
    this.setup = setup;
    this.slots = slots;
    this.stop = stop;
    this.giveUp = giveUp;
  }

  private record Done(QueueJob job, Duration elapsed) {}

  void add(QueueJob job, Duration elapsed) {
    waiting.add(new Done(job, elapsed));
    if (hasLeft) {
      leave();
    }
  }

  @Override
  public void run() {
    List<Done> batch = new ArrayList<>();
    try {
      while (!stop.isRequested()) {
        batch.add(waiting.take());
        waiting.drainTo(batch, MAX_BATCH - 1);
        settle(batch);
        batch.clear();
      }
    } catch (InterruptedException e) {
      LOG.debug("completions end with {} unsettled", waiting.size());
    }
    leave();
  }

  private void leave() {
    hasLeft = true; // before looking, so that whoever adds one later looks again
    List<Done> left = new ArrayList<>();
    waiting.drainTo(left);
    for (Done done : left) {
      setup.observer().ended(done.job(), Result.LEFT, done.elapsed());
      slots.forget(done.job());
    }
  }

  private void settle(List<Done> batch) {
    List<UUID> ids = batch.stream().map(done -> done.job().id()).toList();
    Backoff backoff = new Backoff(stop);
    boolean settled = false;
    Set<UUID> completed = Set.of();
    do {
      try {
        completed = setup.repositories().direct(repo -> repo.queueJobs().markAllAsCompleted(ids));
        settled = true;
      } catch (RuntimeException e) {
        LOG.warn("{} completed jobs cannot be settled, will be tried again", ids.size(), e);
        setup.observer().failed(e);
        if (e instanceof StorageException failure && Recovery.isHopeless(failure)) {
          giveUp.accept(failure);
        }
      }
    } while (!settled && backoff.pause());
    for (Done done : batch) {
      Result result =
          completed.contains(done.job().id())
              ? Result.COMPLETED
              : settled ? Result.FENCED : Result.LEFT;
      setup.observer().ended(done.job(), result, done.elapsed());
      slots.forget(done.job());
    }
  }
}
