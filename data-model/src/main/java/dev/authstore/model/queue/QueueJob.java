package dev.authstore.model.queue;

import dev.authstore.model.Json;
import java.util.UUID;

/**
 * A job, as a worker gets it to run.
 *
 * @param id of this attempt; ascending in the order of creation
 * @param queueName which handler runs it
 * @param payload what the handler gets; may be personal data, not printed
 * @param metadata where it was enqueued
 * @param attempt 0 for the first one
 */
public record QueueJob(UUID id, String queueName, Json payload, JobMetadata metadata, int attempt) {

  @Override
  public String toString() {
    return "QueueJob[id=" + id + ", attempt=" + attempt + "]";
  }
}
