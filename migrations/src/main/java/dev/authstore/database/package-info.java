/**
 * Reaching the database: settings, connections, and why a connection fails.
 *
 * <ul>
 *   <li>It stands beside the migrator because migrator, pool and command line all begin with it.
 *   <li>{@link dev.authstore.database.Setting} is the one list of settings. Reading, checking,
 *       showing and the reference in the documentation go by it; for the keywords of libpq the same
 *       holds of {@link dev.authstore.database.libpq.LibpqKeyword}.
 *   <li>Reading goes on after a mistake, so that an operator hears of all at once. Messages never
 *       show a secret.
 *   <li>Several hosts are tried by us, one by one, and not by the driver, which would tell of the
 *       last failure only and go on after a refused password.
 *   <li>A reason of failure is read from SQL state and cause. Where the driver gives several
 *       reasons one SQL state, its own texts tell them apart, in whatever language it speaks.
 * </ul>
 */
@NullMarked
package dev.authstore.database;

import org.jspecify.annotations.NullMarked;
