package dev.authstore.storage.queue;

import dev.authstore.model.queue.QueueJobStatus;
import dev.authstore.storage.page.TimeRange;
import java.util.Optional;
import java.util.UUID;

/**
 * Which jobs. Criteria not given do not restrict; those given must all hold.
 *
 * @param queueName the queue
 * @param status the stage
 * @param scheduleName the schedule they are occurrences of
 * @param worker the one that runs or ran them
 * @param created when this attempt was made, by the millisecond
 */
public record QueueJobFilter(
    Optional<String> queueName,
    Optional<QueueJobStatus> status,
    Optional<String> scheduleName,
    Optional<UUID> worker,
    Optional<TimeRange> created) {

  public static QueueJobFilter all() {
    return new QueueJobFilter(
        Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
  }

  public QueueJobFilter queueName(String name) {
    return new QueueJobFilter(Optional.of(name), status, scheduleName, worker, created);
  }

  public QueueJobFilter status(QueueJobStatus wanted) {
    return new QueueJobFilter(queueName, Optional.of(wanted), scheduleName, worker, created);
  }

  public QueueJobFilter scheduleName(String name) {
    return new QueueJobFilter(queueName, status, Optional.of(name), worker, created);
  }

  public QueueJobFilter worker(UUID id) {
    return new QueueJobFilter(queueName, status, scheduleName, Optional.of(id), created);
  }

  public QueueJobFilter created(TimeRange range) {
    return new QueueJobFilter(queueName, status, scheduleName, worker, Optional.of(range));
  }
}
