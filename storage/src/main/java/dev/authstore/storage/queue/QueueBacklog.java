package dev.authstore.storage.queue;

import java.time.Instant;

/**
 * What waits in a queue for a worker.
 *
 * @param available how many jobs, those waiting for their time not counted
 * @param oldest since when the one waits that waits longest: since it was created, or was due
 * @param isServed whether a worker that lives has said that it serves the queue
 */
public record QueueBacklog(String queueName, int available, Instant oldest, boolean isServed) {}
