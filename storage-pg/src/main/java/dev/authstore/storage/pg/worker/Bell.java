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
    if (rung.add(reason)) {
      notifyAll();
    }
  }

  /** Waits for a ring of some kinds, and forgets all of the kind that came; SLEEP if none did. */
  synchronized WakeUp await(Set<WakeUp> reasons, Duration atMost) throws InterruptedException {
    long deadline = System.nanoTime() + atMost.toNanos();
    while (true) {
      for (WakeUp reason : reasons) {
        if (rung.remove(reason)) {
          return reason;
        }
      }
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        return WakeUp.SLEEP;
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
  }

  synchronized void forget(WakeUp reason) {
    rung.remove(reason);
  }
}
