/**
 * Background work: jobs, the workers that run them, and the schedules that make them recur.
 *
 * <p>A job exists if and only if the unit of work that enqueued it was saved. It runs at least
 * once; a handler that settles its job in the unit of work that holds its own writes has these
 * exactly once, since a job that is no longer running refuses to be settled.
 *
 * <p>Workers need no connection to each other: what they know of each other is in these rows, and
 * {@code NOTIFY} only spares them waiting. Times that workers compare with each other come from one
 * source, {@link dev.authstore.storage.queue.QueueSettings.Time}, so that their clocks may differ.
 */
@NullMarked
package dev.authstore.storage.queue;

import org.jspecify.annotations.NullMarked;
