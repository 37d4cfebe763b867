package dev.authstore.storage.pg.worker;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/** Interrupts handlers that run for too long, and only while they run. */
final class Deadlines {
  private final ScheduledThreadPoolExecutor timer;

  Deadlines(ThreadFactory threads) {
    this.timer = new ScheduledThreadPoolExecutor(1, threads);
    timer.setRemoveOnCancelPolicy(true);
  }

  /** What a handler does. */
  interface Task {
    void run() throws Exception;
  }

  /**
   * Runs it on this thread.
   *
   * @throws JobTimeoutException if it failed after its time was up
   */
  void run(Optional<Duration> timeout, Task task) throws Exception {
    if (timeout.isEmpty()) {
      task.run();
      return;
    }
    Deadline deadline = new Deadline(Thread.currentThread());
    Future<?> alarm = timer.schedule(deadline::pass, timeout.get().toNanos(), TimeUnit.NANOSECONDS);
    try {
      task.run();
    } catch (JobRejectedException e) {
      throw e; // it needed the time to find that out
    } catch (Exception e) {
      throw deadline.hasPassed() ? new JobTimeoutException(timeout.get(), e) : e;
    } finally {
      alarm.cancel(false);
      deadline.lift();
    }
  }

  void stop() {
    timer.shutdownNow();
  }

  /** Of one run. Whatever the thread does afterwards is not interrupted. */
  private static final class Deadline {
    private final Thread thread;
    private boolean passed;
    private boolean lifted;

    private Deadline(Thread thread) {
      this.thread = thread;
    }

    private synchronized void pass() {
      if (!lifted) {
        passed = true;
        thread.interrupt();
      }
    }

    private synchronized boolean hasPassed() {
      return passed;
    }

    private synchronized void lift() {
      lifted = true;
      if (passed) {
        Thread.interrupted(); // it was meant for the handler, which may not have looked
      }
    }
  }
}
