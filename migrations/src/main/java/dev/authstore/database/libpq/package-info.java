/**
 * The language of libpq: connection strings, the keywords in them, password files and service
 * files, read as libpq reads them.
 *
 * <ul>
 *   <li>Where libpq accepts a value and fails only when it connects, the value is refused here at
 *       once: a port out of range, an unknown mode, a host that holds a piece of the password.
 *   <li>{@link dev.authstore.database.libpq.LibpqKeyword} is the one list of keywords: parsing,
 *       validation, environment variables and the reference documentation come from it. What the
 *       driver cannot do is refused by name, never ignored.
 *   <li>Nothing here throws over bad input: it comes back as a {@link
 *       dev.authstore.database.libpq.Fault}, so that all faults of a configuration are told at
 *       once. A fault quotes no value, since any part of a malformed text may be a piece of the
 *       password.
 * </ul>
 */
@NullMarked
package dev.authstore.database.libpq;

import org.jspecify.annotations.NullMarked;
