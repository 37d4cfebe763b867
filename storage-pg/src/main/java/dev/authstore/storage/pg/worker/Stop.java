package dev.authstore.storage.pg.worker;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Tells threads to come to an end, also in the middle of a pause. */
final class Stop {
  private final CountDownLatch request = new CountDownLatch(1);

  void request() {
    request.countDown();
  }

  boolean isRequested() {
    return request.getCount() == 0;
  }

  /** Whether the pause was not cut short, by this or by an interrupt. */
  boolean pause(Duration duration) {
    try {
      return !request.await(duration.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
