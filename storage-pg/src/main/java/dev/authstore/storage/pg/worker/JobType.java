package dev.authstore.storage.pg.worker;

import dev.authstore.model.Json;
import dev.authstore.storage.RepositoryAccess;
import java.time.Instant;
import java.util.UUID;
import java.util.function.Function;

/**
 * A kind of job: the name of its queue, and how its payload is stored.
 *
 * @param reading throws something for what it does not understand; such a job fails for good
 */
public record JobType<P>(
    String queueName,
    Function<? super P, Json> writing,
    Function<? super Json, ? extends P> reading) {

  /** A kind of job without arguments. */
  public static JobType<Json> withoutPayload(String queueName) {
    return new JobType<>(queueName, payload -> payload, payload -> payload);
  }

  /** Enqueues a job in a unit of work, for the trace of this thread. */
  public UUID schedule(RepositoryAccess repo, P payload) {
    return repo.queueJobs().schedule(queueName, writing.apply(payload));
  }

  /** Enqueues a job to be run at a time, for the trace of this thread. */
  public UUID scheduleLater(RepositoryAccess repo, P payload, Instant at) {
    return repo.queueJobs().scheduleLater(queueName, writing.apply(payload), at);
  }
}
