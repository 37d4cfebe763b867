/** What the repositories of the older login API promise, and what PostgreSQL has to do with it. */
@NullMarked
package dev.authstore.storage.pg.compat;

import org.jspecify.annotations.NullMarked;
