package dev.authstore.storage.pg.worker;

import dev.authstore.storage.pg.worker.WorkerObserver.WakeUp;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** What one thread waits for and others ring. Rings that nobody waits for are kept, once each. */
final class Bell {
  private final Set<WakeUp> rung = EnumSet.noneOf(WakeUp.class);

  synchronized void ring(WakeUp reason) {
    rung.add(reason);
    notifyAll();
  }

  /** Waits for a ring, and forgets all there have been. */
  synchronized WakeUp await(Duration atMost) throws InterruptedException {
    long deadline = System.nanoTime() + atMost.toNanos();
    while (rung.isEmpty()) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        return WakeUp.SLEEP;
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    WakeUp reason = rung.contains(WakeUp.TASK) ? WakeUp.TASK : WakeUp.NOTIFICATION;
    rung.clear();
    return reason;
  }

  synchronized void forget() {
    rung.clear();
  }
}
