/** Tests of the job queue. */
@NullMarked
package dev.authstore.storage.pg.queue;

import org.jspecify.annotations.NullMarked;
