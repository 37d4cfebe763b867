package dev.authstore.storage.queue;

import dev.authstore.model.Json;
import dev.authstore.model.queue.JobMetadata;
import dev.authstore.model.queue.QueueJob;
import dev.authstore.model.queue.QueueJobDetails;
import dev.authstore.model.queue.QueueWorker;
import dev.authstore.storage.ConflictException;
import dev.authstore.storage.InvalidInputException;
import dev.authstore.storage.InvalidStateException;
import dev.authstore.storage.NotFoundException;
import dev.authstore.storage.page.CleanupResult;
import dev.authstore.storage.page.Page;
import dev.authstore.storage.page.Pagination;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Jobs, each an attempt: it waits, runs once, and is settled once. A change that does not fit its
 * stage is an {@link InvalidStateException} that names the stage, such as JOB_COMPLETED.
 */
public interface QueueJobRepository {

  /** The job, in whatever stage. */
  Optional<QueueJobDetails> lookup(UUID jobId);

  Page<QueueJobDetails> list(QueueJobFilter filter, Pagination pagination);

  long count(QueueJobFilter filter);

  /** What waits for a worker, by queue, in the order of the names. */
  List<QueueBacklog> backlog();

  /**
   * Enqueues a job to be run as soon as this unit of work is saved. Nothing asks whether any worker
   * handles the queue.
   *
   * @param queueName up to 200 bytes of UTF-8, not blank
   * @return the id of the job
   * @throws InvalidInputException if the name of the queue cannot be stored
   */
  UUID schedule(String queueName, Json payload, JobMetadata metadata);

  /** The same, for the trace that {@link QueueSettings#trace()} tells. */
  UUID schedule(String queueName, Json payload);

  /**
   * Enqueues jobs as {@link #schedule(String, Json, JobMetadata)} does, many with one statement.
   *
   * @return their ids, in the order of the jobs
   * @throws InvalidInputException if the name of a queue cannot be stored
   */
  List<UUID> scheduleBatch(Collection<NewJob> jobs);

  /**
   * Enqueues a job to be run at a time; one in the past means soon.
   *
   * @param scheduleName the schedule it is an occurrence of, which remembers it as its latest
   * @return the id of the job
   * @throws ConflictException SCHEDULE_PENDING if an occurrence of the schedule has not ended yet;
   *     nothing is enqueued
   * @throws InvalidInputException if the name of the queue cannot be stored
   * @throws NotFoundException if there is no such schedule
   */
  UUID scheduleLater(
      String queueName,
      Json payload,
      JobMetadata metadata,
      Instant scheduledAt,
      Optional<String> scheduleName);

  /** The same without a schedule, for the trace that {@link QueueSettings#trace()} tells. */
  UUID scheduleLater(String queueName, Json payload, Instant scheduledAt);

  /**
   * Takes the oldest available jobs of some queues for a worker to run. Those that others are about
   * to take are passed over. A job whose payload cannot be read fails, and the others are returned.
   *
   * @param count how many at most; with 0, or without queues, there is nothing to do
   * @return ascending by id; fewer than asked for does not mean that there are no more
   * @throws InvalidInputException if the count is negative
   * @throws InvalidStateException WORKER_SHUT_DOWN if it has stopped or was declared dead
   * @throws NotFoundException if the worker is gone
   */
  List<QueueJob> reserve(QueueWorker worker, Collection<String> queueNames, int count);

  /**
   * The jobs that run in the name of a worker, as {@link #reserve} returned them, or would have if
   * its answer had arrived.
   *
   * @return ascending by id
   */
  List<QueueJob> findRunning(QueueWorker worker);

  /**
   * Settles a running job that has been done.
   *
   * @throws InvalidStateException if it does not run
   * @throws NotFoundException if the job is gone
   */
  void markAsCompleted(UUID jobId);

  /**
   * Settles running jobs that have been done, many with one statement; again has no effect.
   *
   * @return the ids of those that are completed; the others were taken from whoever ran them
   */
  Set<UUID> markAllAsCompleted(Collection<UUID> jobIds);

  /**
   * Settles a running job that has failed.
   *
   * @param reason cut to {@link QueueSettings#maxReasonLength()}. It is kept as long as the job:
   *     nothing secret or personal should be in it
   * @throws InvalidStateException if it does not run
   * @throws NotFoundException if the job is gone
   */
  void markAsFailed(UUID jobId, String reason);

  /**
   * Enqueues another attempt of a failed job. If it was the latest occurrence of a schedule, that
   * is now the new one.
   *
   * @param delay from now; a negative one means soon
   * @return the id of the new attempt
   * @throws ConflictException SCHEDULE_PENDING if its schedule has another occurrence under way
   * @throws InvalidStateException if it has not failed, or JOB_RETRIED if it has a next attempt
   * @throws NotFoundException if the job is gone
   */
  UUID retry(UUID jobId, Duration delay);

  /**
   * Makes jobs available whose time has come, the longest due first, at most {@link
   * QueueSettings#dueBatch()}. Those that others are changing are passed over.
   *
   * @return how many
   */
  int scheduleAvailableJobs();

  /**
   * Deletes jobs with {@code since < id <= until} that have ended, the oldest first; by when they
   * were created, not by when they ended. What refers to them forgets them. Jobs that another
   * transaction has locked are left for the next run.
   *
   * @param limit at least 1
   * @throws InvalidInputException if the limit is below 1 or {@code until} lies in the future
   */
  CleanupResult<UUID> cleanup(Optional<UUID> since, UUID until, int limit);
}
