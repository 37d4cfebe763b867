/**
 * The repositories on PostgreSQL. {@link dev.authstore.storage.pg.Authstore} opens a database or
 * takes a data source; everything else is reached through {@link
 * dev.authstore.storage.RepositoryFactory}.
 *
 * <p>{@link dev.authstore.storage.pg.PgRepository} is what the factory hands out. An application
 * with tables of its own finds there the {@code DSLContext} of the unit of work, so that its rows
 * and ours are committed together.
 */
@NullMarked
package dev.authstore.storage.pg;

import org.jspecify.annotations.NullMarked;
