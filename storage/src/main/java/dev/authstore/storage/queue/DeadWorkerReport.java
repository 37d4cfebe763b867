package dev.authstore.storage.queue;

/**
 * What a search for dead workers has done.
 *
 * @param workers declared dead by this call
 * @param retriedJobs lost with their worker and given another attempt
 * @param abandonedJobs lost with their worker after the last attempt
 */
public record DeadWorkerReport(int workers, int retriedJobs, int abandonedJobs) {}
