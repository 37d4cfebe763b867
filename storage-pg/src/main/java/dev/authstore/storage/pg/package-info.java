/**
 * The repositories on PostgreSQL. {@link dev.authstore.storage.pg.Authstore} opens a database or
 * takes a data source; everything else is reached through {@link
 * dev.authstore.storage.RepositoryFactory}.
 *
 * <p>An application with tables of its own builds its repositories on {@link
 * dev.authstore.storage.pg.PgWork}, so that its rows and ours are committed together.
 */
@NullMarked
package dev.authstore.storage.pg;

import org.jspecify.annotations.NullMarked;
