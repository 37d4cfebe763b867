/**
 * The repositories of the job queue. Tables: {@code V0008__queue.sql}.
 *
 * <p>Locks are taken in the order worker, job, schedule. What the leader does for all passes over
 * rows that somebody holds and leaves them to its next round, so that a stalled session can hold up
 * nothing but itself.
 */
@NullMarked
package dev.authstore.storage.pg.queue;

import org.jspecify.annotations.NullMarked;
