package dev.authstore.storage.pg.worker;

import dev.authstore.model.queue.QueueJob;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * What the worker has taken, and what it may take in addition: as many jobs as it can run at once,
 * and as many to wait for their turn as end in a tenth of a second, this one so far or the last
 * one. So short jobs are soon fetched by the hundred, and long ones are left to other workers.
 */
final class Slots {
  private static final int MAX_AHEAD = 500;
  private static final long WINDOW_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final JobHandlers handlers;
  private final int limit;
  private final Set<UUID> unsettled = new HashSet<>();
  private final Map<String, Integer> byQueue = new HashMap<>();
  private int taken;
  private int ahead;
  private int ended;
  private long windowStart = System.nanoTime();

  Slots(JobHandlers handlers, int limit) {
    this.handlers = handlers;
    this.limit = limit;
  }

  /** How many more jobs may be taken from some queues together. */
  record Room(List<String> queues, int count) {}

  /** Room for more, in shares that can be filled independently of each other. */
  synchronized List<Room> rooms() {
    List<Room> rooms = new ArrayList<>();
    if (!hasRoom()) {
      return rooms;
    }
    int free = limit + ahead - taken;
    List<String> open = new ArrayList<>();
    for (String queue : handlers.queueNames()) {
      int own = handlers.concurrency(queue) - byQueue.getOrDefault(queue, 0);
      if (own >= free) {
        open.add(queue);
      } else if (own > 0) {
        rooms.add(new Room(List.of(queue), own));
        free -= own;
      }
    }
    if (free > 0 && !open.isEmpty()) {
      rooms.add(new Room(open, free));
    }
    return rooms;
  }

  /** Whether there is room that is worth a look for jobs. */
  synchronized boolean hasRoom() {
    long elapsed = System.nanoTime() - windowStart;
    if (elapsed >= WINDOW_NANOS) {
      ahead = (int) Math.min(MAX_AHEAD, ended * WINDOW_NANOS / elapsed);
      ended = 0;
      windowStart += elapsed;
    }
    return limit + ahead - taken >= Math.max(1, ahead / 2);
  }

  /** Whether the job was not there already. */
  synchronized boolean take(QueueJob job) {
    if (!unsettled.add(job.id())) {
      return false;
    }
    taken++;
    byQueue.merge(job.queueName(), 1, Integer::sum);
    return true;
  }

  /** The job has ended, and is perhaps still to be settled. */
  synchronized void vacate(QueueJob job) {
    taken--;
    ended++;
    ahead = Math.max(ahead, Math.min(ended, MAX_AHEAD));
    byQueue.merge(job.queueName(), -1, Integer::sum);
  }

  /** The job is settled, or was given up. */
  synchronized void forget(QueueJob job) {
    unsettled.remove(job.id());
    notifyAll();
  }

  /** The jobs taken and not settled. */
  synchronized Set<UUID> unsettled() {
    return Set.copyOf(unsettled);
  }

  /** Whether all were settled in time. */
  synchronized boolean awaitEmpty(Duration atMost) throws InterruptedException {
    long deadline = System.nanoTime() + atMost.toNanos();
    while (!unsettled.isEmpty()) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    return true;
  }
}
