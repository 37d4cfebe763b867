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

/** What the worker runs, and what it may run in addition. */
final class Slots {
  private final JobHandlers handlers;
  private final int limit;
  private final Set<UUID> running = new HashSet<>();
  private final Map<String, Integer> byQueue = new HashMap<>();

  Slots(JobHandlers handlers, int limit) {
    this.handlers = handlers;
    this.limit = limit;
  }

  /** How many more jobs may be taken from some queues together. */
  record Room(List<String> queues, int count) {}

  /** Room for more, in shares that can be filled independently of each other. */
  synchronized List<Room> rooms() {
    int free = limit - running.size();
    List<Room> rooms = new ArrayList<>();
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

  /** Whether the job was not there already. */
  synchronized boolean take(QueueJob job) {
    if (!running.add(job.id())) {
      return false;
    }
    byQueue.merge(job.queueName(), 1, Integer::sum);
    return true;
  }

  synchronized void release(QueueJob job) {
    running.remove(job.id());
    byQueue.merge(job.queueName(), -1, Integer::sum);
    notifyAll();
  }

  /** Whether all have ended in time. */
  synchronized boolean awaitEmpty(Duration atMost) throws InterruptedException {
    long deadline = System.nanoTime() + atMost.toNanos();
    while (!running.isEmpty()) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    return true;
  }
}
