package dev.authstore.storage.queue;

import dev.authstore.model.queue.LeaderLease;
import dev.authstore.model.queue.QueueWorker;
import dev.authstore.model.queue.QueueWorkerDetails;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import java.util.UUID;

/**
 * Worker processes, and which of them leads. One that does not give a sign of life for too long is
 * declared dead by the leader; if it lives nevertheless, it may neither reserve jobs nor lead any
 * more and has to register anew.
 */
public interface QueueWorkerRepository {

  Page<QueueWorkerDetails> list(QueueWorkerFilter filter, Pagination pagination);

  /** Adds a worker, alive and just seen, that does not say which queues it serves. */
  QueueWorker register();

  /**
   * Adds a worker, alive and just seen.
   *
   * @param queueNames the queues it serves, for {@link QueueJobRepository#backlog()} to tell which
   *     ones nobody does; it may reserve from others too
   * @throws InvalidInputException if the name of a queue cannot be stored
   */
  QueueWorker register(Collection<String> queueNames);

  /**
   * Gives a sign of life. The time of the last one never goes back.
   *
   * @throws InvalidStateException WORKER_SHUT_DOWN if it has stopped or was declared dead
   * @throws NotFoundException if the worker is gone
   */
  void heartbeat(QueueWorker worker);

  /**
   * Stops the worker: it leads no more, which wakes the others, and the jobs it still holds are
   * lost, as those of a dead one. Stopping again keeps the first instant.
   *
   * @throws NotFoundException if the worker is gone
   */
  void shutdown(QueueWorker worker);

  /**
   * Declares workers dead that have not been seen for longer than the threshold, and settles what
   * runs in the name of any worker that has stopped: such a job is lost, and gets a next attempt if
   * {@link QueueSettings#retries()} allows one. Never waits: rows that are being changed are left
   * to the next call.
   *
   * @throws InvalidInputException if the threshold is negative
   */
  DeadWorkerReport shutdownDeadWorkers(Duration threshold);

  /** The time by which workers, leases and due jobs are judged. */
  Instant time();

  /** Who leads now; empty if the lease has run out, or there is none. */
  Optional<LeaderLease> leader();

  /** Removes the lease if it has run out, which wakes the workers; tells whether it did. */
  boolean removeLeaderLeaseIfExpired();

  /**
   * Makes the worker the leader, or lets it lead on, for another {@link
   * QueueSettings#leaderLease()}. Without effect, and without waiting, while another one leads.
   *
   * @return whether it leads
   * @throws InvalidStateException WORKER_SHUT_DOWN if it has stopped or was declared dead
   * @throws NotFoundException if the worker is gone
   */
  boolean tryGetLeaderLease(QueueWorker worker);

  /** Gives the lease back, which wakes the others; tells whether the worker had it. */
  boolean resign(QueueWorker worker);

  /**
   * Begins what only the leader does: takes a lock that nobody else gets until this transaction
   * ends, and then looks whether the worker leads. The server ends the transaction of a leader that
   * stalls in it for longer than a lease. Before saving, compare {@link #leader()} with what this
   * has returned.
   *
   * @return the term of leadership; empty if the worker does not lead, or a former leader still has
   *     the lock
   * @throws InvalidStateException NO_TRANSACTION outside a transaction of the caller
   */
  Optional<LeaderLease> tryBeginDuties(QueueWorker worker);

  /**
   * Deletes workers with {@code since < id <= until} that have stopped and hold no job, the oldest
   * first. Workers that another transaction has locked are left for the next run.
   *
   * @param limit at least 1
   * @throws InvalidInputException if the limit is below 1 or {@code until} lies in the future
   */
  CleanupResult<UUID> cleanup(Optional<UUID> since, UUID until, int limit);
}
