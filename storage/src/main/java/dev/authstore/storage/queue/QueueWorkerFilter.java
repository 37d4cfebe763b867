package dev.authstore.storage.queue;

import java.util.Optional;

/**
 * Which workers. Criteria not given do not restrict.
 *
 * @param alive whether it is considered alive
 */
public record QueueWorkerFilter(Optional<Boolean> alive) {

  public static QueueWorkerFilter all() {
    return new QueueWorkerFilter(Optional.empty());
  }

  public QueueWorkerFilter alive(boolean wanted) {
    return new QueueWorkerFilter(Optional.of(wanted));
  }
}
