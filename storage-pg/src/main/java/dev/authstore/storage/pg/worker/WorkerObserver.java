package dev.authstore.storage.pg.worker;

import dev.authstore.model.queue.LeaderLease;
import dev.authstore.model.queue.QueueJob;
import dev.authstore.storage.queue.DeadWorkerReport;
import dev.authstore.storage.queue.QueueBacklog;
import java.time.Duration;
import java.util.List;

/**
 * Hears what a worker does, for metrics. Called on the worker's threads, by several at once; must
 * neither block nor throw.
 */
public interface WorkerObserver {

  /** Hears nothing. */
  WorkerObserver NONE = new WorkerObserver() {};

  /** Why a worker looks for jobs. */
  enum WakeUp {
    /** The time was up. */
    SLEEP,
    /** A job has ended. */
    TASK,
    /** Another process has made jobs available. */
    NOTIFICATION,
  }

  /** What became of a job. */
  enum Result {
    /** Done. */
    COMPLETED,
    /** Failed, to be tried again. */
    RETRIED,
    /** Failed after the last attempt. */
    ABANDONED,
    /** Failed, and trying again would be useless. */
    REJECTED,
    /** The worker had been declared dead; what the handler wrote was rolled back. */
    FENCED,
    /** It could not be settled before the worker stopped; it will be found as lost. */
    LEFT,
  }

  /** The worker looks for jobs. */
  default void wokenUp(WakeUp reason) {}

  /**
   * It has looked for jobs.
   *
   * @param fetched how many it found
   */
  default void round(Duration elapsed, int fetched) {}

  /** It does not look for jobs, as it runs as many as it may. */
  default void saturated() {}

  /** A handler begins, on this thread. */
  default void started(QueueJob job) {}

  /** A job that began has ended. Heard once for each beginning, not always on the same thread. */
  default void ended(QueueJob job, Result result, Duration elapsed) {}

  /**
   * It has compared its clock with that of the database; at its start and every minute.
   *
   * @param skew how far the database is ahead; without regard to its sign, above one second it is
   *     logged, and above ten the worker does not lead
   */
  default void clockSkew(Duration skew) {}

  /** The worker leads from now on. */
  default void elected() {}

  /** The worker leads no more. */
  default void deposed() {}

  /** As the leader, it has done its duties in a term of leadership. */
  default void dutiesDone(LeaderLease term, DeadWorkerReport report) {}

  /** As the leader, it has looked at what waits; every minute. */
  default void backlog(List<QueueBacklog> backlog) {}

  /** The worker had been declared dead, and goes on under a new name. */
  default void registeredAnew() {}

  /** Something failed; it will be tried again unless {@link #gaveUp} follows. */
  default void failed(Throwable failure) {}

  /**
   * The database lacks what the worker needs, or refuses it again and again, or an {@link Error}
   * has ended one of the worker's threads; the worker closes itself once this returns. What it
   * leaves undone comes to other workers, or to the next one.
   */
  default void gaveUp(Throwable failure) {}
}
