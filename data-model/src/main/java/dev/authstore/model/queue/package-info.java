/**
 * Background work: jobs, the workers that run them, and the schedules that make them recur.
 *
 * <p>What a newcomer would question:
 *
 * <ul>
 *   <li><b>A job is one attempt.</b> A row is run at most once in its life; trying again makes
 *       another row with an id of its own. So the id of a job is all that is needed to keep a
 *       worker that was given up from settling the attempt of its successor.
 *   <li><b>Lost is not failed.</b> A failed attempt has told why; of a lost one only its worker's
 *       end is known, and it may have had effects outside the database.
 * </ul>
 */
@NullMarked
package dev.authstore.model.queue;

import org.jspecify.annotations.NullMarked;
