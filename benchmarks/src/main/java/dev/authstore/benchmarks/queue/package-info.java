/** The job queue beside db-scheduler. */
@NullMarked
package dev.authstore.benchmarks.queue;

import org.jspecify.annotations.NullMarked;
