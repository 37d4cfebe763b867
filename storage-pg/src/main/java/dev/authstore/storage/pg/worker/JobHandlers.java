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

  /** With another queue, without limits of its own. */
  public <P> JobHandlers with(JobType<P> type, JobHandler<? super P> handler) {
    return with(type, handler, JobLimits.none());
  }

  /**
   * With another queue.
   *
   * @throws IllegalArgumentException if the queue has a handler
   */
  public <P> JobHandlers with(JobType<P> type, JobHandler<? super P> handler, JobLimits limits) {
    Map<String, Registered<?>> more = new TreeMap<>(byQueue);
    if (more.put(type.queueName(), new Registered<>(type, handler, limits)) != null) {
      throw new IllegalArgumentException("two handlers for queue " + type.queueName());
    }
    return new JobHandlers(more);
  }

  Set<String> queueNames() {
    return byQueue.keySet();
  }

  int concurrency(String queueName) {
    return find(queueName).map(handler -> handler.limits().concurrency()).orElse(0);
  }

  Optional<Registered<?>> find(String queueName) {
    return Optional.ofNullable(byQueue.get(queueName));
  }

  /** A handler with the type of its payload. */
  record Registered<P>(JobType<P> type, JobHandler<? super P> handler, JobLimits limits) {

    void run(RepositoryAccess repo, QueueJob job) throws Exception {
      handler.run(repo, payload(job), job);
    }

    private P payload(QueueJob job) {
      try {
        return type.reading().apply(job.payload());
      } catch (RuntimeException e) { // what a parser throws; trying again would not help
        throw new JobRejectedException("the payload is not understood");
      }
    }
  }
}
