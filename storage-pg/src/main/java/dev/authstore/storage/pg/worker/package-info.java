/**
 * Runs jobs: {@link dev.authstore.storage.pg.worker.JobWorker} is the loop above {@code
 * queueWorkers()}, {@code queueJobs()} and {@code queueSchedules()}.
 *
 * <p>What a newcomer would question:
 *
 * <ul>
 *   <li><b>A job is settled in the unit of work that its handler writes in</b>, at its end. A
 *       worker that was declared dead meanwhile finds its job no longer running, is refused, and
 *       its writes are rolled back. So what a handler writes to the database happens exactly once,
 *       however often the handler runs; what it does elsewhere happens at least once.
 *   <li><b>A job that has not used the database is settled with others</b>, by a statement for all
 *       that ended meanwhile: there is nothing that would have to be committed with it.
 *   <li><b>Short jobs are reserved in advance</b>, as many as have ended in the last tenth of a
 *       second, and wait for their turn; of jobs that take longer, none are.
 *   <li><b>A reservation is committed before its jobs start</b>, by a statement of its own. If the
 *       connection breaks and nobody knows whether it took effect, the worker looks for jobs that
 *       run in its name without its knowledge, and runs them.
 *   <li><b>Notifications only spare waiting.</b> They have a connection of their own, outside the
 *       pool, and are lost while it is down: jobs are found by looking now and then, too.
 *   <li><b>One worker leads.</b> What it alone does is fenced three times: by the lease, compared
 *       again before committing; by a lock that ends with its transaction, which the server ends if
 *       the leader stalls; and by the unique index that allows one occurrence of a schedule.
 *   <li><b>No clock of a process is compared with that of another one.</b> All such times come from
 *       the database. Ids and other instants are by the clock of the process; so one whose clock is
 *       far off does not lead, as what it plans would seem to come from another time.
 * </ul>
 */
@NullMarked
package dev.authstore.storage.pg.worker;

import org.jspecify.annotations.NullMarked;
