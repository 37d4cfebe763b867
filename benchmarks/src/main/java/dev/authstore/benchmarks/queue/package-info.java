/**
 * The job queue beside db-scheduler, on one embedded server in one run. Run by hand, compiled by
 * every build:
 *
 * <pre>{@code
 * mvn verify
 * java -cp benchmarks/target/benchmarks.jar dev.authstore.benchmarks.queue.QueueReport   # about ten minutes
 * }</pre>
 *
 * <p>Each side has databases of its own, and each worker a pool of its own, as if it were a
 * process. The sides take turns, and each ratio is the median of the ratios of neighbouring turns.
 * db-scheduler polls with lock-and-fetch, its fastest way on PostgreSQL, fetches up to four times
 * what it runs at once, and looks at its table ten times a second; Authstore has its defaults.
 */
@NullMarked
package dev.authstore.benchmarks.queue;

import org.jspecify.annotations.NullMarked;
