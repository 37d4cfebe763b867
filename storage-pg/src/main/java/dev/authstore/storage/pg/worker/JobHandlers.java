package dev.authstore.storage.pg.worker;

import dev.authstore.model.queue.QueueJob;
import dev.authstore.storage.RepositoryAccess;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Which queues a worker serves, and how. */
public final class JobHandlers {
  private static final JobHandlers NONE = new JobHandlers(Map.of());

  private final Map<String, Registered<?>> byQueue;

  private JobHandlers(Map<String, Registered<?>> byQueue) {
    this.byQueue = byQueue;
  }

  public static JobHandlers none() {
    return NONE;
  }

  /** With another queue, as many of whose jobs run at once as the worker runs at all. */
  public <P> JobHandlers with(JobType<P> type, JobHandler<? super P> handler) {
    return with(type, handler, Integer.MAX_VALUE);
  }

  /**
   * With another queue.
   *
   * @param concurrency how many of its jobs this worker runs at once
   * @throws IllegalArgumentException if the queue has a handler, or the concurrency is below 1
   */
  public <P> JobHandlers with(JobType<P> type, JobHandler<? super P> handler, int concurrency) {
    if (concurrency < 1) {
      throw new IllegalArgumentException("concurrency must be 1 or more");
    }
    Map<String, Registered<?>> more = new TreeMap<>(byQueue);
    if (more.put(type.queueName(), new Registered<>(type, handler, concurrency)) != null) {
      throw new IllegalArgumentException("two handlers for queue " + type.queueName());
    }
    return new JobHandlers(more);
  }

  Set<String> queueNames() {
    return byQueue.keySet();
  }

  int concurrency(String queueName) {
    return find(queueName).map(Registered::concurrency).orElse(0);
  }

  Optional<Registered<?>> find(String queueName) {
    return Optional.ofNullable(byQueue.get(queueName));
  }

  /** A handler with the type of its payload. */
  record Registered<P>(JobType<P> type, JobHandler<? super P> handler, int concurrency) {

    void run(RepositoryAccess repo, QueueJob job) throws Exception {
      handler.run(repo, payload(job), job);
    }

    private P payload(QueueJob job) {
      try {
        return type.reading().apply(job.payload());
      } catch (IllegalArgumentException e) {
        throw new JobRejectedException("the payload is not understood");
      }
    }
  }
}
