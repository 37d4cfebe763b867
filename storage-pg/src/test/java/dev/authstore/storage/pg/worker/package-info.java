/** Tests of the worker of the job queue. */
@NullMarked
package dev.authstore.storage.pg.worker;

import org.jspecify.annotations.NullMarked;
