package dev.authstore.storage.queue;

import dev.authstore.model.Json;
import dev.authstore.model.queue.JobMetadata;

/**
 * A job to be enqueued with others.
 *
 * @param payload may be personal data, not printed
 */
public record NewJob(String queueName, Json payload, JobMetadata metadata) {

  @Override
  public String toString() {
    return "NewJob[queueName=" + queueName + "]";
  }
}
